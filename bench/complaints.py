"""What the text suggestion gets right. Run: python -m bench.complaints [FILE.jsonl …]

A file has one labelled text a line: text, severity, cause, channel ("unknown": nothing in the text tells, not counted), behaviour, purpose,
emotional, rational. Without a file: the two hundred of the corpus, which the model has seen (what it gets right on hands it has not seen is
printed by bench.complaint_model). Printed for each: accuracy and macro-F1 per axis, precision and recall of the needs, how often a stated
confidence is kept, and the seconds one text and 50,000 characters take.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from liuke.analytics.complaint_words import AXES, Suggestion, classify
from liuke.analytics.complaint_words.fitting import CORPUS

SETS = (CORPUS / "two_hundred.jsonl",)
BANDS = 5


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def told(rows: list[dict[str, Any]], axis: str) -> list[tuple[str, str, float, float]]:
    """(label, answer, confidence, score) where the label says anything."""
    answers = []
    for row in rows:
        if row[axis] != "unknown":
            said: Suggestion = row["said"]
            each = getattr(said, axis)
            answers.append((row[axis], each.value, each.confidence, said.scores[axis][each.value]))
    return answers


def macro_f1(answers: list[tuple[str, str, float, float]]) -> float:
    """The mean over values of the harmonic mean of precision and recall; a value nobody has is left out."""
    parts = []
    for value in {label for label, *_ in answers}:
        hit = sum(label == value == answer for label, answer, *_ in answers)
        parts.append(2 * hit / (sum(label == value for label, *_ in answers) + sum(answer == value for _, answer, *_ in answers)))
    return sum(parts) / len(parts)


def needs(rows: list[dict[str, Any]]) -> tuple[Counter[str], dict[str, list[int]], list[tuple[float, bool, float]]]:
    """Counts (hit, over, missed) in all and per need, and (confidence, right, score) of every one named."""
    whole: Counter[str] = Counter()
    each: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    named = []
    for row in rows:
        for side in ("emotional", "rational"):
            got = {said.value: said for said in getattr(row["said"], side)}
            for need in sorted(set(got) | set(row[side])):
                kind = 0 if need in got and need in row[side] else 1 if need in got else 2
                each[need][kind] += 1
                whole[("hit", "over", "missed")[kind]] += 1
            named += [(said.confidence, said.value in row[side], row["said"].scores["needs"][said.value]) for said in got.values()]
    return whole, each, named


def kept(pairs: list[tuple[float, bool]]) -> str:
    """Stated against counted, in bands of confidence, and the mean distance of the two."""
    order = sorted(pairs)
    parts = [part for part in np.array_split(np.array(order, float), min(BANDS, max(len(order) // 20, 1))) if len(part)]
    off = sum(len(part) * abs(part[:, 0].mean() - part[:, 1].mean()) for part in parts) / len(order)
    return f"off by {off:.3f}: " + "  ".join(f"{part[:, 0].mean():.2f}→{part[:, 1].mean():.2f} ({len(part)})" for part in parts)


def report(path: Path) -> None:
    rows = read(path)
    start = time.process_time()
    for row in rows:
        row["said"] = classify(row["text"])
    spent = time.process_time() - start
    print(f"\n{path.name}: {len(rows)} texts, {1000 * spent / len(rows):.2f} ms each")
    print(f"  {'':<10}{'texts':>6}{'right':>8}{'macro-F1':>10}   stated → counted")
    for axis in AXES:
        answers = told(rows, axis)
        if answers:
            right = sum(label == answer for label, answer, *_ in answers) / len(answers)
            sure = kept([(confidence, label == answer) for label, answer, confidence, _ in answers])
            print(f"  {axis:<10}{len(answers):>6}{right:>8.1%}{macro_f1(answers):>10.3f}   {sure}")
    whole, each, named = needs(rows)
    precision, recall = whole["hit"] / max(whole["hit"] + whole["over"], 1), whole["hit"] / max(whole["hit"] + whole["missed"], 1)
    print(f"  needs: precision {precision:.3f}, recall {recall:.3f}, F1 {2 * precision * recall / max(precision + recall, 1e-9):.3f}")
    print(f"    {kept([(confidence, right) for confidence, right, _ in named])}")
    for need, (hit, over, missed) in sorted(each.items()):
        print(f"    {need:<20} right {hit:>3}   not so {over:>3}   missed {missed:>3}")


def longest() -> None:
    text = "。".join(row["text"] for path in SETS for row in read(path))
    text = (text * (50_000 // len(text) + 1))[:50_000]
    start = time.process_time()
    read_to = classify(text).read
    print(f"\n50,000 characters: {time.process_time() - start:.2f} s ({read_to:,} of them read, at both ends)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    paths = given.files or list(SETS)
    classify("先读一遍规则 and these")
    print(f"Python {platform.python_version()}")
    for path in paths:
        report(path)
    longest()


if __name__ == "__main__":
    main()
