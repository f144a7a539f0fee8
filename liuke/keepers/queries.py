"""Reads of the pool and of hand-overs. A fixed number of queries, whatever the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import Combinable

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.keepers.facts import contacts, key_by_run, start_of
from liuke.keepers.labels import LeftWhy, Why
from liuke.keepers.models import PoolEntry, PoolEntryQuerySet, PoolExclusion
from liuke.keepers.rules import left_of_quota, may_claim_from
from liuke.kernel.masks import mask_name
from liuke.packs.schema import Pack
from liuke.standing.models import Run, Standing
from liuke.standing.queries import standings
from liuke.standing.reasons import reasons
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.team.queries import pack as current_pack

PAGE = 50


# ── what one may claim ───────────────────────────────────────────────────────


def claimed(user: User, today: date) -> PoolEntryQuerySet:
    """The user's claims of the window that are his still."""
    since = start_of(today - timedelta(current_pack().cards.pool_quota_days - 1))
    mine = PoolEntry.objects.filter(taken_by=user, left_why=LeftWhy.CLAIMED, taken_at__gte=since, undone_at__isnull=True)
    return mine.filter(customer__owner=user)


def quota_left(user: User, today: date) -> int:
    """How many customers the user may still claim."""
    since = start_of(today - timedelta(current_pack().cards.pool_quota_days - 1))
    # Who gives back has seen the card: it counts as long as one that was kept, or the pool could be read card by card.
    taken = PoolEntry.objects.filter(taken_by=user, left_why=LeftWhy.CLAIMED, taken_at__gte=since, undone_at__isnull=True)
    held = taken.values("customer").distinct().count()
    undone = PoolEntry.objects.filter(taken_by=user, left_why=LeftWhy.CLAIMED, undone_at__gte=start_of(today)).count()
    return left_of_quota(current_pack().cards.pool_quota, held, undone)


def claimable_from(user: User, customers: Iterable[int], today: date) -> dict[int, date]:
    """Of these customers, those that fell from the user a short while ago, and when he may claim them again (a day to come)."""
    days = current_pack().cards.pool_cooldown_days
    fell = PoolEntry.objects.filter(customer__in=list(customers), from_owner=user, fell_on__gt=today - timedelta(days))
    found = fell.exclude(left_why=LeftWhy.UNDONE).order_by().values_list("customer").annotate(last=Max("fell_on"))
    return {customer: first for customer, last in found if (first := may_claim_from([last], days)) is not None}


# ── the pool as a page ───────────────────────────────────────────────────────


@dataclass(frozen=True)
class Wanted:
    """What to list: view pool, warned, claimed or kept; grade, stage, why narrow it; sort risk, fell or last."""

    view: str = "pool"
    grade: str = ""
    stage: str = ""
    why: str = ""
    sort: str = "risk"
    page: int = 1


@dataclass(frozen=True)
class PoolRow:
    """One customer as the reader may see him. `name` is masked unless the reader sees the card (`opens`)."""

    entry: PoolEntry
    name: str
    opens: bool
    reason: str
    last_days: int | None
    again_on: date | None = None


@dataclass(frozen=True)
class PoolPage:
    """One page; `total` rows and what is at risk with them, in cents; `more` pages follow."""

    rows: tuple[PoolRow, ...]
    total: int
    risk_cents: int
    more: bool


SORTS: dict[str, tuple[str | Combinable, ...]] = {
    "risk": ("-value_at_risk_cents", "pk"),
    "fell": ("-fell_on", "-pk"),
    "last": (F("last_deal").desc(nulls_last=True), "pk"),
    "falls": ("falls_on", "-value_at_risk_cents", "pk"),
}


def pool(user: User, wanted: Wanted, today: date) -> PoolEntryQuerySet:
    """The entries of a view that the user sees."""
    if wanted.view == "claimed":
        found = claimed(user, today)
    else:
        seen = PoolEntry.objects.visible_to(user)
        found = still_warned(seen) if wanted.view == "warned" else seen.in_pool()
        if wanted.view == "warned" and not may(user, "customer.transfer"):
            found = found.filter(from_owner=user, customer__owner=user)
    conditions = {name: value for name, value in (("abc", wanted.grade), ("stage", wanted.stage), ("why", wanted.why)) if value}
    return found.filter(**conditions)


def still_warned(entries: PoolEntryQuerySet) -> PoolEntryQuerySet:
    """Warnings that still hold now: whoever was contacted since, or changed hands, is off the list at once, though the night writes it."""
    contact = contacts().filter(customer=OuterRef("customer"), on__gte=OuterRef("warned_on"))
    deal = Deal.objects.filter(customer=OuterRef("customer"), came=True, on__gte=OuterRef("warned_on"))
    same = entries.warned().filter(customer__owner=F("from_owner"), customer__key_account=False)
    same = same.exclude(key_by_run("customer"))
    return same.filter(Q(why=Why.OWNER_LEFT) | (~Q(Exists(contact)) & ~Q(Exists(deal))))


def pool_page(user: User, wanted: Wanted, run: Run | None, pack: Pack, today: date) -> PoolPage:
    """One page of a view, most at risk first unless asked otherwise."""
    found = pool(user, wanted, today)
    sums = found.aggregate(n=Count("pk"), risk=Sum("value_at_risk_cents"))
    order = SORTS.get(wanted.sort, SORTS["risk"])
    start = (wanted.page - 1) * PAGE
    entries = list(found.select_related("customer", "unit", "from_owner", "taken_by").order_by(*order)[start : start + PAGE + 1])
    return PoolPage(pool_rows(user, entries[:PAGE], run, pack, today), sums["n"], sums["risk"] or 0, len(entries) > PAGE)


def pool_rows(user: User, entries: Sequence[PoolEntry], run: Run | None, pack: Pack, today: date) -> tuple[PoolRow, ...]:
    """These entries as rows, with a sentence each. Four queries."""
    ids = [entry.customer_id for entry in entries]
    opens = set(Customer.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    standing = {row.customer_id: row for row in standings(run).filter(customer__in=ids)}
    again = claimable_from(user, ids, today)
    return tuple(_row(entry, entry.customer_id in opens, standing.get(entry.customer_id), run, pack, today, again) for entry in entries)


def _row(entry: PoolEntry, opens: bool, row: Standing | None, run: Run | None, pack: Pack, today: date, again: dict[int, date]) -> PoolRow:
    name = entry.customer.name if opens else mask_name(entry.customer.name)
    said = reasons(row, run.as_of, pack)[0].text if row and run else ""
    last = (today - entry.last_deal).days if entry.last_deal else None
    return PoolRow(entry, name, opens, said, last, again.get(entry.customer_id))


def pool_entry(user: User, entry_id: int, today: date) -> PoolEntry:
    """One entry that the user may see beside the list. Raises PoolEntry.DoesNotExist."""
    seen = Q(pk__in=PoolEntry.objects.visible_to(user).filter(left_on__isnull=True).values("pk")) | Q(
        pk__in=claimed(user, today).values("pk")
    )
    return PoolEntry.objects.filter(seen).select_related("customer", "unit", "from_owner", "taken_by").get(pk=entry_id)


def exclusions(user: User, today: date) -> QuerySet[PoolExclusion]:
    """Customers of the user's sight that are kept out of the pool now, the newest first."""
    running = PoolExclusion.objects.filter(Q(until__isnull=True) | Q(until__gt=today), lifted_at__isnull=True)
    return running.filter(in_scope(user, "customer__")).select_related("customer", "customer__owner", "by").order_by("-at", "-pk")
