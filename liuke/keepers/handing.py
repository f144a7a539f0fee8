"""Verbs of a hand-over: look beforehand, hand over, take back as a whole, end a cover."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.actions import return_all
from liuke.customers import handover as cards
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, TransferRow
from liuke.keepers.labels import HandOverKind, LeftWhy, Split
from liuke.keepers.models import HandOver, HandOverPart, HandOverWork, PoolEntry
from liuke.keepers.refusing import on_the_log
from liuke.keepers.rules import Share, split
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import in_scope
from liuke.work.handing import Told, batches, give_back, reassign_all, stop_telling, tell
from liuke.work.labels import Ended, TaskKind
from liuke.work.models import Task

MOST = 20_000
"""Customers of one hand-over."""

REASON = 200


@dataclass(frozen=True)
class Asked:
    """What is asked for. `person`: all of his customers, or with `customers` these of them; without a person the ticked `customers`,
    whosever they are. `to`: who receives, in order; `given`: who gets which card, instead of the rule of `split`."""

    person: int | None = None
    customers: Sequence[int] | None = None
    to: Sequence[int] = ()
    kind: str = HandOverKind.FOR_GOOD
    split: str = Split.EVEN
    until: date | None = None
    reason: str = ""
    tell: bool | None = None
    given: Mapping[int, Sequence[int]] | None = None

    @property
    def tells(self) -> bool:
        """Whether the customers are to be told: left open, for good they are, for a cover not."""
        return self.kind == HandOverKind.FOR_GOOD if self.tell is None else self.tell


@dataclass(frozen=True)
class PartPreview:
    """What one receiver would get."""

    to: User
    cards: tuple[Customer, ...]
    value_cents: int
    tasks: int
    promises: int


@dataclass(frozen=True)
class Preview:
    """What a hand-over would do. `already`: cards that are the receiver's own; `unit_changes`: cards that move to another store."""

    person: User | None
    parts: tuple[PartPreview, ...]
    already: int
    unit_changes: int

    @property
    def count(self) -> int:
        return sum(len(part.cards) for part in self.parts)

    @property
    def value_cents(self) -> int:
        return sum(part.value_cents for part in self.parts)


@dataclass(frozen=True)
class Back:
    """What going back did: cards that went back, cards changed since, which stayed, and rows of work that went back with them."""

    back: int
    stayed: tuple[Customer, ...]
    work: int


@dataclass
class _Plan:
    """A hand-over made out: who gets which cards."""

    person: User | None
    to: dict[int, User]
    given: dict[int, list[Customer]] = field(default_factory=dict)
    value: dict[int, int] = field(default_factory=dict)
    already: int = 0


def people(actor: User) -> list[tuple[User, int]]:
    """Whose customers may be handed over: staff in the actor's sight who keep cards, those who left first; with the number of cards the
    actor sees. Two queries."""
    counted = dict(Customer.objects.visible_to(actor).filter(owner__isnull=False).order_by().values_list("owner").annotate(n=Count("pk")))
    found = User.objects.filter(pk__in=counted).select_related("unit").order_by("is_active", "unit__path", "name")
    return [(person, counted[person.pk]) for person in found]


def preview(actor: User, asked: Asked) -> Preview:
    """What `hand_over` would do with the same arguments; the same refusals, not on the log."""
    require(actor, "customer.transfer")
    plan = _plan(actor, asked)
    ids = [card.pk for some in plan.given.values() for card in some]
    tasks: dict[int, int] = defaultdict(int)
    promises: dict[int, int] = defaultdict(int)
    owner = {card.pk: card.owner_id for some in plan.given.values() for card in some}
    for some in batches(ids):
        for customer, assignee, kind in Task.objects.open().filter(customer__in=some).values_list("customer_id", "assignee_id", "kind"):
            if assignee == owner[customer]:
                (promises if kind == TaskKind.PROMISE else tasks)[customer] += 1
    parts = tuple(
        PartPreview(
            plan.to[to], tuple(given), plan.value[to], sum(tasks[card.pk] for card in given), sum(promises[card.pk] for card in given)
        )
        for to, given in plan.given.items()
    )
    moved = 0
    for to, given in plan.given.items():
        home = None if asked.kind == HandOverKind.COVER else cards.home_of(plan.to[to])
        moved += sum(1 for card in given if home is not None and card.unit_id != home.pk)
    return Preview(plan.person, parts, plan.already, moved)


