"""Verbs of the pool: claim, give back, assign, take one of these back; keep a customer out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.actions import return_all
from liuke.custody.models import CheckOut
from liuke.customers import handover as cards
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Transfer
from liuke.customers.queries import visible
from liuke.interactions.models import Interaction
from liuke.keepers.facts import facts_of
from liuke.keepers.labels import LeftWhy, Why
from liuke.keepers.models import PoolEntry, PoolExclusion
from liuke.keepers.queries import claimable_from, quota_left
from liuke.keepers.refusing import on_the_log
from liuke.keepers.rules import silent_since
from liuke.keepers.told import tell_assigned, tell_claimed
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.work.handing import stop_telling

REASON = 200
UNDO_MINUTES = 10
MOST = 200
"""Customers of one assignment."""


@on_the_log("pool.claim")
def claim(actor: User, entry_id: int) -> PoolEntry:
    """Take a customer out of the pool for oneself: first come, first served.

    Refuses: somebody was faster (told who), the quota is used up, the customer fell from oneself a short while ago. Raises
    PoolEntry.DoesNotExist for one that is not in the pool of one's sight.
    """
    require(actor, "pool.claim")
    _take_turns(actor)
    entry = PoolEntry.objects.visible_to(actor).filter(pk=entry_id).select_related("customer").first()
    if entry is None or entry.fell_on is None or entry.left_on is not None:
        _gone(actor, entry_id)
    today = clock.today()
    if until := claimable_from(actor, [entry.customer_id], today).get(entry.customer_id):
        raise Refused("pool.cooldown", "这位客户刚从您名下进的公海，%(day)s起才能再认领。", day=until)
    if quota_left(actor, today) < 1:
        raise Refused("pool.quota", "您的认领名额用完了，先把手上的联系好，过些日子再来。")
    lock_cards([entry.customer_id])
    now = timezone.now()
    free = PoolEntry.objects.in_pool().filter(pk=entry.pk)
    if not PoolEntry.objects.filter(pk__in=free.values("pk")).update(left_on=today, left_why=LeftWhy.CLAIMED, taken_by=actor, taken_at=now):
        _gone(actor, entry_id)
    card = Customer.objects.get(pk=entry.customer_id)
    cards.keep_history(actor, [(card, "", actor.name)])
    Customer.objects.filter(pk=card.pk).update(owner=actor, version=F("version") + 1)
    record(actor, "pool.claim", card, entry=entry.pk)
    tell_claimed(actor, entry, card)
    entry.refresh_from_db()
    return entry


def _gone(actor: User, entry_id: int) -> NoReturn:
    """Somebody was faster: say who, where this was in the pool of one's sight; else there is no such thing."""
    unit = actor.scope_unit
    seen = PoolEntry.objects.filter(pk=entry_id, fell_on__isnull=False, unit__path__startswith=(unit.path if unit else None) or "-")
    was = seen.select_related("taken_by", "customer__owner").first() if unit else None
    if was is None:
        raise PoolEntry.DoesNotExist
    who = was.taken_by or was.customer.owner
    if who is None:
        raise Refused("pool.left", "这位客户已经不在公海里了。")
    if who.pk == actor.pk:
        raise Refused("pool.own", "这位客户已经是您的了。")
    raise Refused("pool.taken", "慢了一步，%(who)s刚刚接走了这位客户。", who=who.name)


@on_the_log("pool.undo")
def undo_claim(actor: User, entry_id: int) -> PoolEntry:
    """Put a customer back whom one claimed a moment ago and has not touched since; he stands in the pool as before. The new entry.

    Refuses: too late, twice, and when the card was read in full, written on or changed since. It still counts for today's quota.
    """
    require(actor, "pool.claim")
    _take_turns(actor)
    entry = PoolEntry.objects.select_related("customer").get(pk=entry_id, taken_by=actor, left_why=LeftWhy.CLAIMED)
    assert entry.taken_at is not None
    if entry.undone_at is not None:
        raise Refused("pool.undone", "这一次已经撤销过了。")
    lock_cards([entry.customer_id])
    card = Customer.objects.get(pk=entry.customer_id)
    read = CheckOut.objects.filter(customer=card, user=actor, at__gte=entry.taken_at).exists()
    written = Interaction.objects.filter(customer=card, at__gte=entry.taken_at, undone_at__isnull=True).exists()
    if card.owner_id != actor.pk or read or written:
        raise Refused("pool.used", "认领以后已经动过这张卡了，不要的话请退回公海，写一句原因。")
    if timezone.now() - entry.taken_at > timedelta(minutes=UNDO_MINUTES):
        raise Refused("pool.late", "认领已经过了 %(n)s 分钟，不要的话请退回公海，写一句原因。", n=UNDO_MINUTES)
    PoolEntry.objects.filter(pk=entry.pk).update(undone_at=timezone.now())
    back = _again(entry, card)
    _let_go(actor, card)
    record(actor, "pool.claim_undo", card, entry=entry.pk)
    return back


