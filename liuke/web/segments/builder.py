"""The page on which a segment is built, with how many customers fit while it is being built."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.segments import filters, keeping, kept
from liuke.segments.catalogue import catalogue
from liuke.segments.conditions import Catalogue, Group, leaves, read
from liuke.segments.filters import Filter
from liuke.segments.from_filter import from_filter
from liuke.segments.models import Segment, Shared
from liuke.standing.models import Standing
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import colleagues, pack, units_in_scope
from liuke.web.customers.listing import address
from liuke.web.customers.words import SHARED
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.segments.form import Sketch, changed, leaves_of, matching, show, sketch, sound_part
from liuke.web.segments.listing import usable

PATIENCE = 1.5
"""Seconds of counting in one answer; what is left is fetched by the next one."""
SAMPLE = 5


@dataclass(frozen=True)
class Live:
    """What the conditions find: in all (None: cannot be said, `why`), each condition by its path (None: not counted yet; words: why it
    cannot be), a few customers."""

    total: int | None
    why: str
    each: dict[str, int | str | None]
    waiting: bool
    said: str
    sample: tuple[tuple[Customer, Standing | None], ...]


@door("segment.save", ("GET", "POST"))
def segment_new(request: Request) -> HttpResponse:
    """Begin with nothing, or with the conditions of the list one comes from."""
    found, rest = from_filter(filters.read(request.GET.dict()))
    return _builder(request, None, found, rest)


@door("segment.save", ("GET", "POST"))
def segment(request: Request, pk: int) -> HttpResponse:
    row = usable(request, pk)
    return _builder(request, row, row.conditions, filters.read(request.GET.dict()).having(segment=""))


def _builder(request: Request, row: Segment | None, begun: Sketch, rest: Filter) -> HttpResponse:
    user, known = request.user, catalogue(pack())
    posted = request.method == "POST"
    found = sketch(request.POST, known) if posted else _as_group(begun)
    do, new, error = request.POST.get("do", ""), "", None
    if posted and do in ("save", "copy", "list"):
        try:
            return moved(request, _done(request, row, found, rest, do))
        except Refused as refused:
            error = refused
    elif posted:
        found, new = changed(found, do, known)
    context = _context(request, row, found, rest, known, new)
    context |= {
        "error": words(error) if error else "",
        "name_error": bool(error and error.code in ("segment.name", "segment.name_used", "text.too_long")),
    }
    context["live"] = _live(user, found, known) if posted and not request.htmx and not error else None
    status = 422 if error else 200
    if request.htmx and posted:
        return render(request, "segments/builder.html", context, block="builder", status=status)
    title = row.name if row and not row.draft else _("新分组")
    crumb = [(_("分组"), reverse("segments")), (title, "")]
    return render(request, "segments/builder.html", context | {"title": title}, nav="segments", crumb=crumb, status=status)


def _as_group(found: Sketch) -> Sketch:
    return {"all": [found]} if "ask" in found else found


def _context(request: Request, row: Segment | None, found: Sketch, rest: Filter, known: Catalogue, new: str) -> dict[str, Any]:
    user, posted = request.user, request.method == "POST"
    looking = request.POST.get("do") == "find"
    path = next((name.removeprefix("find.") for name, value in request.POST.items() if looking and name.startswith("find.") and value), "")
    return {
        **SHARED,
        "row": row,
        "own": row is None or row.owner_id == user.pk,
        "tree": show(found, known, _offers(user, found), new),
        "find": (path, request.POST.get(f"find.{path}", "")),
        "matching": lambda asked: matching(asked, known),
        "name": request.POST.get("name", row.name if row else ""),
        "shared": request.POST.get("shared", row.shared if row else Shared.NONE),
        "reach": [(one.value, str(one.label)) for one in keeping.may_share(user)],
        "version": request.POST.get("version", row.version if row else ""),
        "rest": rest,
        "address": address,
        "posted": posted,
        "may_save": may(user, "segment.save"),
    }


def _offers(user: User, found: Sketch) -> dict[str, list[tuple[str, str]]]:
    """What the inputs for units, people and other segments offer; asked for only where there is such an input."""
    asked = set(_asks(found))
    offers: dict[str, list[tuple[str, str]]] = {}
    if asked & {"unit", "deals"}:
        offers["unit"] = [(str(pk), name) for pk, name in units_in_scope(user).order_by("path").values_list("pk", "name")]
    if "owner" in asked:
        staff = colleagues(user).filter(role__in=(Role.REP, Role.AGENT)).order_by("unit__path", "name")
        offers["owner"] = [(str(pk), name) for pk, name in staff.values_list("pk", "name")]
    if "segment" in asked:
        offers["segment"] = [(str(row.pk), row.name) for row in kept.listed(user)]
    return offers


def _asks(found: Sketch) -> list[str]:
    if "ask" in found:
        return [str(found["ask"])]
    return [ask for parts in found.values() for part in parts for ask in _asks(part)]


def _done(request: Request, row: Segment | None, found: Sketch, rest: Filter, do: str) -> str:
    """Keep it, or look at its list; returns where to go."""
    user = request.user
    if do == "list":
        same = row is not None and read(found, catalogue(pack())) == kept.tree(row)
        shown = row if row is not None and same else keeping.draft_segment(user, found)
        return address(rest.having(segment=str(shown.pk)))
    own = row is not None and row.owner_id == user.pk and do == "save"
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdigit() else None
    name, shared = request.POST.get("name", ""), request.POST.get("shared", Shared.NONE)
    made = keeping.save_segment(user, name, found, shared, row.pk if own and row else None, version if own else None)
    if made.before is None:
        say_undo(request, _("存了分组“%(name)s”") % {"name": made.name}, reverse("segment_archive", args=[made.pk]))
    else:
        say_undo(request, _("改了分组“%(name)s”") % {"name": made.name}, reverse("segment_undo", args=[made.pk, made.version]))
    return reverse("segment", args=[made.pk])


@door("segment.save")
def segment_found(request: Request) -> HttpResponse:
    """What can be added for what was typed."""
    place = request.GET.get("path", "0")
    asked = next((str(value).strip() for name, value in request.GET.items() if name.startswith("find.")), "")
    if not request.htmx:
        return redirect("segment_new")
    context = {
        "path": place if place.replace("-", "").isdigit() else "0",
        "groups": matching(asked, catalogue(pack())),
        "asked": asked.strip(),
    }
    return render(request, "segments/found.html", context, block="found")


@door("segment.save", ("POST",))
def segment_counts(request: Request) -> HttpResponse:
    """How many fit, beside each condition and in all; everything as pieces that go to their places."""
    known = catalogue(pack())
    live = _live(request.user, sketch(request.POST, known), known)
    return render(request, "segments/live.html", {**SHARED, "live": live, "oob": True}, block="pieces")


def _live(user: User, found: Sketch, known: Catalogue) -> Live:
    """Counts, within PATIENCE: first the whole, then each condition."""
    run, began = current_run(), time.perf_counter()
    each: dict[str, int | str | None] = {}
    waiting = False
    whole = sound_part(found, known)
    total, why, said, sample = None, "", "", list[Customer]()
    try:
        if hidden := next((ask for ask in _asks(found) if ask not in known.entries), ""):
            keeping.taken(user, {"ask": hidden})
        elif whole is None:
            why = _("还没有条件。")
        else:
            node = keeping.taken(user, whole)
            total, said = kept.size(node, user, run), kept.said(node, user)
            sample = kept.sample(node, user, run, SAMPLE)
    except Refused as refused:
        why = words(refused)
    only = len(list(leaves(read(whole, known)))) == 1 if whole and not why else False
    for path_of, leaf in leaves_of(found, known):
        if isinstance(leaf, str):
            each[path_of] = leaf
            continue
        if why:
            each[path_of] = ""
            continue
        if time.perf_counter() - began > PATIENCE:
            each[path_of], waiting = None, True
            continue
        node = Group("all", (leaf,))
        try:
            each[path_of] = total if only and _plain(whole) else kept.size(node, user, run)
        except Refused:
            each[path_of] = None
    rows = {row.customer_id: row for row in standings(run).filter(customer__in=[card.pk for card in sample])}
    return Live(total, why, each, waiting, said, tuple((card, rows.get(card.pk)) for card in sample))


def _plain(whole: Sketch | None) -> bool:
    return whole is not None and "none" not in whole


urlpatterns = [
    path("segments/new/", segment_new, name="segment_new"),
    path("segments/found/", segment_found, name="segment_found"),
    path("segments/counts/", segment_counts, name="segment_counts"),
    path("segments/<int:pk>/", segment, name="segment"),
]
