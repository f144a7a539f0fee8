"""Pages that open without a log-in: how often one address may ask, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import engines

from liuke.team.queries import company
from liuke.web.page import _csrf

HOUR = 3600


def within(request: HttpRequest, what: str, most: int, seconds: int = HOUR, *, count: bool = True) -> bool:
    """Whether this address has had no more than `most` tries at `what` within `seconds`, this one counted (or only looked at: `count`).
    The address itself is not kept."""
    where = sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()[:32]
    key = f"public.{what}:{where}"
    if not count:
        return bool(cache.get(key, 0) < most)
    if cache.add(key, 1, seconds):
        return True
    try:
        return bool(cache.incr(key) <= most)
    except ValueError:  # it ran out between the two
        cache.set(key, 1, seconds)
        return True


def answer(request: HttpRequest, template: str, context: Mapping[str, object] | None = None, status: int = 200) -> HttpResponse:
    """A page for a customer (base/public.html): kept by nobody on the way, found by no search engine.

    Its address goes to no other house (same-origin). Not "no-referrer": then a browser says "null" of where a form comes from, and no
    form of ours is taken."""
    house = company()
    values = {"house": house.name if house else "", "request": request, **_csrf(request), **(context or {})}
    html = engines["jinja2"].env.get_template(template).render(values)  # type: ignore[attr-defined]
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}
    return HttpResponse(cast(str, html), status=status, headers=headers)
