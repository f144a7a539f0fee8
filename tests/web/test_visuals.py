"""Pictures written on the server: what they say in words, and where their marks lie."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from liuke.analytics.thresholds import Thresholds
from liuke.web import visuals
from liuke.web.rhythm import cycle_strip
from liuke.web.samples import Sample

AS_OF = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def chinese() -> object:
    with translation.override("zh-hans"):
        yield


def marks(svg: str, tag: str) -> list[dict[str, str]]:
    return [dict(element.attrib) for element in ElementTree.fromstring(svg).iter(tag)]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def test_the_strip_of_zhang_shuyuan() -> None:
    svg = cycle_strip(Sample().deals, AS_OF, 74, 820, 236, spread=(62, 80))
    label = ElementTree.fromstring(svg).get("aria-label")
    assert label == "16 次到店，通常 74 天一次；最近一次 4月22日，到 11月20日 212 天"
    assert "212 天，2.9 个周期" in texts(svg)
    assert "通常 74 天一次，前后 62–80 天" in texts(svg)
    assert {"¥3,980", "¥3,280", "该来", "衰退 1.75 个周期起", "离网", "今天"} <= set(texts(svg))
    # Missed beats at one, two and three cycles after 22 April (the third is ten days ahead).
    assert len([circle for circle in marks(svg, "circle") if circle["fill"] == "var(--surface)"]) == 3
    # The last arc is the open one, in orange, for 212 days are past 1.75 × 74.
    assert marks(svg, "path")[-1]["stroke"] == "var(--st-d)"


def test_one_who_is_on_time_is_not_orange() -> None:
    deals = [(date(2026, 1, 1) + timedelta(days=60 * i), 100_00) for i in range(5)]
    svg = cycle_strip(deals, date(2026, 9, 28), 60, 820, 236)
    assert marks(svg, "path")[-1]["stroke"] == "var(--st-c)"


def test_a_range_that_leaves_the_cycle_out_is_the_customers_own() -> None:
    svg = cycle_strip(Sample().deals, AS_OF, 73.4, 820, 236, spread=(57, 64))
    assert "通常 73 天一次，自己多在 57–64 天" in texts(svg)
    assert "通常 64 天一次，前后 57–64 天" in texts(cycle_strip(Sample().deals, AS_OF, 64.3, 820, 236, spread=(57, 64)))


def test_the_bands_stand_where_the_pack_puts_them() -> None:
    late = Thresholds(decline_elapsed="3", exit_elapsed="6", bands=("1", "3", "4", "6"))
    svg = cycle_strip(Sample().deals, AS_OF, 74, 820, 236, thresholds=late)
    assert marks(svg, "path")[-1]["stroke"] == "var(--st-c)", "212 days are not yet 3 × 74"
    assert "衰退 1.75 个周期起" not in texts(svg)
    assert "衰退 3 个周期起" in texts(svg)


def test_deals_after_the_day_looked_at_are_not_drawn() -> None:
    deals = [(date(2026, 1, 1), 100_00), (date(2026, 3, 1), 100_00), (date(2026, 12, 1), 900_00)]
    svg = cycle_strip(deals, AS_OF, None, 820, 236)
    assert svg.count('fill="var(--st-c)"') == 2
    assert "¥900" not in svg


def test_too_few_deals_are_a_sentence() -> None:
    assert cycle_strip([(date(2026, 4, 22), 100_00)], AS_OF, None) == '<span class="lk-m">来过 1 次，4月22日</span>'
    assert cycle_strip([], AS_OF, None) == '<span class="lk-q">还没来过</span>'


def test_the_small_forms() -> None:
    mini = cycle_strip(Sample().deals, AS_OF, 74, 388, 52, mini=True)
    assert texts(mini) == []
    narrow = cycle_strip(Sample().deals, AS_OF, 74, 324, 200)
    assert len([circle for circle in marks(narrow, "circle") if circle["fill"] == "var(--st-c)"]) == 4
    assert "212 天" in texts(narrow)


@given(
    gaps=st.lists(st.integers(0, 1500), min_size=1, max_size=40),
    cents=st.integers(-10_000_000, 10_000_000_000),
    since=st.integers(0, 3000),
    cycle=st.one_of(st.none(), st.floats(1, 1500)),
    width=st.sampled_from([282, 324, 820]),
)
def test_every_mark_lies_inside_its_picture(gaps: list[int], cents: int, since: int, cycle: float | None, width: int) -> None:
    day, deals = AS_OF - timedelta(days=since), []
    for gap in [0, *gaps]:
        day -= timedelta(days=gap)
        deals.append((day, cents))
    svg = cycle_strip(deals, AS_OF, cycle, width, 236)
    for element in ElementTree.fromstring(svg).iter():
        for name in ("x", "x1", "x2", "cx"):
            if name in element.attrib:
                assert -1 <= float(element.attrib[name]) <= width + 1, (element.tag, element.attrib)


def test_cycles_bar_is_full_at_four() -> None:
    assert 'width="46.4"' in visuals.cycles_bar(2.9, "D")
    assert 'width="64"' in visuals.cycles_bar(9.0)
    assert "9.0" in visuals.cycles_bar(9.0)
    assert "var(--st-c)" in visuals.cycles_bar(1.74)
    assert "var(--st-d)" in visuals.cycles_bar(1.75)
    assert visuals.cycles_bar(None) == '<span class="lk-cyc lk-q">—</span>'


def test_an_interval_over_zero_is_hollow() -> None:
    sure, unsure = visuals.interval(2.9, 9.6, 16.3), visuals.interval(-10.1, 8.1, 26.3)
    assert 'fill="var(--brand)"' in sure
    assert 'aria-label="差 9.6 点，95% 区间 2.9 到 16.3"' in sure
    assert 'fill="var(--surface)"' in unsure


def test_the_cells_of_a_day_fill_its_width() -> None:
    svg = visuals.tape([("done", 30, "<张>"), ("clock", 60, "刘建军"), ("free", 30, "")], "今天 2 件")
    assert re.findall(r'<svg x="([\d.]+)%" width="([\d.]+)%"', svg) == [("0.0", "25.0"), ("25.0", "50.0"), ("75.0", "25.0")]
    assert "<title>&lt;张&gt;</title>" in svg
    with pytest.raises(KeyError):
        visuals.tape([("later", 3, "")], "")
    assert "aria-label" in visuals.tape([], "没有任务")


def test_a_bar_never_leaves_its_space() -> None:
    assert 'width="100.0%" height="10" rx' in visuals.bar(1.7)
    assert 'width="0.0%" height="10" rx' in visuals.bar(-1)
    assert "var(--st-d)" in visuals.bar(0.5, "d")


def test_words_and_signs_of_stages() -> None:
    assert [visuals.stage_word(code) for code in "ABCDE"] == ["获取", "提升", "成熟", "衰退", "离网"]
    assert visuals.tier_word("gold") == "金卡"
    assert visuals.tier_word("黑卡") == "黑卡"
    with pytest.raises(ValueError, match="X"):
        visuals.moon("X")


def test_a_line_needs_two_points() -> None:
    assert visuals.sparkline([1.0]) == ""
    assert visuals.sparkline([1, 1]).count("<circle") == 1
