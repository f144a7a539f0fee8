"""Random conditions, as JSON data, made from the catalogue itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from liuke.segments.conditions import Catalogue, Entry, Slot

TODAY = date(2026, 11, 20)
TEXTS = st.sampled_from(["保养", "轮胎", "a", "X%", "_", "老客户", "'；--"])


def slot_values(slot: Slot) -> st.SearchStrategy[Any]:
    if slot.kind == "choice":
        return st.sampled_from([code for code, _ in slot.options])
    if slot.kind in ("choices", "words"):
        codes = [code for code, _ in slot.options] or ["1", "2"]
        return st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True)
    if slot.kind == "whole":
        return st.integers(max(slot.low, -5), min(slot.high, max(slot.low, 0) + 400))
    if slot.kind == "day":
        return st.integers(-400, 60).map(lambda n: (TODAY + timedelta(days=n)).isoformat())
    return TEXTS


@st.composite
def leaf(draw: st.DrawFn, entry: Entry) -> dict[str, Any]:
    """One condition on this entry that the catalogue takes."""
    found: dict[str, Any] = {"ask": entry.key}
    for slot in entry.slots:
        if slot.applies(found) and not (slot.optional and draw(st.booleans())):
            found[slot.name] = draw(slot_values(slot))
    for low, high in (("a", "b"), ("from", "to")):
        if low in found and high in found and found[low] > found[high]:
            found[low], found[high] = found[high], found[low]
    return found


def trees(catalogue: Catalogue, keys: list[str] | None = None, deep: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions joined by all, any, none."""
    entries = [catalogue.entries[key] for key in keys or catalogue.entries if key != "segment"]
    one = st.sampled_from(entries).flatmap(leaf)
    join = st.sampled_from(["all", "any", "none"])
    found: st.SearchStrategy[dict[str, Any]] = one
    for _level in range(deep):
        group = st.builds(lambda word, parts: {word: parts}, join, st.lists(found, min_size=1, max_size=3))
        found = st.one_of(one, group)
    return group
