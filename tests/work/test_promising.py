"""A promise and its task are made and ended together, wherever it is done; hand-overs take both."""

from datetime import date, timedelta

import pytest
import time_machine

from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.promises.models import Promise
from liuke.team.queries import pack
from liuke.work import promising
from liuke.work.actions import finish, plan, reassign, undo
from liuke.work.detail import detail
from liuke.work.following import choices
from liuke.work.handing import give_back, reassign_all
from liuke.work.making import Wanted, make
from liuke.work.models import Result, Task
from liuke.work.queries import today
from liuke.work.rows import items
from tests.work.cast import DAY, NOON


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON) as traveller:
        yield traveller


@pytest.fixture
def zhang(cast):
    return cast.customer("K000001")


@pytest.fixture
def made(cast, zhang):
    return promising.make_promise(cast.siyuan, zhang.pk, "告诉他大灯几号到货，13800001234", DAY + timedelta(2))


def waiting(promise):
    return Task.objects.open().get(about="promises.promise", about_id=promise.pk)


def stored():
    return [list(model.objects.order_by("pk").values()) for model in (Promise, Task, Result)]


def test_it_is_a_task_that_must_not_wait(cast, zhang, made):
    task = waiting(made)
    assert (task.kind, task.customer, task.assignee, task.due_on, task.must, task.asked, task.minutes) == (
        "promise", zhang, cast.siyuan, DAY + timedelta(2), True, True, 5,
    )  # fmt: skip
    list_ = today(cast.siyuan, DAY + timedelta(2))
    assert [item.task for item in list_.must] == [task]
    assert list_.must[0].reason == "您**11月20日**答应过：告诉他大灯几号到货，138****34"


def test_who_does_not_want_to_be_disturbed_still_gets_what_he_was_promised(cast):
    quiet = cast.customer("K000002", do_not_contact=True)
    made = promising.make_promise(cast.siyuan, quiet.pk, "退还押金", DAY)
    assert waiting(made).customer == quiet


@pytest.mark.parametrize(
    ("outcome", "after", "state"),
    [("reached", 2, "kept"), ("deal", 2, "kept"), ("reached", 3, "late"), ("reached", 10, "broken"), ("refused", 2, "dropped")],
    ids=["reached", "deal", "a-day-late", "too-late", "refused"],
)
def test_its_outcome_ends_it_and_undo_opens_it(cast, made, noon, outcome, after, state):
    task = waiting(made)
    before = stored()
    noon.shift(timedelta(days=after))
    result = finish(cast.siyuan, task.pk, outcome)
    made.refresh_from_db()
    assert (made.state, made.settled_on, made.settled_by) == (state, DAY + timedelta(after), cast.siyuan)
    undo(cast.siyuan, result.pk)
    assert stored()[:2] == before[:2]


def test_nobody_there_leaves_it_as_it_is(cast, made):
    result = finish(cast.siyuan, waiting(made).pk, "not_reached")
    made.refresh_from_db()
    assert made.state == "open"
    assert waiting(made) == result.next_task
    undo(cast.siyuan, result.pk)
    assert waiting(made).attempt == 1


def test_later_in_time_is_another_day_agreed(cast, made):
    result = finish(cast.siyuan, waiting(made).pk, "later", days=7)
    made.refresh_from_db()
    after = Promise.objects.get(previous=made)
    assert (made.state, after.due_on) == ("moved", DAY + timedelta(7))
    assert waiting(after) == result.next_task
    undo(cast.siyuan, result.pk)
    made.refresh_from_db()
    assert [one.pk for one in Promise.objects.open()] == [made.pk]
    assert waiting(made).pk == result.task_id


def test_another_day_is_said_beforehand(cast, made, noon):
    lines = [choice.line for choice in choices(pack(), None, waiting(made), DAY)["later"]]
    assert lines[0] == "会写进经过，答应的日子改到11月21日，并还卡。"
    late = DAY + timedelta(3)
    assert choices(pack(), None, waiting(made), late)["later"][0].line == "会写进经过，明天再打，并还卡。"


def test_later_after_its_day_is_late_all_the_same(cast, made, noon):
    noon.shift(timedelta(days=3))
    result = finish(cast.siyuan, waiting(made).pk, "later", days=1)
    made.refresh_from_db()
    assert (made.state, made.due_on) == ("open", DAY + timedelta(2))
    assert waiting(made) == result.next_task


