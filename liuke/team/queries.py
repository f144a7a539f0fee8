"""Reads of people and units."""

import os

from django.db.models import Q, QuerySet

from liuke.packs.loader import load_pack
from liuke.packs.schema import Pack
from liuke.team.labels import Role
from liuke.team.models import Company, Unit, User


def company() -> Company | None:
    """The company's row, once `liuke init` has made it."""
    return Company.objects.order_by("pk").first()


def pack_key() -> str:
    """The industry pack in use: LIUKE_PACK for this process, else the company's, else the auto dealer's."""
    if forced := os.environ.get("LIUKE_PACK"):
        return forced
    row = company()
    return row.pack if row else "auto_dealer"


def pack() -> Pack:
    """The loaded pack in use (cached by the loader)."""
    return load_pack(pack_key())


def home_unit() -> Unit | None:
    """Where rows go that name no unit: the only store if there is one store, else the root."""
    stores = list(Unit.objects.filter(children__isnull=True)[:2])
    return stores[0] if len(stores) == 1 else Unit.objects.filter(parent=None).order_by("pk").first()


def units_in_scope(user: User) -> QuerySet[Unit]:
    """The units whose customers the user may see; none for an administrator, who sees no customer by virtue of the role."""
    unit = user.scope_unit
    if unit is None or user.role == Role.ADMIN:
        return Unit.objects.none()
    return Unit.objects.filter(unit.within())


def colleagues(user: User) -> QuerySet[User]:
    """Active staff whose unit lies in the user's scope (an administrator: everybody)."""
    if user.role == Role.ADMIN:
        return User.objects.filter(is_active=True)
    unit = user.scope_unit
    if unit is None:
        return User.objects.filter(pk=user.pk)
    return User.objects.filter(is_active=True).filter(Q(unit__path__startswith=unit.path) | Q(pk=user.pk))


def in_scope(user: User, prefix: str = "") -> Q:
    """Condition on rows with a `unit`: own customers for a rep; the subtree of the scope for the rest; nothing for an administrator."""
    unit = user.scope_unit
    if not user.is_active or user.role == Role.ADMIN or unit is None:
        return Q(pk__in=[])
    if user.role == Role.REP:
        return Q(**{f"{prefix}owner": user})
    return Q(**{f"{prefix}unit__path__startswith": unit.path})
