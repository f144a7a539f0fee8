"""Customer meetings: written down once, a contact on the card of everybody who came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.interactions import actions as interactions
from liuke.interactions.labels import Outcome, Way
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.visits.models import Meeting, MeetingGuest

MOST_GUESTS = 60
NOON = time(12)


@dataclass(frozen=True)
class Guest:
    """One customer at a meeting: who came for him ("" himself), what they said ("" what was said to all)."""

    customer: int
    who: str = ""
    said: str = ""


@transaction.atomic
def hold(actor: User, on: date, topic: str, guests: Sequence[Guest], *, place: str = "", said: str = "") -> Meeting:
    """Write down a meeting that was held, and with it a contact for everybody who came. `undo` takes it all back.

    A meeting is one that customers came to of their own will: it uses nobody's contact budget. Refuses a day to come, no topic, nothing
    said, nobody there, a customer twice; raises Customer.DoesNotExist for one out of sight.
    """
    require(actor, "visit.plan")
    if on > clock.today(settings.TIME_ZONE):
        raise Refused("meeting.future", "还没开的会，开完再记。")
    title, words = clean(topic, 100), clean(said, 2000, lines=True)
    if not title:
        raise Refused("meeting.topic", "请写会议的主题。")
    if not guests:
        raise Refused("meeting.nobody", "请选来了哪些客户。")
    if len(guests) > MOST_GUESTS:
        raise Refused("meeting.many", "一次最多记 %(n)s 位客户。", n=MOST_GUESTS)
    ids = [guest.customer for guest in guests]
    if len(set(ids)) != len(ids):
        raise Refused("meeting.twice", "同一位客户写了两次。")
    if not words and not all(guest.said.strip() for guest in guests):
        raise Refused("meeting.said", "请写说了什么。")
    if actor.unit is None:
        raise Refused("meeting.unit", "您没有所属的门店，不能记会议。")
    lock_cards(ids)
    if Customer.objects.visible_to(actor).filter(pk__in=ids).count() != len(ids):
        raise Customer.DoesNotExist
    meeting = Meeting.objects.create(unit=actor.unit, on=on, place=clean(place, 100), topic=title, said=words, by=actor)
    rows = []
    for guest in guests:
        told = clean(guest.said, 2000, lines=True)
        summary = gettext("客户会议“%(topic)s”：%(said)s") % {"topic": title, "said": told or words}
        contact = interactions.record(
            actor, guest.customer, Way.MEETING, Outcome.REACHED, summary[: interactions.LONGEST], two_way=True, asked=True, at=_moment(on)
        )
        rows.append(MeetingGuest(meeting=meeting, customer_id=guest.customer, who=clean(guest.who, 100), said=told, interaction=contact))
    MeetingGuest.objects.bulk_create(rows)
    record(actor, "meeting.hold", meeting, customers=len(rows), on=on)
    return meeting


def _moment(on: date) -> datetime:
    """Noon of the day; now, while that is still to come."""
    noon = datetime.combine(on, NOON, tzinfo=timezone.get_default_timezone())
    return min(noon, timezone.now())


@transaction.atomic
def undo(actor: User, meeting_id: int) -> Meeting:
    """Take a meeting back, and every contact it wrote. Refuses twice; raises Meeting.DoesNotExist for somebody else's."""
    require(actor, "visit.plan")
    meeting = Meeting.objects.get(pk=meeting_id, by=actor)
    if not Meeting.objects.filter(pk=meeting.pk, undone_at__isnull=True).update(undone_at=timezone.now()):
        raise Refused("meeting.undone", "这次会议已经撤销过了。")
    guests = MeetingGuest.objects.filter(meeting=meeting, interaction__undone_at__isnull=True, interaction__isnull=False)
    seen = guests.filter(customer__in=Customer.objects.visible_to(actor).values("pk"))
    for contact in seen.order_by("customer").values_list("interaction_id", flat=True):
        if contact is not None:
            interactions.undo(actor, contact)
    record(actor, "meeting.undo", meeting)
    meeting.refresh_from_db()
    return meeting
