"""The page of one complaint: where it stands and until when, what to do next, what he wants, what was agreed, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.complaints.case import Case
from liuke.complaints.case import case as whole
from liuke.complaints.clock import unknown_years
from liuke.complaints.house import hours_of, rule
from liuke.complaints.labels import EMOTIONAL, RATIONAL, VALUES, AgreementState, Approval, Axis, Cause, Decision, NoteKind, Side, Stage
from liuke.complaints.linking import matches
from liuke.complaints.mails import cover_addresses
from liuke.complaints.models import Agreement, Classification, Complaint
from liuke.complaints.queries import departments
from liuke.complaints.receipts import receipt_link
from liuke.complaints.rules import Lack, above, next_evening
from liuke.complaints.saying import line, step_words
from liuke.complaints.telling import approvers
from liuke.custody.queries import as_told, details, masked_text
from liuke.kernel import clock
from liuke.packs.complaints import BY_ITSELF
from liuke.promises.labels import State
from liuke.promises.models import Promise
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may
from liuke.team.queries import colleagues
from liuke.web.complaints.entry import asset_words, assets_of, deals_of, hits
from liuke.web.complaints.mending import mend_of
from liuke.web.complaints.script import block_of
from liuke.web.complaints.suggested import Choice
from liuke.web.complaints.undone import refusal_of, way_back
from liuke.web.complaints.words import clock_of, number, stages
from liuke.web.doors import Request, door
from liuke.web.entry import Form
from liuke.web.page import render
from liuke.web.shell import Undo

SHORT = 24
"""Characters of a piece of his words that is shown as evidence."""


def found_or_404(user: User, pk: int) -> Complaint:
    """In this reader's sight; for anybody else it does not exist."""
    found = Complaint.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@door("complaint.read")
def one(request: Request, pk: int) -> HttpResponse:
    return show(request, pk)


@door("complaint.read")
def by_number(request: Request, number: str) -> HttpResponse:
    """Where its number is known: in a task, in a message, on the telephone."""
    found = Complaint.objects.visible_to(request.user).filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise Http404
    return redirect("complaint", found)


@door("complaint.handle")
def match(request: Request, pk: int) -> HttpResponse:
    """Customers in sight by name or number, to say whose complaint this is; as it is typed."""
    row, asked = found_or_404(request.user, pk), request.GET.get("who", "")[:64].strip()
    return render(request, "complaints/case.html", {"it": row, "asked": asked, "hits": hits(request.user, asked)}, block="found")


def show(
    request: Request, pk: int, *, what: str = "", form: Form | None = None, undo: Undo | None = None, contact: str = "", status: int = 200
) -> HttpResponse:
    """The case as it stands; `form`: what was sent to the act `what` and refused. A fragment where one of its own forms asked."""
    user = request.user
    try:
        case = whole(user, pk)
    except Complaint.DoesNotExist:
        raise Http404 from None
    row, blank = case.complaint, Form({})
    context = _head(user, case, contact, request.GET.get("who", "")) | _body(user, case) | {
        "typed_of": lambda name: form if form is not None and name == what else blank,
        "not_undone": refusal_of(form) if form is not None and way_back(what) else "",
        "undo": undo,
        "editing": request.GET.get("edit") == "1" or what in ("edit", "lower"),
        "raising": what == "raise" or request.GET.get("raise") == "1" or (form is not None and bool(form.error("raise"))),
        "here": reverse("complaint", args=[pk]),
    }  # fmt: skip
    if context["editing"]:
        context |= {"departments": departments(row), "received": f"{timezone.localtime(row.received_at):%Y-%m-%dT%H:%M}"}
        context["people"] = [(str(one.pk), one.name) for one in colleagues(user).order_by("name")]
        context |= {"assets": assets_of(row.customer), "deals": deals_of(row.customer, context["told"])} if row.customer else {}
    crumb = [(_("投诉台"), reverse("complaints")), (number(row), "")]
    block = "case" if request.htmx and request.htmx.target == "lk-case" else None
    return render(request, "complaints/case.html", context, nav="complaints", crumb=crumb, block=block, status=status)


