"""Organisations: contacts come, change, go and come back; a tree has no rings."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.audit.models import AuditEntry
from liuke.customers.fields import BadFields
from liuke.customers.history import entries, shown
from liuke.customers.models import Contact, Customer, FieldChange
from liuke.customers.organisations import (
    DEEPEST,
    MOST,
    add_contact,
    descendants,
    edit_contact,
    remove_contact,
    set_parent,
    undo_contact,
)
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
WANG = {"name": "王建国", "title": "采购经理", "phone": "138 1234 5678", "wechat": "wang_jg", "remarks": "下午好找"}


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def company(cast):
    return card(cast.chen, "杭州启明物流有限公司", "0571-88886666", kind="organisation")


@pytest.fixture
def person(cast):
    return card(cast.chen, "王建国", "13812345678")


def everything():
    models = (Customer, Contact, FieldChange, AuditEntry)
    return [list(model.objects.order_by("pk").values()) for model in models]


def refused(code, act, *args, error=Refused):
    before = everything()
    with pytest.raises(error) as told:
        act(*args)
    if error is Refused:
        assert told.value.code == code
    assert everything() == before
    return told.value


def stored(contact) -> tuple:
    contact.refresh_from_db()
    return contact.name, contact.title, contact.phone, contact.wechat, contact.remarks, contact.person_id


def test_a_contact_is_added_and_taken_back(cast, company, person):
    change = add_contact(cast.chen, company.pk, WANG | {"person": person.number})
    made = Contact.objects.get()
    assert stored(made) == ("王建国", "采购经理", "+8613812345678", "wang_jg", "下午好找", person.pk)
    assert (made.customer, Customer.objects.get(pk=company.pk).version) == (company, 2)
    assert (change.field, change.old) == ("contact", "")
    assert AuditEntry.objects.get().verb == "contact.add"
    assert "王建国" not in str(AuditEntry.objects.get().detail)
    undo_contact(cast.chen, change.pk)
    assert not Contact.objects.exists()
    assert [entry.verb for entry in AuditEntry.objects.order_by("seq")] == ["contact.add", "contact.undo"]


def test_an_empty_number_stays_and_a_word_takes_it_away(cast, company):
    add_contact(cast.chen, company.pk, WANG)
    made = Contact.objects.get()
    change = edit_contact(cast.chen, made.pk, {"name": "王建国", "title": "总经理", "phone": "", "wechat": "", "remarks": "", "person": ""})
    assert stored(made) == ("王建国", "总经理", "+8613812345678", "wang_jg", "", None)
    edit_contact(cast.chen, made.pk, {"phone": "无", "wechat": "无"})
    assert stored(made) == ("王建国", "总经理", "", "", "", None)
    assert edit_contact(cast.chen, made.pk, {"title": "总经理"}) is None
    assert change is not None
    refused("contact.moved", undo_contact, cast.chen, change.pk)


def test_a_change_is_taken_back_whole(cast, company):
    add_contact(cast.chen, company.pk, WANG)
    made = Contact.objects.get()
    before = stored(made)
    change = edit_contact(cast.chen, made.pk, {"name": "王建军", "phone": "13900001111"})
    undo_contact(cast.chen, change.pk)
    assert stored(made) == before
    refused("contact.moved", undo_contact, cast.chen, change.pk)


def test_who_was_removed_comes_back_as_he_was(cast, company, person):
    add_contact(cast.chen, company.pk, WANG | {"person": person.number})
    made = Contact.objects.get()
    before = stored(made)
    change = remove_contact(cast.he, made.pk)
    assert not Contact.objects.exists()
    undo_contact(cast.he, change.pk)
    assert stored(Contact.objects.get(pk=made.pk)) == before
    last = FieldChange.objects.order_by("-pk").first()
    assert (last.old, json.loads(last.new)["name"]) == ("", "王建国")
    assert Customer.objects.get(pk=company.pk).version == 4


def test_the_history_shows_no_numbers(cast, company):
    change = add_contact(cast.chen, company.pk, WANG)
    assert shown("contact", change.new) == "王建国，采购经理"
    told = [(entry.field, entry.old, entry.new, entry.standing) for entry in entries(company)]
    assert told == [("contact", "", "王建国，采购经理", False)]


@pytest.mark.parametrize(("typed", "field", "code"), [
    ({"name": " "}, "name", "contact.nameless"), ({"name": "王建国", "phone": "1380000"}, "phone", None),
    ({"name": "王建国", "phone": "13812345678/13900001111"}, "phone", "contact.phones"), ({"name": "长" * 201}, "name", "text.too_long"),
    ({"name": "王建国", "person": "K999999"}, "person", "contact.person_unknown"),
])  # fmt: skip
def test_wrong_fields_are_refused_beside_them(cast, company, typed, field, code):
    told = refused("", add_contact, cast.chen, company.pk, typed, error=BadFields)
    assert field in told.fields
    assert code is None or told.fields[field].code == code


def test_refusals_change_nothing(cast, company, person):
    refused("permission", add_contact, cast.xu, company.pk, WANG)
    refused("contact.kind", add_contact, cast.chen, person.pk, WANG)
    refused("", add_contact, cast.ding, company.pk, WANG, error=Customer.DoesNotExist)
    Contact.objects.bulk_create(Contact(customer=company, name=f"联系人{n}") for n in range(MOST))
    refused("contact.many", add_contact, cast.chen, company.pk, WANG)
    there = Contact.objects.first()
    refused("", edit_contact, cast.ding, there.pk, {"name": "别人"}, error=Contact.DoesNotExist)
    refused("", remove_contact, cast.ding, there.pk, error=Contact.DoesNotExist)
    refused("", remove_contact, cast.chen, 987_654_321, error=Contact.DoesNotExist)
    refused("", undo_contact, cast.chen, 987_654_321, error=FieldChange.DoesNotExist)


def test_a_card_out_of_sight_is_not_linked_and_a_link_to_one_stays(cast, company):
    far = card(cast.ding, "葛建华")
    told = refused("", add_contact, cast.chen, company.pk, WANG | {"person": far.number}, error=BadFields)
    assert told.fields["person"].code == "contact.person_unknown"
    there = Contact.objects.create(customer=company, person=far, name="葛建华")
    edit_contact(cast.chen, there.pk, {"title": "司机", "person": ""})
    assert stored(there)[5] == far.pk
    told = refused("", add_contact, cast.chen, company.pk, WANG | {"person": company.number}, error=BadFields)
    assert told.fields["person"].code == "contact.person_kind"


def organisations(cast, *names):
    return [card(cast.chen, name, kind="organisation") for name in names]


def test_a_parent_is_set_put_back_and_kept_in_the_history(cast, company):
    (group,) = organisations(cast, "启明集团")
    assert set_parent(cast.chen, company.pk, group.number) == ""
    company.refresh_from_db()
    assert (company.parent, company.version) == (group, 2)
    assert list(group.subsidiaries.all()) == [company]
    change = FieldChange.objects.get()
    assert (change.field, change.old, change.new) == ("parent", "", group.number)
    assert AuditEntry.objects.get().detail == {"old": None, "new": group.pk}
    assert set_parent(cast.chen, company.pk, group.number) == group.number  # the same again is no change
    assert AuditEntry.objects.count() == 1
    assert set_parent(cast.chen, company.pk, "") == group.number
    company.refresh_from_db()
    assert company.parent is None


def test_no_rings_no_self_no_people_no_strangers(cast, company, person):
    a, b, c = organisations(cast, "甲", "乙", "丙")
    set_parent(cast.chen, b.pk, a.number)
    set_parent(cast.chen, c.pk, b.number)
    far = card(cast.ding, "北京远方公司", kind="organisation")
    refused("parent.self", set_parent, cast.chen, a.pk, a.number)
    refused("parent.cycle", set_parent, cast.chen, a.pk, c.number)
    refused("parent.kind", set_parent, cast.chen, company.pk, person.number)
    refused("parent.kind", set_parent, cast.chen, person.pk, company.number)
    refused("parent.unknown", set_parent, cast.chen, company.pk, far.number)
    refused("parent.unknown", set_parent, cast.chen, company.pk, "K999999")
    refused("permission", set_parent, cast.xu, company.pk, a.number)
    refused("", set_parent, cast.ding, company.pk, far.number, error=Customer.DoesNotExist)


def test_a_ring_through_a_card_out_of_sight_is_seen(cast):
    a, b = organisations(cast, "甲", "乙")
    far = card(cast.ding, "北京远方公司", kind="organisation", parent=a)
    Customer.objects.filter(pk=b.pk).update(parent=far)
    refused("parent.cycle", set_parent, cast.chen, a.pk, b.number)


def test_a_tree_has_a_depth(cast):
    chain = organisations(cast, *[f"第{n}层" for n in range(DEEPEST + 1)])
    for above, below in pairwise(chain[:DEEPEST]):
        set_parent(cast.chen, below.pk, above.number)
    refused("parent.deep", set_parent, cast.chen, chain[DEEPEST].pk, chain[DEEPEST - 1].number)
    assert descendants([chain[0].pk]) == [one.pk for one in chain[1:DEEPEST]]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_whatever_is_asked_nobody_is_above_himself(moves):
    from django.db import transaction

    with transaction.atomic():
        cast = assemble()
        nodes = organisations(cast, *"甲乙丙丁戊己")
        for child, above in moves:
            try:
                set_parent(cast.chen, nodes[child].pk, nodes[above].number)
            except Refused as no:
                assert no.code in ("parent.self", "parent.cycle")
        for node in nodes:
            assert node.pk not in descendants([node.pk])
        transaction.set_rollback(True)
