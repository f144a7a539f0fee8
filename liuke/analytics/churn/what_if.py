"""What would lower one customer's probability of leaving, and to what: the facts with one thing added, judged by the same model again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..assign import assign
from ..cycle import Standing, cycle_ratio
from ..days import NO_DAY
from ..facts import Facts, facts
from ..review import asked_at
from ..summary import Cuts
from ..tables import CONTRACTS, CUSTOMERS, DEALS, EVENTS, Tables
from ..thresholds import Thresholds
from .typical import Lived

if TYPE_CHECKING:
    from .predict import Churn

Floats = NDArray[np.float64]
ADDITIVE = "additive"
LEAST = 0.005
"""Half a percentage point: what moves the probability less is not worth saying."""
YEAR = 365
_NO_SALE = 10_000  # cents of a deal of somebody who never had a sale


@dataclass(frozen=True)
class Lower:
    """`what`: deal, complaint, unhappy, need, contract, owner; `share`: the probability after it."""

    what: str
    share: float


@dataclass(frozen=True)
class Judged:
    """One customer: his facts, what is said of his probability of leaving before any person's word, and of which past (`review.asked_at`),
    his band of elapsed cycles, what would lower it; `features` as the supervised model was asked, None of another; `lapsed`: contracts."""

    known: Facts
    share: float
    asked: Lived
    features: dict[str, Floats] | None
    lapsed: tuple[str, ...]
    band: int
    lower: tuple[Lower, ...]


def judge(mine: Tables, as_of_day: int, cuts: Cuts, thresholds: Thresholds, churn: Churn | None) -> Judged | None:
    """The one customer in `mine`, and what would lower his probability by half a point or more, most effective first.

    Only what applies to him: a complaint that is open, a contract that has lapsed. By the cuts where `churn` is None. None of one
    without a deal day. What is compared is what is said of two customers, not what an act would cause.
    """
    known = facts(mine, as_of_day, thresholds)
    if not len(known) or int(known.column("deal_days")[0]) == 0:
        return None
    acts = {"": mine} | {what: act(mine, known) for what, (applies, act) in _ACTS.items() if applies(known)}
    if kinds := lapsed(mine, known, thresholds):
        acts["contract"] = _renewed(mine, known, kinds)
    variants = together([_as(number, tables) for number, tables in enumerate(acts.values())])
    rows = assign(facts(variants, as_of_day, thresholds), cuts, thresholds, churn)
    shares = rows["model_share"].to_pylist()
    now = float(shares[0])
    found = [Lower(what, float(share)) for what, share in zip(acts, shares, strict=True) if what and now - share >= LEAST]
    standing = _standing(known, cuts, thresholds)
    silence, first, last = (int(x) for x in (asked_at(standing)[0], _value(known, "first_day"), _value(known, "last_day")))
    asked = Lived(int(standing.days[0]) - 1, last - first, silence)
    features = churn.features_of(known, np.array([0]), np.array([silence]), standing) if churn and churn.key == ADDITIVE else None
    return Judged(
        known, now, asked, features, tuple(kinds), rows["band"][0].as_py(), tuple(sorted(found, key=lambda one: (one.share, one.what)))
    )


def _standing(known: Facts, cuts: Cuts, thresholds: Thresholds) -> Standing:
    days, last = (known.column(name).astype(np.int64) for name in ("deal_days", "last_day"))
    top, bottom = cycle_ratio(days, known.column("own2").astype(np.int64), cuts.m_pop2, thresholds.k)
    return Standing(days > 0, days, known.as_of_day - last, top, bottom)


def together(parts: list[Tables]) -> Tables:
    """Tables of different customers as one."""
    names = ("deals", "customers", "events", "contacts", "contracts", "overrides")
    return Tables(**{name: pa.concat_tables([getattr(part, name) for part in parts]) for name in names})


def _as(number: int, tables: Tables) -> Tables:
    """The same facts of another customer."""

    def renumbered(table: pa.Table) -> pa.Table:
        return table.set_column(0, "customer_id", pa.array([number] * table.num_rows, pa.int64()))

    names = ("deals", "customers", "events", "contacts", "contracts", "overrides")
    return Tables(**{name: renumbered(getattr(tables, name)) for name in names})


def _with(table: pa.Table, schema: pa.Schema, *rows: dict[str, Any]) -> pa.Table:
    return pa.concat_tables([table, pa.Table.from_pylist(list(rows), schema=schema)])


def _value(known: Facts, name: str) -> Any:
    return known.column(name)[0]


def _id(known: Facts) -> int:
    return int(_value(known, "customer_id"))


def _deal(tables: Tables, known: Facts) -> Tables:
    cents = int(_value(known, "median_deal")) or _NO_SALE
    row = {"customer_id": _id(known), "day": known.as_of_day, "cents": cents, "came": True}
    return replace(tables, deals=_with(tables.deals, DEALS, row))


def _events(tables: Tables, known: Facts, kind: str, *values: int | None) -> Tables:
    rows = [{"customer_id": _id(known), "day": known.as_of_day, "kind": kind, "value": value} for value in values]
    return replace(tables, events=_with(tables.events, EVENTS, *rows))


def _of_kind(tables: Tables, kind: str, as_of_day: int) -> pa.Table:
    events = tables.events
    return events.filter(pc.and_(pc.equal(events["kind"], kind), pc.less_equal(events["day"], as_of_day)))


def _complaint(tables: Tables, known: Facts) -> Tables:
    opened, closed = (_of_kind(tables, f"severe_complaint_{end}", known.as_of_day).num_rows for end in ("opened", "closed"))
    return _events(tables, known, "severe_complaint_closed", *[None] * (opened - closed))


def _unhappy(tables: Tables, known: Facts) -> Tables:
    """Asked again, he gives 4 of 5; what he gave before on the same day counts no more."""
    events = tables.events
    today = pc.and_(pc.equal(events["kind"], "satisfaction"), pc.greater_equal(events["day"], known.as_of_day))
    return _events(replace(tables, events=events.filter(pc.invert(today))), known, "satisfaction", 4)


def _need(tables: Tables, known: Facts) -> Tables:
    return _events(tables, known, "need_met", *_of_kind(tables, "need_recorded", known.as_of_day)["value"].to_pylist())


def lapsed(tables: Tables, known: Facts, thresholds: Thresholds) -> list[str]:
    """The kinds of contract of the one customer that have ended and run no more, the last to end first."""
    kinds: list[str] = []
    while int(_value(known, "contract_end")) != NO_DAY:
        kinds.append(known.customers["contract_kind"][0].as_py())
        known = facts(_renewed(tables, known, kinds), known.as_of_day, thresholds)
    return kinds


def _renewed(tables: Tables, known: Facts, kinds: list[str]) -> Tables:
    day = known.as_of_day
    same = {"customer_id": _id(known), "start_day": day, "end_day": day + YEAR, "asset_gone": False}
    return replace(tables, contracts=_with(tables.contracts, CONTRACTS, *({**same, "kind": kind} for kind in kinds)))


def _owner(tables: Tables, known: Facts) -> Tables:
    cards = tables.customers.to_pylist()
    return replace(tables, customers=pa.Table.from_pylist([{**card, "owner_left": False} for card in cards], schema=CUSTOMERS))


def _flag(name: str) -> Callable[[Facts], bool]:
    return lambda known: bool(_value(known, name))


_ACTS: dict[str, tuple[Callable[[Facts], bool], Callable[[Tables, Facts], Tables]]] = {
    "deal": (lambda known: int(_value(known, "last_day")) < known.as_of_day, _deal),
    "complaint": (_flag("complaint"), _complaint),
    "unhappy": (_flag("unhappy"), _unhappy),
    "need": (_flag("need"), _need),
    "owner": (_flag("owner_left"), _owner),
}
