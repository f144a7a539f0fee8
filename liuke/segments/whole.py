"""A list without its pages, little by little: what goes out as a file or a run of letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.packs.schema import Pack
from liuke.segments.filters import CUSTOMER_SORTS, Filter
from liuke.segments.queries import Row, cards_of, newcomers, ordered, ordered_standing, rows_from, standing_of, with_standing
from liuke.standing.models import Run
from liuke.team.models import User

BATCH = 2000
NOT_LISTED = ("hobbies", "personality", "family", "occupation", "income_band", "education", "avoid", "search", "aliases")
"""Long columns of a card that no list shows."""


def everybody(user: User, wanted: Filter, run: Run | None, today: date | None = None) -> Iterator[int]:
    """The ids of all that a filter finds, in its order, read little by little: the list without its pages."""
    day = today or clock.today()
    if run is None or (wanted.sort.removeprefix("-") in CUSTOMER_SORTS and not wanted.needs_standing):
        if run is not None or not wanted.needs_standing:
            yield from ordered(cards_of(user, wanted, day), wanted).values_list("pk", flat=True).iterator(BATCH)
        return
    rows = ordered_standing(standing_of(user, wanted, run, day), wanted, few=True)
    yield from rows.values_list("customer_id", flat=True).iterator(BATCH)
    if not wanted.needs_standing:
        yield from ordered(newcomers(user, wanted, run, day), wanted).values_list("pk", flat=True).iterator(BATCH)


def rows_of(user: User, ids: Sequence[int], run: Run | None, pack: Pack) -> list[tuple[Customer, Row]]:
    """These customers as rows of the list, in the given order; those the user may not see are left out. Three queries."""
    cards = Customer.objects.visible_to(user).filter(pk__in=ids).select_related("unit", "owner").defer(*NOT_LISTED)
    found = {card.pk: (card, row) for card, row in with_standing(cards, run)}
    pairs = [found[pk] for pk in ids if pk in found]
    return [(card, row) for (card, _), row in zip(pairs, rows_from(pairs, run, pack), strict=True)]
