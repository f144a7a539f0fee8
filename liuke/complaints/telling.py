"""Who is told what of a complaint. Inside the caller's transaction; slots hold its number and colleagues' names, never his words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from liuke.complaints.house import limit_of, today
from liuke.complaints.labels import AgreementState, Approval
from liuke.complaints.models import Agreement, Complaint
from liuke.complaints.rules import above
from liuke.notices.actions import settle, tell
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS
from liuke.work.staff import Staff


def link(row: Complaint) -> str:
    return f"/complaints/{row.pk}/"


def tell_about(row: Complaint, key: str, people: Iterable[int | None], actor: User | None, *, urgent: bool = False, **slots: Any) -> None:
    """Leave word for these people, but for who did it himself."""
    who = {pk for pk in people if pk is not None and (actor is None or pk != actor.pk)}
    if who:
        said = {"number": row.number, "who": actor.name if actor else "", **slots}
        tell(who, f"complaint.{key}", slots=said, link=link(row), urgent=urgent, about=f"complaint:{row.pk}", customer=row.customer_id)


def path_of(row: Complaint) -> str:
    """Where to look for who is above: the store of the card, which he must see, else the unit complained of."""
    return (row.customer.unit.path if row.customer else row.unit.path) or ""


def supervisor_of(row: Complaint, staff: Staff | None = None) -> int | None:
    """The nearest supervisor; of what he owns himself, a manager."""
    people = staff or Staff(today())
    found = people.pick("supervisor", None, path_of(row), row.customer_id or row.pk)
    return found if found != row.owner_id or found is None else manager_of(row, people)


def manager_of(row: Complaint, staff: Staff | None = None) -> int | None:
    return (staff or Staff(today())).pick("manager", None, path_of(row), row.customer_id or row.pk)


def tell_new(row: Complaint, actor: User | None) -> None:
    tell_about(row, "new", [row.owner_id], actor, urgent=row.severe or actor is None)


def tell_severe(row: Complaint, actor: User | None) -> None:
    """A severe one is the supervisor's at once."""
    tell_about(row, "severe", [row.owner_id, supervisor_of(row)], actor, urgent=True)


def tell_perhaps_severe(row: Complaint, actor: User | None) -> None:
    """Its words suggest that it is severe: the desk and the supervisor look at once, whatever comes of it."""
    tell_about(row, "perhaps_severe", [row.owner_id, supervisor_of(row)], actor, urgent=True)


def settle_perhaps_severe(row: Complaint) -> None:
    """Somebody has said what it is."""
    settle("complaint.perhaps_severe", f"complaint:{row.pk}")


# ── compensation ─────────────────────────────────────────────────────────────


def total_cents(row: Complaint) -> int:
    """What was put forward or agreed on this complaint, added up. One query."""
    counted = Agreement.objects.filter(complaint=row, state__in=(AgreementState.PROPOSED, AgreementState.AGREED))
    return sum(counted.exclude(approval=Approval.REFUSED).values_list("amount_cents", flat=True))


def given_cents(row: Complaint) -> int:
    """What the customer has agreed to on this complaint, added up. One query."""
    return sum(Agreement.objects.filter(complaint=row, state=AgreementState.AGREED).values_list("amount_cents", flat=True))


def approvers(row: Complaint, by: int) -> list[User]:
    """Who may agree to what this complaint costs altogether: above it, with a limit that covers it; the nearest kind first. Two queries."""
    path = path_of(row)
    up = [f"/{'/'.join(path.strip('/').split('/')[:n])}/" for n in range(1, path.count("/"))]
    placed = Q(scope__path__in=up) | Q(scope=None, unit__path__in=up)
    people = User.objects.filter(placed, is_active=True, role__in=PERMISSIONS["complaint.approve"]).exclude(pk=by).order_by("pk")
    total = total_cents(row)
    fit = [person for person in people if not above(total, limit_of(person))]
    near = [person for person in fit if person.role != Role.MANAGER]
    return near or fit


def ask_approval(one: Agreement, actor: User) -> None:
    people = approvers(one.complaint, one.by_id)
    tell_about(one.complaint, "approve", [person.pk for person in people], None, urgent=True, by=actor.name)


def settle_approval(row: Complaint) -> None:
    """Nobody has to be asked any more, once nothing waits."""
    if not Agreement.objects.filter(complaint=row, approval=Approval.WAITING, state=AgreementState.PROPOSED).exists():
        settle("complaint.approve", f"complaint:{row.pk}")
