"""The morning of the day that is looked at: whose day it is, who is to be called again, what went up; and what has been done since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from liuke.care import nightly
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.work import next_contact, offers
from liuke.work.actions import finish, reassign
from liuke.work.labels import TaskKind
from liuke.work.models import OfferRequest, Result, Task
from liuke.work.raising import raise_overdue

GREETED = (
    ("reached", "很高兴，说谢谢我们记得。"),
    ("reached", "道了谢，聊了两句家里的事。"),
    ("not_reached", ""),
    ("reached", "回了谢谢，让我代问师傅好。"),
)
DONE_BY = ("linqian", "chensiyuan", "zhouqianwen")
ASKS = (("chensiyuan", 35_000, "全车检查加四轮定位，一起免"), ("zhouqianwen", 30_000, "空调清洗免费做一次"))
YES = "hejing"


def begin_day(today: date, say: Callable[[str], object]) -> None:
    """Care, next contacts and what is overdue, as every night does it. Twice is no harm."""
    cared = nightly.run(today)
    kept = next_contact.keep(today)
    raised = raise_overdue(today)
    if cared.made or kept.reminded or raised:
        say(f"排好今天的关怀 {cared.made} 件、下次联系 {kept.reminded} 件；{raised} 件过了日子没做，报给了主管。")


def spend_morning(today: date, say: Callable[[str], object]) -> None:
    """A few greetings have been done, something was asked for and agreed to. Nothing where somebody has begun the day."""
    if OfferRequest.objects.exists() or Result.objects.filter(task__kind=TaskKind.CARE).exists():
        return
    now, done = timezone.now(), 0
    with transaction.atomic():
        for name in DONE_BY:
            actor = User.objects.filter(username=name).first()
            if actor is None:
                continue
            mine = Task.objects.open().filter(kind=TaskKind.CARE, assignee=actor, due_on__lte=today).order_by("pk")
            done += sum(_greet(actor, task, *GREETED[at], now) for at, task in enumerate(mine[: len(GREETED) - 1]))
        for name, cents, text in ASKS:
            _ask(name, cents, text)
        _give()
    say(f"今天已经问候了 {done} 位。")


def _greet(actor: User, task: Task, outcome: str, note: str, now: datetime) -> bool:
    try:
        finish(actor, task.pk, outcome, note=note, now=now)
    except Refused:  # his contacts of the month are used up: it stays on the list
        return False
    return True


def _ask(name: str, cents: int, text: str) -> None:
    """More than one may give by oneself; the second to ask has had his answer."""
    actor, boss = User.objects.filter(username=name).first(), User.objects.filter(username=YES).first()
    if actor is None or boss is None:
        return
    mine = Task.objects.open().filter(
        assignee=actor, kind=TaskKind.PLAYBOOK, playbook__in=("way_back", "overdue_visit"), customer__kind="person"
    )
    task = mine.order_by("-value_at_risk_cents", "pk").first()
    if task is None:
        return
    made = offers.ask(actor, task.pk, cents, text)
    if name == ASKS[1][0]:
        offers.decide(boss, made.pk, True)


def _give() -> None:
    """A call of the service desk's to one of 陈思远's customers is his now: he asked for it."""
    boss, to = User.objects.filter(username=YES).first(), User.objects.filter(username="chensiyuan").first()
    theirs = Task.objects.open().filter(assignee__username="linqian", kind=TaskKind.PLAYBOOK, must=False, customer__owner=to)
    task = theirs.order_by("-value_at_risk_cents", "pk").first()
    if boss is not None and to is not None and task is not None:
        reassign(boss, [task.pk], to.pk)
