"""What the pages read: in sight only, in the order of doing, at the same cost for one and for many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.complaints import agreeing, handling, linking
from liuke.complaints.case import case
from liuke.complaints.entering import enter_public
from liuke.complaints.models import Complaint
from liuke.complaints.queries import VIEWS, approvals_waiting, board, clock_of, counts, for_card, listed
from liuke.complaints.receipts import by_receipt
from tests.complaints.conftest import NOON, enter, tick, told


def queries(act):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        act()
    return len(seen)


def test_who_sees_which(cast, xu):
    mine, other = enter(cast, xu), cast.customer("K000002", "周远", owner=cast.xiaomei, unit=cast.other)
    theirs = enter(cast, other, actor=cast.hejing)
    stranger = enter_public(cast.store.pk, "你们店门口的地滑，摔了一跤")
    assert stranger.owner == cast.linqian

    def sight(user):
        return set(Complaint.objects.visible_to(user).values_list("pk", flat=True))

    assert sight(cast.linqian) == {mine.pk, stranger.pk}
    assert sight(cast.siyuan) == {mine.pk}
    assert sight(cast.xiaomei) == {theirs.pk}
    assert sight(cast.hejing) == sight(cast.guoping) == sight(cast.wentao) == {mine.pk, theirs.pk, stranger.pk}
    with pytest.raises(Complaint.DoesNotExist):
        handling.answer(cast.linqian, theirs.pk)
    with pytest.raises(Complaint.DoesNotExist):
        case(cast.xiaomei, mine.pk)


def test_the_list_in_the_order_of_doing(cast, xu, noon):
    slow = enter(cast, xu)
    handling.answer(cast.linqian, slow.pk)
    hot = enter(cast, xu, text="刹车失灵", severity="severe")
    waits = enter(cast, xu, text="等配件")
    handling.answer(cast.linqian, waits.pk)
    handling.pause(cast.linqian, waits.pk, "等他定日子")
    done = told(cast, enter(cast, xu, text="空调不冷"))
    noon.shift(timedelta(minutes=40))
    rows = list(listed(cast.linqian))
    assert [row.pk for row in rows] == [hot.pk, slow.pk, waits.pk, done.pk]
    now = NOON + timedelta(minutes=40)
    assert [clock_of(row, now, row.call_back_on).state for row in rows] == ["late", "running", "paused", "call_back"]
    assert (rows[0].steps_done, rows[0].steps_all) == (0, 4)
    said = counts(cast.linqian, now)
    assert {view: said[view] for view in VIEWS if said[view]} == {
        "open": 4, "mine": 4, "late": 1, "severe": 1, "paused": 1, "call_back": 1, "all": 4,
    }  # fmt: skip
    for view in VIEWS:
        assert listed(cast.linqian, view, now=now).count() == said[view]
    assert [(column.stage, len(column.rows), column.late) for column in board(cast.linqian, now)] == [
        ("accept", 3, 1), ("clarify", 0, 0), ("resolve", 0, 0), ("follow_up", 1, 0),
    ]  # fmt: skip
    assert [row.pk for row in listed(cast.linqian, words="空调")] == [done.pk]
    assert [row.pk for row in listed(cast.linqian, words="TS-1120-02", view="all")] == [hot.pk]


def test_one_or_many_cost_the_same(cast, xu):
    made = told(cast, enter(cast, xu), amount_cents=40_000)
    handling.note(cast.linqian, made.pk, "问进度", kind="customer")
    one = [queries(lambda: case(cast.linqian, made.pk)), queries(lambda: board(cast.linqian)), queries(lambda: counts(cast.linqian))]
    for turn in range(3):
        more = enter(cast, xu, text=f"又一件{turn}")
        tick(cast.linqian, more, "accept")
        handling.note(cast.linqian, made.pk, f"第{turn}次问", kind="customer")
        handling.add_step(cast.linqian, made.pk, "follow_up", f"第{turn}步")
    many = [queries(lambda: case(cast.linqian, made.pk)), queries(lambda: board(cast.linqian)), queries(lambda: counts(cast.linqian))]
    assert one == many == [19, 2, 1]
    assert [row.pk for row in for_card(cast.siyuan, xu.pk)][-1] == made.pk


def test_the_case_whole(cast, xu):
    made = told(cast, enter(cast, xu), amount_cents=40_000, grounds="件已到")
    shown = case(cast.linqian, made.pk)
    assert [(each.stage, each.done, len(each.steps), each.here) for each in shown.stages] == [
        ("accept", 4, 4, False), ("clarify", 4, 4, False), ("resolve", 2, 2, False), ("follow_up", 0, 3, True),
    ]  # fmt: skip
    assert (shown.spent_cents, shown.limit_cents, shown.clock.state) == (40_000, 50_000, "call_back")
    assert shown.promises[shown.agreements[0].pk].state == "open"
    assert [each.code for each in shown.lacking][:2] == ["promises", "call_back"]


def test_what_waits_for_ones_word(cast, xu):
    made = enter(cast, xu)
    tick(cast.linqian, made, "accept")
    one = agreeing.propose(cast.linqian, made.pk, "赔工时费", NOON.date(), amount_cents=131_000)
    assert approvals_waiting(cast.linqian) == []
    assert approvals_waiting(cast.hejing) == [one]
    agreeing.propose(cast.linqian, made.pk, "赔代步车", NOON.date(), amount_cents=200_000)
    assert approvals_waiting(cast.hejing) == []  # together they are above his own limit
    assert len(approvals_waiting(cast.guoping)) == 2


def test_the_receipt_is_found_by_its_link_only(cast, xu):
    made = told(cast, enter(cast, xu))
    shown = by_receipt(made.receipt)
    assert shown is not None
    assert (shown.number, shown.unit, shown.stage, shown.call_back_on is not None) == ("TS-1120-01", "杭州滨江店", "follow_up", True)
    assert len(made.receipt) >= 32
    for guess in ("", "x" * 4000, made.receipt[:-1], made.receipt.swapcase(), made.number):
        assert by_receipt(guess) is None


def test_a_stranger_is_recognised_by_his_number(cast):
    known = cast.customer("K000003", "马丽", phone="+8613800001234")
    from liuke.customers.phones import phone

    phone(known.pk, "+8613800001234", 0).save()
    made = enter_public(cast.store.pk, "发票一直没开", name="马女士", contact="电话 138 0000 1234")
    assert linking.matches(cast.linqian, made) == [known]
    assert linking.matches(cast.linqian, enter_public(cast.store.pk, "地滑", contact="微信 maomao")) == []
    done = linking.link(cast.linqian, made.pk, known.pk)
    assert (done.customer, linking.matches(cast.linqian, done)) == (known, [])
    assert linking.unlink(cast.linqian, made.pk).customer is None
