"""Verbs of a hand-over: hand over, take back as a whole, end a cover."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.actions import return_all
from liuke.customers import handover as cards
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, TransferRow
from liuke.keepers.labels import HandOverKind, LeftWhy
from liuke.keepers.models import HandOver, HandOverPart, HandOverWork, PoolEntry
from liuke.keepers.refusing import on_the_log
from liuke.keepers.sharing import Asked, plan_of
from liuke.keepers.taken_back import give_entries_back
from liuke.keepers.told import tell_receiver
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import in_scope
from liuke.work.handing import Told, give_back, reassign_all, stop_telling, tell
from liuke.work.labels import Ended

REASON = 200


@dataclass(frozen=True)
class Back:
    """What going back did: cards that went back, cards changed since, which stayed, and rows of work that went back with them."""

    ids: tuple[int, ...]
    stayed: tuple[Customer, ...]
    work: int

    @property
    def back(self) -> int:
        return len(self.ids)


@on_the_log("handover.make")
def hand_over(actor: User, asked: Asked) -> HandOver:
    """Give the customers to others, and with them every open task, promise and card that is out; for good or until a day.

    Refuses: to oneself (the person himself), to who has left, keeps no cards or would not see the customers; a person out of sight; a
    customer given twice, or already covered for somebody; a day of return that is not to come; nothing to give; too many.
    """
    require(actor, "customer.transfer")
    plan = plan_of(actor, asked, lock=True)
    if not plan.given:
        raise Refused("handover.nothing", "没有可以交接的客户。")
    today = clock.today()
    made = HandOver.objects.create(
        person=plan.person,
        kind=asked.kind,
        everything=asked.customers is None,
        split=asked.split,
        until=asked.until,
        reason=clean(asked.reason, REASON),
        tell=asked.tells,
        by=actor,
        on=today,
        count=sum(map(len, plan.given.values())),
    )
    every = [card.pk for given in plan.given.values() for card in given]
    owners = {card.owner_id for given in plan.given.values() for card in given if card.owner_id is not None}
    return_all(actor, every, sorted(owners))
    for to, given in plan.given.items():
        moved = cards.give(actor, given, plan.to[to], keep_unit=asked.kind == HandOverKind.COVER)
        HandOverPart.objects.create(hand_over=made, to=plan.to[to], transfer=moved, count=len(given), value_at_risk_cents=plan.value[to])
        _move_work(made, given, to)
    for some in batches(every):
        PoolEntry.objects.filter(customer__in=some, left_on__isnull=True).update(left_on=today, left_why=LeftWhy.KEPT)
    if made.tell:
        told = [Told(card.pk, to, card.owner.name if card.owner else "", asked.until) for to, given in plan.given.items() for card in given]
        tell(told, actor.pk, today)
    for to, given in plan.given.items():
        tell_receiver(actor, made, to, len(given))
    record(
        actor, "handover.make", made, kind=made.kind, customers=made.count, to=[one.pk for one in plan.to.values()],
        person=plan.person.pk if plan.person else None, until=asked.until,
    )  # fmt: skip
    return made


@on_the_log("handover.undo")
def undo(actor: User, hand_over_id: int) -> Back:
    """Take a hand-over back as a whole: cards and untouched work go back to whom they came from; cards changed since stay, and are told.

    Refuses twice, a cover that has ended, and one of which the actor sees only a part; raises HandOver.DoesNotExist out of sight.
    """
    require(actor, "customer.transfer")
    made = _held(actor, hand_over_id)
    if made.undone_at is not None:
        raise Refused("handover.undone", "这次交接已经撤销过了。")
    if made.returned_at is not None:
        raise Refused("handover.returned", "这次代管已经结束，客户还回去了。")
    back = _go_back(actor, made, Ended.UNDONE)
    made.undone_at, made.went_back = timezone.now(), back.back
    made.save(update_fields=["undone_at", "went_back"])
    record(actor, "handover.undo", made, back=back.ids, stayed=[card.pk for card in back.stayed])
    return back


@on_the_log("handover.end")
def end_cover(actor: User, hand_over_id: int) -> Back:
    """End a cover before its day: what `end_covers` does on the day. Refuses what is no running cover; else like `undo`."""
    require(actor, "customer.transfer")
    made = _held(actor, hand_over_id)
    if not made.running:
        raise Refused("handover.returned", "这次代管已经结束，客户还回去了。")
    return _end(actor, made)


def end_covers(on: date | None = None) -> int:
    """Every cover whose day has come ends by itself; each in a transaction of its own. How many."""
    day = on or clock.today(settings.TIME_ZONE)
    due = HandOver.objects.filter(kind=HandOverKind.COVER, until__lte=day, undone_at__isnull=True, returned_at__isnull=True)
    ended = 0
    for pk in list(due.order_by("until", "pk").values_list("pk", flat=True)):
        with transaction.atomic():
            made = HandOver.objects.select_for_update(no_key=True).get(pk=pk)
            if made.running:
                _end(None, made)
                ended += 1
    return ended


def _move_work(made: HandOver, given: Sequence[Customer], to: int) -> None:
    """What waited for the old owners goes to the new one, and is written down so that it can go back."""
    by_owner: dict[int, list[int]] = defaultdict(list)
    for card in given:
        if card.owner_id is not None:
            by_owner[card.owner_id].append(card.pk)
    for old, ids in by_owner.items():
        for kind, rows in reassign_all(old, ids, to).items():
            HandOverWork.objects.create(hand_over=made, kind=kind, old_id=old, new_id=to, rows=rows)


def _held(actor: User, hand_over_id: int) -> HandOver:
    """One the actor may act on: of which he sees a customer."""
    made = HandOver.objects.select_for_update(no_key=True).get(pk=hand_over_id)
    rows = TransferRow.objects.filter(transfer__in=made.parts.values("transfer"))
    if not rows.filter(in_scope(actor, "customer__")).exists():
        raise HandOver.DoesNotExist
    return made


def _end(actor: User | None, made: HandOver) -> Back:
    back = _go_back(actor, made, Ended.MOVED, all_work=True)
    made.returned_at, made.went_back = timezone.now(), back.back
    made.save(update_fields=["returned_at", "went_back"])
    record(actor, "handover.return", made, back=back.ids, stayed=[card.pk for card in back.stayed])
    return back


def _go_back(actor: User | None, made: HandOver, why: str, all_work: bool = False) -> Back:
    """Cards and work go back. `all_work`: what came up meanwhile goes with the card too, for its owner has to carry on; the
    pool's warnings then run on from today."""
    parts = list(made.parts.select_related("transfer").order_by("pk"))
    rows: dict[int, list[TransferRow]] = defaultdict(list)
    for row in (
        TransferRow.objects.filter(transfer__in=[part.transfer_id for part in parts])
        .select_related("old_owner", "new_owner")
        .order_by("pk")
    ):
        rows[row.transfer_id].append(row)
    every = [row.customer_id for some in rows.values() for row in some]
    lock_cards(every)
    found = Customer.objects.all() if actor is None else Customer.objects.visible_to(actor)
    held = {card.pk: card for some in batches(every) for card in found.filter(pk__in=some).select_related("owner")}
    if actor is not None and len(held) < len(every):
        raise cards.not_all_seen(every, len(every) - len(held))
    back: list[int] = []
    stayed: list[Customer] = []
    for part in parts:
        # Who has left since gets nothing back: the card stays with whoever looks after it.
        mine = [row for row in rows[part.transfer_id] if actor is not None or row.old_owner is None or row.old_owner.is_active]
        gone = [row for row in rows[part.transfer_id] if row not in mine] if len(mine) < len(rows[part.transfer_id]) else []
        result = cards.put_back(actor, part.transfer, mine, held)
        back += result.ids
        stayed += [*result.stayed, *(held[row.customer_id] for row in gone)]
    return_all(actor, back, sorted({part.to_id for part in parts}))
    went = _work_back(made, set(back))
    stop_telling(back, why, sorted({part.to_id for part in parts}))
    if all_work:
        went += _rest_of_work(parts, rows, set(back))
    today = clock.today()
    for some in batches(back):
        PoolEntry.objects.filter(customer__in=some, left_on__isnull=True).update(left_on=today, left_why=LeftWhy.KEPT)
    give_entries_back(made, back, today, undone=not all_work)
    return Back(tuple(back), tuple(sorted(stayed, key=lambda card: (card.pinyin, card.pk))), went)


def _work_back(made: HandOver, back: set[int]) -> int:
    """Rows that went with the hand-over, of customers that went back, go back where nobody touched them."""
    return sum(
        give_back(row.kind, [pk for pk, customer in row.rows if customer in back], row.new_id, row.old_id) for row in made.work.all()
    )


def _rest_of_work(parts: Iterable[HandOverPart], rows: Mapping[int, Sequence[TransferRow]], back: set[int]) -> int:
    """What the cover person had open on the customers beyond that: it goes to the owner too."""
    went = 0
    for part in parts:
        by_owner: dict[int, list[int]] = defaultdict(list)
        for row in rows[part.transfer_id]:
            if row.customer_id in back and row.old_owner_id is not None:
                by_owner[row.old_owner_id].append(row.customer_id)
        for owner, ids in by_owner.items():
            went += sum(map(len, reassign_all(part.to_id, ids, owner).values()))
    return went
