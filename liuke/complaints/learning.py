"""Reading a text with the rules and, where it is better, with a model of what people here have confirmed."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.utils import timezone

from liuke.analytics.complaint_words import Limits, Suggestion, classify
from liuke.analytics.complaint_words.learned import ENOUGH, MOST, Case, Model, blended, fit, from_bytes, to_bytes
from liuke.complaints.learned import ComplaintModel
from liuke.complaints.models import Classification, Complaint
from liuke.kernel.refusal import Refused
from liuke.team.queries import pack

KEPT = 12
"""Models that stay on file: a year of them."""
_log = logging.getLogger(__name__)


def read(text: str, *, amount_cents: int | None = None, deal_cents: int | None = None, repeats: int = 0) -> Suggestion:
    """What the text suggests. Two queries; refuses what analytics.complaint_words.classify refuses."""
    numbers = pack().complaints
    limits = Limits(numbers.severe_money_cents, numbers.severe_share)
    said = classify(text, amount_cents=amount_cents, deal_cents=deal_cents, repeats=repeats, limits=limits)
    model = newest()
    return blended(model, said, text) if model else said


def newest() -> Model | None:
    """The model in use; None where none was made yet."""
    last = ComplaintModel.objects.order_by("-made_at", "-pk").values_list("pk", "made_at").first()
    return None if last is None else _opened(*last)


@lru_cache(maxsize=4)
def _opened(key: int, made_at: datetime) -> Model | None:
    try:
        return from_bytes(bytes(ComplaintModel.objects.values_list("weights", flat=True).get(pk=key)))
    except (ValueError, KeyError):
        # The rules read on their own; next month makes another.
        _log.exception("complaint model %s cannot be read", key)
        return None


def train(at: datetime | None = None) -> ComplaintModel | None:
    """A model of the confirmed complaints of this company, and its figures. None while there are fewer than 200 confirmed on any axis.

    Cases are read again by the rules of today. Older models but a year's are deleted.
    """
    confirmed: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Classification.objects.filter(at__isnull=False, complaint__undone_at__isnull=True).exclude(value="")
    for complaint, axis, value in rows.values_list("complaint_id", "axis", "value").order_by("-complaint_id")[: MOST * 5]:
        confirmed[complaint][axis] = value
    if len(confirmed) < ENOUGH:
        return None
    texts = Complaint.objects.filter(pk__in=rows.values("complaint_id")).order_by("-pk").values_list("pk", "text")[:MOST]
    cases = []
    for key, text in texts.iterator(chunk_size=500):
        try:
            cases.append(Case(text, classify(text).scores, confirmed[key]))
        except Refused:
            continue  # a text that says nothing teaches nothing
    cases.reverse()
    if len(cases) < ENOUGH:
        return None
    model = fit(cases)
    with transaction.atomic():
        made = ComplaintModel.objects.create(
            made_at=at or timezone.now(),
            cases=len(cases),
            figures={axis: asdict(each) for axis, each in model.figures.items()},
            weights=to_bytes(model),
        )
        kept = list(ComplaintModel.objects.order_by("-made_at", "-pk").values_list("pk", flat=True)[:KEPT])
        ComplaintModel.objects.exclude(pk__in=kept).delete()
    return made
