"""How a backtest did by group, whom it called safe and lost, and how people's own judgements did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuke.analytics.churn.scores import auc
from liuke.analytics.wilson import Z
from liuke.standing.backtest_words import GREEN
from liuke.standing.models import LeaveOverride

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SAID = 0.5
"""Whoever was at least this likely to leave was said to leave."""
GREEN_KEPT = 2000


def groups(key: Sequence[str | int | None], leave: Floats, left: Bools) -> list[dict[str, Any]]:
    """By `key` (n of them; None belongs to no group), in order of it: customers, mean probability, share that left, and AUC
    (None where all of a group did the same)."""
    known = sorted({one for one in key if one is not None})
    number = {one: i for i, one in enumerate(known)}
    code = np.array([-1 if one is None else number[one] for one in key], np.int64)
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(len(known) + 1))
    rows = []
    for i, one in enumerate(known):
        mine = order[bounds[i] : bounds[i + 1]]
        rows.append(
            {
                "key": one,
                "customers": len(mine),
                "predicted": float(leave[mine].mean()),
                "actual": float(left[mine].mean()),
                "auc": auc(leave[mine], left[mine]),
            }
        )
    return rows


def apart(said: float, left: float, n: int) -> bool:
    """Whether of n customers another share left than was said, beyond what chance does to n independent ones (95 %)."""
    return bool(abs(left - said) > Z * (said * (1 - said) / n) ** 0.5)


def said(leave: Floats, left: Bools) -> dict[str, int]:
    """Of those said to leave: how many they were, and how many of them left."""
    mine = leave >= SAID
    return {"customers": int(mine.sum()), "left": int((mine & left).sum())}


def green_lost(customer_id: NDArray[np.int64], leave: Floats, left: Bools, cents: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Who was called safe and left, those who had spent most in the 12 months before first; at most GREEN_KEPT."""
    mine = np.flatnonzero((leave < GREEN) & left)
    mine = mine[np.lexsort((customer_id[mine], -cents[mine]))][:GREEN_KEPT]
    share = np.minimum(np.round(leave, 4), GREEN - 0.0001)  # 0.19999 stays below what is called safe
    return [{"customer": int(customer_id[i]), "leave": round(float(share[i]), 4), "amount_cents": int(cents[i])} for i in mine]


def override_scores() -> dict[str, Any]:
    """Brier scores of people's judgements whose outcome is known, and of what the model said of the same customers that day."""
    known = LeaveOverride.objects.filter(left__isnull=False, model_share__isnull=False)
    rows = np.array(list(known.values_list("share", "model_share", "left")), np.float64).reshape(-1, 3)
    if not len(rows):
        return {"scored": 0, "brier_person": None, "brier_model": None}
    person, model = ((rows[:, :2] - rows[:, 2:]) ** 2).mean(axis=0)
    return {"scored": len(rows), "brier_person": float(person), "brier_model": float(model)}
