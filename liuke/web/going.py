"""Where a reader goes after an act: back to where he came from, or on to another page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from liuke.web.doors import Request


def back_to(request: Request, otherwise: str) -> str:
    """Where the reader came from (`back`), if that is a page of ours."""
    asked = str(request.POST.get("back") or request.GET.get("back") or "")
    safe = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if safe else otherwise


def moved(request: Request, where: str) -> HttpResponse:
    """To another page after an act: a plain redirect, or the same for a fragment request."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)
