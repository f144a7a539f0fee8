"""改资料: one field of the ticked rows, or of a whole list, set at once: which field, a look beforehand, the change, the way back."""

from __future__ import annotations

from itertools import islice

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers import bulk_edit, bulk_fields
from liuke.customers.bulk_edit import MOST, Moved
from liuke.customers.bulk_fields import BulkField
from liuke.customers.fields import label
from liuke.customers.models import BulkEdit, BulkEditRow
from liuke.customers.queries import visible_ids
from liuke.jobs import tasks
from liuke.kernel.refusal import Refused
from liuke.segments import filters, queries, whole
from liuke.segments.wording import language
from liuke.standing.queries import current_run
from liuke.team.queries import pack as pack_in_use
from liuke.web.customers.conditions import chips
from liuke.web.customers.listing import address
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form
from liuke.web.going import back_to, moved
from liuke.web.keepers.handover import picks_of
from liuke.web.page import render, say_undo
from liuke.web.visuals import TIERS
from liuke.web.words import thousands

PER_PAGE = 50
SHOWN = 50
VALUES = 12
"""Old values named one by one; the rest are summed up."""
PLACES = {"bulk.field": "field", "bulk.value": "value", "next_contact.past": "value", "field.choice": "value", "field.contacts": "value",
          "text.too_long": "value", "extra.number": "value", "extra.bounds": "value", "extra.low": "value", "extra.high": "value",
          "date.unreadable": "value", "date.impossible": "value", "date.incomplete": "value", "date.year": "value"}  # fmt: skip


