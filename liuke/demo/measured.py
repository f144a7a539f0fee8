"""The past rounds in the database: groups, calls and what came of them; the verdict is found by the product itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection

from liuke.demo.company import Store
from liuke.demo.rounds import Round, rounds
from liuke.demo.rows import EnteredRow, Life
from liuke.demo.writing import insert
from liuke.packs import Pack
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment, Trial
from liuke.work.labels import Ended, Level, TaskState
from liuke.work.measuring import keen_choices, look_at
from liuke.work.models import Enrolment, Result, Task

PLANNED_AT, CALLED_AT = time(5, 31), time(15, 20)
LEVELS = {"overdue_visit": Level.LOSS_BEGAN, "late_visit": Level.FIRST_SIGN}


def write_rounds(lives: Sequence[Life], stores: Sequence[Store], pack: Pack, today: date) -> None:
    """Rounds with their customers, calls and looks. Inside the caller's transaction, after the customers."""
    scribe = _Scribe(stores)
    made = [scribe.add(each, lives, pack) for each in rounds(today)]
    for model, rows in scribe.rows.items():
        insert(model, rows)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(scribe.rows)):
            cursor.execute(statement)
    for each, pk in zip(rounds(today), made, strict=True):
        look_at(Trial.objects.get(pk=pk), pack, each.closed_on)


class _Scribe:
    """Counts the ids of rows in tables that are empty."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self.stores, self.zone = stores, ZoneInfo(settings.TIME_ZONE)
        self.rows: dict[type[Any], list[dict[str, Any]]] = {model: [] for model in (Trial, Assignment, Enrolment, Task, Result)}
        self.analyst = User.objects.filter(role=Role.ANALYST).order_by("pk").values_list("pk", flat=True).first()

    def add(self, made: Round, lives: Sequence[Life], pack: Pack) -> int:
        """One round; the id of its trial."""
        told, playbook = made.told, pack.playbook(made.told.playbook)
        people = [(pk, life, one) for pk, life in enumerate(lives, 1) for one in life.entered if one.playbook == told.playbook]
        trial = self._put(
            Trial,
            playbook=told.playbook,
            round=1,
            version=playbook.version,
            share=told.share,
            planned=len(people),
            window_days=told.window,
            least=pack.hold_out.least_lift,
            base="0.100",
            seed=made.seed,
            opened_on=made.opened_on,
            opened_by_id=self.analyst,
        )
        keen = min(keen_choices(pack, told.playbook), default="")
        for pk, life, one in sorted(people, key=lambda row: (row[2].on, row[0])):
            at = self._at(one.on, PLANNED_AT)
            assigned = self._put(Assignment, trial_id=trial, customer_id=pk, stratum=one.stratum, arm=one.arm, on=one.on, at=at)
            ended, why = _end(one, told.window)
            enrolment = self._put(
                Enrolment,
                customer_id=pk,
                playbook=told.playbook,
                version=playbook.version,
                signal=told.playbook,
                started_on=one.on,
                ended_on=ended,
                why=why,
                assignment_id=assigned,
                level=LEVELS[told.playbook],
            )
            if one.contact is not None:
                self._call(life, pk, one, enrolment, told.minutes, keen)
        return trial

    def _call(self, life: Life, customer: int, one: EnteredRow, enrolment: int, minutes: int, keen: str) -> None:
        assert one.contact is not None
        staff, at = self.stores[life.store].reps[life.rep or 0].pk, self._at(one.contact, CALLED_AT)
        task = self._put(
            Task,
            customer_id=customer,
            assignee_id=staff,
            enrolment_id=enrolment,
            playbook=one.playbook,
            signal=one.playbook,
            reasons=[[one.playbook, {}]],
            channel="phone",
            minutes=minutes,
            created_for=one.on,
            due_on=one.on,
            state=TaskState.DONE,
            outcome=one.outcome,
            done_on=one.contact,
            done_at=at,
            done_by_id=staff,
        )
        self._put(Result, task_id=task, outcome=one.outcome, follow_up=keen if one.keen else "", by_id=staff, at=at, ended_enrolment=True)

    def _put(self, model: type[Any], **values: Any) -> int:
        rows = self.rows[model]
        rows.append({"id": len(rows) + 1, **values})
        return len(rows)

    def _at(self, on: date, at: time) -> datetime:
        return datetime.combine(on, at, self.zone).astimezone(UTC)


def _end(one: EnteredRow, window: int) -> tuple[date, str]:
    """When and why his way through the playbook ended."""
    over = one.on + timedelta(days=window + 1)
    if one.came is not None and (one.contact is None or one.came >= one.contact):
        return one.came, Ended.SUCCESS if one.arm == Arm.TREATED and one.contact is not None else Ended.SIGNAL
    if one.contact is None:
        return over, Ended.TIMEOUT
    return one.contact + timedelta(days=3), Ended.DONE if one.outcome == "reached" else Ended.ATTEMPTS
