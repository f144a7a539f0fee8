"""One field of many cards: the look, the change, the way back; who may, whom it reaches, what stays."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.audit.models import AuditEntry
from liuke.customers import bulk_edit
from liuke.customers.actions import edit, set_next_contact
from liuke.customers.bulk_edit import Moved, ask, preview, rows_seen, undo, visible_edits, work_off
from liuke.customers.models import BulkEdit, BulkEditRow, Customer, FactChange, FieldChange
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
State = BulkEdit.State


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def four(cast):
    return [
        card(cast.chen, "张书远", source="老客户介绍"),
        card(cast.chen, "葛建华", source="网上"),
        card(cast.zhou, "罗志强", source="网上"),
        card(cast.zhou, "田伟"),
    ]


def ids(cards):
    return [one.pk for one in cards]


def rows():
    """All that a change may touch."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Customer, FieldChange, FactChange, BulkEdit, BulkEditRow, AuditEntry)
    ]  # fmt: skip


def set_all(actor, cards, key="source", typed="展会", clear=False):
    seen = preview(actor, ids(cards), key, typed, clear)
    return ask(actor, ids(cards), key, typed, clear, seal=seen.seal)


def sources():
    return dict(Customer.objects.values_list("name", "source"))


def test_the_look_says_how_many_change_and_what_is_lost(cast, four):
    before = rows()
    seen = preview(cast.he, ids(four), "source", "网上")
    assert (seen.total, seen.change, seen.already, seen.lacking) == (4, 2, 2, 0)
    assert seen.overwritten == (("老客户介绍", 1),)
    assert seen.overwrites == 1
    assert seen.cards == (("张书远", "老客户介绍"), ("田伟", ""))
    assert rows() == before


def test_the_change_is_kept_card_by_card(cast, four):
    made = set_all(cast.he, four)
    assert (made.state, made.changed, made.kept) == (State.DONE, 4, 0)
    assert sources() == {"张书远": "展会", "葛建华": "展会", "罗志强": "展会", "田伟": "展会"}
    assert list(FieldChange.objects.order_by("customer").values_list("field", "old", "new", "version", "by")) == [
        ("source", "老客户介绍", "展会", 2, cast.he.pk),
        ("source", "网上", "展会", 2, cast.he.pk),
        ("source", "网上", "展会", 2, cast.he.pk),
        ("source", "", "展会", 2, cast.he.pk),
    ]
    assert set(Customer.objects.values_list("version", flat=True)) == {2}
    assert list(BulkEditRow.objects.order_by("customer").values_list("old", "version", "state")) == [
        ("老客户介绍", 2, "done"), ("网上", 2, "done"), ("网上", 2, "done"), ("", 2, "done"),
    ]  # fmt: skip
    assert list(AuditEntry.objects.order_by("seq").values_list("verb", "actor", "object")) == [
        ("customer.bulk_ask", cast.he.pk, made.pk),
        ("customer.bulk_edit", cast.he.pk, made.pk),
    ]
    assert set(Customer.objects.values_list("completeness", flat=True)) != {None}
    assert not FactChange.objects.exists()  # insight does not ask where a customer came from


def test_the_way_back_gives_each_its_own_and_leaves_what_changed_since(cast, four):
    made = set_all(cast.he, four)
    edit(cast.chen, four[0].pk, {"source": "路过"}, 2)
    edit(cast.chen, four[1].pk, {"hobbies": "钓鱼"}, 2)  # another field
    edit(cast.zhou, four[2].pk, {"source": "路过"}, 2)
    edit(cast.zhou, four[2].pk, {"source": "展会"}, 3)  # the same again, by a person's word
    back = undo(cast.he, made.pk)
    assert (back.state, back.kept, back.undone_by) == (State.UNDONE, 2, cast.he)
    assert sources() == {"张书远": "路过", "葛建华": "网上", "罗志强": "展会", "田伟": ""}
    assert [row.customer.name for row in rows_seen(cast.he, made, BulkEditRow.State.STAYED)] == ["罗志强", "张书远"]
    newest = FieldChange.objects.filter(customer=four[1]).order_by("-pk").first()
    assert (newest.field, newest.old, newest.new, newest.version) == ("source", "展会", "网上", 4)
    assert Customer.objects.get(pk=four[1].pk).version == 4
    before = rows()
    with pytest.raises(Refused) as refused:
        undo(cast.he, made.pk)
    assert refused.value.code == "bulk.undone"
    assert rows() == before


