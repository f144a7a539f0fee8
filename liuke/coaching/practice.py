"""Verbs of practice: begin a role play, tick what was done, finish it, take the result back; and the self-check of trust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.coaching.labels import ANSWERS, QUESTIONS, PracticeState
from liuke.coaching.models import Practice, PracticeStep, TrustCheck
from liuke.coaching.rules import scored, with_ticks
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.practice import STEPS, ScenarioCard
from liuke.playbooks.queries import pack
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues


def card_of(key: str) -> ScenarioCard | None:
    """The scenario card, None where the pack no longer has it."""
    try:
        return pack().scenario_card(key)
    except KeyError:
        return None


@transaction.atomic
def start(actor: User, card: str, checker: int) -> Practice:
    """Begin to practise with a card; `checker`: the colleague who plays the customer and ticks. Refuses an unknown card, somebody who is
    no colleague, and oneself."""
    require(actor, "practice.do")
    found = card_of(card)
    if found is None:
        raise Refused("practice.card", "请选一张情景卡。")
    other = colleagues(actor).filter(pk=checker).exclude(pk=actor.pk).first()
    if other is None or not may(other, "practice.do"):
        raise Refused("practice.checker", "请选一位同事来演客户，自己不能给自己打勾。")
    made = Practice.objects.create(
        card=found.key, scenario=found.scenario, trainee=actor, checker=other, unit=actor.unit, on=clock.today(),
        ticks=[[False] * n for n in found.ticks],
    )  # fmt: skip
    record(actor, "practice.start", made, card=found.key, checker=other.pk)
    return made


@transaction.atomic
def tick(actor: User, practice_id: int, step: int, marked: Iterable[int]) -> Practice:
    """Keep what is ticked of one step: the places (from 0) that were done. A draft until it is finished. Only the checker ticks; refuses
    one that is over."""
    practice = _held(actor, practice_id)
    card = _card(practice)
    if not 1 <= step <= STEPS:
        raise Refused("practice.step", "练习只有四步。")
    practice.ticks = with_ticks(practice.ticks, step, marked, card.ticks)
    practice.save(update_fields=["ticks"])
    return practice


@transaction.atomic
def finish(actor: User, practice_id: int, remark: str = "") -> Practice:
    """The role play is over: its figures count from now on. Refuses one in which nothing was ticked and nothing said."""
    practice = _held(actor, practice_id)
    scores = scored(practice.ticks, _card(practice).ticks)
    said = clean(remark, 300)
    if not said and not any(score.done for score in scores):
        raise Refused("practice.empty", "一样也没勾。真的都没做到，就写一句为什么。")
    practice.state, practice.remark, practice.finished_at = PracticeState.DONE, said, timezone.now()
    practice.save(update_fields=["state", "remark", "finished_at"])
    PracticeStep.objects.bulk_create(
        PracticeStep(practice=practice, step=at, ticked=score.done, of=score.of) for at, score in enumerate(scores, 1)
    )
    record(actor, "practice.finish", practice, ticked=[score.done for score in scores])
    return practice


@transaction.atomic
def undo_finish(actor: User, practice_id: int) -> Practice:
    """Take the result back; the ticks stand as they were. Only the checker; refuses one that is not finished."""
    require(actor, "practice.do")
    practice = _locked(actor, practice_id)
    if practice.checker_id != actor.pk:
        raise Practice.DoesNotExist
    if not Practice.objects.filter(pk=practice.pk, state=PracticeState.DONE).update(state=PracticeState.OPEN, finished_at=None):
        raise Refused("practice.state", "这次练习已经变了，请再看一眼。")
    PracticeStep.objects.filter(practice=practice).delete()
    record(actor, "practice.undo", practice)
    practice.refresh_from_db()
    return practice


@transaction.atomic
def drop(actor: User, practice_id: int, back: bool = False) -> Practice:
    """It did not take place; `back`: it did after all. Trainee or checker; refuses one that is finished."""
    require(actor, "practice.do")
    practice = _locked(actor, practice_id)
    if actor.pk not in (practice.trainee_id, practice.checker_id):
        raise Practice.DoesNotExist
    before, after = (PracticeState.DROPPED, PracticeState.OPEN) if back else (PracticeState.OPEN, PracticeState.DROPPED)
    if not Practice.objects.filter(pk=practice.pk, state=before).update(state=after):
        raise Refused("practice.state", "这次练习已经变了，请再看一眼。")
    record(actor, "practice.drop", practice, back=back)
    practice.refresh_from_db()
    return practice


def _locked(actor: User, practice_id: int) -> Practice:
    return Practice.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).get(pk=practice_id)


def _held(actor: User, practice_id: int) -> Practice:
    """One that goes on, held, for who ticks it."""
    require(actor, "practice.do")
    practice = _locked(actor, practice_id)
    if practice.checker_id != actor.pk:
        raise Practice.DoesNotExist
    if practice.state != PracticeState.OPEN:
        raise Refused("practice.state", "这次练习已经变了，请再看一眼。")
    return practice


def _card(practice: Practice) -> ScenarioCard:
    card = card_of(practice.card)
    if card is None:
        raise Refused("practice.card_gone", "行业包里没有这张情景卡了，这次练习打不了勾。")
    return card


# ── trust ────────────────────────────────────────────────────────────────────


@transaction.atomic
def check_trust(actor: User, answers: Mapping[str, Sequence[int]]) -> TrustCheck:
    """Keep one's own answers of today (element → 1–4 for each of its questions). Refuses a question left out, and a second time today."""
    require(actor, "practice.do")
    given = {element: [int(one) for one in answers.get(element, ())] for element in QUESTIONS}
    for element, asked in QUESTIONS.items():
        if len(given[element]) != len(asked) or any(one not in ANSWERS for one in given[element]):
            raise Refused("trust.answers", "每一句都请选一个，照实选，只有您自己看得到。")
    try:
        with transaction.atomic():
            made = TrustCheck.objects.create(user=actor, on=clock.today(), answers=given)
    except IntegrityError:
        raise Refused("trust.today", "今天已经做过一次，要重做就先撤销。") from None
    record(actor, "trust.check", made)
    return made


@transaction.atomic
def undo_trust(actor: User, check_id: int) -> TrustCheck:
    """Take one's own self-check back; refuses twice. Raises TrustCheck.DoesNotExist for somebody else's."""
    require(actor, "practice.do")
    check = TrustCheck.objects.get(pk=check_id, user=actor)
    if not TrustCheck.objects.filter(pk=check.pk, undone_at=None).update(undone_at=timezone.now()):
        raise Refused("trust.undone", "这一次已经撤销过了。")
    record(actor, "trust.undo", check)
    return check
