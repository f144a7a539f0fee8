"""Whose day is looked at, and by whom; the addresses of its pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode

from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import colleagues
from liuke.web.doors import Request


@dataclass(frozen=True)
class Place:
    """Whose list is looked at, by whom, and the addresses in it."""

    person: User
    viewer: User

    @property
    def mine(self) -> bool:
        return self.person.pk == self.viewer.pk

    def home(self) -> str:
        return reverse("today") if self.mine else reverse("today_of", args=[self.person.pk])

    def task(self, task_id: int) -> str:
        return reverse("today_task", args=[task_id]) if self.mine else reverse("today_of_task", args=[self.person.pk, task_id])

    def left(self, why: str = "", page: int = 1) -> str:
        base = reverse("today_left") if self.mine else reverse("today_of_left", args=[self.person.pk])
        asked = urlencode({name: value for name, value in (("why", why), ("page", page if page > 1 else "")) if value})
        return f"{base}?{asked}" if asked else base


def colleague(request: Request, user: int) -> Place:
    """A colleague of one's own sight; for anybody else, and for who does not oversee, there is no such page."""
    person = colleagues(request.user).filter(pk=user).select_related("unit", "scope").first()
    if person is None or not may(request.user, "today.oversee"):
        raise Http404
    return Place(person, request.user)