@on_the_log("pool.give_back")
def give_back(actor: User, customer_id: int, reason: str) -> PoolEntry:
    """Let go of one's own customer, with a reason: he stands in the pool at once.

    Refuses: somebody else's customer, a key account, an open promise or running complaint, no reason. Raises Customer.DoesNotExist.
    """
    require(actor, "pool.claim")
    _take_turns(actor)
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    note = clean(reason, REASON)
    today = clock.today()
    known = facts_of([card], today)[card.pk]
    if card.owner_id != actor.pk:
        raise Refused("pool.not_own", "只能退回自己名下的客户。")
    if known.key:
        raise Refused("pool.key", "大客户和重点客户不进公海，要换人请主管转交。")
    if known.held:
        raise Refused("pool.held", "还有承诺没兑现，或投诉没结，办好以后才能退回。")
    if len(note) < 2:
        raise Refused("pool.reason", "请写一句为什么退回。")
    PoolEntry.objects.filter(customer=card, left_on__isnull=True).update(left_on=today, left_why=LeftWhy.UNDONE)
    row = standings(current_run()).filter(customer=card).first()
    entry = PoolEntry.objects.create(
        customer=card,
        unit_id=card.unit_id,
        why=Why.GIVEN_BACK,
        note=note,
        from_owner=actor,
        silent_since=silent_since(known),
        fell_on=today,
        stage=row.stage if row else "",
        abc=row.abc if row else "",
        last_deal=row.last_deal if row else None,
        cycle_days=row.cycle_days if row else None,
        value_at_risk_cents=max(row.value_at_risk_cents, 0) if row and row.stage != "E" else 0,
    )
    _let_go(actor, card)
    record(actor, "pool.give_back", card, entry=entry.pk)
    return entry


@on_the_log("pool.undo")
def undo_give_back(actor: User, entry_id: int) -> Customer:
    """Take a customer back whom one let go of, while nobody else has him. Refuses twice, too late, and when somebody was faster."""
    require(actor, "pool.claim")
    _take_turns(actor)
    entry = PoolEntry.objects.get(pk=entry_id, from_owner=actor, why=Why.GIVEN_BACK)
    lock_cards([entry.customer_id])
    if entry.undone_at is not None:
        raise Refused("pool.undone", "这一次已经撤销过了。")
    now, today = timezone.now(), clock.today()
    free = PoolEntry.objects.in_pool().filter(pk=entry.pk, fell_on=today)
    if not PoolEntry.objects.filter(pk__in=free.values("pk")).update(left_on=today, left_why=LeftWhy.UNDONE, undone_at=now):
        raise Refused("pool.left", "这位客户已经不在公海里了。")
    card = Customer.objects.get(pk=entry.customer_id)
    cards.keep_history(actor, [(card, "", actor.name)])
    Customer.objects.filter(pk=card.pk).update(owner=actor, version=F("version") + 1)
    record(actor, "pool.give_back_undo", card, entry=entry.pk)
    return card


@dataclass(frozen=True)
class Assigned:
    """What an assignment did: the transfer that can be taken back, to whom, how many."""

    transfer: Transfer
    to: User
    count: int


@on_the_log("pool.assign")
def assign(actor: User, entry_ids: Sequence[int], to_id: int | None) -> Assigned:
    """Give customers of the pool to somebody; neither his quota nor his cool-down count.

    Refuses: nobody to give to, none chosen, too many, and any that are no longer in the pool. Raises PoolEntry.DoesNotExist for one
    that the actor does not see.
    """
    require(actor, "customer.transfer")
    to = next((one for one in cards.receivers(actor) if one.pk == to_id), None)
    if to is None:
        raise Refused("pool.to", "请选分派给谁。")
    ids = list(dict.fromkeys(entry_ids))
    if not ids:
        raise Refused("pool.none", "请先选中客户。")
    if len(ids) > MOST:
        raise Refused("pool.many", "一次最多分派 %(n)s 位。", n=MOST)
    entries = list(PoolEntry.objects.visible_to(actor).filter(pk__in=ids, fell_on__isnull=False))
    if len(entries) < len(ids):
        _gone(actor, next(pk for pk in ids if pk not in {entry.pk for entry in entries}))
    lock_cards([entry.customer_id for entry in entries])
    now, today = timezone.now(), clock.today()
    free = PoolEntry.objects.in_pool().filter(pk__in=ids)
    taken = PoolEntry.objects.filter(pk__in=free.values("pk")).update(left_on=today, left_why=LeftWhy.ASSIGNED, taken_by=to, taken_at=now)
    if taken < len(ids):
        still = set(PoolEntry.objects.filter(pk__in=ids, taken_by=to, taken_at=now).values_list("pk", flat=True))
        _gone(actor, next(pk for pk in ids if pk not in still))
    given = list(Customer.objects.filter(pk__in=[entry.customer_id for entry in entries]).select_related("owner").order_by("pinyin", "pk"))
    done = cards.give(actor, given, to)
    PoolEntry.objects.filter(pk__in=ids).update(transfer=done)
    record(actor, "pool.assign", done, to=to.pk, customers=len(ids))
    tell_assigned(actor, to, len(ids))
    return Assigned(done, to, len(ids))


