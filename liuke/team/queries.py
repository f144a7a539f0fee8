"""Reads of people and units."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from liuke.packs.loader import load_pack
from liuke.packs.schema import Pack
from liuke.team.labels import Role
from liuke.team.models import Company, Preference, Unit, User


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
        return User.objects.filter(is_active=True, pk=user.pk)
    return User.objects.filter(is_active=True).filter(Q(unit__path__startswith=unit.path) | Q(pk=user.pk))


def in_scope(user: User, prefix: str = "") -> Q:
    """Condition on rows with a `unit`: own customers for a rep; the subtree of the scope for the rest; nothing for an administrator."""
    unit = user.scope_unit
    if not user.is_active or user.role == Role.ADMIN or unit is None:
        return Q(pk__in=[])
    if user.role == Role.REP:
        return Q(**{f"{prefix}owner": user})
    return Q(**{f"{prefix}unit__path__startswith": unit.path})


@dataclass(frozen=True)
class Branch:
    """One unit of the tree with the people who are in it (not below); `unit` None holds those in no unit."""

    unit: Unit | None
    depth: int
    people: list[User] = field(default_factory=list)

    @staticmethod
    def ordered(units: Iterable[Unit]) -> Iterator[tuple[Unit, int]]:
        """(unit, depth) from the root down, children by name under their parent."""
        below: dict[int | None, list[Unit]] = {}
        for unit in units:
            below.setdefault(unit.parent_id, []).append(unit)
        waiting = [(unit, 0) for unit in sorted(below.get(None, ()), key=lambda unit: unit.name, reverse=True)]
        while waiting:
            unit, depth = waiting.pop()
            yield unit, depth
            waiting += [(child, depth + 1) for child in sorted(below.get(unit.pk, ()), key=lambda child: child.name, reverse=True)]


def staff_tree() -> list[Branch]:
    """Everybody by unit, from the root down; in a unit those at work first, by role and name. Two queries."""
    order = {role: place for place, role in enumerate(Role.values)}
    people: dict[int | None, list[User]] = {}
    for user in User.objects.select_related("scope"):
        people.setdefault(user.unit_id, []).append(user)

    def sorted_people(key: int | None) -> list[User]:
        return sorted(people.get(key, ()), key=lambda user: (not user.is_active, -order[user.role], user.name))

    tree = [Branch(unit, depth, sorted_people(unit.pk)) for unit, depth in Branch.ordered(Unit.objects.all())]
    return [*tree, Branch(None, 0, sorted_people(None))] if None in people else tree


def has_two_factor(user: User) -> bool:
    """Whether the person's log-in asks for a second step."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """The names of these members of staff, whether or not they are still here."""
    return dict(User.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def preferences(user: User) -> dict[str, Any]:
    """All that this user has chosen for himself, by key. Read once per request: kept on the user object."""
    kept: dict[str, Any] | None = user.__dict__.get("_preferences")
    if kept is None:
        kept = dict(Preference.objects.filter(user=user).values_list("key", "value"))
        user.__dict__["_preferences"] = kept
    return kept


def preference(user: User, key: str, default: Any = None) -> Any:
    """What this user has chosen under a key (team.rules.PREFERENCES), else `default`."""
    return preferences(user).get(key, default)
