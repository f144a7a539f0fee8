"""通知设置: what a person wants to be told by e-mail, and where to. The bell always has everything."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.notices.labels import Kind
from liuke.notify.labels import ChannelKind
from liuke.notify.models import Channel
from liuke.notify.wishes import KEY, LETTERS, Wish
from liuke.team.actions import set_own_email, set_preference
from liuke.team.queries import pack, preference
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.page import render, say_undo

FORM_AGAIN = 422


@door("anyone", ("GET", "POST"))
def telling(request: Request) -> HttpResponse:
    user = request.user
    form, wish = Form({"email": user.email}), Wish.of(preference(user, KEY))
    if request.method == "POST":
        form = typed(request.POST)
        boxes = [name in request.POST for name in ("urgent", "digest", "letter")]
        wish = Wish(frozenset(request.POST.getlist("kind")) & frozenset(Kind.values), *boxes)
        try:
            with transaction.atomic():
                set_own_email(user, form.get("email"))
                set_preference(user, KEY, wish.kept())
        except Refused as refused:
            form.refuse(refused, {"user.email": "email", "text.too_long": "email", "text.nul": "email"})
        else:
            say_undo(request, _("通知设置存好了"))
            return redirect("telling")
    numbers = pack().telling
    context = {
        "form": form,
        "wish": wish,
        "kinds": Kind.choices,
        "leads": user.role in LETTERS,
        "mail": Channel.objects.filter(kind=ChannelKind.MAIL, on=True).exists(),
        "numbers": numbers,
    }
    crumb = [(_("我"), reverse("me")), (_("通知设置"), "")]
    return render(request, "me/telling.html", context, nav="me", crumb=crumb, status=FORM_AGAIN if form.bad else 200)


urlpatterns = [path("me/notices/", telling, name="telling")]
