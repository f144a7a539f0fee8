"""Units and the company: renaming, moving a subtree with all that stands in it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.team import places
from liuke.team.labels import UnitKind
from liuke.team.models import Company, Unit
from liuke.team.rules import check_move, moved
from tests.cast import Cast, assemble, card


@pytest.fixture
def cast(db: None) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    return assemble()


def everything() -> list[object]:
    return [list(Unit.objects.order_by("pk").values()), list(Company.objects.values())]


def test_a_unit_under_another(cast: Cast) -> None:
    unit = places.create_unit(cast.root, " 苏州园区店 ", UnitKind.STORE, cast.east)
    assert (unit.name, unit.path) == ("苏州园区店", f"{cast.east.path}{unit.pk}/")
    assert AuditEntry.objects.get().verb == "unit.create"


def test_a_region_moves_with_its_stores_and_customers(cast: Cast) -> None:
    mine = card(cast.chen, "张书远")
    assert list(Customer.objects.visible_to(cast.he)) == [mine]
    places.change_unit(cast.root, cast.east.pk, name="华东大区", kind=UnitKind.REGION, parent=cast.north)
    for unit in (cast.east, cast.binjiang, cast.jiangning):
        unit.refresh_from_db()
    assert cast.east.path == f"{cast.north.path}{cast.east.pk}/"
    assert cast.binjiang.path == f"{cast.north.path}{cast.east.pk}/{cast.binjiang.pk}/"
    assert (cast.east.name, cast.east.parent) == ("华东大区", cast.north)
    cast.he.unit.refresh_from_db()
    assert list(Customer.objects.visible_to(cast.he)) == [mine]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.object) == ("unit.edit", cast.east.pk)
    assert entry.detail == {
        "old": {"name": "华东区", "parent": cast.group.pk},
        "new": {"name": "华东大区", "parent": cast.north.pk},
    }


def test_a_store_moves_out_of_sight(cast: Cast) -> None:
    card(cast.chen, "张书远")
    places.change_unit(cast.root, cast.binjiang.pk, name="杭州滨江店", kind=UnitKind.STORE, parent=cast.north)
    assert not Customer.objects.visible_to(cast.he).exists()


def test_the_root_is_renamed_and_stays(cast: Cast) -> None:
    places.change_unit(cast.root, cast.group.pk, name="启程集团", kind=UnitKind.GROUP, parent=None)
    cast.group.refresh_from_db()
    assert (cast.group.name, cast.group.path) == ("启程集团", f"/{cast.group.pk}/")


def test_an_unchanged_unit_leaves_no_entry(cast: Cast) -> None:
    places.change_unit(cast.root, cast.east.pk, name="华东区", kind=UnitKind.REGION, parent=cast.group)
    places.change_company(cast.root, "启程汽车服务集团", "auto_dealer")
    assert not AuditEntry.objects.exists()


def test_the_company(cast: Cast) -> None:
    places.change_company(cast.root, "启程汽车", "retail")
    assert Company.objects.values_list("name", "pack").get() == ("启程汽车", "retail")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.detail["new"]) == ("company.edit", {"name": "启程汽车", "pack": "retail"})


Act = Callable[[Cast], object]


def change(cast: Cast, unit: Unit, name: str = "", kind: str = UnitKind.REGION, parent: Unit | None = None, by: str = "root") -> object:
    return places.change_unit(getattr(cast, by), unit.pk, name=name or unit.name, kind=kind, parent=parent)


REFUSED: dict[str, tuple[str, Act]] = {
    "name taken": ("unit.exists", lambda cast: places.create_unit(cast.root, "华东区", UnitKind.STORE, cast.group)),
    "no name": ("unit.name", lambda cast: places.create_unit(cast.root, " ", UnitKind.STORE, cast.group)),
    "no kind": ("unit.kind", lambda cast: places.create_unit(cast.root, "新店", "", cast.group)),
    "a second root": ("unit.parent", lambda cast: places.create_unit(cast.root, "新店", UnitKind.STORE, None)),
    "not an administrator": ("permission", lambda cast: places.create_unit(cast.zhao, "新店", UnitKind.STORE, cast.group)),
    "renamed to another's name": ("unit.exists", lambda cast: change(cast, cast.east, "华北区", parent=cast.group)),
    "under itself": ("unit.cycle", lambda cast: change(cast, cast.east, parent=cast.east)),
    "under its own store": ("unit.cycle", lambda cast: change(cast, cast.east, parent=cast.binjiang)),
    "the root under a region": ("unit.root", lambda cast: change(cast, cast.group, parent=cast.east)),
    "cut off from the root": ("unit.parent", lambda cast: change(cast, cast.east, parent=None)),
    "moved by a manager": ("permission", lambda cast: change(cast, cast.east, parent=cast.north, by="zhao")),
    "company without a name": ("company.name", lambda cast: places.change_company(cast.root, " ", "retail")),
    "no such pack": ("company.pack", lambda cast: places.change_company(cast.root, "启程", "../etc/passwd")),
    "company by a manager": ("permission", lambda cast: places.change_company(cast.zhao, "启程", "retail")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_and_nothing_changed(cast: Cast, case: str) -> None:
    code, act = REFUSED[case]
    before = everything()
    with pytest.raises(Refused) as refused:
        act(cast)
    assert refused.value.code == code
    assert everything() == before
    assert not AuditEntry.objects.exists()


def test_paths() -> None:
    assert moved("/1/4/9/", "/1/4/", "/1/5/4/") == "/1/5/4/9/"
    check_move("/1/4/", "/1/5/", "/1/4/9/")
    with pytest.raises(Refused) as refused:
        check_move("/1/4/", "/1/" + "5/" * 57, "/1/4/9/")
    assert refused.value.code == "unit.deep"
