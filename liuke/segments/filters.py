"""A list's conditions: read from an address, written back to one, and turned into conditions of the database.

The address is the filter: `?grade=A&stage=D&sort=-risk`. Several values of one key stand with commas. What cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

from django.db.models import Exists, OuterRef, Q

from liuke.customers.freshness import stale
from liuke.customers.labels import Kind
from liuke.customers.models import Customer
from liuke.customers.search import matching
from liuke.kernel.money import parse_amount
from liuke.kernel.refusal import Refused
from liuke.segments.asking import ALIASES
from liuke.segments.compiling import Compiled
from liuke.segments.happened import lapsing
from liuke.segments.kept import compiled_segment
from liuke.segments.organisation import under
from liuke.standing.flow import NEW, OUTCOMES, compare_with, outcome
from liuke.standing.labels import Attitude, CustomerType, Grade, Stage
from liuke.standing.models import Run, Signal
from liuke.standing.queries import Cycles, current_run, standings
from liuke.team.models import Unit, User
from liuke.team.rules import COLUMN, MOST_COLUMNS

_RANGE = re.compile(r"([0-9]{0,5})-([0-9]{0,5})")
_EXPIRES = re.compile(r"(?:([a-z][a-z0-9_]{0,39}):)?([0-9]{1,4})")
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
        return text if text in ("none", "me") or _ids(text) else ""
    if key == "unit":
        return text if _ids(text) else ""
    if key == "pick":
        return text if len(text) <= 2000 and _ids(text) else ""
    if key == "last":
        match = _RANGE.fullmatch(text)
        return text if text == "never" or (match and (match[1] or match[2])) else ""
    if key == "complete":
        match = _RANGE.fullmatch(text)
        return text if match and (match[1] or match[2]) else ""
    if key == "expires":
        return text if _EXPIRES.fullmatch(text) else ""
    if key == "tier":
        return ",".join(one for one in text.split(",") if _TIER.fullmatch(one))
    if key in ("parent", "segment"):
        return text if text.isascii() and text.isdigit() and len(text) < 16 else ""
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


def _ids(text: str) -> list[int]:
    parts = text.split(",")
    return [int(part) for part in parts] if all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts) else []


def segment_of(wanted: Filter, user: User, today: date, run: Run | None) -> Compiled | None:
    """The conditions of the segment asked for, if there is one that this reader may use."""
    key = (user.pk, today, run.pk if run else None)
    if key not in wanted.kept:
        wanted.kept[key] = compiled_segment(int(wanted.get("segment")), user, today, run)
    return wanted.kept[key]


def customer_conditions(
    wanted: Filter, user: User, today: date, prefix: str = "", *, run: Run | None = None, beside_standing: bool = False
) -> list[Q]:
    """Conditions on the card and what hangs on it; `prefix` is the path to the customer ("customer__" from a standing row).

    `run` is needed for a segment (the newest one otherwise). `beside_standing`: what the segment asks of insight's row is left to
    standing_conditions.
    """
    name = prefix.removesuffix("__") or "pk"
    found: list[Q] = []

    def where(**lookups: object) -> None:
        found.append(Q(**{prefix + lookup: value for lookup, value in lookups.items()}))

    for key in ("kind", "tier"):
        if value := wanted.get(key):
            where(**{f"{key}__in": value.split(",")})
    if value := wanted.get("unit"):
        found.append(_units(value, prefix))
    if value := wanted.get("owner"):
        found.append(_owner(value, user, prefix))
    if value := wanted.get("next"):
        found.append(_next(value, today, prefix))
    if wanted.get("stale"):
        found.append(stale(today, prefix))
    if value := wanted.get("complete"):
        low, _dash, high = value.partition("-")
        where(completeness__gte=int(low or 0), completeness__lte=int(high or 100))
    if value := wanted.get("pick"):
        found.append(Q(**{f"{name}__in": _ids(value)}))
    if value := wanted.get("parent"):
        found.append(under(user, int(value), name))
    if value := wanted.get("load"):
        where(load_id=int(value))
    if value := wanted.get("signal"):
        found.append(Q(**{f"{name}__in": Signal.objects.filter(key__in=value.split(","), ended_on=None).values("customer")}))
    if value := wanted.get("expires"):
        found.append(Q(**{f"{name}__in": _expiring(value, today)}))
    if value := wanted.get("q"):
        found.append(matching(value, name) or Q(pk__in=[]))
    if wanted.get("segment"):
        found += _segment(wanted, user, today, run or current_run(), prefix, beside_standing)
    return found


def _segment(wanted: Filter, user: User, today: date, run: Run | None, prefix: str, beside_standing: bool) -> list[Q]:
    segment = segment_of(wanted, user, today, run)
    if segment is None:
        return [Q(pk__in=[])]
    condition = segment.cards if beside_standing else segment.whole
    if condition is None:
        return []
    if prefix:  # each row is asked as it comes
        return [Q(Exists(Customer.objects.filter(pk=OuterRef(prefix.removesuffix("__"))).filter(condition)))]
    return [condition]


def standing_conditions(wanted: Filter, run: Run, user: User | None = None, today: date | None = None) -> tuple[list[Q], dict[str, object]]:
    """Conditions on the standing row, and the annotations they need (standing.flow, so that a number and its list agree). With the
    reader and the day also what a segment asks of it."""
    found: list[Q] = []
    extra: dict[str, object] = {}
    if wanted.sort.removeprefix("-") == "cycles":
        extra["cycles"] = Cycles(run.as_of)
    for key, column in (("grade", "abc"), ("stage", "stage"), ("type", "type"), ("attitude", "attitude")):
        if value := wanted.get(key):
            found.append(Q(**{f"{column}__in": value.split(",")}))
    if value := wanted.get("last"):
        found.append(_last(value, run.as_of))
    if value := wanted.get("risk"):
        found.append(Q(value_at_risk_cents__gte=int(value) * 100) & ~Q(stage=Stage.EXIT))  # whoever left is no longer a risk
    if value := wanted.get("outcome"):
        extra["outcome"] = outcome(run.as_of)
        found.append(Q(outcome__in=value.split(",")))
    if wanted.get("then") or wanted.get("moved"):
        found += _then(wanted, compare_with(run))
    if wanted.get("segment") and user is not None and today is not None:
        segment = segment_of(wanted, user, today, run)
        if segment is not None and segment.row is not None:
            found.append(segment.row)
            extra |= {name: made(run.as_of) for name, made in ALIASES.items()}
    return found, extra


def _then(wanted: Filter, before: Run | None) -> list[Q]:
    """Conditions on the stage at the end of last month (standing.flow.stage_then), as sets of customers, which an index finds."""
    then = standings(before)
    found = []
    if codes := wanted.get("then").split(",") if wanted.get("then") else []:
        condition = Q(customer__in=then.filter(stage__in=codes).values("customer"))
        if NEW in codes:
            condition |= ~Q(customer__in=then.values("customer"))
        found.append(condition)
    if wanted.get("moved") == "back":
        found.append(~Q(stage="E") & Q(customer__in=then.filter(stage="E").values("customer")))
    elif wanted.get("moved") == "lost":
        found.append(Q(stage="E") & Q(customer__in=then.exclude(stage="E").values("customer")))
    return found


def _units(value: str, prefix: str) -> Q:
    """The units and everything under them."""
    paths: Iterable[str | None] = Unit.objects.filter(pk__in=_ids(value)).values_list("path", flat=True)
    found = Q(pk__in=[])
    for unit_path in paths:
        found |= Q(**{f"{prefix}unit__path__startswith": unit_path})
    return found


def _owner(value: str, user: User, prefix: str) -> Q:
    if value == "none":
        # The few who left are looked up first: a join for every card would cost more than all the rest of the list.
        left = list(User.objects.filter(is_active=False).values_list("pk", flat=True))
        return Q(**{f"{prefix}owner": None}) | Q(**{f"{prefix}owner__in": left})
    return Q(**{f"{prefix}owner__in": [user.pk] if value == "me" else _ids(value)})


def _next(value: str, today: date, prefix: str) -> Q:
    column = f"{prefix}next_contact_on"
    return {
        "none": Q(**{column: None}),
        "today": Q(**{column: today}),
        "late": Q(**{f"{column}__lt": today}),
        "week": Q(**{f"{column}__gte": today, f"{column}__lt": today + timedelta(days=7)}),
    }[value]


def _last(value: str, as_of: date) -> Q:
    if value == "never":
        return Q(last_deal=None)
    low, high = value.split("-")
    found = Q(last_deal__isnull=False)
    if low:
        found &= Q(last_deal__lte=as_of - timedelta(days=int(low)))
    if high:
        found &= Q(last_deal__gte=as_of - timedelta(days=int(high)))
    return found


def _expiring(value: str, today: date) -> object:
    """Customers with a contract that ends within so many days and has no successor."""
    match = _EXPIRES.fullmatch(value)
    assert match is not None
    return lapsing(today, today + timedelta(days=int(match[2])), (match[1],) if match[1] else ()).values("customer")


def parse(query: str) -> Filter:
    """The filter of a query string, as a saved view keeps it. Ticked rows, a `pick` each, are one condition."""
    pairs = parse_qsl(query)
    picks = [value for key, value in pairs if key == "pick"]
    return read({**dict(pairs), "pick": ",".join(picks)})


def same(query: str, wanted: Filter) -> bool:
    """Whether a kept query asks for the same conditions and order, and, where it names columns, for the same columns."""
    kept = parse(query)
    return kept.query(whole=False) == (wanted if kept.columns else wanted.showing(())).query(whole=False)
