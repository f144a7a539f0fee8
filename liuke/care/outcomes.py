"""What the outcome of a care task does to its occasion, and what taking it back does."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.utils import timezone

from liuke.care.labels import OccasionState
from liuke.care.models import Occasion
from liuke.interactions.labels import Outcome
from liuke.team.models import User
from liuke.work.labels import TaskState
from liuke.work.models import Result, Task

AFTER = {Outcome.REACHED: OccasionState.DONE, Outcome.REFUSED: OccasionState.DECLINED, Outcome.NOT_REACHED: OccasionState.MISSED}
"""Where no next try follows."""


def finished(actor: User, task: Task, result: Result) -> None:
    """Reached: done for this year. Refused: done for good, he does not want it. Nobody there at the last try: missed. Anything else is
    tried again, on the day he named too."""
    waiting = Occasion.objects.filter(pk=task.about_id or 0, state=OccasionState.WAITING)
    if result.next_task is not None:
        waiting.filter(until__lt=result.next_task.due_on).update(until=result.next_task.due_on)
    elif state := AFTER.get(Outcome(result.outcome)):
        waiting.update(state=state, settled_on=timezone.localtime(result.at).date())


def undone(actor: User, task: Task, result: Result) -> None:
    """It waits again, unless another task for it was made meanwhile."""
    open_again = Task.objects.filter(about="care.occasion", about_id=OuterRef("pk"), state=TaskState.OPEN)
    settled = Occasion.objects.filter(Exists(open_again), pk=task.about_id or 0, state__in=AFTER.values())
    settled.update(state=OccasionState.WAITING, settled_on=None)