@pytest.mark.parametrize(
    ("key", "typed", "clear", "stored"),
    [
        ("tier", "金卡", False, "gold"),
        ("region", "滨江", False, "滨江"),
        ("source", "", True, ""),
        ("key_account", "1", False, True),
        ("key_account", "0", False, False),
        ("channel", "wechat", False, "wechat"),
        ("monthly_contacts", "1", False, 1),
        ("monthly_contacts", "", True, None),
        ("next_contact_on", "", True, None),
    ],
)
def test_each_kind_of_field_is_set_cleared_and_put_back(cast, key, typed, clear, stored):
    other = {"tier": "silver", "region": "西湖", "source": "网上", "key_account": not stored, "channel": "phone", "monthly_contacts": 2,
             "next_contact_on": clock.today()}[key]  # fmt: skip
    mine = card(cast.chen, "张书远", **{key: other})
    made = set_all(cast.he, [mine], key, typed, clear)
    assert getattr(Customer.objects.get(), key) == stored
    undo(cast.he, made.pk)
    assert getattr(Customer.objects.get(), key) == other
    assert Customer.objects.get().version == 3


def test_the_next_contact_in_words(cast, four):
    set_all(cast.he, four, "next_contact_on", "+3")
    assert set(Customer.objects.values_list("next_contact_on", flat=True)) == {clock.today() + timedelta(days=3)}
    made = BulkEdit.objects.get()
    set_next_contact(cast.chen, four[0].pk, clock.today())  # keeps no history: the value itself tells
    assert undo(cast.he, made.pk).kept == 1
    assert list(Customer.objects.order_by("pk").values_list("next_contact_on", flat=True)) == [clock.today(), None, None, None]


def test_insight_hears_of_a_key_account(cast, four):
    made = set_all(cast.he, four[:2], "key_account", "1")
    assert sorted(FactChange.objects.values_list("customer", flat=True)) == ids(four[:2])
    undo(cast.he, made.pk)
    assert FactChange.objects.count() == 4


def test_a_field_of_the_trade_is_only_on_cards_that_have_it(cast):
    person = card(cast.chen, "张书远", extra={"drives_himself": True})
    firm = card(cast.chen, "苏州佳禾物业", kind="organisation", extra={"fleet_size": 12, "colour": "x"})
    other = card(cast.chen, "南京远航租赁", kind="organisation")
    seen = preview(cast.he, ids([person, firm, other]), "extra.fleet_size", "1,200")
    assert (seen.total, seen.change, seen.lacking, seen.overwritten) == (3, 2, 1, (("12 台", 1),))
    made = ask(cast.he, ids([person, firm, other]), "extra.fleet_size", "1,200", seal=seen.seal)
    assert [one.extra for one in Customer.objects.order_by("pk")] == [
        {"drives_himself": True}, {"fleet_size": 1200, "colour": "x"}, {"fleet_size": 1200},
    ]  # fmt: skip
    undo(cast.he, made.pk)
    assert [one.extra for one in Customer.objects.order_by("pk")] == [{"drives_himself": True}, {"fleet_size": 12, "colour": "x"}, {}]


def test_no_is_something_else_than_nothing(cast):
    yes, nothing = card(cast.chen, "张书远", extra={"drives_himself": True}), card(cast.chen, "葛建华")
    set_all(cast.he, [yes, nothing], "extra.drives_himself", "0")
    assert [one.extra for one in Customer.objects.order_by("pk")] == [{"drives_himself": False}] * 2
    assert list(FieldChange.objects.order_by("customer").values_list("field", "old", "new")) == [
        ("extra.drives_himself", "1", "0"), ("extra.drives_himself", "", "0"),
    ]  # fmt: skip
    set_all(cast.he, [yes], "extra.drives_himself", "", clear=True)
    assert Customer.objects.get(pk=yes.pk).extra == {}


REFUSED = [
    ("name", "张三", False, "bulk.field"),
    ("phone", "13800001111", False, "bulk.field"),
    ("number", "K1", False, "bulk.field"),
    ("address", "滨江", False, "bulk.field"),
    ("wechat", "zsy", False, "bulk.field"),
    ("credit_code", "91", False, "bulk.field"),
    ("owner", "1", False, "bulk.field"),
    ("unit_id", "1", False, "bulk.field"),
    ("version", "1", False, "bulk.field"),
    ("extra.nothing", "1", False, "bulk.field"),
    ("extra.erased", "1", False, "bulk.field"),
    ("extra.plate", "浙A12345", False, "bulk.field"),
    ("", "1", False, "bulk.field"),
    ("source", "", False, "bulk.value"),
    ("source", "  ", False, "bulk.value"),
    ("source", "长" * 81, False, "text.too_long"),
    ("channel", "pigeon", False, "field.choice"),
    ("monthly_contacts", "99", False, "field.contacts"),
    ("next_contact_on", "昨天", False, "next_contact.past"),
    ("next_contact_on", "改天", False, "date.unreadable"),
    ("extra.fleet_size", "很多", False, "extra.number"),
    ("extra.fleet_size", "-1", False, "extra.bounds"),
    ("extra.fleet_size", "1.5", False, "extra.number"),
]


