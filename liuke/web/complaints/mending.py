"""要改进 is where an improvement begins: the cycle that belongs to a complaint, the way to one, or who can begin it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.complaints.labels import Cause, Decision
from liuke.complaints.models import Complaint
from liuke.improvement.labels import Source
from liuke.improvement.models import Cycle
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may

NAMED = 3
_NEAREST = {Role.SUPERVISOR: 0, Role.MANAGER: 1}


@dataclass(frozen=True)
class Mend:
    """`cycle` with its address where the reader may see it; else `begin`, the plan filled in; else `who` can begin one."""

    cycle: str = ""
    href: str = ""
    begin: str = ""
    who: str = ""


def mend_of(user: User, row: Complaint) -> Mend | None:
    """None where nothing is to be improved. At most three queries."""
    if row.decision != Decision.IMPROVE or not row.cause:
        return None
    measure = f"complaints.product.{row.product}" if row.product else f"complaints.cause.{row.cause}"
    same = Q(pk__in=Cycle.objects.running().filter(unit=row.unit_id, measure=measure).values("pk"))
    found = Cycle.objects.filter(Q(source=Source.COMPLAINT, source_id=row.pk) | same).order_by("-pk").first()
    if found is not None:
        seen = Cycle.objects.visible_to(user).filter(pk=found.pk).exists()
        return Mend(cycle=found.title, href=reverse("cycle", args=[found.pk]) if seen else "")
    if may(user, "improvement.manage"):
        title = (row.product or row.unit.name) + str(Cause(row.cause).label)
        asked = {"source": "complaints", "id": str(row.pk), "measure": measure, "unit": str(row.unit_id), "title": title}
        return Mend(begin=f"{reverse('improvement_new')}?{urlencode(asked)}")
    path = row.unit.path or ""
    up = [f"/{'/'.join(path.strip('/').split('/')[:n])}/" for n in range(1, path.count("/"))]
    placed = Q(scope__path__in=up) | Q(scope=None, unit__path__in=up)
    people = list(User.objects.filter(placed, is_active=True, role__in=PERMISSIONS["improvement.manage"]).order_by("pk"))
    people.sort(key=lambda one: _NEAREST.get(Role(one.role), 2))
    return Mend(who=_("、").join(one.name for one in people[:NAMED]))
