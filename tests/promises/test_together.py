"""Many small promises to one customer are one big one; who moves his word often is seen to; two at one promise end it once."""

from datetime import timedelta

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers.models import Event
from liuke.kernel.refusal import Refused
from liuke.promises import actions
from liuke.promises.models import Promise
from liuke.promises.queries import by_keeper, given_cents, tally_of
from liuke.promises.rules import Tally
from liuke.team.queries import pack
from tests.promises.test_actions import MONDAY, TODAY, everything, give
from tests.threads import at_once
from tests.work.cast import company

# ── together ─────────────────────────────────────────────────────────────────


def test_five_times_three_hundred_is_fifteen_hundred(cast, zhang):
    made = [give(cast, zhang, text=f"第{n}件", amount_cents=30_000) for n in range(5)]
    assert [one.approval for one in made] == ["", "waiting", "waiting", "waiting", "waiting"]
    other = give(cast, cast.customer("K2"), amount_cents=30_000)
    free = give(cast, zhang, text="不花钱的", amount_cents=0)
    assert (other.approval, free.approval) == ("", "")


def test_a_colleague_does_not_begin_at_nothing(cast, zhang):
    give(cast, zhang, amount_cents=20_000)
    assert give(cast, zhang, actor=cast.linqian, text="再送一次", amount_cents=10_001).approval == "waiting"
    assert give(cast, zhang, actor=cast.linqian, text="再送一点", amount_cents=10_000).approval == ""


def test_who_agrees_looks_at_all_of_it_too(cast, zhang):
    """A supervisor agrees to 2,000 yuan: not three times to 800."""
    made = [give(cast, zhang, text=f"第{n}件", amount_cents=80_000) for n in range(3)]
    for one in made[:2]:
        actions.decide(cast.hejing, one.pk, True)
    before = everything()
    with pytest.raises(Refused) as refused:
        actions.decide(cast.hejing, made[2].pk, True)
    assert (refused.value.code, str(refused.value)) == ("promise.limit", "连同近 30 天答应他的，超过您能批的金额，请上一级来批。")
    assert everything() == before
    assert actions.decide(cast.guoping, made[2].pk, True).approval == "approved"


def test_what_counts_together(cast, zhang, noon):
    first = give(cast, zhang, text="一", amount_cents=1)
    give(cast, zhang, text="二", amount_cents=20, due_on=TODAY)
    Promise.objects.filter(text="二").update(made_on=TODAY - timedelta(29))
    give(cast, zhang, text="三", amount_cents=300, due_on=TODAY)
    Promise.objects.filter(text="三").update(made_on=TODAY - timedelta(30))
    dropped = give(cast, zhang, text="四", amount_cents=4_000)
    actions.withdraw(cast.siyuan, dropped.pk)
    slip = give(cast, zhang, text="五", amount_cents=5_000)
    actions.take_back(cast.siyuan, slip.pk)
    waits = give(cast, zhang, text="六", amount_cents=60_000)
    assert waits.approval == "waiting"
    for days in (1, 2):  # moved twice, it is still one
        first = actions.renegotiate(cast.siyuan, first.pk, MONDAY + timedelta(days))
    unsure = give(cast, zhang, text="七", amount_cents=7_000, sure=False)
    actions.make_sure(cast.siyuan, unsure.pk, MONDAY)
    kept = give(cast, zhang, text="八", amount_cents=8)
    actions.settle(cast.siyuan, kept.pk, True)
    assert given_cents(zhang.pk, TODAY, pack()) == 1 + 20 + 7_000 + 8
    assert given_cents(zhang.pk, TODAY, pack(), but=kept.pk) == 1 + 20 + 7_000


@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_do_not_agree_to_more_than_one_may():
    cast = company()
    zhang = cast.customer("K1")
    a, b = (give(cast, zhang, text=text, amount_cents=150_000) for text in ("一", "二"))
    came = at_once(lambda: actions.decide(cast.hejing, a.pk, True), lambda: actions.decide(cast.hejing, b.pk, True))
    assert sorted(type(one).__name__ for one in came) == ["Promise", "Refused"]
    assert sorted(Promise.objects.values_list("approval", flat=True)) == ["approved", "waiting"]


# ── moved ────────────────────────────────────────────────────────────────────


def test_a_promise_that_is_moved_often_is_counted_as_often(cast, zhang):
    at = give(cast, zhang)
    for days in (1, 2, 3):
        at = actions.renegotiate(cast.siyuan, at.pk, MONDAY + timedelta(days))
    assert at.moves == 3
    actions.settle(cast.siyuan, at.pk, True)
    straight = give(cast, zhang, text="另一件")
    actions.settle(cast.siyuan, straight.pk, True)
    counted = Tally(kept=2, moved=3, again=1)
    assert tally_of(Promise.objects.all(), TODAY, pack()) == counted
    assert [row.tally for row in by_keeper(Promise.objects.all(), TODAY, pack())] == [counted]
    assert counted.total == Promise.objects.count() == 5


def test_a_sure_word_in_the_place_of_an_unsure_one_moves_nothing(cast, zhang):
    unsure = give(cast, zhang, sure=False)
    assert actions.make_sure(cast.siyuan, unsure.pk, MONDAY).moves == 0


# ── two at once ──────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_two_who_settle_at_once_settle_it_once():
    cast = company()
    made = give(cast, cast.customer("K1"), due_on=TODAY)
    came = at_once(lambda: actions.settle(cast.hejing, made.pk, False), lambda: actions.settle(cast.siyuan, made.pk, False))
    assert sorted(type(one).__name__ for one in came) == ["Promise", "Refused"]
    assert [one.code for one in came if isinstance(one, Refused)] == ["promise.settled"]
    assert (Event.objects.filter(kind="promise_broken").count(), AuditEntry.objects.filter(verb="promise.settle").count()) == (1, 1)


@pytest.mark.parametrize(
    "since",
    [{"state": "kept", "settled_on": TODAY}, {"approval": "approved"}, {"undone_at": "2026-11-20T00:00:00Z"}],
    ids=["settled", "agreed-to", "taken-back"],
)
def test_what_was_read_before_somebody_else_acted_ends_nothing(cast, zhang, since):
    """Whoever read it as it was holds an old row: it must not be ended by what he knows."""
    read = give(cast, zhang, amount_cents=50_000)
    assert read.approval == "waiting"
    Promise.objects.filter(pk=read.pk).update(**since)
    before = everything()
    assert actions.close(read, "broken", cast.siyuan, TODAY, "") is False
    assert everything() == before
