"""A case is written by anyone, read by everybody once it is published, and never tells who the customer was."""

import pytest

from liuke.audit.models import AuditEntry
from liuke.coaching import queries
from liuke.coaching.cases import edit_case, publish_case, put_back_case, submit_case, undo_case, withdraw_case, write_case
from liuke.coaching.models import Case
from liuke.customers.models import Customer, Phone
from liuke.customers.phones import phone as phone_row
from liuke.deals.models import Asset
from liuke.kernel.refusal import Refused

TYPED = {
    "title": "嫌轮胎贵的老客户", "scenario": "retention", "sex": "male", "age": "四十多", "character": "话不多", "buys": "三年保养",
    "attitude": "急着挂电话", "steps": ["先问方不方便", "听他说完价", "按总价逐项比", "约了周六"], "result": "在店里换了两条胎",
    "trust": "把账摊开给他看", "hard": "下次还是会问外面的价", "playbooks": ["overdue_visit"],
}  # fmt: skip


@pytest.fixture
def customer(cast) -> Customer:
    return cast.customer("K001", name="王淑芬")


@pytest.fixture
def case(cast, customer) -> Case:
    return write_case(cast.siyuan, TYPED, customer.pk)


def numbers(user, **asked) -> list[int]:
    return [found.pk for found in queries.cases(user, **asked)]


def test_a_draft_is_its_authors_alone(cast, case):
    assert (case.state, case.author, case.playbook_keys, case.version) == ("draft", cast.siyuan, ("overdue_visit",), 1)
    assert numbers(cast.siyuan) == [case.pk]
    for user in (cast.xiaomei, cast.hejing, cast.wentao):
        assert numbers(user) == []


def test_handed_in_it_waits_for_who_oversees_and_published_it_is_everybodys(cast, case):
    submit_case(cast.siyuan, case.pk)
    assert numbers(cast.hejing) == numbers(cast.wentao) == [case.pk] and numbers(cast.xiaomei) == []
    with pytest.raises(Refused):
        publish_case(cast.siyuan, case.pk)
    published = publish_case(cast.hejing, case.pk)
    assert (published.state, published.published_by) == ("public", cast.hejing)
    assert numbers(cast.xiaomei) == numbers(cast.linqian) == [case.pk]


def test_who_the_customer_was_is_told_only_to_who_may_see_his_card(cast, case, customer):
    submit_case(cast.siyuan, case.pk)
    publish_case(cast.hejing, case.pk)
    case.refresh_from_db()
    assert queries.linked(cast.siyuan, case) == queries.linked(cast.hejing, case) == customer
    assert queries.linked(cast.xiaomei, case) is None


@pytest.mark.parametrize("words", ["王淑芬说好", "打 138-0000-5678", "浙A12345 那台", "编号 K001 的", "找李店长", "张书远也这样"])
def test_words_that_name_somebody_are_refused(cast, customer, words):
    cast.customer("K002", name="张书远")
    cast.customer("K003", name="李明达", owner=cast.xiaomei)
    Phone.objects.bulk_create([phone_row(customer.pk, "+8613800005678", 0)])
    Asset.objects.create(customer=customer, name="北辰 7", identifier="浙A12345")
    customer.contacts.create(name="李店长")
    for place in ("title", "result", "steps"):
        typed = TYPED | {place: [words, "", "", ""] if place == "steps" else words}
        with pytest.raises(Refused) as refused:
            write_case(cast.siyuan, typed, customer.pk)
        assert refused.value.code == "case.names"
    assert not Case.objects.exists() and not AuditEntry.objects.exists()
    write_case(cast.siyuan, TYPED | {"result": "李明达不是他的客户"}, customer.pk)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"title": " "}, "case.title"), ({"steps": ["", " "]}, "case.steps"), ({"scenario": "other"}, "case.scenario"),
     ({"sex": "?"}, "case.sex"), ({"playbooks": ["no_such"]}, "case.playbooks"), ({"result": "长" * 501}, "text.too_long")],
)  # fmt: skip
def test_refused_and_nothing_kept(cast, changed, code):
    with pytest.raises(Refused) as refused:
        write_case(cast.siyuan, TYPED | changed)
    assert refused.value.code == code
    assert not Case.objects.exists()


