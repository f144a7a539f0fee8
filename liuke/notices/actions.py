"""Leaving word for members of staff, and what they do with it. Sending it out of the house is another room's (notify)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.notices.models import Notice
from liuke.notices.words import known
from liuke.team.models import User


@transaction.atomic
def tell(
    user_ids: Iterable[int],
    key: str,
    *,
    slots: Mapping[str, Any] | None = None,
    link: str = "",
    urgent: bool = False,
    about: str = "",
    customer: int | None = None,
    at: datetime | None = None,
) -> int:
    """Leave word for these users, within the caller's transaction; what is `about` the same and still unread is brought up
    to date instead of told twice. How many were told. Raises KeyError for a key that no room has registered.

    `customer`: whom the slots name, if anybody.
    """
    if key not in known():
        raise KeyError(key)
    when, people = at or timezone.now(), sorted(set(user_ids))
    said: dict[str, Any] = {"slots": dict(slots or {}), "link": link, "urgent": urgent, "customer_id": customer, "at": when}
    fresh = [Notice(user_id=user, key=key, about=about, **said) for user in people]
    if about:
        waiting = Notice.objects.unread().filter(user__in=people, key=key, about=about)
        waiting.update(**said)
        told = set(waiting.values_list("user_id", flat=True))
        fresh = [notice for notice in fresh if notice.user_id not in told]
    # Two who tell the same at once: the second finds the row of the first.
    Notice.objects.bulk_create(fresh, ignore_conflicts=bool(about))
    return len(people)


def read(user: User, notice_ids: Iterable[int] | None = None) -> int:
    """Mark one's own notices as read (None: all of them). How many were unread."""
    mine = Notice.objects.unread().filter(user=user)
    if notice_ids is not None:
        mine = mine.filter(pk__in=list(notice_ids))
    return mine.update(read_at=timezone.now())
