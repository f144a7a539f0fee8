"""One answer each, and what follows from it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.customers.models import Event, FactChange
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.satisfaction import answering, links, settling, waves
from liuke.satisfaction.models import Answer, Invitation, OpenLink
from liuke.standing.models import Signal
from liuke.work.actions import plan
from liuke.work.models import Task
from tests.satisfaction.world import DAY, asked, bought, token, wave

GOOD = {"overall": ["5"], "staff": ["4"], "time": ["3"]}
LOW = {"overall": ["2"], "staff": ["4"], "words": ["没人告诉我要等多久"]}


def refused(act, *given) -> str:
    with pytest.raises(Refused) as said:
        act(*given)
    return said.value.code


def test_an_answer_becomes_a_fact_and_a_low_one_a_follow_up(cast):
    happy, sad = bought(cast.chen, "张书远"), bought(cast.chen, "王淑芬")
    wave(cast)
    answering.answer(answering.asked(token(happy)), GOOD)
    answering.answer(answering.asked(token(sad)), LOW)
    assert not Event.objects.exists() and not Task.objects.exists()
    done = settling.settle()
    assert (done.answers, done.facts, done.tasks) == (2, 2, 1)
    assert dict(Event.objects.values_list("customer__name", "value")) == {"张书远": 5, "王淑芬": 2}
    assert Event.objects.get(customer=sad).note == "没人告诉我要等多久"
    task = Task.objects.get()
    assert (task.kind, task.customer, task.assignee, task.due_on, task.must, task.asked) == (
        "survey",
        sad,
        cast.lin,
        DAY + timedelta(1),
        True,
        True,
    )
    assert task.about == "satisfaction.answer" and task.about_id == Answer.objects.get(low=True).pk
    assert set(FactChange.objects.values_list("customer__name", flat=True)) >= {"张书远", "王淑芬"}
    settling.settle()
    assert Task.objects.count() == 1 and Event.objects.count() == 2 and verify() is None


def test_the_link_is_kept_as_a_digest_only(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    link, row = token(one), asked(one)
    assert len(link) == 22 and link == token(one)
    assert link not in (row.digest, row.salt) and links.digest_of(link) == row.digest
    assert answering.asked(link).invitation == row
    for wrong in ("", "x" * 22, link[:-1], link + "a", row.digest, row.salt, "é" * 22):
        assert answering.asked(wrong) is None


def test_the_second_answer_is_told_and_not_kept(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    answering.answer(answering.asked(token(one)), GOOD)
    assert refused(answering.answer, answering.asked(token(one)), LOW) == "survey.answered"
    assert Answer.objects.get().values == {"overall": 5, "staff": 4, "time": 3}


def test_nothing_is_kept_of_what_is_refused(cast):
    one = bought(cast.chen, "张书远")
    made = wave(cast)
    found = answering.asked(token(one))
    assert refused(answering.answer, found, {"overall": ["11"]}) == "answer.scale"
    waves.close(cast.xu, made.pk)
    assert refused(answering.answer, answering.asked(token(one)), GOOD) == "survey.over"
    assert refused(answering.answer, found, GOOD) == "survey.over"  # it was open when the page was
    waves.reopen(cast.xu, made.pk)
    with time_machine.travel(datetime(2026, 12, 5, 4, tzinfo=UTC), tick=False):
        assert refused(answering.answer, answering.asked(token(one)), GOOD) == "survey.over"
    assert not Answer.objects.exists() and asked(one).answered_at is None


def test_a_stores_code_takes_one_answer_of_a_device(cast):
    made = wave(cast, drawn="open", count=None)
    codes = {link.unit.name: link for link in OpenLink.objects.select_related("unit")}
    assert set(codes) == {"杭州滨江店", "南京江宁店", "北京朝阳店"} and not Invitation.objects.exists()
    found = answering.asked(links.token_of(codes["杭州滨江店"]))
    answering.answer(found, LOW, "device one")
    assert refused(answering.answer, found, GOOD, "device one") == "survey.answered"
    assert refused(answering.answer, found, GOOD) == "survey.device"
    answering.answer(found, GOOD, "device two")
    assert Answer.objects.filter(wave=made, invitation=None, unit=cast.binjiang).count() == 2
    assert settling.settle().tasks == 0 and not Event.objects.exists()  # nobody knows who it was
    told = Notice.objects.get(key="survey.low_open")
    assert (told.user, told.slots) == (cast.lin, {"unit": "杭州滨江店", "n": 1})


def test_on_the_telephone_it_is_on_the_card_at_once(cast):
    one, far = bought(cast.chen, "张书远"), bought(cast.ding, "葛建华")
    wave(cast)
    made = answering.answer_by_phone(cast.chen, asked(one).pk, LOW)
    assert (made.via, made.by, made.low) == ("phone", cast.chen, True) and made.settled_at is not None
    assert Event.objects.get().by == cast.chen and Task.objects.get().customer == one
    with pytest.raises(Invitation.DoesNotExist):
        answering.answer_by_phone(cast.chen, asked(far).pk, GOOD)
    assert AuditEntry.objects.filter(verb="survey.by_phone").count() == 1


def test_on_the_telephone_nothing_jumped_over_is_thrown_away(cast):
    one = bought(cast.chen, "张书远")
    wave(cast, "recommend")
    sent = {"recommend": ["9"], "liked": ["0"], "why_not": ["2"]}
    with pytest.raises(Refused) as said:
        answering.answer_by_phone(cast.chen, asked(one).pk, sent)
    assert (said.value.code, said.value.slots["field"]) == ("answer.jumped", "why_not") and not Answer.objects.exists()
    made = answering.answer_by_phone(cast.chen, asked(one).pk, {**sent, "why_not": [""]})
    assert made.values == {"recommend": 9, "liked": 0}


def test_while_a_low_answer_is_followed_up_its_signal_opens_no_playbook(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    answering.answer(answering.asked(token(one)), LOW)
    settling.settle()
    Signal.objects.create(customer=one, key="satisfaction_low", severity=2, slots={}, started_on=DAY)
    plan(DAY)
    assert [task.kind for task in Task.objects.all()] == ["survey"]
    Task.objects.update(state="done")
    plan(DAY)
    assert [task.playbook for task in Task.objects.open()] == ["satisfaction_fell"]


def test_an_erased_person_gets_no_fact(cast):
    one = bought(cast.chen, "张书远")
    wave(cast)
    answering.answer(answering.asked(token(one)), LOW)
    one.extra, one.do_not_contact = {"erased": str(date(2026, 11, 20))}, True
    one.save()
    assert settling.settle().answers == 1 and not Event.objects.exists() and not Task.objects.exists()
