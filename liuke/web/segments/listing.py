"""分组: the list of segments, and what is done with one: put away, taken back, copied."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.segments import keeping, kept
from liuke.segments.catalogue import catalogue
from liuke.segments.conditions import Catalogue, Node, read
from liuke.segments.models import Segment
from liuke.standing.queries import current_run
from liuke.team.queries import pack
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo


@dataclass(frozen=True)
class Line:
    """One segment of the list."""

    row: Segment
    said: str
    mine: bool
    used_in: tuple[Segment, ...]


# ── the list ─────────────────────────────────────────────────────────────────


@door("segment.save")
def segments(request: Request) -> HttpResponse:
    user = request.user
    rows = kept.listed(user)
    used = kept.used_in([row.pk for row in rows])
    known = catalogue(pack())
    trees = {row.pk: tree for row in rows if (tree := _tree(row, known)) is not None}
    names = kept.names_for(trees.values(), user)
    there = {row.pk for row in rows}
    lines = [
        Line(
            row,
            kept.said(trees[row.pk], user, names) if row.pk in trees else "",
            row.owner_id == user.pk,
            tuple(outer for outer in used.get(row.pk, ()) if outer.pk in there),
        )
        for row in rows
    ]
    own = sum(line.mine for line in lines)
    title = _("您有 %(n)s 个分组") % {"n": own} if own else _("您还没有分组")
    gone = Segment.objects.filter(owner=user, draft=False).exclude(archived_at=None).order_by("-archived_at")[:10]
    context = {"lines": lines, "title": title, "gone": list(gone), "others": len(lines) - own}
    return render(request, "segments/list.html", context, nav="segments", crumb=_("分组"))


def _tree(row: Segment, known: Catalogue) -> Node | None:
    """Its conditions; None where the pack no longer knows one of them."""
    try:
        return read(row.conditions, known)
    except Refused:
        return None


@door("segment.save")
def size(request: Request, pk: int) -> HttpResponse:
    """How many of the reader's customers are in it, once the list stands."""
    row = usable(request, pk)
    try:
        found: int | None = kept.size(kept.tree(row), request.user, current_run())
    except Refused:
        found = None
    if not request.htmx:
        return redirect("segment", row.pk)
    return render(request, "segments/size.html", {"row": row, "found": found}, block="size")


def usable(request: Request, pk: int) -> Segment:
    row = kept.usable(request.user).select_related("owner", "unit").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


# ── acts ─────────────────────────────────────────────────────────────────────


@door("segment.save", ("POST",))
def segment_archive(request: Request, pk: int) -> HttpResponse:
    try:
        row = keeping.archive_segment(request.user, pk)
    except Segment.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("segments"))
    say_undo(request, _("收起了分组“%(name)s”") % {"name": row.name}, reverse("segment_restore", args=[row.pk]))
    return moved(request, reverse("segments"))


@door("segment.save", ("POST",))
def segment_restore(request: Request, pk: int) -> HttpResponse:
    try:
        row = keeping.restore_segment(request.user, pk)
    except Segment.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("segments"))
    say_undo(request, _("分组“%(name)s”回来了") % {"name": row.name}, reverse("segment_archive", args=[row.pk]))
    return moved(request, reverse("segments"))


@door("segment.save", ("POST",))
def segment_undo(request: Request, pk: int, version: int) -> HttpResponse:
    try:
        row = keeping.undo_change(request.user, pk, version)
    except Segment.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("segments"))
    say_undo(request, _("分组“%(name)s”改回去了") % {"name": row.name}, reverse("segment_undo", args=[row.pk, row.version]))
    return moved(request, reverse("segment", args=[row.pk]))


@door("segment.save", ("POST",))
def segment_copy(request: Request, pk: int) -> HttpResponse:
    try:
        row = keeping.copy_segment(request.user, pk)
    except Segment.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("segments"))
    say_undo(request, _("抄了一份，叫“%(name)s”") % {"name": row.name}, reverse("segment_archive", args=[row.pk]))
    return moved(request, reverse("segment", args=[row.pk]))


urlpatterns = [
    path("segments/", segments, name="segments"),
    path("segments/<int:pk>/size/", size, name="segment_size"),
    path("segments/<int:pk>/archive/", segment_archive, name="segment_archive"),
    path("segments/<int:pk>/restore/", segment_restore, name="segment_restore"),
    path("segments/<int:pk>/undo/<int:version>/", segment_undo, name="segment_undo"),
    path("segments/<int:pk>/copy/", segment_copy, name="segment_copy"),
]
