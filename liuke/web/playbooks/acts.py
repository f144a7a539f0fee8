"""Acts on playbooks and scripts: off and on, back to an older version, undo."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.playbooks import actions, queries
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import say_undo
from liuke.web.playbooks.listing import book_or_404
from liuke.work.words import pick


def seen_version(request: Request) -> int | None:
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def undo_of(row: Any) -> str:
    return reverse("playbook_version_undo", args=["playbook" if isinstance(row, PlaybookVersion) else "script", row.pk])


MODELS: dict[str, queries.VersionModel] = {"playbook": PlaybookVersion, "script": ScriptVersion}


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
        say_undo(request, said % {"name": pick(book.name)}, undo_of(row))
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
        say_undo(request, said % {"old": version, "n": row.version}, undo_of(row))
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
    path("playbooks/<slug:key>/off/<int:off>/", playbook_off, name="playbook_off"),
    path("playbooks/versions/<slug:what>/<slug:key>/<int:version>/back/", version_back, name="playbook_version_back"),
    path("playbooks/versions/<slug:what>/<int:pk>/undo/", version_undo, name="playbook_version_undo"),
]