def _head(user: User, case: Case, contact: str, asked: str) -> dict[str, Any]:
    """Who and what, the clock, what may be done."""
    row, now = case.complaint, timezone.now()
    asked = asked[:64].strip() if not row.customer_id and row.is_open else ""
    seen = details(user, row.customer) if row.customer else None
    told = as_told(seen.clear) if seen else masked_text
    back, hours, numbers = case.call_back, hours_of(row.unit), rule()
    due = row.resolve_due or row.answer_due
    return {
        "it": row,
        "number": number(row),
        "told": told,
        "clock": clock_of(row, now, numbers, back.due_on if back and back.satisfied is None else None),
        "bars": stages(row, {stage.stage: stage.steps for stage in case.stages}, hours, numbers, now, back),
        "acts": may(user, "complaint.handle") and (user.role != Role.REP or user.pk in (row.owner_id, row.second_id, row.received_by_id)),
        "standing": standings(current_run()).filter(customer=row.customer_id).first() if row.customer_id else None,
        "details": seen,
        "contact": contact or (masked_text(cover_addresses(row.stranger_contact)) if not row.customer_id else ""),
        "contact_clear": bool(contact),
        "thing": asset_words(row.asset) if row.asset else "",
        "years": unknown_years(timezone.localtime(row.received_at), timezone.localtime(due), hours.known) if row.is_open else (),
        "words_and": _("、"),
        "paused": case.paused is not None,
        "receipt": receipt_link(row),
        "strangers": matches(user, row) if not row.customer_id and row.is_open else [],
        "asked": asked,
        "hits": hits(user, asked),
        "perhaps_severe": case.perhaps_severe and row.is_open,
        "assets": [],
        "deals": [],
        "departments": [],
        "evening": next_evening(timezone.localtime(now)),
    }


def _body(user: User, case: Case) -> dict[str, Any]:
    """Stages, needs, agreements, the end, classifications, the script, what happened."""
    row, today = case.complaint, clock.today()
    every = [step for stage in case.stages for step in stage.steps]
    at = Stage.values.index(row.stage)
    here = [step for step in every if Stage.values.index(step.stage) == at] if row.is_open else every
    waiting = [one for one in case.agreements if one.approval == Approval.WAITING and one.state == AgreementState.PROPOSED]
    asked = [person.name for person in approvers(row, waiting[0].by_id)] if waiting else []
    staff = [(str(one.pk), one.name) for one in _peers(user, row)]
    axes = _axes(row, case.classifications)
    return {
        "hint": _hint(row),
        "now_steps": here,
        "before_steps": [step for step in every if Stage.values.index(step.stage) < at] if row.is_open else [],
        "by_hand": {step.pk for step in every if step.key not in BY_ITSELF},
        "itself": _itself(),
        "step_words": step_words,
        "lists": [(ledger.label, ledger.needs, ledger.met) for ledger in case.ledgers],
        "need_kinds": [(f"{Side.EMOTIONAL}.{kind}", _("情感：%(what)s") % {"what": kind.label}) for kind in EMOTIONAL]
        + [(f"{Side.RATIONAL}.{kind}", _("理性：%(what)s") % {"what": kind.label}) for kind in RATIONAL],
        "text": _marked(row.text, case.classifications.values()),
        "agreements": case.agreements,
        "promises": case.promises,
        "agreement_words": lambda one: agreement_words(one, case.promises.get(one.pk)),
        "spent": case.spent_cents,
        "limit": case.limit_cents,
        "like": case.peers_cents,
        "waits_for": _("已送%(who)s") % {"who": _("、").join(asked)} if asked else "",
        "who_decides": _("、").join(asked),
        "decides": decides(user, case),
        "may_offer": row.accepted_at is not None,
        "on_spot": case.on_spot,
        "twice": case.twice,
        "lookers": _("、").join(case.lookers),
        "early": case.call_back is not None and case.call_back.due_on > today,
        "said_ordinary": axes[0].confirmed,
        "peers": staff,
        "taker": next((one for one in staff if one[0] != str(row.owner_id)), None),
        "back": case.call_back,
        "decisions": Decision.choices,
        "mend": mend_of(user, row),
        "lacking": [_lack(one, case) for one in case.lacking],
        "axes": axes,
        "unsure": sum(not one.confirmed and any(guess for _v, _w, guess, _on in one.options) for one in axes),
        "others": [str(Cause(each).label) for each in row.other_causes if each in Cause.values],
        "block": block_of(user, row, row.asset.name if row.asset else "") if row.is_open else None,
        "note_kinds": [(kind.value, str(kind.label)) for kind in (NoteKind.NOTE, NoteKind.CUSTOMER, NoteKind.EVIDENCE)],
        "history": [(note, case.names.get(note.by_id or 0, ""), line(note, case.names, today)) for note in case.notes],
    }