@on_the_log("handover.make")
def hand_over(actor: User, asked: Asked) -> HandOver:
    """Give the customers to others, and with them every open task, promise and card that is out; for good or until a day.

    Refuses: to oneself (the person himself), to who has left, keeps no cards or would not see the customers; a person out of sight; a
    customer given twice, or already covered for somebody; a day of return that is not to come; nothing to give; too many.
    """
    require(actor, "customer.transfer")
    plan = _plan(actor, asked, lock=True)
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
    back = _go_back(actor, made, "handover.undo_part", Ended.UNDONE)
    made.undone_at, made.went_back = timezone.now(), back.back
    made.save(update_fields=["undone_at", "went_back"])
    record(actor, "handover.undo", made, back=back.back, stayed=[card.pk for card in back.stayed])
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
            made = HandOver.objects.select_for_update(no_key=True).select_related("person").get(pk=pk)
            if made.running:
                _end(None, made)
                ended += 1
    return ended


# ── how ──────────────────────────────────────────────────────────────────────


def _plan(actor: User, asked: Asked, lock: bool = False) -> _Plan:
    """Who gets which cards, after every refusal that needs no writing. The cards are held when `lock`."""
    if asked.kind not in HandOverKind.values or asked.split not in Split.values:
        raise Refused("handover.kind", "请选是交接还是代管。")
    today = clock.today()
    if asked.kind == HandOverKind.COVER and (asked.until is None or asked.until <= today):
        raise Refused("handover.until", "回来的日子要在今天以后。")
    if asked.kind == HandOverKind.FOR_GOOD and asked.until is not None:
        raise Refused("handover.until_for_good", "不再回来的交接没有回来的日子。")
    person = _person(actor, asked.person) if asked.person is not None else None
    wanted = list(asked.given or asked.to)
    to = {one.pk: one for one in _receivers(actor, wanted, person)}
    plan = _Plan(person, to)
    chosen = _cards(actor, person, asked, lock)
    moving = [card for card in chosen if card.owner_id not in to]
    plan.already = len(chosen) - len(moving)
    _not_covered(moving)
    worth: dict[int, int] = {}
    newest = current_run()
    for some in batches([card.pk for card in moving]):
        rows = standings(newest).filter(customer__in=some).exclude(stage="E")
        worth |= dict(rows.values_list("customer_id", "value_at_risk_cents"))
    shared = _shares(asked, moving, plan, worth)
    for card in moving:
        plan.given.setdefault(shared[card.pk], []).append(card)
    plan.given = {pk: plan.given[pk] for pk in to if pk in plan.given}
    plan.value = {pk: sum(max(worth.get(card.pk, 0), 0) for card in given) for pk, given in plan.given.items()}
    _sight(plan, keep_unit=asked.kind == HandOverKind.COVER)
    return plan


def _shares(asked: Asked, moving: Sequence[Customer], plan: _Plan, worth: Mapping[int, int]) -> dict[int, int]:
    """Receiver by customer: as given, else by the rule."""
    if asked.given is None:
        units = {pk: one.unit_id for pk, one in plan.to.items()}
        return split([Share(card.pk, card.unit_id, worth.get(card.pk, 0)) for card in moving], list(plan.to), asked.split, units)
    shared: dict[int, int] = {}
    for to, ids in asked.given.items():
        for pk in ids:
            if pk in shared:
                raise Refused("handover.twice", "同一位客户不能同时交给两个人。")
            shared[pk] = to
    if any(card.pk not in shared for card in moving):
        raise Refused("handover.left_out", "有客户没写交给谁。")
    return shared


def _person(actor: User, person_id: int) -> User:
    """Whose customers: somebody whose unit lies in the actor's sight, still here or not, or of whose cards the actor sees some."""
    unit = actor.scope_unit
    found = User.objects.filter(pk=person_id).select_related("unit").first()
    if found is not None and unit is not None:
        near = bool(found.unit and (found.unit.path or "").startswith(unit.path or "/"))
        if near or Customer.objects.visible_to(actor).filter(owner=found).exists():
            return found
    raise Refused("handover.person", "请选要交出客户的人。")


