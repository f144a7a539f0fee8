"""A need and the facts insight reads say the same, whatever becomes of it, and back again."""

from datetime import date

import pytest

from liuke.audit.models import AuditEntry
from liuke.conversations import queries
from liuke.conversations.actions import Talk
from liuke.conversations.models import Conversation, Need
from liuke.conversations.needs import close_need, confirm_need, from_fact, record_need, reopen_need, withdraw_need
from liuke.customers.models import Customer, Event, FactChange
from liuke.interactions import actions as interactions
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from tests.threads import at_once


@pytest.fixture
def customer(cast) -> Customer:
    return cast.customer("K001")


def facts() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("pk").values_list("kind", "note"))


def state() -> list[tuple]:
    return list(Need.objects.order_by("pk").values_list("state", "confirmed", "how", "undone_at"))


def test_a_need_stands_on_the_card_in_the_customers_words(cast, customer):
    contact = interactions.record(cast.siyuan, customer.pk, "phone", "reached")
    need = record_need(cast.siyuan, customer.pk, " 想要  一个周末的工位 ", "unstated", confirmed=True, contact=contact)
    assert (need.words, need.kind, need.confirmed, need.interaction, need.by, need.on) == (
        "想要 一个周末的工位", "unstated", True, contact, cast.siyuan, clock.today(),
    )  # fmt: skip
    assert facts() == [("need_recorded", "想要 一个周末的工位")]
    assert FactChange.objects.filter(customer=customer).exists()
    assert queries.needs_of(customer) == [need]
    assert queries.open_needs([customer.pk]) == {customer.pk: [need]}


def test_met_says_how_and_is_a_fact_too_and_goes_back(cast, customer):
    need = record_need(cast.siyuan, customer.pk, "轮胎想便宜点")
    with pytest.raises(Refused) as refused:
        close_need(cast.siyuan, need.pk, "met", " ")
    assert refused.value.code == "need.how"
    closed = close_need(cast.linqian, need.pk, "met", "照三家比了价，装了")
    assert (closed.state, closed.how, closed.closed_by, closed.closed_on) == ("met", "照三家比了价，装了", cast.linqian, clock.today())
    assert facts() == [("need_recorded", "轮胎想便宜点"), ("need_met", "照三家比了价，装了")]
    back = reopen_need(cast.siyuan, need.pk)
    assert (back.state, back.how, back.closed_by, back.closed_on, back.met_event) == ("open", "", None, None, None)
    assert facts() == [("need_recorded", "轮胎想便宜点")]


def test_one_no_longer_wanted_is_no_unmet_need_and_goes_back_to_its_day(cast, customer):
    day = date(2026, 3, 5)
    need = record_need(cast.siyuan, customer.pk, "想装行车记录仪", on=day)
    closed = close_need(cast.siyuan, need.pk, "declined", "自己网上买了")
    assert (closed.state, facts(), closed.event) == ("declined", [], None)
    reopen_need(cast.siyuan, need.pk)
    assert list(Event.objects.values_list("kind", "on", "note")) == [("need_recorded", day, "想装行车记录仪")]
    need.refresh_from_db()
    assert need.event == Event.objects.get()


def test_what_was_recorded_by_mistake_is_taken_back_by_its_writer(cast, customer):
    need = record_need(cast.siyuan, customer.pk, "要发票")
    with pytest.raises(Need.DoesNotExist):
        withdraw_need(cast.hejing, need.pk)
    withdraw_need(cast.siyuan, need.pk)
    assert facts() == [] and queries.needs_of(customer) == []
    with pytest.raises(Need.DoesNotExist):
        withdraw_need(cast.siyuan, need.pk)
    assert Need.objects.count() == 1, "the row stays"
    record_need(cast.siyuan, customer.pk, "要发票")


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [("", "stated", "need.words"), ("  ", "stated", "need.words"), ("要", "other", "need.kind"), ("长" * 301, "stated", "text.too_long")],
)
def test_refused_and_nothing_changed(cast, customer, words, kind, code):
    with pytest.raises(Refused) as refused:
        record_need(cast.siyuan, customer.pk, words, kind)
    assert refused.value.code == code
    assert not Need.objects.exists() and facts() == [] and not AuditEntry.objects.exists()


