"""Reading the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import QuerySet

from liuke.audit.models import AuditEntry
from liuke.kernel import clock


@dataclass(frozen=True)
class Wanted:
    """What to look for; empty fields do not narrow. `verbs` None means all of them. `day` is a day of the local clock."""

    actor: int | None = None
    verb: str = ""
    kind: str = ""
    object: int | None = None
    day: date | None = None
    verbs: Collection[str] | None = None


def entries(wanted: Wanted, before: int | None = None) -> QuerySet[AuditEntry]:
    """The entries wanted, newest first, older than number `before` (slice it)."""
    found = AuditEntry.objects.order_by("-seq")
    if wanted.verbs is not None:
        found = found.filter(verb__in=wanted.verbs)
    if wanted.actor is not None:
        found = found.filter(actor=wanted.actor)
    if wanted.verb:
        found = found.filter(verb=wanted.verb)
    if wanted.kind:
        found = found.filter(kind=wanted.kind, object=wanted.object)
    if wanted.day is not None:
        start, end = (clock.start_of(day, settings.TIME_ZONE) for day in (wanted.day, wanted.day + timedelta(1)))
        found = found.filter(at__gte=start, at__lt=end)
    if before is not None:
        found = found.filter(seq__lt=before)
    return found


def last_check() -> AuditEntry | None:
    """The newest entry that says the chain was walked, with `upto`, `fault` and `why` in its detail."""
    return AuditEntry.objects.filter(verb="audit.verify").order_by("-seq").first()


def length() -> int:
    """The number of the newest entry, which is how many there are while none is missing."""
    return AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
