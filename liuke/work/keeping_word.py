"""Who has to keep a promise: whoever looks after the customer, or was given its task. Who gave it stays."""

from __future__ import annotations

from collections.abc import Sequence

from liuke.kernel.batches import batches
from liuke.promises.models import Promise
from liuke.work.models import Task
from liuke.work.promising import ABOUT


class Keepers:
    """Open promises go with the customer: who gave one stays, who has to keep it changes (work.handing.Mover)."""

    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        moving = list(Promise.objects.open().filter(keeper=old, customer__in=customers).values_list("pk", "customer_id"))
        for some in batches(moving):
            Promise.objects.open().filter(pk__in=[pk for pk, _ in some], keeper=old).update(keeper=new)
        return moving

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        return Promise.objects.open().filter(pk__in=ids, keeper=holder).update(keeper=to)


def reassigned(tasks: Sequence[Task], to: int) -> None:
    """Whoever is given a promise's task has to keep it. Inside the caller's transaction."""
    ids = [task.about_id for task in tasks if task.about == ABOUT and task.about_id is not None]
    for some in batches(ids):
        Promise.objects.open().filter(pk__in=some).update(keeper=to)