def _peers(user: User, row: Complaint) -> list[User]:
    """Who may take it over or stand by: colleagues who handle complaints, and who owns it now."""
    roles = PERMISSIONS["complaint.handle"]
    path = (row.customer.unit.path if row.customer else row.unit.path) or ""
    here = [one for one in colleagues(user).filter(role__in=roles).select_related("unit").order_by("name") if _sees(one, path)]
    above = User.objects.filter(is_active=True, role__in=(Role.SUPERVISOR, Role.MANAGER)).select_related("unit").order_by("name")
    found = {one.pk: one for one in [*here, *(one for one in above if _sees(one, path))]}
    if row.owner is not None:
        found.setdefault(row.owner.pk, row.owner)
    order = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.MANAGER: 2, Role.REP: 3}
    return sorted(found.values(), key=lambda one: (order.get(Role(one.role), 4), one.name))


def _sees(person: User, path: str) -> bool:
    home = person.scope_unit
    return home is not None and path.startswith(home.path or "/")


def _lack(one: Lack, case: Case) -> str:
    said = _(one.message) % {"n": one.n}
    return _("%(what)s（%(who)s）") % {"what": said, "who": _("、").join(case.lookers)} if one.code == "second" and case.lookers else said


def _hint(row: Complaint) -> str:
    if not row.is_open:
        return ""
    return {
        Stage.ACCEPT: _("先处理心情，再处理事情：这一段做完才谈办法"),
        Stage.CLARIFY: _("不推，不躲，查到什么照实说"),
        Stage.RESOLVE: _("先处理心情，再处理事情：前两段已做完，可以谈办法"),
        Stage.FOLLOW_UP: _("他说满意，答应的都兑现，才结案"),
    }[Stage(row.stage)]


def _itself() -> dict[str, str]:
    """What ticks a step that nobody ticks by hand."""
    return {
        "classify": _("五种都确认了就打勾"),
        "solve": _("每件办法都谈定、客户点了头就打勾"),
        "inform": _("在下面点“方案告诉客户了”就打勾"),
        "call_back": _("回访满意就打勾"),
        "sum_up": _("写好原因和决定就打勾"),
    }


def decides(user: User, case: Case) -> set[int]:
    """What waits and is this reader's to agree to: not his own, and all of it together within his limit."""
    if not may(user, "complaint.approve") or above(case.spent_cents, case.limit_cents):
        return set()
    return {one.pk for one in case.agreements if one.by_id != user.pk}


def _axes(row: Complaint, by: Mapping[str, Classification]) -> list[Choice]:
    found = []
    for axis in Axis.values:
        one = by.get(axis)
        sure = bool(one and one.at)
        value = getattr(row, axis) if sure else ""
        guess = one.suggested if one and not sure else ""
        options = tuple((code, str(word), code == guess, code == value) for code, word in VALUES[axis].choices)
        spans = [row.text[start:end][:SHORT] for start, end in (one.words if one else ())]
        found.append(Choice(axis, str(Axis(axis).label), options, one.confidence if one else None, tuple(dict.fromkeys(spans))[:3], sure))
    return found


def _marked(text: str, kept: Iterable[Classification]) -> list[tuple[str, bool]]:
    """His words in pieces, (text, spoke for a suggestion); figures of telephones covered."""
    spans = sorted({(start, end) for one in kept for start, end in one.words if 0 <= start < end <= len(text)})
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        if start < at:
            continue
        pieces += [(masked_text(text[at:start]), False), (masked_text(text[start:end]), True)]
        at = end
    return [piece for piece in [*pieces, (masked_text(text[at:]), False)] if piece[0]]


def agreement_words(one: Agreement, promise: Promise | None) -> tuple[str, str]:
    """(words, tone) of where it stands."""
    if one.state == AgreementState.PROPOSED and one.approval == Approval.WAITING:
        return _("等批"), "warn"
    if one.state == AgreementState.AGREED:
        if promise is None:
            return _("办好了"), "good"
        state = {State.KEPT: (_("办好了"), "good"), State.LATE: (_("办晚了"), "good"), State.BROKEN: (_("没兑现"), "bad")}
        late = promise.state == State.OPEN and promise.due_on < clock.today()
        waits = (_("过了日子"), "bad") if late else (_("答应了，在办"), "warn")
        return state.get(State(promise.state), waits if promise.state == State.OPEN else (str(State(promise.state).label), "line"))
    if one.approval == Approval.REFUSED:
        return _("没批"), "bad"
    return str(AgreementState(one.state).label), "warn" if one.state == AgreementState.PROPOSED else "line"


urlpatterns = [
    path("complaints/<int:pk>/", one, name="complaint"),
    path("complaints/<int:pk>/match/", match, name="complaint_match"),
    path("complaints/number/<str:number>/", by_number, name="complaint_by_number"),
]
