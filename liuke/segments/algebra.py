"""How conditions join on their way into the database.

A condition is of one of three sorts: there is a row of insight that fits (`Row`); there is none that fits (`NoRow`: also true of a card
that insight has not looked at); something of the card itself or of what hangs on it (`Cards`). As long as neighbours are of one sort they
stay one question about one table: three figures cost one pass, not three. Negation is exact in all of them: a condition holds or it does
not, whatever is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TypeAlias

from django.db.models import Q, QuerySet

from liuke.standing.models import Standing


@dataclass(frozen=True)
class Row:
    """There is a row of insight that fits."""

    q: Q


@dataclass(frozen=True)
class NoRow:
    """There is no row of insight that fits."""

    q: Q


@dataclass(frozen=True)
class Cards:
    """A condition on customers.Customer."""

    q: Q


@dataclass(frozen=True)
class Both:
    """A row that fits, of a card that fits."""

    row: Q
    cards: Q


Cond: TypeAlias = "Row | NoRow | Cards | Both"
Rows = Callable[[], "QuerySet[Standing]"]
NOTHING, EVERYTHING = Q(pk__in=[]), ~Q(pk__in=[])


def negated(cond: Cond, rows: Rows) -> Cond:
    """The contrary."""
    if isinstance(cond, Row):
        return NoRow(cond.q)
    if isinstance(cond, NoRow):
        return Row(cond.q)
    return Cards(~on_cards(cond, rows))


def all_of(conds: Sequence[Cond], rows: Rows) -> Cond:
    """Every one of them. Conditions on insight's row become one."""
    fits = [cond.q if isinstance(cond, Row) else cond.row for cond in conds if isinstance(cond, Row | Both)]
    fits_not = [cond.q for cond in conds if isinstance(cond, NoRow)]
    cards = [cond.q if isinstance(cond, Cards) else cond.cards for cond in conds if isinstance(cond, Cards | Both)]
    if fits:  # there is a row: what may not fit can be asked of the same one
        row = reduce(and_, [*fits, *(~q for q in fits_not)])
        return Both(row, reduce(and_, cards)) if cards else Row(row)
    if fits_not:
        none = NoRow(reduce(or_, fits_not))
        return Cards(reduce(and_, [*cards, on_cards(none, rows)])) if cards else none
    return Cards(reduce(and_, cards) if cards else EVERYTHING)


def any_of(conds: Sequence[Cond], rows: Rows) -> Cond:
    """At least one of them."""
    fits = [cond.q for cond in conds if isinstance(cond, Row)]
    fits_not = [cond.q for cond in conds if isinstance(cond, NoRow)]
    found: list[Cond] = []
    if fits:
        found.append(Row(reduce(or_, fits)))
    if fits_not:  # no row fits the one, or none fits the other: no row fits both, as a customer has one row
        found.append(NoRow(reduce(and_, fits_not)))
    found += [cond for cond in conds if isinstance(cond, Cards | Both)]
    if len(found) == 1:
        return found[0]
    return Cards(reduce(or_, [on_cards(cond, rows) for cond in found]) if found else NOTHING)


def on_cards(cond: Cond, rows: Rows) -> Q:
    """As one condition on cards."""
    if isinstance(cond, Cards):
        return cond.q
    if isinstance(cond, NoRow):
        return ~Q(pk__in=rows().filter(cond.q).values("customer"))
    fits = Q(pk__in=rows().filter(cond.q if isinstance(cond, Row) else cond.row).values("customer"))
    return fits & cond.cards if isinstance(cond, Both) else fits
