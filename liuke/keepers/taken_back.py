"""What was taken back does not count: changes of owner, and the pool's entries that a hand-over had ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q

from liuke.customers.models import FieldChange, TransferRow
from liuke.keepers.labels import LeftWhy, Why
from liuke.keepers.models import HandOver, PoolEntry, PoolEntryQuerySet
from liuke.kernel.batches import batches

# ── changes of owner ─────────────────────────────────────────────────────────


def maybe_taken_back() -> Q:
    """Condition on changes of a card's owner: perhaps taken back. True for every one that was, and for a few that were not."""
    moved = TransferRow.objects.filter(
        customer=OuterRef("customer"), transfer__undone_at__isnull=False, transfer__at__lte=OuterRef("at"),
        transfer__undone_at__gte=OuterRef("at"),
    )  # fmt: skip
    let_go = _let_go().filter(customer=OuterRef("customer"), undone_at__gte=OuterRef("at"))
    return Q(Exists(moved)) | Q(Exists(let_go))


def came_to_stay(customers: Sequence[int], until: datetime) -> dict[int, datetime | None]:
    """When the owner of these customers last changed before `until`, without the changes that were taken back (None: there is no
    other), of those customers only of whom something was. Three queries.

    A transfer that was undone counts for nothing where the card went back: its own change, the one back, and what lay between. So does
    giving a customer back to the pool and taking him again.
    """
    moved = TransferRow.objects.filter(customer__in=customers, transfer__undone_at__lt=until).order_by("pk")
    rows = [
        (customer, at, undone, name)
        for customer, at, undone, name in moved.values_list("customer_id", "transfer__at", "transfer__undone_at", "old_owner__name")
        if undone is not None
    ]
    let_go = _let_go().filter(customer__in=customers, undone_at__lt=until)
    gone = [(customer, undone) for customer, undone in let_go.values_list("customer_id", "undone_at") if undone is not None]
    changes: dict[int, list[FieldChange]] = defaultdict(list)
    touched = {customer for customer, *_ in rows} | {customer for customer, _ in gone}
    for change in FieldChange.objects.filter(customer__in=touched, field="owner", at__lt=until).order_by("at", "pk"):
        changes[change.customer_id].append(change)
    void: set[int] = set()
    for customer, since, undone, name in rows:
        within = [change for change in changes[customer] if since <= change.at <= undone]
        if within and within[-1].new == (name or ""):
            void |= {change.pk for change in within}
    for customer, undone in gone:
        before = [change for change in changes[customer] if change.at <= undone][-2:]
        if len(before) == 2 and before[0].old == before[1].new:
            void |= {change.pk for change in before}
    return {pk: max((change.at for change in changes[pk] if change.pk not in void), default=None) for pk in touched}


def _let_go() -> PoolEntryQuerySet:
    """Stays of customers whom their owner let go of, and took again."""
    return PoolEntry.objects.filter(why=Why.GIVEN_BACK, left_why=LeftWhy.UNDONE, undone_at__isnull=False)


# ── the pool's entries ───────────────────────────────────────────────────────


def give_entries_back(made: HandOver, customers: Sequence[int], today: date, *, undone: bool) -> int:
    """Open again what the hand-over had ended of these customers, who have their owner again: his warnings, and the stays of nobody's
    customers. How many. Inside the caller's transaction; the customers have no open entry. One read and one write for a batch.

    Undone, the days are those they were. At the end of a cover its days are left out: the owner has as many days left as he had.
    """
    count = 0
    for some in batches(customers):
        kind = Q(fell_on__isnull=True, customer__owner=F("from_owner")) | Q(fell_on__isnull=False, customer__owner__isnull=True)
        ended = PoolEntry.objects.filter(kind, customer__in=some, left_on=made.on, left_why=LeftWhy.KEPT)
        last = {entry.customer_id: entry for entry in ended.order_by("pk")}
        for entry in last.values():
            entry.pk, entry._state.adding = None, True
            entry.left_on, entry.left_why = None, ""
            if not undone and entry.fell_on is None:
                away = today - made.on
                entry.warned_on = entry.warned_on + away if entry.warned_on else None
                entry.falls_on = entry.falls_on + away if entry.falls_on else None
        count += len(PoolEntry.objects.bulk_create(list(last.values())))
    return count
