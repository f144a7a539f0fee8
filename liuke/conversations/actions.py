"""Verbs of a conversation: note a step while it goes on, close it with the outcome of its task, open it again when that is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from liuke.audit.actions import record
from liuke.conversations.labels import Chance
from liuke.conversations.models import Conversation, Need, StepNote
from liuke.conversations.rules import STEPS, furthest
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require

SAID = 300


@dataclass(frozen=True)
class Talk:
    """The task a conversation belongs to, and what its script offers: for each step the answers (in Chinese) that branch it."""

    task: int
    customer: int
    playbook: str = ""
    scenario: str = ""
    answers: tuple[tuple[str, ...], ...] = ()


@transaction.atomic
def note(actor: User, talk: Talk, step: int, *, took: Sequence[str] = (), said: str = "", done: bool = False) -> Conversation:
    """Write down one step: whether it was done, which answers the customer gave, what he said. Again replaces it.

    Before the outcome it is a draft and on no log; afterwards it mends the record, and is. Refuses a step that is none of the four, an
    answer the script does not have there, too long a text; raises Customer.DoesNotExist for a customer out of sight.
    """
    require(actor, "talk.note")
    if not 1 <= step <= STEPS:
        raise Refused("talk.step", "谈话只有四步。")
    offered = talk.answers[step - 1] if len(talk.answers) == STEPS else ()
    if unknown := [answer for answer in took if answer not in offered]:
        raise Refused("talk.answer", "这一步的话术里没有“%(answer)s”。", answer=unknown[0][:40])
    words = clean(said, SAID)
    held = _held(actor, talk)
    StepNote.objects.update_or_create(
        conversation=held, step=step, defaults={"done": done, "took": list(dict.fromkeys(took)), "said": words, "by": actor}
    )
    held.furthest = furthest(StepNote.objects.filter(conversation=held, done=True).values_list("step", flat=True))
    Conversation.objects.filter(pk=held.pk).update(furthest=held.furthest)
    if held.outcome:
        record(actor, "talk.mend", held.customer, talk=held.pk, step=step, done=done)
    return held


@transaction.atomic
def see_chance(actor: User, talk: Talk, chance: str) -> Conversation:
    """Answer “did I see a chance to serve?” for a conversation. Refuses anything but yes and no, as `note` the rest."""
    require(actor, "talk.note")
    _check(chance)
    held = _held(actor, talk)
    Conversation.objects.filter(pk=held.pk).update(chance=chance)
    if held.outcome:
        record(actor, "talk.chance", held.customer, talk=held.pk, chance=chance)
    held.chance = chance
    return held


@transaction.atomic
def see_chance_in(actor: User, contact: Interaction, chance: str) -> Conversation:
    """The same for a contact that is no task's: the answer is kept with it, and goes when it is taken back."""
    require(actor, "talk.note")
    _check(chance)
    card = visible(actor, contact.customer_id)
    made = Conversation.objects.create(
        customer=card, by=actor, unit=card.unit, chance=chance, outcome=contact.outcome, on=contact.on, interaction=contact
    )
    record(actor, "talk.chance", card, talk=made.pk, chance=chance)
    return made


def _check(chance: str) -> None:
    if chance not in Chance.values:
        raise Refused("talk.chance", "请选看到了还是没看到。")


def hold(actor: User, talk: Talk) -> Conversation:
    """The task's conversation, begun if there is none, held until the end of the transaction."""
    return _held(actor, talk)


def _held(actor: User, talk: Talk) -> Conversation:
    card = visible(actor, talk.customer)
    refuse_erased(card.erased)
    Conversation.objects.get_or_create(
        task=talk.task,
        defaults={"customer": card, "playbook": talk.playbook, "scenario": talk.scenario, "by": actor, "unit": card.unit},
    )
    held = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("customer").get(task=talk.task)
    if held.customer_id != card.pk:  # a number of another customer's task
        raise Customer.DoesNotExist
    return held


# ── inside the verbs of the day's work ───────────────────────────────────────


def close(actor: User, task: int, contact: Interaction) -> int:
    """The outcome of a task was written: what was noted beside it belongs to that contact now. In the caller's transaction. How many."""
    drafts = Conversation.objects.filter(task=task, outcome="")
    unit = Customer.objects.filter(pk=contact.customer_id).values_list("unit", flat=True).get()
    closed = drafts.update(outcome=contact.outcome, on=contact.on, interaction=contact, by=actor, unit=unit)
    if closed:
        Need.objects.filter(conversation__task=task).update(interaction=contact)
    return closed


def reopen(task: int) -> int:
    """The outcome of a task was taken back: its conversation is a draft again, what was noted stands there still and counts no more."""
    opened = Conversation.objects.filter(task=task).exclude(outcome="").update(outcome="", on=None, interaction=None)
    if opened:
        Need.objects.filter(conversation__task=task).update(interaction=None)
    return opened
