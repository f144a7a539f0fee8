"""Figures of a period: exact counts, the rows behind each, causes that come again."""

from datetime import date, timedelta

import pytest

from liuke.complaints import agreeing, classifying, closing, entering, handling
from liuke.complaints.figures import SHARES, TIMES, behind, figures, repeated, repeated_rows
from liuke.complaints.models import Complaint, ComplaintNeed
from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.kernel.refusal import Refused
from liuke.promises.models import Promise
from liuke.work import promising
from tests.complaints.conftest import NOON, classified, enter, tick, told

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def finished(cast, row):
    for promise in Promise.objects.open():
        promising.settle(cast.linqian, promise.pk, True)
    tick(cast.linqian, row, "follow_up")
    closing.call_back(cast.linqian, row.pk, True, words="问过了")
    for need in ComplaintNeed.objects.filter(complaint=row):
        classifying.judge_need(cast.linqian, need.pk, True)
    closing.decide_cause(cast.linqian, row.pk, root_cause="阀体", decision="none", why="换代")
    return closing.close(cast.linqian, row.pk)


@pytest.fixture
def month(cast, xu, noon):
    """Four: closed in time and bought again, not content once, answered late, just come in."""
    for amount in (58_000, 0):
        Deal.objects.create(customer=xu, on=NOON.date(), amount_cents=amount)
    one = told(cast, enter(cast, xu, product="brake_pads"), amount_cents=40_000)
    noon.shift(timedelta(hours=1))
    finished(cast, one)
    two = told(cast, enter(cast, xu, product="brake_pads"))
    closing.call_back(cast.linqian, two.pk, False, words="问过了")
    three = enter(cast, xu, text="没人理", received_at=NOON - timedelta(hours=3))
    handling.answer(cast.linqian, three.pk)
    four = enter(cast, xu, text="空调不冷", severity="severe")
    noon.shift(timedelta(minutes=20))
    Deal.objects.create(customer=xu, on=NOON.date() + timedelta(5), amount_cents=98_000)
    return one, two, three, four


def test_so_many_of_so_many(cast, xu, month):
    found = figures(cast.hejing, FIRST, LAST)
    assert found.received == 4
    assert (found.rate.n, found.rate.of) == (4, 2)
    assert {key: (share.n, share.of) for key, share in found.shares.items()} == {
        "answered_in_time": (2, 3), "resolved_in_time": (1, 1), "in_time": (1, 2), "reopened": (1, 2), "satisfied": (1, 2),
        "closed": (1, 4), "severe": (1, 4),
    }  # fmt: skip
    assert dict(found.split["cause"]) == {"product_quality": 2, "": 2}
    assert {each.key: each.n for each in found.took} == {"answer": 3, "accept": 2, "clarify": 2, "told": 1, "close": 1}
    assert next(each.middle for each in found.took if each.key == "close") == timedelta(hours=1)
    assert (found.cost_cents, found.costly) == (40_000, 1)
    assert (found.again.n, found.again.of, found.too_early) == (1, 1, 0)


def test_each_figure_gives_its_list(cast, xu, month):
    found = figures(cast.hejing, FIRST, LAST)
    for key in SHARES:
        assert behind(cast.hejing, key, FIRST, LAST).count() == found.shares[key].n, key
        assert behind(cast.hejing, key, FIRST, LAST, of=True).count() == found.shares[key].of, key
    for each in found.took:
        assert behind(cast.hejing, each.key, FIRST, LAST).count() == each.n
    for axis, values in found.split.items():
        for value, n in values:
            assert behind(cast.hejing, f"{axis}:{value}", FIRST, LAST).count() == n
    assert list(behind(cast.hejing, "again", FIRST, LAST)) == list(behind(cast.hejing, "cost", FIRST, LAST)) == [month[0]]
    for key in ("nothing", "owner:1"):
        with pytest.raises(KeyError):
            behind(cast.hejing, key, FIRST, LAST)


def test_what_one_may_not_see_is_not_counted(cast, xu, month):
    other = cast.customer("K000002", "周远", owner=cast.xiaomei, unit=cast.other)
    enter(cast, other, actor=cast.hejing)
    assert [figures(user, FIRST, LAST).received for user in (cast.linqian, cast.hejing)] == [4, 5]
    assert figures(cast.hejing, FIRST, LAST, unit=cast.other.pk).received == 1
    with pytest.raises(Refused):
        figures(cast.siyuan, FIRST, LAST)


def test_a_cause_that_comes_again(cast, xu, month):
    found = repeated(cast.hejing, FIRST, LAST, "product")
    assert [(each.label, each.cause, each.n, each.open, each.cost_cents) for each in found] == [("刹车片", "product_quality", 2, 1, 40_000)]
    assert set(repeated_rows(cast.hejing, FIRST, LAST, "product", found[0].id, found[0].cause)) == set(month[:2])
    assert [(each.label, each.n) for each in repeated(cast.hejing, FIRST, LAST, "unit")] == [("杭州滨江店", 2)]
    assert repeated(cast.hejing, FIRST, LAST, "person") == []
    Complaint.objects.filter(pk=month[0].pk).update(department="总装二组")
    entering.set_department(cast.linqian, month[1].pk, "总装 二组 ")  # a gap makes no other department
    assert [(each.id, each.n) for each in repeated(cast.hejing, FIRST, LAST, "department")] == [("总装二组", 2)]
    Customer.objects.filter(pk=xu.pk).update(unit=cast.other)  # the card moves, the complaint stays whose it was
    assert [(each.label, each.n) for each in repeated(cast.hejing, FIRST, LAST, "unit")] == [("杭州滨江店", 2)]


def test_the_same_cost_for_more(cast, xu, month, django_assert_num_queries):
    with django_assert_num_queries(13):
        figures(cast.hejing, FIRST, LAST)
    more = enter(cast, xu, text="又一件")
    classified(cast.linqian, more)
    tick(cast.linqian, more, "accept")
    agreeing.propose(cast.linqian, more.pk, "送", NOON.date())
    with django_assert_num_queries(13):
        figures(cast.hejing, FIRST, LAST)
    assert len(TIMES) == 5
