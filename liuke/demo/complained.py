"""What customers complained of over the last months: closed ones with their causes, and those on the desks today, one in each stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.complaints import agreeing, classifying, closing, crisis, entering, handling
from liuke.complaints.clock import limits
from liuke.complaints.house import Desks, rule
from liuke.complaints.keeping import ABOUT, closed_event
from liuke.complaints.labels import AgreementState, NoteKind, Stage
from liuke.complaints.models import (
    Agreement,
    CallBack,
    CaseNote,
    Classification,
    Complaint,
    ComplaintNeed,
    ComplaintStep,
    Pause,
)
from liuke.customers.models import Customer, Event
from liuke.deals.models import Asset
from liuke.demo.complaint_words import ENDED, LINES, Ended, Story
from liuke.demo.desk_words import OPEN
from liuke.demo.promised import KNOWN
from liuke.kernel.workdays import next_working, works
from liuke.notices.models import Notice
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.work.labels import Ended as TaskEnded
from liuke.work.making import stop

ZONE = ZoneInfo(settings.TIME_ZONE)
HOME = "杭州滨江店"


@dataclass
class Desk:
    """A store's agent and the cards of his store that a story may be told of, each used once."""

    unit: Unit
    agent: User
    head: User
    cards: Iterator[Customer]


def complain(today: date, say: Callable[[str], object]) -> None:
    """Nothing where there are some already."""
    if Complaint.objects.exists():
        return
    random = Random(f"{today.isoformat()} complaints")  # noqa: S311 - made-up complaints
    with transaction.atomic():
        desks = _desks(random)
        if not desks:
            return
        for turn, told in enumerate(ENDED):
            _ended(desks[HOME if told.home else list(desks)[turn % len(desks)]], told, today, random)
        for story in OPEN:
            _open(desks[HOME if story.home else list(desks)[1 + story.desk % (len(desks) - 1)]], story, today)
    here = Complaint.objects.open()
    say(f"写好投诉：{Complaint.objects.count()} 件，{here.count()} 件在办，林倩手上 {here.filter(owner__username='linqian').count()} 件。")


def _desks(random: Random) -> dict[str, Desk]:
    desks: dict[str, Desk] = {}
    heads = {user.unit_id: user for user in User.objects.filter(role=Role.SUPERVISOR, is_active=True)}
    for agent in User.objects.filter(role=Role.AGENT, is_active=True).select_related("unit", "unit__parent").order_by("pk"):
        unit = agent.unit
        if unit is None or unit.name in desks or unit.parent_id not in heads:
            continue
        fit = Customer.objects.filter(unit=unit, kind="person", do_not_contact=False, owner__is_active=True).exclude(name__in=KNOWN)
        cards = list(fit.order_by("pk")[:80])
        random.shuffle(cards)
        desks[unit.name] = Desk(unit, agent, heads[unit.parent_id], iter(cards))
    return desks if HOME in desks and len(desks) > 1 else {}


# ── those that are over ──────────────────────────────────────────────────────


