"""Renewals per kind of contract as of a day: what was observed, what the shifted-beta-geometric makes of it, who is about to leave.

`count` relations (of any shard; counts add up), `fit_kinds` once for all, `outlook` for the relations of any shard. All indices by
term are 0 for a relation's first contract; a share is of the relations at risk at the end of that term.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from ..wilson import wilson
from . import sbg
from .fit import Fit, NotFitted
from .relations import Relations, State, relations

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LEAST = 200
"""Relations with a settled first end from which on a kind gets a model."""
ENDS = 10
"""How many coming ends the expected number of renewals looks at (for ever it is infinite where α <= 1)."""
_LONGEST = 40_000  # days of a contract; longer ones count as this long
_YEAR = 365.25
_LATE = 2  # renewals spread evenly over the grace, added to those seen: nobody is given up before it has passed

OUTLOOK = pa.schema(
    [
        ("customer_id", pa.int64()), ("kind", pa.string()), ("asset_id", pa.int64()), ("term", pa.int64()), ("end_day", pa.int32()),
        ("days_left", pa.int64()), ("renewed_ahead", pa.bool_()), ("leaves", pa.float64()), ("renewals", pa.float64()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """One kind. `at_risk`, `lost` i64[years, terms] by the year a relation began in (the first is `year`): ends settled, and lost at;
    `states` i64[4] relations by State; `ahead` how many are renewed ahead; `lags` i64[grace + 1] renewals by days after the end;
    `spans` i64[days + 1] contracts by agreed length. `a + b` adds those of other customers."""

    year: int
    at_risk: Ints
    lost: Ints
    states: Ints
    ahead: int
    lags: Ints
    spans: Ints

    def __add__(self, other: Counts) -> Counts:
        year = min(self.year, other.year)
        years = max(part.year + len(part.at_risk) for part in (self, other)) - year
        terms = max(self.at_risk.shape[1], other.at_risk.shape[1])
        risk, lost = np.zeros((2, years, terms), np.int64)
        for part in (self, other):
            rows = slice(part.year - year, part.year - year + len(part.at_risk))
            risk[rows, : part.at_risk.shape[1]] += part.at_risk
            lost[rows, : part.lost.shape[1]] += part.lost
        longest = max(len(self.spans), len(other.spans))
        spans = sum(np.pad(part.spans, (0, longest - len(part.spans))) for part in (self, other))
        return Counts(year, risk, lost, self.states + other.states, self.ahead + other.ahead, self.lags + other.lags, np.asarray(spans))


def count(of: Relations, grace: int) -> dict[str, Counts]:
    """The counts of each kind among the relations; `grace` as they were made with."""
    years = of.first_day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    answer = {}
    for place, kind in enumerate(of.kinds):
        mine = np.flatnonzero(of.kind == place)
        if not len(mine):
            continue
        decided, lost, year = of.decided[mine], of.state[mine] == State.LOST, years[mine]
        first, terms = int(year.min()), int(decided.max())
        shape = (int(year.max()) - first + 1, terms + 1)
        settled, losses = np.zeros((2, *shape), np.int64)
        np.add.at(settled, (year - first, decided), 1)
        np.add.at(losses, ((year - first)[lost], decided[lost]), 1)
        answer[kind] = Counts(
            first,
            settled[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:],  # at risk in term t is who has t ends settled or more
            losses[:, 1:],
            np.bincount(of.state[mine], minlength=len(State)),
            int(of.renewed_ahead[mine].sum()),
            np.bincount(np.minimum(of.lags[of.lag_kind == place], grace), minlength=grace + 1),
            np.bincount(np.minimum(of.spans[of.span_kind == place], _LONGEST)),
        )
    return answer


@dataclass(frozen=True)
class Kind:
    """One kind of contract, its observed renewals and its model, if there is one (`why` else: a code of `sbg.fit_terms`).

    `at_risk`, `lost` per term; `years` the same by year of start; `term_days` the middle length of a contract; `late[d]` the share
    of renewals that begin more than d days after the end, d = 0..grace; `states` relations by name of State.
    """

    kind: str
    states: dict[str, int]
    renewed_ahead: int
    term_days: int
    at_risk: tuple[int, ...]
    lost: tuple[int, ...]
    years: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
    late: tuple[float, ...]
    fit: Fit | None
    why: str | None

    def leaving(self, term: ArrayLike) -> Floats:
        """P(not renewed at the end of contract `term` >= 1), f64[n]; ValueError without a model."""
        return 1 - sbg.retention(self._parameters, term)

    def renewals(self, term: ArrayLike, ends: int | None = ENDS) -> Floats:
        """Expected renewals at the next `ends` ends (None: for ever, perhaps infinite) of who is in contract `term`; f64[n]."""
        return sbg.expected_renewals(self._parameters, np.asarray(term, np.float64) - 1, ends)

    def value(self, term: ArrayLike, amount: ArrayLike, yearly_rate: float, days_left: ArrayLike = 0) -> Floats:
        """Today's value of all renewals to come at `amount` each, discounted by `yearly_rate` (0.1 = 10 %), the next one being
        `days_left` away; f64[n] in the unit of `amount`. Raises ValueError without a model, and for a rate that is not above 0."""
        if not yearly_rate > 0:
            raise ValueError(f"yearly_rate: a number above 0, not {yearly_rate!r}")
        rate, wait = (1 + yearly_rate) ** (self.term_days / _YEAR) - 1, np.asarray(days_left, np.float64) / self.term_days
        return sbg.value(self._parameters, np.asarray(term, np.float64) - 1, amount, rate, wait=wait)

    def leaves_within(self, term: ArrayLike, days_left: ArrayLike, days: int, *, ahead: ArrayLike = False) -> Floats:
        """P(an end within `days` passes without renewal | in contract `term`, `days_left` to its end); f64[n]; ValueError without a model.

        Ends after the next one follow every `term_days`. `ahead`: the next renewal is signed already. Within the grace (`days_left`
        negative) those who are slow to renew are weighed against those who will not: p / (p + (1 - p) late[days past]).
        """
        n, left, signed = np.broadcast_arrays(np.asarray(term, np.float64) - 1, np.asarray(days_left, np.int64), np.asarray(ahead, bool))
        past = np.clip(-left, 0, len(self.late) - 1)
        gone = self.leaving(n + 1)
        still = (1 - gone) * np.asarray(self.late)[past]
        now = np.where(signed, 0.0, gone / np.maximum(gone + still, 1e-300))
        due = (left < 0) | signed  # the next end is answered by `now`; those after it are counted from there
        n, left = n + due, np.where(due, left + self.term_days, left)
        ends = np.where(left <= days, 1 + (days - left) // self.term_days, 0)
        later = 1 - sbg.survival(self._parameters, ends, survived=n)
        return np.asarray(np.where(due, now + (1 - now) * later, later), np.float64)

    @property
    def _parameters(self) -> Mapping[str, float]:
        if self.fit is None:
            raise ValueError(f"no model of {self.kind!r}: {self.why}")
        return self.fit.parameters

    def as_json(self) -> dict[str, Any]:
        """Plain values. `terms`: a row a term with the observed retention, its 95 % interval and, of the model, `fitted` retention,
        `leaving` and `renewals`; `years`: the same rows without a model by year of start."""
        rows = _rows(self.at_risk, self.lost)
        if self.fit is not None and rows:
            term = np.arange(1, len(rows) + 1)
            leaving, renewals = self.leaving(term).tolist(), self.renewals(term).tolist()
            for row, gone, more in zip(rows, leaving, renewals, strict=True):
                row |= {"fitted": 1 - gone, "leaving": gone, "renewals": more}
        return {
            "kind": self.kind,
            "states": self.states,
            "renewed_ahead": self.renewed_ahead,
            "term_days": self.term_days,
            "terms": rows,
            "years": {year: _rows(*pair) for year, pair in self.years.items()},
            "late": list(self.late),
            "fit": None if self.fit is None else json.loads(self.fit.to_json()),
            "why": self.why,
        }

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Kind:
        """The same again from `as_json`."""
        pairs = {name: _pair(rows) for name, rows in {"": value["terms"], **value["years"]}.items()}
        risk, lost = pairs.pop("")
        made = None if value["fit"] is None else Fit.from_json(json.dumps(value["fit"]))
        plain = {name: value[name] for name in ("kind", "states", "renewed_ahead", "term_days", "why")}
        return cls(**plain, at_risk=risk, lost=lost, years=pairs, late=tuple(value["late"]), fit=made)


def _rows(at_risk: tuple[int, ...], lost: tuple[int, ...]) -> list[dict[str, Any]]:
    low, high = wilson(at_risk, [a - b for a, b in zip(at_risk, lost, strict=True)])
    return [
        {"term": t, "at_risk": n, "lost": gone, "retention": 1 - gone / n, "low": float(low[t - 1]), "high": float(high[t - 1])}
        for t, (n, gone) in enumerate(zip(at_risk, lost, strict=True), 1)
    ]


def _pair(rows: list[dict[str, Any]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(row["at_risk"] for row in rows), tuple(row["lost"] for row in rows)


@dataclass(frozen=True)
class Renewals:
    """Every kind as of a day."""

    as_of_day: int
    grace: int
    kinds: dict[str, Kind] = field(default_factory=dict)

    def to_json(self) -> str:
        kinds = [kind.as_json() for kind in self.kinds.values()]
        return json.dumps({"as_of_day": self.as_of_day, "grace": self.grace, "kinds": kinds}, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Renewals:
        return cls.of(json.loads(text))

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Renewals:
        """The same from what `to_json` wrote, parsed."""
        kinds = (Kind.of_json(kind) for kind in value["kinds"])
        return cls(value["as_of_day"], value["grace"], {kind.kind: kind for kind in kinds})


def fit_kinds(counts: Mapping[str, Counts], as_of_day: int, grace: int, *, least: int = LEAST) -> Renewals:
    """The model of each kind with at least `least` relations whose first end is settled; kinds in order of name."""
    return Renewals(as_of_day, grace, {kind: _kind(kind, counts[kind], least) for kind in sorted(counts)})


def _kind(kind: str, counts: Counts, least: int) -> Kind:
    risk, lost = counts.at_risk.sum(axis=0), counts.lost.sum(axis=0)
    made, why = None, None
    try:
        made = sbg.fit_terms(sbg.Terms(risk.astype(np.float64), lost.astype(np.float64)), least_customers=least)
    except NotFitted as reason:
        why = reason.code
    later = counts.lags[::-1].cumsum()[::-1] - counts.lags
    late = (later + _LATE * np.linspace(1, 0, len(later), endpoint=False)) / (counts.lags.sum() + _LATE)
    years = {}
    for i, (by_year, gone) in enumerate(zip(counts.at_risk, counts.lost, strict=True)):
        if seen := int((by_year > 0).sum()):
            years[str(counts.year + i)] = tuple(by_year[:seen].tolist()), tuple(gone[:seen].tolist())
    return Kind(
        kind=kind,
        states={state.name.lower(): int(counts.states[state]) for state in State},
        renewed_ahead=counts.ahead,
        term_days=max(int(np.searchsorted(counts.spans.cumsum(), (counts.spans.sum() + 1) // 2)), 1),
        at_risk=tuple(risk.tolist()),
        lost=tuple(lost.tolist()),
        years=years,
        late=tuple(late.tolist()),
        fit=made,
        why=why,
    )


def renewals(contracts: pa.Table, as_of_day: int, grace: int, *, least: int = LEAST) -> Renewals:
    """Counted and fitted in one go, from a CONTRACTS table; `grace` in days (Thresholds.contract_grace_days)."""
    return fit_kinds(count(relations(contracts, as_of_day, grace), grace), as_of_day, grace, least=least)


def outlook(known: Renewals, of: Relations, as_of_day: int, days: int, *, ahead: bool = True) -> pa.Table:
    """One row, as OUTLOOK, a relation that runs or is within its grace: P(leaves within `days`) and the renewals expected at the next
    ENDS ends, null where its kind has no model. `ahead` False leaves out of sight what was signed for a later day, as a backtest must.
    """
    now = np.flatnonzero((of.state == State.RUNNING) | (of.state == State.DUE))
    kind, term, left = of.kind[now], of.term[now], of.end[now] - as_of_day
    signed = of.renewed_ahead[now] & ahead
    leaves, more, modelled = np.zeros(len(now)), np.zeros(len(now)), np.zeros(len(now), bool)
    for place, name in enumerate(of.kinds):
        about = known.kinds.get(name)
        mine = np.flatnonzero(kind == place)
        if about is None or about.fit is None or not len(mine):
            continue
        modelled[mine] = True
        leaves[mine] = about.leaves_within(term[mine], left[mine], days, ahead=signed[mine])
        distinct, at = np.unique(term[mine], return_inverse=True)
        more[mine] = about.renewals(distinct)[at]
    asset = of.asset_id[now]
    names = pa.DictionaryArray.from_arrays(pa.array(kind.astype(np.int32)), pa.array(of.kinds, pa.string())).cast(pa.string())
    columns = [of.customer_id[now], names, pa.array(asset, mask=asset < 0), term, of.end[now].astype(np.int32), left, signed]
    return pa.table([*columns, pa.array(leaves, mask=~modelled), pa.array(more, mask=~modelled)], schema=OUTLOOK)
