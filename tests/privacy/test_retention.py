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


def test_what_he_wanted_and_what_he_was_promised_goes_with_them_once_it_has_come_out(cast, person):
    from liuke.conversations.models import Need
    from liuke.customers.models import Event
    from liuke.promises.models import Promise
    from liuke.work.models import Task

    def need(days, state, words):
        event = Event.objects.create(customer=person, kind="need_recorded", on=ago(days).date(), note=words, by=cast.chen)
        made = Need.objects.create(customer=person, words=words, how="办好了", state=state, event=event, by=cast.chen, on=ago(days).date())
        Event.objects.filter(pk=event.pk).update(at=ago(days))
        Need.objects.filter(pk=made.pk).update(at=ago(days))
        return made

    def promise(days, state, text):
        day = ago(days).date()
        over = {} if state == "open" else {"settled_on": day}
        made = Promise.objects.create(
            customer=person, by=cast.chen, keeper=cast.chen, text=text, note="说好了", made_on=day, due_on=day, state=state, **over
        )
        Promise.objects.filter(pk=made.pk).update(created_at=ago(days))
        Task.objects.create(
            kind="promise", customer=person, assignee=cast.chen, about="promises.promise", about_id=made.pk, channel="phone", minutes=5,
            created_for=day, due_on=day, state="open" if state == "open" else "done", reasons=[["promise", {"text": text, "sure": True}]],
        )  # fmt: skip
        return made

    needs = [need(1826, "met", "想换静音胎"), need(1826, "open", "想装记录仪"), need(1824, "declined", "问过延保")]
    promises = [promise(1826, "kept", "把发票补寄给他"), promise(1826, "open", "留一个工位"), promise(1824, "late", "发明细")]
    assert due("interaction_texts", NOW) == 6
    assert [row.pk for row in retention.listed(cast.fang, "interaction_texts", NOW)] == [needs[0].pk, promises[0].pk]
    assert apply(NOW)["interaction_texts"] == 6
    for row in (*needs, *promises):
        row.refresh_from_db()
    assert [(row.words, row.how, row.event.note) for row in needs] == [
        ("", "", ""), ("想装记录仪", "办好了", "想装记录仪"), ("问过延保", "办好了", "问过延保")
    ]  # fmt: skip
    assert [(row.text, row.note) for row in promises] == [("", ""), ("留一个工位", "说好了"), ("发明细", "说好了")]
    assert [task.reasons for task in Task.objects.order_by("pk")] == [
        [["promise", {"sure": True}]], [["promise", {"text": "留一个工位", "sure": True}]], [["promise", {"text": "发明细", "sure": True}]]
    ]  # fmt: skip
    assert apply(NOW)["interaction_texts"] == 0
