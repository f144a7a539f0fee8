"""A complaint comes in: written down by who heard it, or by the customer himself; and what is first known of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils import timezone

from liuke.complaints.house import Desks, day_of, rule, today
from liuke.complaints.keeping import SLACK, again, audit, colleague, finish, forget_events, held, log, opened_event, set_clocks
from liuke.complaints.labels import Axis, Channel, NoteKind, Severity, Source, Stage
from liuke.complaints.mails import read_mail
from liuke.complaints.models import NAME, TEXT, CaseNote, Classification, Complaint, ComplaintStep
from liuke.complaints.queries import departments
from liuke.complaints.receipts import fresh_receipt
from liuke.complaints.receiving import sent_at
from liuke.complaints.rules import LATEST_ENTRY_DAYS, next_serial, number_of, title_of
from liuke.complaints.suggesting import suggest_on
from liuke.complaints.telling import tell_new, tell_perhaps_severe, tell_severe
from liuke.customers.locks import hold_numbers, lock_cards
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.deals.models import Asset, Deal
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import Unit, User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues, units_in_scope
from liuke.work.staff import Staff

DEPARTMENT = 40


@transaction.atomic
def enter(
    actor: User,
    *,
    text: str,
    channel: str,
    received_at: datetime | None = None,
    title: str = "",
    customer_id: int | None = None,
    unit_id: int | None = None,
    stranger_name: str = "",
    stranger_contact: str = "",
    deal_id: int | None = None,
    asset_id: int | None = None,
    product: str = "",
    person_id: int | None = None,
    received_by_id: int | None = None,
    owner_id: int | None = None,
    department: str = "",
    severity: str = "",
    key: str = "",
) -> Complaint:
    """Write down what a customer (or a stranger) complained of. The clocks count from `received_at` (now), whenever it is written down.

    An e-mail pasted whole is read as one: its sender, subject and time fill what was left empty, and only its body is what he said.
    `key`: the form's own name of this act; sent twice it is one complaint. `owner_id` None: who enters it where he is an agent, else the
    unit's agent. `severity` "": ordinary until somebody confirms the suggestion. Raises Customer.DoesNotExist, Unit.DoesNotExist for what
    is out of sight; refuses no words, more than TEXT characters, a time to come or more than a year ago.
    """
    require(actor, "complaint.enter")
    mail = read_mail(text)
    if mail is not None:
        text, title = mail.body, title or mail.subject[:NAME]
        stranger_name, stranger_contact = stranger_name or mail.name[:NAME], stranger_contact or mail.address[:NAME]
        channel = Channel.EMAIL if channel == Channel.TELEPHONE else channel  # nobody dictates the head of an e-mail
    words, now = _words(text), timezone.now()
    if key and (sent := Complaint.objects.filter(key=key, received_by__isnull=False).first()):
        return again(Complaint.objects.visible_to(actor).get(pk=sent.pk))
    at = received_at or (sent_at(mail, now) if mail is not None else None) or now
    if at > now + SLACK:
        raise Refused("complaint.future", "受理时间在现在以后。")
    if at < now - timedelta(LATEST_ENTRY_DAYS):
        raise Refused("complaint.long_ago", "受理时间太早了，一年以内的才补记。")
    if channel not in Channel.values:
        raise Refused("complaint.channel", "请选客户是怎么来说的。")
    if severity and severity not in Severity.values:
        raise Refused("complaint.value", "没有这个分类。")
    lock_cards([customer_id] if customer_id else [])
    card = visible(actor, customer_id) if customer_id else None
    if card is not None:
        refuse_erased(card.erased)
    unit = units_in_scope(actor).get(pk=unit_id) if unit_id else card.unit if card else actor.unit or actor.scope_unit
    if unit is None:
        raise Unit.DoesNotExist
    row = Complaint(
        customer=card, unit=unit, text=words, title=clean(title, NAME) or title_of(words), channel=channel, received_at=at,
        stranger_name="" if card else clean(stranger_name, NAME), stranger_contact="" if card else clean(stranger_contact, NAME),
        received_by=_person(actor, received_by_id) or actor, key=key or None,
    )  # fmt: skip
    row.department = _department(row, department)
    _about(row, {"deal_id": deal_id, "asset_id": asset_id, "product": product, "person_id": person_id}, actor)
    if severity:
        row.severity = severity
    row.owner = colleague(actor, owner_id, row) if owner_id else _desk(actor, row)
    made = _begin(row, actor, channel_by=actor, severity=severity)
    tell_new(made, actor)
    if made.severe:
        opened_event(made, actor, at)
        made.save(update_fields=["event_opened"])
        tell_severe(made, actor)
    _perhaps_severe(made, actor)
    return again(made)


@transaction.atomic
def enter_public(unit_id: int, text: str, *, name: str = "", contact: str = "", channel: str = Channel.OTHER, key: str = "") -> Complaint:
    """A customer wrote it himself, at any hour. Nobody knows yet who he is; the unit's desk has it. Unit.DoesNotExist for no such unit."""
    unit = Unit.objects.get(pk=unit_id)
    words = _words(text)
    if key and (sent := Complaint.objects.filter(key=key, source=Source.PUBLIC).first()):
        return again(sent)
    row = Complaint(
        unit=unit, text=words, title=title_of(words), channel=channel if channel in Channel.values else Channel.OTHER,
        received_at=timezone.now(), stranger_name=clean(name, NAME), stranger_contact=clean(contact, NAME), source=Source.PUBLIC,
        key=key or None,
    )  # fmt: skip
    row.owner = _desk(None, row)
    made = _begin(row, None, channel_by=None)
    tell_new(made, None)
    _perhaps_severe(made, None)
    return again(made)


