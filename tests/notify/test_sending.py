"""Messages leave the house: once, in time, whatever the other side does."""

from __future__ import annotations

import logging
import smtplib
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection

from liuke.notify import sending
from liuke.notify.labels import FAULTS, DeliveryState
from liuke.notify.models import Channel, Delivery
from liuke.notify.sending import Done, send_due
from tests.cast import Cast, assemble
from tests.notify.conftest import NOON, at
from tests.notify.server import Robot, robot
from tests.threads import at_once

Group = Callable[..., Channel]


@pytest.fixture(autouse=True)
def no_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending._LUCK, "random", lambda: 0.5)


def message(channel: Channel, key: str = "digest:1", now: datetime = NOON, **fields: Any) -> Delivery:
    values = {"kind": "digest", "title": "留客：3 条没看", "lines": ["任务 3 条"], "link": "/notices/", **fields}
    return Delivery.objects.create(channel=channel, key=key, made_at=now, next_at=now, **values)


def state(one: Delivery) -> tuple[str, int, str, str]:
    one.refresh_from_db()
    return one.state, one.tries, one.error, one.number


def test_it_goes_once(group: Group, other_side: Robot) -> None:
    one = message(group(other_side))
    assert send_due(NOON) == Done(1, 0)
    assert send_due(NOON) == Done() == send_due(at(19, 12))
    assert len(other_side.heard) == 1
    path, body = other_side.heard[0]
    assert path == "/send?key=SECRETKEY" and body["msgtype"] == "markdown"
    assert body["markdown"]["content"].split("\n") == [
        "**留客：3 条没看**", "> 任务 3 条", "[打开留客](https://liuke.example.com/notices/)",
    ]  # fmt: skip
    assert state(one) == ("sent", 1, "", "") and one.sent_at == NOON and one.claimed_by == ""


@pytest.mark.parametrize(
    ("behave", "error", "number"),
    [
        ("half", "cut_off", ""), ("nonsense", "answer", ""), ("html", "answer", ""), ("broken", "http", "500"), ("often", "often", "429"),
        ("elsewhere", "redirect", ""), ("bad_key", "key", "93000"),
    ],
)  # fmt: skip
def test_what_the_other_side_may_do(group: Group, behave: str, error: str, number: str) -> None:
    with robot(behave) as side:
        way = group(side)
        one = message(way)
        assert send_due(NOON) == Done(0, 1)
        assert state(one) == ("waiting", 1, error, number) and one.next_at == NOON + timedelta(minutes=1)
        way.refresh_from_db()
        assert (way.failures, way.rest_until) == (1, NOON + timedelta(minutes=1))
        side.behave = "take"
        assert send_due(NOON + timedelta(seconds=59)) == Done()
        assert send_due(NOON + timedelta(minutes=1)) == Done(1, 0)
        way.refresh_from_db()
        assert (way.failures, way.rest_until) == (0, None)
        assert state(one) == ("sent", 2, "", "")


@pytest.mark.parametrize("behave", ["hang", "drip"])
def test_one_that_hangs_holds_up_nobody(group: Group, behave: str) -> None:
    with ExitStack() as stack:
        slow, quick = stack.enter_context(robot(behave)), stack.enter_context(robot())
        stuck = [message(group(slow), f"digest:{n}") for n in range(1)]
        stuck.append(message(stuck[0].channel, "digest:second"))
        through = message(group(quick), "digest:9")
        assert send_due(NOON, turn=0.4) == Done(1, 1)  # a minute's hang is not waited for
        assert state(through) == ("sent", 1, "", "")
        assert state(stuck[0]) == ("waiting", 1, "timeout", "")
        assert state(stuck[1]) == ("waiting", 0, "", ""), "it was not tried, so it counts as no try"
        later = NOON + timedelta(seconds=30)
        message(through.channel, "digest:10", later)
        assert send_due(later, turn=0.4) == Done(1, 0), "the one that hangs rests, the other goes on"
        assert len(slow.heard) == 1 and len(quick.heard) == 2


