"""How the tasks of a kind speak and end. A playbook's task has its pack for that; every other kind registers a Manner.

A room above this one registers its kinds in AppConfig.ready(), as movers do (work.handing). What a task says is made from its own row
(`reasons` holds the figures), never with a query, so that a list of tasks costs the same whatever they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from liuke.custody.queries import masked_text
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.packs import Pack
from liuke.packs.playbook import OUTCOMES
from liuke.team.models import User
from liuke.work import kind_words, owed, promising, words
from liuke.work.labels import TaskKind
from liuke.work.models import Result, Task


def _nothing_to_say(task: Task, filling: words.Filling) -> str:
    return ""


def _nothing_more(actor: User, task: Task, result: Result) -> None:
    pass


def _nobody(tasks: Sequence[Task], to: int) -> None:
    pass


def _again(task: Task, due_on: date, on: date) -> str:
    return ""


def _usually(pack: Pack) -> tuple[int, int]:
    return pack.contact_budget.tries, 1


@dataclass(frozen=True)
class Manner:
    """`reason(task, pack, on, reader)`: why, with `**…**` around the facts; `reader` (a user's id) is who it is told to.
    `say(task, filling)`: the one next thing to say, "" for none.
    `settled(task, outcome)`: how it ends after reached, deal or refused. `finished` and `undone` write what hangs on the outcome, in the
    same transaction; a Refused they raise undoes everything. `put_off(task, to, on)`: what another day means, "" for trying again then.
    `given`: a supervisor gave tasks of this kind to somebody; what they are for follows them, in the same transaction.
    `stays`: whether it stays to be done (and goes up) when nobody answers at the last attempt; None: where it must not wait.
    `tries(pack)`: (attempts in all, days from one that nobody answered to the next); what the customer asked for goes by the pack's.
    """

    reason: Callable[[Task, Pack, date, int], str]
    settled: Callable[[Task, str], str]
    say: Callable[[Task, words.Filling], str] = _nothing_to_say
    outcomes: tuple[str, ...] = OUTCOMES
    put_off: Callable[[Task, date, date], str] = _again
    stays: bool | None = None
    tries: Callable[[Pack], tuple[int, int]] = _usually
    finished: Callable[[User, Task, Result], None] = _nothing_more
    undone: Callable[[User, Task, Result], None] = _nothing_more
    given: Callable[[Sequence[Task], int], None] = _nobody


_MANNERS: dict[str, Manner] = {}


def register(kind: str, manner: Manner) -> None:
    """Have the tasks of a kind speak and end so. Once per kind; again replaces it."""
    _MANNERS[kind] = manner


def given(tasks: Sequence[Task], to: int) -> None:
    """These tasks are somebody else's now. Inside the caller's transaction."""
    for kind, manner in _MANNERS.items():
        if mine := [task for task in tasks if task.kind == kind]:
            manner.given(mine, to)


def manner_of(kind: str) -> Manner | None:
    """None for a playbook's task."""
    return _MANNERS.get(kind)


def tries_of(task: Task, pack: Pack) -> tuple[int, int]:
    """(attempts in all, days to the next one) where nobody answers; of a task without a playbook."""
    manner = None if task.asked else manner_of(task.kind)
    return (manner.tries if manner else _usually)(pack)


# ── the kinds of this room ───────────────────────────────────────────────────


def promised(task: Task, pack: Pack) -> str:
    """What was promised: the words themselves, else the pack's for the choice it came from, in the reader's language; "" where the pack
    no longer knows it."""
    slots = words.slots_of(task.reasons, "promise")
    if text := slots.get("text"):
        return str(text)
    try:
        playbook = pack.playbook(task.playbook)
    except KeyError:
        return ""
    found = next((each for each in pack.follow_ups_of(playbook) if each.key == task.follow_up), None)
    return words.pick(found.promise) if found and found.promise else ""


def _why_promise(task: Task, pack: Pack, on: date, reader: int) -> str:
    slots = words.slots_of(task.reasons, "promise")
    by = "" if slots.get("by", task.assignee_id) == reader else str(slots.get("name") or task.assignee.name)
    return kind_words.promise_reason(task.created_for, masked_text(promised(task, pack)), on, by=by, sure=bool(slots.get("sure", True)))


def _say_promise(task: Task, filling: words.Filling) -> str:
    slots = words.slots_of(task.reasons, "promise")
    text = owed.to_customer(str(slots.get("text") or ""))
    return kind_words.promise_say(filling, text, task.due_on, clock.today(), bool(slots.get("sure", True)))


def _moved(task: Task, due_on: date, on: date) -> str:
    """In time the customer may agree to another day; after it late is late, and one tries again."""
    return gettext("答应的日子改到%(day)s") % {"day": words.spoken_day(due_on, on)} if on <= task.due_on else ""


def _kept(task: Task, outcome: str) -> str:
    return gettext("承诺办好了") if outcome in (Outcome.REACHED, Outcome.DEAL) else gettext("客户不要了，销掉承诺")


register(
    TaskKind.PROMISE,
    Manner(_why_promise, _kept, _say_promise, put_off=_moved, finished=promising.finished, undone=promising.undone),
)
register(
    TaskKind.HAND_OVER,
    Manner(
        lambda task, pack, on, reader: kind_words.hand_over_reason(
            task.created_for, task.reasons, on, to="" if task.assignee_id == reader else task.assignee.name
        ),
        lambda task, outcome: gettext("跟客户说过了"),
        lambda task, filling: kind_words.hand_over_say(filling, task.reasons, task.created_for),
    ),
)
register(
    TaskKind.NEXT,
    Manner(
        lambda task, pack, on, reader: kind_words.next_reason(task.reasons, on),
        lambda task, outcome: gettext("联系过了"),
        lambda task, filling: kind_words.next_say(filling, task.reasons),
    ),
)