@pytest.mark.parametrize(("key", "typed", "clear", "code"), REFUSED, ids=[f"{row[0]}={row[1][:12]}" for row in REFUSED])
def test_what_may_not_be_set_is_refused_and_nothing_changes(cast, four, key, typed, clear, code):
    before = rows()
    for act in (lambda: preview(cast.he, ids(four), key, typed, clear), lambda: ask(cast.he, ids(four), key, typed, clear, seal="4.x")):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == code
    assert rows() == before


@pytest.mark.parametrize("who", ["chen", "lin", "xu", "fang", "root"])
def test_who_may_not_changes_nothing(cast, four, who):
    seen = preview(cast.he, ids(four), "source", "展会")
    made = set_all(cast.he, four[:1], "region", "滨江")
    before, actor = rows(), getattr(cast, who)
    for act in (
        lambda: preview(actor, ids(four), "source", "展会"),
        lambda: ask(actor, ids(four), "source", "展会", seal=seen.seal),
        lambda: undo(actor, made.pk),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "permission"
    assert rows() == before
    assert not visible_edits(actor).exists()


def test_cards_out_of_sight_do_not_exist(cast, four):
    far = card(cast.ding, "葛建华", source="网上")
    seen = preview(cast.he, [*ids(four), far.pk, 987654321], "source", "展会")
    assert seen.total == 4
    assert seen.seal == preview(cast.he, ids(four), "source", "展会").seal  # not even the seal tells
    ask(cast.he, [*ids(four), far.pk], "source", "展会", seal=seen.seal)
    assert Customer.objects.get(pk=far.pk).source == "网上"
    before = rows()
    with pytest.raises(Refused) as refused:
        preview(cast.he, [far.pk], "source", "展会")
    assert refused.value.code == "bulk.none"
    assert rows() == before


def test_a_list_that_is_another_by_now_is_refused_with_both_numbers(cast, four):
    seen = preview(cast.he, ids(four), "source", "展会")
    more = card(cast.chen, "彭玉兰")
    before = rows()
    with pytest.raises(Moved) as moved:
        ask(cast.he, ids([*four, more]), "source", "展会", seal=seen.seal)
    assert "刚才 4 位，现在 5 位" in str(moved.value)
    assert rows() == before


def test_a_field_that_somebody_just_changed_is_not_overwritten_unseen(cast, four):
    seen = preview(cast.he, ids(four), "source", "展会")
    edit(cast.chen, four[0].pk, {"hobbies": "钓鱼"}, 1)
    edit(cast.chen, four[0].pk, {"source": "路过"}, 2)
    before = rows()
    with pytest.raises(Moved) as moved:
        ask(cast.he, ids(four), "source", "展会", seal=seen.seal)
    assert str(moved.value) == "这 4 位里有人的资料刚变过。一位都没改，请再看一遍。"
    assert rows() == before


@pytest.mark.parametrize("seal", ["", "4", "4.", "x.y", "4." + "0" * 64, "99999999999999999999.a"])
def test_a_seal_of_ones_own_making_opens_nothing(cast, four, seal):
    before = rows()
    with pytest.raises(Moved):
        ask(cast.he, ids(four), "source", "展会", seal=seal)
    assert rows() == before


def test_the_seal_is_for_one_field_and_one_value(cast, four):
    seen = preview(cast.he, ids(four), "source", "展会")
    before = rows()
    for key, typed in (("source", "网上"), ("region", "展会")):
        with pytest.raises(Moved):
            ask(cast.he, ids(four), key, typed, seal=seen.seal)
    assert rows() == before


def test_an_erased_card_is_not_edited_and_nothing_comes_back_to_it(cast, four):
    Customer.objects.filter(pk=four[0].pk).update(extra={"erased": "2026-11-01"})
    seen = preview(cast.he, ids(four), "source", "展会")
    assert (seen.total, seen.change, seen.erased) == (4, 3, 1)
    made = ask(cast.he, ids(four), "source", "展会", seal=seen.seal)
    assert sources()["张书远"] == "老客户介绍"
    Customer.objects.filter(pk=four[1].pk).update(extra={"erased": "2026-11-01"})
    assert undo(cast.he, made.pk).kept == 1
    assert sources() == {"张书远": "老客户介绍", "葛建华": "展会", "罗志强": "网上", "田伟": ""}


def test_nothing_to_change_leaves_no_trace(cast, four):
    set_all(cast.he, four)
    before = rows()
    with pytest.raises(Refused) as refused:
        set_all(cast.he, four)
    assert refused.value.code == "bulk.nothing"
    assert rows() == before


def test_no_more_than_the_most_at_once(cast, four, monkeypatch):
    monkeypatch.setattr(bulk_edit, "MOST", 3)
    before = rows()
    with pytest.raises(Refused) as refused:
        preview(cast.he, ids(four), "source", "展会")
    assert (refused.value.code, str(refused.value)) == ("bulk.many", "一次最多改 3 位，请先加条件，分几次改。")
    assert rows() == before


# ── a long one is done by a job ──


def test_many_wait_for_the_job_and_what_moved_meanwhile_stays(cast, four, monkeypatch):
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 2)
    made = set_all(cast.he, four)
    assert made.state == State.WAITING
    assert sources()["田伟"] == ""
    with pytest.raises(Refused) as refused:
        undo(cast.he, made.pk)
    assert refused.value.code == "bulk.not_done"
    edit(cast.chen, four[0].pk, {"source": "路过"}, 1)
    Customer.objects.filter(pk=four[3].pk).update(unit=cast.beijing, owner=cast.ding)
    done = work_off(made.pk)
    assert (done.state, done.changed, done.kept) == (State.DONE, 2, 2)
    assert sources() == {"张书远": "路过", "葛建华": "展会", "罗志强": "展会", "田伟": ""}
    assert dict(BulkEditRow.objects.values_list("customer__name", "state")) == {
        "张书远": "changed", "葛建华": "done", "罗志强": "done", "田伟": "unseen",
    }  # fmt: skip
    assert [row.customer.name for row in rows_seen(cast.he, made, "unseen")] == []  # out of sight, not even named
    before = rows()
    assert work_off(made.pk) is None  # a second job does nothing
    assert rows() == before