@transaction.atomic
def edit(actor: User, complaint_id: int, **changes: Any) -> Complaint:
    """Say more exactly what it is about: `title`, `deal_id`, `asset_id`, `product`, `person_id`; only what is given."""
    row = held(actor, complaint_id)
    if set(changes) - {"title", "deal_id", "asset_id", "product", "person_id"}:
        raise TypeError(f"no such fields: {sorted(changes)}")
    before = {name: getattr(row, name) for name in changes}
    if "title" in changes:
        row.title = clean(changes.pop("title") or "", NAME) or title_of(row.text)
    _about(row, changes, actor)
    if before == {name: getattr(row, name) for name in before}:
        return row
    audit(actor, "complaint.edit", row, fields=sorted(before))
    return again(finish(row, actor))


@transaction.atomic
def set_department(actor: User, complaint_id: int, department: str) -> Complaint:
    """Which department is responsible. "" takes it off."""
    row = held(actor, complaint_id)
    row.department = _department(row, department)
    log(row, actor, NoteKind.DEPARTMENT, department=row.department)
    audit(actor, "complaint.department", row)
    return again(finish(row, actor))


@transaction.atomic
def take_back(actor: User, complaint_id: int) -> Complaint:
    """It was a slip. Only by who entered it, on the same day, before anything was done; in a crisis nothing is taken back."""
    row = held(actor, complaint_id, "complaint.enter")
    mine = row.received_by_id == actor.pk or row.notes.filter(kind=NoteKind.ENTERED, by=actor).exists()
    if row.crisis_at is not None:
        raise Refused("complaint.evidence", "危机里的记录都要留着，不能撤。")
    if not mine or day_of(row.entered_at) != today():
        raise Refused("complaint.slip", "只有录入的人当天可以撤销。")
    if row.answered_at is not None or row.turn or row.agreements.exists() or row.steps.filter(done_at__isnull=False).exists():
        raise Refused("complaint.begun", "已经办过事了，不能撤销；办完请结案。")
    row.undone_at = timezone.now()
    forget_events(row, "event_opened")
    audit(actor, "complaint.take_back", row)
    finish(row, actor)
    return row


@transaction.atomic
def put_back(actor: User, complaint_id: int) -> Complaint:
    """Undo the taking back: it stands as before."""
    require(actor, "complaint.enter")
    mine = CaseNote.objects.filter(complaint=complaint_id, by=actor)  # he wrote in it
    row = Complaint.objects.select_related("unit", "customer").get(Exists(mine), pk=complaint_id, undone_at__isnull=False)
    lock_cards([row.customer_id] if row.customer_id else [])
    if not Complaint.objects.filter(pk=row.pk, undone_at__isnull=False).update(undone_at=None):
        raise Refused("complaint.there", "这件投诉已经在了。")
    row = again(row)
    if row.severe:
        opened_event(row, actor, row.received_at)
    audit(actor, "complaint.put_back", row)
    return again(finish(row, actor))