def test_the_same_words_once_while_they_are_open(cast, customer):
    need = record_need(cast.siyuan, customer.pk, "要发票")
    with pytest.raises(Refused) as refused:
        record_need(cast.hejing, customer.pk, "要发票")
    assert refused.value.code == "need.twice"
    assert len(facts()) == 1
    close_need(cast.siyuan, need.pk, "met", "寄了")
    again = record_need(cast.siyuan, customer.pk, "要发票")
    with pytest.raises(Refused) as refused:
        reopen_need(cast.siyuan, need.pk)
    assert refused.value.code == "need.twice"
    need.refresh_from_db()
    assert (need.state, again.state) == ("met", "open")


def test_confirming_and_not(cast, customer):
    need = record_need(cast.siyuan, customer.pk, "要发票")
    assert confirm_need(cast.siyuan, need.pk).confirmed
    assert not confirm_need(cast.siyuan, need.pk, False).confirmed
    close_need(cast.siyuan, need.pk, "met", "寄了")
    with pytest.raises(Refused):
        confirm_need(cast.siyuan, need.pk)
    assert state() == [("met", False, "寄了", None)]


def test_needs_of_others_customers_are_not_there(cast, customer):
    need = record_need(cast.siyuan, customer.pk, "要发票")
    for act in (
        lambda: confirm_need(cast.xiaomei, need.pk),
        lambda: close_need(cast.xiaomei, need.pk, "met", "寄了"),
        lambda: reopen_need(cast.xiaomei, need.pk),
        lambda: withdraw_need(cast.xiaomei, need.pk),
    ):
        with pytest.raises(Need.DoesNotExist):
            act()
    with pytest.raises(Customer.DoesNotExist):
        record_need(cast.xiaomei, customer.pk, "别的")
    with pytest.raises(Refused):
        close_need(cast.wentao, need.pk, "met", "寄了")
    assert list(queries.needs(cast.xiaomei)) == [] and queries.need_counts(cast.xiaomei) == {}
    assert queries.need_counts(cast.hejing) == {"open": 1}
    assert state() == [("open", False, "", None)]


def test_a_need_told_as_a_fact_is_on_the_list_too(cast, customer):
    event = from_fact(cast.siyuan, customer.pk, "need_recorded", date(2026, 5, 4), "想换个大点的车")
    need = Need.objects.get()
    assert (need.words, need.on, need.event) == ("想换个大点的车", date(2026, 5, 4), event)
    met = from_fact(cast.siyuan, customer.pk, "need_met", clock.today(), "换了")
    need.refresh_from_db()
    assert (need.state, need.how, need.met_event) == ("met", "换了", met)
    assert from_fact(cast.siyuan, customer.pk, "need_met", clock.today(), "又一件") is None, "nothing is open: the card's own verb takes it"
    assert from_fact(cast.siyuan, customer.pk, "price_asked", clock.today(), "问价") is None
    assert from_fact(cast.siyuan, customer.pk, "need_recorded", clock.today(), "") is None


def test_heard_beside_a_script_it_belongs_to_that_conversation(cast, customer):
    need = record_need(cast.siyuan, customer.pk, "要发票", talk=Talk(12, customer.pk, "overdue_visit", "retention"))
    assert need.conversation == Conversation.objects.get(task=12)
    assert need.interaction is None


@pytest.mark.django_db(transaction=True)
def test_two_who_close_it_at_once(cast):
    customer = cast.customer("K001")
    need = record_need(cast.siyuan, customer.pk, "要发票")
    came = at_once(
        lambda: close_need(cast.siyuan, need.pk, "met", "寄了"),
        lambda: close_need(cast.hejing, need.pk, "declined", "不要了"),
    )
    assert [type(one) for one in came].count(Need) == 1
    assert [one.code for one in came if isinstance(one, Refused)] == ["need.closed"]
    closed = Need.objects.get()
    kinds = [kind for kind, _note in facts()]
    assert kinds == (["need_recorded", "need_met"] if closed.state == "met" else [])


@pytest.mark.django_db(transaction=True)
def test_two_who_record_the_same_at_once(cast):
    customer = cast.customer("K001")
    came = at_once(*[lambda: record_need(cast.siyuan, customer.pk, "要发票")] * 2)
    assert sorted(type(one).__name__ for one in came) == ["Need", "Refused"]
    assert len(facts()) == Need.objects.count() == 1
