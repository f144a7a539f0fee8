"""导入: upload, columns matched and dry run, load, result, undo. Files that take longer than a breath are read by a background job."""

from __future__ import annotations

import logging
from typing import BinaryIO, cast

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.exchange import actions, wizard
from liuke.exchange.labels import DatasetKind, State
from liuke.exchange.limits import LIMITS
from liuke.exchange.mapping import options_of
from liuke.exchange.models import Load
from liuke.exchange.report import Options
from liuke.jobs import tasks
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.team.queries import pack
from liuke.web.doors import Request, door, words
from liuke.web.imports.showing import NOBODY, Stage, page_of, stage_of
from liuke.web.imports.templates import EXAMPLES, template
from liuke.web.page import render, say_undo

PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
log = logging.getLogger(__name__)


@door("import.load")
def imports(request: Request) -> HttpResponse:
    """What was brought in, newest first."""
    loads = Load.objects.visible_to(request.user).select_related("actor").order_by("-pk")
    page = Paginator(loads, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "imports/list.html", {"page": page}, nav="import", crumb=_("导入"))


@door("import.load", ("GET", "POST"))
def import_new(request: Request) -> HttpResponseBase:
    """Choose a kind and a file. A file that cannot be kept is refused on the same page."""
    kind = request.POST.get("dataset") or request.GET.get("kind", "")
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if kind not in DatasetKind.values:
            problem = _("还没有选这是什么表。")
        elif file is None:
            problem = _("还没有选文件。")
        else:
            try:
                load = actions.receive(request.user, kind, file.name or "", cast(BinaryIO, file))
                _check(load, {}, Options())
                return redirect("import_load", load.pk)
            except Refused as refused:
                problem = words(refused)
    context = {
        "kind": kind if kind in DatasetKind.values else "customers",
        "kinds": DatasetKind.choices,
        "problem": problem,
        "megabytes": LIMITS.file // 1_000_000,
        "limits": LIMITS,
    }
    return render(request, "imports/upload.html", context, nav="import", crumb=_crumb(_("选文件")), status=422 if problem else 200)


