"""Verbs on a pair: say that the two are not one customer, and take that back. Scanning and merging have files of their own."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.duplicates.labels import PairState
from liuke.duplicates.models import DuplicatePair
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import require


@transaction.atomic
def apart(actor: User, pair_id: int) -> DuplicatePair:
    """These are two customers. Kept, and not asked again until evidence of another kind comes. DuplicatePair.DoesNotExist out of sight."""
    require(actor, "duplicates.merge")
    pair = DuplicatePair.objects.visible_to(actor).select_related("a", "b").get(pk=pair_id)
    decided = {"decided_by": actor, "decided_at": timezone.now(), "decided_reasons": pair.reasons}
    if not DuplicatePair.objects.open().filter(pk=pair.pk).update(state=PairState.APART, **decided):
        raise Refused("duplicates.decided", "这一对刚才已经有人定过了。")
    record(actor, "duplicates.apart", pair.a, pair=pair.pk, other=pair.b_id, reasons=pair.reasons)
    return pair


@transaction.atomic
def together(actor: User, pair_id: int) -> DuplicatePair:
    """Take back that they are two: the pair waits again."""
    require(actor, "duplicates.merge")
    pair = DuplicatePair.objects.visible_to(actor).select_related("a", "b").get(pk=pair_id)
    back: dict[str, Any] = {"decided_by": None, "decided_at": None, "decided_reasons": []}
    if not DuplicatePair.objects.filter(pk=pair.pk, state=PairState.APART).update(state=PairState.OPEN, **back):
        raise Refused("duplicates.not_apart", "这一对已经放回去了。")
    record(actor, "duplicates.together", pair.a, pair=pair.pk, other=pair.b_id)
    return pair
