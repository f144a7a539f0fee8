"""What a playbook leads to: another one after an outcome, an end when its success has happened, the version it was begun by."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from liuke.customers.models import Event
from liuke.deals.models import Contract, Deal
from liuke.packs import load_pack
from liuke.playbooks.actions import add_playbook, save_playbook, switch_playbook
from liuke.playbooks.rules import body_of
from liuke.standing.models import Signal
from liuke.work.actions import finish, plan, undo
from liuke.work.detail import detail
from liuke.work.models import Enrolment, Task
from liuke.work.queries import today
from tests.work.cast import DAY, NOON

PACK = load_pack("auto_dealer")


def body(key: str = "overdue_visit", **changed: Any) -> dict[str, Any]:
    return {**deepcopy(body_of(PACK.playbook(key))), **changed}


def later(days: int):
    return DAY + timedelta(days)


def the_task() -> Task:
    return Task.objects.open().get()


# ── another playbook after an outcome ──


def led_on(cast, days: int = 3) -> None:
    after = {"refused": {"do": "playbook", "playbook": "late_visit", "days": days}}
    save_playbook(cast.wentao, "overdue_visit", body(outcomes=after))


def test_an_outcome_begins_the_playbook_that_follows(cast):
    led_on(cast)
    zhang = cast.absent("K001")
    plan(DAY)
    said = [choice.label for choice in detail(cast.siyuan, the_task().pk, DAY).choices["refused"]]
    assert said == ["11月23日起接着“该来没来”"]
    result = finish(cast.siyuan, the_task().pk, "refused", now=NOON)
    before, now = Enrolment.objects.order_by("pk")
    assert (before.why, before.ended_on, now.playbook, now.version, now.signal, now.ended_on) == (
        "done",
        DAY,
        "late_visit",
        1,
        "after",
        None,
    )
    task = the_task()
    assert (task.pk, task.customer, task.enrolment, task.due_on, task.step) == (result.next_task_id, zhang, now, later(3), 0)
    item = next(iter(today(cast.siyuan, later(3)).chosen))
    assert item.reason == "**11月20日**用过“久未到店”（婉拒），接着来；**212天**没来，通常**74天**一次。"


def test_it_goes_on_though_no_signal_asks_for_it(cast):
    led_on(cast)
    cast.absent("K001")
    plan(DAY)
    finish(cast.siyuan, the_task().pk, "refused", now=NOON)
    Signal.objects.update(ended_on=later(1))
    assert plan(later(1)).stopped == 0
    assert the_task().reasons[0][0] == "after"


def test_undoing_the_outcome_undoes_what_it_began(cast):
    led_on(cast)
    cast.absent("K001")
    plan(DAY)
    first = the_task()
    result = finish(cast.siyuan, first.pk, "refused", now=NOON)
    undo(cast.siyuan, result.pk)
    before, begun = Enrolment.objects.order_by("pk")
    assert (before.why, before.ended_on, begun.why) == ("", None, "undone")
    assert the_task().pk == first.pk


def test_a_playbook_that_is_off_does_not_follow(cast):
    led_on(cast)
    switch_playbook(cast.wentao, "late_visit", True)
    cast.absent("K001")
    plan(DAY)
    finish(cast.siyuan, the_task().pk, "refused", now=NOON)
    assert (Enrolment.objects.get().why, Task.objects.open().count()) == ("done", 0)


# ── success ──


def a_deal(cast, customer, on, cents: int = 50_000) -> None:
    Deal.objects.create(customer=customer, on=on, amount_cents=cents, unit=cast.store)


@pytest.mark.parametrize(("days", "cents", "why"), [(1, 50_000, "success"), (45, 50_000, "success"), (46, 50_000, ""), (1, -50_000, "")])
def test_a_deal_within_its_days_ends_it(cast, days, cents, why):
    zhang = cast.absent("K001")
    plan(DAY)
    a_deal(cast, zhang, later(days), cents)
    plan(later(days))
    enrolment, task = Enrolment.objects.order_by("pk")[0], Task.objects.order_by("pk")[0]
    assert (enrolment.why, task.stopped_why, task.state) == (why, why, "stopped" if why else "open")


def test_success_comes_before_the_signal_that_closes_with_it_and_the_playbook_rests(cast):
    zhang = cast.absent("K001")
    plan(DAY)
    a_deal(cast, zhang, later(4))
    Signal.objects.update(ended_on=later(4))
    plan(later(4))
    assert Enrolment.objects.get().why == "success"
    cast.signal(zhang)
    assert plan(later(5)).enrolled == 0


def test_a_deal_of_the_first_day_counts_once_he_was_contacted(cast):
    zhang = cast.absent("K001")
    a_deal(cast, zhang, DAY)
    plan(DAY)
    assert plan(later(1)).stopped == 0
    finish(cast.siyuan, the_task().pk, "reached", now=NOON)
    assert plan(later(1)).stopped == 1
    assert Enrolment.objects.get().why == "success"


def test_a_renewal_is_a_contract_written_down_since_that_ends_later(cast, time_machine=None):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "insurance_30", 2, **{"days_left('insurance')": 21})
    Contract.objects.create(customer=zhang, kind="insurance", starts_on=later(-344), ends_on=later(21))
    Contract.objects.update(created_at=NOON - timedelta(344))
    plan(DAY)
    Contract.objects.create(customer=zhang, kind="compulsory", starts_on=later(2), ends_on=later(367))
    Contract.objects.filter(kind="compulsory").update(created_at=NOON + timedelta(2))
    assert plan(later(2)).stopped == 0
    Contract.objects.create(customer=zhang, kind="insurance", starts_on=later(22), ends_on=later(387))
    Contract.objects.filter(starts_on=later(22)).update(created_at=NOON + timedelta(3))
    assert plan(later(3)).stopped == 1
    assert Enrolment.objects.get().why == "success"


def test_a_closed_complaint_and_a_good_score(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 100_000)
    cast.signal(zhang, "complaint_open", 3, **{"days_since('severe_complaint_opened')": 1})
    plan(DAY)
    Event.objects.create(customer=zhang, kind="severe_complaint_closed", on=later(2))
    plan(later(2))
    assert Enrolment.objects.get().why == "success"


def test_what_wants_a_contact_has_it_with_its_last_step(cast):
    zhang = cast.customer("K001")
    cast.standing(zhang, 0)
    cast.signal(zhang, "event_attended", 1)
    plan(DAY)
    task = the_task()
    assert task.playbook == "event_thanks"
    finish(task.assignee, task.pk, "reached", now=NOON)
    assert Enrolment.objects.get().why == "success"


# ── versions ──


def test_an_edit_does_not_change_who_is_half_way_through(cast):
    cast.absent("K001")
    plan(DAY)
    steps = body()["steps"]
    save_playbook(cast.wentao, "overdue_visit", body(steps=[{**steps[0], "say": {"zh": "新的一句？", "en": ""}}]))
    plan(later(1))
    assert the_task().state == "open"
    item = next(iter(today(cast.siyuan, later(1)).chosen))
    assert item.say != "新的一句？"
    finish(cast.siyuan, the_task().pk, "reached", now=NOON + timedelta(1))
    assert the_task().step == 1  # the second step, which the new version does not have
    cast.absent("K002", name="王淑芬")
    plan(later(2))
    new = Enrolment.objects.get(customer__number="K002")
    assert new.version == 2
    assert detail(cast.siyuan, Task.objects.open().get(enrolment=new).pk, later(2)).item.say == "新的一句？"


def test_a_playbook_that_is_off_begins_for_nobody_and_goes_on_for_who_is_in_it(cast):
    cast.absent("K001")
    plan(DAY)
    switch_playbook(cast.wentao, "overdue_visit", True)
    cast.absent("K002")
    planned = plan(later(1))
    assert (planned.enrolled, planned.stopped) == (0, 0)
    assert the_task().customer.number == "K001"


def test_a_playbook_of_the_companys_own_is_begun_by_its_signal(cast):
    add_playbook(cast.wentao, body("late_visit", name={"zh": "雨季检查", "en": ""}, signals=["overdue_visit"]))
    cast.absent("K001")
    plan(DAY)
    assert (the_task().playbook, Enrolment.objects.get().version) == ("own_1", 1)
