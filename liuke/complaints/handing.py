"""Complaints follow their customer: who handles them changes with a hand-over, and with the task that is given to a colleague."""

from __future__ import annotations

from collections.abc import Sequence

from liuke.complaints.labels import AgreementState
from liuke.complaints.models import Agreement, Complaint
from liuke.complaints.rules import spoken_number
from liuke.customers.locks import lock_cards
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.promises.models import Promise
from liuke.work.models import Task


class Owners:
    """Open complaints go with the customer (work.handing.Mover); who heard it first stays on the record."""

    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        moving = list(Complaint.objects.open().filter(owner=old, customer__in=customers).values_list("pk", "customer_id"))
        Complaint.objects.open().filter(pk__in=[pk for pk, _ in moving], owner=old).update(owner=new)
        return [(pk, customer) for pk, customer in moving if customer is not None]

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        return Complaint.objects.open().filter(pk__in=ids, owner=holder).update(owner=to)


class Keepers:
    """So do the agreements that nobody has taken yet; those that were taken are promises, which move by themselves."""

    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        waiting = Agreement.objects.filter(keeper=old, complaint__customer__in=customers, state=AgreementState.PROPOSED)
        moving = list(waiting.values_list("pk", "complaint__customer_id"))
        Agreement.objects.filter(pk__in=[pk for pk, _ in moving], keeper=old).update(keeper=new)
        return [(pk, customer) for pk, customer in moving if customer is not None]

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        return Agreement.objects.filter(pk__in=ids, keeper=holder, state=AgreementState.PROPOSED).update(keeper=to)


def given(tasks: Sequence[Task], to: int) -> None:
    """Whoever is given a complaint's own task handles it from now on. Inside the caller's transaction."""
    ids = [task.about_id for task in tasks if task.about == "complaints.complaint" and task.about_id is not None]
    Complaint.objects.open().filter(pk__in=ids).update(owner=to)


def keep_closed(promise: Promise) -> None:
    """A promise made in a complaint that is closed stays as it ended: the complaint is held, so that neither slips by the other."""
    lock_cards([promise.customer_id])  # before the complaint, as its own verbs do
    found = Agreement.objects.filter(pk=promise.about_id or 0).values_list("complaint_id", flat=True)
    row = Complaint.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(found)).first()
    if row is not None and row.closed_at is not None:
        raise Refused(
            "complaint.closed_promise", "投诉%(number)s已经结案；要改，先把它重新打开。", number=spoken_number(row.number, clock.today())
        )
