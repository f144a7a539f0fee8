"""The cast: 启程汽车服务集团, two regions, three stores, one person for each role. Rows are made directly; verbs are tested elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from liuke.customers.models import Customer, Phone
from liuke.customers.phones import phone as phone_row
from liuke.kernel.phone import parse_phones
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User


@dataclass(frozen=True)
class Cast:
    group: Unit
    east: Unit
    north: Unit
    binjiang: Unit
    jiangning: Unit
    beijing: Unit
    chen: User  # 陈思远, rep in 杭州滨江店
    zhou: User  # 周倩文, rep in 南京江宁店
    ding: User  # 丁磊, rep in 北京朝阳店
    lin: User  # 林倩, agent in 杭州滨江店
    he: User  # 何静, supervisor of 华东区
    xu: User  # 许文涛, analyst of the group
    fang: User  # 方敏, custodian of the group
    zhao: User  # 赵国平, general manager
    root: User  # 管理员, administrator


def assemble() -> Cast:
    def unit(name: str, kind: str, parent: Unit | None) -> Unit:
        return Unit.objects.create(name=name, kind=kind, parent=parent)

    def user(username: str, name: str, role: str, unit: Unit) -> User:
        return User.objects.create(username=username, name=name, role=role, unit=unit)

    group = unit("启程汽车服务集团", UnitKind.GROUP, None)
    east, north = unit("华东区", UnitKind.REGION, group), unit("华北区", UnitKind.REGION, group)
    binjiang, jiangning = unit("杭州滨江店", UnitKind.STORE, east), unit("南京江宁店", UnitKind.STORE, east)
    beijing = unit("北京朝阳店", UnitKind.STORE, north)
    return Cast(
        group, east, north, binjiang, jiangning, beijing,
        chen=user("chensiyuan", "陈思远", Role.REP, binjiang),
        zhou=user("zhouqianwen", "周倩文", Role.REP, jiangning),
        ding=user("dinglei", "丁磊", Role.REP, beijing),
        lin=user("linqian", "林倩", Role.AGENT, binjiang),
        he=user("hejing", "何静", Role.SUPERVISOR, east),
        xu=user("xuwentao", "许文涛", Role.ANALYST, group),
        fang=user("fangmin", "方敏", Role.CUSTODIAN, group),
        zhao=user("zhaoguoping", "赵国平", Role.MANAGER, group),
        root=user("admin", "管理员", Role.ADMIN, group),
    )  # fmt: skip


def card(owner: User | None, name: str, phone: str = "", unit: Unit | None = None, **fields: Any) -> Customer:
    """A customer on file since 2024-01-05, kept by `owner`, in the owner's store unless told otherwise."""
    home = unit or (owner.unit if owner else None)
    assert home is not None
    numbers = parse_phones(phone)
    fields = {"opened_on": date(2024, 1, 5), "number": f"C{Customer.objects.count() + 1:04d}", **fields}
    made = Customer(owner=owner, unit=home, name=name, phone=numbers[0].e164 if numbers else "", **fields)
    made.index()
    made.save()
    Phone.objects.bulk_create(phone_row(made.pk, number.e164, place) for place, number in enumerate(numbers))
    return made
