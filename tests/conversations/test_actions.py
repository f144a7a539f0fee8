"""What is noted beside a script: kept before the outcome, counted with it, and gone from the counts when that is taken back."""

from datetime import timedelta

import pytest

from liuke.audit.models import AuditEntry
from liuke.conversations import queries
from liuke.conversations.actions import Talk, note, see_chance, see_chance_in
from liuke.conversations.models import Conversation, StepNote
from liuke.conversations.needs import record_need
from liuke.customers.models import Customer
from liuke.interactions import actions as interactions
from liuke.kernel.refusal import Refused
from liuke.work.actions import finish, plan, undo
from liuke.work.models import Task
from tests.threads import at_once
from tests.work.cast import DAY, NOON

ANSWERS = (("别再打了",), ("外面便宜", "没时间"), ("多少钱",), ())


@pytest.fixture
def task(cast) -> Task:
    cast.absent("K001", 500_000)
    plan(DAY)
    return Task.objects.get()


@pytest.fixture
def talk(task) -> Talk:
    return Talk(task.pk, task.customer_id, task.playbook, "retention", ANSWERS)


def kept() -> list[tuple[int, bool, list[str], str]]:
    return list(StepNote.objects.order_by("step").values_list("step", "done", "took", "said"))


def span(user, **asked):
    return queries.results(user, DAY - timedelta(30), DAY + timedelta(1), **asked)


def test_a_step_is_kept_as_a_draft_and_replaced_when_it_is_noted_again(cast, talk):
    before = AuditEntry.objects.count()
    note(cast.siyuan, talk, 1, said="在开车", done=True)
    note(cast.siyuan, talk, 2, took=["没时间"], said="下周再说")
    held = note(cast.siyuan, talk, 2, took=["外面便宜", "外面便宜"], said="  外面\n便宜 200 ", done=True)
    assert kept() == [(1, True, [], "在开车"), (2, True, ["外面便宜"], "外面 便宜 200")]
    assert (held.furthest, held.outcome, held.task, held.scenario, held.unit) == (2, "", talk.task, "retention", cast.store)
    assert Conversation.objects.get().furthest == 2
    assert AuditEntry.objects.count() == before, "a draft is nobody's business"
    assert span(cast.siyuan) == []


def test_a_step_taken_back_no_longer_counts_as_reached(cast, talk):
    note(cast.siyuan, talk, 3, done=True)
    assert note(cast.siyuan, talk, 3).furthest == 0


@pytest.mark.parametrize(
    ("step", "took", "said", "code"),
    [(0, [], "", "talk.step"), (5, [], "", "talk.step"), (1, ["外面便宜"], "", "talk.answer"), (4, ["多少钱"], "", "talk.answer"),
     (1, [], "长" * 301, "text.too_long"), (1, [], "a\x00", "text.nul")],
)  # fmt: skip
def test_what_the_script_does_not_know_is_refused(cast, talk, step, took, said, code):
    with pytest.raises(Refused) as refused:
        note(cast.siyuan, talk, step, took=took, said=said, done=True)
    assert refused.value.code == code
    assert not StepNote.objects.exists()


def test_only_for_who_may_and_sees_the_customer(cast, talk):
    with pytest.raises(Refused):
        note(cast.wentao, talk, 1, done=True)
    with pytest.raises(Customer.DoesNotExist):
        note(cast.xiaomei, talk, 1, done=True)
    other = cast.customer("K009", owner=cast.xiaomei, unit=cast.other)
    note(cast.siyuan, talk, 1, done=True)
    with pytest.raises(Customer.DoesNotExist):  # the number of somebody else's task with an own customer
        note(cast.xiaomei, Talk(talk.task, other.pk), 1, done=True)
    assert kept() == [(1, True, [], "")]


def test_the_outcome_takes_the_notes_with_it_and_its_undo_gives_them_back(cast, task, talk):
    for step in (1, 2, 3):
        note(cast.siyuan, talk, step, done=True)
    need = record_need(cast.siyuan, task.customer_id, "想要个能看进度的地方", talk=talk)
    see_chance(cast.siyuan, talk, "yes")
    result = finish(cast.siyuan, task.pk, "reached", now=NOON)
    held = Conversation.objects.get()
    assert (held.outcome, held.on, held.interaction, held.by, held.furthest) == ("reached", DAY, result.interaction, cast.siyuan, 3)
    need.refresh_from_db()
    assert need.interaction == result.interaction
    (line,) = span(cast.siyuan)
    assert (line.key, line.funnel.talks, line.funnel.reached, line.chances, line.asked) == (task.playbook, 1, (1, 1, 1, 0), 1, 1)

    undo(cast.siyuan, result.pk)
    held.refresh_from_db()
    need.refresh_from_db()
    assert (held.outcome, held.on, held.interaction, need.interaction) == ("", None, None, None)
    assert len(kept()) == 3 and span(cast.siyuan) == []
    finish(cast.siyuan, task.pk, "refused", now=NOON)
    assert span(cast.siyuan)[0].funnel.talks == 1