def _receivers(actor: User, wanted: Sequence[int], person: User | None) -> list[User]:
    if not wanted:
        raise Refused("handover.to", "请选交给谁。")
    if len(set(wanted)) < len(wanted):
        raise Refused("handover.to_twice", "同一个人选了两次。")
    unit = actor.scope_unit
    known = {one.pk: one for one in User.objects.filter(pk__in=wanted).select_related("unit", "scope")}
    found = []
    for pk in wanted:
        one = known.get(pk)
        near = one is not None and (one.pk == actor.pk or bool(unit and one.unit and (one.unit.path or "").startswith(unit.path or "/")))
        if one is None or not near:
            raise Refused("handover.to", "请选交给谁。")
        if person is not None and one.pk == person.pk:
            raise Refused("handover.self", "不能交接给%(name)s自己。", name=one.name)
        if not one.is_active:
            raise Refused("handover.inactive", "%(name)s已停用，不能接手。", name=one.name)
        if one.role not in cards.RECEIVERS:
            raise Refused("handover.role", "%(name)s的岗位不带客户，不能接手。", name=one.name)
        if one.scope_unit is None:
            raise Refused("handover.unit", "%(name)s还没有单位，不能接手。", name=one.name)
        found.append(one)
    return found


def _cards(actor: User, person: User | None, asked: Asked, lock: bool) -> list[Customer]:
    """The cards asked for that the actor sees, by name; held and read afterwards when `lock`."""
    seen = Customer.objects.visible_to(actor)
    if asked.customers is None and asked.given is not None:
        ids = list(dict.fromkeys(pk for some in asked.given.values() for pk in some))
    elif asked.customers is None:
        if person is None:
            raise Refused("handover.none", "请先选中客户。")
        ids = list(seen.filter(owner=person).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    else:
        ids = list(dict.fromkeys(asked.customers))
    if len(ids) > MOST:
        raise Refused("handover.many", "一次最多交接 %(n)s 位，请分几次。", n=MOST)
    if lock:
        lock_cards(ids)
    found = [card for some in batches(ids) for card in seen.filter(pk__in=some).select_related("owner", "unit")]
    if person is not None:
        found = [card for card in found if card.owner_id == person.pk]
    if not found:
        raise Refused("handover.none", "没有可以交接的客户，请先选中。")
    return sorted(found, key=lambda card: (card.pinyin, card.pk))


def _not_covered(moving: Sequence[Customer]) -> None:
    """Who is covered for somebody goes back to him first: two roads back would cross."""
    running = HandOver.objects.filter(kind=HandOverKind.COVER, undone_at__isnull=True, returned_at__isnull=True)
    parts = dict(HandOverPart.objects.filter(hand_over__in=running).values_list("transfer_id", "hand_over_id"))
    if not parts:
        return
    owner = {card.pk: card.owner_id for card in moving}
    covered: dict[int, int] = defaultdict(int)
    for some in batches(list(owner)):
        rows = TransferRow.objects.filter(transfer__in=list(parts), customer__in=some)
        for customer, transfer, new in rows.values_list("customer_id", "transfer_id", "new_owner_id"):
            if owner[customer] == new:
                covered[parts[transfer]] += 1
    if covered:
        first = HandOver.objects.select_related("person").get(pk=min(covered))
        raise Refused(
            "handover.covered",
            "有 %(n)s 位正由别人代管（%(who)s的客户，到%(day)s），请先结束那次代管。",
            n=sum(covered.values()),
            who=first.person.name if first.person else "",
            day=first.until.isoformat() if first.until else "",
        )


def _sight(plan: _Plan, keep_unit: bool) -> None:
    """Every receiver must see what he gets. A salesperson sees what is his; the others what lies in their scope."""
    for to, given in plan.given.items():
        person = plan.to[to]
        if person.role == Role.REP:
            continue
        home = None if keep_unit else cards.home_of(person)
        scope = person.scope_unit
        path = (scope.path if scope else None) or "-"
        outside = [card for card in given if not ((home or card.unit).path or "").startswith(path)]
        if outside:
            raise Refused("handover.sight", "%(name)s看不到其中 %(n)s 位客户所在的门店，不能接手。", name=person.name, n=len(outside))


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
    back = _go_back(actor, made, "handover.return_part", Ended.MOVED, all_work=True)
    made.returned_at, made.went_back = timezone.now(), back.back
    made.save(update_fields=["returned_at", "went_back"])
    record(actor, "handover.return", made, back=back.back, stayed=[card.pk for card in back.stayed])
    return back


def _go_back(actor: User | None, made: HandOver, verb: str, why: str, all_work: bool = False) -> Back:
    """Cards and work go back. `all_work`: what came up meanwhile goes with the card too, for its owner has to carry on."""
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
        result = cards.put_back(actor, part.transfer, mine, held, verb)
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
    return Back(len(back), tuple(sorted(stayed, key=lambda card: (card.pinyin, card.pk))), went)


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