@door("bulk.edit", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """GET: the field, then the value, then what it would do. POST: the change, held against what was looked at (`seal`).

    Whom: `pick` for each ticked row, or `all` with the list's own query (`list`), so that no ids travel.
    """
    user, data = request.user, request.POST if request.method == "POST" else request.GET
    wanted, everybody = filters.parse(str(data.get("list", ""))[:1000]), data.get("all") == "1"
    form = Form({name: str(data.get(name, "")) for name in ("field", "value", "seal")})
    clear = data.get("clear") == "1"
    run = current_run()
    picks = list(islice(whole.everybody(user, wanted, run), MOST + 1)) if everybody else visible_ids(user, picks_of(data))
    where = back_to(request, address(wanted))
    status = 200
    if request.method == "POST":
        try:
            made = bulk_edit.ask(
                user, picks, form.get("field"), form.get("value"), clear,
                seal=form.get("seal"), query=wanted.query(whole=False) if everybody else "",
            )  # fmt: skip
        except Refused as refused:
            form.refuse(refused, PLACES)
            status = 409 if isinstance(refused, Moved) else 422
        else:
            return _told(request, made, where)
    field, seen = None, None
    try:
        field = bulk_fields.field_of(form.get("field"), pack_in_use()) if form.get("field") else None
        if field and (form.get("value").strip() or clear):
            seen = bulk_edit.preview(user, picks, field.key, form.get("value"), clear)
    except Refused as refused:
        if not form.bad:
            form.refuse(refused, PLACES)
            status = 422
    known = len(picks)
    if not known and not form.bad:
        form.note = _("请先选中客户。")
    context = {
        "form": form,
        "field": field,
        "seen": seen,
        "clear": clear,
        "picks": [] if everybody else picks,
        "everybody": everybody,
        "list": wanted.query(whole=False),
        "chips": chips(wanted, user, pack_in_use()) if everybody else [],
        "known": queries.totals(user, wanted, run)[0] if known > MOST else known,
        "back": where,
        "fields": [("", _("请选")), *[(one.key, one.name(language())) for one in bulk_fields.every(pack_in_use())]],
        "options": _options(field) if field else [],
        "said": (lambda value: _said(field, value)) if field else None,
        "shown": SHOWN,
        "most": MOST,
        "values": VALUES,
    }
    return render(
        request, "customers/bulk.html", context, nav="customers", crumb=[(_("客户"), where), (_("改资料"), "")], status=status
    )  # fmt: skip


def _told(request: Request, made: BulkEdit, where: str) -> HttpResponse:
    if made.state == BulkEdit.State.WAITING:
        tasks.bulk_edit.enqueue(made.pk)
        return moved(request, reverse("bulk_edit", args=[made.pk]))
    said = _("%(n)s 位的%(field)s改好了") % {"n": thousands(made.changed), "field": label(made.field)}
    say_undo(request, said, reverse("bulk_undo", args=[made.pk]))
    return moved(request, where)


def _options(field: BulkField) -> list[tuple[str, str]]:
    """What can be chosen, where the field is one of few."""
    if field.shape == "flag":
        return [("1", _("标上")), ("0", _("去掉"))]
    return [(str(code), str(word)) for code, word in field.options(language())]


def _said(field: BulkField, value: str) -> str:
    """An old or new value in words."""
    if field.shape == "flag":
        return _("标上") if value in ("1", "True") else _("没标")
    if field.key == "tier" and value in TIERS:
        return str(TIERS[value])
    return value or _("空着")


@door("bulk.edit")
def done(request: Request, pk: int) -> HttpResponse:
    """One change: waiting, done, taken back; who stayed as he was."""
    return render(request, "customers/bulk_done.html", _result(request, pk), nav="customers", crumb=_crumb(_("第 %(n)s 次") % {"n": pk}))


@door("bulk.edit")
def progress(request: Request, pk: int) -> HttpResponse:
    """Asked every second by the page that waits; when it is done the page is told to show the result."""
    context = _result(request, pk)
    if not context["waits"]:
        return HttpResponse(headers={"HX-Redirect": reverse("bulk_edit", args=[pk])})
    return render(request, "customers/bulk_done.html", context, block="progress")


@door("bulk.edit")
def made_before(request: Request) -> HttpResponse:
    """The changes made, newest first."""
    page = Paginator(bulk_edit.visible_edits(request.user).select_related("by").order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    lines = [(one, label(one.field), _words(one)) for one in page]
    return render(request, "customers/bulk_list.html", {"page": page, "lines": lines}, nav="customers", crumb=_crumb())


@door("bulk.edit", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    try:
        made = bulk_edit.undo(request.user, pk)
    except BulkEdit.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("bulk_edit", args=[pk]))
    if made.state == BulkEdit.State.UNDOING:
        tasks.bulk_edit.enqueue(made.pk)
        return moved(request, reverse("bulk_edit", args=[pk]))
    said = _("%(n)s 位的%(field)s改回去了") % {"n": thousands(made.changed - made.kept), "field": label(made.field)}
    if made.kept:
        say_undo(request, said + _("；%(n)s 位后来又改过，没动") % {"n": made.kept})
        return moved(request, reverse("bulk_edit", args=[pk]))
    say_undo(request, said)
    return moved(request, reverse("customers"))


def _result(request: Request, pk: int) -> dict[str, object]:
    made = bulk_edit.visible_edits(request.user).select_related("by", "undone_by").filter(pk=pk).first()
    if made is None:
        raise Http404
    stayed = [
        (str(row.get_state_display()), row.customer)
        for state in (BulkEditRow.State.STAYED, BulkEditRow.State.CHANGED, BulkEditRow.State.UNSEEN)
        for row in bulk_edit.rows_seen(request.user, made, state)[:PER_PAGE]
    ]
    waits = made.state in (BulkEdit.State.WAITING, BulkEdit.State.UNDOING)
    return {
        "made": made,
        "field": label(made.field),
        "value": _words(made),
        "stayed": stayed,
        "waits": waits,
        "many": made.rows.count() if waits else made.changed,
        "chips": chips(filters.parse(made.query), request.user, pack_in_use()) if made.query else [],
    }


def _words(made: BulkEdit) -> str:
    """What the field was set to, in words."""
    try:
        field = bulk_fields.field_of(made.field, pack_in_use())
    except Refused:  # a field that the pack no longer has
        return str(made.value or "")
    return _said(field, field.words(made.value, language()))


def _crumb(here: str = "") -> list[tuple[str, str]]:
    top = [(_("客户"), reverse("customers"))]
    return [*top, (_("改过的资料"), reverse("bulk_edits")), (here, "")] if here else [*top, (_("改过的资料"), "")]


urlpatterns = [
    path("customers/changes/", made_before, name="bulk_edits"),
    path("customers/changes/new/", new, name="bulk_new"),
    path("customers/changes/<int:pk>/", done, name="bulk_edit"),
    path("customers/changes/<int:pk>/progress/", progress, name="bulk_progress"),
    path("customers/changes/<int:pk>/undo/", undo, name="bulk_undo"),
]
