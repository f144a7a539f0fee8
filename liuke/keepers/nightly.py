"""The pool's night: warn, let fall, take off who no longer belongs there, refresh the figures. Running it twice does nothing twice.

Everything hangs on dates, not on how often it ran: after missed nights the next one does what is due, and whoever was warned late falls
late. Cards are walked in batches, each of them one transaction with a fixed number of statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from liuke.audit.actions import record
from liuke.custody.actions import return_all
from liuke.customers.handover import keep_history
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.keepers.facts import facts_of, held, key_by_run, may_be_due
from liuke.keepers.labels import LeftWhy
from liuke.keepers.models import PoolEntry
from liuke.keepers.rules import FALL, NO_OWNER, WARN, Facts, Verdict, silent_since, verdict
from liuke.keepers.told import tell_owners
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.standing.queries import current_run, standings
from liuke.team.queries import pack as current_pack
from liuke.work.handing import stop_telling


@dataclass
class Night:
    """What a night did, in customers."""

    warned: int = 0
    fell: int = 0
    withdrawn: int = 0
    left: int = 0


def run(on: date | None = None) -> Night:
    """Bring the pool to the state of a day (today when left out). Refuses a day to come."""
    today = clock.today(settings.TIME_ZONE)
    day = on or today
    if day > today:
        raise Refused("pool.future", "%(day)s 还没到。", day=day.isoformat())
    cards = current_pack().cards
    after, notice = cards.pool_after_days, cards.pool_notice_days
    night = Night()
    for some in batches(_to_judge_again(day)):
        _batch(some, day, after, notice, night)
    pooled = PoolEntry.objects.filter(left_on__isnull=True).values("customer")
    fresh = list(may_be_due(day, after, notice).exclude(pk__in=pooled).order_by("pk").values_list("pk", flat=True))
    for some in batches(fresh):
        _batch(some, day, after, notice, night)
    tell_owners(day, warned=night.warned > 0, fell=night.fell > 0)
    _refresh()
    return night


def _to_judge_again(on: date) -> list[int]:
    """Customers with an open entry about which something may have changed: all that were warned, and who is in the pool wrongly."""
    opened = PoolEntry.objects.filter(left_on__isnull=True)
    wrongly = Q(customer__owner__isnull=False) | Q(customer__key_account=True) | key_by_run("customer") | held(on, "customer")
    warned = opened.filter(fell_on__isnull=True).values_list("customer_id", flat=True)
    return sorted({*warned, *opened.filter(wrongly, fell_on__isnull=False).values_list("customer_id", flat=True)})


def _batch(ids: Sequence[int], on: date, after: int, notice: int, night: Night) -> None:
    """Judge these cards and write what follows, in one transaction."""
    with transaction.atomic():
        lock_cards(ids)
        cards = {card.pk: card for card in Customer.objects.filter(pk__in=ids).select_related("owner")}
        facts = facts_of(list(cards.values()), on)
        entries = {entry.customer_id: entry for entry in PoolEntry.objects.filter(customer__in=ids, left_on__isnull=True)}
        counted: Counter[str] = Counter()
        ended: dict[str, list[int]] = {}
        made: list[PoolEntry] = []
        moved: list[PoolEntry] = []
        falling: list[Customer] = []
        for pk, card in cards.items():
            entry, known = entries.get(pk), facts[pk]
            if entry is not None and entry.fell_on is not None:
                if why := _left(known):
                    ended.setdefault(why, []).append(entry.pk)
                    counted["left"] += 1
                continue
            # A warning is for one keeper: another one has his own time.
            mine = entry is not None and entry.from_owner_id == card.owner_id
            said = verdict(known, on, entry.warned_on if entry is not None and mine else None, after, notice)
            if entry is not None and (said.do not in (WARN, FALL) or not mine):
                ended.setdefault(_withdrawn(known, mine), []).append(entry.pk)
                counted["withdrawn"] += 1
                entry = None
            if said.do == FALL:
                counted["fell"] += 1
                if card.owner_id is not None:
                    falling.append(card)
                if entry is None:
                    made.append(_entry(card, known, said, fell_on=on))
                else:
                    entry.fell_on, entry.why = on, said.why
                    entry.silent_since = _since(known, said)
                    moved.append(entry)
            elif said.do == WARN and entry is None:
                counted["warned"] += 1
                made.append(_entry(card, known, said, warned_on=on))
            elif said.do == WARN and entry is not None and (entry.falls_on, entry.why) != (said.on, said.why):
                entry.falls_on, entry.why = said.on, said.why
                moved.append(entry)
        for why, which in ended.items():
            PoolEntry.objects.filter(pk__in=which, left_on__isnull=True).update(left_on=on, left_why=why)
        PoolEntry.objects.bulk_create(made)
        _write_over(moved, "fell_on", "falls_on", "why", "silent_since")
        _let_go(falling)
        if counted:
            record(None, "pool.night", None, as_of=on.isoformat(), **counted)
        for name, count in counted.items():
            setattr(night, name, getattr(night, name) + count)


def _let_go(cards: Sequence[Customer]) -> None:
    """The cards lose their owner; what he has out of them comes back. The plan that follows gives his tasks to who is there."""
    if not cards:
        return
    ids = [card.pk for card in cards]
    keep_history(None, [(card, str(card.owner or ""), "") for card in cards])
    Customer.objects.filter(pk__in=ids).update(owner=None, version=F("version") + 1)
    return_all(None, ids)
    stop_telling(ids)


def _entry(card: Customer, facts: Facts, said: Verdict, **days: date) -> PoolEntry:
    return PoolEntry(
        customer=card,
        unit_id=card.unit_id,
        why=said.why,
        from_owner_id=card.owner_id,
        silent_since=_since(facts, said),
        falls_on=said.on,
        **days,
    )


def _since(facts: Facts, said: Verdict) -> date | None:
    return facts.contacted_on if said.why == NO_OWNER else silent_since(facts)


def _left(facts: Facts) -> str:
    """Why a customer in the pool belongs there no longer; "" while he does."""
    if facts.key:
        return LeftWhy.KEY
    if facts.owner:
        return LeftWhy.KEPT
    return LeftWhy.HELD if facts.held else ""


def _withdrawn(facts: Facts, same_owner: bool) -> str:
    """Why a warning ends."""
    if facts.key:
        return LeftWhy.KEY
    if not same_owner:
        return LeftWhy.KEPT
    return LeftWhy.HELD if facts.held else LeftWhy.CONTACTED


FIGURES = ("stage", "abc", "last_deal", "cycle_days", "value_at_risk_cents")


def _refresh() -> None:
    """The figures by which the pool is sorted, from the newest run; only those that changed are written."""
    newest = current_run()
    ids = list(PoolEntry.objects.filter(left_on__isnull=True).order_by("pk").values_list("pk", flat=True))
    for some in batches(ids):
        with transaction.atomic():
            entries = list(PoolEntry.objects.filter(pk__in=some, left_on__isnull=True).select_for_update(no_key=True, of=("self",)))
            customers = [entry.customer_id for entry in entries]
            units = dict(Customer.objects.filter(pk__in=customers).values_list("pk", "unit_id"))
            rows = {row.customer_id: row for row in standings(newest).filter(customer__in=customers)}
            changed = []
            for entry in entries:
                have = (entry.unit_id, *(getattr(entry, name) for name in FIGURES))
                entry.unit_id = units[entry.customer_id]
                row = rows.get(entry.customer_id)
                entry.stage, entry.abc = (row.stage, row.abc) if row else ("", "")
                entry.last_deal, entry.cycle_days = (row.last_deal, row.cycle_days) if row else (None, None)
                # Of who has left nothing is at risk any more.
                entry.value_at_risk_cents = max(row.value_at_risk_cents, 0) if row and row.stage != "E" else 0
                if have != (entry.unit_id, *(getattr(entry, name) for name in FIGURES)):
                    changed.append(entry)
            _write_over(changed, "unit", *FIGURES)


def _write_over(entries: Sequence[PoolEntry], *fields: str) -> None:
    PoolEntry.objects.bulk_create(entries, update_conflicts=True, update_fields=fields, unique_fields=["id"])
