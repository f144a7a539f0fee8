"""怎么关怀: which days are kept, for whom, by whom and in which words; written by the operations centre, in versions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import ngettext

from liuke.care import actions
from liuke.care.keeping import Kept, kept, kept_one
from liuke.care.labels import KINDS, WHO, level_word
from liuke.care.saying import greeting
from liuke.interactions.labels import Way
from liuke.kernel.refusal import Refused
from liuke.packs import Pack
from liuke.packs.care import GREETING_SLOTS, SLOTS, CareOccasion
from liuke.packs.saying import Said
from liuke.playbooks.rules import Faulty
from liuke.team.queries import pack as pack_in_use
from liuke.web.care import words as say
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.work.words import Filling, pick

BOTH = ("GET", "POST")
LEVELS = ("key", "A", "B", "C")
CHANNELS = ("phone", "wechat", "sms", "visit")


@door("care.manage")
def care_rules(request: Request) -> HttpResponse:
    pack = pack_in_use()
    rows = kept(pack)
    on = sum(row.occasion.on for row in rows)
    context = {
        "title": _("%(on)s 个日子在问候，%(off)s 个没开") % {"on": on, "off": len(rows) - on},
        "tabs": say.tabs(request.user, "care_rules"),
        "rows": rows,
        "pick": pick,
        "kinds": KINDS,
        "levels": lambda occasion: _("，").join(level_word(name) for name in occasion.levels),
        "when": when,
        "sample": sample,
    }
    return render(request, "care/rules.html", context, nav="care", crumb=_("关怀"))


def when(occasion: CareOccasion) -> str:
    """当天; 提前 1 天; 3 天后."""
    if not occasion.days:
        return _("当天")
    n = abs(occasion.days)
    said = ngettext("提前 %(n)s 天", "提前 %(n)s 天", n) if occasion.days < 0 else ngettext("%(n)s 天后", "%(n)s 天后", n)
    return said % {"n": n}


def sample(occasion: CareOccasion, pack: Pack | None = None) -> str:
    """The greeting as a made-up customer would get it."""
    pack = pack or pack_in_use()
    slots: dict[str, Any] = {"kind": occasion.kind, "years": 3, "asset": pick(pack.asset_kind.spoken)}
    if occasion.kind == "contract":
        name = pack.contract_kind(occasion.contract_kinds[0]).name
        slots |= {"contract": {"zh": name.zh, "en": name.en}, "ends": "2027-06-30"}
    filling = Filling(
        name_title=_("张先生"), staff=_("小陈"), store=_("门店"), asset=pick(pack.asset_kind.spoken), contract=None, contract_end=None,
        recency_days=None, benefit=None,
    )  # fmt: skip
    return greeting({"zh": occasion.greeting.zh, "en": occasion.greeting.en}, slots, filling)


def _kept_or_404(key: str) -> Kept:
    try:
        return kept_one(pack_in_use(), key)
    except KeyError:
        raise Http404 from None


@door("care.manage", BOTH)
def care_rule(request: Request, key: str) -> HttpResponse:
    now = _kept_or_404(key)
    form = typed(request.POST) if request.method == "POST" else _begun(now.occasion)
    if request.method == "POST":
        try:
            body = _body(form, now.occasion)
            if not form.bad:
                row = actions.save_rule(request.user, key, body, int(form.whole("seen", "") or 0))
        except Faulty as faulty:
            for fault in faulty.faults:
                said = fault.said
                text = _(said.template) % said.slots if isinstance(said, Said) else str(said)
                form.errors.setdefault(_place(fault.path), text)
        except Refused as refused:
            form.refuse(refused)
        else:
            if not form.bad:
                say_undo(request, _("“%(name)s”改好了，明天早上起这样排") % {"name": pick(now.occasion.name)},
                         reverse("care_rule_undo", args=[key, row.version]))  # fmt: skip
                return moved(request, reverse("care_rules"))
    context = {
        "now": now,
        "occasion": now.occasion,
        "form": form,
        "pick": pick,
        "title": pick(now.occasion.name),
        "kind": KINDS[now.occasion.kind],
        "levels": [(name, level_word(name)) for name in (*LEVELS, *(each for each in now.occasion.levels if each not in LEVELS))],
        "whos": [(key, str(label)) for key, label in WHO.items()],
        "ways": [(key, str(Way(key).label)) for key in CHANNELS],
        "slots": _("，").join("{" + name + "} " + _(SLOT_WORDS[name]) for name in (*GREETING_SLOTS, *SLOTS[now.occasion.kind])),
        "sample": sample(now.occasion),
    }
    crumb = [(_("关怀"), reverse("care")), (_("怎么关怀"), reverse("care_rules")), (pick(now.occasion.name), "")]
    return render(request, "care/rule.html", context, nav="care", crumb=crumb, status=422 if form.bad else 200)


SLOT_WORDS = {
    "name_title": N_("客户的称呼"), "staff": N_("问候的人"), "store": N_("门店"), "years": N_("几年"), "asset": N_("他的东西"),
    "contract": N_("合约的名称"), "contract_end": N_("合约到期日"),
}  # fmt: skip


def _place(path: tuple[str | int, ...]) -> str:
    """The field of the form that a fault is about."""
    if path[:1] == ("levels",):
        return f"{path[1]}-{path[2]}" if len(path) > 2 else "levels"
    if path[:1] in (("greeting",), ("greeting_late",)):
        return f"{path[0]}-{path[1]}" if len(path) > 1 and path[1] in ("zh", "en") else f"{path[0]}-zh"
    return str(path[0]) if path else "levels"


def _begun(occasion: CareOccasion) -> Form:
    values = {"days": str(occasion.days), "late_days": str(occasion.late_days), "on": "1" if occasion.on else ""}
    for name, said in (("greeting", occasion.greeting), ("greeting_late", occasion.greeting_late)):
        values |= {f"{name}-zh": said.zh if said else "", f"{name}-en": said.en if said else ""}
    for name, level in occasion.levels.items():
        values |= {
            f"{name}-on": "1", f"{name}-who": level.who, f"{name}-channel": level.channel, f"{name}-minutes": str(level.minutes),
            f"{name}-gift-zh": level.gift.zh if level.gift else "", f"{name}-gift-en": level.gift.en if level.gift else "",
        }  # fmt: skip
    return Form(values)


def _body(form: Form, occasion: CareOccasion) -> dict[str, Any]:
    """What was typed, in the shape of the pack; what the form does not show stays as it is."""
    body = occasion.model_dump(mode="json", exclude_defaults=True)
    body["on"] = form.get("on") == "1"
    for name in ("days", "late_days"):
        text = form.get(name).strip().replace("−", "-")
        if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 5:
            body[name] = int(text)
        else:
            form.errors[name] = _("请写天数。")
    for name in ("greeting", "greeting_late"):
        said = _said(form, name)
        if said or name == "greeting":
            body[name] = said or {"zh": "", "en": ""}
        else:
            body.pop(name, None)
    levels: dict[str, Any] = {}
    for name in dict.fromkeys((*LEVELS, *occasion.levels)):
        if form.get(f"{name}-on") != "1":
            continue
        level: dict[str, Any] = {"who": form.get(f"{name}-who"), "channel": form.get(f"{name}-channel")}
        level["minutes"] = form.whole(f"{name}-minutes", _("请写分钟数。")) or 0
        if gift := _said(form, f"{name}-gift"):
            level["gift"] = gift
        levels[name] = level
    if not levels:
        form.errors["levels"] = _("至少给一档客户，都不要的话就关掉。")
    body["levels"] = levels
    return body


def _said(form: Form, name: str) -> dict[str, str] | None:
    zh, en = (" ".join(form.get(f"{name}-{lang}").split()) for lang in ("zh", "en"))
    return {"zh": zh, "en": en} if zh or en else None


@door("care.manage", ("POST",))
def care_rule_switch(request: Request, key: str) -> HttpResponse:
    """On or off (`on`), as of the version that was shown (`seen`)."""
    now = _kept_or_404(key)
    seen = typed(request.POST).whole("seen", "") or 0
    try:
        row = actions.switch_rule(request.user, key, request.POST.get("on") == "1", seen)
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        said = _("“%(name)s”打开了，明天早上起排") if request.POST.get("on") == "1" else _("“%(name)s”关掉了，不再排新的")
        say_undo(request, said % {"name": pick(now.occasion.name)}, reverse("care_rule_undo", args=[key, row.version]))
    return moved(request, reverse("care_rules"))


@door("care.manage", ("POST",))
def care_rule_drop(request: Request, key: str) -> HttpResponse:
    """The pack's own again."""
    now = _kept_or_404(key)
    seen = typed(request.POST).whole("seen", "") or 0
    try:
        row = actions.drop_rule(request.user, key, seen)
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        said = _("“%(name)s”照行业包的来") % {"name": pick(now.occasion.name)}
        say_undo(request, said, reverse("care_rule_undo", args=[key, row.version]))
    return moved(request, reverse("care_rules"))


@door("care.manage", ("POST",))
def care_rule_undo(request: Request, key: str, version: int) -> HttpResponse:
    now = _kept_or_404(key)
    try:
        actions.undo_rule(request.user, key, version)
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        say_undo(request, _("“%(name)s”改回去了") % {"name": pick(now.occasion.name)})
    return moved(request, reverse("care_rules"))


urlpatterns = [
    path("care/occasions/", care_rules, name="care_rules"),
    path("care/occasions/<slug:key>/", care_rule, name="care_rule"),
    path("care/occasions/<slug:key>/switch/", care_rule_switch, name="care_rule_switch"),
    path("care/occasions/<slug:key>/pack/", care_rule_drop, name="care_rule_drop"),
    path("care/occasions/<slug:key>/<int:version>/undo/", care_rule_undo, name="care_rule_undo"),
]