@door("import.load")
def import_template(request: Request, kind: str) -> HttpResponse:
    """A file of this kind to fill in: headings and one example row."""
    if kind not in EXAMPLES:
        raise Http404
    kinds = pack().contract_kinds
    body = template(kind, clock.today(), kinds[0].name.zh if kinds else "")
    return HttpResponse(body, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="liuke-{kind}.xlsx"'})


@door("import.load")
def import_load(request: Request, pk: int) -> HttpResponse:
    """Wherever this file now is: being read, the dry run, being loaded, the result."""
    load = _load(request, pk)
    context = page_of(load, request.user, request.GET)
    stage = cast(Stage, context["stage"])
    name = "progress" if stage in (Stage.CHECKING, Stage.LOADING) else "result" if stage == Stage.DONE else "check"
    block = "wizard" if request.htmx else None
    return render(request, f"imports/{name}.html", context, nav="import", crumb=_crumb(load.name), block=block)


@door("import.load")
def import_progress(request: Request, pk: int) -> HttpResponse:
    """How far it is, asked every second by the page that waits; when it is done the page is told to open the next step."""
    load = _load(request, pk)
    if stage_of(load) not in (Stage.CHECKING, Stage.LOADING):
        return HttpResponse(headers={"HX-Redirect": reverse("import_load", args=[pk])})
    return render(request, "imports/progress.html", page_of(load, request.user, request.GET), block="progress")


@door("import.load", ("POST",))
def import_check(request: Request, pk: int) -> HttpResponseBase:
    """Columns or options were changed: the dry run again. While one is under way it is waited for."""
    load = _own(request, pk)
    waits = stage_of(load) == Stage.CHECKING and tasks.waits(tasks.check_import, load.pk)
    if load.state in (State.UPLOADED, State.CHECKED, State.FAILED) and not waits:
        found = wizard.seen(load)
        mapping = dict(load.mapping)
        if found is not None and "columns" in request.POST:
            wanted = {each.heading: request.POST.get(f"col-{i}", each.field) for i, each in enumerate(found.columns) if each.heading}
            mapping = wizard.changed(load, wanted)
        if drop := request.POST.getlist("drop"):
            mapping |= dict.fromkeys(drop, "")
        _check(load, mapping, _options(request, load))
    return redirect("import_load", load.pk)


@door("import.load", ("POST",))
def import_run(request: Request, pk: int) -> HttpResponseBase:
    """Load what the dry run said."""
    load = _own(request, pk)
    if wizard.begin(load):
        load.refresh_from_db()
        if wizard.quick(load):
            _run_now(request, load)
        else:
            tasks.load_import.enqueue(load.pk, request.user.pk)
    return redirect("import_load", load.pk)


@door("import.load", ("GET", "POST"))
def import_undo(request: Request, pk: int) -> HttpResponseBase:
    """First what an undo would do, and what would stay; then the undo itself."""
    load = _load(request, pk)
    if load.state != State.LOADED:
        return redirect("import_load", load.pk)
    if request.method == "POST":
        try:
            wizard.undo(request.user, load)
        except Refused as refused:
            say_undo(request, words(refused))
        else:
            tasks.run_insight.enqueue()
        return redirect("import_load", load.pk)
    context = {"load": load, "would": wizard.try_undo(request.user, load), "counts": load.counts}
    return render(request, "imports/undo.html", context, nav="import", crumb=_crumb(load.name))


@door("import.load")
def import_errors(request: Request, pk: int) -> HttpResponseBase:
    """The refused rows with their reasons, to be put right and brought in again."""
    load = _load(request, pk)
    try:
        file = wizard.errors_file(load)
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect("import_load", load.pk)
    if file is None:
        raise Http404
    stem = load.name.rpartition(".")[0] or load.name
    return FileResponse(file.open("rb"), as_attachment=True, filename=_("%(name)s，要改的行.xlsx") % {"name": stem}, content_type=XLSX)


def _load(request: Request, pk: int) -> Load:
    load = Load.objects.visible_to(request.user).select_related("actor__unit", "actor__scope").filter(pk=pk).first()
    if load is None:
        raise Http404
    return load


def _own(request: Request, pk: int) -> Load:
    """A file is loaded by who uploaded it: the dry run was made with that person's sight, and another's would load other rows."""
    load = _load(request, pk)
    if load.actor_id != request.user.pk:
        raise Http404
    return load


def _crumb(here: str) -> list[tuple[str, str]]:
    return [(_("导入"), reverse("imports")), (here, "")]


def _check(load: Load, mapping: dict[str, str], options: Options) -> None:
    """The dry run: at once where the file is small, else by a job while the page tells how far it is."""
    if wizard.quick(load):
        wizard.check(load, mapping, options)
        return
    wizard.forget(load)
    load.mapping, load.options, load.state, load.done, load.failure = mapping, options.as_json(), State.UPLOADED, 0, ""
    load.save()
    tasks.check_import.enqueue(load.pk)


def _run_now(request: Request, load: Load) -> None:
    try:
        wizard.run(request.user, load)
    except Refused as refused:
        # The load is back at its dry run with the reason, which the page tells.
        log.warning("load %s: %s", load.pk, refused.code)
    else:
        tasks.run_insight.enqueue()
        tasks.look_for_duplicates.enqueue(load.pk)


def _options(request: Request, load: Load) -> Options:
    """What was ticked and chosen; names that mean somebody else here are kept from one dry run to the next."""
    kept = options_of(load.options)
    if "columns" not in request.POST:
        return kept
    said = {}
    for what, before in (("store", kept.stores), ("staff", kept.staff)):
        pairs = dict(zip(request.POST.getlist(f"{what}-name"), request.POST.getlist(f"{what}-means"), strict=False))
        said[what] = {name: means for name, means in before.items() if name not in pairs}
        said[what] |= {name: "" if means == NOBODY and what == "staff" else means for name, means in pairs.items() if means}
    return Options(request.POST.get("create_customers") == "1", said["store"], said["staff"])


urlpatterns = [
    path("imports/", imports, name="imports"),
    path("imports/new/", import_new, name="import_new"),
    path("imports/template/<slug:kind>.xlsx", import_template, name="import_template"),
    path("imports/<int:pk>/", import_load, name="import_load"),
    path("imports/<int:pk>/progress/", import_progress, name="import_progress"),
    path("imports/<int:pk>/check/", import_check, name="import_check"),
    path("imports/<int:pk>/run/", import_run, name="import_run"),
    path("imports/<int:pk>/undo/", import_undo, name="import_undo"),
    path("imports/<int:pk>/errors.xlsx", import_errors, name="import_errors"),
]
