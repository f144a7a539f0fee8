"""Cards that are out: mine with the time left, and for who oversees, what is overdue and who has what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.custody.queries import masked_text, out_now
from liuke.customers.models import Customer
from liuke.team.models import User
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.pages import enter, text

pytestmark = pytest.mark.usefixtures("chinese")


def lend(user: User, customer: Customer, hours: float = 24, purpose: str = "回访") -> CheckOut:
    """Taken out so that it is due `hours` from now; a day's loan."""
    until = timezone.now() + timedelta(hours=hours)
    return CheckOut.objects.create(customer=customer, user=user, purpose=purpose, at=until - timedelta(hours=24), until=until)


def page(user: User) -> str:
    return text(enter(user).get("/check-outs/"))


def test_mine_and_giving_it_back(cast: Cast) -> None:
    out = lend(cast.chen, card(cast.chen, "张书远"), 3)
    lend(cast.lin, card(cast.chen, "王淑芬"))
    client = enter(cast.chen)
    shown = page(cast.chen)
    assert "您借着 1 张卡" in shown
    assert "剩 2 小时 59 分" in shown
    assert "王淑芬" not in shown, "what a colleague has out is not mine"
    assert client.post(f"/check-outs/{out.pk}/return/")["Location"] == "/check-outs/"
    assert "还了张书远的卡" in client.get("/check-outs/").content.decode()
    out.refresh_from_db()
    assert out.returned_at is not None
    assert "您没有借着的卡" in page(cast.chen)
    assert "最近还的" in page(cast.chen)
    client.post(f"/check-outs/{out.pk}/return/")
    assert [entry.verb for entry in AuditEntry.objects.order_by("seq")] == ["card.give_back"], "twice is no harm"


def test_nobody_returns_what_another_has(cast: Cast) -> None:
    out = lend(cast.chen, card(cast.chen, "张书远"))
    assert enter(cast.lin).post(f"/check-outs/{out.pk}/return/").status_code == 404
    out.refresh_from_db()
    assert out.returned_at is None


def test_overdue_is_said_in_the_title(cast: Cast) -> None:
    lend(cast.chen, card(cast.chen, "张书远"), -3)
    assert "您有 1 张卡过了时间没还" in page(cast.chen)
    assert "过了 3 小时" in page(cast.chen)


def test_a_supervisor_sees_the_region(cast: Cast) -> None:
    lend(cast.chen, card(cast.chen, "张书远"), -3)
    lend(cast.lin, card(cast.chen, "王淑芬"), 5)
    lend(cast.ding, card(cast.ding, "葛建华"), -1)
    shown = page(cast.he)
    assert "1 张卡过了时间没还" in shown
    assert "陈思远 借着张书远的卡" in shown
    assert "林倩 借着王淑芬的卡" in shown
    assert "葛建华" not in shown
    assert "2 张卡过了时间没还" in page(cast.fang), "the custodian answers for everybody"
    assert {out.customer.name for out in out_now(cast.fang)} == {"王淑芬"}


def test_the_operations_centre_is_told_nothing(cast: Cast) -> None:
    lend(cast.chen, card(cast.chen, "张书远"), -3)
    shown = page(cast.xu)
    assert "您的岗位不借卡" in shown
    assert "张书远" not in shown


def test_nothing_is_out(cast: Cast) -> None:
    assert "没有卡借在外面" in page(cast.fang)


def test_numbers_in_a_purpose_are_covered(cast: Cast) -> None:
    lend(cast.chen, card(cast.chen, "张书远"), purpose="打 13800001234 问保养")
    for user in (cast.chen, cast.he):
        assert "13800001234" not in page(user)
        assert "打 138****34 问保养" in page(user)
    assert masked_text("三次，每次 1,200 元，2026-11-20") == "三次，每次 1,200 元，2026-11-20"


def test_no_more_queries_with_more_cards(cast: Cast) -> None:
    client = enter(cast.he)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/check-outs/")
        return len(asked)

    lend(cast.chen, card(cast.chen, "张书远"), -1)
    lend(cast.chen, card(cast.chen, "王淑芬"))
    few = queries()
    for n in range(20):
        lend(cast.chen, card(cast.chen, f"客户{n}"), n - 10)
    assert queries() == few


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_cards_seen(live: Any, axe: Any, fits: Any, sign_in: Any, theme: str) -> None:
    cast = assemble()
    lend(cast.chen, card(cast.chen, "张书远"), -3)
    lend(cast.chen, card(cast.chen, "浙江杭州滨江新能源汽车服务有限公司"), purpose="和采购部谈明年的保养排期，先打电话约时间，再去一趟")
    live.emulate_media(color_scheme=theme)
    for user in (cast.he, cast.chen):
        sign_in(user)
        for size in (PHONE, {"width": 1440, "height": 900}):
            live.set_viewport_size(size)
            live.goto("/check-outs/")
            axe(live)
            fits(live)
    live.get_by_role("button", name="归还张书远的卡").click()
    live.get_by_text("还了张书远的卡").wait_for()
