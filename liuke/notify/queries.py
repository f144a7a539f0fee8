"""Reads for the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from liuke.notify.labels import DeliveryState
from liuke.notify.models import Channel, Delivery


@dataclass(frozen=True)
class Way:
    """A channel as the page shows it; address and key are not read."""

    pk: int
    kind: str
    name: str
    host: str
    unit: str
    tells: tuple[str, ...]
    on: bool
    failures: int
    rest_until: datetime | None
    sent: int
    waiting: int
    given_up: int
    last_sent: datetime | None

    @property
    def untried(self) -> bool:
        return not (self.sent or self.waiting or self.given_up)


def ways() -> list[Way]:
    """Every channel, with how many messages went, wait and were given up in the time they are kept. Two queries."""
    fields = ("pk", "kind", "name", "host", "unit__name", "urgent", "digest", "letter", "on", "failures", "rest_until")
    rows = Channel.objects.order_by("pk").values_list(*fields)
    open_ = (DeliveryState.WAITING, DeliveryState.SENDING)
    counts = {
        pk: rest
        for pk, *rest in Delivery.objects.order_by()
        .values_list("channel")
        .annotate(
            went=Count("pk", filter=Q(state=DeliveryState.SENT)),
            waiting=Count("pk", filter=Q(state__in=open_)),
            over=Count("pk", filter=Q(state=DeliveryState.GIVEN_UP)),
            last=Max("sent_at"),
        )
    }
    found = []
    for pk, kind, name, host, unit, urgent, digest, letter, on, failures, rest in rows:
        tells = tuple(key for key, wanted in (("urgent", urgent), ("digest", digest), ("letter", letter)) if wanted)
        sent, waiting, given_up, last = counts.get(pk, (0, 0, 0, None))
        found.append(Way(pk, kind, name, host, unit or "", tells, on, failures, rest, sent, waiting, given_up, last))
    return found


def latest(channel: int | None = None) -> QuerySet[Delivery]:
    """Messages, the newest first (slice it). Of their channels only the name is read."""
    found = Delivery.objects.select_related("channel", "user").defer("channel__url", "channel__secret").order_by("-made_at", "-pk")
    return found.filter(channel=channel) if channel else found


def in_the_air() -> bool:
    """Whether something is due now or being sent."""
    return Delivery.objects.filter(state__in=(DeliveryState.WAITING, DeliveryState.SENDING), tries=0).exists()
