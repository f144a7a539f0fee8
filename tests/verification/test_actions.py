"""A week's sample from the draw to the last card: what is written, what is refused, who waits for whom."""

from datetime import date, timedelta

import pytest
import time_machine

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers import actions as customers
from liuke.customers.edits import Conflict
from liuke.customers.models import Customer, Event, FieldChange, Phone
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.verification import actions
from liuke.verification.actions import Said
from liuke.verification.labels import State
from liuke.verification.models import FieldCheck, SampleCard, SampleWeek
from tests.cast import card
from tests.threads import at_once
from tests.verification.conftest import NOON

pytestmark = pytest.mark.django_db
RIGHT = Said("right")


@pytest.fixture
def kept(cast):
    return card(cast.chen, "张书远", "13800001234", hobbies="钓鱼", gender="male", birth_month=8, birth_day=15, source="老客户介绍")


@pytest.fixture
def drawn(kept):
    actions.draw()
    return SampleCard.objects.get()


def stored():
    models = (Customer, Phone, FieldChange, AuditEntry, SampleWeek, SampleCard, FieldCheck, Interaction, CheckOut)
    return [list(model.objects.order_by("pk").values()) for model in models]


def refused(code, act, *args, **kwargs):
    before = stored()
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code, caught.value.code
    assert stored() == before
    return str(caught.value)


# ── the draw ─────────────────────────────────────────────────────────────────


def test_five_for_each_owner_who_can_be_called(cast):
    for place in range(8):
        card(cast.chen, f"客户{place}", f"1380000100{place}")
    for place in range(3):
        card(cast.zhou, f"来客{place}", f"1380000200{place}")
    card(cast.ding, "没电话")
    card(cast.ding, "不打扰", "13800003001", do_not_contact=True)
    gone = card(cast.ding, "故去的", "13800003002")
    Event.objects.create(customer=gone, kind="died", on=date(2026, 1, 3))
    card(None, "没人管", "13800003003", unit=cast.binjiang)
    left = card(cast.lin, "她走了", "13800003004")
    type(cast.lin).objects.filter(pk=left.owner_id).update(is_active=False)
    made = actions.draw()
    assert (made.week, made.per_owner) == (date(2026, 11, 2), 5)
    owners = list(SampleCard.objects.order_by("owner").values_list("owner__name", flat=True))
    assert owners == ["陈思远"] * 5 + ["周倩文"] * 3
    entry = AuditEntry.objects.get(verb="verification.sample")
    assert (entry.actor, entry.detail) == (None, {"week": "2026-11-02", "customers": 8, "owners": 2})


def test_drawn_again_it_is_the_same(drawn):
    before = stored()
    assert actions.draw(date(2026, 11, 8)).pk == drawn.sample_id
    assert stored() == before


def test_the_next_week_prefers_others(cast):
    for place in range(8):
        card(cast.chen, f"客户{place}", f"1380000100{place}")
    first = actions.draw()
    with time_machine.travel(NOON + timedelta(days=7)):
        second = actions.draw()
    ids = [set(made.cards.values_list("customer_id", flat=True)) for made in (first, second)]
    assert [len(one) for one in ids] == [5, 5]
    assert len(ids[0] & ids[1]) == 2  # three were fresh, two had to come again


def test_a_week_to_come_is_not_drawn(cast, kept):
    assert "还没到" in refused("verification.future", actions.draw, date(2026, 11, 9))
    refused("permission", actions.draw, None, cast.he)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_sample(cast):
    for place in range(8):
        card(cast.chen, f"客户{place}", f"1380000100{place}")
    made = at_once(*[actions.draw] * 4)
    assert len({one.pk for one in made}) == 1, made
    assert (SampleWeek.objects.count(), SampleCard.objects.count()) == (1, 5)
    assert AuditEntry.objects.filter(verb="verification.sample").count() == 1


# ── the call ─────────────────────────────────────────────────────────────────


def test_the_number_opens_for_the_call_and_only_there(cast, kept, drawn):
    out = actions.open_number(cast.xu, drawn.pk)
    assert (out.purpose, out.user, out.customer) == ("核查", cast.xu, kept)
    assert AuditEntry.objects.get(verb="card.check_out").detail["check_out"] == out.pk
    refused("permission", actions.open_number, cast.he, drawn.pk)
    other = card(cast.chen, "王淑芬", "13800005678")
    with pytest.raises(SampleCard.DoesNotExist):
        actions.open_number(cast.xu, other.pk + 1000)


