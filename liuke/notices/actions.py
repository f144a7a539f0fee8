"""Leaving word for members of staff, and what they do with it. Sending it out of the house is another room's (notify)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.notices.models import Notice
from liuke.notices.words import known
from liuke.team.models import User

KEPT_DAYS = 90


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
    to date instead of told twice. How many were told. Raises KeyError for a key that no room has registered, ValueError for a link
    that leads out of the house.

    `customer`: whom the slots name, if anybody.
    """
    _check(key, link)
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


@transaction.atomic
def tell_each(slots_by_user: Mapping[int, Mapping[str, Any]], key: str, *, link: str = "", urgent: bool = False, about: str = "") -> int:
    """The same to many, to each with his own figures: what is unread of it (`about`) gives way to the new. Slots may name no customer.

    The number of queries does not grow with the people. How many were told; raises as `tell`.
    """
    _check(key, link)
    if about:
        Notice.objects.unread().filter(user__in=list(slots_by_user), key=key, about=about).delete()
    now = timezone.now()
    made = [
        Notice(user_id=user, key=key, about=about, slots=dict(slots), link=link, urgent=urgent, at=now)
        for user, slots in sorted(slots_by_user.items())
    ]
    Notice.objects.bulk_create(made, ignore_conflicts=bool(about), batch_size=500)
    return len(made)


def read(user: User, notice_ids: Iterable[int] | None = None) -> int:
    """Mark one's own notices as read (None: all of them). How many were unread."""
    mine = Notice.objects.unread().filter(user=user)
    if notice_ids is not None:
        mine = mine.filter(pk__in=list(notice_ids))
    return mine.update(read_at=timezone.now())


def settle(key: str, about: str) -> int:
    """What these notices ask for is done (by somebody else, too): nobody has to read them any more. How many were unread."""
    return Notice.objects.unread().filter(key=key, about=about).exclude(about="").update(read_at=timezone.now())


def forget(now: datetime, days: int = KEPT_DAYS) -> int:
    """Drop what was read, or could have been, so many days ago. How many."""
    return Notice.objects.filter(at__lt=now - timedelta(days=days)).delete()[0]


def _check(key: str, link: str) -> None:
    if key not in known():
        raise KeyError(key)
    if link and (not link.startswith("/") or link[1:2] in ("/", "\\")):
        raise ValueError("a notice leads to a page of this house")
