"""The lists that can be exported.

A new list is one module in exchange/exports/lists/ and its name in lists/__init__.py:

    def rows(asked: Asked) -> Iterator[Values]:
        for one in queries.pool(asked.user).iterator(BATCH):         # always through what the reader may see
            yield (one.customer.number, one.customer.name, one.left_on)

    register(Listing("pool", _("公海"), "customer.read", (Column("number", _("客户编号")), …), count, rows))

and, on its page, `{{ ui.export("pool", query) }}`. Personal values go through custody.export_making.reach, which masks them unless
somebody agreed to whole ones; free text goes through custody.queries.masked_text. Mark their columns `personal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from liuke.custody.models import Export
from liuke.team.models import User
from liuke.team.permissions import may

BATCH = 500
Kind = Literal["text", "number", "money", "date", "time"]
Value = str | int | float | date | datetime | None
"""A cell: text, a number, an amount in cents, a day, an aware moment; None is an empty cell."""
Values = tuple[Value, ...]


@dataclass(frozen=True)
class Column:
    """`heading` is a lazy text; `personal`: numbers and their like, which stand masked unless somebody agreed; `width` in characters."""

    key: str
    heading: object
    kind: Kind = "text"
    personal: bool = False
    width: int = 14


@dataclass
class Asked:
    """What a file is made from: who asked, the list's own query, and the export itself. Ids of customers whose whole numbers were written
    are collected in `opened`."""

    user: User
    query: str
    export: Export
    opened: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Listing:
    """One list. `permission` beside export.ask; `count` and `rows` see only what the reader may see, and agree; `said`: the query in words.

    `columns` in the order of the values that `rows` gives. A query that cannot be read narrows nothing, as in the address of a page.
    """

    key: str
    title: object
    permission: str
    columns: tuple[Column, ...]
    count: Callable[[User, str], int]
    rows: Callable[[Asked], Iterator[Values]]
    said: Callable[[User, str], list[str]] = lambda user, query: []

    @property
    def personal(self) -> bool:
        return any(column.personal for column in self.columns)

    def chosen(self, keys: list[str]) -> tuple[Column, ...]:
        """The columns named, in the list's order."""
        return tuple(column for column in self.columns if column.key in keys)


@dataclass(frozen=True)
class Bundle:
    """What goes out by the same rules as a list, but is made and fetched in a place of its own (letters of a mailing).

    `holds`: what is in it, in words. `write` makes the whole file: (rows in it, ids of the customers it opens). Up to `at_once` rows while
    the reader waits.
    """

    key: str
    title: object
    holds: object
    permission: str
    at_once: int
    write: Callable[[Export, Path], tuple[int, list[int]]]


_LISTS: dict[str, Listing] = {}
_BUNDLES: dict[str, Bundle] = {}


def register(listing: Listing) -> Listing:
    """Make a list known. Its key must be new."""
    if listing.key in _LISTS:
        raise ValueError(listing.key)
    _LISTS[listing.key] = listing
    return listing


def lists() -> dict[str, Listing]:
    """Every list by key."""
    from liuke.exchange import mailings as _bundles  # noqa: F401 -- registers them
    from liuke.exchange.exports import lists as _known  # noqa: F401

    return _LISTS


def bundle(key: str) -> Bundle | None:
    """What goes out under this key in a shape of its own, if anything."""
    lists()
    return _BUNDLES.get(key)


def bundled(made: Bundle) -> Bundle:
    """Make a bundle known. Its key must be new."""
    if made.key in _LISTS or made.key in _BUNDLES:
        raise ValueError(made.key)
    _BUNDLES[made.key] = made
    return made


def find(user: User, key: str) -> Listing | None:
    """A list this person may export; None for any other."""
    found = lists().get(key)
    return found if found is not None and may(user, "export.ask") and may(user, found.permission) else None
