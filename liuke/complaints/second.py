"""两个人看: a severe complaint, one whose compensation had to be agreed to, or one that was opened again is not ended by one person alone.

Who told the solution, or owned the complaint then, does not both ask whether the customer is content and close: somebody else of the desk,
a supervisor or a manager makes the call-back or closes it.
"""

from __future__ import annotations

from django.db.models import Q

from liuke.complaints.labels import AgreementState, Approval
from liuke.complaints.models import Agreement, CallBack, Complaint
from liuke.complaints.telling import path_of, supervisor_of, tell_about
from liuke.kernel.refusal import Refused
from liuke.notices.actions import settle
from liuke.team.labels import Role
from liuke.team.models import User

LOOKERS = (Role.AGENT, Role.SUPERVISOR, Role.MANAGER)
"""The desk and who is above it; a salesperson has only his own customers before him."""
NAMED = 3


def wants_another(row: Complaint, paid: bool | None = None) -> bool:
    """Whether one person alone may not end it. `paid`: compensation that somebody had to agree to was given (None: look, one query)."""
    if row.severe or row.turn:
        return True
    if paid is not None:
        return paid
    given = Agreement.objects.filter(complaint=row, state=AgreementState.AGREED, approval=Approval.APPROVED)
    return given.exists()


def handled_by(row: Complaint, back: CallBack | None) -> set[int]:
    """Who told the solution of this turn, and who owned the complaint then."""
    owner = (back.owner_id if back else None) or row.owner_id
    return {pk for pk in (row.told_by_id, owner) if pk is not None}


def others(row: Complaint, back: CallBack | None) -> list[User]:
    """Who may look at it besides: of the desk and above, supervisors first, managers last. One query."""
    path = path_of(row)
    up = [f"/{'/'.join(path.strip('/').split('/')[:n])}/" for n in range(1, path.count("/"))]
    placed = Q(scope__path__in=up) | Q(scope=None, unit__path__in=up)
    people = User.objects.filter(placed, is_active=True, role__in=LOOKERS).exclude(pk__in=handled_by(row, back)).order_by("pk")
    order = {Role.SUPERVISOR: 0, Role.AGENT: 1, Role.MANAGER: 2}
    return sorted(people, key=lambda one: order[Role(one.role)])


def may_look(person: User | None, row: Complaint, back: CallBack | None) -> bool:
    """Whether this person is another pair of eyes. Where there is nobody else at all, the manager's own are enough."""
    if person is None or person.role not in LOOKERS:
        return False
    if person.pk not in handled_by(row, back):
        return True
    return person.role == Role.MANAGER and not others(row, back)


def seen_twice(row: Complaint, actor: User) -> bool:
    """Whether the actor may close it, as far as two have to look: another made the call-back, or is closing it."""
    if row.told_at is None or not wants_another(row):
        return True
    back = last_of(row)
    called = back.by if back is not None and back.satisfied else None
    return may_look(called, row, back) or may_look(actor, row, back)


def check_twice(row: Complaint, actor: User) -> None:
    if seen_twice(row, actor):
        return
    back = last_of(row)
    names = list(User.objects.filter(pk__in=handled_by(row, back)).order_by("pk").values_list("name", flat=True))
    who, can = "、".join(names), "、".join(one.name for one in others(row, back)[:NAMED])
    if not can:
        raise Refused(
            "complaint.second_nobody", "严重、补偿批过或重开过的投诉要两个人看，现在只有%(who)s；请先加一位投诉专员或主管。", who=who
        )
    raise Refused(
        "complaint.second_look",
        "严重、补偿批过或重开过的投诉要两个人看：方案是%(who)s经手的，请%(others)s来回访或结案。",
        who=who,
        others=can,
    )


def nearest(row: Complaint, back: CallBack | None) -> int | None:
    """Whom to ask for his eyes: the supervisor in charge where he may look, else the first of the others."""
    people, above = [one.pk for one in others(row, back)], supervisor_of(row)
    return above if above in people else next(iter(people), None)


def ask_another(row: Complaint, actor: User) -> None:
    """Who told the solution has asked the customer himself: the nearest other hears that the end waits for him."""
    if seen_twice(row, actor):
        return
    tell_about(row, "confirm", [nearest(row, last_of(row))], actor)


def settle_another(row: Complaint) -> None:
    settle("complaint.confirm", f"complaint:{row.pk}")


def last_of(row: Complaint) -> CallBack | None:
    """The call-back of this turn."""
    return CallBack.objects.filter(complaint=row, turn=row.turn).select_related("by").first()
