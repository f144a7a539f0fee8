"""What the operations centre and the administrator have set up: playbooks of the company's own, a day off, a way out of the house."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from liuke.kernel.workdays import works
from liuke.notify.actions import Wanted, add_channel, switch
from liuke.notify.labels import ChannelKind
from liuke.packs import Playbook
from liuke.playbooks.actions import add_playbook, save_playbook, switch_playbook
from liuke.playbooks.models import PlaybookVersion
from liuke.playbooks.queries import pack
from liuke.playbooks.rules import body_of
from liuke.team.calendar import set_day
from liuke.team.labels import Role
from liuke.team.models import Unit, User

EDITED, OFF, MODEL = "second_visit", "door_open", "tier_raised"
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-0000-0000-0000-000000000000"
"""A robot of no group: the channel is off."""


def set_up(today: date) -> None:
    """One playbook edited twice, one of the company's own, one switched off; a company outing; a robot that is off. Inside the caller's
    transaction, before the day's work is planned."""
    analyst = User.objects.filter(role=Role.ANALYST, name="许文涛").first()
    admin = User.objects.filter(role=Role.ADMIN).order_by("pk").first()
    if analyst is None or admin is None:
        return
    body = body_of(pack().playbook(EDITED))
    body["steps"][1]["say"] = {
        "zh": "换季了，给您留了一次免费检查，哪天方便告诉我。",
        "en": "The season is changing. I kept a free check for you, just name a day.",
    }
    _dated(save_playbook(analyst, EDITED, body, why="第二步原来太硬，换成换季检查"), today - timedelta(47))
    body = body_of(pack().playbook(EDITED))
    body["steps"][1]["day"] = 7
    _dated(save_playbook(analyst, EDITED, body, why="5 天太急，几家店都说改成 7 天"), today - timedelta(19))
    _dated(add_playbook(analyst, _own(pack().playbook(MODEL)), why="升级的客户想听人说一声，不只是收条微信"), today - timedelta(33))
    _dated(switch_playbook(analyst, OFF, True, why="先停一季：十月有两位说一年一次也嫌多"), today - timedelta(12))
    day = today + timedelta(24)
    while not works(day):
        day += timedelta(1)
    set_day(admin, day, False, "公司年会")
    region = Unit.objects.filter(name="华东区").first()
    made = add_channel(admin, ChannelKind.WECOM, Wanted("华东区主管群", ROBOT, unit=region))
    switch(admin, made.pk, False)


def _own(model: Playbook) -> dict[str, object]:
    """A playbook for who has just risen: a call first, the message after it."""
    body = body_of(model)
    for name in ("key", "version", "stages"):
        body.pop(name, None)
    said = {
        "zh": "您的会员升级了，专门打个电话跟您说一声，谢谢您。",
        "en": "Your tier was raised, and I call to tell you so and to thank you.",
    }
    return {
        **body,
        "name": {"zh": "升级了，打个电话", "en": "A call when the tier rises"},
        "signals": [MODEL],
        "steps": [{"day": 0, "channel": "phone", "minutes": 5, "say": said}, *[{**step, "day": 3} for step in body["steps"]]],
    }


def _dated(version: PlaybookVersion, on: date) -> None:
    PlaybookVersion.objects.filter(pk=version.pk).update(at=datetime.combine(on, time(16, 12), ZoneInfo(settings.TIME_ZONE)))
