"""Renewals of a kind of contract with round figures: α 1 and β 3, so that of who is in contract t one in t + 3 does not renew."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from liuke.analytics.churn.fit import Fit
from liuke.analytics.churn.renewal import Kind, Renewals
from liuke.standing.models import ChurnFit

SBG = Fit("sbg", {"alpha": 1.0, "beta": 3.0}, {"alpha": 0.1, "beta": 0.3}, -1800.0, 1000, 730, 9, 1e-9)


def kind(key: str = "insurance", **other: Any) -> Kind:
    """1,000 came to the first end; half of those who renew do so within five days of it."""
    values: dict[str, Any] = {
        "kind": key,
        "states": {"running": 400, "due": 10, "lost": 582, "ended": 8},
        "renewed_ahead": 0,
        "term_days": 365,
        "at_risk": (1000, 700, 557, 20),
        "lost": (270, 140, 167, 5),
        "years": {"2023": ((600, 500, 557, 20), (170, 100, 167, 5)), "2024": ((400, 200), (100, 40))},
        "late": (1.0, *[0.5] * 29, 0.0),
        "fit": SBG,
        "why": None,
    }
    return Kind(**values | other)


def kept(*kinds: Kind, on: date = date(2026, 11, 20), **values: Any) -> ChurnFit:
    """A fit with these renewals."""
    renewals = json.loads(Renewals(0, 30, {one.kind: one for one in kinds}).to_json())
    plain = {"fitted_on": on, "pack": "auto_dealer", "key": "band", "why": "few_repeaters", "renewals": renewals}
    return ChurnFit.objects.create(**plain | values)
