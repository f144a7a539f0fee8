"""The cast with cards that have been in the house for long: what the pool's night looks at, made row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from liuke.customers.models import Customer, Event
from liuke.interactions.models import Interaction
from liuke.standing.models import Run
from liuke.team.models import User
from liuke.work.labels import TaskKind
from liuke.work.models import Enrolment, Task
from tests.cast import card
from tests.standing_rows import a_run, a_standing

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def ago(days: int) -> date:
    return DAY - timedelta(days)


def old(owner: User | None, name: str, days: int = 400, **fields: Any) -> Customer:
    """A card that came into the house so many days ago, and of which nothing was heard since."""
    made = card(owner, name, **fields)
    came = datetime.combine(ago(days), time(4), tzinfo=UTC)
    Customer.objects.filter(pk=made.pk).update(created_at=came, opened_on=came.date())
    made.refresh_from_db()
    return made


def insight(values: dict[str, int], **fields: Any) -> Run:
    """A run of the day in which these customers, by name, are slipping away with so much at risk, in cents."""
    run = a_run(DAY, started_at=NOON, finished_at=NOON)
    for name, value in values.items():
        row = {
            "abc": "A", "type": "fan", "stage": "D", "stage_by_rule": "D", "stage_code": "D.elapsed", "stage_since": DAY, "rule_since": DAY,
            "last_deal": ago(212), "first_deal": ago(900), "deal_days": 16, "cycle_days": 74.0, "amount_12m_cents": 682_000,
        }  # fmt: skip
        a_standing(run, Customer.objects.get(name=name), value_at_risk_cents=value, **(row | fields))
    return run


def contact(customer: Customer, days: int, outcome: str = "reached", **fields: Any) -> Interaction:
    on = ago(days)
    at = datetime.combine(on, time(4), tzinfo=UTC)
    return Interaction.objects.create(customer=customer, at=at, on=on, way="phone", outcome=outcome, two_way=True, **fields)


def event(customer: Customer, kind: str, days: int) -> Event:
    return Event.objects.create(customer=customer, kind=kind, on=ago(days))


def task(customer: Customer, kind: str = TaskKind.PLAYBOOK, assignee: User | None = None, **fields: Any) -> Task:
    enrolment = None
    if kind != TaskKind.HAND_OVER:
        enrolment = Enrolment.objects.create(
            customer=customer,
            playbook="overdue_visit",
            version=1,
            signal="overdue_visit",
            started_on=DAY,
            ended_on=None if kind == TaskKind.PLAYBOOK else DAY,
        )
    return Task.objects.create(
        **{
            "customer": customer, "kind": kind, "assignee": assignee or customer.owner, "enrolment": enrolment, "playbook": "overdue_visit",
            "signal": "overdue_visit", "channel": "phone", "minutes": 8, "created_for": DAY, "due_on": DAY, **fields,
        }
    )  # fmt: skip
