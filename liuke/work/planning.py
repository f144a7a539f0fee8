"""From signals to tasks: once a day for everybody, or at once for a few customers. Running it twice makes nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.kernel.workdays import after_rest
from liuke.packs.playbook import Playbook
from liuke.packs.stages import AFTER, stage_of
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.models import Run
from liuke.standing.queries import current_run
from liuke.team.calendar import changes as calendar_changes
from liuke.work import storing
from liuke.work.budget import Spent, keep_left, spent
from liuke.work.effects import effects_of
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import BudgetLeft, Enrolment, Task
from liuke.work.plan_facts import CHUNK, RESTS, Facts, chunks
from liuke.work.planned import Planned, others_go_on
from liuke.work.rules import Reason, strongest_first, takes_over, value_per_minute
from liuke.work.staff import Staff
from liuke.work.stages import capacities, to_begin
from liuke.work.ways import keep_to

REFRESHED = (
    "assignee", "assigned_by", "signal", "reasons", "channel", "minutes", "must", "severity",
    "value_at_risk_cents", "effect", "value_per_minute_cents",
)  # fmt: skip


def plan(as_of: date, customers: Sequence[int] | None = None) -> Planned:
    """Make the tasks that the open signals ask for, bring the open ones up to date, stop those whose cause is gone.

    A customer gets one task for all signals of the day: the strongest chooses the playbook, the others are named with it. A playbook
    under way gives way to what must not wait; one that nobody has begun also to what is worth clearly more. Whoever objects is left
    alone, and so is who has had his share of unasked contacts, which is written down (BudgetLeft). Nothing unasked falls on the first days
    of a statutory holiday. `customers` (ids) limits it to a few; None is everybody, in chunks of CHUNK, each one transaction with a fixed
    number of queries and one audit entry; then whoever's day has room gets customers of whom nothing else is asked (work.stages).
    """
    pack, run, staff = current_pack(), current_run(), Staff(as_of)
    effects, calendar = effects_of(pack), calendar_changes()
    total = Planned()
    faults: list[Exception] = []
    for which in chunks(customers):
        with others_go_on(faults), transaction.atomic():
            if run:  # two plans at once take turns, so that the second finds what the first has made
                list(Run.objects.select_for_update(no_key=True).filter(pk=run.pk))
            _Chunk(pack, run, effects, as_of, which, staff=staff, calendar=calendar, total=total).work()
    if customers is None:
        begin = to_begin(pack, run, staff, capacities(pack), as_of)
        for at in range(0, len(begin), CHUNK):
            with others_go_on(faults), transaction.atomic():
                some = begin[at : at + CHUNK]
                list(Run.objects.select_for_update(no_key=True).filter(pk=run.pk if run else 0))
                _Chunk(pack, run, effects, as_of, {"in": some}, frozenset(some), staff=staff, calendar=calendar, total=total).work()
    if faults:
        raise faults[0]
    return total


def _columns(task: Task) -> list[Any]:
    return [getattr(task, f"{name}_id" if name in ("assignee", "assigned_by") else name) for name in REFRESHED]


def _own(enrolment: Enrolment, reasons: list[Reason]) -> list[Reason]:
    """The reasons that carry this enrolment, the strongest first; never none for one that is not over."""
    return [reason for reason in reasons if reason.playbook == enrolment.playbook or reason.signal == enrolment.signal]


@dataclass
class _Chunk(Facts):
    staff: Staff = field(kw_only=True)
    calendar: Mapping[date, bool] = field(kw_only=True)
    total: Planned = field(kw_only=True)
    made: list[tuple[Enrolment, Task]] = field(default_factory=list)
    held_out: list[Enrolment] = field(default_factory=list)
    seen: list[tuple[Enrolment, Task, list[Any]]] = field(default_factory=list)
    changed: list[Task] = field(default_factory=list)
    moved: list[Enrolment] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def work(self) -> None:
        self.read()
        for customer in sorted(self.signals.keys() | self.running.keys() | self.starting):
            if customer in self.people and customer not in self.moving:
                self._customer(customer)
        self._by_wish()
        self._within_budget()
        self._hold_out()
        self._write()

    # ── decide ──

    def _customer(self, customer: int) -> None:
        owner, path, objects = self.people[customer]
        enrolment, task = self.running.get(customer), self.tasks.get(customer)
        if objects or customer in self.alone or self.waits(customer):
            self.counted["left_alone"] += 1
            if enrolment:
                self._end(enrolment, Ended.DO_NOT_CONTACT if objects else Ended.REFUSED if customer in self.alone else Ended.STRONGER)
            return
        reasons = strongest_first(self.reasons(customer))
        fresh = [reason for reason in reasons if self._may_start(customer, reason)]
        if enrolment and (why := self._over(enrolment, task, reasons)):
            self._end(enrolment, why)
            if why in RESTS:
                return
        elif enrolment and task:
            fresh = self._stronger(enrolment, task, reasons, fresh)
            if not fresh:
                self._refresh(enrolment, task, reasons, owner, path)
                return
            self._end(enrolment, Ended.STRONGER)
        if fresh:
            self._enrol(customer, fresh[0], reasons, owner, path)

    def _stronger(self, enrolment: Enrolment, task: Task, reasons: list[Reason], fresh: list[Reason]) -> list[Reason]:
        """The reasons, the strongest first, before which the playbook under way gives way; none: it goes on."""
        if task.must or not fresh:
            return []
        if fresh[0].must:
            return fresh[:1] if fresh[0].playbook != enrolment.playbook else []
        if enrolment.contacted or task.step or task.attempt > 1 or task.assigned_by_id:  # type: ignore[attr-defined]
            return []  # somebody has begun it, or a supervisor has given it out
        running = _own(enrolment, reasons)[0]
        return [reason for reason in fresh if takes_over(running, reason)]

    def _over(self, enrolment: Enrolment, task: Task | None, reasons: list[Reason]) -> str:
        """Why an enrolment is over, or ""."""
        playbook = self.books[enrolment.pk]
        if enrolment.pk in self.succeeded:
            return Ended.SUCCESS
        if task is None:
            return Ended.DONE
        if playbook is None or task.step >= len(playbook.steps):
            return Ended.PACK
        if all(reason.signal != enrolment.signal and reason.playbook != enrolment.playbook for reason in reasons):
            return Ended.SIGNAL
        # Time runs from the first contact on: a customer never called because the days were full has not used up anything.
        last = max(playbook.stop.days, playbook.steps[-1].day)
        if enrolment.contacted and not task.asked and self.as_of > enrolment.started_on + timedelta(last):  # type: ignore[attr-defined]
            return Ended.TIMEOUT
        return ""

    def _may_start(self, customer: int, reason: Reason) -> bool:
        playbook = self.pack.playbook(reason.playbook) if reason.signal != AFTER else None
        if playbook is None or playbook.off or (stage_of(reason.signal) and customer not in self.starting):
            return False
        if self.held.still(customer, reason.playbook):
            return False
        ended = self.rested.get(customer, {})
        rest = max(playbook.stop.rest_days, 1)
        if reason.playbook in ended and self.as_of < ended[reason.playbook] + timedelta(rest):
            return False
        return reason.must or self.as_of not in ended.values()  # one task a customer a day

    def _enrol(self, customer: int, first: Reason, reasons: list[Reason], owner: int | None, path: str) -> None:
        playbook = self.pack.playbook(first.playbook)
        step = playbook.steps[0]
        assignee = self.staff.pick(step.who, owner, path, customer)
        if assignee is None:
            self.counted["unassigned"] += 1
            return
        enrolment = Enrolment(
            customer_id=customer, playbook=playbook.key, version=playbook.version, signal=first.signal, started_on=self.as_of
        )
        task = Task(
            customer_id=customer,
            assignee_id=assignee,
            playbook=playbook.key,
            channel=step.channel,
            created_for=self.as_of,
            due_on=self._due(self.as_of + timedelta(step.day), playbook),
        )
        self._figures(task, playbook, first, reasons)
        self.made.append((enrolment, task))

    def _due(self, day: date, playbook: Playbook) -> date:
        """The day itself; for what can wait the first after a holiday's days of rest."""
        return day if playbook.must else after_rest(day, self.pack.contact_budget.holiday_days, self.calendar)

    def _by_wish(self) -> None:
        """Every contact by the way the customer wishes for; whom no way is left to is left alone."""
        made = [(task, self.pack.playbook(task.playbook)) for _, task in self.made]
        under_way = [(task, book) for enrolment, task, _ in self.seen if (book := self.books[enrolment.pk]) is not None]
        none = keep_to([*made, *under_way], self.reach, self.pack)
        if none:
            self.counted["left_alone"] += len(none)
        self.made = [(enrolment, task) for enrolment, task in self.made if task.customer_id not in none]
        for enrolment, task, before in self.seen:
            if task.customer_id in none:
                self._end(enrolment, Ended.DO_NOT_CONTACT)
            elif before != _columns(task):
                self.changed.append(task)

    def _within_budget(self) -> None:
        """Drop what a customer's budget has no room for. His card is held from here on, so that nobody else makes a task meanwhile."""
        budget, leaving = self.pack.contact_budget, frozenset(pk for ids in self.ended.values() for pk in ids)
        lock_cards(task.customer_id for _, task in self.made)
        begun: set[int] = set()
        if self.made:  # an undo may have opened one again while we read, or an outcome ended it
            running = Enrolment.objects.filter(self.where, ended_on__isnull=True).order_by().values_list("pk", "customer_id")
            known = leaving | {enrolment.pk for enrolment in self.running.values()} | self.held.pks
            begun = {customer for pk, customer in running if pk not in known}
            ended = self.past.order_by().values_list("pk", "customer_id")
            begun |= {customer for pk, customer in ended if pk not in self.rests and pk not in leaving}
        unasked = any(not task.must for _, task in self.made)
        had = spent(self.where, self.as_of, budget, leaving) if unasked else {}
        kept, left = [], []
        for enrolment, task in self.made:
            if task.customer_id in begun:
                continue
            of = had.get(task.customer_id, Spent())
            if task.must or of.room(budget):
                kept.append((enrolment, task))
                continue
            left.append(
                BudgetLeft(
                    customer_id=task.customer_id, assignee_id=task.assignee_id, kind=task.kind, key=task.playbook,
                    wanted_on=self.as_of, until=of.until(budget),
                )
            )  # fmt: skip
        self.made = kept
        keep_left(left, BudgetLeft.objects.filter(self.where, kind=TaskKind.PLAYBOOK))
        if left:
            self.counted["budget"] = len(left)

    def _hold_out(self) -> None:
        """Who falls into the group that is left alone has an enrolment without a task."""
        family = {signal.key: signal.family for signal in self.pack.signals}
        families = {pk: {family[key] for key, _, _ in open_ if key in family} for pk, open_ in self.signals.items()}
        self.made, self.held_out = self.held.split(self.made, families)
        if self.held_out:
            self.counted["held_out"] = len(self.held_out)

    def _refresh(self, enrolment: Enrolment, task: Task, reasons: list[Reason], owner: int | None, path: str) -> None:
        before = _columns(task)
        playbook = self.books[enrolment.pk]
        assert playbook is not None  # _over has ended the others
        own = _own(enrolment, reasons)
        same = next((reason for reason in own if reason.signal == enrolment.signal), own[0])
        if same.signal != enrolment.signal:
            enrolment.signal = same.signal
            self.moved.append(enrolment)
        if task.assigned_by_id is None or not self.staff.sees(task.assignee_id, owner, path):
            step = playbook.steps[task.step]
            task.assigned_by_id = None
            task.assignee_id = self.staff.pick(step.who, owner, path, task.customer_id) or task.assignee_id
        self._figures(task, playbook, own[0], reasons)
        self.seen.append((enrolment, task, before))

    def _figures(self, task: Task, playbook: Playbook, first: Reason, reasons: list[Reason]) -> None:
        task.signal = first.signal
        task.reasons = [[first.signal, dict(first.slots)], *([r.signal, dict(r.slots)] for r in reasons if r.signal != first.signal)]
        task.minutes = playbook.steps[task.step].minutes
        task.must = playbook.must
        task.severity = first.severity
        task.value_at_risk_cents = self.risk.get(task.customer_id, 0)
        share = self.share(playbook)
        task.effect = share.quantize(Decimal("0.0001"))
        task.value_per_minute_cents = value_per_minute(task.value_at_risk_cents, share, task.minutes)

    def _end(self, enrolment: Enrolment, why: str) -> None:
        self.ended[why].append(enrolment.pk)

    # ── write ──

    def _write(self) -> None:
        for why, ids in self.ended.items():
            Task.objects.open().filter(enrolment__in=ids, kind=TaskKind.PLAYBOOK).update(state=TaskState.STOPPED, stopped_why=why)
            Enrolment.objects.filter(pk__in=ids, ended_on__isnull=True).update(ended_on=self.as_of, why=why)
            self.counted["stopped"] += len(ids)
        storing.add(Enrolment, [*(enrolment for enrolment, _ in self.made), *self.held_out])
        for enrolment, task in self.made:
            task.enrolment_id = enrolment.pk
        storing.add(Task, [task for _, task in self.made])
        storing.change(Task, self.changed, REFRESHED)
        storing.change(Enrolment, self.moved, ["signal"])
        self.counted["enrolled"], self.counted["refreshed"] = len(self.made), len(self.changed)
        if self.made or self.held_out or self.ended:
            record(None, "today.plan", None, as_of=self.as_of.isoformat(), **self.counted)
        for name, count in self.counted.items():
            setattr(self.total, name, getattr(self.total, name) + count)
