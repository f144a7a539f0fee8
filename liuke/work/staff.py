"""Who gets a task: the owner, an agent of the unit, else whoever supervises it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS


class Staff:
    """Everybody who may work a list, read once (one query); then answers without the database."""

    def __init__(self, on: date) -> None:
        self._role: dict[int, str] = {}
        self._path: dict[int, str] = {}
        self._near: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        people = User.objects.filter(is_active=True, role__in=PERMISSIONS["today.work"]).select_related("unit", "scope").order_by("pk")
        for person in people:
            unit = person.scope_unit
            if unit is None or unit.path is None or (person.left_on is not None and person.left_on <= on):
                continue
            self._role[person.pk] = person.role
            self._path[person.pk] = unit.path
            self._near[person.role][unit.path].append(person.pk)

    def pick(self, who: str, owner: int | None, path: str, customer: int) -> int | None:
        """The user id for a step's `who` (owner, agent, supervisor, manager) on a customer of the unit at `path`; None for nobody.

        Without an active owner the nearest supervisor above, then a general manager. Equals share the customers by their id.
        """
        if who == "agent" and (agent := self._nearest(Role.AGENT, path, customer)) is not None:
            return agent
        if who == "manager" and (manager := self._nearest(Role.MANAGER, path, customer)) is not None:
            return manager
        if who not in ("supervisor", "manager") and owner in self._role:
            return owner
        boss = self._nearest(Role.SUPERVISOR, path, customer)
        return boss if boss is not None else self._nearest(Role.MANAGER, path, customer)

    def above(self, user: int, path: str, customer: int) -> int | None:
        """Who supervises this user's work on a customer of the unit at `path`; None when he is the highest himself."""
        for role in (Role.SUPERVISOR, Role.MANAGER):
            boss = self._nearest(role, path, customer)
            if boss is not None and boss != user and self._role.get(user) not in (role, Role.MANAGER):
                return boss
        return None

    def sees(self, user: int, owner: int | None, path: str) -> bool:
        """Whether this user works a list and may see a customer of that owner and unit (the rule of team.queries.in_scope)."""
        role = self._role.get(user)
        if role is None:
            return False
        return owner == user if role == Role.REP else path.startswith(self._path[user])

    def _nearest(self, role: str, path: str, customer: int) -> int | None:
        by_path = self._near.get(role, {})
        while path:
            if people := by_path.get(path):
                return people[customer % len(people)]
            path = path.rstrip("/").rpartition("/")[0] + "/" if path != "/" else ""
        return None
