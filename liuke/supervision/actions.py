"""Verbs of supervision: draw the cards of a week, tick them with a word to their owner, go over a day; each can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.models import Customer, FieldChange, erased
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import tell
from liuke.supervision.models import CardReview, Debrief, ReviewedCard
from liuke.supervision.queries import OWNERS, WORKERS
from liuke.supervision.rules import FIRST_LOOK, REMARK, check_day, draw, week_of
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import colleagues
from liuke.team.queries import pack as current_pack


@transaction.atomic
def start_review(actor: User, owner_id: int, *, today: date | None = None) -> CardReview:
    """Draw this week's cards of a salesperson: changed since his last review, by lot. A second time it is the same review.

    Raises User.DoesNotExist for who is out of sight, keeps no cards, or is the actor himself.
    """
    require(actor, "supervision.read")
    owner = _person(actor, owner_id, OWNERS)
    day = today or _today()
    week = week_of(day)
    last = CardReview.objects.filter(owner=owner, closed_at__isnull=False, week__lt=week).order_by("-week").first()
    since = last.week if last else day - timedelta(FIRST_LOOK)
    made, new = CardReview.objects.get_or_create(owner=owner, week=week, defaults={"by": actor, "since": since})
    if new:
        mine = Customer.objects.visible_to(actor).filter(owner=owner).exclude(erased())
        changes = FieldChange.objects.filter(customer__in=mine.values("pk"), at__gte=clock.start_of(since, settings.TIME_ZONE)).order_by()
        changed = dict(changes.values_list("customer").annotate(n=Count("pk")))
        ids = mine.order_by().values_list("pk", flat=True)
        drawn = draw(changed, ids, current_pack().supervision.review_cards, f"{week.isoformat()}:{owner.pk}")
        ReviewedCard.objects.bulk_create(ReviewedCard(review=made, customer_id=card, changes=n) for card, n in drawn)
        if not drawn:
            CardReview.objects.filter(pk=made.pk).update(closed_at=timezone.now())
        record(actor, "review.start", owner, week=week, customers=len(drawn))
    return made


@transaction.atomic
def tick_card(actor: User, card_id: int, remark: str = "") -> ReviewedCard:
    """One card of a review was looked through; a remark goes to its owner. The last one closes the review. Refuses one that is ticked."""
    require(actor, "supervision.read")
    found = _card(actor, card_id)
    words = clean(remark, REMARK)
    waiting = ReviewedCard.objects.filter(pk=found.pk, seen_at__isnull=True)
    if not waiting.update(seen_at=timezone.now(), seen_by=actor, remark=words, heard_at=None):
        raise Refused("review.seen", "这张卡刚才已经看过了。")
    if not ReviewedCard.objects.filter(review=found.review, seen_at__isnull=True).exists():
        CardReview.objects.filter(pk=found.review_id).update(closed_at=timezone.now())
    if words and found.customer.owner_id is not None:
        slots = {"who": actor.name, "customer": found.customer.name}
        link = f"/customers/{found.customer_id}/#remarks"
        tell([found.customer.owner_id], "supervision.remark", slots=slots, link=link, customer=found.customer_id)
    record(actor, "review.tick", found.customer, review=found.review_id)
    found.refresh_from_db()
    return found


@transaction.atomic
def untick_card(actor: User, card_id: int) -> ReviewedCard:
    """Take one's own tick back, with its remark. Refuses one that is not ticked, somebody else's, and a remark its owner has seen."""
    require(actor, "supervision.read")
    found = _card(actor, card_id)
    if found.heard_at is not None:
        raise Refused("review.heard", "业务员已经看到这句话了，撤不回来。")
    mine = ReviewedCard.objects.filter(pk=found.pk, seen_by=actor, heard_at__isnull=True)
    if not mine.update(seen_at=None, seen_by=None, remark=""):
        raise Refused("review.not_seen", "这张卡不是您看的，或者还没看。")
    CardReview.objects.filter(pk=found.review_id).update(closed_at=None)
    record(actor, "review.untick", found.customer, review=found.review_id)
    found.refresh_from_db()
    return found


@transaction.atomic
def hear(actor: User, card_id: int) -> ReviewedCard:
    """The owner has read what was said of his card. Raises ReviewedCard.DoesNotExist for anybody else's; refuses twice."""
    found = ReviewedCard.objects.visible_to(actor).select_related("customer").get(pk=card_id, customer__owner=actor)
    if not ReviewedCard.objects.unheard().filter(pk=found.pk).update(heard_at=timezone.now()):
        raise Refused("review.nothing", "没有没看过的话。")
    record(actor, "review.heard", found.customer, review=found.review_id)
    found.refresh_from_db()
    return found


@transaction.atomic
def debrief(actor: User, person_id: int, day: date, remark: str = "", *, today: date | None = None) -> Debrief:
    """A day's results were gone over with a member of staff. Refuses a day that is not over or too far back, and twice."""
    require(actor, "supervision.read")
    person = _person(actor, person_id, WORKERS)
    check_day(day, today or _today())
    words = clean(remark, REMARK)
    try:
        with transaction.atomic():
            made = Debrief.objects.create(person=person, day=day, by=actor, remark=words)
    except IntegrityError:
        raise Refused("debrief.done", "这一天已经过了。") from None
    if words:
        tell([person.pk], "supervision.debrief", slots={"who": actor.name, "day": day.isoformat()}, link=f"/debriefs/{made.pk}/")
    record(actor, "debrief.tick", person, day=day)
    return made


@transaction.atomic
def undo_debrief(actor: User, debrief_id: int) -> Debrief:
    """Take one's own back; the row stays, marked. Refuses twice; raises Debrief.DoesNotExist for somebody else's."""
    require(actor, "supervision.read")
    found = Debrief.objects.select_related("person").get(pk=debrief_id, by=actor)
    if not Debrief.objects.standing().filter(pk=found.pk).update(undone_at=timezone.now()):
        raise Refused("debrief.undone", "已经撤销过了。")
    record(actor, "debrief.undo", found.person, day=found.day)
    return found


def _person(actor: User, person_id: int, roles: frozenset[str]) -> User:
    return colleagues(actor).filter(role__in=roles).exclude(pk=actor.pk).get(pk=person_id)


def _card(actor: User, card_id: int) -> ReviewedCard:
    """A card of a review of who is in sight. Raises ReviewedCard.DoesNotExist."""
    seen = ReviewedCard.objects.visible_to(actor).filter(review__owner__in=colleagues(actor)).exclude(review__owner=actor)
    return seen.select_related("customer", "review").get(pk=card_id)


def _today() -> date:
    return clock.today(settings.TIME_ZONE)
