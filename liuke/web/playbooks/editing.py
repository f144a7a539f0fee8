"""Writing a playbook: the form with a preview beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.labels import EventKind
from liuke.interactions.labels import Outcome
from liuke.kernel.refusal import Refused
from liuke.packs import Pack, Playbook
from liuke.packs.playbook import OUTCOMES
from liuke.playbooks import actions, queries
from liuke.playbooks.rules import check, playbook_of
from liuke.standing.labels import Stage
from liuke.web.doors import Request, door
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.playbooks import words as say
from liuke.web.playbooks.acts import seen_version, undo_of
from liuke.web.playbooks.form import Body, Draft, drafted, read
from liuke.web.playbooks.listing import book_or_404, read_aloud
from liuke.work.words import Block, lang, line, pick

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
            saved = actions.save_playbook(request.user, key, body, why=request.POST.get("why", ""), seen=seen_version(request))
        except Refused as refused:
            draft.refuse(refused)
        else:
            say_undo(request, _("%(name)s存成了版本 %(n)s") % {"name": pick(book.name), "n": saved.version}, undo_of(saved))
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
            say_undo(request, _("加了打法“%(name)s”") % {"name": body["name"]["zh"]}, undo_of(saved))
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
    own_signals = [each for each in pack.signals if book and each.playbook == book.key and each.key not in book.signals]
    context = {
        "title": title,
        "draft": draft,
        "book": book,
        "seen": request.POST.get("seen") or (book.version if book else ""),
        "why": request.POST.get("why", ""),
        "own_signals": [pick(each.name) for each in own_signals],
        "signals": [(each.key, pick(each.name)) for each in pack.signals if each not in own_signals],
        "stages": Stage.choices,
        "kinds": [("", _("和哪份合约都没关系")), *((each.key, pick(each.name)) for each in pack.contract_kinds)],
        "success": [(key, str(name)) for key, name in say.SUCCESS.items()],
        "scripts": [(each.key, pick(each.name)) for each in pack.scripts],
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


@dataclass(frozen=True)
class Preview:
    """What is written, read aloud: the talk, and the words of each step (day, way, words). `faults`: what keeps it from being saved, in the
    reader's language, each with its field's address on the page and name ("" about the whole). `of`: the playbook a script is read with."""

    blocks: tuple[Block, ...] = ()
    steps: tuple[tuple[str, str, str], ...] = ()
    faults: tuple[tuple[str, str, str], ...] = ()
    of: str = ""


def faults_at(draft: Draft) -> tuple[tuple[str, str, str], ...]:
    """What is wrong, beside the field it is in."""
    placed = [
        (f"#f-{name}", say.label([int(part) if part.isdigit() else part for part in name.removesuffix(".zh").split(".")]), told)
        for name, told in draft.errors.items()
    ]
    return (*placed, *([("", "", draft.note)] if draft.note else []))


def preview_of(pack: Pack, draft: Draft, book: Playbook | None, request: Request) -> Preview:
    body = _body_of(draft, request)
    key = book.key if book else WRITING
    try:
        found = playbook_of({**body, "key": key, "version": book.version if book else 1})
        held = queries.own()
        check(queries.base_pack(), {**held.playbooks, key: found}, held.scripts, found)
    except Refused as refused:
        seen = Draft(dict(draft.values), draft.chosen)
        seen.refuse(refused)
        return Preview(faults=faults_at(seen))
    with_it = pack.model_copy(update={"playbooks": (*(each for each in pack.playbooks if each.key != key), found)})
    filling = say.sample(with_it, found, request.user)
    steps = [(say.when(step.day), say.way(step.channel), filled(step.say, filling)) for step in found.steps]
    return Preview(read_aloud(with_it, found, request.user), tuple(steps))


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
    parts = line(text, filling)
    return "".join(part.text for part in parts) if parts is not None else _("（这一句填不全，不会出现）")


urlpatterns = [
    path("playbooks/new/", playbook_new, name="playbook_new"),
    path("playbooks/<slug:key>/edit/", playbook_edit, name="playbook_edit"),
    path("playbooks/<slug:key>/preview/", playbook_preview, name="playbook_preview"),
]
