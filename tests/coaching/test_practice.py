"""A role play is ticked by a colleague, counts when it is finished, and goes back; a self-check is for oneself alone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from liuke.coaching import practice as verbs
from liuke.coaching import queries
from liuke.coaching.labels import QUESTIONS
from liuke.coaching.models import Practice, PracticeStep, TrustCheck
from liuke.coaching.rules import Score
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs import load_pack
from liuke.packs.practice import ScenarioCard

CARD = ScenarioCard.model_validate(
    {
        "key": "tyres_dear",
        "name": {"zh": "嫌轮胎贵", "en": "Tyres too dear"},
        "scenario": "retention",
        "persona": {
            "age": 45, "gender": "male", "character": {"zh": "话不多。", "en": "Few words."},
            "buys": {"zh": "三年保养。", "en": "Three years of service."}, "attitude": {"zh": "急着挂。", "en": "In a hurry."},
        },
        "need": {"zh": "怕外面装的没人管。", "en": "Fears nobody stands behind work done elsewhere."},
        "steps": [
            {"says": [{"zh": "什么事？", "en": "What is it?"}], "ticks": [{"zh": f"做到{n}。", "en": f"Did {n}."} for n in range(2 + at)]}
            for at in range(4)
        ],
    }
)  # fmt: skip
ANSWERS = {element: [3] * len(asked) for element, asked in QUESTIONS.items()}


@pytest.fixture(autouse=True)
def cards(monkeypatch):
    with_card = load_pack().model_copy(update={"practice": (CARD,)})
    monkeypatch.setattr(verbs, "pack", lambda: with_card)


@pytest.fixture
def practice(cast) -> Practice:
    return verbs.start(cast.siyuan, "tyres_dear", cast.linqian.pk)


def test_begun_with_a_colleague_who_ticks(cast, practice):
    assert (practice.trainee, practice.checker, practice.scenario, practice.state) == (cast.siyuan, cast.linqian, "retention", "open")
    assert practice.ticks == [[False] * n for n in (2, 3, 4, 5)]
    assert queries.waiting(cast.linqian) == queries.waiting(cast.siyuan) == [practice]
    assert queries.waiting(cast.xiaomei) == []


@pytest.mark.parametrize("who", ["siyuan", "xiaomei", "wentao"])
def test_nobody_ticks_for_himself_nor_a_stranger(cast, who):
    with pytest.raises(Refused) as refused:
        verbs.start(cast.siyuan, "tyres_dear", getattr(cast, who).pk)
    assert refused.value.code == "practice.checker"
    with pytest.raises(Refused):
        verbs.start(cast.siyuan, "no_such", cast.linqian.pk)
    assert not Practice.objects.exists()


@pytest.mark.django_db
def test_not_even_by_another_way(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Practice.objects.create(card="x", scenario="care", trainee=cast.siyuan, checker=cast.siyuan, on=clock.today())


def test_ticked_finished_and_taken_back(cast, practice):
    verbs.tick(cast.linqian, practice.pk, 1, [0])
    verbs.tick(cast.linqian, practice.pk, 4, [0, 4, 9])
    verbs.tick(cast.linqian, practice.pk, 4, [1, 4])
    done = verbs.finish(cast.linqian, practice.pk, " 开头好，别急着报价 ")
    assert (done.state, done.remark) == ("done", "开头好，别急着报价")
    assert list(PracticeStep.objects.values_list("step", "ticked", "of")) == [(1, 1, 2), (2, 0, 3), (3, 0, 4), (4, 2, 5)]
    assert queries.totals(cast.siyuan, clock.today()) == (Score(1, 2), Score(0, 3), Score(0, 4), Score(2, 5))
    with pytest.raises(Refused):
        verbs.finish(cast.linqian, practice.pk)
    with pytest.raises(Refused):
        verbs.tick(cast.linqian, practice.pk, 1, [])
    back = verbs.undo_finish(cast.linqian, practice.pk)
    assert back.state == "open" and back.ticks[3] == [False, True, False, False, True]
    assert not PracticeStep.objects.exists() and queries.totals(cast.siyuan, clock.today()) == ()
    with pytest.raises(Refused):
        verbs.undo_finish(cast.linqian, practice.pk)


def test_nothing_ticked_wants_a_word(cast, practice):
    with pytest.raises(Refused) as refused:
        verbs.finish(cast.linqian, practice.pk)
    assert refused.value.code == "practice.empty"
    assert Practice.objects.get().state == "open" and not PracticeStep.objects.exists()
    verbs.finish(cast.linqian, practice.pk, "电话一响就走了")


def test_only_the_checker_ticks(cast, practice):
    for user in (cast.siyuan, cast.hejing, cast.xiaomei):
        for act in (
            lambda user=user: verbs.tick(user, practice.pk, 1, [0]),
            lambda user=user: verbs.finish(user, practice.pk, "好"),
            lambda user=user: verbs.undo_finish(user, practice.pk),
        ):
            with pytest.raises(Practice.DoesNotExist):
                act()
    assert Practice.objects.get().ticks[0] == [False, False]


def test_not_done_after_all_and_done_after_all(cast, practice):
    with pytest.raises(Practice.DoesNotExist):
        verbs.drop(cast.hejing, practice.pk)
    assert verbs.drop(cast.siyuan, practice.pk).state == "dropped"
    assert queries.waiting(cast.linqian) == [] and list(queries.practices(cast.siyuan)) == []
    with pytest.raises(Refused):
        verbs.drop(cast.linqian, practice.pk)
    assert verbs.drop(cast.linqian, practice.pk, back=True).state == "open"


def test_a_card_that_is_gone_is_told(cast, practice, monkeypatch):
    monkeypatch.setattr(verbs, "pack", load_pack)
    practice.card = "gone"
    practice.save()
    with pytest.raises(Refused) as refused:
        verbs.tick(cast.linqian, practice.pk, 1, [0])
    assert refused.value.code == "practice.card_gone"


def test_results_by_person_for_who_oversees(cast, practice, django_assert_num_queries):
    verbs.tick(cast.linqian, practice.pk, 1, [0, 1])
    verbs.finish(cast.linqian, practice.pk)
    verbs.check_trust(cast.linqian, ANSWERS)
    with django_assert_num_queries(4):
        rows = queries.people(cast.hejing, clock.today() - timedelta(90))
    told = {row.user.name: (row.times, row.last, row.scores, row.trust_on) for row in rows}
    today = clock.today()
    assert told["陈思远"] == (1, today, (Score(2, 2), Score(0, 3), Score(0, 4), Score(0, 5)), None)
    assert told["林倩"] == (0, None, None, today)
    assert rows[-1].user == cast.siyuan, "who never practised stands on top"
    assert [one.pk for one in queries.practices(cast.hejing, cast.siyuan, "done")] == [practice.pk]
    assert list(queries.practices(cast.xiaomei, cast.siyuan)) == []


def test_a_self_check_is_ones_own(cast):
    made = verbs.check_trust(cast.siyuan, ANSWERS | {"honest": [1, 2]})
    assert made.answers["honest"] == [1, 2]
    assert queries.trust_checks(cast.siyuan) == [made] and queries.trust_checks(cast.hejing) == []
    with pytest.raises(Refused) as refused:
        verbs.check_trust(cast.siyuan, ANSWERS)
    assert refused.value.code == "trust.today"
    with pytest.raises(TrustCheck.DoesNotExist):
        verbs.undo_trust(cast.hejing, made.pk)
    verbs.undo_trust(cast.siyuan, made.pk)
    with pytest.raises(Refused):
        verbs.undo_trust(cast.siyuan, made.pk)
    assert queries.trust_checks(cast.siyuan) == []
    verbs.check_trust(cast.siyuan, ANSWERS)


@pytest.mark.parametrize("wrong", [{}, {"honest": [3]}, {"honest": [0, 3]}, {"honest": [5, 3]}])
def test_every_sentence_wants_its_answer(cast, wrong):
    given = {} if not wrong else ANSWERS | wrong
    with pytest.raises(Refused):
        verbs.check_trust(cast.siyuan, given)
    assert not TrustCheck.objects.exists()


def test_each_element_is_asked_two_or_three_times():
    assert len(QUESTIONS) == 5 and all(2 <= len(asked) <= 3 for asked in QUESTIONS.values())
