"""Birthdays that every calendar of care must get right: by the moon, of a leap month, of a thirtieth, of 29 February."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from liuke.demo.rows import Life
from liuke.kernel import lunar

BINJIANG, SIYUAN = 0, 0
LEAP = {"birth_year": 1982, "birth_month": 4, "birth_day": 8, "birth_lunar": True, "birth_leap": True}
"""闰四月初八: that year had the month twice."""
LAST_MONTH = 12


def keep_birthdays(lives: Sequence[Life], today: date) -> None:
    """Give some of 陈思远's customers birthdays that are kept these days, and the odd ones: of a leap month, of a thirtieth that not every
    year has, of 29 February. Before anything is told of them."""
    mine = [
        life for life in lives
        if (life.store, life.rep) == (BINJIANG, SIYUAN) and life.kind == "person" and life.card.get("birth_month") and not life.fixed
        and not life.gone and not life.card.get("do_not_contact") and len(life.visits) > 2 and (today - life.visits[-1].on).days > 40
    ]  # fmt: skip
    moon, tomorrow = lunar.of(today), today + timedelta(1)
    wanted: list[dict[str, Any]] = [
        {"birth_month": moon.month, "birth_day": moon.day, "birth_lunar": True, "birth_leap": moon.leap},
        {"birth_month": today.month, "birth_day": today.day, "birth_lunar": False},
        {"birth_month": tomorrow.month, "birth_day": tomorrow.day, "birth_lunar": False},
        LEAP,
        {"birth_month": LAST_MONTH, "birth_day": 30, "birth_lunar": True},
        {"birth_year": 1988, "birth_month": 2, "birth_day": 29, "birth_lunar": False},
        {**LEAP, "birth_year": 2001},
        {"birth_year": 1996, "birth_month": 2, "birth_day": 29, "birth_lunar": False},
    ]
    for life, born in zip(mine[:: max(len(mine) // (len(wanted) + 1), 1)], wanted, strict=False):
        life.card.update(born)
