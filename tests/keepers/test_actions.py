"""Claiming, giving back, assigning, keeping out; every refusal leaves its name on the log and nothing else."""

from datetime import timedelta

import pytest
import time_machine

from liuke.audit.models import AuditEntry
from liuke.custody.actions import check_out
from liuke.customers.models import Customer, FieldChange, Transfer
from liuke.interactions.actions import record as record_contact
from liuke.interactions.labels import Outcome, Way
from liuke.keepers import actions
from liuke.keepers.models import PoolEntry, PoolExclusion
from liuke.keepers.nightly import run
from liuke.keepers.queries import claimable_from, quota_left
from liuke.kernel.refusal import Refused
from liuke.packs.limits import Cards
from liuke.work.labels import TaskKind
from tests.cast import card
from tests.keepers.world import DAY, NOON, old, task


@pytest.fixture(autouse=True)
def limits(db, monkeypatch):
    """Two customers in 30 days, a cool-down of 30."""
    from liuke.team.queries import pack

    changed = pack().model_copy(update={"cards": Cards(pool_quota=2)})
    for place in ("liuke.keepers.queries.current_pack", "liuke.keepers.nightly.current_pack"):
        monkeypatch.setattr(place, lambda: changed)


@pytest.fixture
def pooled(cast):
    """田伟 and 何美玲 in the pool of 杭州滨江店, 孙莉 in that of 北京朝阳店."""
    old(None, "田伟", unit=cast.binjiang)
    old(None, "何美玲", unit=cast.binjiang)
    old(None, "孙莉", unit=cast.beijing)
    run()
    return cast


def entry(name):
    return PoolEntry.objects.filter(customer__name=name).order_by("-pk").first()


def world():
    rows = [list(model.objects.order_by("pk").values()) for model in (PoolEntry, PoolExclusion, FieldChange, Transfer)]
    return rows, list(Customer.objects.order_by("pk").values("owner", "unit", "version"))


def refused(act, code, verb):
    """`act` is refused by the rule `code`: nothing is changed but one line on the log."""
    before, logged = world(), AuditEntry.objects.count()
    with pytest.raises(Refused) as told:
        act()
    assert told.value.code == code
    assert world() == before
    last = AuditEntry.objects.order_by("-seq").first()
    assert (AuditEntry.objects.count(), last.verb, last.detail) == (logged + 1, "keepers.refused", {"act": verb, "rule": code})
    return str(told.value)


def test_a_claimed_customer_is_one_s_own(pooled):
    done = actions.claim(pooled.chen, entry("田伟").pk)
    kept = Customer.objects.get(name="田伟")
    assert (kept.owner, kept.unit, kept.version) == (pooled.chen, pooled.binjiang, 2)
    assert (done.left_on, done.left_why, done.taken_by, done.taken_at) == (DAY, "claimed", pooled.chen, NOON)
    assert [(change.field, change.old, change.new, change.by) for change in FieldChange.objects.all()] == [
        ("owner", "", "陈思远", pooled.chen)
    ]
    assert quota_left(pooled.chen, DAY) == 1
    assert run().fell == 0  # his time with him has begun
    assert AuditEntry.objects.filter(verb="pool.claim").count() == 1


def test_who_comes_second_is_told_who_was_first(pooled):
    taken = entry("田伟").pk
    actions.claim(pooled.lin, taken)
    said = refused(lambda: actions.claim(pooled.chen, taken), "pool.taken", "pool.claim")
    assert said == "慢了一步，林倩刚刚接走了这位客户。"
    refused(lambda: actions.claim(pooled.lin, taken), "pool.own", "pool.claim")


@pytest.mark.parametrize("who", ["zhou", "chen"])
def test_another_unit_s_pool_does_not_exist(pooled, who):
    before = world()
    with pytest.raises(PoolEntry.DoesNotExist):
        actions.claim(getattr(pooled, who), entry("孙莉").pk)
    with pytest.raises(PoolEntry.DoesNotExist):
        actions.claim(getattr(pooled, who), 987_654_321)
    assert world() == before


@pytest.mark.parametrize("who", ["xu", "fang", "root"])
def test_who_keeps_no_cards_claims_none(pooled, who):
    refused(lambda: actions.claim(getattr(pooled, who), entry("田伟").pk), "permission", "pool.claim")


def test_a_warned_customer_cannot_be_claimed(cast):
    old(cast.chen, "张书远")
    run()
    with pytest.raises(PoolEntry.DoesNotExist):
        actions.claim(cast.lin, entry("张书远").pk)


