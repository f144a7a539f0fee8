"""邮寄: the runs of letters; the letters and the addresses, to be fetched when somebody said yes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from liuke.custody import exporting
from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.exchange import mailings as files
from liuke.kernel.refusal import Refused
from liuke.mailing import actions, queries
from liuke.mailing.labels import Reason
from liuke.mailing.models import Mailing
from liuke.team.permissions import may
from liuke.web.doors import Request, door, words
from liuke.web.exports.mailing_new import SHOWN, asked_reason, people
from liuke.web.exports.words import decided_by, failure, line
from liuke.web.page import render, say_undo
from liuke.web.words import thousands

PER_PAGE = 50


@door("mailing.read")
def mailings(request: Request) -> HttpResponse:
    """The runs, newest first."""
    page = Paginator(queries.mailings(request.user), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(each, line(each.export)) for each in page.object_list]
    waiting = sum(each.export.state == ExportState.WAITING for each in page.object_list)
    title = _("%(n)s 批信在等人同意") % {"n": waiting} if waiting else _("没有等着的信")
    context = {"page": page, "rows": rows, "title": title, "may_make": may(request.user, "mailing.make")}
    return render(request, "mailings/list.html", context, nav="exports", crumb=[(_("导出"), reverse("exports")), (_("邮寄"), "")])


@door("mailing.read")
def mailing_customers(request: Request, pk: int) -> HttpResponse:
    """Who got a letter of a run, or why not."""
    found = _mailing(request, pk)
    reason = asked_reason(request)
    count = found.letters if reason == Reason.SENT else found.left_out.get(reason.value, 0)
    return people(request, reason, count, queries.customers_of(found, request.user, reason.value, SHOWN), reverse("mailing", args=[pk]))


@door("mailing.read")
def mailing(request: Request, pk: int) -> HttpResponse:
    """One run: where it stands, the letter, who not and why; its files, for who made it."""
    found = _mailing(request, pk)
    export, own = found.export, found.export.actor_id == request.user.pk
    if request.htmx:  # the page that waits asks whether it is done
        waits = export.state in (ExportState.APPROVED, ExportState.MAKING)
        return HttpResponse(status=204) if waits else HttpResponse(headers={"HX-Redirect": reverse("mailing", args=[pk])})
    context = {
        "mailing": found,
        "export": export,
        "own": own,
        "line": line(export),
        "decided": decided_by(export),
        "failure": failure(export),
        "deciders": [one.name for one in exporting.deciders(export.actor)] if export.state == ExportState.WAITING else [],
        "decides": may(request.user, "export.approve") and not own and export.state == ExportState.WAITING,
        "reasons": queries.reason_words(found.left_out),
        "left": sum(found.left_out.values()),
        "paragraphs": found.body.split("\n"),
        "title": _title(found),
        "may_make": may(request.user, "mailing.make"),
    }
    return render(request, "mailings/run.html", context, nav="exports", crumb=_crumb(_("第 %(n)s 批") % {"n": found.pk}))


def _title(found: Mailing) -> str:
    slots = {"n": thousands(found.letters), "name": found.name}
    return {
        ExportState.WAITING: lambda: _("%(n)s 封信等人同意"),
        ExportState.READY: lambda: _("%(n)s 封信做好了"),
        ExportState.REFUSED: lambda: _("%(n)s 封信没批"),
        ExportState.EXPIRED: lambda: _("%(n)s 封信，文件过期了"),
        ExportState.FAILED: lambda: _("%(n)s 封信没做成"),
        ExportState.DROPPED: lambda: _("%(n)s 封信不要了"),
    }.get(ExportState(found.export.state), lambda: _("%(n)s 封信正在做"))() % slots


@door("mailing.read")
def mailing_of(request: Request, pk: int) -> HttpResponse:
    """From an export to the run it carries."""
    try:
        return redirect("mailing", actions.of_export(request.user, pk).pk)
    except Mailing.DoesNotExist:
        raise Http404 from None


@door("mailing.make", ("POST",))
def mailing_letters(request: Request, pk: int) -> HttpResponse:
    return _file(request, pk, files.LETTERS, "application/pdf", _("信"))


@door("mailing.make", ("POST",))
def mailing_addresses(request: Request, pk: int) -> HttpResponse:
    return _file(request, pk, files.ADDRESSES, "text/csv", _("地址"))


def _file(request: Request, pk: int, name: str, kind: str, what: str) -> HttpResponse:
    """One of the two files, for who asked, within a day. By POST: each fetch is written down, and an address passed on fetches nothing."""
    found = _mailing(request, pk)
    try:
        export, where = exporting.file_for(request.user, found.export_id)
    except Export.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect("mailing", pk)
    made = timezone.localtime(export.made_at or timezone.now())
    slots = {"name": found.name, "what": what, "day": f"{made:%Y-%m-%d}", "ending": name.rpartition(".")[2]}
    called = _("%(name)s %(what)s %(day)s.%(ending)s") % slots
    headers = {"Content-Disposition": content_disposition_header(True, called) or "attachment", "Cache-Control": "no-store"}
    return HttpResponse(files.member(where, name), content_type=kind, headers=headers)


def _mailing(request: Request, pk: int) -> Mailing:
    found = queries.mailings(request.user).select_related("export__actor__unit", "export__actor__scope").filter(pk=pk).first()
    if found is None:
        if hidden := Mailing.objects.select_related("export").filter(pk=pk).first():
            exporting.denied(request.user, hidden.export, "export.not_yours")
        raise Http404
    return found


def _crumb(here: str) -> list[tuple[str, str]]:
    return [(_("邮寄"), reverse("mailings")), (here, "")]


urlpatterns = [
    path("mailings/", mailings, name="mailings"),
    path("mailings/of/<int:pk>/", mailing_of, name="mailing_of"),
    path("mailings/<int:pk>/", mailing, name="mailing"),
    path("mailings/<int:pk>/customers/", mailing_customers, name="mailing_customers"),
    path("mailings/<int:pk>/letters/", mailing_letters, name="mailing_letters"),
    path("mailings/<int:pk>/addresses/", mailing_addresses, name="mailing_addresses"),
]
