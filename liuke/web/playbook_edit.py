"""Writing a playbook or a script: the form with a preview beside it, and the acts: save, off and on, back, undo."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.labels import EventKind
from liuke.interactions.labels import Outcome
from liuke.kernel.refusal import Refused
from liuke.packs import Pack, Playbook
from liuke.packs.playbook import OUTCOMES, Script
from liuke.playbooks import actions, queries
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.playbooks.rules import check, playbook_of, script_of
from liuke.standing.labels import Stage
from liuke.web import playbook_words as say
from liuke.web.customers import moved
from liuke.web.doors import Request, door, words
from liuke.web.page import render, say_undo
from liuke.web.playbook_form import Body, Draft, drafted, read
from liuke.web.playbooks import book_or_404, read_aloud, script_or_404
from liuke.work.words import Block, lang, pick, script

NEW = "new"
TICKS = ("must", "hold_out")
WRITING = "writing"


# ── a playbook ───────────────────────────────────────────────────────────────


@door("playbook.edit", ("GET", "POST"))
def playbook_edit(request: Request, key: str) -> HttpResponse:
    pack, book = book_or_404(key)
    if request.method != "POST":
        return _form(request, pack, drafted(_whole(book)), book)
    draft, body = read(request.POST, TICKS)
    if more := request.POST.get("more", ""):
        draft.rows[more] = draft.count(more) + 1
        return _form(request, pack, draft, book)
    if not draft.bad:
        try:
            body["off"] = book.off
            saved = actions.save_playbook(request.user, key, body, why=request.POST.get("why", ""), seen=_seen(request))
        except Refused as refused:
            draft.refuse(refused)
        else:
            say_undo(request, _("%(name)s存成了版本 %(n)s") % {"name": pick(book.name), "n": saved.version}, _undo(saved))
            return moved(request, reverse("playbook", args=[key]))
    return _form(request, pack, draft, book, 422)


@door("playbook.edit", ("GET", "POST"))
def playbook_new(request: Request) -> HttpResponse:
    """One of the company's own; begun from another where the address says so (?from=)."""
    pack = queries.pack()
    if request.method != "POST":
        given = next((each for each in pack.playbooks if each.key == request.GET.get("from", "")), None)
        draft = drafted({**_whole(given), "signals": [], "stages": []}) if given else Draft(dict(FRESH))
        return _form(request, pack, draft, None)
    draft, body = read(request.POST, TICKS)
    if more := request.POST.get("more", ""):
        draft.rows[more] = draft.count(more) + 1
        return _form(request, pack, draft, None)
    if not draft.bad:
        try:
            saved = actions.add_playbook(request.user, body, why=request.POST.get("why", ""))
        except Refused as refused:
            draft.refuse(refused)
        else:
            say_undo(request, _("加了打法“%(name)s”") % {"name": body["name"]["zh"]}, _undo(saved))
            return moved(request, reverse("playbook", args=[saved.key]))
    return _form(request, pack, draft, None, 422)


FRESH = {
    "success.kind": "deal", "success.within_days": "30", "effect.share": "5", "hold_out": "1", "must": "", "script": "general",
    "stop.max_attempts": "2", "stop.days": "30", "stop.rest_days": "90", "steps.0.day": "0", "steps.0.channel": "phone",
    "steps.0.minutes": "6", "steps.0.who": "owner",
}  # fmt: skip


def _whole(book: Playbook) -> Body:
    return book.model_dump(mode="json", exclude_none=True)


def _form(request: Request, pack: Pack, draft: Draft, book: Playbook | None, status: int = 200) -> HttpResponse:
    title = _("改打法：%(name)s") % {"name": pick(book.name)} if book else _("新打法")
    context = {
        "title": title,
        "draft": draft,
        "book": book,
        "seen": request.POST.get("seen") or (book.version if book else ""),
        "why": request.POST.get("why", ""),
        "own_signals": [pick(each.name) for each in pack.signals if book and each.playbook == book.key and each.key not in book.signals],
        "signals": [(each.key, pick(each.name)) for each in pack.signals if not book or each.playbook != book.key or each.key in book.signals],
        "stages": Stage.choices,
        "kinds": [("", _("和哪份合约都没关系")), *((each.key, pick(each.name)) for each in pack.contract_kinds)],
        "success": [(key, str(name)) for key, name in say.SUCCESS.items()],
        "scripts": [(each.key, _("%(name)s（%(scenario)s）") % {"name": pick(each.name), "scenario": say.SCENARIOS[each.scenario]}) for each in pack.scripts],
        "channels": [(code, say.way(code)) for code in say.CHANNELS],
        "who": [(key, str(name)) for key, name in say.WHO.items()],
        "outcomes": [(code, str(Outcome(code).label), say.follows(pack, pack.outcomes[code])) for code in OUTCOMES],
        "do": [(key, str(name)) for key, name in say.DO.items()],
        "books": [("", "—"), *((each.key, pick(each.name)) for each in pack.playbooks if not book or each.key != book.key)],
        "events": [("", _("不记")), *EventKind.choices],
        "slots": [(key, str(name)) for key, name in say.SLOTS.items()],
        "preview": preview_of(pack, draft, book, request) if status == 200 else None,
        "lang": lang(),
        "address": reverse("playbook_edit", args=[book.key]) if book else reverse("playbook_new"),
        "back": reverse("playbook", args=[book.key]) if book else reverse("playbooks"),
        "preview_url": reverse("playbook_preview", args=[book.key if book else NEW]),
    }
    if draft.bad:
        context["preview"] = preview_of(pack, draft, book, request)
    crumb = [(_("打法"), reverse("playbooks")), *([(pick(book.name), reverse("playbook", args=[book.key]))] if book else []), (title, "")]
    return render(request, "playbooks/edit.html", context, nav="playbooks", crumb=crumb, status=status)


