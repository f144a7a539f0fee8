"""A backtest's JSON as analytics and standing leave it, small, with round figures."""

from typing import Any


def model(key: str, auc: float | None, lift: float | None, **more: Any) -> dict[str, Any]:
    figures: dict[str, Any] = {"brier": None, "ece": None, "predicted_deals": None, "actual_deals": 1187}
    return {"model": key, "auc": auc, "lift_10": lift, **figures, **more}


def point(n: int, predicted: float, actual: float) -> dict[str, Any]:
    return {"n": n, "predicted": predicted, "actual": actual, "low": max(0.0, actual - 0.1), "high": min(1.0, actual + 0.1)}


def result(**other: Any) -> dict[str, Any]:
    """400 customers, 160 of whom left; BG/NBD in use; `other` replaces keys."""
    said: dict[str, Any] = {
        "as_of": "2025-11-20",
        "horizon_days": 365,
        "customers": 400,
        "repeaters": 320,
        "left": 160,
        "chosen": "bgnbd",
        "why": "best_likelihood",
        "models": [
            model("bgnbd", 0.81, 2.2, brier=0.15, ece=0.021, predicted_deals=1204.4),
            model("band", 0.77, 1.9, brier=0.17, ece=0.06),
            model("absent", 0.74, 1.7),
        ],
        "calibration": [point(40, 0.04 + 0.1 * i, 0.02 + 0.1 * i) for i in range(8)] + [point(40, 0.4, 0.75), point(40, 0.95, 0.9)],
        "not_fitted": {},
        "sampled_of": None,
        "said": {"customers": 150, "left": 120},
        "groups": {"grade": [], "unit": [], "owner": []},
        "green_lost": [],
        "overrides": {"scored": 0, "brier_person": None, "brier_model": None},
    }
    return said | other


def group(key: str | int, customers: int, predicted: float, actual: float, auc: float | None = 0.8) -> dict[str, Any]:
    return {"key": key, "customers": customers, "predicted": predicted, "actual": actual, "auc": auc}
