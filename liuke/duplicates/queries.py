"""Reads of pairs and merges, within the reader's sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from liuke.customers.models import Customer
from liuke.customers.queries import phones_of, visible
from liuke.deals.models import Deal
from liuke.duplicates.fields import Line, compare
from liuke.duplicates.merging import check
from liuke.duplicates.models import DuplicatePair, DuplicateScan, Merge
from liuke.duplicates.moving import hanging_on
from liuke.duplicates.policies import COMPUTED
from liuke.duplicates.rules import FOR
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.clock import months_before
from liuke.kernel.refusal import Refused
from liuke.standing.queries import current_run, standings
from liuke.team.models import User

LEAST_CENTS = 10_000
"""What a pair is taken to be worth at least, so that cards without deals are in order of their score."""


def waiting(user: User, reason: str = "") -> QuerySet[DuplicatePair]:
    """Open pairs, those first in which most money meets the surest evidence (slice it). `reason`: a code of rules.FOR."""
    run = current_run()
    found = DuplicatePair.objects.visible_to(user).open()
    if reason in FOR:
        found = found.filter(reasons__icontains=f'"{reason}"')

    def amount(side: str) -> Coalesce:
        rows = standings(run).filter(customer=OuterRef(side)).order_by().values("amount_12m_cents")[:1]
        return Coalesce(Subquery(rows), 0)

    worth = F("score") * (amount("a") + amount("b") + LEAST_CENTS)
    return found.annotate(worth=worth).select_related("a__unit", "a__owner", "b__unit", "b__owner").order_by("-worth", "-score", "pk")


def reasons_of(user: User) -> Counter[str]:
    """How many open pairs there are for each code of rules.FOR; under "" how many in all."""
    counted: Counter[str] = Counter()
    for codes, n in DuplicatePair.objects.visible_to(user).open().order_by().values_list("reasons").annotate(n=Count("pk")):
        counted[""] += n
        counted.update({code: n for code in codes if code in FOR})
    return counted


def open_count(user: User) -> int:
    """How many pairs wait for the reader."""
    return DuplicatePair.objects.visible_to(user).open().count()


def maybe_the_same(user: User, card_id: int) -> list[Customer]:
    """The other cards of a card's open pairs, those the reader sees, the surest first: perhaps the same person. One query."""
    pairs = DuplicatePair.objects.visible_to(user).open().filter(Q(a=card_id) | Q(b=card_id)).select_related("a", "b")
    return [pair.b if pair.a_id == card_id else pair.a for pair in pairs.order_by("-score", "pk")]


def last_scan() -> DuplicateScan | None:
    """The newest look through everybody that was finished."""
    return DuplicateScan.objects.filter(finished_at__isnull=False).order_by("-pk").first()


@dataclass(frozen=True)
class Side:
    """One card of a pair as the page shows it: numbers as they are stored (the page masks them), and what it brought."""

    card: Customer
    phones: tuple[str, ...]
    deals: int
    cents: int
    last: date | None
    year_cents: int = 0

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """More deals, more money in twelve months, the older card, the lower id: the greater of two is the one to keep."""
        return (self.deals, self.year_cents, -self.card.opened_on.toordinal(), -self.card.pk)


def sides(cards: Sequence[Customer]) -> list[Side]:
    """These cards with their numbers and deals; two queries."""
    year = months_before(clock.today(), 12)
    numbers = phones_of(card.pk for card in cards)
    rows = (
        Deal.objects.filter(customer__in=cards)
        .order_by()
        .values_list("customer")
        .annotate(n=Count("pk"), cents=Sum("amount_cents"), last=Max("on"), year=Coalesce(Sum("amount_cents", filter=Q(on__gt=year)), 0))
    )
    sums = {pk: (n, cents, last, within) for pk, n, cents, last, within in rows}
    return [Side(card, tuple(numbers.get(card.pk, [])), *sums.get(card.pk, (0, 0, None, 0))) for card in cards]


@dataclass(frozen=True)
class Look:
    """A merge before it is done. `rows`: how many of each kind will move, by the kind's own name; `refused`: why it cannot be done."""

    keep: Side
    away: Side
    lines: list[Line]
    rows: list[tuple[str, int]]
    refused: Refused | None


def look(user: User, keep_id: int, away_id: int) -> Look:
    """Both cards side by side. Customer.DoesNotExist when either is out of sight; refuses a card with itself."""
    if keep_id == away_id:
        raise Refused("duplicates.self", "这是同一张卡，请选另一张。")
    keep, away = visible(user, keep_id), visible(user, away_id)
    problem = None
    try:
        check(user, keep, away)
    except Refused as refused:
        problem = refused
    one, other = sides([keep, away])
    return Look(one, other, compare(keep, away), rows_of(away), problem)


def rows_of(card: Customer) -> list[tuple[str, int]]:
    """How many rows of each kind hang on a card, those left out that are worked out anew; the most first."""
    counted: Counter[str] = Counter()
    for model, names in hanging_on():
        if model._meta.label_lower not in COMPUTED:
            counted[str(model._meta.verbose_name)] += sum(model._base_manager.filter(**{name: card.pk}).count() for name in names)
    return [(name, n) for name, n in counted.most_common() if n]


def moved(done: Merge) -> list[tuple[str, int]]:
    """How many rows of each kind went over with a merge, by the kind's own name; the most first."""
    names: dict[str, Any] = {model._meta.label_lower: model._meta.verbose_name for model, _ in hanging_on()}
    kept = [(str(names[label]), int(n)) for label, n in done.counts.items() if label in names and label not in COMPUTED]
    return sorted(kept, key=lambda each: -each[1])


def merges(user: User) -> QuerySet[Merge]:
    """All merges into cards the reader sees, the newest first (slice it); without what they keep for the way back."""
    return Merge.objects.visible_to(user).defer("store").select_related("keep__unit", "by", "undone_by").order_by("-pk")


def merged_numbers(numbers: Iterable[str]) -> dict[str, int]:
    """Of these customer numbers those that went with a merge: number → the card they are now part of. For whoever reads files."""
    found: dict[str, int] = {}
    wanted = sorted(set(numbers))
    for some in batches(wanted):
        rows = Merge.objects.standing().filter(away_number__in=some).order_by("pk")
        found.update(rows.values_list("away_number", "keep"))
    return found


def merged_into(user: User, card_id: int) -> Merge | None:
    """Where a card went that is no more, if the reader may see the survivor."""
    return merges(user).filter(away=card_id, undone_at__isnull=True).first()
