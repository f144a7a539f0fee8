"""Every web address says who may use it, in the words of the permission table; one that says nothing does not open.

`@door("customer.read")` stands on each view. The middleware refuses signed-out people (sign-in page), roles without the permission
(404: what one may not see does not exist) and any view of ours without a mark. Third-party views (sign-in, two-factor) are listed in OPEN.
A refusal is written to the audit log. Who logged in with a password that somebody else made chooses his own before anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.custody.searching import MANY_NUMBERS
from liuke.customers.models import FactChange
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may
from liuke.web.errors import too_many, wrong_method
from liuke.web.words import monthday
from liuke.work.actions import catch_up

View = Callable[..., HttpResponseBase]
OPEN = ("allauth.", "django.views.i18n", "django.views.static", "whitenoise.")
PUBLIC = "public"
FEW = 20
logger = logging.getLogger(__name__)
QUIET_SECONDS = 60  # the same door refused again within this time is not written down again


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
        response = self.get_response(request)
        # What a stranger sends (a survey's answer) waits for the worker: five hundred may answer at once.
        if request.method == "POST" and response.status_code < 400 and request.user.is_authenticated:
            _catch_up()
        if response.status_code == 404 and isinstance(request.user, User):
            _write_down_missing(request, request.user)
        return response

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> HttpResponse | None:
        permission = getattr(view, "permission", None)
        if permission is None:
            if getattr(view, "__module__", "").startswith(OPEN):
                return None
            raise Http404
        if permission != PUBLIC:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if not may(request.user, permission):
                _write_down(request, request.user)
                raise Http404
            if request.user.password_given:
                return cast(HttpResponse, redirect("account_change_password"))
        if ("GET" if request.method == "HEAD" else request.method) not in view.methods:  # type: ignore[attr-defined]
            return wrong_method(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A search too many, wherever in a page it was made."""
        if isinstance(exception, Refused) and exception.code == MANY_NUMBERS:
            return too_many(request, said=words(exception))
        return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    # The page itself offers to sign in when a fragment is refused: what was typed stays.
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    return cast(HttpResponse, redirect_to_login(request.get_full_path(), settings.LOGIN_URL))


def _write_down(request: HttpRequest, user: User) -> None:
    match = request.resolver_match
    name = (match.view_name if match else "") or request.path[:100]
    if cache.add(f"door.denied:{user.pk}:{name}", True, QUIET_SECONDS):
        with transaction.atomic():
            record(user, "door.denied", None, path=name, method=request.method)


def _write_down_missing(request: HttpRequest, user: User) -> None:
    """Somebody opened a page of a thing that is not there for him: gone, or out of his sight. The first within a while is written down."""
    match = request.resolver_match
    if match is None or not match.kwargs or not hasattr(match.func, "permission"):
        return
    if not may(user, match.func.permission):
        return  # written down as a door that is not his
    if cache.add(f"door.missing:{user.pk}:{match.view_name}", True, QUIET_SECONDS):
        with transaction.atomic():
            record(user, "door.missing", None, path=match.view_name, of=match.kwargs)


def _catch_up() -> None:
    """What an act changed reaches insight and today's tasks at once; a file's worth of changes is left to the worker.

    The act itself is committed: a fault here is written to the log, the marks stay, and the worker tries again within a minute.
    """
    try:
        changed = list(FactChange.objects.filter(caught_up=False).order_by("pk").values_list("customer_id", flat=True)[: FEW + 1])
        if 0 < len(changed) <= FEW:
            catch_up(changed)
    except Exception:
        logger.exception("catching up failed")


def words(refused: Refused) -> str:
    """A refusal in the reader's language; a day in it as days are written on a page."""
    return gettext(refused.message) % {key: monthday(value) if isinstance(value, date) else value for key, value in refused.slots.items()}