# ── the preview ──────────────────────────────────────────────────────────────


@door("playbook.edit", ("POST",))
def playbook_preview(request: Request, key: str) -> HttpResponse:
    """What is in the form, read aloud for a made-up customer, and what keeps it from being saved."""
    pack = queries.pack()
    book = None if key == NEW else book_or_404(key)[1]
    draft, _body = read(request.POST, TICKS)
    context = {"preview": preview_of(pack, draft, book, request), "lang": lang(), "draft": draft}
    return render(request, "playbooks/preview.html", context, block="preview")


def preview_of(pack: Pack, draft: Draft, book: Playbook | None, request: Request) -> dict[str, Any]:
    """`blocks`: the talk; `say`: the steps' words; `faults`: what is wrong, in the reader's language."""
    body = _body_of(draft, request)
    key = book.key if book else WRITING
    try:
        found = playbook_of({**body, "key": key, "version": book.version if book else 1})
        held = queries.own()
        check(queries.base_pack(), {**held.playbooks, key: found}, held.scripts, found)
    except Refused as refused:
        seen = Draft(dict(draft.values), draft.chosen)
        seen.refuse(refused)
        return {"blocks": (), "faults": [*seen.errors.values(), *([seen.note] if seen.note else [])], "steps": ()}
    with_it = pack.model_copy(update={"playbooks": (*(each for each in pack.playbooks if each.key != key), found)})
    filling = say.sample(with_it, found, request.user)
    steps = [(say.when(step.day), say.way(step.channel), filled(step.say, filling)) for step in found.steps]
    return {"blocks": read_aloud(with_it, found, request.user), "faults": [], "steps": steps}


def _body_of(draft: Draft, request: Request) -> Body:
    """The body behind a draft that was just read, or that stands."""
    if request.method == "POST":
        return read(request.POST, TICKS)[1]
    data = request.POST.copy()
    for name, value in draft.values.items():
        data[name] = value
    for name, values in draft.chosen.items():
        data.setlist(name, values)
    return read(data, TICKS)[1]


def filled(text: Any, filling: Any) -> str:
    from liuke.work.words import line

    parts = line(text, filling)
    return "".join(part.text for part in parts) if parts is not None else _("（这一句填不全，不会出现）")


# ── a script ─────────────────────────────────────────────────────────────────


@door("playbook.edit", ("GET", "POST"))
def script_edit(request: Request, key: str) -> HttpResponse:
    pack, found = script_or_404(key)
    if request.method != "POST":
        return _script_form(request, pack, drafted(found.model_dump(mode="json", exclude_none=True)), found)
    draft, body = read(request.POST)
    if more := request.POST.get("more", ""):
        draft.rows[more] = draft.count(more) + 1
        return _script_form(request, pack, draft, found)
    try:
        saved = actions.save_script(
            request.user, key, {**body, "name": _named(found, body), "scenario": found.scenario}, why=request.POST.get("why", ""), seen=_seen(request)
        )
    except Refused as refused:
        draft.refuse(refused)
        return _script_form(request, pack, draft, found, 422)
    say_undo(request, _("话术“%(name)s”存成了版本 %(n)s") % {"name": pick(found.name), "n": saved.version}, _undo(saved))
    return moved(request, reverse("script_versions", args=[key]))


def _named(found: Script, body: Body) -> Any:
    return body.get("name") or found.name.model_dump()


@door("playbook.edit", ("POST",))
def script_preview(request: Request, key: str) -> HttpResponse:
    pack, found = script_or_404(key)
    draft, body = read(request.POST)
    context = {"preview": _script_preview(pack, body, draft, found, request), "lang": lang(), "draft": draft}
    return render(request, "playbooks/preview.html", context, block="preview")


def _script_preview(pack: Pack, body: Body, draft: Draft, found: Script, request: Request) -> dict[str, Any]:
    books = say.used_by(pack, found)
    try:
        new = script_of({**body, "key": found.key, "name": _named(found, body), "scenario": found.scenario})
        held = queries.own()
        check(queries.base_pack(), held.playbooks, {**held.scripts, found.key: new}, new)
    except Refused as refused:
        seen = Draft(dict(draft.values))
        seen.refuse(refused)
        return {"blocks": (), "faults": [*seen.errors.values(), *([seen.note] if seen.note else [])], "steps": ()}
    if not books:
        return {"blocks": (), "faults": [], "steps": ()}
    with_it = pack.model_copy(update={"scripts": tuple(new if each.key == new.key else each for each in pack.scripts)})
    blocks: tuple[Block, ...] = script(with_it, books[0], say.sample(with_it, books[0], request.user))
    return {"blocks": blocks, "faults": [], "steps": (), "of": pick(books[0].name)}