def test_a_name_that_is_looked_up_for_ever(group: Group, other_side: Robot, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr("liuke.notify.post.socket.getaddrinfo", lambda *args, **kwargs: let_go.wait(60))
    one = message(group(other_side))
    assert send_due(NOON, turn=0.2) == Done(0, 1)
    assert state(one)[:3] == ("waiting", 1, "timeout")
    let_go.set()


def test_nobody_listens(group: Group) -> None:
    with robot() as side:
        way = group(side)
    one = message(way)
    assert send_due(NOON) == Done(0, 1)
    assert state(one)[2] == "refused"


def test_eight_tries_within_a_day_then_it_is_given_up(group: Group) -> None:
    with robot("broken") as side:
        one = message(group(side))
        now, times = NOON, []
        while state(one)[0] == DeliveryState.WAITING:
            now = max(now, one.next_at)
            Channel.objects.update(rest_until=None)
            # Quiet hours would put it off; here the clock alone counts.
            Delivery.objects.update(any_hour=True)
            send_due(now)
            times.append(now)
        assert len(times) == 8 == len(side.heard)
        assert [round((after - before) / timedelta(minutes=1)) for before, after in pairwise(times)] == [
            1, 3, 9, 27, 81, 243, 729,
        ]  # fmt: skip
        assert times[-1] - times[0] < timedelta(hours=24)
        assert state(one) == ("given_up", 8, "http", "500")
        assert send_due(now + timedelta(days=2)) == Done()


def test_what_never_got_a_turn_within_a_day_is_given_up(group: Group, other_side: Robot) -> None:
    one = message(group(other_side, on=False))
    assert send_due(NOON) == Done() == send_due(NOON + timedelta(hours=24))
    assert state(one)[0] == "waiting"
    Channel.objects.update(on=True)
    assert send_due(NOON + timedelta(hours=24, seconds=1)) == Done()
    assert state(one) == ("given_up", 0, "stale", "") and other_side.heard == []


def test_in_quiet_hours_only_what_has_a_clock(group: Group, other_side: Robot) -> None:
    way = group(other_side)
    waits, runs = message(way, "digest:1", at(18, 20, 59)), message(way, "urgent:1", at(18, 20, 59), any_hour=True)
    assert send_due(at(18, 21)) == Done(1, 0)
    assert (state(waits)[0], state(runs)[0]) == ("waiting", "sent")
    assert send_due(at(19, 7, 59)) == Done()
    assert send_due(at(19, 8)) == Done(1, 0)


def test_a_sender_that_died_half_way(group: Group, other_side: Robot) -> None:
    one = message(group(other_side))
    Delivery.objects.update(state=DeliveryState.SENDING, claimed_by="gone", claimed_at=NOON, tries=1)
    assert send_due(NOON + timedelta(minutes=3)) == Done()
    assert send_due(NOON + timedelta(minutes=3, seconds=1)) == Done(1, 0)
    assert state(one) == ("sent", 2, "", "")


def test_a_sender_that_was_taken_for_dead_marks_nothing(group: Group, other_side: Robot, monkeypatch: pytest.MonkeyPatch) -> None:
    one = message(group(other_side))
    gather = sending._gather

    def meanwhile(*args: Any) -> Any:
        found = gather(*args)
        Delivery.objects.update(claimed_by="another")
        return found

    monkeypatch.setattr(sending, "_gather", meanwhile)
    send_due(NOON)
    assert state(one)[0] == "sending" and one.claimed_by == "another"


def test_ten_a_turn_to_a_group(group: Group, other_side: Robot) -> None:
    way = group(other_side)
    for n in range(12):
        message(way, f"digest:{n:02}")
    assert [send_due(NOON).sent, send_due(NOON).sent, send_due(NOON).sent] == [10, 2, 0]
    assert len(other_side.heard) == 12


@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_once() -> None:
    cast = assemble()
    with robot() as side:
        ways = [Channel.objects.create(kind="wecom", name=name, url=side.url, unit=cast.group) for name in "甲乙"]
        for n in range(12):
            message(ways[n % 2], f"digest:{n}")
        done = at_once(*[lambda: send_due(NOON)] * 3)
        assert sum(each.sent for each in done) == 12, done
        assert len(side.heard) == 12
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    assemble()
    open_: list[bool] = []
    gather = sending._gather
    monkeypatch.setattr(sending, "_gather", lambda *args: open_.append(connection.in_atomic_block) or gather(*args))
    with robot() as side:
        message(Channel.objects.create(kind="wecom", name="甲", url=side.url))
        assert send_due(NOON).sent == 1
    assert open_ == [False]


def test_the_cost_does_not_grow(group: Group, other_side: Robot, django_assert_max_num_queries: Any) -> None:
    for n in range(10):
        message(group(other_side) if n < 1 else Channel.objects.get(), f"digest:{n}")
    with django_assert_max_num_queries(16):
        assert send_due(NOON).sent == 10


# ── mail ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def mailing(cast: Cast) -> Channel:
    return Channel.objects.create(kind="mail", name="公司邮件")


def test_mails_go_each_to_one(cast: Cast, mailing: Channel) -> None:
    for user in (cast.chen, cast.lin):
        type(user).objects.filter(pk=user.pk).update(email=f"{user.username}@example.com")
        message(mailing, f"digest:{user.pk}", user=user)
    assert send_due(NOON) == Done(2, 0)
    assert [(one.to, one.subject) for one in outbox.outbox] == [
        (["chensiyuan@example.com"], "留客：3 条没看"),
        (["linqian@example.com"], "留客：3 条没看"),
    ]
    assert outbox.outbox[0].body == "任务 3 条\n\n打开留客：https://liuke.example.com/notices/"


def test_who_has_no_address_is_not_tried_again_and_holds_up_nobody(cast: Cast, mailing: Channel) -> None:
    type(cast.lin).objects.filter(pk=cast.lin.pk).update(email="linqian@example.com")
    without, with_one = message(mailing, "digest:1", user=cast.chen), message(mailing, "digest:2", user=cast.lin)
    assert send_due(NOON) == Done(1, 1)
    assert state(without) == ("given_up", 1, "no_address", "") and state(with_one)[0] == "sent"
    mailing.refresh_from_db()
    assert mailing.rest_until is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (smtplib.SMTPAuthenticationError(535, b"SECRETKEY"), "mail_login"),
        (TimeoutError(), "timeout"),
        (ConnectionRefusedError(), "refused"),
    ],
    ids=["login", "hang", "away"],
)
def test_a_mail_server_that_will_not(cast: Cast, mailing: Channel, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str) -> None:
    class Server:
        def open(self) -> None:
            raise fault

    monkeypatch.setattr("liuke.notify.mail.get_connection", lambda **options: Server())
    type(cast.lin).objects.filter(pk=cast.lin.pk).update(email="linqian@example.com")
    one = message(mailing, user=cast.lin)
    assert send_due(NOON) == Done(0, 1)
    assert state(one)[:3] == ("waiting", 1, code)


