"""A gathering that was, and one that is to come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from liuke.care import gatherings
from liuke.care.models import Gathering, Guest
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event
from liuke.team.models import Unit, User

NOT_THERE, ASKED, OWN = 14, 22, 3
COMING = "年末老客户茶话会"


def write_gathering(today: date, random: Random) -> None:
    """The last company event as a gathering: who came is who has it on his card. Inside the caller's transaction."""
    last = Event.objects.filter(kind=EventKind.EVENT_ATTENDED, on__lt=today).order_by("-on", "pk").first()
    host = User.objects.filter(name="何静").first()
    root = Unit.objects.filter(parent=None).first()
    if last is None or host is None or root is None:
        return
    made = Gathering.objects.create(
        name=last.note, on=last.on, place="各店休息区", note="讲一讲冬天用车要看的几样，带孩子来的有热饮。", unit=root, by=host
    )
    came = list(Event.objects.filter(kind=EventKind.EVENT_ATTENDED, on=last.on, note=last.note).order_by("pk"))
    there = {event.customer_id for event in came}
    others = Customer.objects.filter(tier__in=("gold", "platinum"), do_not_contact=False, opened_on__lt=last.on).exclude(pk__in=there)
    at = _at(last.on, 15)
    guests = [
        Guest(gathering=made, customer_id=event.customer_id, by=host, came_at=at, came_by_id=event.by_id or host.pk, event=event.pk)
        for event in {event.customer_id: event for event in came}.values()
    ]
    away = list(others.order_by("pk").values_list("pk", flat=True)[:400])
    guests += [Guest(gathering=made, customer_id=pk, by=host) for pk in sorted(random.sample(away, min(NOT_THERE, len(away))))]
    Guest.objects.bulk_create(guests)
    Gathering.objects.filter(pk=made.pk).update(at=_at(last.on - timedelta(20), 10))
    Guest.objects.filter(gathering=made).update(at=_at(last.on - timedelta(12), 11))


def gather(today: date, say: Callable[[str], object]) -> None:
    """One that is to come, to which 何静 and 陈思远 have asked their people. Nothing where there is one already."""
    host = User.objects.filter(name="何静").first()
    siyuan = User.objects.filter(username="chensiyuan").first()
    if host is None or host.unit is None or siyuan is None or Gathering.objects.filter(name=COMING).exists():
        return
    on = today + timedelta(20)
    on += timedelta((5 - on.weekday()) % 7)
    made = gatherings.create(host, COMING, on, host.unit.pk, "滨江店二楼", "喝茶聊聊这一年，说说哪里做得不好，不谈生意。")
    region = Customer.objects.visible_to(host).filter(tier__in=("gold", "platinum"), kind="person", do_not_contact=False)
    gatherings.invite(host, made.pk, list(region.exclude(owner=siyuan).order_by("pk").values_list("pk", flat=True)[:ASKED]))
    own = Customer.objects.filter(owner=siyuan, tier="gold", kind="person", do_not_contact=False)
    gatherings.invite(siyuan, made.pk, list(own.order_by("pk").values_list("pk", flat=True)[:OWN]))
    say(f"备好一场联谊：{on.month}月{on.day}日{COMING}，请了 {made.guests.count()} 位。")


def _at(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour, 20), ZoneInfo(settings.TIME_ZONE))