def test_what_was_said_is_kept_and_the_right_value_stands_on_the_card(cast, kept, drawn):
    actions.open_number(cast.xu, drawn.pk)
    said = {"name": RIGHT, "phone": RIGHT, "hobbies": Said("wrong", "下棋"), "source": Said("wrong"), "gender": Said("unreached")}
    done = actions.save(cast.xu, drawn.pk, said, 1)
    assert (done.state, done.checked, done.right, done.done_by) == (State.DONE, 4, 2, cast.xu)
    kept.refresh_from_db()
    assert (kept.hobbies, kept.source, kept.confirmed_on) == ("下棋", "老客户介绍", None)
    results = dict(FieldCheck.objects.values_list("field", "result"))
    assert results == {
        "name": "right", "phone": "right", "hobbies": "changed", "source": "wrong", "gender": "unreached", "birthday": "unreached",
    }  # fmt: skip
    change = FieldChange.objects.get()
    assert (change.field, change.old, change.new, change.by) == ("hobbies", "钓鱼", "下棋", cast.xu)
    assert FieldCheck.objects.get(field="hobbies").change == change
    contact = Interaction.objects.get()
    assert (contact.summary, contact.by, contact.two_way) == ("核查资料：问了 4 项，2 项对", cast.xu, True)
    assert CheckOut.objects.get().returned_at is not None
    assert AuditEntry.objects.get(verb="verification.check").detail == {
        "card": drawn.pk, "checked": 4, "right": 2, "fields": ["hobbies"],
    }  # fmt: skip


def test_a_card_without_doubt_counts_as_confirmed(cast, kept, drawn):
    actions.save(cast.xu, drawn.pk, {"name": RIGHT, "birthday": Said("wrong", "农历8月15日")}, 1)
    kept.refresh_from_db()
    assert (kept.confirmed_on, kept.birth_lunar) == (date(2026, 11, 4), True)
    assert FieldCheck.objects.get(field="birthday").change.field == "birth_lunar"


def test_a_new_number_becomes_the_first(cast, kept, drawn):
    actions.save(cast.xu, drawn.pk, {"phone": Said("wrong", "139 0000 2222")}, 1)
    kept.refresh_from_db()
    assert kept.phone == "+8613900002222"
    assert FieldCheck.objects.get(field="phone").change.field == "phone"


def test_nobody_answered(cast, kept, drawn):
    for day in range(2):
        with time_machine.travel(NOON + timedelta(days=day)):
            tried = actions.missed(cast.xu, drawn.pk)
        assert (tried.state, tried.tries, tried.next_on) == (State.WAITING, day + 1, date(2026, 11, 5 + day))
    with time_machine.travel(NOON + timedelta(days=2)):
        over = actions.missed(cast.xu, drawn.pk)
    assert (over.state, over.tries, over.done_by) == (State.UNREACHED, 3, cast.xu)
    assert FieldCheck.objects.count() == 0
    assert list(Interaction.objects.values_list("outcome", flat=True)) == ["not_reached"] * 3
    refused("verification.done", actions.missed, cast.xu, drawn.pk)


# ── refusals ─────────────────────────────────────────────────────────────────


def test_nothing_said_is_nothing_saved(cast, drawn):
    refused("verification.nothing", actions.save, cast.xu, drawn.pk, {"name": Said("unreached"), "wechat": RIGHT, "shoe": RIGHT}, 1)


def test_a_value_that_is_no_value(cast, drawn):
    refused("phone.short", actions.save, cast.xu, drawn.pk, {"name": RIGHT, "phone": Said("wrong", "1380000")}, 1)


def test_the_same_value_is_right_and_not_wrong(cast, drawn):
    told = refused("verification.same", actions.save, cast.xu, drawn.pk, {"name": RIGHT, "hobbies": Said("wrong", "钓鱼")}, 1)
    assert told == "爱好和卡上的一样，请选“对”。"


def test_a_field_changed_meanwhile_is_not_confirmed_unseen(cast, kept, drawn):
    customers.edit(cast.chen, kept.pk, {"hobbies": "看书"}, 1)
    assert "陈思远刚改过爱好" in refused("verification.moved", actions.save, cast.xu, drawn.pk, {"name": RIGHT, "hobbies": RIGHT}, 1)
    before = stored()
    with pytest.raises(Conflict):
        actions.save(cast.xu, drawn.pk, {"hobbies": Said("wrong", "下棋")}, 1)
    assert stored() == before
    actions.save(cast.xu, drawn.pk, {"name": RIGHT}, 1)


def test_a_card_that_is_done_is_done(cast, drawn):
    actions.save(cast.xu, drawn.pk, {"name": RIGHT}, 1)
    assert "许文涛已经核过了" in refused("verification.done", actions.save, cast.zhao, drawn.pk, {"name": RIGHT}, 1)
    refused("verification.done", actions.open_number, cast.xu, drawn.pk)


def test_who_may_not(cast, drawn):
    for who in (cast.chen, cast.he, cast.fang, cast.root):
        refused("permission", actions.save, who, drawn.pk, {"name": RIGHT}, 1)
        refused("permission", actions.missed, who, drawn.pk)
    cast.xu.scope = cast.north
    before = stored()
    with pytest.raises(SampleCard.DoesNotExist):
        actions.save(cast.xu, drawn.pk, {"name": RIGHT}, 1)
    assert stored() == before


@pytest.mark.django_db(transaction=True)
def test_two_people_at_one_card_at_once(cast, drawn):
    def save(who):
        return lambda: actions.save(who, drawn.pk, {"name": RIGHT}, 1)

    results = at_once(save(cast.xu), save(cast.zhao))
    [problem] = [one for one in results if isinstance(one, Exception)]
    assert isinstance(problem, Refused) and problem.code == "verification.done", problem
    assert FieldCheck.objects.filter(field="name").count() == 1
