"""What stays readable without a network: the reader's own list, its scripts, and the cards he has out. The browser keeps it (service
worker), for him alone and until a time that the server names."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from liuke.web.components import asset_text
from liuke.web.doors import Request, door

HEADER = "X-Liuke-Keep"
"""On an answer that may be kept: whose it is, and until when (seconds since 1970). Answers without it are never kept."""


def keep(answer: HttpResponse, request: Request, until: datetime | None = None) -> HttpResponse:
    """Let this answer be read offline by this reader until the day is over, or `until` (the card is due back) where that is earlier."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(1), time.min))
    ends = min(midnight, until) if until else midnight
    answer[HEADER] = f"{request.user.pk} {int(ends.timestamp())}"
    return answer


@door("public")
def worker(request: Request) -> HttpResponse:
    """The service worker. At the root, for it may answer for the pages beside and below its own address only."""
    return HttpResponse(asset_text("sw.js"), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


urlpatterns = [path("sw.js", worker, name="service_worker")]
