"""Verbs of the administrator: the ways out of the house, a try, and once more what did not go."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notify import mail
from liuke.notify.labels import ChannelKind, DeliveryKind, DeliveryState
from liuke.notify.models import Channel, Delivery
from liuke.notify.rules import LONGEST_SECRET, check_url, host_of
from liuke.team.models import Unit, User
from liuke.team.permissions import require

PERMISSION = "notify.manage"
KEPT_DAYS = 90


@dataclass(frozen=True)
class Wanted:
    """A channel as it is asked for. An empty `url` or `secret` leaves what is there."""

    name: str
    url: str = ""
    secret: str = ""
    unit: Unit | None = None
    urgent: bool = True
    digest: bool = True
    letter: bool = False
    no_secret: bool = False


@transaction.atomic
def add_channel(actor: User, kind: str, wanted: Wanted) -> Channel:
    """A new way out. Refuses: no such kind, no name, a wrong address, a second mail, mail without a server, permission."""
    require(actor, PERMISSION)
    if kind not in ChannelKind.values:
        raise Refused("channel.kind", "请选发到哪里。")
    if kind == ChannelKind.MAIL:
        if not mail.ready():
            raise Refused("channel.no_server", "还没有设邮件服务器，请先设 LIUKE_SMTP_URL。")
        if Channel.objects.select_for_update().filter(kind=ChannelKind.MAIL).exists():
            raise Refused("channel.mail_once", "电子邮件已经在名单里了。")
    made = Channel(kind=kind)
    _fill(made, wanted)
    made.save()
    record(actor, "channel.add", made, kind=kind, name=made.name)
    return made


@transaction.atomic
def change_channel(actor: User, channel_id: int, wanted: Wanted) -> Channel:
    """Another name, address, key, or what it is told. Refuses as `add_channel`; raises Channel.DoesNotExist."""
    require(actor, PERMISSION)
    made = Channel.objects.select_for_update().get(pk=channel_id)
    _fill(made, wanted)
    made.failures, made.rest_until = 0, None
    made.save()
    record(actor, "channel.change", made, name=made.name)
    return made


def _fill(made: Channel, wanted: Wanted) -> None:
    made.name = clean(wanted.name, 60)
    if not made.name:
        raise Refused("channel.name", "请写一个名字，例如“华东区主管群”。")
    if made.kind != ChannelKind.MAIL:
        if wanted.url.strip() or not made.url:
            made.url = check_url(made.kind, wanted.url, settings.WEBHOOK_HOSTS)
            made.host = host_of(made.url)
        if wanted.no_secret:
            made.secret = ""
        elif secret := wanted.secret.strip():
            if len(secret) > LONGEST_SECRET or not secret.isascii():
                raise Refused("channel.secret", "密钥不对，请整行复制过来。")
            made.secret = secret
        made.unit = wanted.unit
    made.urgent, made.digest, made.letter = wanted.urgent, wanted.digest, wanted.letter


@transaction.atomic
def switch(actor: User, channel_id: int, on: bool) -> Channel:
    """On or off; once more is no harm. What waits goes as soon as it is on, unless a day has gone by. Raises Channel.DoesNotExist."""
    require(actor, PERMISSION)
    made = Channel.objects.get(pk=channel_id)
    if Channel.objects.filter(pk=channel_id, on=not on).update(on=on, failures=0, rest_until=None):
        record(actor, "channel.on" if on else "channel.off", made, name=made.name)
    made.refresh_from_db()
    return made


@transaction.atomic
def test(actor: User, channel_id: int) -> Delivery:
    """A message that says it is a trial: it waits like any other, at whatever hour. To the actor's own address where it is mail.

    Refuses a channel that is off, and mail to who has no address. Raises Channel.DoesNotExist.
    """
    require(actor, PERMISSION)
    way = Channel.objects.get(pk=channel_id)
    if not way.on:
        raise Refused("channel.is_off", "这条渠道停着，先打开再试。")
    if way.kind == ChannelKind.MAIL and not actor.email:
        raise Refused("channel.own_address", "试发要发到您自己的邮箱，请先在“通知设置”里填上。")
    Channel.objects.filter(pk=way.pk).update(rest_until=None)
    with translation.override(settings.LANGUAGE_CODE):
        title, lines = gettext("留客：试发一条"), [gettext("看到这一条，说明发得出来。这里只发条数和同事的名字，客户资料不出门。")]
    now = timezone.now()
    made = Delivery.objects.create(
        channel=way, user=actor if way.kind == ChannelKind.MAIL else None, kind=DeliveryKind.TEST, key=f"test:{uuid.uuid4().hex}",
        title=title, lines=lines, link="/notices/", any_hour=True, made_at=now, next_at=now,
    )  # fmt: skip
    record(actor, "channel.test", way, name=way.name)
    return made


@transaction.atomic
def again(actor: User, delivery_id: int) -> Delivery:
    """Send once more what was given up. Refuses one that went, or still waits. Raises Delivery.DoesNotExist."""
    require(actor, PERMISSION)
    one = Delivery.objects.select_related("channel").get(pk=delivery_id)
    now = timezone.now()
    given_up = Delivery.objects.filter(pk=one.pk, state=DeliveryState.GIVEN_UP)
    if not given_up.update(state=DeliveryState.WAITING, tries=0, next_at=now, made_at=now, error="", number=""):
        raise Refused("delivery.not_given_up", "这一条已经发出去了，或者还在等着发。")
    Channel.objects.filter(pk=one.channel_id).update(rest_until=None)
    record(actor, "delivery.again", one.channel, name=one.channel.name)
    one.refresh_from_db()
    return one


def forget(now: datetime, days: int = KEPT_DAYS) -> int:
    """Drop messages of so many days ago. How many."""
    return Delivery.objects.filter(made_at__lt=now - timedelta(days=days)).delete()[0]