# ── secrets ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("behave", ["broken", "nonsense", "bad_key", "half"])
def test_no_secret_in_log_error_or_database(group: Group, behave: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with robot(behave) as side:
        one = message(group(side, "dingtalk", secret="SECRETSIGN"))
        send_due(NOON)
    assert "SECRET" not in caplog.text
    one.refresh_from_db()
    assert one.error in FAULTS and "SECRET" not in f"{one.__dict__}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT url, secret FROM notify_channel")
        assert "SECRET" not in str(cursor.fetchall())


def test_what_nobody_foresaw_is_a_fault_without_words(group: Group, other_side: Robot, monkeypatch: Any, caplog: Any) -> None:
    def burst(*args: Any) -> Any:
        raise ValueError("SECRETKEY")

    monkeypatch.setattr("liuke.notify.sending.sheet", burst)
    one = message(group(other_side))
    assert send_due(NOON) == Done(0, 1)
    assert state(one)[:3] == ("waiting", 1, "error")
    assert "SECRET" not in caplog.text and "channel" in caplog.text


def test_an_address_that_cannot_be_opened_any_more(group: Group, other_side: Robot) -> None:
    one = message(group(other_side))
    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM notify_channel")
        sealed = cursor.fetchone()[0]
        cursor.execute("UPDATE notify_channel SET url = %s", [sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]])
    assert send_due(NOON) == Done(0, 1)
    assert state(one)[:3] == ("waiting", 1, "unreadable") and other_side.heard == []
