"""What a playbook did, measured: kept, withdrawn, refused, and what the day's list then reckons with."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.packs import load_pack
from liuke.work.actions import keep_effect, plan, withdraw_effect
from liuke.work.effects import behind, effects_of
from liuke.work.models import MeasuredEffect, Task
from liuke.work.words import effect_note
from tests.work.cast import DAY, NOON

AUTO = load_pack("auto_dealer")
NOTHING_GAINED = {"treated": 4000, "returned": 800, "alone": 4000, "returned_alone": 800}
MUCH_GAINED = {"treated": 4000, "returned": 1600, "alone": 4000, "returned_alone": 800}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False):
        yield


def assumed() -> Decimal:
    return AUTO.playbook("overdue_visit").effect.share


def test_a_measurement_is_kept_with_its_interval_and_an_entry(cast):
    kept = keep_effect(cast.wentao, "overdue_visit", treated=70, returned=56, alone=80, returned_alone=48, source=" 对照组 2026Q3 ")
    kept.refresh_from_db()
    assert (kept.playbook, kept.measured_on, kept.source, kept.by, kept.withdrawn_at) == (
        "overdue_visit",
        DAY,
        "对照组 2026Q3",
        cast.wentao,
        None,
    )
    assert (kept.treated, kept.returned, kept.alone, kept.returned_alone) == (70, 56, 80, 48)
    assert (round(kept.effect, 4), round(kept.low, 4), round(kept.high, 4)) == (0.2, 0.0524, 0.3339)
    entry = AuditEntry.objects.get(verb="effect.keep")
    assert (entry.actor, entry.object) == (cast.wentao.pk, kept.pk)
    assert entry.detail == {"playbook": "overdue_visit", "treated": 70, "returned": 56, "alone": 80, "returned_alone": 48}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"playbook": "no_such"}, "effect.playbook"),
        ({"playbook": "x" * 500}, "effect.playbook"),
        ({"treated": 0, "returned": 0}, "effect.nobody"),
        ({"alone": 0, "returned_alone": 0}, "effect.nobody"),
        ({"treated": -5}, "effect.nobody"),
        ({"returned": -1}, "effect.count"),
        ({"returned_alone": -1}, "effect.count"),
        ({"treated": 10**10}, "effect.count"),
        ({"returned": 71}, "effect.returned"),
        ({"returned_alone": 81}, "effect.returned"),
        ({"measured_on": DAY + timedelta(1)}, "effect.future"),
        ({"source": "长" * 201}, "text.too_long"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(cast, changed, code):
    given = {"playbook": "overdue_visit", "treated": 70, "returned": 56, "alone": 80, "returned_alone": 48}
    with pytest.raises(Refused) as refused:
        keep_effect(None, **(given | changed))
    assert refused.value.code == code
    assert not MeasuredEffect.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["siyuan", "linqian", "hejing"])
def test_who_may_not_changes_nothing(cast, who):
    kept = keep_effect(cast.guoping, "overdue_visit", **NOTHING_GAINED)
    before = list(MeasuredEffect.objects.values()), AuditEntry.objects.count()
    for act in (lambda user: keep_effect(user, "overdue_visit", **MUCH_GAINED), lambda user: withdraw_effect(user, kept.pk)):
        with pytest.raises(Refused) as refused:
            act(getattr(cast, who))
        assert refused.value.code == "permission"
    assert (list(MeasuredEffect.objects.values()), AuditEntry.objects.count()) == before


def test_withdrawn_it_stays_on_record_and_counts_no_more(cast):
    kept = keep_effect(cast.wentao, "overdue_visit", **MUCH_GAINED)
    assert effects_of(AUTO)["overdue_visit"].measured == (kept,)
    assert withdraw_effect(cast.guoping, kept.pk).withdrawn_at is not None
    effect = effects_of(AUTO)["overdue_visit"]
    assert (effect.share, effect.measured) == (assumed(), ())
    entry = AuditEntry.objects.get(verb="effect.withdraw")
    assert (entry.actor, entry.object, entry.detail) == (cast.guoping.pk, kept.pk, {"playbook": "overdue_visit"})
    with pytest.raises(Refused) as refused:
        withdraw_effect(cast.guoping, kept.pk)
    assert refused.value.code == "effect.withdrawn"
    assert AuditEntry.objects.filter(verb="effect.withdraw").count() == 1
    with pytest.raises(MeasuredEffect.DoesNotExist):
        withdraw_effect(cast.guoping, kept.pk + 1)


def test_all_that_was_measured_counts_the_newest_named_first(cast):
    late = keep_effect(None, "overdue_visit", **MUCH_GAINED)
    alone = effects_of(AUTO)["overdue_visit"].share
    early = keep_effect(None, "overdue_visit", **NOTHING_GAINED, measured_on=DAY - timedelta(30))
    both = effects_of(AUTO)["overdue_visit"]
    assert both.measured == (late, early)
    assert both.share < alone
    few = keep_effect(None, "overdue_visit", treated=3, returned=3, alone=3, returned_alone=0)
    assert abs(effects_of(AUTO)["overdue_visit"].share - both.share) < Decimal("0.01"), "three people do not outvote the many"
    withdraw_effect(None, few.pk)
    assert effects_of(AUTO)["overdue_visit"] == both


def test_without_a_measurement_the_pack_is_taken_at_its_word(cast):
    assert {key: (effect.share, effect.measured) for key, effect in effects_of(AUTO).items()} == {
        playbook.key: (playbook.effect.share, ()) for playbook in AUTO.playbooks
    }


def test_the_list_reckons_with_what_was_measured(cast):
    zhang = cast.absent("K001", 500_000)
    plan(DAY)
    before = Task.objects.get(customer=zhang)
    assert (before.effect, before.value_per_minute_cents) == (assumed(), 5000)
    for counts, cents in ((NOTHING_GAINED, 155), (MUCH_GAINED, 4455)):
        keep_effect(None, "overdue_visit", **counts)
        assert plan(DAY).refreshed == 1
        task = Task.objects.get(customer=zhang)
        assert (task.pk, task.effect) == (before.pk, effects_of(AUTO)["overdue_visit"].share)
        assert task.value_per_minute_cents == cents


def test_a_playbook_that_does_harm_is_worth_nothing_and_its_tasks_come_last(cast):
    zhang, wang = cast.absent("K001", 900_000), cast.customer("K002", name="王淑芬")
    cast.standing(wang, 100_000)
    cast.signal(wang, "insurance_30", 2, **{"days_left('insurance')": {"until": 20_800}})
    keep_effect(None, "overdue_visit", treated=4000, returned=400, alone=4000, returned_alone=1200)
    plan(DAY)
    worth = dict(Task.objects.values_list("customer_id", "value_per_minute_cents"))
    assert worth[zhang.pk] == 0 < worth[wang.pk]


def test_the_page_says_on_what_the_effect_rests(cast):
    zhang = cast.absent("K001", 500_000)
    plan(DAY)
    task = Task.objects.get(customer=zhang)
    assert behind(task, AUTO) is None
    assert effect_note(AUTO, behind(task, AUTO)) == AUTO.effect_note.zh
    keep_effect(None, "overdue_visit", treated=1200, returned=420, alone=130, returned_alone=26)
    assert behind(task, AUTO) is None, "until the next plan the task is still reckoned with the assumption"
    plan(DAY)
    task.refresh_from_db()
    said = effect_note(AUTO, behind(task, AUTO))
    assert said == (
        "效果是实测的：联系过的 1,200 位回来 35%，没联系的 130 位回来 20%，差 15 点（95% 区间 6.9 到 21.6 点）。"
        f"原来假设 10%，人越多越信实测，现在按 {task.effect * 100:.1f}% 算。"
    )
    with translation.override("en"):
        assert effect_note(AUTO, None) == AUTO.effect_note.en


def test_a_task_of_a_playbook_that_is_gone_rests_on_nothing(cast):
    zhang = cast.absent("K001", 500_000)
    plan(DAY)
    task = Task.objects.get(customer=zhang)
    task.playbook = "of_another_pack"
    assert behind(task, AUTO) is None


def test_one_query_for_all_playbooks(cast, django_assert_num_queries):
    for playbook in AUTO.playbooks[:9]:
        keep_effect(None, playbook.key, **NOTHING_GAINED)
    with django_assert_num_queries(1):
        assert sum(bool(effect.measured) for effect in effects_of(AUTO).values()) == 9
