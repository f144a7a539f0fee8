"""From notices to messages: at once what cannot wait, the rest once a day, nothing at night, nothing about customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from liuke.notices import words
from liuke.notices.actions import read, tell
from liuke.notices.models import Notice
from liuke.notify.collecting import collect
from liuke.notify.models import Channel, Delivery
from liuke.notify.rules import digest_due, letter_week, rest_after, wait_after
from liuke.standing import actions as standing
from liuke.team.actions import set_own_email, set_preference
from liuke.team.models import CalendarDay, User
from tests.cast import Cast, assemble, card
from tests.notify.conftest import NOON, at
from tests.threads import at_once


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_SAYINGS", dict(words._SAYINGS))
    monkeypatch.setattr(words, "_AT_ANY_HOUR", set())
    words.register("promise.late", lambda slots: "")
    words.register("complaint.open", lambda slots: "", clock=True)


@pytest.fixture
def mail(cast: Cast) -> Channel:
    for user in (cast.chen, cast.lin, cast.he):
        set_own_email(user, f"{user.username}@example.com")
    return Channel.objects.create(kind="mail", name="公司邮件")


Group = Callable[..., Channel]


@pytest.fixture
def chat(cast: Cast) -> Group:
    return lambda **fields: Channel.objects.create(kind="wecom", name="主管群", url="https://qyapi.weixin.qq.com/x", **fields)


def told(user: User, key: str = "today.given", when: datetime = NOON, **more: Any) -> None:
    tell([user.pk], key, slots={"who": "何静", "n": 3, "customer": "张书远"}, at=when, **more)


def lines() -> list[tuple[str, str, str, list[str]]]:
    return [(one.kind, one.user.name if one.user else one.channel.name, one.title, one.lines) for one in Delivery.objects.order_by("pk")]


def test_the_rest_goes_once_a_day(cast: Cast, mail: Channel) -> None:
    told(cast.chen, when=at(18, 8))
    told(cast.chen, "promise.late", when=at(18, 8, 30))
    told(cast.chen, when=at(18, 9))
    told(cast.lin, when=at(18, 9))
    assert collect(at(18, 9, 4)) == 0
    assert collect(at(18, 9, 5)) == 2 and collect(at(18, 9, 5)) == 0
    assert lines() == [
        ("digest", "陈思远", "留客：3 条通知没看", ["任务 2 条", "承诺 1 条"]),
        ("digest", "林倩", "留客：1 条通知没看", ["任务 1 条"]),
    ]
    told(cast.chen, when=at(18, 10))
    assert collect(at(18, 23)) == 0 == collect(at(19, 9, 4))
    assert collect(at(19, 9, 5)) == 1
    assert not Notice.objects.filter(sent_on_at=None).exists()


def test_nothing_of_a_customer_leaves_the_house(cast: Cast, mail: Channel, chat: Group) -> None:
    chat()
    told(cast.chen, urgent=True)
    told(cast.lin)
    collect(NOON)
    assert Delivery.objects.count() == 4  # both ways, both hours
    assert "张书远" not in "".join(f"{one.__dict__}" for one in Delivery.objects.all())


def test_what_was_read_meanwhile_is_not_sent(cast: Cast, mail: Channel) -> None:
    told(cast.chen, when=at(18, 8))
    read(cast.chen)
    assert collect(at(18, 9, 5)) == 0
    assert not Notice.objects.filter(sent_on_at=None).exists()


def test_what_cannot_wait_goes_at_once_and_together(cast: Cast, mail: Channel, chat: Group) -> None:
    chat(unit=cast.east, digest=False), chat(unit=cast.north, digest=False), chat(urgent=False, digest=False)
    told(cast.chen, urgent=True)
    told(cast.chen, "promise.late", urgent=True)
    told(cast.zhou, urgent=True)  # he has no address
    assert collect(at(18, 12, 1)) == 2 and collect(at(18, 12, 1)) == 0
    assert lines() == [
        ("urgent", "陈思远", "留客：2 件事不能等", ["任务 1 条", "承诺 1 条"]),
        ("urgent", "主管群", "留客：3 件事不能等", ["陈思远：任务 1 条，承诺 1 条", "周倩文：任务 1 条"]),
    ]


@pytest.mark.parametrize(("hour", "minute", "quiet"), [(20, 59, False), (21, 0, True), (0, 30, True), (7, 59, True), (8, 0, False)])
def test_quiet_hours_hold_back_what_has_no_clock(cast: Cast, mail: Channel, hour: int, minute: int, quiet: bool) -> None:
    told(cast.chen, "promise.late", urgent=True, when=at(17, 20))
    told(cast.lin, "complaint.open", urgent=True, when=at(17, 20))
    now = at(18, hour, minute)
    assert collect(now) == (1 if quiet else 2)
    assert [one.any_hour for one in Delivery.objects.filter(user=cast.lin)] == [True]
    if quiet:
        assert list(Notice.objects.filter(sent_on_at=None).values_list("user", flat=True)) == [cast.chen.pk]
        assert collect(at(19, 8)) == 1


def test_on_days_off_the_digest_waits(cast: Cast, mail: Channel) -> None:
    told(cast.chen, when=at(20, 18))  # a Friday evening
    assert collect(at(21, 9, 5)) == 0 == collect(at(22, 12))
    CalendarDay.objects.create(on=at(22, 0).date(), works=True)
    assert collect(at(22, 12)) == 1


def test_everybody_chooses(cast: Cast, mail: Channel) -> None:
    set_preference(cast.chen, "telling", {"kinds": ["promise"], "urgent": True, "digest": True, "letter": True})
    set_preference(cast.lin, "telling", {"kinds": ["task", "promise"], "urgent": True, "digest": False, "letter": True})
    set_preference(cast.he, "telling", {"kinds": ["task", "promise"], "urgent": False, "digest": True, "letter": True})
    for user in (cast.chen, cast.lin, cast.he, cast.zhou):
        told(user)
        told(user, "promise.late", urgent=True)
    collect(NOON)
    assert lines() == [
        ("urgent", "陈思远", "留客：1 件事不能等", ["承诺 1 条"]),
        ("urgent", "林倩", "留客：1 件事不能等", ["承诺 1 条"]),
        ("digest", "何静", "留客：2 条通知没看", ["任务 1 条", "承诺 1 条"]),
    ]


def test_without_a_way_out_nothing_is_kept_waiting(cast: Cast) -> None:
    told(cast.chen)
    told(cast.lin, urgent=True)
    assert collect(NOON) == 0
    assert not Notice.objects.filter(sent_on_at=None).exists()


def test_what_lay_about_for_days_is_not_sent(cast: Cast, mail: Channel) -> None:
    told(cast.chen, urgent=True, when=NOON - timedelta(days=3, minutes=1))
    assert collect(NOON) == 0 and not Notice.objects.filter(sent_on_at=None).exists()


def test_a_group_hears_who_has_how_much_unread(cast: Cast, chat: Group) -> None:
    chat(unit=cast.east)
    told(cast.zhou), told(cast.ding), told(cast.chen)
    told(cast.lin, urgent=True), told(cast.lin)
    read(cast.zhou)
    collect(NOON)
    assert lines()[-1] == ("digest", "主管群", "留客：2 位同事有通知没看", ["林倩：2 条，其中 1 条不能等", "陈思远：1 条"])
    assert collect(NOON) == 0
    read(cast.lin), read(cast.chen)
    assert collect(at(19, 9, 5)) == 0, "nobody has anything unread: nothing is said"


def test_who_has_left_is_not_written_to(cast: Cast, mail: Channel, chat: Group) -> None:
    told(cast.chen)
    User.objects.filter(pk=cast.chen.pk).update(is_active=False)
    chat()
    assert collect(NOON) == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_it_once() -> None:
    cast = assemble()
    Channel.objects.create(kind="mail", name="公司邮件")
    for user in (cast.chen, cast.lin, cast.he):
        set_own_email(user, f"{user.username}@example.com")
        for _turn in range(3):
            told(user)
            told(user, "promise.late", urgent=True)
    made = at_once(*[lambda: collect(NOON)] * 3)
    assert sum(made) == 6, made
    assert sorted((kind, title) for kind, _who, title, _lines in lines()) == [
        *[("digest", "留客：3 条通知没看")] * 3, *[("urgent", "留客：3 件事不能等")] * 3,
    ]  # fmt: skip


def test_the_cost_does_not_grow(cast: Cast, mail: Channel, chat: Group, django_assert_max_num_queries: Any) -> None:
    chat(), chat(unit=cast.east)
    for n in range(40):
        told((cast.chen, cast.lin, cast.he)[n % 3], urgent=n % 2 == 0)
    with django_assert_max_num_queries(16):
        collect(NOON)


# ── the letter ───────────────────────────────────────────────────────────────


def test_the_letter_of_the_week(cast: Cast, mail: Channel, chat: Group) -> None:
    chat(letter=True, digest=False), chat(letter=True, digest=False, unit=cast.north)
    set_own_email(cast.zhao, "zhaoguoping@example.com")
    with time_machine.travel(at(23, 9, 5)):
        card(cast.chen, "张书远")
        card(cast.ding, "葛建华")
        assert collect(at(23, 9, 5)) == 0, "before there are figures"
        standing.run(at(23, 9).date())
        assert collect(at(23, 9, 4)) == 0
        assert collect(at(23, 9, 5)) == 4 and collect(at(23, 12)) == 0 == collect(at(24, 9, 5))
    found = {(who, title): said for _kind, who, title, said in lines()}
    assert set(found) == {
        ("何静", "留客：华东区这一周"), ("赵国平", "留客：启程汽车服务集团这一周"),
        ("主管群", "留客：启程汽车服务集团这一周"), ("主管群", "留客：华北区这一周"),
    }  # fmt: skip
    assert found["何静", "留客：华东区这一周"][0] == "截至 11月23日，名下 1 位客户，这个月来过 0 位。"
    assert found["赵国平", "留客：启程汽车服务集团这一周"][0] == "截至 11月23日，名下 2 位客户，这个月来过 0 位。"
    assert "张书远" not in str(found)


def test_when_rules() -> None:
    nine = at(1, 9, 5).time()
    assert [digest_due(at(18, *clock), nine) for clock in ((9, 4), (9, 5), (23, 0))] == [False, True, True]
    assert letter_week(at(23, 9, 5), nine) == at(23, 0).date() and letter_week(at(24, 9, 5), nine) is None
    assert letter_week(at(23, 9, 4), nine) is None
    off = {at(23, 0).date(): False}
    assert letter_week(at(23, 10), nine, off) is None and letter_week(at(24, 10), nine, off) == at(23, 0).date()
    assert sum((wait_after(n, 0.999) for n in range(1, 8)), timedelta()) < timedelta(hours=24)
    assert [rest_after(n) // timedelta(minutes=1) for n in (1, 2, 3, 7, 500)] == [1, 2, 4, 60, 60]
