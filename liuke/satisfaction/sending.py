"""What was sent to whom, and who is reminded: so often (⚙), one reminder every so many days (⚙), while the wave runs."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from liuke.audit.actions import record
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.notices.actions import tell_each
from liuke.packs.survey import Surveys
from liuke.satisfaction.answering import refuse_closed
from liuke.satisfaction.models import Invitation, Wave
from liuke.satisfaction.population import PURPOSE
from liuke.satisfaction.waves import people_page, refuse_unwilling
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack
from liuke.work.wishes import refusing


def remind_from(row: Invitation, numbers: Surveys) -> date | None:
    """The first day of his next reminder; None where nothing was sent yet, or he was reminded as often as may be."""
    if row.sent_at is None or row.reminded >= numbers.reminders:
        return None
    return timezone.localdate(row.sent_at) + timedelta(numbers.remind_days * (row.reminded + 1))


def due(today: date, numbers: Surveys) -> Q:
    """Condition on invitations: nothing came back, and the day of the next reminder (`remind_from`) is there."""
    late = Q(pk__in=[])
    for times in range(numbers.reminders):
        sent_by = today - timedelta(numbers.remind_days * (times + 1))
        late |= Q(reminded=times, sent_at__lt=clock.start_of(sent_by + timedelta(1), settings.TIME_ZONE))
    return late & Q(answered_at__isnull=True, customer__do_not_contact=False)


@transaction.atomic
def sent(actor: User, pk: int) -> Invitation:
    """The link went out. Twice is once. Refuses survey.answered, survey.early, survey.over, survey.alone, survey.consent; raises
    Invitation.DoesNotExist."""
    require(actor, "survey.ask")
    row = _asked_still(actor, pk)
    if Invitation.objects.filter(pk=pk, sent_at__isnull=True).update(sent_at=timezone.now(), sent_by=actor):
        record(actor, "survey.sent", row.customer, wave=row.wave_id)
    return row


@transaction.atomic
def unsent(actor: User, pk: int) -> Invitation:
    """Undo `sent`."""
    require(actor, "survey.ask")
    row = _unanswered(actor, pk)
    if not Invitation.objects.filter(pk=pk, sent_at__isnull=False, reminded=0).update(sent_at=None, sent_by=None):
        raise Refused("survey.not_sent", "还没记过发出，或者已经提醒过了。")
    record(actor, "survey.unsent", row.customer, wave=row.wave_id)
    return row


@transaction.atomic
def reminded(actor: User, pk: int) -> Invitation:
    """He was reminded once more. Refuses as `sent`, and survey.not_sent, survey.reminded beyond the number of times (⚙),
    survey.remind_early before its day."""
    require(actor, "survey.ask")
    row, numbers, today = _asked_still(actor, pk), pack().surveys, clock.today()
    waiting = Invitation.objects.filter(due(today, numbers), pk=pk).values("pk")
    # The number of times stands in the row's own condition: of two at once the second has to wait for the next day.
    if not Invitation.objects.filter(pk__in=waiting, reminded=row.reminded).update(reminded=F("reminded") + 1):
        row.refresh_from_db(fields=["sent_at", "reminded"])
        if row.sent_at is None:
            raise Refused("survey.not_sent", "还没记过发出，先发了再提醒。")
        begins = remind_from(row, numbers)
        if begins is None:
            raise Refused("survey.reminded", "最多提醒 %(n)s 次，不再催了。", n=numbers.reminders)
        raise Refused("survey.remind_early", "别催太紧，%(day)s起再提醒。", day=begins)
    record(actor, "survey.reminded", row.customer, wave=row.wave_id)
    return row


@transaction.atomic
def not_reminded(actor: User, pk: int) -> Invitation:
    """Undo `reminded`."""
    require(actor, "survey.ask")
    row = _unanswered(actor, pk)
    if not Invitation.objects.filter(pk=pk, reminded__gt=0).update(reminded=F("reminded") - 1):
        raise Refused("survey.not_reminded", "没有记过提醒。")
    record(actor, "survey.not_reminded", row.customer, wave=row.wave_id)
    return row


def _unanswered(actor: User, pk: int) -> Invitation:
    row = Invitation.objects.visible_to(actor).select_related("wave", "customer").get(pk=pk)
    if row.answered_at is not None:
        raise Refused("survey.answered", "他已经答过了。")
    return row


def _asked_still(actor: User, pk: int) -> Invitation:
    """One who may be written to now: the wave runs, he has not answered, and does not want to be left alone."""
    row = _unanswered(actor, pk)
    refuse_closed(row.wave)
    refuse_unwilling(row.customer)
    return row


def due_for_reminder(today: date) -> dict[int, dict[int, int]]:
    """Wave → keeper of the customers → how many have not answered and may be reminded."""
    rows = Invitation.objects.filter(due(today, pack().surveys), wave__in=Wave.objects.running(today), customer__owner__is_active=True)
    told = list(rows.values_list("wave_id", "customer__owner_id", "customer_id"))
    unwilling = {pk for some in batches([customer for _, _, customer in told]) for pk in refusing(PURPOSE, some)}
    found: dict[int, Counter[int]] = {}
    for wave, owner, customer in told:
        if customer not in unwilling:
            found.setdefault(wave, Counter())[owner] += 1
    return {wave: dict(counts) for wave, counts in found.items()}


def tell_reminders(today: date) -> int:
    """Word to whoever keeps customers that may be reminded today. How many people were told."""
    told = 0
    waiting = due_for_reminder(today)
    for wave in Wave.objects.filter(pk__in=waiting).order_by("pk"):
        said = {user: {"name": wave.name, "n": count} for user, count in waiting[wave.pk].items()}
        told += tell_each(said, "survey.remind", link=f"{people_page(wave)}?show=remind", about=f"satisfaction.remind:{wave.pk}")
    return told