def test_the_quota(pooled):
    old(None, "葛建华", unit=pooled.binjiang)
    run()
    actions.claim(pooled.chen, entry("田伟").pk)
    actions.claim(pooled.chen, entry("何美玲").pk)
    said = refused(lambda: actions.claim(pooled.chen, entry("葛建华").pk), "pool.quota", "pool.claim")
    assert said == "您的认领名额用完了，先把手上的联系好，过些日子再来。"
    # To give one back makes no room: his card was open to read. Time does.
    actions.give_back(pooled.chen, Customer.objects.get(name="田伟").pk, "搬到外地去了")
    assert quota_left(pooled.chen, DAY) == 0
    with time_machine.travel(NOON + timedelta(29)):
        assert quota_left(pooled.chen, DAY + timedelta(29)) == 0
    with time_machine.travel(NOON + timedelta(30)):
        assert quota_left(pooled.chen, DAY + timedelta(30)) == 2


def test_the_cool_down(cast):
    old(cast.chen, "张书远")
    run()
    fell = DAY + timedelta(7)
    with time_machine.travel(NOON + timedelta(7)):
        run()
        said = refused(lambda: actions.claim(cast.chen, entry("张书远").pk), "pool.cooldown", "pool.claim")
        assert said == "这位客户刚从您名下进的公海，2026-12-27起才能再认领。"
    with time_machine.travel(NOON + timedelta(36)):
        assert claimable_from(cast.chen, [entry("张书远").customer_id], fell + timedelta(29)) == {
            entry("张书远").customer_id: fell + timedelta(30)
        }
        refused(lambda: actions.claim(cast.chen, entry("张书远").pk), "pool.cooldown", "pool.claim")
    with time_machine.travel(NOON + timedelta(37)):
        assert actions.claim(cast.chen, entry("张书远").pk).taken_by == cast.chen


# ── and back ──


def test_a_claim_taken_back_stands_in_the_pool_as_before(pooled):
    before = entry("田伟")
    done = actions.claim(pooled.chen, before.pk)
    back = actions.undo_claim(pooled.chen, done.pk)
    kept = Customer.objects.get(name="田伟")
    assert (kept.owner, kept.version) == (None, 3)
    assert (back.why, back.fell_on, back.from_owner, back.left_on) == (before.why, before.fell_on, None, None)
    assert back.pk != before.pk
    done.refresh_from_db()
    assert (done.left_why, done.taken_by, done.undone_at) == ("claimed", pooled.chen, NOON)
    assert quota_left(pooled.chen, DAY) == 1  # looked at is looked at, for today
    assert quota_left(pooled.chen, DAY + timedelta(1)) == 2
    refused(lambda: actions.undo_claim(pooled.chen, done.pk), "pool.undone", "pool.undo")
    assert actions.claim(pooled.lin, back.pk).taken_by == pooled.lin


def test_a_claim_that_was_used_cannot_be_taken_back(pooled):
    done = actions.claim(pooled.chen, entry("田伟").pk)
    check_out(pooled.chen, done.customer_id, "回访")
    refused(lambda: actions.undo_claim(pooled.chen, done.pk), "pool.used", "pool.undo")
    other = actions.claim(pooled.lin, entry("何美玲").pk)
    record_contact(pooled.lin, other.customer_id, Way.PHONE, Outcome.REACHED)
    refused(lambda: actions.undo_claim(pooled.lin, other.pk), "pool.used", "pool.undo")


def test_a_claim_cannot_be_taken_back_late_nor_by_others(pooled):
    done = actions.claim(pooled.chen, entry("田伟").pk)
    with pytest.raises(PoolEntry.DoesNotExist):
        actions.undo_claim(pooled.lin, done.pk)
    with time_machine.travel(NOON + timedelta(minutes=11)):
        refused(lambda: actions.undo_claim(pooled.chen, done.pk), "pool.late", "pool.undo")


def test_give_back_and_take_back(cast):
    kept = card(cast.chen, "张书远")
    task(kept, TaskKind.HAND_OVER, playbook="", signal="")
    done = actions.give_back(cast.chen, kept.pk, "搬到外地去了")
    kept.refresh_from_db()
    assert kept.owner is None
    assert (done.why, done.note, done.from_owner, done.fell_on, done.unit) == ("given_back", "搬到外地去了", cast.chen, DAY, cast.binjiang)
    refused(lambda: actions.claim(cast.chen, done.pk), "pool.cooldown", "pool.claim")
    actions.undo_give_back(cast.chen, done.pk)
    kept.refresh_from_db()
    assert (kept.owner, kept.version) == (cast.chen, 3)
    refused(lambda: actions.undo_give_back(cast.chen, done.pk), "pool.undone", "pool.undo")
    again = actions.give_back(cast.chen, kept.pk, "搬到外地去了")
    actions.claim(cast.lin, again.pk)
    refused(lambda: actions.undo_give_back(cast.chen, again.pk), "pool.left", "pool.undo")