def _script_form(request: Request, pack: Pack, draft: Draft, found: Script, status: int = 200) -> HttpResponse:
    body = read(_as_data(request, draft))[1]
    title = _("改话术：%(name)s") % {"name": pick(found.name)}
    allowed = [(key, str(name)) for key, name in say.SLOTS.items() if key not in ("contract", "contract_end", "benefit")]
    context = {
        "title": title,
        "draft": draft,
        "script": found,
        "seen": request.POST.get("seen") or queries.newest_version(ScriptVersion, queries.base_pack(), found.key),
        "why": request.POST.get("why", ""),
        "step_names": [pick(name) for name in _step_names(found)],
        "slots": allowed,
        "used": say.used_by(pack, found),
        "preview": _script_preview(pack, body, draft, found, request),
        "preview_url": reverse("script_preview", args=[found.key]),
        "lang": lang(),
    }
    crumb = [(_("打法"), reverse("playbooks")), (_("话术：%(name)s") % {"name": pick(found.name)}, reverse("script_versions", args=[found.key])), (title, "")]
    return render(request, "playbooks/script_edit.html", context, nav="playbooks", crumb=crumb, status=status)


def _as_data(request: Request, draft: Draft) -> Any:
    data = request.POST.copy()
    for name, value in draft.values.items():
        data[name] = value
    return data


def _step_names(found: Script) -> Any:
    from liuke.packs.playbook import STEP_NAMES

    return STEP_NAMES[found.scenario]


# ── acts ─────────────────────────────────────────────────────────────────────


def _seen(request: Request) -> int | None:
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


MODELS: dict[str, queries.VersionModel] = {"playbook": PlaybookVersion, "script": ScriptVersion}


def _undo(row: Any) -> str:
    return reverse("playbook_version_undo", args=["playbook" if isinstance(row, PlaybookVersion) else "script", row.pk])


def _home(what: str, key: str) -> str:
    return reverse("playbook_versions" if what == "playbook" else "script_versions", args=[key])


@door("playbook.edit", ("POST",))
def playbook_off(request: Request, key: str, off: int) -> HttpResponse:
    _pack, book = book_or_404(key)
    try:
        row = actions.switch_playbook(request.user, key, bool(off))
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        said = _("停用了“%(name)s”，在里面的做完为止") if off else _("又用上了“%(name)s”")
        say_undo(request, said % {"name": pick(book.name)}, _undo(row))
    return moved(request, reverse("playbook", args=[key]))


@door("playbook.edit", ("POST",))
def version_back(request: Request, what: str, key: str, version: int) -> HttpResponse:
    """Back to an older version; 0 is the pack's own."""
    model = _model(what)
    try:
        row = actions.back_to(request.user, model, key, version) if version else actions.own_again(request.user, model, key)
    except model.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        if refused.code.endswith(".unknown"):
            raise Http404 from None
        say_undo(request, words(refused))
    else:
        said = _("退回到版本 %(old)s，存成了版本 %(n)s") if version else _("用回了行业包自带的，存成了版本 %(n)s")
        say_undo(request, said % {"old": version, "n": row.version}, _undo(row))
    return moved(request, _home(what, key))


@door("playbook.edit", ("POST",))
def version_undo(request: Request, what: str, pk: int) -> HttpResponse:
    model = _model(what)
    try:
        row = actions.withdraw(request.user, model, pk)
    except model.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("playbooks"))
    say_undo(request, _("撤回了版本 %(n)s") % {"n": row.version})
    try:
        queries.pack().playbook(row.key)
    except KeyError:
        return moved(request, _home(what, row.key) if what == "script" else reverse("playbooks"))
    return moved(request, _home(what, row.key))


def _model(what: str) -> queries.VersionModel:
    if what not in MODELS:
        raise Http404
    return MODELS[what]


urlpatterns = [
    path("playbooks/new/", playbook_new, name="playbook_new"),
    path("playbooks/<slug:key>/edit/", playbook_edit, name="playbook_edit"),
    path("playbooks/<slug:key>/preview/", playbook_preview, name="playbook_preview"),
    path("playbooks/<slug:key>/off/<int:off>/", playbook_off, name="playbook_off"),
    path("playbooks/scripts/<slug:key>/edit/", script_edit, name="script_edit"),
    path("playbooks/scripts/<slug:key>/preview/", script_preview, name="script_preview"),
    path("playbooks/versions/<slug:what>/<slug:key>/<int:version>/back/", version_back, name="playbook_version_back"),
    path("playbooks/versions/<slug:what>/<int:pk>/undo/", version_undo, name="playbook_version_undo"),
]
