"""What a plan knows of some customers: read once, in a fixed number of queries; then decided on without the database (work.planning)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q

from liuke.customers.models import Customer
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.packs.stages import AFTER, stage_of
from liuke.playbooks.queries import playbooks_at
from liuke.standing.models import Run
from liuke.standing.queries import open_signals, standings
from liuke.work.busy import busy
from liuke.work.effects import Effect
from liuke.work.held_out import HeldOut
from liuke.work.labels import Ended, TaskKind, TaskState
from liuke.work.models import Enrolment, Task
from liuke.work.rules import Reason, value_per_minute
from liuke.work.stages import SEVERITY, key_of, playbook_for, stages_of
from liuke.work.success import succeeded
from liuke.work.ways import Reach, filled
from liuke.work.words import slots_of

CHUNK = 5000
"""Customers in one transaction: the other writers wait for one chunk, never for the whole company."""

RESTS = (Ended.DONE, Ended.DEAL, Ended.REFUSED, Ended.ATTEMPTS, Ended.TIMEOUT, Ended.SUCCESS)
"""Endings after which a playbook rests: the customer was contacted. A cause that went away and comes back is a new moment."""

Which = dict[str, Any]
"""Some customers: lookups on their id, {"in": [...]} or {"gte": first, "lte": last}."""


def chunks(customers: Sequence[int] | None) -> list[Which]:
    """These customers, or (None) everybody with an open signal or a playbook, CHUNK at a time."""
    if customers is not None:
        return [{"in": list(customers[at : at + CHUNK])} for at in range(0, len(customers), CHUNK)]
    signalled = open_signals().order_by().values_list("customer_id", flat=True)
    enrolled = Enrolment.objects.filter(ended_on__isnull=True).order_by().values_list("customer_id", flat=True)
    ids = sorted(signalled.union(enrolled))
    return [{"gte": ids[at], "lte": ids[min(at + CHUNK, len(ids)) - 1]} for at in range(0, len(ids), CHUNK)]


@dataclass
class Facts:
    """Signals, enrolments, tasks and people of `which` customers on the day. `starting`: those for whom the playbook of their stage may
    begin; `ended`: enrolments that are over, by why."""

    pack: Pack
    run: Run | None
    effects: Mapping[str, Effect]
    as_of: date
    which: Which
    starting: frozenset[int] = frozenset()
    ended: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def read(self) -> None:
        where = self.where = Q(**{f"customer_id__{lookup}": value for lookup, value in self.which.items()})
        of_customer = Q(**{f"pk__{lookup}": value for lookup, value in self.which.items()})
        self.held = HeldOut(self.pack, self.run, self.as_of, where)
        contacted = Exists(Task.objects.filter(enrolment=OuterRef("pk"), state=TaskState.DONE))
        waiting = Exists(Task.objects.open().filter(enrolment=OuterRef("pk")))
        current = Enrolment.objects.filter(where, ended_on__isnull=True).annotate(contacted=contacted, waiting=waiting)
        self.running = {each.customer_id: each for each in current.order_by("pk") if each.pk not in self.held.pks}
        rows = open_signals().filter(where, started_on__lte=self.as_of)
        self.signals: dict[int, list[tuple[str, int, dict[str, Any]]]] = defaultdict(list)
        for customer, key, severity, slots, started in rows.values_list("customer_id", "key", "severity", "slots", "started_on"):
            if not self.held.covers(customer, key, started, self.running.get(customer)):
                self.signals[customer].append((key, severity, slots))
        self.tasks = {task.customer_id: task for task in Task.objects.open().filter(where, kind=TaskKind.PLAYBOOK)}
        # Whose task was done, or whose playbook ended, while we read: the next plan sees him as he is then.
        self.moving = {pk for pk, each in self.running.items() if each.waiting and pk not in self.tasks}
        known_pks = {each.pk for each in self.running.values()}
        # Whoever is in a playbook goes through it as it was when he began.
        books = playbooks_at(self.pack, {(each.playbook, each.version) for each in self.running.values()})
        self.books = {each.pk: books.get((each.playbook, each.version)) for each in self.running.values()}
        known = [(each, book) for each in self.running.values() if (book := self.books[each.pk]) is not None]
        self.succeeded = succeeded(known, where, self.as_of)
        in_stage = {each.customer_id for each in self.running.values() if stage_of(each.signal)}
        self.stages = stages_of(self.run, where, in_stage | self.starting, self.as_of)
        self.busy = busy(where)
        cards = Customer.objects.filter(of_customer).annotate(phoned=filled("phone"), written=filled("wechat"))
        people = cards.values_list("pk", "owner_id", "unit__path", "do_not_contact", "channel", "phoned", "written")
        self.people: dict[int, tuple[int | None, str, bool]] = {}
        self.reach: dict[int, Reach] = {}
        for pk, owner, path, objects, likes, phoned, written in people:
            self.people[pk], self.reach[pk] = (owner, path or "", objects), Reach(likes, phoned, written)
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
        self.past = Enrolment.objects.filter(Q(ended_on__gte=since) | Q(alone_until__gte=self.as_of), where, why__in=RESTS)
        self.rests: set[int] = set()
        columns = ("pk", "customer_id", "playbook", "ended_on", "alone_until")
        for pk, customer, playbook, ended, alone in self.past.order_by("ended_on").values_list(*columns):
            self.rests.add(pk)
            if pk in known_pks and ended is not None:
                self.moving.add(customer)
            if ended is not None:
                self.rested[customer][playbook] = ended
            if alone is not None and alone >= self.as_of:
                self.alone.add(customer)

    def waits(self, customer: int) -> bool:
        """Whether nothing is sold to him for now (work.busy). What has begun and must not wait goes on: it makes something good."""
        book = self.books.get(self.running[customer].pk) if customer in self.running else None
        return customer in self.busy and not (book is not None and book.must)

    def reasons(self, customer: int) -> list[Reason]:
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
            found.append(self._reason(customer, AFTER, book, task.severity, slots_of(task.reasons, AFTER)))
        return found

    def _reason(self, customer: int, key: str, playbook: Playbook, severity: int, slots: Mapping[str, Any]) -> Reason:
        worth = value_per_minute(self.risk.get(customer, 0), self.share(playbook), playbook.minutes)
        return Reason(key, playbook.key, severity, playbook.must, worth, slots)

    def share(self, playbook: Playbook) -> Decimal:
        """The share of the value at risk that it saves; what it assumes itself where it is no longer one of the pack."""
        return self.effects[playbook.key].share if playbook.key in self.effects else playbook.effect.share
