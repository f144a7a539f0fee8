"""参考数字: what the trade teaches, with its source, and the company's own in its place. No measured figure uses them."""

from __future__ import annotations

from decimal import Decimal

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.folk import KEYS
from liuke.team.folk import Folk, folk, set_folk, withdraw_folk
from liuke.team.queries import pack as current_pack
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo


@door("folk.edit")
def numbers(request: Request) -> HttpResponse:
    """All of them, by what they are said of."""
    return _show(request)


@door("folk.edit", ("POST",))
def change(request: Request, key: str) -> HttpResponse:
    """Write the company's own number and its source."""
    if key not in KEYS:
        raise Http404
    form = typed(request.POST)
    try:
        set_folk(request.user, current_pack(), key, _decimal(form.get("value")), form.get("source"))
    except Refused as refused:
        form.refuse(refused, {"folk.value": "value", "folk.source": "source"})
        return _show(request, key, form, status=422)
    say_undo(request, _("参考数字改了"), reverse("folk_back", args=[key]))
    return moved(request, reverse("folk"))


@door("folk.edit", ("POST",))
def back(request: Request, key: str) -> HttpResponse:
    """The trade's own number holds again."""
    if key not in KEYS:
        raise Http404
    withdraw_folk(request.user, key)
    say_undo(request, _("改回教材上的数了"))
    return moved(request, reverse("folk"))


def _decimal(text: str) -> Decimal:
    said = clean(text, 20).rstrip("%％ ")
    if not said.replace(".", "", 1).isascii() or not said.replace(".", "", 1).isdigit():
        raise Refused("folk.value", "请写一个数。")
    return Decimal(said)


def shown(each: Folk) -> str:
    """68%; 25 人; 5 倍."""
    value = f"{each.value.normalize():f}"
    words = {"percent": _("%(n)s%%"), "people": _("%(n)s 人"), "times": _("%(n)s 倍")}
    return words[each.unit] % {"n": value}


def _show(request: Request, key: str = "", form: Form | None = None, status: int = 200) -> HttpResponse:
    groups = {"leaving": _("客户为什么走"), "complaining": _("不满意的客户怎么做"), "costs": _("新客户和老客户")}
    every = folk(current_pack())
    context = {
        "groups": [(words, [(each, shown(each)) for each in every if each.group == group]) for group, words in groups.items()],
        "key": key,
        "form": form or Form({}),
    }
    return render(
        request, "churn/folk.html", context, nav="churn", crumb=[(_("流失"), reverse("churn")), (_("参考数字"), "")], status=status
    )


urlpatterns = [
    path("folk/", numbers, name="folk"),
    path("folk/<str:key>/", change, name="folk_change"),
    path("folk/<str:key>/back/", back, name="folk_back"),
]
