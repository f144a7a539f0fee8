"""Taking an answer: by a link, from a store's code, by telephone. One each: the first counts, and nothing is stored of what is refused.

The way of a stranger is kept short, for five hundred may answer at once: one look, one short transaction of two statements. Facts on cards
and follow-ups are made from the answers afterwards (settling).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.packs.survey import Questionnaire
from liuke.satisfaction.labels import Via
from liuke.satisfaction.links import device_digest, digest_of, well_formed
from liuke.satisfaction.models import Answer, Invitation, OpenLink, Wave
from liuke.satisfaction.rules import Given, lows, read
from liuke.satisfaction.settling import settle_one
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack

Sent = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """Who stands behind a link: one customer's invitation, or a store's code."""

    wave: Wave
    invitation: Invitation | None = None
    link: OpenLink | None = None

    @property
    def form(self) -> Questionnaire:
        return self.wave.version.form

    @property
    def answered(self) -> bool:
        return self.invitation is not None and self.invitation.answered_at is not None


def asked(token: str) -> Asked | None:
    """Whom a link belongs to; None for one that was never given out. One query, two for a store's code."""
    if not well_formed(token):
        return None
    digest = digest_of(token)
    invitation = Invitation.objects.filter(digest=digest).select_related("wave__version", "unit").first()
    if invitation is not None:
        return Asked(invitation.wave, invitation=invitation)
    link = OpenLink.objects.filter(digest=digest).select_related("wave__version", "unit").first()
    return None if link is None else Asked(link.wave, link=link)


def refuse_closed(wave: Wave) -> None:
    """Refuses survey.early, survey.over."""
    today = timezone.localdate()
    if wave.opens_on > today:
        raise Refused("survey.early", "这份问卷还没开始。")
    if not wave.open_on(today):
        raise Refused("survey.over", "这次调查已经结束了。")


def answered_before(found: Asked, device: str) -> bool:
    """Whether this person, or this device, has answered already."""
    if found.link is None:
        return found.answered
    return bool(device) and Answer.objects.filter(link=found.link, device=device_digest(device)).exists()


def answer(found: Asked, sent: Sent, device: str = "") -> Answer:
    """Keep what somebody answered by a link; `device`: the cookie of a store's code.

    Refuses survey.early, survey.over, survey.answered, and what rules.read refuses.
    """
    refuse_closed(found.wave)
    given = read(found.form, sent)
    if found.invitation is not None:
        return _of_customer(found.wave, found.invitation, given, Via.LINK, None)
    assert found.link is not None
    return _of_device(found.wave, found.link, given, device)


def answer_by_phone(actor: User, invitation_id: int, sent: Sent) -> Answer:
    """What a member of staff read out and filled in for a customer in sight. Facts and follow-up come at once.

    What stands at a question that was jumped over is refused (answer.jumped): it was on the page all the same. Refuses as `answer`, and
    permission; raises Invitation.DoesNotExist.
    """
    require(actor, "survey.ask")
    found = Invitation.objects.visible_to(actor).select_related("wave__version", "unit").get(pk=invitation_id)
    refuse_closed(found.wave)
    given = read(found.wave.version.form, sent, strict=True)
    with transaction.atomic():
        made = _of_customer(found.wave, found, given, Via.PHONE, actor)
        record(actor, "survey.by_phone", found.customer, wave=found.wave_id, answer=made.pk)
        settle_one(made.pk)
    made.refresh_from_db(fields=["settled_at"])
    return made


def _of_customer(wave: Wave, invitation: Invitation, given: Given, via: str, by: User | None) -> Answer:
    now = timezone.now()
    with transaction.atomic():
        # All conditions stand in the row itself: of two at once the second, having waited for it, finds it answered.
        mine = Invitation.objects.filter(pk=invitation.pk, answered_at__isnull=True, wave__in=_still_open())
        if not mine.update(answered_at=now):
            _refuse_late(wave)
        return Answer.objects.create(
            wave=wave, invitation=invitation, unit_id=invitation.unit_id, grade=invitation.grade, via=via, by=by, **_kept(wave, given)
        )


def _of_device(wave: Wave, link: OpenLink, given: Given, device: str) -> Answer:
    if not device:
        raise Refused("survey.device", "请允许浏览器存小文件（Cookie），再打开一次。")
    try:
        with transaction.atomic():
            if not OpenLink.objects.filter(pk=link.pk, wave__in=_still_open()).exists():
                _refuse_late(wave)
            return Answer.objects.create(
                wave=wave, link=link, device=device_digest(device), unit_id=link.unit_id, via=Via.OPEN, **_kept(wave, given)
            )
    except IntegrityError:
        raise _already() from None


def _still_open() -> QuerySet[Wave]:
    return Wave.objects.running(timezone.localdate())


def _refuse_late(wave: Wave) -> None:
    """Somebody was faster: another answer, or the end of the wave."""
    wave.refresh_from_db(fields=["closed_at", "ends_on"])
    refuse_closed(wave)
    raise _already()


def _already() -> Refused:
    return Refused("survey.answered", "这份问卷已经答过了，先答的那一次算数。")


def _kept(wave: Wave, given: Given) -> dict[str, object]:
    now = timezone.now()
    low = bool(lows(wave.version.form, given.values, pack().surveys))
    return {"at": now, "on": timezone.localdate(now), "values": given.values, "texts": given.texts, "low": low}
