"""Several people at one card at once: they wait for each other, nobody fails, nothing is done twice."""

from datetime import timedelta

import pytest

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.customers import actions, handover
from liuke.customers.fields import BadFields
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event, FieldChange, Phone, Transfer, TransferRow
from liuke.customers.phones import with_number
from liuke.interactions.actions import record as record_contact
from liuke.interactions.labels import Outcome, Way
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card
from tests.threads import at_once, times

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 25


def edits(actor, kept, field="hobbies", word="钓鱼"):
    return times(TURNS, lambda turn: actions.edit(actor, kept.pk, {field: f"{word}{turn}"}, kept.version + turn))


@pytest.mark.only_db("pg")
def test_an_edit_and_a_contact_at_once():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    contact = times(TURNS, lambda turn: record_contact(cast.lin, kept.pk, Way.PHONE, Outcome.REACHED, f"第{turn}次"))
    assert at_once(edits(cast.chen, kept), contact) == [[], []]
    kept.refresh_from_db()
    assert (kept.hobbies, kept.version, Interaction.objects.count()) == ("钓鱼24", 26, TURNS)
    assert verify() is None


@pytest.mark.only_db("pg")
@pytest.mark.parametrize("field", ["hobbies", "number"])  # the number is a key of the row, which takes the stronger lock
def test_an_edit_and_an_event_at_once(field):
    cast = assemble()
    kept = card(cast.chen, "张书远")
    event = times(TURNS, lambda turn: actions.record_event(cast.lin, kept.pk, EventKind.NEED_MET, clock.today()))
    assert at_once(edits(cast.chen, kept, field, "A-"), event) == [[], []]
    kept.refresh_from_db()
    assert (getattr(kept, field), kept.version, Event.objects.count()) == ("A-24", 26, TURNS)
    assert verify() is None


def test_two_transfers_of_one_card_follow_each_other():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    first, second = at_once(
        lambda: handover.transfer(cast.he, [kept.pk], cast.zhou.pk), lambda: handover.transfer(cast.zhao, [kept.pk], cast.lin.pk)
    )
    assert isinstance(first, Transfer) and isinstance(second, Transfer), (first, second)
    kept.refresh_from_db()
    assert kept.version == 3
    # Whoever came second gave away the card of the first one's receiver, not once more that of 陈思远.
    moves = list(FieldChange.objects.order_by("version").values_list("version", "old", "new"))
    assert [version for version, _, _ in moves] == [2, 3]
    assert [moves[0][1], moves[0][2], moves[1][2]] == ["陈思远", moves[1][1], kept.owner.name]
    rows = {row.old_owner_id: row for row in TransferRow.objects.all()}
    assert set(rows) == {cast.chen.pk, rows[cast.chen.pk].new_owner_id}


def test_one_transfer_twice_at_once_is_one():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    results = at_once(*[lambda: handover.transfer(cast.he, [kept.pk], cast.zhou.pk)] * 2)
    [refused] = [each for each in results if isinstance(each, Exception)]
    assert isinstance(refused, Refused) and refused.code == "transfer.nothing"
    assert (Transfer.objects.count(), TransferRow.objects.count(), FieldChange.objects.count()) == (1, 1, 1)


def test_transfers_of_the_same_cards_in_another_order():
    cast = assemble()
    ids = [card(cast.chen, f"客户{place}").pk for place in range(40)]

    def back_and_forth(some, to):
        return times(10, lambda turn: handover.transfer(cast.he, some, to[turn % 2].pk))

    one, other = at_once(back_and_forth(ids, (cast.zhou, cast.lin)), back_and_forth(ids[::-1], (cast.lin, cast.zhou)))
    assert {getattr(each, "code", repr(each)) for each in one + other} <= {"transfer.nothing"}  # they are his already
    assert verify() is None


def test_a_transfer_and_its_undo_at_once():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    done = handover.transfer(cast.he, [kept.pk], cast.zhou.pk)
    on, back = at_once(lambda: handover.transfer(cast.zhao, [kept.pk], cast.lin.pk), lambda: handover.undo_transfer(cast.he, done.pk))
    assert isinstance(on, Transfer) and isinstance(back, handover.TakenBack), (on, back)
    kept.refresh_from_db()
    # Passed on first: it stayed. Undone first: it was passed on from 陈思远. 林倩 has it either way.
    assert (kept.owner, kept.unit) == (cast.lin, cast.binjiang)
    assert on.rows.get().old_owner == (cast.zhou if back.stayed else cast.chen)


def test_six_at_once_open_one_card_for_one_number():
    cast = assemble()
    people = [cast.chen, cast.zhou, cast.ding, cast.lin, cast.he, cast.zhao]
    results = at_once(*[lambda who=who: actions.create(who, {"name": "张书远", "phone": "13812345678"}) for who in people])
    refused = [each for each in results if isinstance(each, Refused)]
    assert [each.code for each in refused] == ["customer.known"] * 5, results
    assert (Customer.objects.count(), Phone.objects.count(), AuditEntry.objects.filter(verb="customer.create").count()) == (1, 1, 1)


def test_six_at_once_open_one_card_for_one_credit_code():
    cast = assemble()
    typed = {"name": "苏州佳禾物业", "kind": "organisation", "credit_code": "91330100799655058B"}
    results = at_once(*[lambda: actions.create(cast.chen, typed)] * 6)
    assert sum(isinstance(each, Customer) for each in results) == 1, results
    assert {each.code for each in results if isinstance(each, Exception)} == {"customer.known"}
    assert Customer.objects.count() == 1


def test_a_number_added_to_a_card_is_known_to_who_opens_one():
    cast = assemble()
    for turn in range(5):
        kept, phone = card(cast.chen, "张书远"), f"1391234567{turn}"
        edited, opened = at_once(
            lambda kept=kept, phone=phone: actions.edit(cast.chen, kept.pk, {"phone": phone}, 1),
            lambda phone=phone: actions.create(cast.zhou, {"name": "张三", "phone": phone}),
        )
        assert isinstance(edited, Customer), edited
        # Opened a moment before the edit, it was not known yet; else it is refused.
        assert isinstance(opened, Customer) or opened.code == "customer.known"
        assert Phone.objects.filter(with_number([f"+86{phone}"])).count() == 1 + isinstance(opened, Customer)


def test_six_at_once_use_one_customer_number():
    cast = assemble()
    results = at_once(*[lambda: actions.create(cast.chen, {"name": "张书远", "number": "C-1001"})] * 6)
    refused = [each for each in results if isinstance(each, Exception)]
    assert [isinstance(each, BadFields) and each.fields["number"].code for each in refused] == ["customer.number_taken"] * 5
    assert Customer.objects.count() == 1


def test_two_set_the_next_contact_while_one_edits():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    day = clock.today()
    planned = times(TURNS, lambda turn: actions.set_next_contact(cast.lin, kept.pk, day + timedelta(turn)))
    assert at_once(edits(cast.chen, kept), planned) == [[], []]
    kept.refresh_from_db()
    assert (kept.hobbies, kept.next_contact_on) == ("钓鱼24", day + timedelta(24))
