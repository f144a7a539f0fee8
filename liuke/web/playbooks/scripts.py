"""Writing a script: the form with a preview beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.packs import Pack
from liuke.packs.playbook import STEP_NAMES, Script
from liuke.playbooks import actions, queries
from liuke.playbooks.models import ScriptVersion
from liuke.playbooks.rules import check, script_of
from liuke.web.doors import Request, door
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.playbooks import words as say
from liuke.web.playbooks.acts import seen_version, undo_of
from liuke.web.playbooks.editing import Preview, faults_at
from liuke.web.playbooks.form import Body, Draft, drafted, read
from liuke.web.playbooks.listing import script_or_404
from liuke.work.words import Block, lang, pick, script


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
            request.user,
            key,
            {**body, "name": _named(found, body), "scenario": found.scenario},
            why=request.POST.get("why", ""),
            seen=seen_version(request),
        )
    except Refused as refused:
        draft.refuse(refused)
        return _script_form(request, pack, draft, found, 422)
    say_undo(request, _("话术“%(name)s”存成了版本 %(n)s") % {"name": pick(found.name), "n": saved.version}, undo_of(saved))
    return moved(request, reverse("script_versions", args=[key]))


def _named(found: Script, body: Body) -> Any:
    return body.get("name") or found.name.model_dump()


@door("playbook.edit", ("POST",))
def script_preview(request: Request, key: str) -> HttpResponse:
    pack, found = script_or_404(key)
    draft, body = read(request.POST)
    context = {"preview": _script_preview(pack, body, draft, found, request), "lang": lang(), "draft": draft}
    return render(request, "playbooks/preview.html", context, block="preview")


def _script_preview(pack: Pack, body: Body, draft: Draft, found: Script, request: Request) -> Preview:
    books = say.used_by(pack, found)
    try:
        new = script_of({**body, "key": found.key, "name": _named(found, body), "scenario": found.scenario})
        held = queries.own()
        check(queries.base_pack(), held.playbooks, {**held.scripts, found.key: new}, new)
    except Refused as refused:
        seen = Draft(dict(draft.values))
        seen.refuse(refused)
        return Preview(faults=faults_at(seen))
    if not books:
        return Preview()
    with_it = pack.model_copy(update={"scripts": tuple(new if each.key == new.key else each for each in pack.scripts)})
    blocks: tuple[Block, ...] = script(with_it, books[0], say.sample(with_it, books[0], request.user))
    return Preview(blocks, of=pick(books[0].name))


def _script_form(request: Request, pack: Pack, draft: Draft, found: Script, status: int = 200) -> HttpResponse:
    body = read(_as_data(request, draft))[1]
    title = _("改话术：%(name)s") % {"name": pick(found.name)}
    allowed = [(key, str(name)) for key, name in say.SLOTS.items() if key not in ("contract", "contract_end", "benefit", "promise")]
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
    crumb = [
        (_("打法"), reverse("playbooks")),
        (_("话术：%(name)s") % {"name": pick(found.name)}, reverse("script_versions", args=[found.key])),
        (title, ""),
    ]
    return render(request, "playbooks/script_edit.html", context, nav="playbooks", crumb=crumb, status=status)


def _as_data(request: Request, draft: Draft) -> Any:
    data = request.POST.copy()
    for name, value in draft.values.items():
        data[name] = value
    return data


def _step_names(found: Script) -> Any:
    return STEP_NAMES[found.scenario]


urlpatterns = [
    path("playbooks/scripts/<slug:key>/edit/", script_edit, name="script_edit"),
    path("playbooks/scripts/<slug:key>/preview/", script_preview, name="script_preview"),
]
