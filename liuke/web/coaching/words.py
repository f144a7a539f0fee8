"""What the pages of coaching share: their tabs, and the names of the four steps."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from liuke.packs.playbook import STEP_NAMES
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.work.words import pick

TABS: tuple[tuple[str, str], ...] = (("cases", "case.read"), ("practice", "practice.do"), ("talks", "talk.read"), ("trust", "practice.do"))


def tabs(user: User, on: str) -> list[tuple[str, str, bool]]:
    """The rooms of coaching open to this reader."""
    names = {"cases": _("案例"), "practice": _("练习"), "talks": _("谈话走到哪"), "trust": _("信任自评")}
    seen = [key for key, permission in TABS if may(user, permission) or (key == "practice" and may(user, "practice.oversee"))]
    return [(names[key], reverse(key), key == on) for key in seen]


def step_names(scenario: str) -> tuple[str, ...]:
    """The four steps of a scenario in the reader's language; the general ones for a scenario that is not known."""
    found = next((names for key, names in STEP_NAMES.items() if key == scenario), STEP_NAMES["general"])
    return tuple(pick(name) for name in found)
