"""What the text suggests, written beside the complaint until a person confirms it."""

from __future__ import annotations

from liuke.analytics.complaint_words import Suggestion
from liuke.complaints.labels import EMOTIONAL, RATIONAL, Axis, Side
from liuke.complaints.learning import read
from liuke.complaints.models import LINE, Classification, Complaint, ComplaintNeed
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean

SURE_ENOUGH = 0.3
"""A need is suggested from here on; the model names none that it gives much less."""


def suggest(text: str, *, deal_cents: int | None = None, repeats: int = 0) -> Suggestion:
    """What a text suggests, before anything is stored. Refuses one without words and one that is too long."""
    return read(text, deal_cents=deal_cents, repeats=repeats)


def suggest_on(row: Complaint) -> None:
    """The five classifications and the needs the text speaks of. A text that says nothing leaves five empty ones. Two writes, one read."""
    try:
        said = suggest(row.text, deal_cents=row.deal.amount_cents if row.deal else None, repeats=_before(row))
    except Refused:
        Classification.objects.bulk_create(Classification(complaint=row, axis=axis) for axis in Axis.values)
        return
    found = dict(said.axes())
    Classification.objects.bulk_create(
        Classification(
            complaint=row,
            axis=axis,
            suggested=found[axis].value,
            confidence=found[axis].confidence,
            words=[[piece.start, piece.end] for piece in found[axis].words],
            others=[each.value for each in said.others] if axis == Axis.CAUSE else [],
        )
        for axis in Axis.values
    )
    needs = [(Side.EMOTIONAL, EMOTIONAL, each) for each in said.emotional] + [(Side.RATIONAL, RATIONAL, each) for each in said.rational]
    ComplaintNeed.objects.bulk_create(
        ComplaintNeed(
            complaint=row,
            side=side,
            kind=each.value,
            words=clean("…".join(piece.text for piece in each.words)[:LINE], LINE),
            confidence=each.confidence,
        )
        for side, codes, each in needs
        if each.value in codes and each.confidence >= SURE_ENOUGH
    )


def _before(row: Complaint) -> int:
    """How often this customer has complained of the same thing before."""
    if row.customer_id is None:
        return 0
    same = Complaint.objects.standing().filter(customer=row.customer_id).exclude(pk=row.pk)
    return same.filter(asset=row.asset_id).count() if row.asset_id else same.filter(product=row.product).exclude(product="").count()
