"""Messages leave the house: each at least once, as a rule once.

A message is claimed by a conditional update (two senders never hold the same one), handed to its channel outside any transaction, and
marked. One that was taken is never sent again. If the machine dies between the other side's yes and the mark, the message is sent once
more after LEASE: no robot takes a number by which it would know the same message. The same holds where the answer does not come in time.

Every channel has a thread of its own that touches no database, and the turn ends after TURN seconds whatever they do; a channel that fails
is left alone for a while, so that one that hangs holds up nobody, itself included.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from liuke.kernel.seal import Unreadable
from liuke.notify import mail
from liuke.notify.labels import ChannelKind, DeliveryState
from liuke.notify.message import Message, fault_in, sheet
from liuke.notify.models import Channel, Delivery
from liuke.notify.post import TOTAL, Fault, post
from liuke.notify.rules import LEASE, STALE, clock_time, in_quiet_hours, rest_after, wait_after
from liuke.team.queries import pack

log = logging.getLogger(__name__)
TURN = 10.0
MOST = {ChannelKind.MAIL: 100}
MOST_TO_GROUP = 10  # 企业微信 and 钉钉 take 20 a minute
FOR_GOOD = ("mail_recipient", "no_address")
"""Faults that no second try mends; they are the message's own, not the channel's."""
_LUCK = random.SystemRandom()


@dataclass(frozen=True)
class Job:
    """One claimed message with all its channel needs, read from the database before."""

    pk: int
    message: Message
    to: str = ""


@dataclass(frozen=True)
class Line:
    """One channel's jobs of this turn."""

    channel: int
    kind: str
    url: str
    secret: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class Done:
    """How many went, and how many did not."""

    sent: int = 0
    failed: int = 0


Told = tuple[int, Fault | None]


def send_due(now: datetime | None = None, *, turn: float = TURN) -> Done:
    """Send what is due. Ends within about `turn` seconds."""
    when = now or timezone.now()
    _recover(when)
    token = uuid.uuid4().hex
    lines = _claim(when, token)
    if not lines:
        return Done()
    told: queue.Queue[Told | int] = queue.Queue()
    end = perf_counter() + turn
    for line in lines:
        threading.Thread(target=_work_off, args=(line, told, end), name=f"notify-{line.channel}", daemon=True).start()
    results = _gather(lines, told, end)
    return _write(lines, results, token, when)


def _recover(now: datetime) -> None:
    """What a dead sender held waits again; what is a day old is given up."""
    dead = Delivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=now - LEASE)
    dead.update(state=DeliveryState.WAITING, claimed_by="", next_at=now, error="lost", number="")
    old = Delivery.objects.filter(state=DeliveryState.WAITING, made_at__lt=now - STALE)
    old.filter(error="").update(error="stale")
    old.update(state=DeliveryState.GIVEN_UP)


def _claim(now: datetime, token: str) -> list[Line]:
    """Take what is due of the channels that are on and not resting, a handful of each."""
    telling = pack().telling
    at = timezone.localtime(now).time()
    due = Delivery.objects.filter(state=DeliveryState.WAITING, next_at__lte=now, channel__on=True)
    due = due.exclude(channel__rest_until__gt=now)
    if in_quiet_hours(at, clock_time(telling.quiet_from), clock_time(telling.quiet_to)):
        due = due.filter(any_hour=True)
    wanted: dict[int, list[int]] = defaultdict(list)
    for pk, channel, kind in due.order_by("next_at", "pk").values_list("pk", "channel_id", "channel__kind")[:1000]:
        if len(wanted[channel]) < MOST.get(ChannelKind(kind), MOST_TO_GROUP):
            wanted[channel].append(pk)
    ids = [pk for some in wanted.values() for pk in some]
    if not ids:
        return []
    free = Delivery.objects.filter(pk__in=ids, state=DeliveryState.WAITING, next_at__lte=now)
    free.update(state=DeliveryState.SENDING, claimed_by=token, claimed_at=now, tries=F("tries") + 1)
    mine = Delivery.objects.filter(claimed_by=token, state=DeliveryState.SENDING).select_related("user").order_by("next_at", "pk")
    by_channel: dict[int, list[Job]] = defaultdict(list)
    for one in mine:
        to = one.user.email if one.user is not None and one.user.is_active else ""
        by_channel[one.channel_id].append(Job(one.pk, _message(one), to))
    return [_line(pk, tuple(jobs)) for pk, jobs in by_channel.items()]


def _line(channel: int, jobs: tuple[Job, ...]) -> Line:
    try:
        way = Channel.objects.get(pk=channel)
    except Unreadable:
        return Line(channel, "", "", "", jobs)
    return Line(way.pk, way.kind, way.url, way.secret, jobs)


