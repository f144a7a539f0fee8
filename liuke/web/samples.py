"""What the page 部件与状态 draws: one customer's rhythm, one day's tape."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

# Sixteen deals, 74 days apart as a rule; days between them and yuan, oldest first.
GAPS = (77, 62, 74, 71, 68, 80, 71, 75, 66, 73, 69, 71, 78, 70, 64)
YUAN = (680, 1240, 720, 980, 2460, 760, 1180, 890, 3980, 720, 1320, 940, 1240, 860, 2680, 3280)
TAPE = (
    (6, "done"),
    (29, "done"),
    (25, "clock"),
    (10, "must"),
    (30, "must"),
    (12, "on"),
    (10, ""),
    (4, ""),
    (10, ""),
    (8, ""),
    (9, ""),
    (6, ""),
    (8, ""),
    (8, ""),
    (5, "free"),
)
NODES = (
    ("成熟前", 0, "成熟", 655, "C"), ("提升前", 0, "提升", 872, "B"), ("获取前", 0, "获取", 1262, "A"), ("新建档", 0, "新建档", 40, "new"),
    ("衰退前", 0, "衰退", 1066, "D"), ("离网前", 0, "离网", 1105, "E"), ("成熟", 1, "成熟", 615, "C"), ("提升", 1, "提升", 891, "B"),
    ("获取", 1, "获取", 1206, "A"), ("衰退", 1, "衰退", 1138, "D"), ("离网", 1, "离网", 1150, "E"),
)  # fmt: skip
LINKS = (
    ("成熟前", "成熟", 572, ""), ("成熟前", "衰退", 83, "D"), ("提升前", "提升", 829, ""), ("提升前", "成熟", 43, "C"),
    ("获取前", "获取", 1166, ""), ("获取前", "提升", 20, "B"), ("获取前", "衰退", 71, "D"), ("获取前", "离网", 5, "E"),
    ("新建档", "获取", 40, "new"), ("衰退前", "衰退", 984, ""), ("衰退前", "提升", 42, "B"), ("衰退前", "离网", 40, "E"),
    ("离网前", "离网", 1105, ""),
)  # fmt: skip


def _deals() -> tuple[tuple[date, int], ...]:
    days = accumulate(GAPS, lambda day, gap: day + timedelta(days=gap), initial=date(2026, 4, 22) - timedelta(days=sum(GAPS)))
    return tuple((day, yuan * 100) for day, yuan in zip(days, YUAN, strict=True))


@dataclass(frozen=True, slots=True)
class Sample:
    """`deals` (day, cents) up to `as_of`; `tape` (kind, minutes, name)."""

    as_of: date = date(2026, 11, 20)
    deals: tuple[tuple[date, int], ...] = field(default_factory=_deals)
    tape: tuple[tuple[str, int, str], ...] = tuple((kind, minutes, f"{minutes} 分钟") for minutes, kind in TAPE)
