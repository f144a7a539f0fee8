from datetime import date, timedelta

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers import actions
from liuke.customers.edits import Conflict
from liuke.customers.fields import BadFields
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event, FactChange, FieldChange, Phone
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.vault.digests import digest
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Customer, Phone, Event, FieldChange, FactChange, AuditEntry))


def test_a_rep_opens_a_card_of_his_own():
    cast = assemble()
    made = actions.create(
        cast.chen, {"name": "张书远", "phone": "138 1234 5678、0571-88886666", "birthday": "农历九月廿三"}, owner=cast.zhou.pk
    )
    made.refresh_from_db()
    assert (made.owner, made.unit, made.phone) == (cast.chen, cast.binjiang, "+8613812345678")
    assert list(made.phones.values_list("number", "last4_digest")) == [
        ("+8613812345678", digest("last4", "5678")),
        ("+8657188886666", digest("last4", "6666")),
    ]
    assert (made.birth_year, made.birth_month, made.birth_day, made.birth_lunar) == (None, 9, 23, True)
    assert made.number == f"K{made.pk:06d}"
    entry = AuditEntry.objects.get(verb="customer.create")
    assert "1381234" not in str(entry.detail)


def test_a_number_alone_is_a_card_whose_name_is_the_number():
    cast = assemble()
    made = actions.create(cast.he, {"number": "12346"}, unit=cast.jiangning.pk)
    assert (made.name, made.name_known, made.unit, made.owner) == ("12346", False, cast.jiangning, None)


def test_a_known_number_says_whose_it_is_and_nothing_else():
    cast = assemble()
    card(cast.chen, "张书远", "13812345678", address="浙江省杭州市滨江区一号")
    before = counts()
    with pytest.raises(Refused) as refused:
        actions.create(cast.ding, {"name": "张三", "phone": "+86 138-1234-5678"})
    assert str(refused.value) == "这个号码已经有人在跟：陈思远，杭州滨江店。"
    assert counts()[:-1] == before[:-1]
    entry = AuditEntry.objects.latest("seq")  # that he was told, and nothing else
    assert (entry.verb, entry.actor, entry.detail) == ("customer.known", cast.ding.pk, {"by": "number"})
    assert actions.create(cast.ding, {"name": "张三", "phone": "13812345678"}, even_if_known=True).owner == cast.ding


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"name": " "}, "name", "customer.nameless"),
        ({"name": "葛" * 201}, "name", "text.too_long"),
        ({"name": "葛建华", "phone": "1381234567"}, "phone", "phone.short"),
        ({"name": "葛建华", "gender": "x"}, "gender", "field.choice"),
        ({"name": "苏州佳禾物业", "credit_code": "91330000MA27XXXXX"}, "credit_code", "credit_code.length"),
        ({"name": "葛建华", "monthly_contacts": "二"}, "monthly_contacts", "field.contacts"),
    ],
)
def test_wrong_fields_are_refused_by_name(typed, field, code):
    cast = assemble()
    before = counts()
    with pytest.raises(BadFields) as refused:
        actions.create(cast.chen, typed)
    assert refused.value.fields[field].code == code
    assert counts() == before


def test_who_may_not_open_or_edit_is_refused():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    before = counts()
    with pytest.raises(Refused, match="岗位"):
        actions.create(cast.xu, {"name": "张三"})
    with pytest.raises(Refused, match="岗位"):
        actions.edit(cast.xu, kept.pk, {"name": "张三"}, kept.version)
    with pytest.raises(BadFields):
        actions.create(cast.he, {"name": "张三"}, unit=cast.beijing.pk)  # out of her region
    with pytest.raises(Customer.DoesNotExist):
        actions.edit(cast.ding, kept.pk, {"name": "张三"}, kept.version)
    assert counts() == before


def test_an_edit_keeps_what_was_and_who_changed_it():
    cast = assemble()
    kept = card(cast.chen, "张书远", "13812345678", hobbies="钓鱼")
    changed = actions.edit(cast.chen, kept.pk, {"name": "张淑媛", "hobbies": "钓鱼", "phone": "13900001111"}, kept.version)
    rows = set(FieldChange.objects.values_list("field", "old", "new", "by__name", "version"))
    assert rows == {
        ("name", "张书远", "张淑媛", "陈思远", 2),
        ("phone", "+8613812345678", "+8613900001111、+8613812345678", "陈思远", 2),
    }
    assert changed.version == 2
    assert list(changed.phones.values_list("number", flat=True)) == ["+8613900001111", "+8613812345678"]
    assert changed.phone == "+8613900001111"
    entry = AuditEntry.objects.get(verb="customer.edit")
    assert entry.detail == {"fields": ["name", "name_known", "phone"]} or entry.detail == {"fields": ["name", "phone"]}


