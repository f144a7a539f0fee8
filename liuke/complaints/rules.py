"""What a complaint may do when: numbers, sums, and what still keeps it from closing. Pure. Source: domain page 4, Complaints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from liuke.kernel.money import format_cents
from liuke.kernel.refusal import N_, Refused

MOST_CENTS = 100_000_000_00
LATEST_ENTRY_DAYS = 366
"""Days after which a complaint is not written down as received then any more."""
TITLE = 30
EVENING = time(18, 30)
PERHAPS_SEVERE = 0.8
"""A text that suggests severe so surely is shown as perhaps severe until somebody says what it is."""
_NUMBER = re.compile(r"TS-(\d{2})(\d{2})(\d{2})-(\d{2,6})")
_END = re.compile(r"[。！？!?；;\n]")
_TAG = re.compile(r"<[^<>]{1,200}>")


def number_of(day: date, serial: int) -> str:
    """TS-261117-02: the second complaint received on 17 November 2026; the year keeps it the only one of its name.

    >>> number_of(date(2026, 11, 17), 2)
    'TS-261117-02'
    """
    return f"TS-{day:%y%m%d}-{serial:02d}"


def next_evening(now: datetime) -> datetime:
    """After work, the next time still to come: what is offered where another hour may help (易时).

    >>> next_evening(datetime(2026, 11, 20, 18, 30)).isoformat()
    '2026-11-21T18:30:00'
    """
    today = datetime.combine(now.date(), EVENING, now.tzinfo)
    return today if today > now else today + timedelta(1)


def spoken_number(number: str, today: date) -> str:
    """As people say it: without the year while it is this year's.

    >>> spoken_number("TS-261117-02", date(2026, 11, 20)), spoken_number("TS-251117-02", date(2026, 11, 20))
    ('TS-1117-02', 'TS-251117-02')
    """
    found = _NUMBER.fullmatch(number)
    return f"TS-{found[2]}{found[3]}-{found[4]}" if found and found[1] == f"{today:%y}" else number


def next_serial(numbers: Iterable[str]) -> int:
    """The serial after those of one day."""
    return max((int(found[4]) for number in numbers if (found := _NUMBER.fullmatch(number))), default=0) + 1


def title_of(text: str) -> str:
    """The first sentence of what he said, cut short; without marks of HTML.

    >>> title_of("变速箱异响，修了三次还响。你们管不管？")
    '变速箱异响，修了三次还响'
    """
    plain = " ".join(_TAG.sub(" ", text).split()) or " ".join(text.split())
    first = next((part.strip() for part in _END.split(plain) if part.strip()), plain)
    return first if len(first) <= TITLE else f"{first[: TITLE - 1]}…"


def check_amount(cents: int) -> None:
    if not 0 <= cents <= MOST_CENTS:
        raise Refused("complaint.amount", "金额请写 0 到 1 亿元。")


def above(total_cents: int, limit_cents: int | None) -> bool:
    """Whether a complaint's compensation, added up, is more than a role may give. None: without limit."""
    return limit_cents is not None and total_cents > limit_cents


def on_the_spot(due_on: date, today: date, given_cents: int, amount_cents: int, limit_cents: int | None) -> bool:
    """Whether `check_on_the_spot` would take it."""
    return due_on == today and not (amount_cents and above(given_cents + amount_cents, limit_cents))


def check_on_the_spot(due_on: date, today: date, given_cents: int, amount_cents: int, limit_cents: int | None) -> None:
    """What may be said to be done there and then: dated today, and what it costs, with what was `given` on this complaint already, is
    within the role's own limit."""
    if due_on != today:
        raise Refused(
            "complaint.spot_day",
            "“当场办了”只用于日子是今天的；这一件写的是 %(day)s，请点“客户点头了”记成承诺，或者收回重拟。",
            day=due_on.isoformat(),
        )
    if limit_cents is not None and not on_the_spot(due_on, today, given_cents, amount_cents, limit_cents):
        raise Refused(
            "complaint.spot_limit",
            "“当场办了”的补偿加起来要在您的权限 %(limit)s 以内；超过的，批了以后点“客户点头了”记成承诺。",
            limit=format_cents(limit_cents),
        )


@dataclass(frozen=True)
class Facts:
    """What closing looks at, counted: open steps, agreements nobody settled, open promises, needs and classifications nobody judged."""

    steps: int = 0
    axes: int = 0
    pending: int = 0
    promises: int = 0
    needs: int = 0
    told: bool = True
    asked: bool = True
    satisfied: bool = True
    cause: bool = True
    decided: bool = True
    crisis: bool = False


@dataclass(frozen=True)
class Lack:
    """One thing that keeps a complaint open. `message` is a Chinese template with %(n)s; doors translate it."""

    code: str
    message: str
    n: int = 0

    def __str__(self) -> str:
        return self.message % {"n": self.n}


def lacking(facts: Facts) -> list[Lack]:
    """What still keeps it from closing, in the order of doing; nothing where it may be closed."""
    found = [
        Lack("axes", N_("还有 %(n)s 种分类没确认"), facts.axes) if facts.axes else None,
        Lack("pending", N_("还有 %(n)s 件办法没谈定"), facts.pending) if facts.pending else None,
        None if facts.told else Lack("told", N_("方案还没告诉客户")),
        Lack("promises", N_("还有 %(n)s 件答应的事没办完"), facts.promises) if facts.promises else None,
        None if facts.asked else Lack("call_back", N_("还没回访")),
        None if facts.satisfied or not facts.asked else Lack("satisfied", N_("客户还不满意")),
        Lack("needs", N_("还有 %(n)s 条诉求没判断满足没有"), facts.needs) if facts.needs else None,
        None if facts.cause else Lack("cause", N_("还没写明原因")),
        None if facts.decided else Lack("decided", N_("还没定改进还是不改进")),
        Lack("crisis", N_("危机还没解除")) if facts.crisis else None,
        Lack("steps", N_("还有 %(n)s 步没打勾"), facts.steps) if facts.steps else None,
    ]
    return [each for each in found if each is not None]
