"""Writing down what a playbook did, and withdrawing it."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.analytics.effect import difference
from liuke.audit.actions import record
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.work.models import MeasuredEffect
from liuke.work.rows import playbook_of

MOST_PEOPLE = 1_000_000_000


@transaction.atomic
def keep_effect(
    actor: User | None,
    playbook: str,
    *,
    treated: int,
    returned: int,
    alone: int,
    returned_alone: int,
    source: str = "",
    measured_on: date | None = None,
) -> MeasuredEffect:
    """Write down what a playbook did: of `treated` customers `returned` came back, of `alone` left alone on purpose `returned_alone`.

    The day's list reckons with it from the next plan on (effects.effects_of). `actor` None is whoever works at the machine itself.
    Refuses an unknown playbook, a side without people, more coming back than there are, and a day to come.
    """
    if actor is not None:
        require(actor, "effect.keep")
    found = playbook_of(current_pack(), playbook)
    if found is None:
        raise Refused("effect.playbook", "行业包里没有叫“%(key)s”的打法。", key=playbook[:40])
    if treated < 1 or alone < 1:
        raise Refused("effect.nobody", "联系过的和没联系的两边都要有人，才比得出来。")
    if max(treated, alone) > MOST_PEOPLE or min(returned, returned_alone) < 0:
        raise Refused("effect.count", "人数要是 0 到 10 亿的整数。")
    if returned > treated or returned_alone > alone:
        raise Refused("effect.returned", "回来的比总人数还多，请核对。")
    day = measured_on or clock.today(settings.TIME_ZONE)
    if day > clock.today(settings.TIME_ZONE):
        raise Refused("effect.future", "%(day)s 还没到。", day=day.isoformat())
    seen = difference(treated, returned, alone, returned_alone)
    kept = MeasuredEffect.objects.create(
        playbook=found.key,
        measured_on=day,
        treated=treated,
        returned=returned,
        alone=alone,
        returned_alone=returned_alone,
        effect=seen.effect,
        low=seen.low,
        high=seen.high,
        source=clean(source, 200),
        by=actor,
    )
    record(actor, "effect.keep", kept, playbook=found.key, treated=treated, returned=returned, alone=alone, returned_alone=returned_alone)
    return kept


@transaction.atomic
def withdraw_effect(actor: User | None, effect_id: int) -> MeasuredEffect:
    """Take a measurement out of the reckoning; it stays on record, marked. Refuses twice; raises MeasuredEffect.DoesNotExist."""
    if actor is not None:
        require(actor, "effect.keep")
    kept = MeasuredEffect.objects.get(pk=effect_id)
    if not MeasuredEffect.objects.standing().filter(pk=kept.pk).update(withdrawn_at=timezone.now()):
        raise Refused("effect.withdrawn", "这一次的效果已经撤回过了。")
    record(actor, "effect.withdraw", kept, playbook=kept.playbook)
    kept.refresh_from_db()
    return kept
