"""Every web address says who may use it, in the words of the permission table; one that says nothing does not open.

`@door("customer.read")` stands on each view. The middleware refuses signed-out people (sign-in page), roles without the permission
(404: what one may not see does not exist) and any view of ours without a mark. Third-party views (sign-in, two-factor) are listed in OPEN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext

from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may

View = Callable[..., HttpResponseBase]
OPEN = ("allauth.", "django.views.i18n", "django.views.static", "whitenoise.")
PUBLIC = "public"


class Request(HttpRequest):
    """A request inside a door: the user is one of ours, signed in."""

    user: User
    htmx: Any


def door(permission: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Mark a view with the permission it needs ("public" needs no sign-in) and the methods it answers (HEAD comes with GET)."""
    if permission != PUBLIC and permission not in PERMISSIONS:
        raise KeyError(permission)

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.methods = methods  # type: ignore[attr-defined]
        return view

    return mark


class DoorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> HttpResponse | None:
        permission = getattr(view, "permission", None)
        if permission is None:
            if getattr(view, "__module__", "").startswith(OPEN):
                return None
            raise Http404
        if permission == PUBLIC:
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                return HttpResponse(status=401)
            return cast(HttpResponse, redirect_to_login(request.get_full_path(), settings.LOGIN_URL))
        if not may(request.user, permission):
            raise Http404
        method = "GET" if request.method == "HEAD" else request.method
        if method not in getattr(view, "methods", ()):
            return HttpResponse(status=405)
        return None


def words(refused: Refused) -> str:
    """A refusal in the reader's language."""
    return gettext(refused.message) % refused.slots
