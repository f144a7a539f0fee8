"""Verbs on people and units."""

from django.db import transaction

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Company, Unit, User
from liuke.team.permissions import require


@transaction.atomic
def create_unit(actor: User | None, name: str, kind: str = UnitKind.STORE, parent: Unit | None = None) -> Unit:
    """A new unit under `parent`. Refused when the name is taken."""
    if actor is not None:
        require(actor, "team.manage")
    if Unit.objects.filter(name=name).exists():
        raise Refused("unit.exists", "已经有叫“%(name)s”的单位。", name=name)
    unit = Unit.objects.create(name=name, kind=kind, parent=parent)
    record(actor, "unit.create", unit, name=name)
    return unit


@transaction.atomic
def create_user(
    actor: User | None, username: str, name: str, role: str, unit: Unit | None, password: str | None = None, scope: Unit | None = None
) -> User:
    """A new member of staff. Refused when the log-in name is taken or a business role has no unit."""
    if actor is not None:
        require(actor, "team.manage")
    if User.objects.filter(username=username).exists():
        raise Refused("user.exists", "登录名“%(name)s”已经有人用。", name=username)
    if unit is None and role != Role.ADMIN:
        raise Refused("user.unit", "请给“%(name)s”选一个单位。", name=name)
    user = User(username=username, name=name, role=role, unit=unit, scope=scope)
    user.set_password(password)
    user.save()
    record(actor, "user.create", user, username=username, role=role, unit=unit.pk if unit else None)
    return user


@transaction.atomic
def deactivate(actor: User, user: User) -> None:
    """Cut a member of staff off at once (the next request of every session is refused). Nobody deactivates himself."""
    require(actor, "team.manage")
    if actor.pk == user.pk:
        raise Refused("user.self", "不能停用自己。")
    User.objects.filter(pk=user.pk).update(is_active=False)
    record(actor, "user.deactivate", user)


@transaction.atomic
def found_company(name: str, pack_key: str, admin_password: str) -> User:
    """The first act on an empty database: the company, its root unit and one administrator (log-in "admin").

    Refused when a company is there already.
    """
    if Company.objects.exists():
        raise Refused("company.exists", "这个数据库里已经有一家公司。")
    Company.objects.create(name=name, pack=pack_key)
    create_unit(None, name, UnitKind.GROUP)
    return create_user(None, "admin", "管理员", Role.ADMIN, None, admin_password)
