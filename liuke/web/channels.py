"""集成: the ways out of the house. The administrator adds them, tries them, and sees what went and what did not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.jobs import tasks
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.notify import actions, mail
from liuke.notify.labels import FAULTS, ChannelKind, DeliveryKind, DeliveryState
from liuke.notify.models import Channel, Delivery
from liuke.notify.queries import Way, in_the_air, latest, ways
from liuke.team.models import Unit
from liuke.team.queries import pack
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.page import render, say_undo
from liuke.web.team import unit_choices
from liuke.web.words import moment

SHOWN = 30
FORM_AGAIN = 422
PLACES = {
    "channel.kind": "kind",
    "channel.name": "name",
    "channel.url": "url",
    "channel.https": "url",
    "channel.other": "url",
    "channel.secret": "secret",
}
TELLS = {
    "urgent": gettext_lazy("不能等的事"),
    "digest": gettext_lazy("每天的小结"),
    "letter": gettext_lazy("每周一封信"),
}


@dataclass(frozen=True)
class WayLine:
    """A channel as the page shows it: what it is, what it is told, how it goes."""

    way: Way
    kind: str
    about: str
    tells: str
    state: str
    tone: str


@dataclass(frozen=True)
class SentLine:
    pk: int
    at: str
    what: str
    to: str
    state: str
    tone: str
    again: bool


@door("notify.manage")
def channels(request: Request) -> HttpResponse:
    found = ways()
    on = sum(way.on for way in found)
    context = {
        "title": _("%(n)s 条渠道开着") % {"n": on} if on else _("渠道都停着") if found else _("还没有往外发的渠道"),
        "lines": [way_line(way) for way in found],
        "server": mail.ready(),
        **_sent(),
    }
    return render(request, "channels/list.html", context, nav="channels", crumb=_("集成"))


@door("notify.manage")
def channels_sent(request: Request) -> HttpResponse:
    """The newest messages, asked for again while something is on its way."""
    return render(request, "channels/list.html", _sent(), block="sent")


def _sent() -> dict[str, object]:
    return {"sent": [sent_line(one) for one in latest()[:SHOWN]], "moving": in_the_air()}


def way_line(way: Way) -> WayLine:
    about = [way.host, way.unit or _("全公司")] if way.kind != ChannelKind.MAIL else [_("发到各人自己的邮箱")]
    told = [str(TELLS[key]) for key in way.tells]
    return WayLine(way, str(ChannelKind(way.kind).label), _("，").join(filter(None, about)), _("、").join(told), *_state_of(way))


def _state_of(way: Way) -> tuple[str, str]:
    if not way.on:
        return _("停着"), "line"
    if way.failures:
        return _("连着 %(n)s 次没发成，%(at)s再试") % {"n": way.failures, "at": moment(way.rest_until)}, "bad"
    if way.untried:
        return _("还没发过，先试发一条"), "warn"
    return (_("%(at)s发过") % {"at": moment(way.last_sent)} if way.last_sent else _("等着发")), "good" if way.last_sent else "line"


def sent_line(one: Delivery) -> SentLine:
    to = one.user.name if one.user is not None else one.channel.name
    given_up = one.state == DeliveryState.GIVEN_UP
    tone = {DeliveryState.SENT: "good", DeliveryState.GIVEN_UP: "bad"}.get(DeliveryState(one.state), "warn" if one.error else "line")
    return SentLine(one.pk, moment(one.made_at), str(DeliveryKind(one.kind).label), to, in_words(one), tone, given_up)


def in_words(one: Delivery) -> str:
    """How far a message is, and why no further."""
    why = str(FAULTS.get(one.error, FAULTS["error"])) % {"number": one.number} if one.error else ""
    if one.state == DeliveryState.SENT:
        return _("%(at)s发出去了") % {"at": moment(one.sent_at)}
    if one.state == DeliveryState.GIVEN_UP:
        return _("没发成，试了 %(n)s 次：%(why)s") % {"n": one.tries, "why": why}
    if why:
        return _("试了 %(n)s 次，%(why)s，%(at)s再试") % {"n": one.tries, "why": why, "at": moment(one.next_at)}
    return str(DeliveryState(one.state).label)


# ── adding and changing ──


@door("notify.manage", ("GET", "POST"))
def channel_new(request: Request) -> HttpResponse:
    form = typed(request.POST) if request.method == "POST" else Form({"kind": "", "urgent": "1", "digest": "1"})
    if request.method == "POST":
        try:
            made = actions.add_channel(request.user, form.get("kind"), _wanted(form))
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            say_undo(request, _("%(name)s加好了，先试发一条") % {"name": made.name})
            return redirect("channels")
    return _form(request, form, None)


@door("notify.manage", ("GET", "POST"))
def channel(request: Request, pk: int) -> HttpResponse:
    way = Channel.objects.defer("url", "secret").filter(pk=pk).first()
    if way is None:
        raise Http404
    boxes = {name: "1" for name in TELLS if getattr(way, name)}
    form = Form({"kind": way.kind, "name": way.name, "unit": str(way.unit_id or ""), **boxes})
    if request.method == "POST":
        form = typed(request.POST)
        form.values["kind"] = way.kind
        try:
            made = actions.change_channel(request.user, pk, _wanted(form))
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            say_undo(request, _("%(name)s改好了") % {"name": made.name})
            return redirect("channels")
    return _form(request, form, way)


def _wanted(form: Form) -> actions.Wanted:
    unit = Unit.objects.filter(pk=pk).first() if (pk := as_id(form.get("unit"))) else None
    boxes = {name: bool(form.get(name)) for name in TELLS}
    return actions.Wanted(form.get("name"), form.get("url"), form.get("secret"), unit, **boxes, no_secret=bool(form.get("no_secret")))


def _form(request: Request, form: Form, way: Channel | None) -> HttpResponse:
    numbers = pack().telling
    tells = [
        ("urgent", _("不能等的事，马上发")),
        ("digest", _("每天 %(at)s 一次小结：谁有几条没看") % {"at": numbers.digest_at}),
        ("letter", _("每周一封信：这一周的数字")),
    ]
    context = {
        "form": form,
        "way": way,
        "kinds": ChannelKind.choices,
        "units": unit_choices(),
        "tells": tells,
        "server": mail.ready(),
    }
    here = way.name if way is not None else _("加一条渠道")
    crumb = [(_("集成"), reverse("channels")), (here, "")]
    return render(request, "channels/form.html", context, nav="channels", crumb=crumb, status=FORM_AGAIN if form.bad else 200)


# ── acts ──


def _act(verb: Callable[[Request, int], str]) -> Callable[[Request, int], HttpResponse]:
    @door("notify.manage", ("POST",))
    def view(request: Request, pk: int) -> HttpResponse:
        try:
            said = verb(request, pk)
        except (Channel.DoesNotExist, Delivery.DoesNotExist):
            raise Http404 from None
        except Refused as refused:
            said = words(refused)
        say_undo(request, said)
        return redirect("channels")

    return view  # type: ignore[return-value]


def _switched(on: bool) -> Callable[[Request, int], str]:
    def verb(request: Request, pk: int) -> str:
        name = actions.switch(request.user, pk, on).name
        return _("%(name)s打开了") % {"name": name} if on else _("%(name)s停了") % {"name": name}

    return verb


def _tested(request: Request, pk: int) -> str:
    actions.test(request.user, pk)
    tasks.send_notices.enqueue()
    return _("试发的一条在路上，结果在下面")


def _again(request: Request, pk: int) -> str:
    actions.again(request.user, pk)
    tasks.send_notices.enqueue()
    return _("再发一次，结果在下面")


channel_on, channel_off, channel_test, delivery_again = map(_act, (_switched(True), _switched(False), _tested, _again))


urlpatterns = [
    path("integrations/", channels, name="channels"),
    path("integrations/sent/", channels_sent, name="channels_sent"),
    path("integrations/new/", channel_new, name="channel_new"),
    path("integrations/<int:pk>/", channel, name="channel"),
    path("integrations/<int:pk>/on/", channel_on, name="channel_on"),
    path("integrations/<int:pk>/off/", channel_off, name="channel_off"),
    path("integrations/<int:pk>/test/", channel_test, name="channel_test"),
    path("integrations/messages/<int:pk>/again/", delivery_again, name="delivery_again"),
]