@pytest.mark.parametrize(("late", "state"), [(1, "late"), (7, "late"), (8, "broken")])
def test_typed_for_an_earlier_time_it_ends_on_the_day_it_comes_in(cast, made, noon, late, state):
    noon.shift(timedelta(days=2 + late))
    result = finish(cast.siyuan, waiting(made).pk, "reached", now=NOON + timedelta(2))
    made.refresh_from_db()
    assert (made.state, made.settled_on) == (state, DAY + timedelta(2 + late))
    assert (result.at, result.interaction.on) == (NOON + timedelta(2), DAY + timedelta(2)), "the contact keeps its own time"
    undo(cast.siyuan, result.pk)
    made.refresh_from_db()
    assert made.state == "open"


def test_who_approves_may_write_an_earlier_time(cast, made, noon):
    noon.shift(timedelta(days=5))
    finish(cast.hejing, waiting(made).pk, "reached", now=NOON + timedelta(2))
    made.refresh_from_db()
    assert (made.state, made.settled_on) == ("kept", DAY + timedelta(2))


def test_typed_for_an_earlier_time_it_is_not_moved(cast, made, noon):
    noon.shift(timedelta(days=5))
    result = finish(cast.siyuan, waiting(made).pk, "later", days=7, now=NOON + timedelta(2))
    made.refresh_from_db()
    assert (made.state, made.due_on) == ("open", DAY + timedelta(2))
    assert waiting(made) == result.next_task


def test_a_new_day_that_is_gone_when_it_comes_in_moves_nothing(cast, zhang, noon):
    made = promising.make_promise(cast.siyuan, zhang.pk, "发报价", DAY + timedelta(9))
    noon.shift(timedelta(days=4))
    finish(cast.siyuan, waiting(made).pk, "later", days=2, now=NOON)
    made.refresh_from_db()
    assert (made.state, made.due_on) == ("open", DAY + timedelta(9))


def test_not_wanted_any_more_once_its_day_is_gone_is_the_supervisors_word(cast, made, noon):
    noon.shift(timedelta(days=3))
    before = stored()
    for act in (
        lambda: finish(cast.siyuan, waiting(made).pk, "refused"),
        lambda: finish(cast.siyuan, waiting(made).pk, "refused", now=NOON),
        lambda: promising.withdraw(cast.siyuan, made.pk),
    ):
        with pytest.raises(Refused, match="请主管来记"):
            act()
        assert stored() == before
    finish(cast.hejing, waiting(made).pk, "refused")
    made.refresh_from_db()
    assert made.state == "dropped"


@pytest.mark.parametrize(
    ("act", "state", "why"),
    [
        (lambda who, pk: promising.settle(who, pk, True), "kept", "done"),
        (lambda who, pk: promising.settle(who, pk, False), "broken", "cancelled"),
        (promising.withdraw, "dropped", "cancelled"),
    ],
    ids=["kept", "broken", "dropped"],
)
def test_on_its_own_page_it_ends_and_comes_back(cast, made, act, state, why):
    task = waiting(made)
    act(cast.siyuan, made.pk)
    made.refresh_from_db()
    task.refresh_from_db()
    assert (made.state, task.state, task.stopped_why) == (state, "stopped", why)
    promising.reopen(cast.siyuan, made.pk)
    again = waiting(made)
    assert (again.due_on, again.created_for, again.assignee) == (task.due_on, task.created_for, task.assignee)


def test_what_ended_on_the_list_is_undone_there(cast, made):
    finish(cast.siyuan, waiting(made).pk, "reached")
    before = stored()
    with pytest.raises(Refused, match="请到那件事上撤销"):
        promising.reopen(cast.siyuan, made.pk)
    assert stored() == before


def test_moved_the_task_moves_along(cast, made):
    after = promising.renegotiate(cast.siyuan, made.pk, DAY + timedelta(9))
    assert waiting(after).due_on == DAY + timedelta(9)
    assert Task.objects.open().count() == 1
    promising.reopen(cast.siyuan, made.pk)
    assert waiting(made).due_on == DAY + timedelta(2)
    assert Task.objects.open().count() == 1


def test_a_slip_leaves_nothing_to_do(cast, made):
    promising.take_back(cast.siyuan, made.pk)
    assert not Task.objects.open().exists()
    assert not Promise.objects.standing().exists()


