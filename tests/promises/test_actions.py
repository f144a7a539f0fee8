"""A promise is given, ends in one of its ways, and each of them can be taken back; what is refused changes nothing."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, Event
from liuke.kernel.refusal import Refused
from liuke.promises import actions, nightly
from liuke.promises.labels import State
from liuke.promises.models import Promise
from liuke.promises.queries import by_keeper, by_unit, counts, for_card, overdue_by_keeper, tally_of
from liuke.promises.rules import Tally
from liuke.team.queries import pack
from tests.threads import at_once

TODAY = date(2026, 11, 20)
MONDAY = TODAY + timedelta(3)


def give(cast, zhang, **fields):
    return actions.promise(
        fields.pop("actor", cast.siyuan), zhang.pk, fields.pop("text", "大灯几号到货"), fields.pop("due_on", MONDAY), **fields
    )


def everything():
    return (
        list(Promise.objects.order_by("pk").values()),
        list(Event.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
    )


def test_who_promised_what_until_when(cast, zhang):
    made = give(cast, zhang, about="work.task", about_id=7)
    assert (made.by, made.keeper, made.text, made.made_on, made.due_on, made.sure, made.state, made.certain_by) == (
        cast.siyuan, cast.siyuan, "大灯几号到货", TODAY, MONDAY, True, "open", None,
    )  # fmt: skip
    assert (made.about, made.about_id, made.approval) == ("work.task", 7, "")
    assert AuditEntry.objects.filter(verb="promise.make", object=zhang.pk).count() == 1


def test_not_sure_says_when_we_shall_know(cast, zhang):
    assert give(cast, zhang, sure=False).certain_by == MONDAY


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"due_on": TODAY - timedelta(1)}, "promise.past"),
        ({"due_on": TODAY + timedelta(400)}, "promise.far"),
        ({"text": " ​ "}, "promise.empty"),
        ({"text": "字" * 201}, "text.too_long"),
        ({"amount_cents": -1}, "promise.amount"),
        ({"amount_cents": 100_000_000_01}, "promise.amount"),
    ],
    ids=["yesterday", "beyond-a-year", "no-words", "too-many-words", "negative", "above-a-hundred-million"],
)
def test_what_cannot_be_promised(cast, zhang, fields, code):
    before = everything()
    with pytest.raises(Refused) as refused:
        give(cast, zhang, **fields)
    assert refused.value.code == code
    assert everything() == before


def test_to_whom_one_does_not_see_nothing_is_promised(cast, zhang):
    with pytest.raises(Customer.DoesNotExist):
        give(cast, zhang, actor=cast.xiaomei)
    with pytest.raises(Refused):
        give(cast, zhang, actor=cast.wentao)
    assert not Promise.objects.exists()


def test_the_same_word_is_given_once(cast, zhang):
    give(cast, zhang)
    with pytest.raises(Refused, match="已经答应过了"):
        give(cast, zhang)
    assert Promise.objects.count() == 1


@pytest.mark.parametrize(("after", "state"), [(0, "kept"), (3, "kept"), (4, "late"), (10, "late"), (11, "broken")])
def test_done_on_a_day(cast, zhang, noon, after, state):
    made = give(cast, zhang)
    noon.shift(timedelta(days=after))
    done = actions.settle(cast.siyuan, made.pk, True, note="到了，装好了")
    assert (done.state, done.settled_on, done.settled_by, done.note) == (state, TODAY + timedelta(after), cast.siyuan, "到了，装好了")
    assert Event.objects.filter(kind="promise_broken", customer=zhang).count() == (state == "broken")


def test_said_to_be_broken_leaves_its_event_and_takes_it_back(cast, zhang):
    made = give(cast, zhang)
    broken = actions.settle(cast.siyuan, made.pk, False)
    event = Event.objects.get()
    assert (broken.state, event.kind, event.on, broken.event) == ("broken", "promise_broken", TODAY, event.pk)
    back = actions.reopen(cast.siyuan, made.pk)
    assert (back.state, back.settled_on, back.settled_by, back.note, back.event) == ("open", None, None, "", None)
    assert not Event.objects.exists()


def test_an_earlier_day_is_written_by_the_supervisor_only(cast, zhang, noon):
    made = give(cast, zhang)
    noon.shift(timedelta(days=5))
    before = everything()
    with pytest.raises(Refused, match="请主管来记"):
        actions.settle(cast.siyuan, made.pk, True, on=MONDAY)
    with pytest.raises(Refused, match="答应那天和今天之间"):
        actions.settle(cast.hejing, made.pk, True, on=TODAY - timedelta(1))
    assert everything() == before
    assert actions.settle(cast.hejing, made.pk, True, on=MONDAY).state == "kept"


def test_another_day_agreed_in_time_is_a_promise_of_its_own(cast, zhang, noon):
    made = give(cast, zhang)
    noon.shift(timedelta(days=3))
    after = actions.renegotiate(cast.siyuan, made.pk, MONDAY + timedelta(4))
    made.refresh_from_db()
    assert (made.state, made.settled_on) == ("moved", MONDAY)
    assert (after.previous, after.due_on, after.text, after.state, after.made_on) == (
        made,
        MONDAY + timedelta(4),
        made.text,
        "open",
        MONDAY,
    )
    actions.reopen(cast.siyuan, made.pk)
    assert [(one.pk, one.state) for one in Promise.objects.open()] == [(made.pk, "open")]


def test_once_its_day_is_gone_it_is_late_all_the_same(cast, zhang, noon):
    made = give(cast, zhang)
    noon.shift(timedelta(days=4))
    before = everything()
    with pytest.raises(Refused, match="原来的日子2026-11-23已经过了，不算改期"):
        actions.renegotiate(cast.siyuan, made.pk, MONDAY + timedelta(9))
    assert everything() == before


def test_what_was_moved_and_then_kept_is_not_moved_back(cast, zhang):
    made = give(cast, zhang)
    after = actions.renegotiate(cast.siyuan, made.pk, MONDAY + timedelta(1))
    actions.settle(cast.siyuan, after.pk, True)
    before = everything()
    with pytest.raises(Refused, match="请先撤销那一件"):
        actions.reopen(cast.siyuan, made.pk)
    assert everything() == before


def test_a_sure_word_takes_the_place_of_one_that_was_not(cast, zhang):
    made = give(cast, zhang, sure=False)
    after = actions.make_sure(cast.siyuan, made.pk, MONDAY + timedelta(2))
    made.refresh_from_db()
    assert (made.state, after.sure, after.previous, after.due_on) == ("kept", True, made, MONDAY + timedelta(2))
    with pytest.raises(Refused, match="已经给过准话"):
        actions.make_sure(cast.siyuan, after.pk, MONDAY)


def test_not_wanted_any_more_counts_for_nothing(cast, zhang):
    made = give(cast, zhang)
    assert actions.withdraw(cast.siyuan, made.pk, note="自己买了").state == "dropped"
    assert tally_of(Promise.objects.standing(), TODAY, pack()) == Tally(dropped=1)
    assert actions.reopen(cast.siyuan, made.pk).state == "open"


def test_once_its_day_is_gone_only_the_supervisor_says_it_is_not_wanted(cast, zhang, noon):
    made, dear = give(cast, zhang), give(cast, zhang, text="送保养", amount_cents=50_000)
    noon.shift(timedelta(days=4))
    before = everything()
    with pytest.raises(Refused, match="2026-11-23已经过了：办了记办晚了") as refused:
        actions.withdraw(cast.siyuan, made.pk)
    assert refused.value.code == "promise.late_drop"
    assert everything() == before
    assert actions.withdraw(cast.hejing, made.pk).state == "dropped"
    assert actions.withdraw(cast.siyuan, dear.pk).state == "dropped", "it waits: it was never given"


def test_what_was_kept_and_is_opened_again_late_is_not_dropped_by_its_keeper(cast, zhang, noon):
    made = give(cast, zhang)
    actions.settle(cast.siyuan, made.pk, True)
    noon.shift(timedelta(days=30))
    actions.reopen(cast.siyuan, made.pk)
    with pytest.raises(Refused, match="请主管来记"):
        actions.withdraw(cast.siyuan, made.pk)


def test_a_slip_of_today_is_taken_back_by_who_made_it(cast, zhang, noon):
    made = give(cast, zhang)
    other = give(cast, zhang, text="送一瓶玻璃水")
    actions.take_back(cast.siyuan, made.pk)
    assert [one.pk for one in Promise.objects.standing()] == [other.pk]
    before = everything()
    with pytest.raises(Refused, match="当天可以撤销"):
        actions.take_back(cast.hejing, other.pk)
    noon.shift(timedelta(days=1))
    with pytest.raises(Refused, match="不用办了"):
        actions.take_back(cast.siyuan, other.pk)
    assert everything() == before


@pytest.mark.parametrize(
    "again",
    [
        lambda who, pk: actions.settle(who, pk, True),
        lambda who, pk: actions.settle(who, pk, False),
        lambda who, pk: actions.withdraw(who, pk),
        lambda who, pk: actions.renegotiate(who, pk, MONDAY + timedelta(1)),
        lambda who, pk: actions.take_back(who, pk),
    ],
    ids=["done", "broken", "dropped", "moved", "slip"],
)
def test_what_is_settled_stays_settled(cast, zhang, again):
    made = give(cast, zhang)
    actions.settle(cast.siyuan, made.pk, True)
    before = everything()
    with pytest.raises(Refused, match="已经有人了结了"):
        again(cast.siyuan, made.pk)
    assert everything() == before


def test_a_colleague_reads_it_and_leaves_it_alone(cast, zhang):
    made = give(cast, zhang)
    assert [one.pk for one in Promise.objects.visible_to(cast.linqian)] == [made.pk]
    before = everything()
    with pytest.raises(Promise.DoesNotExist):
        actions.settle(cast.linqian, made.pk, True)
    assert everything() == before
    assert not Promise.objects.visible_to(cast.xiaomei).exists()


# ── what it costs ────────────────────────────────────────────────────────────


def test_above_ones_limit_it_waits_and_is_not_given_yet(cast, zhang):
    made = give(cast, zhang, amount_cents=50_000)
    assert made.approval == "waiting"
    assert not Promise.objects.given().exists()
    before = everything()
    for act in (
        lambda: actions.settle(cast.siyuan, made.pk, True),
        lambda: actions.renegotiate(cast.siyuan, made.pk, MONDAY + timedelta(1)),
    ):
        with pytest.raises(Refused, match="还在等批"):
            act()
    assert everything() == before
    agreed = actions.decide(cast.hejing, made.pk, True)
    assert (agreed.approval, agreed.decided_by, agreed.state) == ("approved", cast.hejing, "open")
    assert actions.take_back_decision(cast.hejing, made.pk).approval == "waiting"


def test_a_no_ends_it_and_can_be_taken_back(cast, zhang):
    made = give(cast, zhang, amount_cents=50_000)
    no = actions.decide(cast.hejing, made.pk, False, note="太贵")
    assert (no.approval, no.state, no.note) == ("refused", "dropped", "太贵")
    with pytest.raises(Refused, match="上面没批"):
        actions.reopen(cast.siyuan, made.pk)
    back = actions.take_back_decision(cast.hejing, made.pk)
    assert (back.approval, back.state, back.settled_on, back.decided_by) == ("waiting", "open", None, None)


@pytest.mark.parametrize(
    ("who", "by", "cents", "match"),
    [
        ("siyuan", "siyuan", 50_000, "不能做这件事"),
        ("hejing", "hejing", 300_000, "自己答应的不能自己批"),
        ("hejing", "siyuan", 300_000, "超过您能批的金额"),
    ],
    ids=["no-right", "ones-own", "above-the-own-limit"],
)
def test_who_may_not_agree(cast, zhang, who, by, cents, match):
    made = give(cast, zhang, actor=getattr(cast, by), amount_cents=cents)
    before = everything()
    with pytest.raises(Refused, match=match):
        actions.decide(getattr(cast, who), made.pk, True)
    assert everything() == before


@pytest.mark.parametrize("agreed", [True, False], ids=["yes", "no"])
def test_who_has_to_keep_it_does_not_agree_to_it(cast, zhang, agreed):
    made = give(cast, zhang, amount_cents=50_000)
    Promise.objects.update(keeper=cast.hejing)
    before = everything()
    with pytest.raises(Refused, match="自己来办的不能自己批") as refused:
        actions.decide(cast.hejing, made.pk, agreed)
    assert refused.value.code == "promise.own"
    assert everything() == before
    assert actions.decide(cast.guoping, made.pk, agreed).decided_by == cast.guoping


def test_a_yes_to_a_day_that_is_gone_is_none(cast, zhang, noon):
    made = give(cast, zhang, amount_cents=50_000)
    noon.shift(timedelta(days=4))
    with pytest.raises(Refused, match="已经过去了"):
        actions.decide(cast.hejing, made.pk, True)
    assert actions.decide(cast.hejing, made.pk, False).state == "dropped"


def test_a_manager_has_no_limit(cast, zhang):
    assert give(cast, zhang, actor=cast.guoping, amount_cents=100_000_000_00).approval == ""


def test_two_settle_at_once(cast, zhang, transactional_db):
    made = give(cast, zhang)
    came = at_once(lambda: actions.settle(cast.siyuan, made.pk, True), lambda: actions.settle(cast.hejing, made.pk, False))
    assert sorted(type(one).__name__ for one in came) == ["Promise", "Refused"]
    winner = next(one for one in came if isinstance(one, Promise))
    assert Promise.objects.get().state == winner.state
    assert Event.objects.count() == (winner.state == "broken")


def test_two_decide_at_once(cast, zhang, transactional_db):
    made = give(cast, zhang, amount_cents=50_000)
    came = at_once(lambda: actions.decide(cast.hejing, made.pk, True), lambda: actions.decide(cast.guoping, made.pk, False))
    assert sorted(type(one).__name__ for one in came) == ["Promise", "Refused"]
    assert AuditEntry.objects.filter(verb__in=["promise.approve", "promise.refuse"]).count() == 1


# ── reading ──────────────────────────────────────────────────────────────────


def test_lists_and_rates_say_the_same(cast, zhang, noon):
    rows = [give(cast, zhang, text=f"第 {n} 件") for n in range(6)]
    noon.shift(timedelta(days=3))
    actions.settle(cast.siyuan, rows[0].pk, True)
    actions.settle(cast.siyuan, rows[1].pk, False)
    actions.withdraw(cast.siyuan, rows[2].pk)
    actions.renegotiate(cast.siyuan, rows[3].pk, MONDAY + timedelta(5))
    noon.shift(timedelta(days=1))
    actions.settle(cast.siyuan, rows[4].pk, True)
    today = MONDAY + timedelta(1)
    every = Promise.objects.visible_to(cast.siyuan)
    assert counts(every, today, pack()) == {"open": 2, "today": 0, "overdue": 1, "waiting": 0, "settled": 5}
    assert tally_of(every, today, pack()) == Tally(kept=1, late=1, broken=1, open=2, moved=1, dropped=1)
    assert [(one.name, one.tally.settled) for one in by_keeper(every, today, pack())] == [("陈思远", 3)]
    assert [(one.name, one.tally.settled) for one in by_unit(every, today, pack())] == [("杭州滨江店", 3)]
    opened, counted = for_card(cast.linqian, zhang.pk, today, pack())
    assert [one.due_on for one in opened] == [MONDAY, MONDAY + timedelta(5)]
    assert counted.settled == 3
    assert overdue_by_keeper([cast.siyuan.pk, cast.linqian.pk], today) == {cast.siyuan.pk: 1}


def test_the_night_breaks_what_nobody_did(cast, zhang, noon):
    give(cast, zhang)
    assert nightly.break_overdue(MONDAY + timedelta(7)) == []
    assert [one.customer_id for one in nightly.break_overdue(MONDAY + timedelta(8))] == [zhang.pk]
    assert nightly.break_overdue(MONDAY + timedelta(8)) == []
    found = Promise.objects.get()
    assert (found.state, found.settled_by, found.settled_on) == ("broken", None, MONDAY + timedelta(8))
    noon.shift(timedelta(days=12))
    with pytest.raises(Refused, match="请主管来改"):
        actions.reopen(cast.siyuan, found.pk)
    assert actions.reopen(cast.hejing, found.pk).state == "open"


def test_what_nobody_agreed_to_by_its_day_ends(cast, zhang):
    dear, given, day = give(cast, zhang, amount_cents=50_000), give(cast, zhang, text="送保养"), MONDAY + timedelta(1)
    assert nightly.lapse(MONDAY) == []
    assert nightly.lapse(day) == [dear]
    assert nightly.lapse(day) == []
    dear.refresh_from_db()
    given.refresh_from_db()
    assert (dear.state, dear.settled_by, dear.settled_on, dear.note) == ("dropped", None, day, "过了日子还没人批，作罢了。")
    assert given.state == "open"
    assert tally_of(Promise.objects.standing(), day, pack()) == Tally(open=1, dropped=1)
    assert not Event.objects.exists()
    assert AuditEntry.objects.filter(verb="promise.settle", object=zhang.pk).count() == 1


DEEDS = ["done", "broken", "drop", "move", "sure", "reopen", "yes", "no", "undecide", "night"]


class Ledger(RuleBasedStateMachine):
    """Whatever people do in whatever order, every promise given is in exactly one state, and all of them add up."""

    cast = zhang = noon = None

    @initialize()
    def empty(self):
        Promise.objects.all().update(previous=None)
        Promise.objects.all().delete()
        Event.objects.all().delete()
        self.given, self.slips, self.day = 0, 0, TODAY

    def try_(self, act, *args, **kwargs):
        before = everything()
        try:
            return act(*args, **kwargs)
        except Refused:
            assert everything() == before
            return None

    @rule(days=st.integers(-1, 9), cents=st.sampled_from([0, 50_000]), sure=st.booleans())
    def promise(self, days, cents, sure):
        made = self.try_(
            actions.promise, self.cast.siyuan, self.zhang.pk, f"第 {self.given} 件", self.day + timedelta(days),
            amount_cents=cents, sure=sure, today=self.day,
        )  # fmt: skip
        self.given += made is not None

    @rule(days=st.integers(1, 5))
    def time_passes(self, days):
        self.day += timedelta(days)

    @precondition(lambda self: self.given)
    @rule(pick=st.integers(0, 30), act=st.sampled_from(DEEDS))
    def act(self, pick, act):
        ids = list(Promise.objects.standing().order_by("pk").values_list("pk", flat=True))
        pk, who, boss = ids[pick % len(ids)], self.cast.siyuan, self.cast.hejing
        then = {"today": self.day}
        made = {
            "done": lambda: self.try_(actions.settle, who, pk, True, **then),
            "broken": lambda: self.try_(actions.settle, who, pk, False, **then),
            "drop": lambda: self.try_(actions.withdraw, who, pk, **then),
            "move": lambda: self.try_(actions.renegotiate, who, pk, self.day + timedelta(3), **then),
            "sure": lambda: self.try_(actions.make_sure, who, pk, self.day + timedelta(3), **then),
            "reopen": lambda: self.reopen(boss, pk),
            "yes": lambda: self.try_(actions.decide, boss, pk, True),
            "no": lambda: self.try_(actions.decide, boss, pk, False),
            "undecide": lambda: self.try_(actions.take_back_decision, boss, pk),
            "night": self.night,
        }[act]()
        self.given += act in ("move", "sure") and made is not None

    def night(self):
        nightly.break_overdue(self.day)
        nightly.lapse(self.day)

    def reopen(self, boss, pk):
        followed = Promise.objects.standing().filter(previous=pk).count()
        if self.try_(actions.reopen, boss, pk) is not None:
            self.given -= followed

    def teardown(self):
        if self.cast is None:
            return
        every = Promise.objects.standing()
        counted = tally_of(every, self.day, pack())
        assert counted.total == every.count() == self.given
        assert Event.objects.filter(kind="promise_broken").count() == every.filter(state=State.BROKEN).count()
        assert all((one.state == State.OPEN) == (one.settled_on is None) for one in every)


def test_nothing_that_was_promised_is_lost(cast, zhang):
    Ledger.cast, Ledger.zhang = cast, zhang
    run_state_machine_as_test(
        Ledger,
        settings=settings(max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )
