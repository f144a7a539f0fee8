"""The made-up company's units and staff: three regions, nine stores, sixty people with log-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from liuke.demo.cards import person_name
from liuke.demo.lives import GONE_AGO
from liuke.demo.words import REGIONS, REPS
from liuke.kernel import pinyin
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User

PASSWORD = "liuke-demo-2026"  # noqa: S105 - printed on the screen: the data are invented
CAST = {
    "陈思远": (Role.REP, "杭州滨江店"),
    "周倩文": (Role.REP, "杭州滨江店"),
    "丁磊": (Role.REP, "杭州滨江店"),
    "林倩": (Role.AGENT, "杭州滨江店"),
    "何静": (Role.SUPERVISOR, "华东区"),
    "罗建平": (Role.SUPERVISOR, "华中区"),
    "唐晓岚": (Role.SUPERVISOR, "西南区"),
    "许文涛": (Role.ANALYST, ""),
    "孟雅洁": (Role.ANALYST, ""),
    "沈雅琴": (Role.CUSTODIAN, ""),
    "赵国平": (Role.MANAGER, ""),
}
LOG_INS = (
    ("chensiyuan", "陈思远，业务员，杭州滨江店：今日"),
    ("linqian", "林倩，服务专员，杭州滨江店：今日"),
    ("hejing", "何静，区域主管，华东区：驾驶舱、转交"),
    ("xuwentao", "许文涛，客户运营中心：全集团数字、导入"),
    ("shenyaqin", "沈雅琴，资料保管员：借阅、审计"),
    ("zhaoguoping", "赵国平，总经理：驾驶舱"),
    ("admin", "管理员：人员"),
)
STAFF = 60


@dataclass(frozen=True)
class Store:
    """A store with the people who look after its customers."""

    unit: Unit
    plate: str
    reps: tuple[User, ...]
    agent: User


def found(random: Random, today: date) -> list[Store]:
    """Units and staff under the root that is there already; the administrator counts as one of the sixty."""
    root = Unit.objects.get(parent=None)
    secret = make_password(PASSWORD)
    units = {"": root}
    plates: dict[str, str] = {}
    for region, stores in REGIONS.items():
        units[region] = Unit.objects.create(name=region, kind=UnitKind.REGION, parent=root)
        for store, plate in stores:
            units[store] = Unit.objects.create(name=store, kind=UnitKind.STORE, parent=units[region])
            plates[store] = plate
    taken = set(User.objects.values_list("username", flat=True))
    people: list[User] = []

    def hire(name: str, role: Role, unit: Unit) -> User:
        username = pinyin.full(name).replace(" ", "")
        n = 2
        while username in taken:
            username, n = f"{username.rstrip('0123456789')}{n}", n + 1
        taken.add(username)
        person = User(username=username, name=name, role=role, unit=unit, password=secret)
        people.append(person)
        return person

    by_store: dict[str, list[User]] = {name: [] for name in plates}
    agents: dict[str, User] = {}
    for name, (role, place) in CAST.items():
        person = hire(name, role, units[place])
        if role == Role.REP:
            by_store[place].append(person)
        elif role == Role.AGENT:
            agents[place] = person
    for (store, reps), wanted in zip(by_store.items(), REPS, strict=True):
        while len(reps) < wanted:
            reps.append(hire(person_name(random, random.random() < 0.5), Role.REP, units[store]))
        if store not in agents:
            agents[store] = hire(person_name(random, False), Role.AGENT, units[store])
    while User.objects.count() + len(people) < STAFF:
        store = list(by_store)[len(people) % len(by_store)]
        by_store[store].append(hire(person_name(random, True), Role.REP, units[store]))
    gone = by_store["昆明北市店"][-1]
    gone.is_active, gone.left_on = False, today - timedelta(days=GONE_AGO)
    for person in people:
        person.save()
    return [Store(units[name], plates[name], tuple(by_store[name]), agents[name]) for name in plates]