@pytest.mark.parametrize(
    ("fields", "promise", "reason", "code"),
    [
        ({"key_account": True}, False, "搬走了", "pool.key"),
        ({}, True, "搬走了", "pool.held"),
        ({}, False, " ", "pool.reason"),
    ],
)
def test_what_cannot_be_given_back(cast, fields, promise, reason, code):
    kept = card(cast.chen, "张书远", **fields)
    if promise:
        task(kept, TaskKind.PROMISE)
    refused(lambda: actions.give_back(cast.chen, kept.pk, reason), code, "pool.give_back")


def test_only_one_s_own_can_be_given_back(cast):
    kept = card(cast.chen, "张书远")
    refused(lambda: actions.give_back(cast.lin, kept.pk, "搬走了"), "pool.not_own", "pool.give_back")
    with pytest.raises(Customer.DoesNotExist):
        actions.give_back(cast.zhou, kept.pk, "搬走了")


# ── the supervisor ──


def test_assigned_customers_move_to_the_receiver_s_store_and_back(pooled):
    ids = [entry("田伟").pk, entry("何美玲").pk]
    done = actions.assign(pooled.he, ids, pooled.zhou.pk)
    assert done.count == 2
    assert set(Customer.objects.filter(owner=pooled.zhou).values_list("name", "unit__name")) == {
        ("田伟", "南京江宁店"),
        ("何美玲", "南京江宁店"),
    }
    assert entry("田伟").left_why == "assigned" and quota_left(pooled.zhou, DAY) == 2
    result = actions.undo_assign(pooled.he, done.transfer.pk)
    assert result.back == 2
    assert Customer.objects.filter(owner=None, unit=pooled.binjiang).count() == 2
    assert PoolEntry.objects.in_pool().filter(customer__name__in=["田伟", "何美玲"]).count() == 2
    assert PoolEntry.objects.count() == 5


@pytest.mark.parametrize(
    ("who", "names", "to", "code"),
    [
        ("chen", ["田伟"], "zhou", "permission"),
        ("he", [], "zhou", "pool.none"),
        ("he", ["田伟"], None, "pool.to"),
        ("he", ["田伟"], "ding", "pool.to"),
        ("he", ["田伟"], "xu", "pool.to"),
    ],
)
def test_what_cannot_be_assigned(pooled, who, names, to, code):
    ids = [entry(name).pk for name in names]
    refused(lambda: actions.assign(getattr(pooled, who), ids, getattr(pooled, to).pk if to else None), code, "pool.assign")


def test_one_that_is_gone_stops_the_whole_assignment(pooled):
    ids = [entry("田伟").pk, entry("何美玲").pk]
    actions.claim(pooled.lin, ids[1])
    refused(lambda: actions.assign(pooled.he, ids, pooled.zhou.pk), "pool.taken", "pool.assign")
    with pytest.raises(PoolEntry.DoesNotExist):
        actions.assign(pooled.he, [ids[0], entry("孙莉").pk], pooled.zhou.pk)


def test_kept_out_of_the_pool_and_in_again(pooled):
    kept = Customer.objects.get(name="田伟")
    done = actions.exclude(pooled.he, kept.pk, "老板的朋友，何静自己联系")
    assert entry("田伟").left_why == "held"
    assert run().fell == 0
    refused(lambda: actions.exclude(pooled.he, kept.pk, "再留一次"), "pool.excluded", "pool.exclude")
    actions.lift(pooled.he, done.pk)
    refused(lambda: actions.lift(pooled.he, done.pk), "pool.lifted", "pool.exclude")
    assert run().fell == 1
    far = actions.exclude(pooled.zhao, Customer.objects.get(name="孙莉").pk, "留着")
    with pytest.raises(PoolExclusion.DoesNotExist):
        actions.lift(pooled.he, far.pk)


@pytest.mark.parametrize(
    ("who", "reason", "until", "code"),
    [("chen", "留着", None, "permission"), ("he", "", None, "pool.reason"), ("he", "留着", DAY, "pool.until")],
)
def test_who_cannot_be_kept_out(pooled, who, reason, until, code):
    kept = Customer.objects.get(name="田伟")
    refused(lambda: actions.exclude(getattr(pooled, who), kept.pk, reason, until), code, "pool.exclude")
    with pytest.raises(Customer.DoesNotExist):
        actions.exclude(pooled.he, Customer.objects.get(name="孙莉").pk, "留着")