def test_a_refused_promise_leaves_no_task(cast, zhang):
    before = stored()
    with pytest.raises(Refused, match="已经过去了"):
        promising.make_promise(cast.siyuan, zhang.pk, "昨天的事", DAY - timedelta(1))
    assert stored() == before


# ── what it costs ────────────────────────────────────────────────────────────


def test_above_the_limit_the_nearest_above_is_asked_first(cast, zhang):
    dear = promising.make_promise(cast.siyuan, zhang.pk, "免工时费", DAY + timedelta(2), amount_cents=50_000)
    assert not Task.objects.open().exists()
    assert [(one.user, one.key) for one in Notice.objects.all()] == [(cast.hejing, "promise.waiting")]
    promising.decide(cast.hejing, dear.pk, True)
    assert waiting(dear).assignee == cast.siyuan
    assert Notice.objects.get(user=cast.siyuan).key == "promise.approved"
    promising.take_back_decision(cast.hejing, dear.pk)
    assert not Task.objects.open().exists()


def test_while_it_waits_it_has_no_task(cast, zhang):
    dear = promising.make_promise(cast.siyuan, zhang.pk, "免工时费", DAY + timedelta(2), amount_cents=50_000)
    promising.withdraw(cast.siyuan, dear.pk)
    back = promising.reopen(cast.siyuan, dear.pk)
    assert (back.state, back.approval) == ("open", "waiting")
    assert not Task.objects.open().exists()
    promising.decide(cast.hejing, dear.pk, True)
    assert Task.objects.open().get() == waiting(dear)


def test_who_has_to_keep_it_is_not_asked(cast, zhang):
    dear = promising.make_promise(cast.siyuan, zhang.pk, "免工时费", DAY + timedelta(2), amount_cents=50_000)
    reassign_all(cast.siyuan.pk, [zhang.pk], cast.hejing.pk)
    dear.refresh_from_db()
    assert promising.approvers(dear) == [cast.guoping]
    with pytest.raises(Refused, match="自己来办的不能自己批"):
        promising.decide(cast.hejing, dear.pk, True)


def test_beyond_the_supervisor_the_manager_is_asked(cast, zhang):
    dear = promising.make_promise(cast.siyuan, zhang.pk, "换一台发动机", DAY + timedelta(2), amount_cents=500_000)
    assert [one.user for one in Notice.objects.all()] == [cast.guoping]
    promising.decide(cast.guoping, dear.pk, False)
    assert not Task.objects.open().exists()
    assert Notice.objects.get(user=cast.siyuan).key == "promise.refused"


# ── from a playbook ──────────────────────────────────────────────────────────


def test_a_choice_after_a_contact_makes_one(cast):
    kept = cast.absent("K000003")
    plan(DAY)
    task = Task.objects.get(customer=kept)
    result = finish(cast.siyuan, task.pk, "reached", follow_up="wants_quote")
    made = Promise.objects.get()
    assert (made.about, made.about_id, made.keeper, made.due_on) == ("work.task", task.pk, cast.siyuan, DAY + timedelta(2))
    assert result.promise_task == waiting(made)
    assert made.text in items([result.promise_task], cast.siyuan, DAY, pack())[0].reason
    undo(cast.siyuan, result.pk)
    assert not Promise.objects.standing().exists()
    assert [one.pk for one in Task.objects.open()] == [task.pk]


def test_a_promise_that_was_kept_stands_in_the_way_of_undoing_what_made_it(cast):
    cast.absent("K000003")
    plan(DAY)
    result = finish(cast.siyuan, Task.objects.get().pk, "reached", follow_up="wants_quote")
    finish(cast.siyuan, result.promise_task.pk, "reached")
    before = stored()
    with pytest.raises(Refused, match="请先撤销那一步"):
        undo(cast.siyuan, result.pk)
    assert stored() == before


# ── who keeps it ─────────────────────────────────────────────────────────────


def test_a_hand_over_moves_it_and_gives_it_back(cast, zhang, made):
    moved = reassign_all(cast.siyuan.pk, [zhang.pk], cast.linqian.pk)
    made.refresh_from_db()
    assert (made.by, made.keeper) == (cast.siyuan, cast.linqian)
    assert moved["promises.promise"] == [(made.pk, zhang.pk)]
    task = waiting(made)
    assert (task.assignee, items([task], cast.linqian, DAY, pack())[0].reason) == (
        cast.linqian, "陈思远**11月20日**答应过：告诉他大灯几号到货，138****34",
    )  # fmt: skip
    assert give_back("promises.promise", [made.pk], cast.linqian.pk, cast.siyuan.pk) == 1
    made.refresh_from_db()
    assert made.keeper == cast.siyuan