def test_an_edit_that_changes_nothing_leaves_no_trace():
    cast = assemble()
    kept = card(cast.chen, "张书远", "13812345678")
    before = counts()
    actions.edit(cast.chen, kept.pk, {"name": "张书远", "phone": "13812345678"}, kept.version)
    assert counts() == before
    assert Customer.objects.get().version == 1


def test_two_at_one_card_other_fields_are_merged():
    cast = assemble()
    kept = card(cast.chen, "张书远", hobbies="钓鱼", occupation="")
    actions.edit(cast.lin, kept.pk, {"hobbies": "钓鱼，越野", "occupation": ""}, 1)
    # 陈思远's form still has the old hobbies.
    actions.edit(cast.chen, kept.pk, {"hobbies": "钓鱼", "occupation": "软件公司合伙人"}, 1)
    kept.refresh_from_db()
    assert (kept.hobbies, kept.occupation, kept.version) == ("钓鱼，越野", "软件公司合伙人", 3)


def test_two_at_one_field_refuses_with_both_values():
    cast = assemble()
    kept = card(cast.chen, "张书远", hobbies="钓鱼")
    actions.edit(cast.lin, kept.pk, {"hobbies": "越野"}, 1)
    before = counts()
    with pytest.raises(Conflict) as refused:
        actions.edit(cast.chen, kept.pk, {"hobbies": "喝茶", "occupation": "教师"}, 1)
    [clash] = refused.value.clashes
    assert (clash.field, clash.theirs, clash.mine, clash.by) == ("hobbies", "越野", "喝茶", "林倩")
    assert counts() == before
    kept.refresh_from_db()
    assert (kept.hobbies, kept.occupation) == ("越野", "")
    assert actions.edit(cast.chen, kept.pk, {"hobbies": "喝茶"}, refused.value.version).hobbies == "喝茶"


def test_next_contact_is_set_and_put_back():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    tomorrow = clock.today() + timedelta(days=1)
    assert actions.set_next_contact(cast.chen, kept.pk, tomorrow) is None
    assert actions.set_next_contact(cast.chen, kept.pk, None) == tomorrow
    before = counts()
    with pytest.raises(Refused, match="早于今天"):
        actions.set_next_contact(cast.chen, kept.pk, clock.today() - timedelta(days=1))
    assert counts() == before


@pytest.mark.parametrize("who", ["fang", "xu"])  # custodian, analyst: they read, and contact nobody
def test_who_contacts_nobody_sets_no_next_contact(who):
    cast = assemble()
    kept = card(cast.chen, "张书远")
    before = counts()
    with pytest.raises(Refused) as refused:
        actions.set_next_contact(getattr(cast, who), kept.pk, clock.today() + timedelta(days=1))
    assert refused.value.code == "permission"
    kept.refresh_from_db()
    assert (counts(), kept.next_contact_on) == (before, None)


def test_an_event_is_recorded_and_told_to_insight():
    cast = assemble()
    kept = card(cast.chen, "张书远")
    event = actions.record_event(cast.lin, kept.pk, EventKind.SATISFACTION, date(2026, 4, 25), 2, "等了两个小时")
    assert (event.value, event.by) == (2, cast.lin)
    assert FactChange.objects.get().customer == kept
    assert "等了" not in str(AuditEntry.objects.get(verb="event.record").detail)


@pytest.mark.parametrize(
    ("kind", "days", "value", "code"),
    [
        ("nothing", 0, None, "event.kind"),
        (EventKind.PRICE_ASKED, 1, None, "event.future"),
        (EventKind.SATISFACTION, 0, None, "event.value"),
        (EventKind.SATISFACTION, 0, 6, "event.value"),
        (EventKind.RECOMMEND, 0, -1, "event.value"),
    ],
)
def test_wrong_events_are_refused(kind, days, value, code):
    cast = assemble()
    kept = card(cast.chen, "张书远")
    before = counts()
    with pytest.raises(Refused) as refused:
        actions.record_event(cast.chen, kept.pk, kind, clock.today() + timedelta(days=days), value)
    assert refused.value.code == code
    assert counts() == before
