"""What stands beside the script of a task: the answers so far, what he said last time, what he wants."""

from __future__ import annotations

from dataclasses import dataclass, field

from liuke.conversations import queries
from liuke.conversations.labels import Chance
from liuke.conversations.models import Conversation, StepNote
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.conversations.need_panel import Panel, panel
from liuke.work.detail import Detail
from liuke.work.labels import TaskState


@dataclass(frozen=True)
class Beside:
    """What stands beside one step of a task. `done`: the steps that are done; `last`: what the customer said last time, and when."""

    talk: Conversation | None
    step: int
    notes: dict[int, StepNote]
    open: bool
    panel: Panel | None = None
    last: tuple[tuple[Conversation, StepNote], ...] = ()
    chances: list[tuple[str, str]] = field(default_factory=lambda: [(code, str(label)) for code, label in Chance.choices])

    @property
    def note(self) -> StepNote | None:
        return self.notes.get(self.step)

    @property
    def done(self) -> frozenset[int]:
        return frozenset(step for step, note in self.notes.items() if note.done)

    @property
    def chance(self) -> str:
        return self.talk.chance if self.talk else ""


def beside(user: User, found: Detail | None, step: int) -> Beside | None:
    """What to show beside a task that the user may see; None without one. Five queries."""
    if found is None or not may(user, "talk.read"):
        return None
    talk = queries.of_task(found.task.pk)
    told = [(each, note) for each in queries.last_talks(found.customer, 1) for note in each.steps.all() if note.said]
    return Beside(
        talk=talk,
        step=step,
        notes=queries.steps_of(talk),
        open=may(user, "talk.note") and found.task.state == TaskState.OPEN,
        panel=panel(user, found.customer, found.task.pk),
        last=tuple((each, note) for each, note in told if each.task != found.task.pk),
    )
