"""A list's conditions: read from an address and written back to one. segments.filtering turns them into conditions of the database.

The address is the filter: `?grade=A&stage=D&sort=-risk`. Several values of one key stand with commas. What cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from liuke.customers.labels import Kind
from liuke.kernel.money import parse_amount
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.segments.compiling import Compiled
from liuke.standing.flow import NEW, OUTCOMES
from liuke.standing.labels import Attitude, CustomerType, Grade, Stage
from liuke.team.rules import COLUMN, MOST_COLUMNS

_RANGE = re.compile(r"([0-9]{0,5})-([0-9]{0,5})")
EXPIRES = re.compile(r"(?:([a-z][a-z0-9_]{0,39}):)?([0-9]{1,4})")
_TIER = re.compile(r"[\w-]{1,20}")
CODES: dict[str, frozenset[str]] = {
    "grade": frozenset(Grade.values),
    "stage": frozenset(Stage.values),
    "type": frozenset(CustomerType.values),
    "attitude": frozenset(Attitude.values),
    "kind": frozenset(Kind.values),
    "then": frozenset([*Stage.values, NEW]),
    "outcome": frozenset(OUTCOMES),
    "moved": frozenset(("back", "lost")),
    "next": frozenset(("none", "today", "late", "week")),
}
KEYS = ("q", "segment", *CODES, "tier", "unit", "owner", "last", "risk", "signal", "expires", "stale", "complete", "load", "pick", "parent")
STANDING_KEYS = frozenset(("grade", "stage", "type", "attitude", "then", "outcome", "moved", "last", "risk"))
SORTS = ("risk", "last", "amount", "cycles", "name", "next", "opened")
STANDING_SORTS = {"risk": "value_at_risk_cents", "last": "last_deal", "amount": "amount_12m_cents", "cycles": "cycles"}
CUSTOMER_SORTS = {"name": "pinyin", "next": "next_contact_on", "opened": "opened_on"}
MAX_PAGE = 100


@dataclass(frozen=True)
class Filter:
    """Conditions by key, the order ("-risk": most first), the page from 1, and the columns asked for by key (segments.columns; none: the
    reader's own)."""

    values: Mapping[str, str] = field(default_factory=dict)
    sort: str = "-risk"
    page: int = 1
    columns: tuple[str, ...] = ()
    kept: dict[object, Compiled | None] = field(default_factory=dict, init=False, compare=False, repr=False)
    """The segment asked for, put together once for each reader and day."""

    def get(self, key: str) -> str:
        return self.values.get(key, "")

    def having(self, **changes: str) -> Filter:
        """The same with some conditions set, or taken away by ""; from the first page."""
        values = {key: value for key, value in {**self.values, **changes}.items() if value}
        return replace(self, values=values, page=1)

    def sorted_by(self, sort: str) -> Filter:
        return replace(self, sort=sort, page=1)

    def showing(self, columns: Iterable[str]) -> Filter:
        """The same with other columns; none: the reader's own."""
        return replace(self, columns=tuple(columns))

    def on_page(self, page: int) -> Filter:
        return replace(self, page=page)

    def query(self, *, whole: bool = True) -> str:
        """As an address' query, in a fixed order of keys; without page when `whole` is false (what a saved view keeps)."""
        pairs = [(key, self.values[key]) for key in KEYS if self.values.get(key)]
        if self.sort != "-risk":
            pairs.append(("sort", self.sort))
        if self.columns:
            pairs.append(("cols", ",".join(self.columns)))
        if whole and self.page > 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)

    @property
    def needs_standing(self) -> bool:
        return any(key in STANDING_KEYS for key in self.values)


def read(data: Mapping[str, str]) -> Filter:
    """The filter of an address' query. Unknown keys and values are left out, so that an old link still opens."""
    values = {}
    for key in KEYS:
        text = str(data.get(key, "")).strip()
        if text and (good := _good(key, text)):
            values[key] = good
    sort = str(data.get("sort", ""))
    page = str(data.get("page", "1"))
    return Filter(
        values,
        sort if sort.removeprefix("-") in SORTS else "-risk",
        min(int(page), MAX_PAGE) if page.isascii() and page.isdigit() and int(page[:6]) > 0 else 1,
        tuple(dict.fromkeys(key for key in str(data.get("cols", ""))[:1000].split(",") if COLUMN.fullmatch(key)))[:MOST_COLUMNS],
    )


def _good(key: str, text: str) -> str:
    if key == "q":
        return text[:64]
    if key in CODES:
        return ",".join(one for one in text.split(",") if one in CODES[key])
    if key == "owner":
        return text if text in ("none", "me") or ids(text) else ""
    if key == "unit":
        return text if ids(text) else ""
    if key == "pick":
        return text if len(text) <= 2000 and ids(text) else ""
    if key == "last":
        match = _RANGE.fullmatch(text)
        return text if text == "never" or (match and (match[1] or match[2])) else ""
    if key == "complete":
        match = _RANGE.fullmatch(text)
        return text if match and (match[1] or match[2]) else ""
    if key == "expires":
        return text if EXPIRES.fullmatch(text) else ""
    if key == "tier":
        return ",".join(one for one in text.split(",") if _TIER.fullmatch(one))
    if key in ("parent", "segment"):
        return text if as_id(text) else ""
    if key == "load":
        return text if text.isascii() and text.isdigit() and len(text) < 10 else ""
    if key == "risk":
        return _yuan(text)
    if key == "signal":
        return text if all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", one) for one in text.split(",")) else ""
    return "1" if text == "1" else ""


def _yuan(text: str) -> str:
    """Whole yuan as they are typed: 5000, 5,000, 1.2万."""
    try:
        cents = parse_amount(text[:20]).cents
    except Refused:
        return ""
    return str(cents // 100) if 0 <= cents < 10**11 else ""


def ids(text: str) -> list[int]:
    found = [as_id(part) for part in text.split(",")]
    return [one for one in found if one] if all(found) else []


def parse(query: str) -> Filter:
    """The filter of a query string, as a saved view keeps it. Ticked rows, a `pick` each, are one condition."""
    pairs = parse_qsl(query)
    picks = [value for key, value in pairs if key == "pick"]
    return read({**dict(pairs), "pick": ",".join(picks)})


def same(query: str, wanted: Filter) -> bool:
    """Whether a kept query asks for the same conditions and order, and, where it names columns, for the same columns."""
    kept = parse(query)
    return kept.query(whole=False) == (wanted if kept.columns else wanted.showing(())).query(whole=False)