def _ended(desk: Desk, told: Ended, today: date, random: Random) -> None:
    """One from the first word to its cause: taken in by the real verb, the rest written as it was on its days."""
    day = _workday(today - timedelta(told.days_ago))
    at = datetime.combine(day, time(9 + random.randint(0, 7), random.randint(0, 59)), ZONE)
    card = next(desk.cards)
    asset = Asset.objects.filter(customer=card, gone_on__isnull=True).order_by("pk").first()
    row = entering.enter(
        desk.agent, text=told.text, channel=told.channel, received_at=at, title=told.title, customer_id=card.pk,
        asset_id=asset.pk if asset else None, product=told.product, department=told.department, severity=told.severity,
    )  # fmt: skip
    answered = at + timedelta(minutes=random.choice((9, 14, 22, 35, 48)) if told.severity == "ordinary" else 17)
    cleared = at + timedelta(hours=3)
    last = row.resolve_due or at + timedelta(days=2)
    solved = last - timedelta(hours=random.choice((3, 5, 20))) if not told.late else last + timedelta(hours=21)
    back = datetime.combine(next_working((solved + timedelta(rule().call_back_days)).date()), time(15, 30), ZONE)
    over = back + timedelta(hours=1)
    # Who told the solution does not end alone what is severe or was opened again.
    last_hand = desk.head if told.severity == "severe" or told.again or told.cents > rule().limits_cents.agent else desk.agent
    person = desk.agent if told.person == "agent" else card.owner if told.person == "owner" else None
    Complaint.objects.filter(pk=row.pk).update(
        cause=told.cause, behaviour=told.behaviour, purpose=told.purpose, person=person, answered_at=answered, answered_by=desk.agent,
        accepted_at=answered, clarified_at=cleared, told_at=solved, told_by=desk.agent, stage=Stage.FOLLOW_UP, satisfied=True,
        root_cause=told.root, decision=told.decision, decision_why=told.why, decided_by=desk.head, decided_at=over,
        closed_at=over, closed_by=last_hand, entered_at=at + timedelta(minutes=3), turn=1 if told.again else 0,
        reopened_at=solved if told.again else None,
    )  # fmt: skip
    for axis, value in (("severity", told.severity), ("cause", told.cause), ("behaviour", told.behaviour), ("purpose", told.purpose)):
        Classification.objects.filter(complaint=row, axis=axis).update(value=value, by=desk.agent, at=cleared)
    ComplaintNeed.objects.filter(complaint=row).update(
        confirmed_at=answered, confirmed_by=desk.agent, met=True, met_at=over, met_by=desk.agent
    )
    when = {Stage.ACCEPT: answered, Stage.CLARIFY: cleared, Stage.RESOLVE: solved, Stage.FOLLOW_UP: over}
    for stage, moment in when.items():
        ComplaintStep.objects.filter(complaint=row, stage=stage).update(done_at=moment, done_by=desk.agent)
    Agreement.objects.create(
        complaint=row, text=told.agreed, due_on=solved.date(), keeper=desk.agent, amount_cents=told.cents, state=AgreementState.AGREED,
        by=desk.agent, at=cleared, settled_at=solved, settled_by=desk.agent, turn=1 if told.again else 0,
    )  # fmt: skip
    if told.again:
        CallBack.objects.create(complaint=row, due_on=solved.date(), satisfied=False, words="还是响", at=solved, by=desk.agent)
    CallBack.objects.create(
        complaint=row, turn=1 if told.again else 0, due_on=back.date(), satisfied=True, words=told.said, at=back, by=desk.agent,
        owner=desk.agent,
    )  # fmt: skip
    CaseNote.objects.bulk_create(
        CaseNote(complaint=row, at=moment, by=who, kind=kind, slots=slots, text=text)
        for moment, who, kind, slots, text in (
            (answered, desk.agent, NoteKind.ANSWERED, {}, "听他说完，没打断"),
            (cleared, desk.agent, NoteKind.CLASSIFIED, {"axis": "cause", "value": told.cause}, ""),
            (solved, desk.agent, NoteKind.TOLD, {}, told.agreed),
            (back, desk.agent, NoteKind.CALLED_BACK, {"satisfied": True}, told.said),
            (over, desk.head, NoteKind.DECIDED, {"decision": told.decision}, ""),
            (over, last_hand, NoteKind.CLOSED, {}, ""),
        )
    )
    if told.severity == "severe":
        now = Complaint.objects.get(pk=row.pk)
        closed_event(now, desk.agent, over)
        now.save(update_fields=["event_closed"])
    stop(ABOUT, [row.pk], TaskEnded.DONE)
    Notice.objects.filter(about=f"complaint:{row.pk}").delete()


def _workday(day: date) -> date:
    while not works(day):
        day -= timedelta(1)
    return day


# ── those on the desks ───────────────────────────────────────────────────────


