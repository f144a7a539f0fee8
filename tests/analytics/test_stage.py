from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.stage import Shown, shown, shown_all

DAY = 20_000


def test_a_first_run_takes_the_answer_of_the_rule() -> None:
    assert shown(None, None, None, "D", DAY, False) == Shown("D", DAY, DAY, "first_run")


def test_a_new_answer_is_shown_on_the_seventh_day_running() -> None:
    stage = shown(None, None, None, "C", DAY, False)
    rule = "C"
    seen = []
    for day in range(DAY + 1, DAY + 10):
        stage = shown(stage.stage, rule, stage.rule_since, "D", day, False, shown_since=stage.since)
        rule = "D"
        seen.append((stage.stage, stage.since, stage.cause))
    assert seen[:6] == [("C", DAY, "")] * 6
    assert seen[6] == ("D", DAY + 7, "steady")
    assert seen[7] == ("D", DAY + 7, "")


def test_an_answer_that_wavers_starts_again() -> None:
    stage, rule = Shown("C", DAY, DAY, "first_run"), "C"
    for day, answer in enumerate("DDDDDDCDDDDDDB", DAY + 1):
        stage = shown(stage.stage, rule, stage.rule_since, answer, day, False, shown_since=stage.since)
        rule = answer
    assert stage == Shown("C", DAY, DAY + 14, "")


def test_an_event_shows_it_at_once_and_not_without_a_new_answer() -> None:
    assert shown("D", "D", DAY - 3, "C", DAY, True, shown_since=DAY - 90) == Shown("C", DAY, DAY, "event")
    assert shown("D", "D", DAY - 3, "D", DAY, True, shown_since=DAY - 90) == Shown("D", DAY - 90, DAY - 3, "")


def test_missed_runs_count_as_days() -> None:
    assert shown("C", "D", DAY - 6, "D", DAY, False).cause == "steady"
    assert shown("C", "D", DAY - 5, "D", DAY, False).cause == ""


@given(
    st.lists(
        st.tuples(st.sampled_from(["", *"ABCDE"]), st.sampled_from("ABCDE"), st.integers(0, 12), st.sampled_from("ABCDE"), st.booleans()),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 9),
)
def test_columns_give_what_one_gives(rows: list[tuple[str, str, int, str, bool]], days: int) -> None:
    prev, rule, ago, now, event = (list(column) for column in zip(*rows, strict=True))
    rule_since, shown_since = (DAY - np.array(ago)).astype(np.int32), np.full(len(rows), 5, np.int32)
    found = shown_all(np.array(prev), np.array(rule), rule_since, np.array(now), DAY, np.array(event), shown_since, days)
    for place, (p, r, a, n, e) in enumerate(rows):
        one = shown(p or None, r if p else None, DAY - a if p else None, n, DAY, e, shown_since=5, stage_days=days)
        assert Shown(*[column[place].item() for column in found]) == one
