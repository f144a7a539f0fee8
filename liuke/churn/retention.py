"""Who of those that joined in a year is still in the books so many months later.

A line is about the same people from its first point to its last: it ends where the one who joined last has not been here long enough.
So it never moves because others are counted; it rises only where somebody has come back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liuke.churn.books import Books, Flags, Ints, years_of

MONTH = 30.4375
"""Days of a month, on average."""
STEP = 3
FEWEST = 30
"""Of fewer no share is drawn."""
MOST_YEARS = 6


@dataclass(frozen=True)
class Cohort:
    """Those whose first deal day lies in `year`; `points`: (months after it, how many of all of them are in the books then)."""

    year: int
    customers: int
    points: tuple[tuple[int, int], ...]


def cohorts(books: Books, until: int) -> list[Cohort]:
    """The last years with customers, oldest first, as far as all of a year are known by `until` (a day number)."""
    if not len(books.who):
        return []
    joined, heads = _joined(books)
    years = years_of(joined)
    out = []
    for year in np.unique(years)[-MOST_YEARS:].tolist():
        mine = years == year
        whole = int((mine & heads).sum())
        points: list[tuple[int, int]] = []
        last = int(joined[mine].max())
        while whole >= FEWEST and last + round(len(points) * STEP * MONTH) <= until:
            months = len(points) * STEP
            points.append((months, int((mine & _here(books, joined, months)).sum())))
        out.append(Cohort(year, whole, tuple(points)))
    return out


def kept(books: Books, year: int, months: int) -> Ints:
    """Places of the stays of those who joined in a year and are in the books so many months later: the names behind a point."""
    joined, _heads = _joined(books)
    found = np.flatnonzero((years_of(joined) == year) & _here(books, joined, months))
    return found[np.lexsort((books.who[found], joined[found]))]


def _joined(books: Books) -> tuple[Ints, Flags]:
    """(first deal day of the customer of each stay, whether it is his first stay)."""
    _ids, place = np.unique(books.who, return_inverse=True)
    first = np.full(len(_ids), np.iinfo(np.int64).max, np.int64)
    np.minimum.at(first, place, books.began)
    joined = first[place]
    return joined, books.began == joined


def _here(books: Books, joined: Ints, months: int) -> Flags:
    day = joined + round(months * MONTH)
    return (books.began <= day) & (books.ended > day)
