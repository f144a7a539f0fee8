"""The pool's night: who is warned, who falls, who is taken off, and that twice is once."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers.models import Customer, FactChange, FieldChange
from liuke.deals.models import Deal
from liuke.keepers import nightly
from liuke.keepers.facts import facts_of, may_be_due
from liuke.keepers.models import PoolEntry, PoolExclusion
from liuke.keepers.nightly import Night, run
from liuke.keepers.queries import still_warned
from liuke.keepers.rules import STAY, verdict
from liuke.kernel.refusal import Refused
from liuke.work.labels import TaskKind
from tests.cast import assemble, card
from tests.keepers.world import DAY, NOON, ago, contact, event, insight, old, task


def entries():
    found = PoolEntry.objects.order_by("pk").select_related("customer", "from_owner")
    return {
        (one.customer.name, one.why, str(one.from_owner or ""), one.warned_on, one.falls_on, one.fell_on, one.left_on, one.left_why)
        for one in found
    }


def later(days):
    return time_machine.travel(NOON + timedelta(days), tick=False)


def test_a_week_after_the_warning_he_falls(cast):
    zhang = old(cast.chen, "张书远", 173)
    CheckOut.objects.create(customer=zhang, user=cast.chen, purpose="回访", at=NOON, until=NOON + timedelta(days=30))
    falls = DAY + timedelta(7)
    assert run() == Night(warned=1)
    assert entries() == {("张书远", "silent", "陈思远", DAY, falls, None, None, "")}
    assert run() == Night()
    with later(6):
        assert run() == Night()
    zhang.refresh_from_db()
    assert (zhang.owner, zhang.version) == (cast.chen, 1)
    with later(7):
        assert run() == Night(fell=1)
        assert run() == Night()
    assert entries() == {("张书远", "silent", "陈思远", DAY, falls, falls, None, "")}
    zhang.refresh_from_db()
    assert (zhang.owner, zhang.version, zhang.unit) == (None, 2, cast.binjiang)
    change = FieldChange.objects.get()
    assert (change.field, change.old, change.new, change.by, change.version) == ("owner", "陈思远", "", None, 2)
    assert FactChange.objects.count() == 1
    assert CheckOut.objects.get().returned_at is not None
    assert [entry.detail for entry in AuditEntry.objects.filter(verb="pool.night").order_by("seq")] == [
        {"as_of": "2026-11-20", "warned": 1},
        {"as_of": "2026-11-27", "fell": 1},
    ]
    assert AuditEntry.objects.get(verb="card.give_back_all").actor is None


def test_missed_nights_make_him_fall_later_never_unwarned(cast):
    old(cast.chen, "张书远", 300)
    assert run() == Night(warned=1)
    with later(40):
        assert run() == Night(fell=1)
    assert PoolEntry.objects.get().fell_on == DAY + timedelta(40)


@pytest.mark.parametrize(
    "touch",
    [
        lambda kept, cast: contact(kept, 100),
        lambda kept, cast: contact(kept, 100, "not_reached") and contact(kept, 99, "later"),
        lambda kept, cast: contact(kept, 100, "", direction="in"),
        lambda kept, cast: Deal.objects.create(customer=kept, on=ago(20), amount_cents=100, unit=kept.unit),
        lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(key_account=True),
        lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(do_not_contact=True),
        lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(created_at=timezone.now()),
        lambda kept, cast: FieldChange.objects.create(customer=kept, field="owner", old="周倩文", new="陈思远"),
        lambda kept, cast: task(kept, TaskKind.PROMISE),
        lambda kept, cast: task(kept, asked=True),
        lambda kept, cast: event(kept, "severe_complaint_opened", 300),
        lambda kept, cast: event(kept, "died", 300),
        lambda kept, cast: PoolExclusion.objects.create(customer=kept, reason="老客户", by=cast.he),
        lambda kept, cast: PoolExclusion.objects.create(customer=kept, reason="老客户", by=cast.he, until=DAY + timedelta(1)),
    ],
    ids=[
        "reached",
        "later",
        "in",
        "came",
        "key",
        "do-not-contact",
        "new",
        "new-keeper",
        "promise",
        "asked",
        "complaint",
        "died",
        "kept",
        "kept-until",
    ],
)
def test_who_does_not_fall(cast, touch):
    kept = old(cast.chen, "张书远")
    touch(kept, cast)
    assert run() == Night()
    assert entries() == set()


@pytest.mark.parametrize(
    "touch",
    [
        lambda kept, cast: contact(kept, 200),
        lambda kept, cast: contact(kept, 3, "not_reached"),
        lambda kept, cast: contact(kept, 3, undone_at=NOON),
        lambda kept, cast: Deal.objects.create(customer=kept, on=ago(20), amount_cents=-100, came=False, unit=kept.unit),
        lambda kept, cast: FieldChange.objects.create(customer=kept, field="hobbies", old="", new="钓鱼"),
        lambda kept, cast: task(kept),
        lambda kept, cast: task(kept, TaskKind.PROMISE, state="done"),
        lambda kept, cast: event(kept, "severe_complaint_opened", 300) and event(kept, "severe_complaint_closed", 290),
        lambda kept, cast: PoolExclusion.objects.create(customer=kept, reason="老客户", by=cast.he, until=DAY),
        lambda kept, cast: PoolExclusion.objects.create(customer=kept, reason="老客户", by=cast.he, lifted_at=NOON),
    ],
    ids=[
        "long-ago",
        "nobody-took-it",
        "taken-back",
        "refund",
        "edited",
        "task",
        "promise-kept",
        "complaint-closed",
        "kept-till-now",
        "lifted",
    ],
)
def test_who_is_warned_all_the_same(cast, touch):
    kept = old(cast.chen, "张书远")
    touch(kept, cast)
    assert run() == Night(warned=1)


def test_without_an_owner_he_falls_at_once_and_a_leaver_s_after_the_notice(cast):
    old(None, "田伟", unit=cast.binjiang)
    card(cast.zhou, "罗志强")
    old(None, "葛建华", unit=cast.beijing, key_account=True)
    cast.zhou.is_active = False
    cast.zhou.save()
    assert run() == Night(warned=1, fell=1)
    falls = DAY + timedelta(7)
    assert entries() == {
        ("田伟", "no_owner", "", None, DAY, DAY, None, ""),
        ("罗志强", "owner_left", "周倩文", DAY, falls, None, None, ""),
    }
    assert Customer.objects.get(name="田伟").version == 1  # nothing changed on the card
    with later(7):
        assert run() == Night(fell=1)
    assert Customer.objects.get(name="罗志强").owner is None


@pytest.mark.parametrize(
    ("touch", "why"),
    [
        (lambda kept, cast: contact(kept, 0), "contacted"),
        (lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(key_account=True), "key"),
        (lambda kept, cast: task(kept, TaskKind.PROMISE), "held"),
        (lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(owner=cast.zhou), "kept"),
    ],
    ids=["contacted", "key", "promise", "another-keeper"],
)
def test_a_warning_is_withdrawn(cast, touch, why):
    kept = old(cast.chen, "张书远")
    run()
    touch(kept, cast)
    night = run()
    assert night.withdrawn == 1 and night.fell == 0
    first = PoolEntry.objects.order_by("pk").first()
    assert (first.left_on, first.left_why, first.fell_on) == (DAY, why, None)


def test_who_the_run_calls_a_key_account_is_neither_warned_nor_falls(cast):
    for owner, name in ((cast.chen, "张书远"), (cast.chen, "葛建华"), (None, "田伟")):
        old(owner, name, unit=cast.binjiang)
    insight({"张书远": 1, "田伟": 1}, type="key")
    assert run() == Night(warned=1)
    assert entries() == {("葛建华", "silent", "陈思远", DAY, DAY + timedelta(7), None, None, "")}


def test_who_became_a_key_account_is_off_the_list_at_once_and_withdrawn_at_night(cast):
    old(cast.chen, "张书远")
    old(None, "田伟", unit=cast.binjiang)
    assert run() == Night(warned=1, fell=1)
    insight({"张书远": 1, "田伟": 1}, type="key")
    assert not still_warned(PoolEntry.objects.all()).exists()
    assert run() == Night(withdrawn=1, left=1)
    assert set(PoolEntry.objects.values_list("left_on", "left_why")) == {(DAY, "key")}
    with later(30):
        assert run() == Night()
    assert Customer.objects.get(name="张书远").owner == cast.chen


def test_another_keeper_has_his_own_time(cast):
    kept = old(cast.chen, "张书远")
    run()
    Customer.objects.filter(pk=kept.pk).update(owner=cast.zhou)  # without a history: silent for him as well
    with later(7):
        assert run() == Night(warned=1, withdrawn=1)
    assert PoolEntry.objects.get(left_on=None).from_owner == cast.zhou


@pytest.mark.parametrize(
    ("touch", "why"),
    [
        (lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(owner=cast.zhou), "kept"),
        (lambda kept, cast: Customer.objects.filter(pk=kept.pk).update(key_account=True), "key"),
        (lambda kept, cast: event(kept, "severe_complaint_opened", 0), "held"),
    ],
    ids=["owner", "key", "complaint"],
)
def test_who_leaves_the_pool(cast, touch, why):
    kept = old(None, "田伟", unit=cast.binjiang)
    run()
    touch(kept, cast)
    assert run().left == 1
    entry = PoolEntry.objects.order_by("pk").first()
    assert (entry.left_on, entry.left_why) == (DAY, why)


def test_a_day_to_come_is_refused(cast):
    old(cast.chen, "张书远")
    with pytest.raises(Refused) as refused:
        run(DAY + timedelta(1))
    assert refused.value.code == "pool.future"
    assert (PoolEntry.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_number_of_statements_does_not_grow(cast):
    def asked(n: int) -> int:
        for place in range(n):
            old(cast.chen, f"客户{n}{place}", 300)
        with CaptureQueriesContext(connection) as queries:
            run()
        return len(queries)

    asked(1)
    assert asked(1) == asked(40)
    with later(7), CaptureQueriesContext(connection) as queries:
        assert run().fell == 42
    assert len(queries) < 60


def test_batches_make_no_difference(cast, monkeypatch):
    for place in range(7):
        old(cast.chen, f"客户{place}", 300)
    monkeypatch.setattr(nightly, "batches", lambda rows: [rows[at : at + 3] for at in range(0, len(rows), 3)])
    assert run() == Night(warned=7)
    assert run() == Night()
    with later(7):
        assert run() == Night(fell=7)
    assert Customer.objects.filter(owner=None).count() == 7


# ── the condition in SQL and the rule say the same ──

one_card = st.fixed_dictionaries(
    {
        "age": st.integers(0, 400),
        "owner": st.sampled_from(["chen", "zhou", None]),  # 周倩文 has left
        "contact": st.none() | st.integers(0, 400),
        "deal": st.none() | st.integers(0, 400),
        "change": st.none() | st.integers(0, 400),
        "key": st.booleans(),
        "quiet": st.booleans(),
        "promise": st.booleans(),
        "opened": st.none() | st.integers(0, 30),
        "closed": st.none() | st.integers(0, 30),
    }
)


@pytest.mark.django_db(transaction=False)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=st.lists(one_card, min_size=1, max_size=8))
def test_the_condition_finds_everybody_the_rule_would(db, lives):
    from django.db import transaction

    with transaction.atomic():
        cast = assemble()
        cast.zhou.is_active = False
        cast.zhou.save()
        for place, life in enumerate(lives):
            owner = getattr(cast, life["owner"]) if life["owner"] else None
            kept = old(owner, f"客户{place}", life["age"], unit=cast.binjiang, key_account=life["key"], do_not_contact=life["quiet"])
            if life["contact"] is not None:
                contact(kept, life["contact"])
            if life["deal"] is not None:
                Deal.objects.create(customer=kept, on=ago(life["deal"]), amount_cents=100, unit=kept.unit)
            if life["change"] is not None:
                change = FieldChange.objects.create(customer=kept, field="owner")
                FieldChange.objects.filter(pk=change.pk).update(at=NOON - timedelta(life["change"]))
            if life["promise"]:
                task(kept, TaskKind.PROMISE, assignee=cast.chen)
            for kind in ("opened", "closed"):
                if life[kind] is not None:
                    event(kept, f"severe_complaint_{kind}", life[kind])
        cards = list(Customer.objects.select_related("owner"))
        facts = facts_of(cards, DAY)
        by_rule = {pk for pk, known in facts.items() if verdict(known, DAY, None, 180, 7).do != STAY}
        assert set(may_be_due(DAY, 180, 7).values_list("pk", flat=True)) == by_rule
        transaction.set_rollback(True)
