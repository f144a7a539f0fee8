"""The stage columns of everybody, carried from day to day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .stage import shown_all
from .tables import numbers
from .thresholds import Thresholds

Ints = NDArray[np.int64]
Text = NDArray[np.str_]
WORD_KINDS = (
    "told_leaving", "membership_cancelled", "tier_raised", "referral_came", "referral_bought", "died", "moved_away", "closed_down",
    "points_used_up", "event_attended", "package_bought", "long_absent", "regular_visits",
)  # fmt: skip
"""Events that change the shown stage at once: a membership change, a referral, a word from the customer."""


@dataclass(frozen=True)
class Stages:
    """By rising customer id: the stage shown and the rule's, since when each (day numbers), and the number of deal days."""

    ids: Ints
    shown: Text
    rule: Text
    shown_since: NDArray[np.int32]
    rule_since: NDArray[np.int32]
    deal_days: Ints

    @classmethod
    def none(cls) -> Stages:
        """Of nobody."""
        number, letter, day = np.empty(0, np.int64), np.empty(0, "U1"), np.empty(0, np.int32)
        return cls(number, letter, letter, day, day, number)

    @classmethod
    def of_rows(cls, rows: pa.Table) -> Stages:
        """Of rows as `with_stage` gives them."""
        since, rule_since = (numbers(rows, name) for name in ("stage_since", "rule_since"))
        shown, rule = letters(rows["stage"]), letters(rows["stage_by_rule"])
        return cls(numbers(rows, "customer_id"), shown, rule, since, rule_since, numbers(rows, "deal_days").astype(np.int64))

    def at(self, ids: Ints) -> Stages:
        """The same for these ids; '' and 0 where a customer was not there."""
        place = np.minimum(np.searchsorted(self.ids, ids), max(len(self.ids) - 1, 0))
        known = self.ids[place] == ids if len(self.ids) else np.zeros(len(ids), bool)

        def pick(values: NDArray[Any], empty: int | str) -> NDArray[Any]:
            return np.where(known, values[place], empty) if len(self.ids) else np.full(len(ids), empty, values.dtype)

        return Stages(
            ids,
            pick(self.shown, ""),
            pick(self.rule, ""),
            pick(self.shown_since, 0).astype(np.int32),
            pick(self.rule_since, 0).astype(np.int32),
            pick(self.deal_days, 0).astype(np.int64),
        )

    def overlaid(self, newer: Stages) -> Stages:
        """These, those of the customers in `newer` replaced."""
        keep = ~np.isin(self.ids, newer.ids)
        order = np.argsort(np.concatenate([self.ids[keep], newer.ids]), kind="stable")

        def join(mine: NDArray[Any], theirs: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([mine[keep], theirs])[order]

        return Stages(
            join(self.ids, newer.ids),
            join(self.shown, newer.shown),
            join(self.rule, newer.rule),
            join(self.shown_since, newer.shown_since),
            join(self.rule_since, newer.rule_since),
            join(self.deal_days, newer.deal_days),
        )


def letters(column: pa.ChunkedArray) -> Text:
    """A column of few different words as NumPy text."""
    coded = pc.dictionary_encode(column)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    if isinstance(coded, pa.ChunkedArray):  # an empty column keeps its chunks
        return np.empty(0, "U1")
    words = np.array([word or "" for word in coded.dictionary.to_pylist()] or [""], str)
    return np.asarray(words[coded.indices.fill_null(0).to_numpy(zero_copy_only=False)])


def with_stage(rows: pa.Table, before: Stages, day: int, told: Ints, thresholds: Thresholds) -> tuple[pa.Table, pa.Table]:
    """(rows of `assign.assign`, in order of customer, with the columns stage, stage_since and rule_since (day numbers);
    changes of the shown stage: customer_id, day, old, new, cause). `told`: customers of whom something was recorded that changes the
    shown stage at once; so does a deal day more than `before`."""
    ids, deal_days = numbers(rows, "customer_id"), numbers(rows, "deal_days").astype(np.int64)
    rule = letters(rows["stage_by_rule"])
    old = before.at(ids)
    event = (deal_days > old.deal_days) | np.isin(ids, told)
    stage, since, rule_since, cause = shown_all(
        old.shown, old.rule, old.rule_since, rule, day, event, old.shown_since, thresholds.stage_days
    )
    moved = np.flatnonzero((cause != "") & (cause != "first_run") & (stage != old.shown))
    changes = pa.table(
        {
            "customer_id": ids[moved],
            "day": pa.array(np.full(len(moved), day, np.int32)),
            "old": pa.array(old.shown[moved].tolist(), pa.string()),
            "new": pa.array(stage[moved].tolist(), pa.string()),
            "cause": rows["stage_rule_code"].take(pa.array(moved)).cast(pa.string()).combine_chunks(),
        }
    )
    code = np.searchsorted(np.array(list("ABCDE")), stage)
    shown = pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int8)), pa.array(list("ABCDE"))).cast(pa.string())
    table = rows.append_column("stage", shown)
    return table.append_column("stage_since", pa.array(since)).append_column("rule_since", pa.array(rule_since)), changes


def told_since(events: pa.Table, since: int, until: int) -> Ints:
    """Customers of whom one of WORD_KINDS was recorded that dates from after `since`, up to `until`."""
    days = numbers(events, "day")
    late = np.flatnonzero((days > since) & (days <= until))
    if not len(late):
        return np.empty(0, np.int64)
    some = events.take(pa.array(late))
    return np.unique(numbers(some, "customer_id")[np.isin(letters(some["kind"]), WORD_KINDS)])
