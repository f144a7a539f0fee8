"""How often such answers are right: scores of the rules made confidences, as counted on labelled texts that were unseen then."""

from __future__ import annotations

from bisect import bisect_left

# axis → (score, share of answers right), straight lines between: `python -m bench.complaints … --calibrate` on 628 unseen texts, smoothed
TABLE: dict[str, tuple[tuple[float, float], ...]] = {
    "severity": ((0.5, 0.55), (0.75, 0.66), (0.92, 0.79), (0.97, 0.92), (1.0, 0.97)),
    "cause": ((0.3, 0.45), (0.32, 0.54), (0.35, 0.59), (0.47, 0.64), (0.65, 0.7), (0.75, 0.76), (0.83, 0.84), (0.92, 0.95), (1.0, 0.98)),
    "channel": ((0.3, 0.25), (0.35, 0.3), (0.63, 0.85), (0.88, 0.93), (0.98, 0.97)),
    "behaviour": ((0.4, 0.5), (0.55, 0.58), (0.88, 0.84), (0.99, 0.87), (1.0, 0.89)),
    "purpose": ((0.4, 0.45), (0.5, 0.52), (0.85, 0.8), (0.97, 0.88), (1.0, 0.92)),
    "needs": ((0.5, 0.5), (0.82, 0.6), (0.88, 0.66), (0.93, 0.82), (0.99, 0.95)),
}


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
