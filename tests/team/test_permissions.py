"""One table for every door; sight by unit, role and owner."""

import pytest

from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.team import actions
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User
from liuke.team.permissions import PERMISSIONS, may, require
from liuke.team.queries import colleagues, home_unit, units_in_scope


@pytest.fixture
def tree(db: None) -> dict[str, Unit]:
    group = Unit.objects.create(name="启程", kind=UnitKind.GROUP)
    east = Unit.objects.create(name="华东区", kind=UnitKind.REGION, parent=group)
    west = Unit.objects.create(name="西南区", kind=UnitKind.REGION, parent=group)
    binjiang = Unit.objects.create(name="杭州滨江店", parent=east)
    gaoxin = Unit.objects.create(name="成都高新店", parent=west)
    return {unit.name: unit for unit in (group, east, west, binjiang, gaoxin)}


@pytest.fixture
def cast(tree: dict[str, Unit]) -> dict[str, User]:
    places = {
        "陈思远": (Role.REP, "杭州滨江店"),
        "周倩文": (Role.REP, "杭州滨江店"),
        "林倩": (Role.AGENT, "杭州滨江店"),
        "何静": (Role.SUPERVISOR, "华东区"),
        "许文涛": (Role.ANALYST, "启程"),
        "赵国平": (Role.MANAGER, "启程"),
        "管理员": (Role.ADMIN, None),
    }
    return {
        name: User.objects.create(username=f"u{n}", name=name, role=role, unit=tree[place] if place else None)
        for n, (name, (role, place)) in enumerate(places.items())
    }


@pytest.fixture
def cards(tree: dict[str, Unit], cast: dict[str, User]) -> None:
    for number, unit, owner in (
        ("1", "杭州滨江店", "陈思远"),
        ("2", "杭州滨江店", "周倩文"),
        ("3", "杭州滨江店", None),
        ("4", "成都高新店", None),
    ):
        card = Customer(number=number, name=f"客户{number}", unit=tree[unit], owner=cast[owner] if owner else None, opened_on="2026-01-01")
        card.index()
        card.save()


@pytest.mark.usefixtures("cards")
@pytest.mark.parametrize(
    ("name", "seen"),
    [("陈思远", "1"), ("周倩文", "2"), ("林倩", "123"), ("何静", "123"), ("许文涛", "1234"), ("赵国平", "1234"), ("管理员", "")],
)
def test_who_sees_which_cards(cast: dict[str, User], name: str, seen: str) -> None:
    numbers = Customer.objects.visible_to(cast[name]).order_by("number").values_list("number", flat=True)
    assert "".join(numbers) == seen


@pytest.mark.usefixtures("cards")
def test_who_was_cut_off_sees_nothing(cast: dict[str, User]) -> None:
    actions.deactivate(cast["管理员"], cast["赵国平"])
    cast["赵国平"].refresh_from_db()
    assert not Customer.objects.visible_to(cast["赵国平"]).exists()
    assert not may(cast["赵国平"], "cockpit.read")


def test_paths_follow_the_tree(tree: dict[str, Unit]) -> None:
    ids = {name: unit.pk for name, unit in tree.items()}
    assert tree["杭州滨江店"].path == f"/{ids['启程']}/{ids['华东区']}/{ids['杭州滨江店']}/"
    assert home_unit() == tree["启程"]


def test_who_has_left_is_nobody_s_colleague(cast: dict[str, User]) -> None:
    User.objects.filter(name="周倩文").update(is_active=False)
    assert {user.name for user in colleagues(cast["何静"])} == {"何静", "陈思远", "林倩"}
    nowhere = User.objects.create(username="old", name="旧人", role=Role.REP, is_active=False)
    assert list(colleagues(nowhere)) == []


def test_scope_and_colleagues(cast: dict[str, User]) -> None:
    assert {unit.name for unit in units_in_scope(cast["何静"])} == {"华东区", "杭州滨江店"}
    assert not units_in_scope(cast["管理员"]).exists()
    assert {user.name for user in colleagues(cast["何静"])} == {"何静", "陈思远", "周倩文", "林倩"}


def test_the_table_says_who_may(cast: dict[str, User]) -> None:
    allowed = {permission: {user.name for user in cast.values() if may(user, permission)} for permission in PERMISSIONS}
    assert allowed["customer.transfer"] == {"何静", "赵国平"}
    assert allowed["team.manage"] == {"管理员"}
    assert allowed["import.load"] == {"何静", "许文涛", "赵国平"}
    assert "管理员" not in allowed["customer.read"]
    with pytest.raises(KeyError):
        may(cast["陈思远"], "no.such")
    with pytest.raises(Refused) as refused:
        require(cast["陈思远"], "customer.transfer")
    assert refused.value.code == "permission"


def test_refused_acts_change_nothing(cast: dict[str, User], tree: dict[str, Unit]) -> None:
    admin = cast["管理员"]
    for act in (
        lambda: actions.create_user(admin, "u0", "重名", Role.REP, tree["杭州滨江店"]),
        lambda: actions.create_user(admin, "new", "无单位", Role.REP, None),
        lambda: actions.create_user(cast["陈思远"], "new", "越权", Role.REP, tree["杭州滨江店"]),
        lambda: actions.create_unit(admin, "华东区"),
        lambda: actions.deactivate(admin, admin),
    ):
        with pytest.raises(Refused):
            act()
    assert User.objects.count() == 7
    assert Unit.objects.count() == 5
    assert User.objects.get(pk=admin.pk).is_active


def test_a_company_is_founded_once(db: None) -> None:
    admin = actions.found_company("启程汽车服务集团", "retail", "an-admin-secret")
    assert (admin.username, admin.role, admin.unit) == ("admin", Role.ADMIN, None)
    with pytest.raises(Refused):
        actions.found_company("又一家", "retail", "x")
    assert Unit.objects.count() == 1