def test_the_way_back_of_many_by_a_job(cast, four, monkeypatch):
    made = set_all(cast.he, four)
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 2)
    assert undo(cast.he, made.pk).state == State.UNDOING
    assert sources()["田伟"] == "展会"
    with pytest.raises(Refused):
        undo(cast.he, made.pk)
    assert work_off(made.pk).state == State.UNDONE
    assert sources() == {"张书远": "老客户介绍", "葛建华": "网上", "罗志强": "网上", "田伟": ""}


def test_who_left_meanwhile_has_nothing_done_in_his_name(cast, four, monkeypatch):
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 2)
    made = set_all(cast.he, four)
    cast.he.is_active = False
    cast.he.save()
    done = work_off(made.pk)
    assert (done.state, done.failure) == (State.FAILED, "您的岗位不能做这件事。")
    assert sources()["田伟"] == ""


def test_what_waits_too_long_is_found(cast, four, monkeypatch):
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 2)
    made = set_all(cast.he, four)
    assert bulk_edit.waiting(60) == []
    BulkEdit.objects.update(at=made.at - timedelta(seconds=61))
    assert bulk_edit.waiting(60) == [made.pk]
    work_off(made.pk)
    assert bulk_edit.waiting(60) == []


def test_only_who_sees_all_of_it_takes_it_back(cast, four):
    made = set_all(cast.zhao, [*four, card(cast.ding, "葛建华")])
    assert not visible_edits(cast.he).exists()
    with pytest.raises(BulkEdit.DoesNotExist):
        undo(cast.he, made.pk)
    made = set_all(cast.he, four, "region", "滨江")
    Customer.objects.filter(pk=four[3].pk).update(unit=cast.beijing, owner=cast.ding)
    before = rows()
    with pytest.raises(Refused) as refused:
        undo(cast.he, made.pk)
    assert (refused.value.code, refused.value.slots) == ("bulk.not_all_seen", {"n": 1})
    assert rows() == before
    assert undo(cast.zhao, made.pk).state == State.UNDONE  # he sees them all, and what his people did


def test_as_many_queries_for_twenty_as_for_two(cast):
    counts = []
    for many in (2, 20):
        some = [card(cast.chen, f"客户{many}-{at}", source=f"来源{at}") for at in range(many)]
        with CaptureQueriesContext(connection) as queries:
            made = set_all(cast.he, some)
            undo(cast.he, made.pk)
        counts.append(len(queries))
    assert counts[0] == counts[1]
