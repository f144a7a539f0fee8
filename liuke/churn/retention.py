"""Who of those that joined in a year is still in the books so many months later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liuke.churn.books import Books, Ints, years_of

MONTH = 30.4375
"""Days of a month, on average."""
STEP = 3
FEWEST = 30
"""Of fewer no share is drawn."""
MOST_YEARS = 6


@dataclass(frozen=True)
class Cohort:
    """Those whose first deal day lies in `year`; `points`: (months after it, in the books then, of whom so long ago is known)."""

    year: int
    customers: int
    points: tuple[tuple[int, int, int], ...]


def cohorts(books: Books, until: int) -> list[Cohort]:
    """The last years with customers, oldest first; each point counts those only who joined so many months before `until` (a day number)."""
    if not len(books.who):
        return []
    ids, place = np.unique(books.who, return_inverse=True)
    first = np.full(len(ids), np.iinfo(np.int64).max, np.int64)
    np.minimum.at(first, place, books.began)
    years = years_of(first)
    out = []
    for year in np.unique(years)[-MOST_YEARS:].tolist():
        members = np.flatnonzero(years == year)
        out.append(Cohort(year, len(members), tuple(_points(books, place, first, members, until))))
    return out


def _points(books: Books, place: Ints, first: Ints, members: Ints, until: int) -> list[tuple[int, int, int]]:
    mine = np.zeros(len(first), bool)
    mine[members] = True
    of_mine = np.flatnonzero(mine[place])
    joined = first[place[of_mine]]
    began, ended = books.began[of_mine] - joined, books.ended[of_mine] - joined
    points: list[tuple[int, int, int]] = []
    months = 0
    while True:
        days = round(months * MONTH)
        known = first[members] + days <= until
        n = int(known.sum())
        if n < FEWEST:
            return points
        here = (began <= days) & (ended > days) & (joined + days <= until)
        points.append((months, int(here.sum()), n))
        months += STEP
