"""How often such answers are right: scores of the rules made confidences, as counted on labelled sentences."""

from __future__ import annotations

from bisect import bisect_left

# axis → (score, share of answers right) of each band, straight lines between; made by `python -m bench.complaints --calibrate`
TABLE: dict[str, tuple[tuple[float, float], ...]] = {}


def certain(axis: str, value: str, score: float) -> float:
    """The confidence of a value that the rules gave this score."""
    bands = TABLE.get(axis)
    if not bands:
        return min(max(score, 0.01), 0.99)
    place = bisect_left(bands, (score, -1.0))
    if place == 0:
        return bands[0][1]
    if place == len(bands):
        return bands[-1][1]
    (left, low), (right, high) = bands[place - 1], bands[place]
    return low + (high - low) * (score - left) / (right - left)