def test_who_is_given_the_task_keeps_the_promise(cast, made):
    reassign(cast.hejing, [waiting(made).pk], cast.linqian.pk)
    made.refresh_from_db()
    assert (made.keeper, made.by) == (cast.linqian, cast.siyuan)


def test_why_is_told_to_who_reads_it(cast, zhang, made):
    def told(whose, reader):
        list_ = [item.reason for item in today(whose, DAY + timedelta(2), reader).must]
        assert [detail(reader, task.pk, DAY + timedelta(2)).item.reason for task in Task.objects.open().order_by("kind")] == list_
        return list_

    make([Wanted("handover", zhang.pk, DAY, "phone", 5, [["handover", {"from": "周敏"}]], assignee=cast.siyuan.pk, must=True)], None, DAY)
    own = ["原来是**周敏**负责，**11月20日**起交给您，还没跟客户说。", "您**11月20日**答应过：告诉他大灯几号到货，138****34"]
    hers = ["原来是**周敏**负责，**11月20日**起交给陈思远，还没跟客户说。", "陈思远**11月20日**答应过：告诉他大灯几号到货，138****34"]
    assert (told(cast.siyuan, cast.siyuan), told(cast.siyuan, cast.hejing)) == (own, hers)


# ── the night ────────────────────────────────────────────────────────────────


def test_the_night_breaks_it_and_the_packs_playbook_takes_over(cast, zhang, made):
    cast.standing(zhang, 500_000)
    night = DAY + timedelta(10)
    assert promising.break_overdue(night - timedelta(1)) == 0
    assert promising.break_overdue(night) == 1
    assert promising.break_overdue(night) == 0
    made.refresh_from_db()
    assert (made.state, made.settled_by) == ("broken", None)
    assert not Task.objects.open().exists()
    assert Notice.objects.get(user=cast.siyuan).key == "promise.broken"
    signal = pack().signal("promise_broken")
    playbook = pack().playbook(signal.playbook)
    assert (playbook.hold_out, playbook.must) == (False, True)


def test_the_night_ends_what_nobody_agreed_to(cast, zhang):
    dear = promising.make_promise(cast.siyuan, zhang.pk, "免工时费", DAY + timedelta(2), amount_cents=50_000)
    promising.break_overdue(DAY + timedelta(2))
    dear.refresh_from_db()
    assert dear.state == "open"
    assert promising.break_overdue(DAY + timedelta(3)) == 0
    dear.refresh_from_db()
    assert (dear.state, dear.settled_by, bool(dear.note)) == ("dropped", None, True)
    assert Notice.objects.get(user=cast.siyuan).key == "promise.lapsed"


@pytest.mark.parametrize(
    ("card", "way"),
    [
        ({"channel": "wechat", "wechat": "shuyuan-z", "phone": "13800001234"}, "wechat"),
        ({"channel": "wechat", "phone": "13800001234"}, "phone"),
        ({"channel": "sms", "phone": "13800001234"}, "sms"),
        ({"wechat": "shuyuan-z"}, "wechat"),
        ({"channel": "visit", "phone": "13800001234"}, "phone"),
        ({"channel": "wechat", "wechat": "shuyuan-z", "phone": "13800001234", "do_not_contact": True}, "wechat"),
        ({}, "phone"),
    ],
    ids=["wished", "not-on-the-card", "text", "no-telephone", "no-journey", "quiet", "nothing-known"],
)
def test_it_goes_the_way_the_customer_likes(cast, card, way):
    kept = cast.customer("K000009", **card)
    made = promising.make_promise(cast.siyuan, kept.pk, "发报价", DAY)
    assert waiting(made).channel == way
    assert waiting(promising.renegotiate(cast.siyuan, made.pk, DAY + timedelta(3))).channel == way


def test_queries_do_not_grow(cast, django_assert_max_num_queries):
    for n in range(12):
        kept = cast.customer(f"K1000{n:02}")
        promising.make_promise(cast.siyuan, kept.pk, f"第 {n} 件", DAY)
    with django_assert_max_num_queries(15):
        assert len(today(cast.siyuan, DAY).must) == 12


def test_dates_are_plain_days(made):
    assert isinstance(made.due_on, date)
