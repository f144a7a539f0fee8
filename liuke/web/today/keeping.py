"""On a telephone: an app of its own, and what stays readable without a network: the reader's own list, its scripts, and the cards he has
out. The browser keeps it (service worker), for him alone and until a time that the server names."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.web.components import asset_name, asset_text, language
from liuke.web.doors import Request, door

PAPER = "#f5f5f2"
"""The token of that name (frontend/src/tokens.css), which a manifest cannot read."""
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


@door("public")
def manifest(request: Request) -> HttpResponse:
    """What a telephone needs to put the product on its home screen as an app of its own."""
    icons = [
        {"src": static(f"dist/{asset_name('icon.svg')}"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static(f"dist/{asset_name('icon.png')}"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    body = {
        "name": _("留客"), "short_name": _("留客"), "lang": language(), "start_url": "/", "scope": "/", "display": "standalone",
        "background_color": PAPER, "theme_color": PAPER, "icons": icons,
    }  # fmt: skip
    return JsonResponse(body, content_type="application/manifest+json", headers={"Cache-Control": "max-age=3600", "Vary": "Cookie"})


urlpatterns = [path("sw.js", worker, name="service_worker"), path("manifest.webmanifest", manifest, name="manifest")]
