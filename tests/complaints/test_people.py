"""Who may do what: compensation and its approval, a crisis, other hands, hand-overs, escalation, what an open complaint holds up."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from liuke.complaints import agreeing, classifying, closing, crisis, entering, handling, minutely, swapping
from liuke.complaints.models import Agreement, CaseNote, Complaint, DeskHours, Escalation
from liuke.customers.models import Customer
from liuke.keepers.facts import held as kept_out_of_pool
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.notices.words import sentence
from liuke.promises.models import Promise
from liuke.team import calendar
from liuke.work import actions as today
from liuke.work.handing import reassign_all
from liuke.work.models import Enrolment, Task
from liuke.work.planning import plan
from tests.complaints.conftest import NOON, enter, tick, told
from tests.complaints.test_way import refuse

CHINA = ZoneInfo("Asia/Shanghai")
DAY = NOON.date()


def at(text):
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=CHINA)


def ready(cast, xu, **fields):
    made = enter(cast, xu, **fields)
    tick(cast.linqian, made, "accept")
    return made


def offer(cast, row, cents, actor=None, text="赔工时费"):
    return agreeing.propose(actor or cast.linqian, row.pk, text, DAY, amount_cents=cents)


# ── compensation ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("cents", "approval"), [(0, ""), (50_000, ""), (50_001, "waiting")])
def test_up_to_the_roles_sum_nobody_is_asked(cast, xu, cents, approval):
    assert offer(cast, ready(cast, xu), cents).approval == approval


def test_many_small_sums_are_one_large_one(cast, xu):
    made = ready(cast, xu)
    assert offer(cast, made, 30_000).approval == ""
    assert offer(cast, made, 30_000, text="赔代步车").approval == "waiting"
    told_ = Notice.objects.get(key="complaint.approve")
    assert (told_.user, told_.urgent) == (cast.hejing, True)
    assert sentence(told_.key, told_.slots) == "林倩在投诉TS-1120-01里拟了补偿，超过权限，等您批。"


def test_what_waits_is_not_told_the_customer(cast, xu):
    made = ready(cast, xu)
    one = offer(cast, made, 131_000)
    refuse("complaint.waiting", lambda: agreeing.agree(cast.linqian, one.pk))
    refuse("complaint.pending", lambda: closing.tell_solution(cast.linqian, made.pk))
    refuse("permission", lambda: agreeing.decide(cast.linqian, one.pk, True))
    assert agreeing.decide(cast.hejing, one.pk, True).approval == "approved"
    refuse("complaint.decided_already", lambda: agreeing.decide(cast.guoping, one.pk, False))
    assert agreeing.agree(cast.linqian, one.pk).state == "agreed"
    refuse("complaint.not_decided", lambda: agreeing.take_back_decision(cast.hejing, one.pk))


def test_nobody_agrees_to_his_own_or_above_his_limit(cast, xu):
    made = ready(cast, xu)
    mine = offer(cast, made, 320_000, actor=cast.hejing)
    refuse("complaint.own", lambda: agreeing.decide(cast.hejing, mine.pk, True))
    other = offer(cast, made, 10_000, text="送保养")
    refuse("complaint.limit", lambda: agreeing.decide(cast.hejing, other.pk, True))
    refused = agreeing.decide(cast.guoping, mine.pk, False, note="先修")
    assert (refused.approval, refused.state) == ("refused", "withdrawn")
    refuse("complaint.was_refused", lambda: agreeing.restore(cast.hejing, mine.pk))


def test_put_back_it_is_added_up_again(cast, xu):
    made = ready(cast, xu)
    first = offer(cast, made, 40_000)
    agreeing.withdraw(cast.linqian, first.pk)
    assert offer(cast, made, 40_000, text="赔代步车").approval == ""
    assert agreeing.restore(cast.linqian, first.pk).approval == "waiting"


def test_put_back_what_was_agreed_to_is_asked_again_when_the_sum_has_grown_above_that_limit(cast, xu):
    made = ready(cast, xu)
    first = offer(cast, made, 200_000)
    agreeing.decide(cast.hejing, first.pk, True)
    agreeing.withdraw(cast.linqian, first.pk)
    second = offer(cast, made, 200_000, text="赔代步车")
    agreeing.decide(cast.hejing, second.pk, True)
    assert agreeing.restore(cast.linqian, first.pk).approval == "waiting"


def test_his_word_is_a_promise_of_who_keeps_it(cast, xu):
    made = ready(cast, xu)
    one = agreeing.propose(cast.linqian, made.pk, "换阀体", DAY + timedelta(3), keeper_id=cast.siyuan.pk, sure=False)
    done = agreeing.agree(cast.linqian, one.pk)
    promise = Promise.objects.get()
    assert (done.promise, promise.keeper, promise.by, promise.sure, promise.about_id) == (promise, cast.siyuan, cast.linqian, False, one.pk)
    assert Task.objects.open().get(kind="promise").assignee == cast.siyuan
    agreeing.restore(cast.linqian, one.pk)
    assert not Promise.objects.open().exists()


def test_who_cannot_see_him_cannot_keep_it(cast, xu):
    made = ready(cast, xu)
    refuse("complaint.colleague", lambda: agreeing.propose(cast.linqian, made.pk, "换", DAY, keeper_id=cast.xiaomei.pk))
    refuse("complaint.unseen", lambda: swapping.swap_person(cast.hejing, made.pk, cast.xiaomei.pk))
    refuse("promise.past", lambda: agreeing.propose(cast.linqian, made.pk, "换", DAY - timedelta(1)))


# ── crisis ───────────────────────────────────────────────────────────────────


def test_extreme_behaviour_is_a_crisis(cast, xu):
    made = ready(cast, xu)
    row = classifying.confirm(cast.linqian, made.pk, "behaviour", "extreme")
    assert (row.crisis_at, row.severity) == (NOON, "severe")
    assert set(Notice.objects.filter(key="complaint.crisis").values_list("user__username", flat=True)) >= {"zhaoguoping", "hejing"}
    act = lambda: offer(cast, row, 0)  # noqa: E731
    refuse("complaint.alone", act)
    refuse("complaint.second", lambda: crisis.name_crisis(cast.linqian, row.pk, second_id=cast.linqian.pk))
    crisis.name_crisis(cast.linqian, row.pk, second_id=cast.hejing.pk)
    refuse("complaint.no_voice", act)
    crisis.name_crisis(cast.linqian, row.pk, spokesman_id=cast.hejing.pk)
    refuse("complaint.one_voice", act)
    refuse("complaint.one_voice", lambda: handling.answer(cast.linqian, row.pk))
    offer(cast, row, 0, actor=cast.hejing)
    refuse("complaint.evidence", lambda: classifying.unconfirm(cast.linqian, row.pk, "behaviour"))
    refuse("complaint.evidence", lambda: entering.take_back(cast.linqian, row.pk))
    refuse("complaint.in_crisis", lambda: handling.lower(cast.hejing, row.pk, why="看错了"))
    refuse("permission", lambda: crisis.end_crisis(cast.linqian, row.pk, why="他走了"))
    assert "crisis" in [each.code for each in closing.lacking(row)]
    assert crisis.end_crisis(cast.hejing, row.pk, why="派出所调解好了").crisis_at is None


def test_the_second_who_takes_over_is_not_two(cast, xu):
    row = crisis.open_crisis(cast.linqian, ready(cast, xu).pk, second_id=cast.hejing.pk, spokesman_id=cast.hejing.pk)
    assert swapping.swap_person(cast.guoping, row.pk, cast.hejing.pk).second is None
    refuse("complaint.alone", lambda: offer(cast, row, 0, actor=cast.hejing))


# ── other hands ──────────────────────────────────────────────────────────────


def test_another_person_time_and_place_and_back(cast, xu):
    made = enter(cast, xu)
    assert swapping.swap_person(cast.linqian, made.pk, cast.hejing.pk, why="他要主管").owner == cast.hejing
    assert Task.objects.open().get().assignee == cast.hejing
    assert swapping.undo_swap(cast.linqian, made.pk).owner == cast.linqian
    refuse("complaint.no_swap", lambda: swapping.undo_swap(cast.linqian, made.pk))
    assert swapping.swap_time(cast.linqian, made.pk, at("20T18:30")).meet_at == at("20T18:30")
    assert swapping.swap_place(cast.linqian, made.pk, "会客室").meet_where == "会客室"
    refuse("complaint.same", lambda: swapping.swap_place(cast.linqian, made.pk, "会客室"))
    assert CaseNote.objects.filter(kind="swapped").count() == 3


def test_a_salesperson_handles_what_is_his_only(cast, xu):
    made = enter(cast, xu)
    refuse("complaint.hands", lambda: handling.answer(cast.siyuan, made.pk))
    swapping.swap_person(cast.linqian, made.pk, cast.siyuan.pk)
    assert handling.answer(cast.siyuan, made.pk).answered_by == cast.siyuan


def test_it_goes_with_the_customer_and_with_its_task(cast, xu):
    made = enter(cast, xu)
    offer_ = offer(cast, ready(cast, xu, text="另一件"), 0)
    moved = reassign_all(cast.linqian.pk, [xu.pk], cast.hejing.pk)
    assert set(moved) == {"work.task", "complaints.complaint", "complaints.agreement"}
    assert set(Complaint.objects.values_list("owner", flat=True)) == {cast.hejing.pk}
    assert Agreement.objects.get(pk=offer_.pk).keeper == cast.hejing
    task = Task.objects.open().get(about_id=made.pk)
    today.reassign(cast.hejing, [task.pk], cast.linqian.pk)
    assert Complaint.objects.get(pk=made.pk).owner == cast.linqian


def test_a_try_stands_in_the_record(cast, xu):
    made = enter(cast, xu)
    task = Task.objects.open().get()
    result = today.finish(cast.linqian, task.pk, "later", days=7, note="他在开会")
    assert CaseNote.objects.get(kind="note").text == "改天 他在开会"
    assert (Task.objects.open().get().due_on, Task.objects.open().get().snoozed_until) == (DAY, None)  # the limit does not wait
    assert Task.objects.open().get(about_id=made.pk).pk != task.pk
    with pytest.raises(Refused):
        today.finish(cast.linqian, Task.objects.open().get().pk, "reached")
    today.undo(cast.linqian, result.pk)
    assert not CaseNote.objects.filter(kind="note").exists()


# ── limits that pass ─────────────────────────────────────────────────────────


def passed():
    return list(Escalation.objects.order_by("pk").values_list("limit", "level", "to__username"))


def test_upwards_at_once_and_again_after_half_the_limit_more(cast, xu, noon):
    made = enter(cast, xu)
    assert made.answer_due == at("20T14:00")
    assert minutely.run(at("20T13:59")).told == 0
    assert minutely.run(at("20T14:00")).told == 1 and minutely.run(at("20T14:01")).told == 0
    assert passed() == [("answer", "supervisor", "hejing")]
    assert minutely.run(at("20T14:59")).told == 0 and minutely.run(at("20T15:00")).told == 1
    assert passed()[1:] == [("answer", "manager", "zhaoguoping")]
    noon.move_to(at("20T15:30"))
    handling.answer(cast.linqian, made.pk)
    assert minutely.run(at("25T17:59")).told == 0
    assert minutely.run(at("25T18:00")).told == 1
    assert minutely.run(at("27T13:29")).told == 0 and minutely.run(at("27T13:30")).told == 1
    notice = Notice.objects.get(user=cast.hejing, slots__limit="resolve")
    assert sentence(notice.key, notice.slots) == "投诉TS-1120-01的解决过了时限（11月25日 18:00）。"
    assert Notice.objects.filter(key="complaint.late", urgent=True).count() == 4


def test_while_we_wait_for_him_nothing_is_late(cast, xu):
    made = enter(cast, xu)
    handling.answer(cast.linqian, made.pk)
    handling.pause(cast.linqian, made.pk, "等他开车来")
    assert minutely.run(at("30T12:00")).told == 0


def test_a_day_put_into_the_calendar_moves_what_is_open(cast, xu):
    made = enter(cast, xu)
    calendar.set_day(cast.wentao, date(2026, 11, 24), False, "店庆")
    assert minutely.run().moved == 1 and minutely.run().moved == 0
    assert Complaint.objects.get(pk=made.pk).resolve_due == at("26T18:00")


def test_a_unit_has_hours_of_its_own(cast, xu):
    DeskHours.objects.create(unit=cast.region, opens="08:00", closes="20:00")
    assert enter(cast, xu, received_at=at("19T19:00")).answer_due == at("20T09:00")


def test_the_call_back_is_brought_to_mind_on_its_day(cast, xu, noon):
    for severity in ("", "severe"):
        told(cast, enter(cast, xu, severity=severity))
    assert minutely.run().call_backs == 0
    noon.shift(timedelta(days=3))
    assert minutely.run().call_backs == 2 and minutely.run().call_backs == 0
    said = Notice.objects.filter(key="complaint.call_back").order_by("pk").values_list("slots__number", "user__username")
    assert sorted(said) == [("TS-261120-01", "linqian"), ("TS-261120-02", "hejing"), ("TS-261120-02", "linqian")]  # two have to look


# ── what hangs on it ─────────────────────────────────────────────────────────


def test_who_complains_is_sold_nothing(cast):
    wang = cast.absent("K000009")
    plan(DAY)
    assert Task.objects.open().get().kind == "playbook"
    enter(cast, wang)
    plan(DAY)
    assert [task.kind for task in Task.objects.open()] == ["complain"]
    assert Enrolment.objects.get().why == "stronger"
    assert Customer.objects.filter(kept_out_of_pool(DAY)).get() == wang
    Complaint.objects.update(undone_at=NOON)
    plan(DAY + timedelta(1))
    assert Task.objects.open().filter(kind="playbook").exists()


# ── times that are written down ──────────────────────────────────────────────


def test_nobody_makes_his_own_late_one_good(cast, xu, noon):
    made = enter(cast, xu)
    noon.move_to(at("20T15:00"))
    refuse("complaint.too_late", lambda: handling.answer(cast.linqian, made.pk, at=at("20T13:50")))
    assert handling.answer(cast.hejing, made.pk, at=at("20T13:50")).answered_at == at("20T13:50")
    noon.move_to(at("25T18:30"))
    refuse("complaint.too_late", lambda: handling.pause(cast.linqian, made.pk, "等他", at=at("25T10:00")))
    refuse("complaint.backdate", lambda: handling.pause(cast.linqian, made.pk, "等他", at=at("24T10:00")))
    refuse("complaint.when", lambda: handling.pause(cast.linqian, made.pk, "等他", at=at("25T19:00")))
    assert handling.pause(cast.linqian, made.pk, "等他").resolve_due == at("25T18:00")  # late stays late
