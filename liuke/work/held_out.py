"""Customers left alone on purpose, in the plan: who of those to be taken up falls into which group, and what his being left alone covers.

The task he would have got was for all signals of that day, so for all of them he is left alone, until his days in the round are over.
A signal that begins later is another matter, unless it asks for the same playbook; and what is never held out (complaints, promises, what
he asks for) goes on as ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q

from liuke.customers.models import Customer
from liuke.packs import Pack
from liuke.packs.stages import stage_of
from liuke.standing.models import Run
from liuke.standing.queries import standings
from liuke.trials.actions import assign, left_alone, may_hold_out
from liuke.trials.labels import Arm
from liuke.trials.queries import open_trials
from liuke.trials.rules import last_day
from liuke.work.labels import Ended
from liuke.work.models import Enrolment, Task
from liuke.work.rules import level

Made = list[tuple[Enrolment, Task]]
UNKNOWN_GRADE = "C"


class HeldOut:
    """Those of one chunk of the plan (`where`: condition on `customer_id`). Two queries; `split` makes some more where anybody is new."""

    def __init__(self, pack: Pack, run: Run | None, as_of: date, where: Q) -> None:
        self.pack, self.run, self.as_of, self.where = pack, run, as_of, where
        self.trials = open_trials()
        alone = Enrolment.objects.filter(where, ended_on__isnull=True, assignment__arm=Arm.ALONE).select_related("assignment__trial")
        self.alone: dict[int, list[Enrolment]] = defaultdict(list)
        for enrolment in alone.order_by("pk"):
            self.alone[enrolment.customer_id].append(enrolment)
        self.ending: set[int] = set()
        self.pks = {one.pk for enrolments in self.alone.values() for one in enrolments}
        self._of = {signal.key: pack.playbook(signal.playbook) for signal in pack.signals}
        self._there: dict[int, set[str]] = defaultdict(set)

    def covers(self, customer: int, signal: str, started_on: date, under_way: Enrolment | None = None) -> bool:
        """Whether he is left alone for this open signal. What is `under_way` (it came with another card, in a merge) goes on beside his
        being left alone: it was begun, and he stays in the group he fell into."""
        if customer not in self.alone:
            return False
        self._there[customer].add(signal)
        playbook = self._of.get(signal)
        if playbook is None or not may_hold_out(playbook):
            return False
        if under_way is not None and (under_way.signal == signal or under_way.playbook == playbook.key):
            return False
        return any(started_on <= one.started_on or one.playbook == playbook.key for one in self.alone[customer])

    def still(self, customer: int, playbook: str) -> bool:
        """Whether he goes on being left alone in this playbook today; asked after `over`."""
        return any(one.playbook == playbook and one.pk not in self.ending for one in self.alone.get(customer, ()))

    def over(self, objecting: Iterable[int]) -> dict[str, list[int]]:
        """The enrolments left alone that end today, by why; asked after `covers` has seen every open signal."""
        quiet = set(objecting)
        found: dict[str, list[int]] = defaultdict(list)
        for customer, enrolments in self.alone.items():
            there = self._there[customer]
            playbooks = {self._of[key].key for key in there if key in self._of}
            for one in enrolments:
                trial = one.assignment.trial if one.assignment else None
                if customer in quiet:
                    found[Ended.DO_NOT_CONTACT].append(one.pk)
                elif trial is None or trial.closed_on is not None:
                    found[Ended.CANCELLED].append(one.pk)  # the round is over: he is looked at again like anybody
                elif one.signal not in there and one.playbook not in playbooks and not stage_of(one.signal):
                    found[Ended.SIGNAL].append(one.pk)
                elif self.as_of > last_day(one.started_on, trial.window_days):
                    found[Ended.TIMEOUT].append(one.pk)
        self.ending = {pk for ids in found.values() for pk in ids}
        return found

    def split(self, made: Made, families: Mapping[int, Iterable[str]]) -> tuple[Made, list[Enrolment]]:
        """Those to be contacted, with their group and level written into the enrolment, and those left alone, who get no task.

        families: of each customer the families of all his open signals. In the caller's transaction, before anything is written.
        """
        if not made:
            return made, []
        stands = {
            pk: (stage, grade) for pk, stage, grade in standings(self.run).filter(self.where).values_list("customer_id", "stage", "abc")
        }
        wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
        keys = self._key_accounts()
        for enrolment, _ in made:
            stage, grade = stands.get(enrolment.customer_id, ("", UNKNOWN_GRADE))
            enrolment.level = level(stage, "churn" in families.get(enrolment.customer_id, ()))
            playbook = self.pack.playbook(enrolment.playbook)
            if playbook.key in self.trials and may_hold_out(playbook) and enrolment.customer_id not in keys:
                wanted[playbook.key].append((enrolment.customer_id, grade))
        fallen = assign(wanted, self.as_of, self.trials) if wanted else {}
        kept: Made = []
        alone: list[Enrolment] = []
        for enrolment, task in made:
            enrolment.assignment = fallen.get((enrolment.playbook, enrolment.customer_id))
            if left_alone(enrolment.assignment):
                alone.append(enrolment)
            else:
                kept.append((enrolment, task))
        return kept, alone

    def _key_accounts(self) -> set[int]:
        if not self.trials or self.pack.hold_out.key_accounts:
            return set()
        lookups = Q(**{f"pk__{name.removeprefix('customer_id__')}": value for name, value in self.where.children})  # type: ignore[misc]
        return set(Customer.objects.filter(lookups, key_account=True).values_list("pk", flat=True))
