"""What a card may be borrowed for, as choices: today's tasks of this customer, a visit, or something else that is written out."""

from __future__ import annotations

from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.interactions.labels import Way
from liuke.kernel import clock
from liuke.team.models import User
from liuke.web.entry import Form
from liuke.work.models import Task
from liuke.work.queries import due

OTHER = "other"
VISIT = "visit"
MOST = 5
"""Of one customer's tasks; more are never due on one day but by hand."""


def choices(user: User, card: Customer) -> list[tuple[str, str]]:
    """(code, words): the reader's own tasks of today on this card, those that cannot wait first; then 拜访, and last 别的."""
    tasks = Task.objects.visible_to(user).filter(due(user, clock.today()), customer=card).order_by("-must", "due_on", "pk")
    ways = dict.fromkeys(tasks.values_list("channel", flat=True)[:MOST])
    offered = [(f"task-{way}", _("今天的事：%(channel)s") % {"channel": Way(way).label}) for way in ways]
    return [*offered, (VISIT, _("拜访")), (OTHER, _("别的（写清楚）"))]


def chosen(form: Form, offered: list[tuple[str, str]]) -> str:
    """The purpose as it is kept: the words of the choice and what was typed beside it. A choice that is no longer offered is none."""
    words, code, typed = dict(offered), form.get("what"), form.get("purpose").strip()
    if code not in words or code == OTHER:
        return typed
    return _("%(what)s：%(more)s") % {"what": words[code], "more": typed} if typed else words[code]


def first(offered: list[tuple[str, str]]) -> str:
    """What stands chosen on a fresh page: today's task where there is one; otherwise the reader says what for."""
    return offered[0][0] if offered[0][0] not in (VISIT, OTHER) else ""
