"""导出: ask for a list as a file, say yes or no to others', fetch one's own within a day."""

from __future__ import annotations

import logging

from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody import exporting
from liuke.custody.exports_seen import for_my_word, mine, others, taken
from liuke.custody.labels import Encoding, ExportState, FileFormat
from liuke.custody.models import Export
from liuke.custody.rules import needs_approval
from liuke.exchange.exports import making
from liuke.exchange.exports.registry import bundle, find
from liuke.jobs import tasks
from liuke.kernel.refusal import Refused
from liuke.team.permissions import may
from liuke.team.queries import pack
from liuke.web.doors import Request, door, words
from liuke.web.entry import typed
from liuke.web.exports.words import decided_by, facts, failure, file_name, in_words, line, lines, title, title_of
from liuke.web.going import back_to
from liuke.web.page import render, say_undo
from liuke.web.words import thousands

MINE = 20
log = logging.getLogger(__name__)
PER_PAGE = 50
TYPES = {
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.CSV: "text/csv",
}


@door("export.ask")
def exports(request: Request) -> HttpResponse:
    """What waits for my word, what I asked for, and, for who answers for it, what everybody else took out."""
    user = request.user
    waiting = list(for_my_word(user)[:PER_PAGE])
    own = list(mine(user)[:MINE])
    history = Paginator(others(user).exclude(state=ExportState.WAITING), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": lines(waiting),
        "own": lines(own),
        "decides": may(user, "export.approve"),
        "history": history,
        "others": lines(history.object_list),
        "title": _title(len(waiting), own),
    }
    return render(request, "exports/list.html", context, nav="exports", crumb=_("导出"))


def _title(waiting: int, own: list[Export]) -> str:
    if waiting:
        return _("%(n)s 份导出等您批") % {"n": waiting}
    ready = sum(export.state == ExportState.READY for export in own)
    if ready:
        return _("%(n)s 份文件可以下载") % {"n": ready}
    asked = sum(export.state == ExportState.WAITING for export in own)
    return _("%(n)s 份在等人批") % {"n": asked} if asked else _("没有等着的导出")


@door("export.ask", ("GET", "POST"))
def export_new(request: Request, key: str) -> HttpResponse:
    """One list, its conditions in words, how many rows, who must agree; then it is asked for."""
    user, listing = request.user, find(request.user, key)
    if listing is None:
        raise Http404
    query = request.GET.urlencode()
    form = typed(request.POST.dict())
    chosen = request.POST.getlist("column") if request.method == "POST" else [column.key for column in listing.columns]
    said, rows = in_words(listing, user, query), listing.count(user, query)
    if request.method == "POST":
        wanted = exporting.Wanted(
            listing=listing.key,
            query=query,
            conditions=tuple(said),
            columns=tuple(column.key for column in listing.chosen(chosen)),
            format=form.get("format"),
            encoding=form.get("encoding") or Encoding.UTF8,
            clear=form.get("clear") == "1" and listing.personal,
            purpose=form.get("purpose"),
            rows=rows,
        )
        try:
            export = _asked(request, wanted)
        except Refused as refused:
            form.refuse(refused, {"export.purpose": "purpose", "text.too_long": "purpose", "text.nul": "purpose"})
        else:
            return redirect("export", export.pk)
    threshold, before = pack().cards.export_rows, taken(user, listing.key)
    context = {
        "listing": listing,
        "form": form,
        "said": said,
        "rows": rows,
        "threshold": threshold,
        "asks": needs_approval(rows, False, threshold, before),
        "before": before,
        "may_clear": listing.personal and may(user, "export.clear"),
        "deciders": [one.name for one in exporting.deciders(user)],
        "chosen": chosen,
        "formats": FileFormat.choices,
        "encodings": Encoding.choices,
        "back": back_to(request, reverse("exports")),
    }
    return render(
        request, "exports/new.html", context, nav="exports", crumb=_under(str(listing.title)), status=422 if form.bad else 200
    )  # fmt: skip


def _asked(request: Request, wanted: exporting.Wanted) -> Export:
    with transaction.atomic():  # one that may be made but has no job would wait for the next round of the timetable
        export = exporting.ask(request.user, wanted)
        if export.state == ExportState.APPROVED and not making.quick(export):
            tasks.make_export.enqueue(export.pk)
    if export.state == ExportState.APPROVED and making.quick(export):
        _make_now(export.pk)
    return export


def _make_now(export_id: int) -> None:
    """A short file, while the reader waits. A fault is in the log, and the export's own page says that it failed."""
    try:
        making.make(export_id)
    except Exception:
        log.exception("export %s", export_id)


@door("export.ask")
def export(request: Request, pk: int) -> HttpResponse:
    """One export: what it is, where it stands, and what the reader may do with it."""
    found = _export(request, pk)
    context = {**_context(request, found), "form": typed({})}
    return render(request, "exports/export.html", context, nav="exports", crumb=_under(title_of(found)))


