"""Somebody who knows a customer says how likely he is to leave, until when and why; later the outcome says who was nearer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from liuke.analytics.tables import OVERRIDES
from liuke.audit.actions import record
from liuke.customers.models import Customer, FactChange
from liuke.customers.queries import visible
from liuke.deals.mirror import among, day_number, fetch
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.kernel.clock import months_before
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.standing.models import LeaveOverride
from liuke.standing.queries import current_run, known_until, standings
from liuke.team.models import User
from liuke.team.permissions import require

LONGEST = 180
REASON_LENGTH = 200
MONTHS = 12


@transaction.atomic
def override(actor: User, customer_id: int, percent: int, reason: str, expires_on: date) -> LeaveOverride:
    """Say the probability of leaving, in whole per cent, from today until a day (inclusive). The newest word counts, alone.

    Refuses: a customer without a probability yet, a share outside 1–99, no reason, an end not 1–180 days ahead. Raises
    Customer.DoesNotExist for a card out of sight.
    """
    require(actor, "customer.edit")
    card = visible(actor, customer_id)
    row = standings(current_run()).filter(customer=card).first()
    if row is None or row.leave_share is None:
        raise Refused("override.nothing", "这位客户还没有流失概率，算过以后再改。")
    if not 1 <= percent <= 99:
        raise Refused("override.share", "概率请填 1 到 99 的整数。")
    why = clean(reason, REASON_LENGTH)
    if not why:
        raise Refused("override.reason", "请写理由：您知道什么。")
    today = clock.today(settings.TIME_ZONE)
    if not 1 <= (expires_on - today).days <= LONGEST:
        raise Refused("override.expires", "有效期请定在明天到 %(most)s 天之内。", most=LONGEST)
    said = LeaveOverride.objects.create(
        customer=card, share=percent / 100, model_share=row.model_share, reason=why, by=actor, on=today, expires_on=expires_on
    )
    FactChange.objects.create(customer=card)
    record(actor, "leave.override", card, override=said.pk, share=f"{percent}%", expires=expires_on)
    return said


@transaction.atomic
def withdraw_override(actor: User, override_id: int) -> LeaveOverride:
    """Take a word back: the one before it counts again if it still holds, else the model. Refuses one that is over or taken back.

    Raises LeaveOverride.DoesNotExist, or Customer.DoesNotExist for a card out of sight.
    """
    said = _reach(actor, override_id)
    if said.withdrawn_at is not None or said.expires_on < clock.today(settings.TIME_ZONE):
        raise Refused("override.over", "这条判断已经不算数了。")
    _turn(said, timezone.now())
    record(actor, "leave.override_withdraw", said.customer, override=said.pk)
    return said


@transaction.atomic
def restore_override(actor: User, override_id: int) -> LeaveOverride:
    """Undo of `withdraw_override`. Refuses one that was not taken back, or is over by now."""
    said = _reach(actor, override_id)
    if said.withdrawn_at is None or said.expires_on < clock.today(settings.TIME_ZONE):
        raise Refused("override.over", "这条判断已经不算数了。")
    _turn(said, None)
    record(actor, "leave.override_restore", said.customer, override=said.pk)
    return said


def _reach(actor: User, override_id: int) -> LeaveOverride:
    require(actor, "customer.edit")
    said = LeaveOverride.objects.select_for_update(of=("self",)).select_related("customer").get(pk=override_id)
    visible(actor, said.customer_id)
    return said


def _turn(said: LeaveOverride, withdrawn_at: datetime | None) -> None:
    said.withdrawn_at = withdrawn_at
    said.save(update_fields=["withdrawn_at"])
    FactChange.objects.create(customer=said.customer)


def in_force(customer: Customer, day: date) -> LeaveOverride | None:
    """The word that counts on a day: the newest that was not taken back, if it is not over."""
    newest = LeaveOverride.objects.filter(customer=customer, withdrawn_at=None, on__lte=day).select_related("by").order_by("-pk").first()
    return newest if newest and newest.expires_on >= day else None


def score_overrides(as_of: date) -> int:
    """Judge every word by what is known at the end of a day: a deal day within 12 months after it, he stayed; 12 months over without one
    and deals known to their end, he left; else, or taken back, nothing yet. How many came out otherwise than before.

    What was settled is judged again, since deals are brought in later and taken back. `scored_on` is the day that settled it.
    """
    first = Deal.objects.filter(customer=OuterRef("customer"), came=True, on__gt=OuterRef("on"), on__lte=as_of).order_by("on")
    words = LeaveOverride.objects.filter(on__lt=as_of).annotate(came_on=Subquery(first.values("on")[:1]))
    until, changed = known_until(), []
    for said in words.only("pk", "on", "withdrawn_at", "left", "scored_on").iterator():
        before = (said.left, said.scored_on)
        said.left, said.scored_on = _outcome(said, said.came_on, min(until, as_of) if until else None, as_of)
        if (said.left, said.scored_on) != before:
            changed.append(said)
    LeaveOverride.objects.bulk_update(changed, ["left", "scored_on"], batch_size=500)
    return len(changed)


def _outcome(said: LeaveOverride, came_on: date | None, known: date | None, as_of: date) -> tuple[bool | None, date | None]:
    """(whether he left, the day that says so) of one word; `known`: the last day whose deals are known."""
    end = months_before(said.on, -MONTHS)
    if said.withdrawn_at is not None:
        return None, None
    if came_on is not None and came_on <= end:
        return False, came_on
    if known is not None and known >= end and as_of > end:
        return True, end + timedelta(days=1)
    return None, None


def overrides_table(customers: Sequence[int] | None = None) -> pa.Table:
    """What people said and did not take back, as `analytics.tables.OVERRIDES`; each word holds at most until the next one.

    Of everybody, or of some customers.
    """
    where, parameters = among(customers) if customers is not None else ("TRUE", [])
    said, until = (day_number(f'"{column}"') for column in ("on", "expires_on"))
    following = f"LEAD({said}) OVER (PARTITION BY customer_id ORDER BY id)"
    sql = (
        f"SELECT customer_id, said, CASE WHEN next_said <= until THEN next_said - 1 ELSE until END, share FROM ("  # noqa: S608
        f"SELECT id, customer_id, {said} AS said, {until} AS until, {following} AS next_said, share "
        f"FROM {LeaveOverride._meta.db_table} WHERE withdrawn_at IS NULL AND {where}) AS words ORDER BY customer_id, id"
    )
    return fetch(sql, parameters, OVERRIDES)
