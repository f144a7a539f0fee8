"""When word goes out, and when it is tried again. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from liuke.kernel import workdays
from liuke.kernel.refusal import Refused

FIRST_WAIT = timedelta(minutes=1)
GROWS = 3
STALE = timedelta(hours=24)
"""What could not be sent within a day is of no use any more."""
LEASE = timedelta(minutes=3)
"""Longest time a sender may hold a message; then another one takes it for dead."""
LONGEST_REST = timedelta(hours=1)
LONGEST_URL, LONGEST_SECRET = 500, 200
HOSTS = {
    "qyapi.weixin.qq.com": "wecom",
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
}


def clock_time(text: str) -> time:
    """A pack's "09:05"."""
    return time.fromisoformat(text)


def in_quiet_hours(at: time, from_: time, to: time) -> bool:
    """Whether nothing is sent at this time of day; the hours may go past midnight.

    >>> in_quiet_hours(time(23), time(21), time(8)), in_quiet_hours(time(8), time(21), time(8)), in_quiet_hours(time(21), time(21), time(8))
    (True, False, True)
    """
    return from_ <= at < to if from_ <= to else at >= from_ or at < to


def wait_after(tries: int, luck: float) -> timedelta:
    """How long to wait after the `tries`-th failure: 1, 3, 9, … minutes, a fifth more or less. `luck` in [0, 1) spreads those that
    failed together. Eight tries lie within a day.

    >>> [round(wait_after(n, 0.5).total_seconds() / 60) for n in (1, 2, 3, 7)]
    [1, 3, 9, 729]
    """
    return FIRST_WAIT * (float(GROWS ** (max(tries, 1) - 1)) * (0.8 + 0.4 * luck))


def rest_after(failures: int) -> timedelta:
    """How long a way out is left alone after so many failures in a row: 1, 2, 4, … minutes, an hour at most."""
    return min(FIRST_WAIT * int(2 ** min(max(failures, 1) - 1, 10)), LONGEST_REST)


def digest_due(local: datetime, at: time, changes: workdays.Changes = workdays.NONE) -> bool:
    """Whether the day's one message may go now: a day of work, from its hour on."""
    return workdays.works(local.date(), changes) and local.time() >= at


def letter_week(local: datetime, at: time, changes: workdays.Changes = workdays.NONE) -> date | None:
    """The Monday of the week whose letter is due now: on the first day of work of the week, from its hour on. None at other times."""
    monday = local.date() - timedelta(local.weekday())
    first = workdays.next_working(monday, changes)
    return monday if local.date() == first and local.time() >= at else None


def host_of(url: str) -> str:
    """The host of an address, "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def check_url(kind: str, text: str, inside: frozenset[str] = frozenset()) -> str:
    """The address of a group's robot. Refused: no https, no host, a log-in in it, another product's robot.

    `inside`: hosts within the company that the operator allows; these may do without https.
    """
    url = text.strip()
    host = host_of(url)
    if not host or len(url) > LONGEST_URL or not url.isascii() or any(sign.isspace() for sign in url):
        raise Refused("channel.url", "请把机器人的 Webhook 地址整行复制过来。")
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise Refused("channel.url", "请把机器人的 Webhook 地址整行复制过来。")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in inside):
        raise Refused("channel.https", "地址要以 https:// 开头。")
    if HOSTS.get(host, kind) != kind:
        raise Refused("channel.other", "这是别家机器人的地址，请看选的是哪一种。")
    return url