@door("export.ask")
def export_progress(request: Request, pk: int) -> HttpResponse:
    """Asked every second by the page that waits; when it is done the page is told to open what came."""
    found = _export(request, pk)
    if found.state not in (ExportState.APPROVED, ExportState.MAKING):
        return HttpResponse(headers={"HX-Redirect": reverse("export", args=[pk])})
    return render(request, "exports/export.html", _context(request, found), block="progress")


@door("export.approve", ("POST",))
def export_approve(request: Request, pk: int) -> HttpResponse:
    seen = request.POST.get("rows", "")
    try:
        # Not in one transaction with the job: a refusal leaves its line on the log. A lost job is made up for by the timetable.
        found = exporting.approve(request.user, pk, int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1)
    except Export.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return _again(request, pk, refused)
    if making.quick(found):
        _make_now(found.pk)
    else:
        tasks.make_export.enqueue(found.pk)
    say_undo(request, _("同意了%(name)s的导出，%(rows)s 行") % {"name": found.actor.name, "rows": thousands(found.rows)})
    return redirect("exports")


@door("export.approve", ("POST",))
def export_refuse(request: Request, pk: int) -> HttpResponse:
    try:
        found = exporting.refuse(request.user, pk, request.POST.get("reason", ""))
    except Export.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return _again(request, pk, refused)
    say_undo(request, _("没有同意%(name)s的导出") % {"name": found.actor.name})
    return redirect("exports")


def _again(request: Request, pk: int, refused: Refused) -> HttpResponse:
    """The page once more with the refusal on it."""
    form = typed(request.POST.dict())
    form.refuse(refused, {"export.reason": "reason"})
    found = _export(request, pk)
    context = {**_context(request, found), "form": form}
    status = 422 if form.errors else 409
    return render(request, "exports/export.html", context, nav="exports", crumb=_under(title_of(found)), status=status)


@door("export.ask", ("POST",))
def export_withdraw(request: Request, pk: int) -> HttpResponse:
    try:
        exporting.withdraw(request.user, pk)
    except Export.DoesNotExist:
        raise Http404 from None
    say_undo(request, _("这份导出不要了，文件已经删掉"))
    return redirect("exports")


@door("export.ask", ("POST",))
def export_file(request: Request, pk: int) -> HttpResponseBase:
    """The file itself, for who asked for it. By POST: each fetch is written down, and an address passed on fetches nothing."""
    try:
        found, where = exporting.file_for(request.user, pk)
    except Export.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect("export", pk)
    answer = FileResponse(where.open("rb"), as_attachment=True, filename=file_name(found), content_type=TYPES[FileFormat(found.format)])
    answer["Cache-Control"] = "no-store"
    return answer


def _export(request: Request, pk: int) -> Export:
    """One the reader may know of. Somebody else's address, tried, is written down."""
    found = Export.objects.visible_to(request.user).select_related("actor__unit", "actor__scope", "decided_by").filter(pk=pk).first()
    if found is None:
        if hidden := Export.objects.filter(pk=pk).first():
            exporting.denied(request.user, hidden, "export.not_yours")
        raise Http404
    return found


def _context(request: Request, found: Export) -> dict[str, object]:
    own = found.actor_id == request.user.pk
    decides = may(request.user, "export.approve") and not own and found.state == ExportState.WAITING
    return {
        "export": found,
        "line": line(found),
        "own": own,
        "decides": decides and request.user in exporting.deciders(found.actor),
        "deciders": [one.name for one in exporting.deciders(found.actor)] if found.state == ExportState.WAITING else [],
        "queued": found.state in (ExportState.APPROVED, ExportState.MAKING) and tasks.waits(tasks.make_export, found.pk),
        "decided": decided_by(found),
        "elsewhere": reverse("mailing_of", args=[found.pk]) if bundle(found.listing) else "",
        "title": title(found, own),
        "facts": facts(found),
        "failure": failure(found),
    }


def _under(here: str) -> list[tuple[str, str]]:
    return [(_("导出"), reverse("exports")), (here, "")]


urlpatterns = [
    path("exports/", exports, name="exports"),
    path("exports/new/<slug:key>/", export_new, name="export_new"),
    path("exports/<int:pk>/", export, name="export"),
    path("exports/<int:pk>/progress/", export_progress, name="export_progress"),
    path("exports/<int:pk>/approve/", export_approve, name="export_approve"),
    path("exports/<int:pk>/refuse/", export_refuse, name="export_refuse"),
    path("exports/<int:pk>/withdraw/", export_withdraw, name="export_withdraw"),
    path("exports/<int:pk>/file/", export_file, name="export_file"),
]