@on_the_log("pool.undo")
def undo_assign(actor: User, transfer_id: int) -> cards.TakenBack:
    """Put assigned customers back into the pool; those that were passed on since stay. The refusals of customers.handover.undo_transfer."""
    require(actor, "customer.transfer")
    entries = {entry.customer_id: entry for entry in PoolEntry.objects.filter(transfer=transfer_id)}
    if not entries:
        raise Transfer.DoesNotExist
    result = cards.undo_transfer(actor, transfer_id)
    PoolEntry.objects.filter(transfer=transfer_id).update(undone_at=timezone.now())
    for card in Customer.objects.filter(pk__in=result.ids, owner__isnull=True):
        _again(entries[card.pk], card)
    return result


@on_the_log("pool.exclude")
def exclude(actor: User, customer_id: int, reason: str, until: date | None = None) -> PoolExclusion:
    """Keep a customer out of the pool, until a day when given. A warning ends, and one in the pool leaves it, at once.

    Refuses: no reason, a day gone by, one that is kept out already. Raises Customer.DoesNotExist.
    """
    require(actor, "customer.transfer")
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    note = clean(reason, REASON)
    today = clock.today()
    if len(note) < 2:
        raise Refused("pool.reason", "请写一句为什么留着。")
    if until is not None and until <= today:
        raise Refused("pool.until", "日期要在今天以后。")
    PoolExclusion.objects.filter(customer=card, until__lte=today, lifted_at__isnull=True).update(lifted_at=timezone.now())
    try:
        with transaction.atomic():
            kept = PoolExclusion.objects.create(customer=card, reason=note, until=until, by=actor)
    except IntegrityError:
        raise Refused("pool.excluded", "这位客户已经留着不进公海了。") from None
    PoolEntry.objects.filter(customer=card, left_on__isnull=True).update(left_on=today, left_why=LeftWhy.HELD)
    record(actor, "pool.exclude", card, exclusion=kept.pk, until=until)
    return kept


@on_the_log("pool.exclude")
def lift(actor: User, exclusion_id: int) -> PoolExclusion:
    """The rule counts for the customer again; he is warned or falls with the next night. Refuses twice."""
    require(actor, "customer.transfer")
    kept = PoolExclusion.objects.select_related("customer").get(pk=exclusion_id)
    visible_card = Customer.objects.visible_to(actor).filter(pk=kept.customer_id).exists()
    if not visible_card:
        raise PoolExclusion.DoesNotExist
    if not PoolExclusion.objects.filter(pk=kept.pk, lifted_at__isnull=True).update(lifted_at=timezone.now()):
        raise Refused("pool.lifted", "已经取消过了。")
    record(actor, "pool.lift", kept.customer, exclusion=kept.pk)
    return kept


def _take_turns(actor: User) -> None:
    """One person's claims follow each other, so that two clicks cannot both count the same free place."""
    list(User.objects.select_for_update(no_key=True).filter(pk=actor.pk).values_list("pk", flat=True))


def _again(entry: PoolEntry, card: Customer) -> PoolEntry:
    """The same stay in the pool once more, as it was before somebody took the customer."""
    again = PoolEntry.objects.get(pk=entry.pk)
    again.pk, again._state.adding = None, True
    again.left_on, again.left_why, again.taken_by, again.taken_at, again.undone_at, again.transfer = None, "", None, None, None, None
    again.unit_id = card.unit_id
    again.save()
    return again


def _let_go(actor: User, card: Customer) -> None:
    cards.keep_history(actor, [(card, str(card.owner or ""), "")])
    Customer.objects.filter(pk=card.pk).update(owner=None, version=F("version") + 1)
    return_all(actor, [card.pk])
    stop_telling([card.pk])
