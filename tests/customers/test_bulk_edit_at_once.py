"""Two people who change many cards at once: one is done, the other is told; nothing is half done."""

import pytest

from liuke.audit.actions import verify
from liuke.customers.actions import edit
from liuke.customers.bulk_edit import Moved, ask, preview, undo, work_off
from liuke.customers.models import BulkEdit, BulkEditRow, Customer, FieldChange
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card
from tests.threads import at_once, times

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast():
    return assemble()


def many(cast, n=30):
    return [card(cast.chen, f"客户{place}", source="网上").pk for place in range(n)]


def test_of_two_changes_of_one_field_the_second_is_told(cast):
    ids = many(cast)
    seals = [preview(cast.he, ids, "source", "展会").seal, preview(cast.zhao, ids, "source", "路过").seal]
    done = at_once(lambda: ask(cast.he, ids, "source", "展会", seal=seals[0]), lambda: ask(cast.zhao, ids, "source", "路过", seal=seals[1]))
    assert sorted(type(one).__name__ for one in done) == ["BulkEdit", "Moved"]
    made = BulkEdit.objects.get()
    assert set(Customer.objects.values_list("source", "version")) == {(made.value, 2)}
    assert FieldChange.objects.count() == BulkEditRow.objects.count() == 30
    assert verify() is None


def test_two_changes_of_two_fields_are_both_done(cast):
    ids = many(cast)
    seals = [preview(cast.he, ids, "source", "展会").seal, preview(cast.zhao, ids, "region", "滨江").seal]
    done = at_once(lambda: ask(cast.he, ids, "source", "展会", seal=seals[0]), lambda: ask(cast.zhao, ids, "region", "滨江", seal=seals[1]))
    assert [one.state for one in done] == ["done", "done"]
    assert set(Customer.objects.values_list("source", "region", "version")) == {("展会", "滨江", 3)}


def test_an_undo_pressed_twice_is_one(cast):
    ids = many(cast)
    made = ask(cast.he, ids, "source", "展会", seal=preview(cast.he, ids, "source", "展会").seal)
    done = at_once(lambda: undo(cast.he, made.pk), lambda: undo(cast.zhao, made.pk))
    refused = [one for one in done if isinstance(one, Refused)]
    assert [one.code for one in refused] == ["bulk.undone"]
    assert set(Customer.objects.values_list("source", "version")) == {("网上", 3)}


def test_two_workers_at_one_change_do_it_once(cast, monkeypatch):
    monkeypatch.setattr("liuke.customers.bulk_edit.AT_ONCE", 2)
    ids = many(cast)
    made = ask(cast.he, ids, "source", "展会", seal=preview(cast.he, ids, "source", "展会").seal)
    done = at_once(lambda: work_off(made.pk), lambda: work_off(made.pk))
    assert sorted(one is None for one in done) == [False, True]
    assert FieldChange.objects.count() == 30
    assert set(Customer.objects.values_list("version", flat=True)) == {2}


def test_who_edits_a_card_meanwhile_waits_and_nothing_is_lost(cast):
    ids = many(cast)
    seal = preview(cast.he, ids, "source", "展会").seal
    own = times(10, lambda turn: edit(cast.chen, ids[3], {"hobbies": f"钓鱼{turn}"}, 1000))
    made, problems = at_once(lambda: ask(cast.he, ids, "source", "展会", seal=seal), own)
    assert isinstance(made, BulkEdit) and problems == []
    kept = Customer.objects.get(pk=ids[3])
    assert (kept.source, kept.hobbies, kept.version) == ("展会", "钓鱼9", 12)
    assert not isinstance(made, Moved)
    assert verify() is None
