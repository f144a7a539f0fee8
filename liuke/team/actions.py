"""Verbs on people: who works here, as what, and who no longer does. Units and the company: `places`."""

import secrets

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from liuke.audit.actions import record
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Company, Preference, Unit, User
from liuke.team.permissions import require
from liuke.team.places import create_unit
from liuke.team.rules import check_preference, login_name

__all__ = [
    "change_user",
    "create_unit",
    "create_user",
    "deactivate",
    "found_company",
    "own_password_set",
    "reactivate",
    "remove_two_factor",
    "reset_password",
    "set_own_email",
    "set_preference",
    "temporary_password",
]


def temporary_password() -> str:
    """A password for the first log-in: 12 signs, none of which is mistaken for another when it is read out."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(12))


@transaction.atomic
def create_user(
    actor: User | None,
    username: str,
    name: str,
    role: str,
    unit: Unit | None,
    password: str | None = None,
    scope: Unit | None = None,
    *,
    given: bool = False,
) -> User:
    """A new member of staff. Refused when the log-in name is taken or a business role has no unit.

    given: the password was made by somebody else, so its owner must choose another at the first log-in.
    """
    if actor is not None:
        require(actor, "team.manage")
    username, name = login_name(username), _name(name)
    if User.objects.filter(username__iexact=username).exists():
        raise Refused("user.exists", "登录名“%(name)s”已经有人用。", name=username)
    _check_place(name, role, unit)
    user = User(username=username, name=name, role=role, unit=unit, scope=scope, password_given=given)
    user.set_password(password)
    user.save()
    record(actor, "user.create", user, username=username, role=role, unit=unit.pk if unit else None)
    return user


@transaction.atomic
def change_user(actor: User, user_id: int, *, name: str, role: str, unit: Unit | None, scope: Unit | None = None) -> User:
    """Another name, role, unit or scope. Who changes role or place has to log in again, for sessions are held against both.

    Refused for one's own role, for the last administrator's, and for a business role without a unit. Raises User.DoesNotExist.
    """
    require(actor, "team.manage")
    user = _locked(user_id)
    _check_place(_name(name), role, unit)
    if role != user.role:
        if user.pk == actor.pk:
            raise Refused("user.own_role", "不能改自己的岗位，请另一位管理员来改。")
        _keep_an_administrator(user)
    old = {"name": user.name, "role": user.role, "unit": user.unit_id, "scope": user.scope_id}
    user.name, user.role, user.unit, user.scope = _name(name), role, unit, scope
    new = {"name": user.name, "role": user.role, "unit": user.unit_id, "scope": user.scope_id}
    changed = [key for key in new if new[key] != old[key]]
    if changed:
        user.save(update_fields=changed)
        record(actor, "user.edit", user, old={key: old[key] for key in changed}, new={key: new[key] for key in changed})
    return user


@transaction.atomic
def deactivate(actor: User, user: User) -> None:
    """Cut a member of staff off at once (the next request of every session is refused). Nobody deactivates himself."""
    require(actor, "team.manage")
    if actor.pk == user.pk:
        raise Refused("user.self", "不能停用自己。")
    _keep_an_administrator(_locked(user.pk))
    # Claimed by a conditional update, so that two clicks make one entry.
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False, left_on=clock.today()):
        record(actor, "user.deactivate", user)


@transaction.atomic
def reactivate(actor: User, user: User) -> None:
    """Let a member of staff in again, with the role, unit and password of before."""
    require(actor, "team.manage")
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True, left_on=None):
        record(actor, "user.reactivate", user)


@transaction.atomic
def reset_password(actor: User, user: User) -> str:
    """A new temporary password, returned once and kept nowhere in clear; every session of the person ends.

    Refused for oneself (the own password is changed with the old one) and for who has been deactivated.
    """
    require(actor, "team.manage")
    if actor.pk == user.pk:
        raise Refused("user.own_password", "自己的密码请在“我”那一页改。")
    user = _locked(user.pk)
    if not user.is_active:
        raise Refused("user.inactive", "“%(name)s”已停用，请先恢复。", name=user.name)
    password = temporary_password()
    user.set_password(password)
    user.password_given = True
    user.save(update_fields=["password", "password_given"])
    record(actor, "user.password_reset", user)
    return password


@transaction.atomic
def remove_two_factor(actor: User, user: User) -> None:
    """For who lost the telephone and the recovery codes: from now on the password alone, until it is set up anew."""
    require(actor, "team.manage")
    if actor.pk == user.pk:
        raise Refused("user.own_two_factor", "自己的两步验证请在“我”那一页关。")
    removed, _ = Authenticator.objects.filter(user_id=user.pk).delete()
    if removed:
        record(actor, "user.two_factor_remove", user)


@transaction.atomic
def own_password_set(user: User, password: str) -> None:
    """A person's own new password. The old one has been asked for, and the new one judged, at the door."""
    user.set_password(password)
    user.password_given = False
    user.save(update_fields=["password", "password_given"])
    record(user, "user.password_change", user)


@transaction.atomic
def set_preference(user: User, key: str, value: object) -> None:
    """A person's own choice, on every device; None goes back to the usual. Refuses keys and values that there are not."""
    require(user, "anyone")
    check_preference(key, value)
    mine = Preference.objects.filter(user=user, key=key)
    before = mine.values_list("value", flat=True).first()
    if before == value:
        return
    if value is None:
        mine.delete()
    else:
        Preference.objects.update_or_create(user=user, key=key, defaults={"value": value})
    user.__dict__.pop("_preferences", None)
    record(user, "user.preference", user, name=key)


@transaction.atomic
def set_own_email(user: User, text: str) -> None:
    """A person's own address for word from the house; "" takes it away. Refuses what is no address. It is not on the log."""
    require(user, "anyone")
    address = clean(text, 254)
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused("user.email", "这不像邮箱，请写成 name@example.com。") from None
    if User.objects.filter(pk=user.pk).exclude(email=address).update(email=address):
        user.email = address
        record(user, "user.email", user)


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


def _locked(user_id: int) -> User:
    """One member of staff, held together with the administrators, in order of key: two who demote each other at once take turns.

    Without their keys, which whoever writes something down as his own work needs when he commits.
    """
    held = User.objects.select_for_update(no_key=True).filter(Q(pk=user_id) | Q(role=Role.ADMIN)).order_by("pk")
    found = {user.pk: user for user in held}
    if user_id not in found:
        raise User.DoesNotExist
    return found[user_id]


def _name(text: str) -> str:
    name = clean(text, 80)
    if not name:
        raise Refused("user.name", "请写姓名。")
    return name


def _check_place(name: str, role: str, unit: Unit | None) -> None:
    if role not in Role.values:
        raise Refused("user.role", "请给“%(name)s”选一个岗位。", name=name)
    if unit is None and role != Role.ADMIN:
        raise Refused("user.unit", "请给“%(name)s”选一个单位。", name=name)


def _keep_an_administrator(user: User) -> None:
    """The last one cannot go, or nobody could let anybody in."""
    left = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMIN and user.is_active and not left.exists():
        raise Refused("user.last_admin", "这是最后一位管理员，要先有另一位。")
