"""The base model of the text suggestion, made from its corpus. Run: python -m bench.complaint_model [--figures]

Reads liuke/analytics/complaint_words/corpus/*.jsonl (one hand a file, written by us) and writes liuke/analytics/complaint_words/base.npz.
Printed: what is right on every hand while it was left out, with the rules alone beside it, and how often a stated confidence is kept.
--figures prints them without writing.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise

import numpy as np

from liuke.analytics.complaint_words import AXES
from liuke.analytics.complaint_words.base import FILE, NEEDS, ROWS, Base, chances, to_bytes
from liuke.analytics.complaint_words.decide import weigh
from liuke.analytics.complaint_words.fitting import UNKNOWN, LeftOut, Sheet, corpus, digest, f1, learn, leave_out, settled

BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def report(base: Base, sheet: Sheet, left: LeftOut, rules: list[dict[str, dict[str, float]]]) -> None:
    told = dict(zip(left.lines.tolist(), (chances(base, heats) for heats in left.heats), strict=True))
    hands = sorted({str(sheet.hands[line]) for line in told})
    print(f"{'':<14}{'lines':>6}" + "".join(f"{axis:>18}" for axis in (*AXES, "needs F1")) + "   (rules → blend, each hand left out)")
    for hand in (*hands, "all"):
        lines = [line for line in told if hand in ("all", sheet.hands[line])]
        shown = []
        for axis in AXES:
            said = [line for line in lines if sheet.labels[line][axis] != UNKNOWN]
            before, after = (np.mean([_first(each[line][axis]) == sheet.labels[line][axis] for line in said]) for each in (rules, told))
            shown.append(f"{before:>10.1%} →{after:>6.1%}")
        wanted = np.array([[need in sheet.labels[line]["needs"] for need in NEEDS] for line in lines])
        named = (np.array([[each[line]["needs"][need] for need in NEEDS] for line in lines]) for each in (rules, told))
        before, after = (f1(wanted, likely >= least) for likely, least in zip(named, (0.5, base.named), strict=True))
        print(f"{hand:<14}{len(lines):>6}" + "".join(shown) + f"{before:>10.3f} →{after:>6.3f}")
    print("\nstated → counted (texts)")
    for axis in AXES:
        sure = [
            (max(told[line][axis].values()), _first(told[line][axis]) == sheet.labels[line][axis])
            for line in told
            if sheet.labels[line][axis] != UNKNOWN
        ]
        print(f"  {axis:<12}{_kept(sure)}")
    pairs = [
        (told[line]["needs"][need], need in sheet.labels[line]["needs"])
        for line in told
        for need in NEEDS
        if told[line]["needs"][need] >= base.named
    ]
    print(f"  {'needs':<12}{_kept(pairs)}   named from {base.named:.2f}")
    for need in NEEDS:
        wanted = np.array([need in sheet.labels[line]["needs"] for line in told])
        named_ = np.array([told[line]["needs"][need] >= base.named for line in told])
        counts = f"right {(wanted & named_).sum():>3}   not so {(named_ & ~wanted).sum():>3}   missed {(wanted & ~named_).sum():>3}"
        print(f"    {need:<20} F1 {f1(wanted, named_):.2f}   {counts}")


def _first(scores: dict[str, float]) -> str:
    return max(scores, key=lambda value: scores[value])


def _kept(pairs: list[tuple[float, bool]]) -> str:
    parts = []
    for low, high in pairwise(BANDS):
        if inside := [pair for pair in pairs if low <= pair[0] < high]:
            parts.append(f"{np.mean([sure for sure, _ in inside]):.2f}→{np.mean([right for _, right in inside]):.2f} ({len(inside)})")
    return "  ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", action="store_true")
    given = parser.parse_args()
    start = time.process_time()
    lines = corpus()
    sheet = Sheet(lines)
    left = leave_out(sheet)
    base = settled(learn(sheet, np.ones(len(lines), bool)), sheet, left, digest())
    report(base, sheet, left, [weigh(line.text).scores for line in lines])
    data = to_bytes(base)
    if not given.figures:
        FILE.write_bytes(data)
    print(f"\n{len(lines)} lines, {len(ROWS)} rows, {len(data):,} bytes, {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
