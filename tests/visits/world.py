"""杭州滨江店 with its areas, and customers of 陈思远 whose visits are due; Friday 2026-11-20, noon in Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.standing.models import Run
from liuke.visits import areas
from liuke.visits.models import Area, Visit
from tests.cast import Cast, assemble, card
from tests.standing_rows import a_run, a_standing

TODAY = date(2026, 11, 20)  # a Friday
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
NEXT = date(2026, 11, 23)  # the Monday after
MONDAY = date(2026, 11, 16)


@dataclass
class World:
    cast: Cast
    run: Run
    riverside: Area  # 滨盛路片, where one sets out
    south: Area  # 长河片

    def customer(self, name: str, at_risk: int = 100_000, **fields: Any) -> Customer:
        owner = fields.pop("owner", self.cast.chen)
        standing = {name: fields.pop(name) for name in ("abc", "stage") if name in fields}
        made = card(owner, name, **fields)
        row = {
            "abc": "A", "type": "fan", "stage": "D", "stage_by_rule": "D", "stage_code": "D.elapsed", "stage_since": TODAY,
            "rule_since": TODAY,
            "last_deal": date(2026, 5, 1), "first_deal": date(2024, 5, 1), "deal_days": 9, "cycle_days": 74.0, "amount_12m_cents": 682_000,
        }  # fmt: skip
        a_standing(self.run, made, value_at_risk_cents=at_risk, **(row | standing))
        return made


def world() -> World:
    cast = assemble()
    run = a_run(TODAY, started_at=NOON, finished_at=NOON)
    riverside = areas.save(cast.he, areas.Typed(cast.binjiang.pk, "滨盛路片", "滨盛路，闻涛路", "30.2084", "120.2120", True))
    south = areas.save(cast.he, areas.Typed(cast.binjiang.pk, "长河片", "长河路 江南大道", "30.1850", "120.1890"))
    return World(cast, run, riverside, south)


def met(customer: Customer, days: int, **fields: Any) -> Interaction:
    """A visit so many days ago."""
    on = TODAY - timedelta(days)
    values = {"way": "visit", "two_way": True, "outcome": "reached", "asked": True, "by": customer.owner, **fields}
    return Interaction.objects.create(customer=customer, at=datetime.combine(on, time(4), tzinfo=UTC), on=on, **values)


def names(visits: Any) -> list[str]:
    return [visit.customer.name for visit in visits]


def planned(customer: Customer) -> Visit:
    return Visit.objects.select_related("user", "plan", "area").get(customer=customer)
