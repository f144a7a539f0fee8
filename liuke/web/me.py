"""我: who I am here, what my role may see, and what is set for me alone: language, looks, password, second step.

And the page of components, which shows nobody's data either."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _
from django.views.i18n import set_language

from liuke.kernel.refusal import Refused
from liuke.team.actions import set_preference
from liuke.team.labels import SIGHT, Role
from liuke.team.queries import company
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.places import places
from liuke.web.samples import Sample
from liuke.web.words import minutes_each

LANGUAGES = ("zh-hans", "en")


def languages(request: HttpRequest) -> dict[str, object]:
    """What the language switch offers: (code, its own name, whether it is in use). Also a context processor of the sign-in pages."""
    now = get_language()
    return {"languages": [(code, get_language_info(code)["name_local"], code == now) for code in LANGUAGES]}


@door("anyone")
def me(request: Request) -> HttpResponse:
    user = request.user
    role, unit, firm = Role(user.role), user.scope_unit, company()
    place = unit.name if unit else (firm.name if firm else "")
    context = {
        "title": _("您是%(name)s，%(role)s") % {"name": user.name, "role": user.get_role_display()}
        if user.name != user.get_role_display()
        else _("您是%(role)s") % {"role": user.get_role_display()},
        "sight": str(SIGHT[role]) % {"place": place} if "%(place)s" in str(SIGHT[role]) else str(SIGHT[role]),
        "facts": [
            (_("登录名"), user.username),
            (_("岗位"), user.get_role_display()),
            (_("单位"), user.unit.name if user.unit else _("不属于哪个单位")),
            *([(_("范围"), user.scope.name)] if user.scope else []),
            *([(_("每天"), minutes_each(user.minutes_per_day))] if user.minutes_per_day else []),
        ],
        "two_factor": is_mfa_enabled(user),
        "email": user.email,
        **languages(request),
    }
    return render(request, "me/me.html", context, nav="me", crumb=_("我"))


@door("anyone")
def pages(request: Request) -> HttpResponse:
    """Every page there is for this reader: the navigation has room for the usual ones."""
    return render(request, "me/pages.html", {"groups": places(request.user)}, nav="pages", crumb=_("全部页面"))


@door("anyone", ("POST",))
def prefer(request: Request) -> HttpResponse:
    """Text size and keys, as chosen; what a form does not send stays as it is (`boxes`: the boxes it has, ticked or not)."""
    boxes = request.POST.get("boxes", "").split(",")
    try:
        if "text" in request.POST:
            set_preference(request.user, "text", None if request.POST["text"] == "normal" else request.POST["text"])
        if "keys" in request.POST or "keys" in boxes:
            set_preference(request.user, "keys", None if request.POST.get("keys") == "on" else "off")
    except Refused:
        return HttpResponse(status=400)
    return HttpResponse(status=204) if request.htmx else redirect("me")


@door("anyone")
def components(request: Request) -> HttpResponse:
    return render(request, "base/components.html", {"sample": Sample()}, nav="components")


urlpatterns = [
    path("me/", me, name="me"),
    path("pages/", pages, name="pages"),
    path("me/preferences/", prefer, name="preference"),
    path("components/", components, name="components"),
    path("language/", set_language, name="set_language"),
]
