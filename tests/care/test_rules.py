"""When things come round, which way is taken, and how the operations centre writes its own occasions."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.audit.actions import verify
from liuke.care import actions, nightly
from liuke.care.keeping import kept_one, occasions
from liuke.care.models import CareRule
from liuke.care.rules import anniversaries, anniversary, could_come_round, festival_days, way
from liuke.kernel.refusal import Refused
from liuke.packs import load_pack
from liuke.packs.care import Festival
from liuke.playbooks.rules import Faulty
from tests.care.world import graded, person

PACK = load_pack("auto_dealer")
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(DAYS, st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(0, 60))
def test_what_comes_round_lies_in_one_of_the_ranges_that_are_asked_for(day, first, length):
    last = first + timedelta(length)
    found = anniversaries(day, first, last)
    for on, years in found:
        assert first <= on <= last and on == anniversary(day, day.year + years) and years >= 1
        assert any(low <= day <= high for low, high in could_come_round(first, last))
    assert len(found) == len({on.year for on, _ in found})


def test_of_29_february():
    leap = date(2024, 2, 29)
    assert anniversaries(leap, date(2027, 2, 1), date(2027, 3, 31)) == [(date(2027, 2, 28), 3)]
    assert anniversaries(leap, date(2028, 2, 28), date(2028, 2, 28)) == []
    assert anniversaries(leap, date(2028, 2, 29), date(2028, 2, 29)) == [(date(2028, 2, 29), 4)]
    assert anniversaries(leap, leap, leap) == []  # the day itself is no anniversary


def test_festivals_of_the_almanac():
    spring = Festival(month=1, day=1, lunar=True)
    assert [day.isoformat() for day, _ in festival_days(spring, date(2024, 1, 1), date(2030, 12, 31))] == [
        "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03",
    ]  # fmt: skip
    eve = Festival(month=12, day=30, lunar=True)
    assert festival_days(eve, date(2027, 1, 1), date(2027, 12, 31)) == [(date(2027, 2, 5), 2026)]
    assert festival_days(Festival(month=2, day=29), date(2027, 1, 1), date(2028, 12, 31)) == [
        (date(2027, 2, 28), 2027), (date(2028, 2, 29), 2028),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (("phone", "", True, True, ()), "phone"),
        (("phone", "wechat", True, True, ()), "wechat"),
        (("phone", "wechat", True, False, ()), "phone"),
        (("wechat", "sms", True, True, ()), "sms"),
        (("wechat", "email", True, True, ()), "wechat"),
        (("wechat", "visit", True, True, ()), "wechat"),
        (("visit", "wechat", True, True, ()), "visit"),
        (("wechat", "", True, True, ("wechat",)), "phone"),
        (("phone", "phone", True, True, ("phone",)), "wechat"),
        (("wechat", "", False, False, ()), None),
        (("wechat", "", True, True, ("wechat", "phone")), None),
    ],
    ids=str,
)
def test_by_which_way(asked, chosen):
    *rest, refused = asked
    assert way(*rest, frozenset(refused)) == chosen


# ── the company's own ────────────────────────────────────────────────────────


def body(**changed):
    now = kept_one(PACK, "birthday").occasion.model_dump(mode="json", exclude_defaults=True)
    return {**now, **changed}


OWN = {"zh": "{name_title}，生日快乐，{staff}给您道喜了。", "en": ""}


def test_own_words_count_from_the_next_morning_on(cast):
    person(cast, "甲", (5, 24))
    person(cast, "乙", (5, 24))
    graded({"甲": "A", "乙": "B"})
    row = actions.save_rule(
        cast.xu, "birthday", body(greeting=OWN, levels={"A": {"who": "supervisor", "channel": "phone", "minutes": 9}}), 0
    )
    assert (row.version, row.by) == (1, cast.xu)
    nightly.run()
    from tests.care.test_nightly import said, tasks

    [task] = tasks()
    assert (task.customer.name, task.assignee, task.minutes) == ("甲", cast.he, 9)
    assert said(task)[1] == "甲先生，生日快乐，何静给您道喜了。"
    assert verify() is None


def test_off_and_on_and_back(cast):
    person(cast, "甲", (5, 24))
    actions.switch_rule(cast.xu, "birthday", False, 0)
    assert "birthday" not in {occasion.key for occasion in occasions(PACK)} and nightly.run().made == 0
    actions.undo_rule(cast.xu, "birthday", 1)
    assert nightly.run().made == 1
    assert (kept_one(PACK, "birthday").own, kept_one(PACK, "birthday").version) == (False, 2)
    actions.save_rule(cast.zhao, "birthday", body(greeting=OWN), 2)
    actions.drop_rule(cast.zhao, "birthday", 3)
    assert kept_one(PACK, "birthday").occasion == PACK.care[0]
    actions.undo_rule(cast.zhao, "birthday", 4)
    assert kept_one(PACK, "birthday").occasion.greeting.zh == OWN["zh"]


def test_two_who_write_at_once_and_a_stranger(cast):
    actions.save_rule(cast.xu, "birthday", body(greeting=OWN), 0)
    for act, code in (
        (lambda: actions.save_rule(cast.zhao, "birthday", body(), 0), "care.newer"),
        (lambda: actions.undo_rule(cast.xu, "birthday", 0), "care.newer"),
        (lambda: actions.save_rule(cast.xu, "nothing", body(), 0), "care.unknown"),
        (lambda: actions.save_rule(cast.he, "birthday", body(), 1), "permission"),
        (lambda: actions.switch_rule(cast.lin, "birthday", False, 1), "permission"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == code
    assert CareRule.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "path", "said"),
    [
        ({"greeting": {"zh": "{name_title}，本月保养八折。", "en": ""}}, ("greeting", "zh"), "日常关怀里不提八折"),
        (
            {"greeting": {"zh": "{nobody}，您好。", "en": ""}},
            ("greeting", "zh"),
            "这里填不出 {nobody}，能用的有 {name_title} {staff} {store}",
        ),
        (
            {"greeting": {"zh": "您好。", "en": "Hello {years}."}},
            ("greeting", "en"),
            "这里填不出 {years}，能用的有 {name_title} {staff} {store}",
        ),
        ({"greeting": {"zh": "", "en": ""}}, ("greeting",), "缺少中文文字"),
        ({"levels": {"A": {"who": "owner", "channel": "phone", "minutes": 0}}}, ("levels", "A", "minutes"), "不能小于 1"),
        ({"days": 400}, ("days",), "不能大于 120"),
    ],
    ids=["an-offer", "unknown-slot", "english-slot", "nothing", "no-minutes", "next-year"],
)
def test_every_fault_at_its_field_and_nothing_is_written(cast, changed, path, said):
    with pytest.raises(Faulty) as faulty:
        actions.save_rule(cast.xu, "birthday", body(**changed), 0)
    assert (path, said) in [(fault.path, str(fault.said)) for fault in faulty.value.faults]
    assert not CareRule.objects.exists()


def test_the_english_of_before_keeps_nobody_from_changing_the_chinese(cast):
    given = kept_one(PACK, "birthday").occasion.greeting
    changed = {"zh": "{name_title}，生日好，大家都记着您。", "en": given.en}
    assert "{store}" in given.en
    actions.save_rule(cast.xu, "birthday", body(greeting=changed), 0)
    assert kept_one(PACK, "birthday").occasion.greeting.model_dump() == changed


def test_its_kind_cannot_be_changed(cast):
    actions.save_rule(cast.xu, "birthday", body(kind="joined", key="joined", greeting=OWN), 0)
    assert (kept_one(PACK, "birthday").occasion.kind, kept_one(PACK, "joined").own) == ("birthday", False)