def test_a_change_can_be_taken_back(cast, case, customer):
    before = Case.objects.values().get()
    edit_case(cast.siyuan, case.pk, TYPED | {"title": "换个标题", "playbooks": []}, 1, None)
    changed = Case.objects.get()
    assert (changed.title, changed.customer, changed.playbooks, changed.version) == ("换个标题", None, "", 2)
    undo_case(cast.siyuan, case.pk, 2)
    after = Case.objects.values().get()
    fixed = {"changed_at", "version"}
    assert {k: v for k, v in after.items() if k not in fixed} == {k: v for k, v in before.items() if k not in fixed}
    with pytest.raises(Refused):
        undo_case(cast.siyuan, case.pk, 3)


def test_of_two_who_change_it_the_second_is_told(cast, case):
    edit_case(cast.siyuan, case.pk, TYPED | {"title": "一"}, 1)
    with pytest.raises(Refused) as refused:
        edit_case(cast.siyuan, case.pk, TYPED | {"title": "二"}, 1)
    assert refused.value.code == "case.changed"
    assert Case.objects.get().title == "一"


def test_what_everybody_reads_waits_again_when_its_author_changes_it(cast, case, customer):
    submit_case(cast.siyuan, case.pk)
    publish_case(cast.hejing, case.pk)
    changed = edit_case(cast.siyuan, case.pk, TYPED | {"title": "改了"}, 1, customer.pk)
    assert changed.state == "sent" and numbers(cast.xiaomei) == []
    assert undo_case(cast.siyuan, case.pk, 2).state == "public"
    assert edit_case(cast.hejing, case.pk, TYPED | {"title": "主管改的"}, 3, customer.pk).state == "public"


def test_taken_back_and_put_back(cast, case):
    submit_case(cast.siyuan, case.pk)
    publish_case(cast.hejing, case.pk)
    withdraw_case(cast.siyuan, case.pk)
    assert numbers(cast.xiaomei) == [] and numbers(cast.siyuan) == [], "withdrawn ones are asked for by name"
    assert numbers(cast.siyuan, state="away") == numbers(cast.hejing, state="away") == [case.pk]
    with pytest.raises(Refused):  # what everybody reads comes back through who publishes
        put_back_case(cast.siyuan, case.pk, "away")
    assert put_back_case(cast.hejing, case.pk, "away").state == "public"
    assert put_back_case(cast.hejing, case.pk, "public").state == "sent"
    with pytest.raises(Refused) as refused:
        put_back_case(cast.hejing, case.pk, "public")
    assert refused.value.code == "case.state"
    assert put_back_case(cast.siyuan, case.pk, "sent").state == "draft"


def test_somebody_elses_draft_is_not_there(cast, case):
    for act in (
        lambda: edit_case(cast.xiaomei, case.pk, TYPED, 1),
        lambda: withdraw_case(cast.hejing, case.pk),
        lambda: submit_case(cast.hejing, case.pk),
        lambda: publish_case(cast.hejing, case.pk),
    ):
        with pytest.raises(Case.DoesNotExist):
            act()
    assert Case.objects.get().state == "draft"


def test_a_published_case_is_not_changed_by_its_readers(cast, case):
    submit_case(cast.siyuan, case.pk)
    publish_case(cast.hejing, case.pk)
    for act in (lambda: edit_case(cast.xiaomei, case.pk, TYPED, 1), lambda: withdraw_case(cast.xiaomei, case.pk)):
        with pytest.raises(Case.DoesNotExist):
            act()


def test_found_by_all_its_words_scenario_and_playbook(cast, case):
    other = write_case(
        cast.siyuan, TYPED | {"title": "等太久的女士", "scenario": "complaint", "playbooks": [], "steps": ["Sorry", "", "", ""]}
    )
    assert numbers(cast.siyuan, words="轮胎 总价") == [case.pk]
    assert numbers(cast.siyuan, words="SORRY") == [other.pk]
    assert numbers(cast.siyuan, words="轮胎 没有这个词") == []
    assert numbers(cast.siyuan, scenario="complaint") == [other.pk]
    assert numbers(cast.siyuan, playbook="overdue_visit") == [case.pk] and numbers(cast.siyuan, playbook="overdue") == []
    assert queries.for_playbook(cast.siyuan, "overdue_visit") == []
    submit_case(cast.siyuan, case.pk)
    publish_case(cast.hejing, case.pk)
    assert queries.for_playbook(cast.xiaomei, "overdue_visit") == [case]
