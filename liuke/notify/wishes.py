"""What one member of staff wants to be told by e-mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from liuke.notices.labels import Kind
from liuke.team.labels import Role
from liuke.team.models import Preference, User

KEY = "telling"
LETTERS = (Role.SUPERVISOR, Role.MANAGER)
"""Who gets the letter of the week."""


@dataclass(frozen=True)
class Wish:
    """Kinds told by e-mail; what cannot wait at once; the rest once a day; the letter of the week."""

    kinds: frozenset[str] = frozenset(Kind.values)
    urgent: bool = True
    digest: bool = True
    letter: bool = True

    @classmethod
    def of(cls, kept: Any) -> Wish:
        """From a preference as it is kept; whoever chose nothing gets everything he has an address for."""
        if not isinstance(kept, dict):
            return cls()
        kinds = kept.get("kinds", Kind.values)
        return cls(frozenset(kinds) & frozenset(Kind.values), *(bool(kept.get(name, True)) for name in ("urgent", "digest", "letter")))

    def kept(self) -> dict[str, Any]:
        return {"kinds": sorted(self.kinds), "urgent": self.urgent, "digest": self.digest, "letter": self.letter}


def wishes(users: Iterable[User]) -> dict[int, Wish]:
    """By user id, of those who can be written to: active, with an address. One query."""
    able = [user.pk for user in users if user.is_active and user.email]
    kept = dict(Preference.objects.filter(user__in=able, key=KEY).values_list("user_id", "value"))
    return {pk: Wish.of(kept.get(pk)) for pk in able}