def test_a_call_that_nobody_answered_is_no_conversation(cast, task, talk):
    note(cast.siyuan, talk, 1, said="响了很久")
    finish(cast.siyuan, task.pk, "not_reached", now=NOON)
    assert Conversation.objects.get().outcome == "not_reached"
    assert span(cast.siyuan) == []


def test_nothing_noted_leaves_no_row(cast, task):
    finish(cast.siyuan, task.pk, "reached", now=NOON)
    assert not Conversation.objects.exists()


def test_what_is_mended_afterwards_is_on_the_log(cast, task, talk):
    note(cast.siyuan, talk, 1, done=True)
    finish(cast.siyuan, task.pk, "reached", now=NOON)
    note(cast.siyuan, talk, 2, said="说过要想想", done=True)
    assert Conversation.objects.get().furthest == 2
    entry = AuditEntry.objects.get(verb="talk.mend")
    assert entry.detail == {"talk": Conversation.objects.get().pk, "step": 2, "done": True}


def test_a_chance_in_a_contact_without_a_task_is_kept_and_goes_with_it(cast):
    customer = cast.customer("K001")
    contact = interactions.record(cast.siyuan, customer.pk, "in_store", "reached", at=NOON)
    made = see_chance_in(cast.siyuan, contact, "no")
    assert (made.chance, made.task, made.interaction) == ("no", None, contact)
    with pytest.raises(Refused):
        see_chance_in(cast.siyuan, contact, "perhaps")
    assert span(cast.siyuan) == [], "no step is counted without a script"


def test_results_by_playbook_unit_and_person_are_those_one_may_see(cast):
    people = ((cast.siyuan, "K001", cast.store, 2), (cast.siyuan, "K002", cast.store, 4), (cast.xiaomei, "K003", cast.other, 0))
    for user, number, unit, step in people:
        customer = cast.absent(number, owner=user, unit=unit)
        plan(DAY)
        task = Task.objects.get(customer=customer)
        talk = Talk(task.pk, customer.pk, task.playbook, "retention", ANSWERS)
        note(user, talk, step or 1, done=bool(step))
        finish(user, task.pk, "reached", now=NOON)

    def told(user, by):
        return [(line.name or line.key, line.funnel.talks, line.funnel.reached) for line in span(user, by=by)]

    assert told(cast.hejing, "person") == [("陈思远", 2, (2, 2, 1, 1)), ("周晓梅", 1, (0, 0, 0, 0))]
    assert told(cast.hejing, "unit") == [("杭州滨江店", 2, (2, 2, 1, 1)), ("杭州西湖店", 1, (0, 0, 0, 0))]
    assert told(cast.hejing, "playbook") == [("overdue_visit", 3, (2, 2, 1, 1))]
    assert told(cast.xiaomei, "playbook") == [("overdue_visit", 1, (0, 0, 0, 0))]
    assert told(cast.linqian, "playbook") == [], "of colleagues' conversations an agent sees none"

    def listed(user, **asked):
        return [talk.customer.number for talk in queries.listed(user, DAY, DAY, **asked)]

    assert sorted(listed(cast.hejing)) == ["K001", "K002", "K003"]
    assert listed(cast.hejing, by="person", key=str(cast.siyuan.pk), least=3) == ["K002"]
    assert listed(cast.hejing, stopped=0) == ["K003"]
    assert listed(cast.siyuan, by="unit", key=str(cast.other.pk)) == []


def test_of_a_hundred_conversations_as_many_queries_as_of_three(cast, django_assert_num_queries):
    def some(first, last):
        for n in range(first, last):
            customer = cast.customer(f"C{n}")
            contact = interactions.record(cast.siyuan, customer.pk, "phone", "reached", at=NOON)
            held = Conversation.objects.create(
                customer=customer, task=n, playbook=f"p{n % 4}", by=cast.siyuan, unit=cast.store, outcome="reached", on=DAY,
                furthest=n % 5, interaction=contact,
            )  # fmt: skip
            StepNote.objects.create(conversation=held, step=1, by=cast.siyuan)

    some(1, 4)
    with django_assert_num_queries(2):
        assert len(span(cast.hejing, by="person")) == 1
    some(4, 60)
    with django_assert_num_queries(2):
        span(cast.hejing, by="person")
    with django_assert_num_queries(2):
        assert len([list(talk.steps.all()) for talk in queries.listed(cast.hejing, DAY, DAY)]) == 59


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_conversation(cast):
    customer = cast.customer("K001")
    talk = Talk(77, customer.pk, "overdue_visit", "retention", ANSWERS)
    at_once(
        lambda: note(cast.siyuan, talk, 1, said="第一句", done=True),
        lambda: note(cast.siyuan, talk, 2, said="第二句", done=True),
        lambda: note(cast.siyuan, talk, 3, said="第三句", done=True),
    )
    held = Conversation.objects.get()
    assert held.furthest == 3 and [row[0] for row in kept()] == [1, 2, 3]