def _message(one: Delivery) -> Message:
    with translation.override(settings.LANGUAGE_CODE):
        link = f"{settings.SITE_URL}{one.link}" if settings.SITE_URL and one.link else ""
        return Message(one.title, one.lines, link, _("打开留客"))


# ── in the channel's thread: no database ─────────────────────────────────────


def _work_off(line: Line, told: queue.Queue[Told | int], end: float) -> None:
    """Send the jobs one after another, until one fails through the channel's fault or the time is over; then say that this was all."""
    way = _Way(line, end)
    try:
        for job in line.jobs:
            if perf_counter() >= end:
                break
            try:
                way.send(job)
            except Fault as fault:
                told.put((job.pk, fault))
                if fault.code not in FOR_GOOD:
                    break
            except Exception:
                # Neither address nor key is in the message of the log: what was raised may hold them.
                log.error("sending by channel %s failed unexpectedly", line.channel)
                told.put((job.pk, Fault("error")))
                break
            else:
                told.put((job.pk, None))
    finally:
        told.put(line.channel)
        way.close()


class _Way:
    """One channel's way out for one turn; a mail server is opened once."""

    def __init__(self, line: Line, end: float) -> None:
        self.line, self.end = line, end
        self.link: Any = None

    def send(self, job: Job) -> None:
        """Raises Fault."""
        line = self.line
        if not line.kind:
            raise Fault("unreadable")
        if line.kind == ChannelKind.MAIL:
            if not job.to:
                raise Fault("no_address")
            self.link = self.link or mail.opened()
            mail.send(self.link, job.message, job.to)
            return
        made = sheet(line.kind, job.message, line.url, line.secret, time.time())
        answer = post(made.url, made.body, inside=settings.WEBHOOK_HOSTS, total=max(min(TOTAL, self.end - perf_counter()), 0.05))
        code, number = fault_in(answer)
        if code:
            raise Fault(code, number)

    def close(self) -> None:
        if self.link is not None:
            mail.close(self.link)


# ── what came of it ──────────────────────────────────────────────────────────


def _gather(lines: list[Line], told: queue.Queue[Told | int], end: float) -> dict[int, Fault | None]:
    """What the threads said until all were through, or the time was over: what is in the air then counts as too late."""
    results: dict[int, Fault | None] = {}
    running = {line.channel for line in lines}
    while running:
        try:
            said = told.get(timeout=max(end + 0.5 - perf_counter(), 0.01))
        except queue.Empty:
            break
        if isinstance(said, int):
            running.discard(said)
        else:
            results[said[0]] = said[1]
    for line in lines:
        waiting = [job.pk for job in line.jobs if job.pk not in results]
        if line.channel in running and waiting:
            results[waiting[0]] = Fault("timeout")
    return results


def _write(lines: list[Line], results: dict[int, Fault | None], token: str, now: datetime) -> Done:
    """Mark what went, put off what did not, let go of what was not tried, and let the channels that failed rest."""
    held = Delivery.objects.filter(state=DeliveryState.SENDING, claimed_by=token)
    sent = [pk for pk, fault in results.items() if fault is None]
    held.filter(pk__in=sent).update(state=DeliveryState.SENT, sent_at=now, claimed_by="", error="", number="")
    tries = dict(held.filter(pk__in=results).values_list("pk", "tries"))
    most = pack().telling.tries
    for pk, fault in results.items():
        if fault is None or pk not in tries:
            continue
        over = fault.code in FOR_GOOD or tries[pk] >= most
        later: dict[str, Any] = {"state": DeliveryState.GIVEN_UP} if over else {
            "state": DeliveryState.WAITING, "next_at": now + wait_after(tries[pk], _LUCK.random())
        }  # fmt: skip
        held.filter(pk=pk).update(**later, claimed_by="", error=fault.code, number=fault.number[:20])
    held.exclude(pk__in=results).update(state=DeliveryState.WAITING, claimed_by="", tries=F("tries") - 1)
    for line in lines:
        own = [results[job.pk] for job in line.jobs if job.pk in results]
        faults = [fault for fault in own if fault is not None and fault.code not in FOR_GOOD]
        way = Channel.objects.filter(pk=line.channel)
        if faults:
            way.update(failures=F("failures") + 1)
            way.update(rest_until=now + rest_after(way.values_list("failures", flat=True)[0]))
        elif None in own:
            way.exclude(failures=0, rest_until=None).update(failures=0, rest_until=None)
    return Done(len(sent), len(results) - len(sent))
