import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.coaching.rules import Score, means, names_somebody, scored, with_ticks

PER_STEP = (2, 3, 2, 5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("他说 138 0000 1234 打不通", "138 0000 1234"),
        ("座机 0571-8888123", "0571-8888123"),
        ("浙A·12345 那台车", "浙A·12345"),
        ("浙AD12345 是电车", "浙AD12345"),
        ("王淑芬不肯说", "王淑芬"),
        ("杭州云栖物流有限公司的合约", "云栖物流"),
        ("花了 1,280 元，三次", ""),
        ("2026-11-20 那天来的", ""),
        ("芬说好", ""),
        ("", ""),
    ],
)
def test_what_tells_who_the_customer_was(text, found):
    assert names_somebody(text, ["王淑芬", "芬", "云栖物流", ""]) == found


def test_of_so_many_things_so_many_were_done():
    assert scored([[True, False], [True, True, True], [], [True] * 9], PER_STEP) == (Score(1, 2), Score(3, 3), Score(0, 2), Score(5, 5))
    assert scored(None, (2, 2)) == (Score(0, 2), Score(0, 2))
    assert scored([["yes", 1]], (2,)) == (Score(0, 2),), "only what was ticked counts"


@given(st.integers(1, 4), st.lists(st.integers(-3, 9), max_size=6))
def test_ticks_of_one_step_leave_the_others(step, marked):
    kept = with_ticks([[True, True]] * 4, step, marked, PER_STEP)
    assert kept[step - 1] == [place in marked for place in range(PER_STEP[step - 1])]
    assert all(row == [True, True] for at, row in enumerate(kept) if at != step - 1)
    assert [score.of for score in scored(kept, PER_STEP)] == list(PER_STEP)


def test_the_mean_of_each_element():
    assert means({"liked": [4, 3], "honest": [1, 2, 3], "skill": []}) == {"liked": 3.5, "honest": 2.0}
