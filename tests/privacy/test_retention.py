"""Retention periods: what has outlived its days goes, once, and nothing else; prospects wait for a person's word."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut, NumberSearch
from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.exchange.models import Load, LoadRow
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.privacy import retention
from liuke.privacy.models import PersonalRequest, RetentionRule, RetentionRun
from liuke.privacy.queries import rule
from liuke.privacy.retention import apply, due, erase_prospects, prospects, set_rule, upload_days
from tests.cast import assemble, card
from tests.privacy.world import every_row

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LIMIT = {"interaction_texts": 1825, "check_out_purposes": 730, "import_snapshots": 365, "number_searches": 90, "prospects": 1095}


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def person(cast):
    return card(cast.chen, "张书远", "13812345678")


def ago(days: int):
    return NOW - timedelta(days=days)


def talk(person, days, summary="问了保养"):
    return Interaction.objects.create(customer=person, at=ago(days), on=ago(days).date(), way="phone", outcome="reached", summary=summary)


def borrowed(cast, person, days, returned=True):
    return CheckOut.objects.create(
        customer=person, user=cast.chen, purpose="回访", at=ago(days), until=ago(days - 1), returned_at=ago(days) if returned else None
    )


def snapshot(cast, days):
    load = Load.objects.create(dataset="customers", name="客户.xlsx", stored="x", size=1, actor=cast.he, loaded_at=ago(days))
    return LoadRow.objects.create(load=load, kind="customer", object_id=1, version=1, before={"name": "旧名"})


def stale(cast, name="李建国", days=1200, **fields):
    made = card(cast.chen, name, opened_on=ago(days).date(), **fields)
    Customer.objects.filter(pk=made.pk).update(created_at=ago(days))
    return made


def test_texts_go_on_their_day_and_not_before(cast, person):
    kept, gone = talk(person, 1824), talk(person, 1826)
    fresh, old, out = borrowed(cast, person, 729), borrowed(cast, person, 731), borrowed(cast, person, 731, returned=False)
    near, far = snapshot(cast, 364), snapshot(cast, 366)
    NumberSearch.objects.create(user=cast.chen, hour=ago(91), times=3)
    NumberSearch.objects.create(user=cast.chen, hour=ago(89), times=3)
    assert apply(NOW, dry_run=True) == {
        "prospects": 0, "interaction_texts": 1, "check_out_purposes": 1, "import_snapshots": 1, "number_searches": 1,
    }  # fmt: skip
    assert not RetentionRun.objects.exists()
    counts = apply(NOW)
    assert counts == {"prospects": 0, "interaction_texts": 1, "check_out_purposes": 1, "import_snapshots": 1, "number_searches": 1}
    for row in (kept, gone, fresh, old, out):
        row.refresh_from_db()
    assert (kept.summary, gone.summary, gone.outcome) == ("问了保养", "", "reached")
    assert (fresh.purpose, old.purpose, out.purpose) == ("回访", "", "回访")
    assert list(LoadRow.objects.values_list("pk", flat=True)) == [near.pk]
    assert far.pk != near.pk
    assert NumberSearch.objects.count() == 1


def test_running_twice_drops_nothing_twice_and_the_log_has_the_counts(cast, person):
    talk(person, 1900)
    apply(NOW)
    entry = AuditEntry.objects.get(verb="privacy.retention")
    assert (entry.actor, entry.detail["interaction_texts"]) == (None, 1)
    before = every_row(("interactions.interaction",))
    assert set(apply(NOW).values()) == {0}
    assert every_row(("interactions.interaction",)) == before
    assert AuditEntry.objects.filter(verb="privacy.retention").count() == 1
    assert [run.counts["interaction_texts"] for run in RetentionRun.objects.order_by("pk")] == [1, 0]


def test_it_goes_in_pieces(monkeypatch, person):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _n in range(5):
        talk(person, 1900)
    assert apply(NOW)["interaction_texts"] == 5
    assert not Interaction.objects.exclude(summary="").exists()


def test_a_rule_that_is_off_drops_nothing(cast, person):
    talk(person, 1900)
    set_rule(cast.fang, "interaction_texts", 1825, False)
    assert "interaction_texts" not in apply(NOW)
    assert Interaction.objects.get().summary == "问了保养"


def test_the_company_s_own_days_hold_and_are_written_down(cast, person):
    talk(person, 400)
    set_rule(cast.fang, "interaction_texts", 365, True)
    assert due("interaction_texts", NOW) == 1
    assert AuditEntry.objects.get(verb="privacy.rule").detail == {"rule": "interaction_texts", "old": 1825, "new": 365}
    set_rule(cast.fang, "interaction_texts", 365, True)  # the same again is no change
    assert AuditEntry.objects.count() == 1
    set_rule(cast.fang, "interaction_texts", None, True)
    assert rule("interaction_texts").days == 1825


def test_uploads_ask_for_their_days_here(cast):
    assert upload_days() == 30
    set_rule(cast.fang, "uploads", 7, True)
    assert upload_days() == 7
    set_rule(cast.fang, "uploads", 7, False)
    assert upload_days() is None


@pytest.mark.parametrize(("key", "days", "who", "code"), [
    ("nothing", 30, "fang", "retention.rule"), ("uploads", 0, "fang", "retention.days"), ("uploads", 36_601, "fang", "retention.days"),
    ("uploads", 30, "xu", "permission"), ("audit", 30, "fang", "retention.rule"),
])  # fmt: skip
def test_refusals_change_nothing(cast, key, days, who, code):
    with pytest.raises(Refused) as told:
        set_rule(getattr(cast, who), key, days, True)
    assert told.value.code == code
    assert (RetentionRule.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_prospects_are_those_who_never_bought_and_were_not_contacted(cast):
    there = stale(cast)
    stale(cast, "早建的", days=1000)
    bought = stale(cast, "买过的")
    Deal.objects.create(customer=bought, on=date(2020, 1, 1), amount_cents=100, unit=bought.unit)
    talk(stale(cast, "联系过的"), 30)
    talk(stale(cast, "很久以前联系过的"), 1150)
    found = [customer.name for customer in prospects(cast.fang, NOW, 1095)]
    assert found == ["李建国", "很久以前联系过的"]
    assert list(prospects(cast.ding, NOW, 1095)) == []
    assert due("prospects", NOW) == 2
    assert due("prospects", NOW, most=1) == 1
    assert apply(NOW)["prospects"] == 2
    assert Customer.objects.get(pk=there.pk).name == "李建国"  # nobody is erased without a person's word


def test_confirmed_prospects_are_erased_one_by_one_each_on_the_log(cast, person):
    one, two = stale(cast), stale(cast, "赵新民")
    done = erase_prospects(cast.fang, [one.pk, two.pk, person.pk, one.pk, 987_654_321], "过了保存期限", NOW)
    assert (done.gone, done.stayed) == (2, ())
    assert AuditEntry.objects.filter(verb="privacy.erase").count() == 2
    assert Customer.objects.get(pk=person.pk).name == "张书远"
    assert not prospects(None, NOW, 1095).exists()
    assert erase_prospects(cast.fang, [one.pk], "过了保存期限", NOW).gone == 0
    assert PersonalRequest.objects.count() == 2


@pytest.mark.parametrize(("ids", "reason", "who", "code"), [
    ([], "过了保存期限", "fang", "erase.none"), (range(1, 202), "过了保存期限", "fang", "erase.many"), (None, " ", "fang", "erase.reason"),
    (None, "过了保存期限", "he", "permission"), (None, "李建国过了期限", "fang", "erase.reason_tells"),
])  # fmt: skip
def test_a_refused_bulk_erasure_changes_nothing(cast, ids, reason, who, code):
    there = stale(cast)
    before = every_row()
    with pytest.raises(Refused) as told:
        erase_prospects(getattr(cast, who), [there.pk] if ids is None else list(ids), reason, NOW)
    assert told.value.code == code
    assert every_row() == before


def test_what_was_said_in_a_talk_goes_with_the_texts_of_contacts(cast, person):
    from liuke.conversations.models import Conversation, StepNote

    kept = []
    for days in (1826, 1824):
        talk_of = Conversation.objects.create(customer=person, by=cast.chen, unit=person.unit, on=ago(days).date())
        note = StepNote.objects.create(conversation=talk_of, step=1, done=True, said="说忙，周末来", by=cast.chen)
        StepNote.objects.filter(pk=note.pk).update(at=ago(days))
        kept.append(note)
    assert [row.pk for row in retention.listed(cast.fang, "interaction_texts", NOW)] == [kept[0].pk]
    assert apply(NOW)["interaction_texts"] == 1
    for note in kept:
        note.refresh_from_db()
    assert [(note.said, note.done) for note in kept] == [("", True), ("说忙，周末来", True)]