class _Case:
    """A complaint under way: each real verb, and what it wrote put at the moment of the story."""

    def __init__(self, row: Complaint) -> None:
        self.row = row

    def at(self, moment: datetime, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Do it; what it left behind happened at `moment`."""
        begun = timezone.now()
        last = CaseNote.objects.filter(complaint=self.row).order_by("-pk").values_list("pk", flat=True).first() or 0
        made = verb(*args, **more)
        CaseNote.objects.filter(complaint=self.row, pk__gt=last).update(at=moment)
        ComplaintStep.objects.filter(complaint=self.row, done_at__gte=begun).update(done_at=moment)
        Classification.objects.filter(complaint=self.row, at__gte=begun).update(at=moment)
        Pause.objects.filter(complaint=self.row, from_at__gte=begun).update(from_at=moment)
        Agreement.objects.filter(complaint=self.row, at__gte=begun).update(at=moment)
        Agreement.objects.filter(complaint=self.row, settled_at__gte=begun).update(settled_at=moment)
        now = Complaint.objects.get(pk=self.row.pk)
        changed = {}
        for name in ("answered_at", "accepted_at", "clarified_at", "told_at", "raised_at", "crisis_at", "decided_at"):
            value = getattr(now, name)
            if value is not None and value >= begun:
                changed[name] = moment
        if changed:
            Complaint.objects.filter(pk=self.row.pk).update(**changed)
        return made

    def tick(self, moment: datetime, by: User, *keys: str) -> None:
        for key in keys:
            step = ComplaintStep.objects.get(complaint=self.row, key=key)
            self.at(moment, handling.tick, by, step.pk)


def _open(desk: Desk, story: Story, today: date) -> None:
    now = timezone.localtime()
    start = _received(story, now, today, desk)
    if story.public:
        row = entering.enter_public(desk.unit.pk, story.text, name=story.name, contact=story.contact)
        _begun(row, start)
        return
    card = Customer.objects.filter(name=story.customer, unit=desk.unit).first() if story.customer else None
    card = card or _male(desk) if story.home else card or next(desk.cards)
    asset = Asset.objects.filter(customer=card, gone_on__isnull=True).order_by("pk").first()
    row = entering.enter(
        desk.agent, text=story.text, channel=story.channel, received_at=start, title=story.title, customer_id=card.pk,
        asset_id=asset.pk if asset else None, product=story.product, department=story.department, severity=story.severity,
    )  # fmt: skip
    Complaint.objects.filter(pk=row.pk).update(entered_at=start + timedelta(minutes=2))
    if story.customer:  # the day's own story has told of it already
        Event.objects.filter(pk=row.event_opened or 0).delete()
        before = Event.objects.filter(customer=card, kind="severe_complaint_opened").order_by("-pk").first()
        Complaint.objects.filter(pk=row.pk).update(event_opened=before.pk if before else None)
    case, agent = _Case(row), desk.agent
    first = min(start + timedelta(minutes=22), now)
    if story.stage == "new":
        return
    case.at(first, handling.answer, agent, row.pk, note=LINES["answered"])
    case.tick(first, agent, "listen", "ask", "soothe")
    if story.stage == "crisis":
        case.at(first, classifying.confirm, agent, row.pk, "behaviour", "extreme")
        case.at(first + timedelta(minutes=9), crisis.name_crisis, agent, row.pk, second_id=desk.head.pk, spokesman_id=desk.head.pk)
        case.at(first + timedelta(minutes=12), handling.note, agent, row.pk, LINES["evidence"], kind=NoteKind.EVIDENCE)
        return
    if story.stage == "accept":
        return
    case.tick(first, agent, "confirm")
    later = min(first + timedelta(hours=2), now)
    for axis, value in (("cause", story.cause), ("behaviour", story.behaviour), ("purpose", story.purpose), ("severity", story.severity)):
        case.at(later, classifying.confirm, agent, row.pk, axis, value)
    for need in ComplaintNeed.objects.filter(complaint=row, confirmed_at__isnull=True):
        classifying.confirm_need(agent, need.pk)
    case.tick(later, agent, "judge")
    if story.stage == "clarify":
        return
    case.tick(min(later + timedelta(hours=1), now), agent, "analyse", "explain")
    if story.stage == "waiting":
        case.at(min(later + timedelta(hours=2), now), handling.pause, agent, row.pk, LINES["pause"])
        handling.note(agent, row.pk, LINES["waits"], kind=NoteKind.CUSTOMER)
        return
    for need in ComplaintNeed.objects.filter(complaint=row, side="emotional")[:2]:
        classifying.judge_need(agent, need.pk, True)
    settle = min(later + timedelta(hours=3), now)
    for text, days, cents, grounds in story.offers:
        made = case.at(
            settle, agreeing.propose, agent, row.pk, text, today + timedelta(days), grounds=grounds, amount_cents=cents, sure=bool(grounds)
        )
        if story.stage == "told":
            case.at(settle, agreeing.agree, agent, made.pk)
    if story.stage == "told":
        told = min(settle + timedelta(minutes=30), now)
        case.at(told, closing.tell_solution, agent, row.pk)
        CallBack.objects.filter(complaint=row).update(due_on=max(next_working((told + timedelta(3)).date()), today))
        return
    case.at(min(settle + timedelta(hours=2), now), handling.note, agent, row.pk, LINES["asked"], kind=NoteKind.CUSTOMER)


def _begun(row: Complaint, start: datetime) -> None:
    """A form that was sent at `start`: its clocks count from then."""
    due = limits(start, str(row.severity), Desks().at(row.unit.path or ""), rule())
    Complaint.objects.filter(pk=row.pk).update(received_at=start, entered_at=start, answer_due=due.answer_due, resolve_due=due.resolve_due)
    CaseNote.objects.filter(complaint=row).update(at=start)


def _received(story: Story, now: datetime, today: date, desk: Desk) -> datetime:
    """When it came in: so many hours ago; or, of one whose time is nearly up, the day from which its last day is today or the next."""
    if story.hours is not None:
        return now - timedelta(hours=story.hours)
    hours, numbers = Desks().at(desk.unit.path or ""), rule()
    day = _workday(today)
    found = datetime.combine(day, time(11, 20), ZONE)
    for back in range(1, 15):
        start = datetime.combine(today - timedelta(back), time(15, 40), ZONE)
        due = limits(start, "ordinary", hours, numbers).resolve_due
        if due is None or due <= now:
            break
        found = start
    if story.late:
        found = datetime.combine(_workday(found.date() - timedelta(2)), time(10, 15), ZONE)
        while (due := limits(found, "ordinary", hours, numbers).resolve_due) is not None and due > now:
            found -= timedelta(1)
    return min(found, now)


def _male(desk: Desk) -> Customer:
    return next((card for card in desk.cards if card.gender == "male"), None) or Customer.objects.filter(unit=desk.unit).order_by("pk")[0]
