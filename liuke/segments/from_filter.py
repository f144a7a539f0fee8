"""A list's conditions as those of a segment, so that one can go on from there; what has no counterpart stays beside it."""

from __future__ import annotations

from typing import Any

from liuke.segments.filters import Filter

_PLAIN = {"grade": "grade", "stage": "stage", "type": "type", "attitude": "attitude", "kind": "kind", "tier": "tier", "outcome": "came"}


def from_filter(wanted: Filter) -> tuple[dict[str, Any], Filter]:
    """(conditions as JSON data, what of the filter they do not say)."""
    found: list[dict[str, Any]] = []
    taken: list[str] = []
    for key, value in wanted.values.items():
        made = _condition(key, value)
        if made:
            found += made
            taken.append(key)
    return {"all": found}, wanted.having(**dict.fromkeys(taken, ""))


def _condition(key: str, value: str) -> list[dict[str, Any]]:
    if key in _PLAIN:
        return [{"ask": _PLAIN[key], "op": "in", "is": value.split(",")}]
    if key in ("unit", "owner"):
        return [{"ask": key, "op": "in", "is": value.split(",")}]
    if key == "segment":
        return [{"ask": "segment", "op": "in", "ids": [value]}]
    if key == "signal":
        return [{"ask": "signals", "state": "open", "keys": value.split(",")}]
    if key == "risk":
        return [{"ask": "at_risk", "op": "ge", "a": int(value) * 100}]
    if key == "expires":
        kind, _colon, days = value.rpartition(":")
        return [{"ask": "contracts", "state": "expires", "n": int(days)} | ({"kinds": [kind]} if kind else {})]
    if key == "stale":
        return [{"ask": "stale", "op": "yes"}]
    if key == "next":
        return [{"ask": "next_contact_on"} | _NEXT[value]]
    if key == "last":
        return _last(value)
    return []


_NEXT: dict[str, dict[str, Any]] = {
    "none": {"when": "empty"},
    "today": {"when": "next", "n": 0},
    "late": {"when": "before", "n": 0},
    "week": {"when": "next", "n": 6},
}


def _last(value: str) -> list[dict[str, Any]]:
    """The list's "30–90 days ago" holds both ends."""
    if value == "never":
        return [{"ask": "last_deal", "when": "empty"}]
    low, _dash, high = value.partition("-")
    found: list[dict[str, Any]] = []
    if low and int(low) > 0:
        found.append({"ask": "last_deal", "when": "before", "n": int(low) - 1})
    if high:
        found.append({"ask": "last_deal", "when": "last", "n": int(high)})
    return found
