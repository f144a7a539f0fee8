"""The worker's part of completeness: mend what the weights made untrue, and add up by store and owner."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from liuke.customers import completeness
from liuke.customers.models import Customer, erased
from liuke.team.queries import pack
from liuke.verification.models import CompletenessCount

LOW = 60
"""Under so many points of a hundred a card counts as poorly filled."""
OLD = timedelta(minutes=50)


def count(*, whole: bool = False) -> int:
    """Add the completeness of all cards up, by store and owner; the number of cards.

    Where other weights are in force than at the last count, or `whole` asks for it, every card is looked at first and put right: so a card
    that was written past the usual ways is right again after a night. Two workers at once count once.
    """
    mark = completeness.fingerprint(pack())
    known = CompletenessCount.objects.values_list("fingerprint", flat=True).first()
    if whole or known != mark:
        completeness.mend()
    rows = list(
        Customer.objects.filter(~erased())
        .order_by()
        .values("unit", "owner")
        .annotate(cards=Count("pk"), points=Sum("completeness"), low=Count("pk", filter=Q(completeness__lt=LOW)))
    )
    at = timezone.now()
    try:
        with transaction.atomic():
            CompletenessCount.objects.all().delete()
            CompletenessCount.objects.bulk_create(
                CompletenessCount(
                    unit_id=row["unit"],
                    owner_id=row["owner"],
                    cards=row["cards"],
                    points=row["points"] or 0,
                    low=row["low"],
                    fingerprint=mark,
                    at=at,
                )
                for row in rows
            )
    except IntegrityError:
        pass  # another worker counted at this moment, and his count stands
    return sum(row["cards"] for row in rows)


def counted_at() -> datetime | None:
    """When the sums were last counted; None before the first time."""
    return CompletenessCount.objects.values_list("at", flat=True).first()
