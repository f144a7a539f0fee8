"""How pages speak English: days, spans and counts have their English forms, and one is one."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.template import engines
from django.utils import translation

from liuke.kernel.birthday import Birthday
from liuke.packs.words import fill
from liuke.web import words
from liuke.web.customers.words import birthday_words

TODAY = date(2026, 11, 20)

pytestmark = pytest.mark.only_db("sqlite")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def rendered(source: str, **context: object) -> str:
    return str(engines["jinja2"].env.from_string(source).render(**context))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), "today"),
        (date(2026, 11, 21), "tomorrow"),
        (date(2026, 4, 22), "22 Apr"),
        (date(2027, 3, 14), "14 Mar 2027"),
    ],
)
def test_day(day: date, expected: str) -> None:
    assert words.day(day, TODAY) == expected


@pytest.mark.parametrize(("days", "expected"), [(1, "1 day ago"), (212, "212 days ago"), (0, "today"), (-1, "in 1 day"), (-3, "in 3 days")])
def test_ago(days: int, expected: str) -> None:
    assert words.ago(days) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"), [(1, "1 minute"), (48, "48 minutes"), (60, "1 hour"), (180, "3 hours"), (140, "2 h 20 min")]
)
def test_span(minutes: int, expected: str) -> None:
    assert words.span(minutes) == expected


def test_weekdays() -> None:
    assert [words.weekday(date(2026, 11, day)) for day in (16, 20, 22)] == ["Mon", "Fri", "Sun"]


@pytest.mark.parametrize(
    ("birthday", "expected"),
    [
        (Birthday(1985, 8, 15), "15 Aug 1985"),
        (Birthday(None, 2, 29), "29 Feb"),
        (Birthday(1985, 8, None), "Aug 1985"),
        (Birthday(1985, None, None), "1985"),
        (Birthday(None, 9, 23, lunar=True), "lunar month 9 day 23"),
        (Birthday(1987, 6, 2, lunar=True, leap=True), "lunar leap month 6 day 2 1987"),
    ],
)
def test_birthday(birthday: Birthday, expected: str) -> None:
    assert birthday_words(birthday) == expected


@pytest.mark.parametrize(
    ("n", "expected"), [(1, "Import 1 row"), ("1", "Import 1 row"), (2, "Import 2 rows"), ("1,267", "Import 1,267 rows")]
)
def test_a_count_in_a_template_takes_its_form(n: object, expected: str) -> None:
    assert rendered("{{ _('导入 %(n)s 行', n=n) }}", n=n) == expected


def test_a_count_in_a_sentence_without_forms_is_written_as_it_is() -> None:
    assert rendered("{{ _('第 %(n)s 页', n=1) }}") == "Page 1"


def test_what_is_written_into_a_sentence_is_escaped() -> None:
    assert rendered("{{ _('登录名 %(name)s', name='<b>') }}") == "Username &lt;b&gt;"


def test_chinese_is_the_sentence_itself() -> None:
    with translation.override("zh-hans"):
        assert rendered("{{ _('导入 %(n)s 行', n=1) }}") == "导入 1 行"
        assert birthday_words(Birthday(None, 9, 23, lunar=True)) == "农历九月廿三"
        assert birthday_words(Birthday(1985, 6, 8, lunar=True, leap=True)) == "农历1985年闰六月初八"
        days = {day: birthday_words(Birthday(None, 12, day, lunar=True)) for day in (1, 10, 11, 19, 20, 21, 29, 30)}
        said = "初一 初十 十一 十九 二十 廿一 廿九 三十".split()
        assert list(days.values()) == [f"农历腊月{day}" for day in said]
        assert birthday_words(Birthday(1985, 8, 15)) == "1985年8月15日"


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, "**1 day** ago"), (21, "**21 days** ago"), (1001, "**1,001 days** ago"), (0, "**0 days** ago")],
)
def test_one_day_of_a_pack_sentence_is_one(days: int, expected: str) -> None:
    assert fill("**{recency_days} days** ago", {"recency_days": days}) == expected
