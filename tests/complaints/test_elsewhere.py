"""What other rooms do with complaints: an erasure, a merge, the day's list of one who is not to be called, opening hours."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from liuke.complaints import agreeing, classifying, handling, hours, minutely, saying
from liuke.complaints.models import Agreement, CaseNote, Complaint, ComplaintNeed
from liuke.complaints.receipts import by_receipt
from liuke.duplicates.merging import merge
from liuke.duplicates.undoing import undo_merge
from liuke.kernel.refusal import Refused
from liuke.packs import load_pack
from liuke.privacy.erasing import erase
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.work.models import Task
from liuke.work.queries import today
from tests.complaints.conftest import NOON, enter, tick, told
from tests.complaints.test_figures import finished

DAY = NOON.date()


@pytest.fixture
def custodian(cast):
    return User.objects.create(username="shenyaqin", name="沈雅琴", role=Role.CUSTODIAN, unit=cast.group)


def test_nothing_is_erased_while_it_is_open_then_everything(cast, xu, custodian):
    row = enter(cast, xu, text="我叫徐国华，电话 13800001234，变速箱异响")
    handling.note(cast.linqian, row.pk, "徐国华来电：再不修就曝光", kind="customer")
    classifying.add_need(cast.linqian, row.pk, "emotional", "heard", words="徐国华说根本不听")
    with pytest.raises(Refused, match="投诉还没结"):
        erase(custodian, xu.pk, "客户来信要求", xu.number)
    done = finished(cast, told(cast, row))
    erase(custodian, xu.pk, "客户来信要求", xu.number)
    done.refresh_from_db()
    texts = [done.title, done.text, done.root_cause, *CaseNote.objects.values_list("text", flat=True)]
    texts += [*ComplaintNeed.objects.values_list("words", flat=True), *Agreement.objects.values_list("text", flat=True)]
    assert not [text for text in texts if "徐国华" in text or "1380000" in text]
    assert (done.number, done.cause, done.closed_at) == ("TS-261120-01", "product_quality", NOON)
    assert by_receipt(row.receipt) is None


def test_a_merge_takes_them_over_and_back(cast, xu, custodian):
    other = cast.customer("K000002", "徐国华", owner=cast.siyuan)
    row = enter(cast, other)
    kept = merge(custodian, xu.pk, other.pk)
    assert Complaint.objects.get(pk=row.pk).customer == xu
    assert Task.objects.open().get(about="complaints.complaint").customer == xu
    undo_merge(custodian, kept.pk)
    assert Complaint.objects.get(pk=row.pk).customer_id == other.pk


def test_who_is_not_to_be_called_is_answered_all_the_same(cast):
    quiet = cast.customer("K000003", "马丽", do_not_contact=True)
    row = enter(cast, quiet)
    assert [item.task.about_id for item in today(cast.linqian, DAY).must] == [row.pk]


def test_the_task_says_what_is_due(cast, xu):
    row = enter(cast, xu)
    pack = load_pack("auto_dealer")

    def why():
        return saying.reason(Task.objects.open().get(about="complaints.complaint"), pack, DAY)

    assert why() == "投诉TS-1120-01“变速箱异响，修了三次还响”，**今天 14:00**前要先答复他。"
    handling.answer(cast.linqian, row.pk)
    assert why() == "投诉TS-1120-01“变速箱异响，修了三次还响”，**11月25日 18:00**前要解决。"
    handling.pause(cast.linqian, row.pk, "等他开车来")
    assert why() == "投诉TS-1120-01“变速箱异响，修了三次还响”在等客户，计时停着。"


def test_every_line_of_the_record_can_be_said(cast, xu):
    row = enter(cast, xu, severity="severe")
    tick(cast.linqian, row, "accept")
    one = agreeing.propose(cast.linqian, row.pk, "赔工时费", DAY, amount_cents=131_000)
    agreeing.decide(cast.hejing, one.pk, True, note="可以")
    said = [saying.line(note, {cast.hejing.pk: "何静"}, DAY) for note in CaseNote.objects.order_by("pk")]
    assert said == ["受理，电话", "拟了办法，补偿¥1,310，送去审批：赔工时费", "批了补偿¥1,310：可以"]


def test_opening_hours_of_a_unit_move_what_is_open(cast, xu):
    row = enter(cast, xu)
    with pytest.raises(Refused):
        hours.set_hours(cast.linqian, cast.store.pk, time(8), time(20))
    with pytest.raises(Refused, match="关门要比开门晚"):
        hours.set_hours(cast.wentao, cast.store.pk, time(20), time(8))
    hours.set_hours(cast.wentao, cast.region.pk, time(8), time(20))
    assert minutely.run().moved == 1
    row.refresh_from_db()
    assert row.resolve_due == datetime(2026, 11, 25, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
    hours.forget_hours(cast.wentao, cast.region.pk)
    assert minutely.run().moved == 1
