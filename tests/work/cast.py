"""A small company with a run of insight: people by name, customers by number, signals as asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from liuke.customers.models import Customer
from liuke.standing.models import Run, Signal, Standing
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User
from tests.standing_rows import a_run, a_standing

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@dataclass
class Company:
    group: Unit
    region: Unit
    store: Unit
    other: Unit
    siyuan: User  # 陈思远, rep of the store
    xiaomei: User  # 周晓梅, rep of the other store
    linqian: User  # 林倩, agent of the store
    hejing: User  # 何静, supervisor of the region
    guoping: User  # 赵国平, general manager
    wentao: User  # 许文涛, analyst
    run: Run

    def customer(self, number: str, name: str = "张书远", owner: User | None = None, **fields: Any) -> Customer:
        fields.setdefault("unit", self.store)
        fields.setdefault("gender", "male")
        made = Customer(number=number, name=name, owner=owner if owner is not None else self.siyuan, opened_on=date(2023, 1, 5), **fields)
        made.index()
        made.save()
        return made

    def standing(self, customer: Customer, at_risk: int, **fields: Any) -> Standing:
        values: dict[str, Any] = {
            "last_deal": date(2026, 4, 22), "first_deal": date(2023, 2, 1), "deal_days": 16, "amount_12m_cents": 682_000,
            "cycle_days": 74.0, "abc": "A", "attitude": "loyal", "type": "key", "stage": "D",
            "stage_by_rule": "D", "stage_code": "D.elapsed", "stage_since": date(2026, 9, 1), "rule_since": date(2026, 9, 1),
        }  # fmt: skip
        return a_standing(self.run, customer, value_at_risk_cents=at_risk, **(values | fields))

    def signal(self, customer: Customer, key: str = "overdue_visit", severity: int = 3, **slots: Any) -> Signal:
        slots = slots or {"recency_days": 212, "cycle_days": 74.0}
        return Signal.objects.create(customer=customer, key=key, family="churn", severity=severity, slots=slots, started_on=DAY)

    def absent(self, number: str, at_risk: int = 500_000, **fields: Any) -> Customer:
        """A customer who has not been back for long, with that much at risk (cents)."""
        made = self.customer(number, **fields)
        self.standing(made, at_risk)
        self.signal(made)
        return made


def company() -> Company:
    group = Unit.objects.create(name="启程汽车服务集团", kind=UnitKind.GROUP)
    region = Unit.objects.create(name="杭州区", kind=UnitKind.REGION, parent=group)
    store = Unit.objects.create(name="杭州滨江店", kind=UnitKind.STORE, parent=region)
    other = Unit.objects.create(name="杭州西湖店", kind=UnitKind.STORE, parent=region)

    def person(username: str, name: str, role: str, unit: Unit, **fields: Any) -> User:
        return User.objects.create_user(username=username, password="pass", name=name, role=role, unit=unit, **fields)

    return Company(
        group, region, store, other,
        person("chensiyuan", "陈思远", Role.REP, store),
        person("zhouxiaomei", "周晓梅", Role.REP, other),
        person("linqian", "林倩", Role.AGENT, store),
        person("hejing", "何静", Role.SUPERVISOR, region),
        person("zhaoguoping", "赵国平", Role.MANAGER, group),
        person("xuwentao", "许文涛", Role.ANALYST, group),
        a_run(DAY, started_at=NOON, finished_at=NOON),
    )  # fmt: skip
