"""Verbs on units and on the company itself."""

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from liuke.audit.actions import hold_chain, record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.loader import available
from liuke.team.labels import UnitKind
from liuke.team.models import Company, Unit, User
from liuke.team.permissions import require
from liuke.team.rules import check_move


@transaction.atomic
def create_unit(actor: User | None, name: str, kind: str = UnitKind.STORE, parent: Unit | None = None) -> Unit:
    """A new unit under `parent`. Refused when the name is taken."""
    if actor is not None:
        require(actor, "team.manage")
        if parent is None:
            raise Refused("unit.parent", "请选上级单位。")
    name = _free_name(name)
    unit = Unit.objects.create(name=name, kind=_kind(kind), parent=parent)
    record(actor, "unit.create", unit, name=name)
    return unit


@transaction.atomic
def change_unit(actor: User, unit_id: int, *, name: str, kind: str, parent: Unit | None) -> Unit:
    """Another name, kind or place in the tree; customers and staff go along. The root stays where it is.

    Refused when the name is taken, or for a place under itself. Raises Unit.DoesNotExist.
    """
    require(actor, "team.manage")
    # All of them are locked: two moves into each other's subtree would make a ring.
    # The log is held before: names and paths are keys, which who has the log may need of a unit when he commits.
    hold_chain()
    units = {unit.pk: unit for unit in Unit.objects.select_for_update(no_key=True).order_by("pk")}
    if unit_id not in units:
        raise Unit.DoesNotExist
    unit = units[unit_id]
    old = {"name": unit.name, "kind": unit.kind, "parent": unit.parent_id}
    unit.name, unit.kind = _free_name(name, unit.pk), _kind(kind)
    if unit.parent_id is None and parent is not None:
        raise Refused("unit.root", "最上面的单位不能移动。")
    if unit.parent_id is not None and parent is None:
        raise Refused("unit.parent", "请选上级单位。")
    if parent is not None and parent.pk != unit.parent_id:
        _move(unit, units[parent.pk], [other.path or "" for other in units.values()])
    new = {"name": unit.name, "kind": unit.kind, "parent": unit.parent_id}
    changed = [key for key in new if new[key] != old[key]]
    if changed:
        Unit.objects.filter(pk=unit.pk).update(**{("parent_id" if key == "parent" else key): new[key] for key in changed})
        record(actor, "unit.edit", unit, old={key: old[key] for key in changed}, new={key: new[key] for key in changed})
    return unit


def _move(unit: Unit, parent: Unit, paths: list[str]) -> None:
    own, target = unit.path or "", parent.path or ""
    check_move(own, target, max((path for path in paths if path.startswith(own)), key=len))
    new = f"{target}{unit.pk}/"
    Unit.objects.filter(path__startswith=own).update(path=Concat(Value(new), Substr("path", len(own) + 1)))
    unit.parent, unit.path = parent, new


@transaction.atomic
def change_company(actor: User, name: str, pack_key: str) -> Company:
    """The company's name and the industry pack it works by; the pack's rules hold from the next calculation on."""
    require(actor, "team.manage")
    text = clean(name, 120)
    if not text:
        raise Refused("company.name", "请写公司名称。")
    if pack_key not in available():
        raise Refused("company.pack", "没有叫“%(key)s”的行业包。", key=pack_key)
    company = Company.objects.select_for_update(no_key=True).order_by("pk").get()
    old = {"name": company.name, "pack": company.pack}
    new = {"name": text, "pack": pack_key}
    changed = [key for key in new if new[key] != old[key]]
    if changed:
        company.name, company.pack = text, pack_key
        company.save()
        record(actor, "company.edit", company, old={key: old[key] for key in changed}, new={key: new[key] for key in changed})
    return company


def _free_name(text: str, own: int | None = None) -> str:
    name = clean(text, 80)
    if not name:
        raise Refused("unit.name", "请写单位名称。")
    if Unit.objects.filter(name=name).exclude(pk=own or 0).exists():
        raise Refused("unit.exists", "已经有叫“%(name)s”的单位。", name=name)
    return name


def _kind(kind: str) -> str:
    if kind not in UnitKind.values:
        raise Refused("unit.kind", "请选类别：集团、区域或门店。")
    return kind
