"""One complaint from the first word to its end, and everything that keeps it from ending."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from liuke.audit.models import AuditEntry
from liuke.complaints import agreeing, classifying, closing, entering, handling, receiving
from liuke.complaints.keeping import late
from liuke.complaints.models import Agreement, CallBack, CaseNote, Complaint, ComplaintNeed, ComplaintStep
from liuke.customers.models import Event
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.promises.models import Promise
from liuke.work import promising
from liuke.work.models import Task
from tests.complaints.conftest import NOON, classified, enter, tick, told

CHINA = ZoneInfo("Asia/Shanghai")


def state():
    """All that a refusal may not change."""
    rows = [list(model.objects.order_by("pk").values()) for model in (Complaint, ComplaintStep, Agreement, CallBack, ComplaintNeed)]
    return rows, CaseNote.objects.count(), Promise.objects.count(), Event.objects.count(), AuditEntry.objects.count(), Task.objects.count()


def refuse(code, act):
    before = state()
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.code == code
    assert state() == before
    return refused.value


def at(text):
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=CHINA)


def test_it_is_taken_down(cast, xu):
    made = enter(cast, xu, received_at=at("20T11:30"))
    assert (made.number, made.title, made.severity, made.stage) == ("TS-261120-01", "变速箱异响，修了三次还响", "ordinary", "accept")
    assert (made.owner, made.received_by, made.unit) == (cast.linqian, cast.linqian, cast.store)
    assert (made.answer_due, made.resolve_due) == (at("20T13:30"), at("25T18:00"))
    assert made.steps.count() == 13 and made.classifications.count() == 5
    task = Task.objects.get()
    assert (task.kind, task.about, task.about_id, task.assignee, task.must, task.asked) == (
        "complain", "complaints.complaint", made.pk, cast.linqian, True, True,
    )  # fmt: skip
    assert enter(cast, xu, text="又来了").number == "TS-261120-02"
    assert enter(cast, xu, text="去年的", received_at=at("19T09:00")).number == "TS-261119-01"


def test_written_down_late_the_clock_has_run_from_the_receipt(cast, xu):
    made = enter(cast, xu, received_at=at("19T17:30"))
    assert made.answer_due == at("20T10:30") < NOON


def test_from_call_to_closed(cast, xu, noon):
    made = told(cast, enter(cast, xu))
    assert (made.stage, made.told_at, made.answered_at) == ("follow_up", NOON, NOON)
    promise = Promise.objects.get()
    assert (promise.customer, promise.about, promise.due_on, promise.keeper) == (
        xu,
        "complaints.agreement",
        date(2026, 11, 21),
        cast.linqian,
    )
    back = CallBack.objects.get()
    assert back.due_on == date(2026, 11, 23)
    assert Task.objects.open().get(about="complaints.callback").due_on == back.due_on
    assert not Task.objects.open().filter(about="complaints.complaint").exists()
    noon.shift(timedelta(days=3))
    assert "“换阀体总成”" in str(refuse("complaint.promise_open", lambda: tick(cast.linqian, made, "follow_up")))
    closing.call_back(cast.linqian, made.pk, True, words="修好了")
    for need in ComplaintNeed.objects.filter(complaint=made):
        classifying.judge_need(cast.linqian, need.pk, True)
    closing.decide_cause(cast.linqian, made.pk, root_cause="同批次阀体", decision="improve", why="第 3 例")
    refuse("complaint.open_ends", lambda: closing.close(cast.linqian, made.pk))
    promising.settle(cast.linqian, promise.pk, True)
    tick(cast.linqian, made, "follow_up")
    done = closing.close(cast.linqian, made.pk)
    assert (done.closed_by, done.closed_at) == (cast.linqian, NOON + timedelta(days=3))
    assert not Task.objects.open().exists()
    refuse("complaint.closed_promise", lambda: promising.reopen(cast.linqian, promise.pk))
    refuse("complaint.closed", lambda: handling.note(cast.linqian, made.pk, "还有一句"))


LACKS = {
    "axes": lambda cast, row: classifying.unconfirm(cast.linqian, row.pk, "purpose"),
    "pending": lambda cast, row: Agreement.objects.create(
        complaint=row, text="延保", due_on=date(2026, 12, 1), keeper=cast.linqian, by=cast.linqian, at=NOON
    ),
    "promises": lambda cast, row: promising.reopen(cast.linqian, Promise.objects.get().pk),
    "call_back": lambda cast, row: closing.undo_call_back(cast.linqian, row.pk),
    "needs": lambda cast, row: classifying.add_need(cast.linqian, row.pk, "emotional", "heard", words="根本不听"),
    "steps": lambda cast, row: handling.add_step(cast.linqian, row.pk, "follow_up", "把旧件寄给他"),
    "cause": lambda cast, row: Complaint.objects.filter(pk=row.pk).update(root_cause=""),
    "decided": lambda cast, row: Complaint.objects.filter(pk=row.pk).update(decision=""),
}


def ready(cast, xu):
    """All that closing asks for."""
    made = told(cast, enter(cast, xu))
    promising.settle(cast.linqian, Promise.objects.get().pk, True)
    tick(cast.linqian, made, "follow_up")
    closing.call_back(cast.linqian, made.pk, True, words="问过了")
    for need in ComplaintNeed.objects.filter(complaint=made):
        classifying.judge_need(cast.linqian, need.pk, False)
    return closing.decide_cause(cast.linqian, made.pk, root_cause="同批次阀体", decision="none", why="件已换代")


@pytest.mark.parametrize("lack", LACKS)
def test_nothing_closes_it_while_anything_is_open(cast, xu, lack):
    made = ready(cast, xu)
    assert closing.lacking(made) == []
    LACKS[lack](cast, made)
    assert lack in [each.code for each in closing.lacking(Complaint.objects.get(pk=made.pk))]
    refuse("complaint.open_ends", lambda: closing.close(cast.linqian, made.pk))


def test_first_the_feelings_then_the_matter(cast, xu):
    made = enter(cast, xu)
    ask = lambda: agreeing.propose(cast.linqian, made.pk, "免工时费", NOON.date())  # noqa: E731
    refuse("complaint.feelings_first", ask)
    steps = ComplaintStep.objects.filter(complaint=made, stage="accept")
    for step in steps[:3]:
        handling.tick(cast.linqian, step.pk)
    refuse("complaint.feelings_first", ask)
    refuse("complaint.feelings_first", lambda: closing.tell_solution(cast.linqian, made.pk))
    more = handling.add_step(cast.linqian, made.pk, "resolve", "问仓库有没有件")
    refuse("complaint.feelings_first", lambda: handling.tick(cast.linqian, more.pk))
    handling.tick(cast.linqian, steps[3].pk)
    ask()
    refuse("complaint.relied_on", lambda: handling.untick(cast.linqian, steps[3].pk))


def test_the_solution_needs_his_word(cast, xu):
    made = enter(cast, xu)
    tick(cast.linqian, made, "accept")
    refuse("complaint.no_agreement", lambda: closing.tell_solution(cast.linqian, made.pk))
    one = agreeing.propose(cast.linqian, made.pk, "免工时费", NOON.date())
    refuse("complaint.pending", lambda: closing.tell_solution(cast.linqian, made.pk))
    agreeing.decline(cast.linqian, one.pk)
    refuse("complaint.no_agreement", lambda: closing.tell_solution(cast.linqian, made.pk))


def test_not_content_opens_it_again(cast, xu, noon):
    made = told(cast, enter(cast, xu))
    noon.shift(timedelta(days=3))  # Monday, noon
    back = closing.call_back(cast.linqian, made.pk, False, words="又响了")
    assert (back.turn, back.stage, back.told_at, back.satisfied, back.resolve_due) == (1, "resolve", None, False, at("26T18:00"))
    assert Task.objects.open().filter(about="complaints.complaint", assignee=cast.linqian).count() == 1
    assert not Task.objects.open().filter(about="complaints.callback").exists()
    assert Notice.objects.filter(key="complaint.reopened", user=cast.hejing).count() == 1
    refuse("complaint.no_agreement", lambda: closing.tell_solution(cast.linqian, made.pk))
    one = agreeing.propose(cast.linqian, made.pk, "换变速箱", date(2026, 11, 25))
    agreeing.agree(cast.linqian, one.pk)
    refuse("complaint.begun_again", lambda: closing.undo_reopened(cast.linqian, made.pk))
    again = closing.tell_solution(cast.linqian, made.pk)
    assert CallBack.objects.filter(complaint=again).count() == 2


def test_opening_it_again_is_taken_back_as_if_it_had_never_been(cast, xu, noon):
    made = told(cast, enter(cast, xu))
    promising.settle(cast.linqian, Promise.objects.get().pk, True)
    handling.tick(cast.linqian, made.steps.get(key="see_through").pk, note="打了两次电话")
    closing.decide_cause(cast.linqian, made.pk, root_cause="同批次阀体", decision="improve", why="第 3 例")
    noon.shift(timedelta(days=3))

    def stands():
        return [list(model.objects.order_by("pk").values()) for model in (Complaint, ComplaintStep, Agreement, CallBack, ComplaintNeed)]

    asked = Task.objects.open().filter(about="complaints.callback").values_list("about_id", "due_on", "assignee")
    before, tasks = stands(), list(asked)
    closing.call_back(cast.linqian, made.pk, False, words="又响了")
    refuse("complaint.slip", lambda: closing.undo_reopened(cast.hejing, made.pk))
    closing.undo_reopened(cast.linqian, made.pk)
    assert stands() == before and list(asked.all()) == tasks != []
    assert not Notice.objects.unread().filter(key="complaint.reopened").exists()
    refuse("complaint.no_answer", lambda: closing.undo_reopened(cast.linqian, made.pk))
    closing.call_back(cast.linqian, made.pk, False, words="又响了")
    noon.shift(timedelta(days=1))
    refuse("complaint.slip", lambda: closing.undo_reopened(cast.linqian, made.pk))


def test_the_receipt_is_put_right_and_the_clocks_with_it(cast, xu, noon):
    made = enter(cast, xu)
    refuse("complaint.after_entry", lambda: receiving.set_received(cast.linqian, made.pk, at("20T12:30")))
    refuse("complaint.long_ago", lambda: receiving.set_received(cast.linqian, made.pk, at("18T11:00").replace(year=2025)))
    back = receiving.set_received(cast.linqian, made.pk, at("19T17:30"))
    assert (back.received_at, back.answer_due, back.resolve_due) == (at("19T17:30"), at("20T10:30"), at("24T18:00"))
    assert CaseNote.objects.get(kind="received").slots == {"was": NOON.isoformat(), "now": at("19T17:30").isoformat()}
    refuse("complaint.late_receipt", lambda: receiving.set_received(cast.linqian, made.pk, at("20T11:30")))  # makes a breach good
    receiving.set_received(cast.hejing, made.pk, at("20T11:30"))
    handling.answer(cast.linqian, made.pk, at=at("20T11:40"))
    refuse("complaint.after_answer", lambda: receiving.set_received(cast.linqian, made.pk, at("20T11:50")))


def test_an_answer_given_on_friday_is_written_down_on_sunday(cast, xu, noon):
    made = enter(cast, xu)
    noon.shift(timedelta(days=2))
    refuse("complaint.backdate", lambda: handling.answer(cast.linqian, made.pk, at=at("20T13:00")))
    refuse("complaint.when", lambda: handling.answer(cast.hejing, made.pk, at=at("20T11:59")))
    refuse("complaint.when", lambda: handling.answer(cast.hejing, made.pk, at=at("22T12:03")))
    assert not late(handling.answer(cast.hejing, made.pk, at=at("20T13:00")), NOON + timedelta(days=2))
    tick(cast.hejing, made, "accept", "clarify")
    classified(cast.hejing, made)
    agreeing.agree(cast.hejing, agreeing.propose(cast.hejing, made.pk, "换阀体总成", date(2026, 11, 25)).pk)
    refuse("complaint.told_before", lambda: closing.tell_solution(cast.hejing, made.pk, at=at("22T11:59")))
    assert closing.tell_solution(cast.hejing, made.pk, at=NOON + timedelta(days=2)).told_at == NOON + timedelta(days=2)


def test_a_closed_one_is_opened_again(cast, xu):
    made = ready(cast, xu)
    closing.close(cast.linqian, made.pk)
    refuse("complaint.why", lambda: closing.reopen(cast.linqian, made.pk, why=" "))
    back = closing.reopen(cast.linqian, made.pk, why="又来电话，还是响")
    assert (back.closed_at, back.turn, back.decision) == (None, 1, "")
    refuse("complaint.still_open", lambda: closing.reopen(cast.linqian, made.pk, why="再开"))


def test_paused_and_raised(cast, xu, noon):
    made = enter(cast, xu)
    noon.shift(timedelta(hours=1))
    stopped = handling.pause(cast.linqian, made.pk, "等他把车开来")
    assert (stopped.resolve_due, stopped.answer_due) == (None, made.answer_due)
    refuse("complaint.paused", lambda: handling.pause(cast.linqian, made.pk, "还在等"))
    refuse("complaint.not_paused", lambda: handling.undo_pause(cast.hejing, made.pk))  # another's slip is not his to wipe
    assert made.pauses.count() == 1
    noon.shift(timedelta(days=3))  # Monday 13:00: four hours of Friday afternoon less one, and four of Monday
    assert handling.resume(cast.linqian, made.pk).resolve_due == at("26T18:00")
    raised = handling.raise_to_severe(cast.linqian, made.pk, why="刹车失灵")
    assert (raised.severity, raised.resolve_due) == ("severe", at("24T13:00"))
    assert Event.objects.get().kind == "severe_complaint_opened"
    assert Notice.objects.filter(key="complaint.severe", user=cast.hejing).count() == 1
    refuse("permission", lambda: handling.lower(cast.linqian, made.pk, why="看错了"))
    back = handling.lower(cast.hejing, made.pk, why="看错了")
    assert (back.severity, back.resolve_due, Event.objects.count()) == ("ordinary", at("26T18:00"), 0)


def test_a_severe_one_leaves_its_facts_for_insight(cast, xu):
    made = enter(cast, xu, severity="severe")
    assert made.resolve_due == at("21T12:00")
    Complaint.objects.filter(pk=made.pk).update(severity="severe")
    told(cast, made)
    promising.settle(cast.linqian, Promise.objects.get().pk, True)
    tick(cast.linqian, made, "follow_up")
    closing.call_back(cast.hejing, made.pk, True, words="问过了", wished=True)
    for need in ComplaintNeed.objects.filter(complaint=made):
        classifying.judge_need(cast.linqian, need.pk, True)
    closing.decide_cause(cast.linqian, made.pk, root_cause="油管", decision="improve", why="召回过")
    closing.close(cast.linqian, made.pk)
    assert list(Event.objects.order_by("pk").values_list("kind", "on")) == [
        ("severe_complaint_opened", NOON.date()), ("severe_complaint_closed", NOON.date()),
    ]  # fmt: skip
    closing.undo_close(cast.linqian, made.pk)
    assert Event.objects.get().kind == "severe_complaint_opened"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": " \n​ "}, "complaint.empty"),
        ({"text": "😡😡😡"}, "complaint.empty"),
        ({"text": "字" * 50_001}, "text.too_long"),
        ({"received_at": at("20T12:10")}, "complaint.future"),
        ({"received_at": at("20T12:00") - timedelta(400)}, "complaint.long_ago"),
        ({"channel": "pigeon"}, "complaint.channel"),
        ({"severity": "fatal"}, "complaint.value"),
    ],
    ids=["blanks", "emoji-only", "too-long", "to-come", "long-ago", "channel", "severity"],
)
def test_what_is_no_complaint(cast, xu, fields, code):
    refuse(code, lambda: enter(cast, xu, **fields))


def test_fifty_thousand_characters_with_marks_of_html(cast, xu):
    text = "<b>车</b>坏了😡" * 4_000
    made = enter(cast, xu, text=text[:50_000])
    assert len(made.text) > 40_000 and made.title.startswith("车 坏了😡")


def test_sent_twice_it_is_one(cast, xu):
    first = enter(cast, xu, key="form-1")
    assert enter(cast, xu, key="form-1").pk == first.pk
    assert Complaint.objects.count() == 1


def test_a_slip_is_taken_back_the_same_day(cast, xu, noon):
    made = enter(cast, xu, severity="severe")
    entering.take_back(cast.linqian, made.pk)
    assert not Complaint.objects.visible_to(cast.linqian).exists()
    assert (Event.objects.count(), Task.objects.open().count()) == (0, 0)
    entering.put_back(cast.linqian, made.pk)
    assert (Event.objects.count(), Task.objects.open().count()) == (1, 1)
    handling.answer(cast.linqian, made.pk)
    refuse("complaint.begun", lambda: entering.take_back(cast.linqian, made.pk))


def test_confirming_all_five_ticks_its_step(cast, xu):
    made = enter(cast, xu)
    refuse("complaint.by_itself", lambda: handling.tick(cast.linqian, made.steps.get(key="classify").pk))
    classified(cast.linqian, made)
    assert made.steps.get(key="classify").done_at == NOON
    classifying.unconfirm(cast.linqian, made.pk, "purpose")
    assert made.steps.get(key="classify").done_at is None


def test_agreeing_ticks_its_step_once_nothing_is_left_open(cast, xu):
    made = enter(cast, xu)
    step = made.steps.get(key="solve")
    done = lambda: ComplaintStep.objects.get(pk=step.pk).done_at is not None  # noqa: E731
    refuse("complaint.by_itself", lambda: handling.tick(cast.linqian, step.pk))
    tick(cast.linqian, made, "accept")
    one = agreeing.propose(cast.linqian, made.pk, "换阀体", NOON.date())
    two = agreeing.propose(cast.linqian, made.pk, "免工时费", NOON.date())
    refuse("complaint.by_itself", lambda: handling.tick(cast.linqian, step.pk))  # while one waits, too
    agreeing.decline(cast.linqian, one.pk)
    assert not done()
    agreeing.agree(cast.linqian, two.pk)
    assert done()
    agreeing.restore(cast.linqian, one.pk)
    assert not done()
    agreeing.withdraw(cast.linqian, one.pk)
    assert done()
    agreeing.restore(cast.linqian, two.pk)
    agreeing.decline(cast.linqian, two.pk)
    assert not done()  # all settled, nothing agreed


def test_asked_before_its_day_only_in_his_own_words(cast, xu, noon):
    made = told(cast, enter(cast, xu))
    for content in (True, False):
        refuse("complaint.back_early", lambda content=content: closing.call_back(cast.linqian, made.pk, content, words=" "))
    noon.shift(timedelta(days=3))
    assert closing.call_back(cast.linqian, made.pk, True).satisfied  # on the day itself a yes will do


def test_a_promise_needs_a_card_before_anybody_is_asked(cast):
    made = enter(cast, stranger_name="赵先生", stranger_contact="13800001234")
    tick(cast.linqian, made, "accept")
    day = NOON.date() + timedelta(1)
    refuse("complaint.stranger", lambda: agreeing.propose(cast.linqian, made.pk, "退一半", day, amount_cents=500_000))
    assert not Notice.objects.filter(key="complaint.approve").exists()
    now = agreeing.propose(cast.linqian, made.pk, "当场赔个不是", NOON.date())
    assert agreeing.agree(cast.linqian, now.pk, done=True).state == "agreed"