# ── how a row begins ─────────────────────────────────────────────────────────


def _begin(row: Complaint, actor: User | None, *, channel_by: User | None, severity: str = "") -> Complaint:
    """Number, receipt, clocks, steps, suggestions, the first line of what happened, the task."""
    day = day_of(row.received_at)
    hold_numbers(f"complaint:{day:%y%m%d}")
    kept = Complaint.objects.filter(number__startswith=f"TS-{day:%y%m%d}-").values_list("number", flat=True)
    row.number = number_of(day, next_serial(kept))
    row.receipt, row.receipt_digest = fresh_receipt()
    set_clocks(row, Desks())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Refused("complaint.twice", "这件投诉刚才已经录了。") from None
    made = enumerate(rule().steps)
    ComplaintStep.objects.bulk_create(
        ComplaintStep(complaint=row, stage=step.stage, position=place * 10, key=step.key, zh=step.name.zh, en=step.name.en)
        for place, step in made
    )
    suggest_on(row)
    sure = Classification.objects.filter(complaint=row)
    now = timezone.now()
    sure.filter(axis=Axis.CHANNEL).update(value=row.channel, by=channel_by, at=now)
    if severity:
        sure.filter(axis=Axis.SEVERITY).update(value=severity, by=channel_by, at=now)
    log(row, actor, NoteKind.ENTERED, row.received_at, source=str(row.source), channel=str(row.channel))
    audit(actor, "complaint.enter", row, number=row.number, source=str(row.source), severity=str(row.severity))
    row.stage = Stage.ACCEPT
    return finish(row, actor)


def _perhaps_severe(row: Complaint, actor: User | None) -> None:
    if any(said.perhaps_severe for said in Classification.objects.filter(complaint=row, axis=Axis.SEVERITY)):
        tell_perhaps_severe(row, actor)


def _words(text: str) -> str:
    words = clean(text, TEXT, lines=True)
    if not any(sign.isalnum() for sign in words):
        raise Refused("complaint.empty", "请写客户说了什么。")
    return words


def _person(actor: User, user_id: int | None) -> User | None:
    """Any colleague in sight: who heard it first, or whom it is about, need not be one who handles complaints."""
    if user_id is None:
        return None
    person = colleagues(actor).filter(pk=user_id).first()
    if person is None:
        raise Refused("complaint.colleague", "请选一位同事。")
    return person


def _department(row: Complaint, name: str) -> str:
    """As it is written already, where gaps and capitals are all the difference: figures group by it."""
    words = clean(name, DEPARTMENT)
    return next((each for each in departments(row) if _plain(each) == _plain(words)), words) if words else ""


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _about(row: Complaint, what: dict[str, Any], actor: User) -> None:
    """Deal and asset are the customer's own."""
    for name, model in (("deal_id", Deal), ("asset_id", Asset)):
        if name in what:
            pk = what[name]
            found = model._default_manager.filter(pk=pk, customer=row.customer_id).first() if pk and row.customer_id else None
            if pk and found is None:
                raise Refused("complaint.not_his", "这不是这位客户的。")
            setattr(row, name, found.pk if found else None)
    if "product" in what:
        row.product = clean(what["product"] or "", 40)
    if "person_id" in what:
        person = _person(actor, what["person_id"])
        row.person_id = person.pk if person else None


def _desk(actor: User | None, row: Complaint) -> User | None:
    """The named desk: who enters it where that is his work, else the nearest agent, else who supervises."""
    if actor is not None and actor.role in ("agent", "supervisor") and may(actor, "complaint.handle"):
        return actor
    path = row.customer.unit.path if row.customer else row.unit.path
    picked = Staff(today()).pick("agent", None, path or "", row.customer_id or 0)
    return User.objects.filter(pk=picked).first() if picked else None
