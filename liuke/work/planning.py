"""From signals to tasks: once a day for everybody, or at once for a few customers. Running it twice makes nothing twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.kernel.workdays import after_rest
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.packs.stages import AFTER, stage_of
from liuke.playbooks.queries import pack as current_pack
from liuke.playbooks.queries import playbooks_at
from liuke.standing.models import Run
from liuke.standing.queries import current_run, open_signals, standings
from liuke.team.calendar import changes as calendar_changes
from liuke.work import storing
from liuke.work.budget import Spent, keep_left, spent
from liuke.work.effects import Effect, effects_of
from liuke.work.held_out import HeldOut
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import BudgetLeft, Enrolment, Task
from liuke.work.rules import Reason, strongest_first, takes_over, value_per_minute
from liuke.work.staff import Staff
from liuke.work.stages import SEVERITY, capacities, key_of, playbook_for, stages_of, to_begin
from liuke.work.success import succeeded

CHUNK = 5000
"""Customers in one transaction: the other writers wait for one chunk, never for the whole company."""

RESTS = (Ended.DONE, Ended.DEAL, Ended.REFUSED, Ended.ATTEMPTS, Ended.TIMEOUT, Ended.SUCCESS)
"""Endings after which a playbook rests: the customer was contacted. A cause that went away and comes back is a new moment."""

REFRESHED = (
    "assignee", "assigned_by", "signal", "reasons", "minutes", "must", "severity",
    "value_at_risk_cents", "effect", "value_per_minute_cents",
)  # fmt: skip


Which = dict[str, Any]
"""Some customers: lookups on their id, {"in": [...]} or {"gte": first, "lte": last}."""


@dataclass
class Planned:
    """What a plan did, in customers: enrolled (each got a task), refreshed, stopped; left_alone: objected; unassigned: nobody to do it;
    budget: no room in the contact budget; held_out: left alone on purpose, for a round that measures the playbook."""

    enrolled: int = 0
    refreshed: int = 0
    stopped: int = 0
    left_alone: int = 0
    unassigned: int = 0
    budget: int = 0
    held_out: int = 0


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
    for which in _chunks(customers):
        with transaction.atomic():
            if run:  # two plans at once take turns, so that the second finds what the first has made
                list(Run.objects.select_for_update(no_key=True).filter(pk=run.pk))
            _Chunk(pack, run, staff, effects, calendar, as_of, which, total).work()
    if customers is None:
        begin = to_begin(pack, run, staff, capacities(pack), as_of)
        for at in range(0, len(begin), CHUNK):
            with transaction.atomic():
                some = begin[at : at + CHUNK]
                list(Run.objects.select_for_update(no_key=True).filter(pk=run.pk if run else 0))
                _Chunk(pack, run, staff, effects, calendar, as_of, {"in": some}, total, frozenset(some)).work()
    return total


def _own(enrolment: Enrolment, reasons: list[Reason]) -> list[Reason]:
    """The reasons that carry this enrolment, the strongest first; never none for one that is not over."""
    return [reason for reason in reasons if reason.playbook == enrolment.playbook or reason.signal == enrolment.signal]


def _slots_of(task: Task, key: str) -> dict[str, Any]:
    """The figures of one reason of a task."""
    return next((dict(slots) for name, slots in task.reasons if name == key), {})


def _chunks(customers: Sequence[int] | None) -> list[Which]:
    if customers is not None:
        return [{"in": list(customers[at : at + CHUNK])} for at in range(0, len(customers), CHUNK)]
    signalled = open_signals().order_by().values_list("customer_id", flat=True)
    enrolled = Enrolment.objects.filter(ended_on__isnull=True).order_by().values_list("customer_id", flat=True)
    ids = sorted(signalled.union(enrolled))
    return [{"gte": ids[at], "lte": ids[min(at + CHUNK, len(ids)) - 1]} for at in range(0, len(ids), CHUNK)]


@dataclass
class _Chunk:
    pack: Pack
    run: Run | None
    staff: Staff
    effects: Mapping[str, Effect]
    calendar: Mapping[date, bool]
    as_of: date
    which: Which
    total: Planned
    starting: frozenset[int] = frozenset()  # customers for whom the playbook of their stage may begin
    made: list[tuple[Enrolment, Task]] = field(default_factory=list)
    held_out: list[Enrolment] = field(default_factory=list)
    changed: list[Task] = field(default_factory=list)
    moved: list[Enrolment] = field(default_factory=list)
    ended: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    counted: Counter[str] = field(default_factory=Counter)

    def work(self) -> None:
        self._read()
        for customer in sorted(self.signals.keys() | self.running.keys() | self.starting):
            if customer in self.people:
                self._customer(customer)
        self._within_budget()
        self._hold_out()
        self._write()

    # ── read ──

    def _read(self) -> None:
        where = self.where = Q(**{f"customer_id__{lookup}": value for lookup, value in self.which.items()})
        of_customer = Q(**{f"pk__{lookup}": value for lookup, value in self.which.items()})
        self.held = HeldOut(self.pack, self.run, self.as_of, where)
        rows = open_signals().filter(where, started_on__lte=self.as_of)
        self.signals: dict[int, list[tuple[str, int, dict[str, Any]]]] = defaultdict(list)
        for customer, key, severity, slots, started in rows.values_list("customer_id", "key", "severity", "slots", "started_on"):
            if not self.held.covers(customer, key, started):
                self.signals[customer].append((key, severity, slots))
        contacted = Exists(Task.objects.filter(enrolment=OuterRef("pk"), state=TaskState.DONE))
        current = Enrolment.objects.filter(where, ended_on__isnull=True).annotate(contacted=contacted)
        self.running = {each.customer_id: each for each in current.order_by("pk") if each.pk not in self.held.pks}
        self.tasks = {task.customer_id: task for task in Task.objects.open().filter(where, kind=TaskKind.PLAYBOOK)}
        # Whoever is in a playbook goes through it as it was when he began.
        books = playbooks_at(self.pack, {(each.playbook, each.version) for each in self.running.values()})
        self.books = {each.pk: books.get((each.playbook, each.version)) for each in self.running.values()}
        known = [(each, book) for each in self.running.values() if (book := self.books[each.pk]) is not None]
        self.succeeded = succeeded(known, where, self.as_of)
        in_stage = {each.customer_id for each in self.running.values() if stage_of(each.signal)}
        self.stages = stages_of(self.run, where, in_stage | self.starting, self.as_of)
        people = Customer.objects.filter(of_customer).values_list("pk", "owner_id", "unit__path", "do_not_contact")
        self.people = {pk: (owner, path or "", objects) for pk, owner, path, objects in people}
        for why, ids in self.held.over(pk for pk, (_, _, objects) in self.people.items() if objects).items():
            self.ended[why] += ids
        self.risk: dict[int, int] = {}
        if self.run:
            at_risk = standings(self.run).filter(where, value_at_risk_cents__gt=0)
            self.risk = dict(at_risk.values_list("customer_id", "value_at_risk_cents"))
        longest = max((playbook.stop.rest_days for playbook in self.pack.playbooks), default=0)
        since = self.as_of - timedelta(max(longest, 1))
        self.rested: dict[int, dict[str, date]] = defaultdict(dict)
        self.alone: set[int] = set()
        past = Enrolment.objects.filter(Q(ended_on__gte=since) | Q(alone_until__gte=self.as_of), where, why__in=RESTS)
        for customer, playbook, ended, alone in past.order_by("ended_on").values_list("customer_id", "playbook", "ended_on", "alone_until"):
            if ended is not None:
                self.rested[customer][playbook] = ended
            if alone is not None and alone >= self.as_of:
                self.alone.add(customer)

    # ── decide ──

    def _customer(self, customer: int) -> None:
        owner, path, objects = self.people[customer]
        enrolment, task = self.running.get(customer), self.tasks.get(customer)
        if objects or customer in self.alone:
            self.counted["left_alone"] += 1
            if enrolment:
                self._end(enrolment, Ended.DO_NOT_CONTACT if objects else Ended.REFUSED)
            return
        reasons = strongest_first(self._reasons(customer))
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

    def _reasons(self, customer: int) -> list[Reason]:
        found = []
        for key, severity, slots in self.signals.get(customer, ()):
            try:
                playbook = self.pack.playbooks_for(key)[0]
            except KeyError:  # a signal of another pack: nothing to say and nothing to do
                continue
            worth = value_per_minute(self.risk.get(customer, 0), self.effects[playbook.key].share, playbook.minutes)
            found.append(Reason(key, playbook.key, severity, playbook.must, worth, slots))
        if customer in self.stages:
            stage, slots = self.stages[customer]
            if (began := playbook_for(self.pack, stage)) is not None:
                found.append(self._reason(customer, key_of(stage), began, SEVERITY, slots))
        # What another playbook led to has no signal that could end it.
        enrolment = self.running.get(customer)
        if enrolment and enrolment.signal == AFTER and (book := self.books[enrolment.pk]) and (task := self.tasks.get(customer)):
            found.append(self._reason(customer, AFTER, book, task.severity, _slots_of(task, AFTER)))
        return found

    def _reason(self, customer: int, key: str, playbook: Playbook, severity: int, slots: Mapping[str, Any]) -> Reason:
        worth = value_per_minute(self.risk.get(customer, 0), self._share(playbook), playbook.minutes)
        return Reason(key, playbook.key, severity, playbook.must, worth, slots)

    def _share(self, playbook: Playbook) -> Decimal:
        """The share of the value at risk that it saves; what it assumes itself where it is no longer one of the pack."""
        return self.effects[playbook.key].share if playbook.key in self.effects else playbook.effect.share

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

    def _within_budget(self) -> None:
        """Drop what a customer's budget has no room for. His card is held from here on, so that nobody else makes a task meanwhile."""
        budget, leaving = self.pack.contact_budget, frozenset(pk for ids in self.ended.values() for pk in ids)
        lock_cards(task.customer_id for _, task in self.made)
        begun: set[int] = set()
        if self.made:  # an undo may have opened one again while we read
            running = Enrolment.objects.filter(self.where, ended_on__isnull=True).order_by().values_list("pk", "customer_id")
            known = leaving | {enrolment.pk for enrolment in self.running.values()} | self.held.pks
            begun = {customer for pk, customer in running if pk not in known}
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
        before = [getattr(task, f"{name}_id" if name in ("assignee", "assigned_by") else name) for name in REFRESHED]
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
        after = [getattr(task, f"{name}_id" if name in ("assignee", "assigned_by") else name) for name in REFRESHED]
        if before != after:
            self.changed.append(task)

    def _figures(self, task: Task, playbook: Playbook, first: Reason, reasons: list[Reason]) -> None:
        task.signal = first.signal
        task.reasons = [[first.signal, dict(first.slots)], *([r.signal, dict(r.slots)] for r in reasons if r.signal != first.signal)]
        task.minutes = playbook.steps[task.step].minutes
        task.must = playbook.must
        task.severity = first.severity
        task.value_at_risk_cents = self.risk.get(task.customer_id, 0)
        share = self._share(playbook)
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
