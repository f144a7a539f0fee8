"""Word to a colleague who was given something to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from liuke.notices.actions import tell
from liuke.team.models import User
from liuke.work.models import Task


def given_words(slots: Mapping[str, Any]) -> str:
    said = gettext("%(who)s把%(customer)s的一件事交给您了。") if "customer" in slots else gettext("%(who)s交给您 %(n)s 件事。")
    return said % slots


def tell_given(actor: User, person: User, tasks: Sequence[Task]) -> None:
    """Inside the caller's transaction. One task is named, more are counted; what one gives to oneself needs no word."""
    if not tasks or person.pk == actor.pk:
        return
    slots: dict[str, Any] = {"who": actor.name, "n": len(tasks)}
    if len(tasks) > 1:
        tell([person.pk], "today.given", slots=slots, link="/today/")
        return
    one = tasks[0]
    slots["customer"] = one.customer.name
    tell([person.pk], "today.given", slots=slots, link=f"/today/{one.pk}/", about=f"task:{one.pk}", customer=one.customer_id)
