from datetime import timedelta

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.custody import actions, queries
from liuke.custody.models import CheckOut
from liuke.customers.models import Customer
from liuke.interactions.actions import record
from liuke.interactions.labels import Outcome, Way
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
MASKED = ("138****5678", "0571-****66")
CLEAR = ("138 1234 5678", "0571-88886666")


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def kept(cast):
    return card(cast.chen, "张书远", "13812345678/0571-88886666", wechat="zhang_sy", address="浙江省杭州市滨江区江南大道1号")


def test_masked_until_checked_out(cast, kept):
    shown = queries.details(cast.chen, kept)
    assert (shown.phones, shown.wechat, shown.address, shown.clear) == (MASKED, "z***", "浙江省杭州市滨江区***", False)
    assert not AuditEntry.objects.filter(verb="card.numbers_read").exists()


def test_open_for_a_day_to_the_borrower_only_and_written_down(cast, kept):
    out = actions.check_out(cast.chen, kept.pk, "下午去拜访")
    assert out.until - out.at == timedelta(hours=24)
    shown = queries.details(cast.chen, kept)
    assert (shown.phones, shown.wechat, shown.clear, shown.until) == (CLEAR, "zhang_sy", True, out.until)
    assert AuditEntry.objects.get(verb="card.numbers_read").object == kept.pk
    assert queries.details(cast.he, kept).phones == MASKED
    assert actions.check_out(cast.chen, kept.pk, "再看一次").pk == out.pk


def test_closed_after_its_time_after_return_and_after_the_result(cast, kept):
    out = actions.check_out(cast.chen, kept.pk, "下午去拜访")
    CheckOut.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert queries.details(cast.chen, kept).phones == MASKED
    assert [late.pk for late in queries.overdue(cast.he)] == [out.pk]
    assert list(queries.overdue(cast.ding)) == []
    actions.give_back(cast.chen, out.pk)
    assert list(queries.overdue(cast.he)) == []
    actions.check_out(cast.chen, kept.pk, "打电话")
    record(cast.chen, kept.pk, Way.PHONE, Outcome.REACHED)
    assert queries.details(cast.chen, kept).phones == MASKED
    assert CheckOut.objects.filter(returned_at__isnull=True).count() == 0


def test_a_card_that_left_one_s_sight_is_closed(cast, kept):
    actions.check_out(cast.chen, kept.pk, "下午去拜访")
    Customer.objects.update(owner=cast.zhou, unit=cast.jiangning)
    assert queries.clear_numbers(cast.chen, [kept]) == {}


@pytest.mark.parametrize(
    ("who", "purpose", "error"), [("chen", " ", Refused), ("xu", "看看", Refused), ("ding", "看看", Customer.DoesNotExist)]
)
def test_refusals_change_nothing(cast, kept, who, purpose, error):
    with pytest.raises(error):
        actions.check_out(getattr(cast, who), kept.pk, purpose)
    assert (CheckOut.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_nobody_returns_another_s(cast, kept):
    out = actions.check_out(cast.chen, kept.pk, "下午去拜访")
    entries = AuditEntry.objects.count()
    with pytest.raises(CheckOut.DoesNotExist):
        actions.give_back(cast.he, out.pk)
    out.refresh_from_db()
    assert (out.returned_at, AuditEntry.objects.count()) == (None, entries)


def test_who_looked(cast, kept):
    for who in (cast.chen, cast.he, cast.chen):
        actions.give_back(who, actions.check_out(who, kept.pk, "核对资料").pk)
    assert [(one.name, one.times) for one in queries.borrowers(kept)] == [("陈思远", 2), ("何静", 1)]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("打 13812345678 问保养", "打 138****78 问保养"),
        ("打 138 1234 5678 问保养", "打 138****78 问保养"),
        ("打138-1234-5678，找他爱人", "打138****78，找他爱人"),
        ("138.1234.5678", "138****78"),
        ("138 - 1234 - 5678", "138****78"),
        ("１３８ １２３４ ５６７８", "１３８****７８"),
        ("138\u00a01234\u20115678", "138****78"),
        ("+86 138 1234 5678", "+861****78"),
        ("13812345678/13900001111", "138****78/139****11"),
        ("2026-11-20 138 1234 5678", "2026-11-20 138****78"),
        ("138 1234 5678 2026-11-20 再打", "138****78 2026-11-20 再打"),
        ("0571-8888 6666", "057****66"),
        ("(0571) 8888-6666", "(057****66"),
        ("400-123-4567", "400****67"),
        ("卡号 6222 0211 0001 2345 678", "卡号 622****78"),
        ("330106 19900101 1234", "330****34"),
    ],
)
def test_a_number_in_a_remark_is_covered_however_it_is_grouped(typed, shown):
    assert queries.masked_text(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "三次，每次 1,200 元，2026-11-20",
        "2026-11-20 14:30 到店",
        "9:00 2026-11-20 到 2026-11-25",
        "2026.11.20-2026.11.25",
        "2026-11-20 2026-11-21",
        "2024-2026 年",
        "预算 1200-1500",
        "里程 123456",
        "",
    ],
)
def test_days_and_amounts_in_a_remark_stay(typed):
    assert queries.masked_text(typed) == typed
