"""The front door: each role is sent to the page it opens first."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path

from liuke.web.doors import PUBLIC, Request, door
from liuke.web.page import first_page


@door("anyone")
def home(request: Request) -> HttpResponse:
    return redirect(first_page(request.user))


@door(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """For a supervisor process: the web process answers."""
    return JsonResponse({"ok": True})


urlpatterns = [path("", home, name="home"), path("healthz", healthz, name="healthz")]
