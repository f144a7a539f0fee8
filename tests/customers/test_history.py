"""The history of a field and its undo: a reverse edit, or a refusal that says what stands now."""

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers import actions, history
from liuke.customers.models import Customer, FieldChange, Phone
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def kept(cast):
    return card(cast.chen, "张书远", "13800001234", hobbies="钓鱼")


def edit(actor, kept, **typed) -> FieldChange:
    kept.refresh_from_db()
    actions.edit(actor, kept.pk, typed, kept.version)
    return FieldChange.objects.order_by("-pk")[0]


def stored():
    return [list(model.objects.order_by("pk").values()) for model in (Customer, Phone, FieldChange, AuditEntry)]


def test_an_undo_is_a_reverse_edit(cast, kept):
    change = edit(cast.chen, kept, hobbies="下棋")
    history.undo(cast.he, change.pk)
    kept.refresh_from_db()
    assert (kept.hobbies, kept.version) == ("钓鱼", 3)
    told = [(e.field, e.old, e.new, e.by, e.standing) for e in history.entries(kept)]
    assert told == [("hobbies", "下棋", "钓鱼", "何静", True), ("hobbies", "钓鱼", "下棋", "陈思远", False)]
    last = AuditEntry.objects.order_by("-seq")[0]
    assert (last.verb, last.actor, last.detail["fields"]) == ("customer.edit_undo", cast.he.pk, ["hobbies"])


def test_what_was_changed_since_stays(cast, kept):
    change = edit(cast.chen, kept, hobbies="下棋")
    edit(cast.he, kept, hobbies="看书")
    before = stored()
    with pytest.raises(Refused) as caught:
        history.undo(cast.chen, change.pk)
    assert (caught.value.code, str(caught.value)) == ("history.moved", "爱好后来又改过，现在是看书，没有撤销。")
    assert stored() == before


def test_an_undo_twice_is_refused(cast, kept):
    change = edit(cast.chen, kept, hobbies="")
    history.undo(cast.chen, change.pk)
    before = stored()
    with pytest.raises(Refused, match="现在是钓鱼"):
        history.undo(cast.chen, change.pk)
    assert stored() == before


def test_numbers_come_back_in_their_order(cast, kept):
    edit(cast.chen, kept, phone="13900002222")
    change = edit(cast.chen, kept, phone="13700003333")
    assert history.entries(kept, "phone")[0].new == "137****3333、139****2222、138****1234"
    assert history.entries(kept, "phone", clear=True)[0].old == "139 0000 2222、138 0000 1234"
    history.undo(cast.chen, change.pk)
    kept.refresh_from_db()
    assert kept.phone == "+8613900002222"
    assert [row.number for row in Phone.objects.filter(customer=kept)] == ["+8613900002222", "+8613800001234"]


def test_a_moved_number_is_not_shown_in_the_refusal(cast, kept):
    change = edit(cast.chen, kept, phone="13900002222")
    edit(cast.chen, kept, phone="13700003333")
    with pytest.raises(Refused) as caught:
        history.undo(cast.chen, change.pk)
    assert "现在是137****3333、139****2222、138****1234" in str(caught.value)


def test_a_birthday_is_one_field(cast, kept):
    edit(cast.chen, kept, birthday="1985-8-15")
    edit(cast.chen, kept, birthday="农历9月23日")
    kept.refresh_from_db()
    [latest, first] = history.entries(kept, "birthday")
    assert (latest.old, latest.new) == ("1985年8月15日", "9月23日")
    assert (first.standing, latest.standing) == (False, True)
    history.undo(cast.chen, latest.id)
    kept.refresh_from_db()
    assert (kept.birth_year, kept.birth_month, kept.birth_day, kept.birth_lunar) == (1985, 8, 15, False)


def test_flags_and_counts_come_back_as_they_were(cast, kept):
    edit(cast.chen, kept, do_not_contact="1")
    edit(cast.chen, kept, monthly_contacts="2")
    for change in FieldChange.objects.order_by("-pk"):
        history.undo(cast.chen, change.pk)
    kept.refresh_from_db()
    assert (kept.do_not_contact, kept.monthly_contacts, kept.completeness) == (False, None, 37)


def test_a_number_somebody_else_has_now_is_not_taken_back(cast, kept):
    change = edit(cast.chen, kept, number="A-1")
    card(cast.chen, "王淑芬", number=change.old)
    before = stored()
    with pytest.raises(Refused) as caught:
        history.undo(cast.chen, change.pk)
    assert caught.value.code == "customer.number_taken"
    assert stored() == before


def test_who_may_not(cast, kept):
    change = edit(cast.chen, kept, hobbies="下棋")
    before = stored()
    with pytest.raises(Refused) as caught:
        history.undo(cast.xu, change.pk)
    assert caught.value.code == "permission"
    with pytest.raises(Customer.DoesNotExist):
        history.undo(cast.ding, change.pk)
    assert stored() == before


def test_a_hand_over_is_not_undone_here(cast, kept):
    change = FieldChange.objects.create(customer=kept, field="owner", old="陈思远", new="林倩")
    with pytest.raises(Refused) as caught:
        history.undo(cast.he, change.pk)
    assert caught.value.code == "history.kind"
    assert not history.entries(kept)[0].standing


def test_the_history_costs_the_same_however_long(cast, kept, django_assert_num_queries):
    for turn in range(6):
        edit(cast.chen, kept, hobbies=f"钓鱼{turn}", phone=f"1380000222{turn}")
    with django_assert_num_queries(2):
        assert len(history.entries(kept)) == 12
    with django_assert_num_queries(1):
        assert history.fields_changed(kept) == {"hobbies", "phone"}
