"""Who is told what: one line each, to whom it concerns, in the transaction of the act."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from liuke.custody import exporting, told
from liuke.custody.export_making import begin, fail, ready
from liuke.custody.exporting import Wanted
from liuke.custody.models import CheckOut, Export
from liuke.jobs import tasks
from liuke.keepers import actions as pool
from liuke.keepers import handing, nightly
from liuke.keepers.models import PoolEntry
from liuke.keepers.sharing import Asked
from liuke.kernel.refusal import Refused
from liuke.notices.actions import forget, settle, tell, tell_each
from liuke.notices.models import Notice
from liuke.notices.words import sentence
from liuke.standing import backtesting
from liuke.standing.models import Backtest
from liuke.work import actions as work
from tests.cast import Cast, card
from tests.keepers.world import NOON, old, task


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


def heard() -> list[tuple[str, str, str]]:
    rows = Notice.objects.unread().select_related("user").order_by("pk")
    return [(one.user.name, sentence(one.key, one.slots), one.link) for one in rows]


def test_a_task_given_by_a_colleague(cast: Cast) -> None:
    one, two, three = (task(card(cast.chen, name)) for name in ("张书远", "王淑芬", "葛建华"))
    work.reassign(cast.he, [one.pk], cast.lin.pk)
    work.reassign(cast.he, [two.pk, three.pk], cast.lin.pk)
    work.reassign(cast.he, [two.pk], cast.he.pk)
    work.reassign(cast.he, [two.pk], cast.he.pk)
    assert heard() == [
        ("林倩", "何静把张书远的一件事交给您了。", f"/today/{one.pk}/"),
        ("林倩", "何静交给您 2 件事。", "/today/"),
    ]
    assert Notice.objects.get(customer__isnull=False).customer == one.customer
    with pytest.raises(Refused):
        work.reassign(cast.he, [one.pk], cast.ding.pk)
    assert len(heard()) == 2


def test_a_hand_over_received(cast: Cast) -> None:
    kept = [card(cast.chen, name) for name in ("张书远", "王淑芬")]
    made = handing.hand_over(cast.he, Asked(person=cast.chen.pk, customers=[one.pk for one in kept], to=[cast.zhou.pk]))
    assert heard() == [("周倩文", "何静把 2 位客户交接给您了。", f"/handovers/{made.pk}/briefs/?to={cast.zhou.pk}")]


def test_the_pool(cast: Cast) -> None:
    kept = [old(cast.chen, name, 173) for name in ("张书远", "王淑芬")]
    nightly.run()
    assert heard() == [("陈思远", "您有 2 位客户快进公海了，先联系一下。", "/pool/")]
    nightly.run()
    assert len(heard()) == 1
    with time_machine.travel(NOON + timedelta(7)):
        nightly.run()
    assert heard()[1:] == [("陈思远", "您有 2 位客户太久没联系，进了公海。", "/pool/")]
    Notice.objects.all().delete()
    entries = {entry.customer_id: entry for entry in PoolEntry.objects.filter(left_on=None)}
    pool.claim(cast.lin, entries[kept[0].pk].pk)
    pool.assign(cast.he, [entries[kept[1].pk].pk], cast.zhou.pk)
    assert heard() == [
        ("陈思远", "林倩从公海认领了张书远，以前是您的客户。", ""),
        ("周倩文", "何静从公海分给您 1 位客户。", "/customers/"),
    ]


def test_cards_that_are_out_too_long(cast: Cast) -> None:
    for name in ("张书远", "王淑芬"):
        CheckOut.objects.create(customer=card(cast.chen, name), user=cast.chen, purpose="回访", at=NOON, until=NOON + timedelta(hours=1))
    assert told.remind(NOON) == 0
    assert told.remind(NOON + timedelta(hours=1)) == 1 == told.remind(NOON + timedelta(hours=2))
    assert heard() == [("陈思远", "您借出的 2 张卡过了时间，请归还。", "/check-outs/")]
    CheckOut.objects.update(returned_at=NOON)
    Notice.objects.all().delete()
    assert told.remind(NOON + timedelta(days=1)) == 0 and heard() == []


def export(cast: Cast) -> Export:
    return exporting.ask(cast.he, Wanted("customers", "", (), ("name",), "csv", "utf-8", True, "开会用", 3))


def test_an_export_that_waits_is_approved_and_made(cast: Cast) -> None:
    one = export(cast)
    link = f"/exports/{one.pk}/"
    assert sorted(heard()) == [("方敏", "何静要导出 3 行，等您批。", link), ("赵国平", "何静要导出 3 行，等您批。", link)]
    exporting.approve(cast.zhao, one.pk, 3)
    assert heard() == [], "nobody else has to decide any more"
    begun = begin(one.pk)
    assert begun is not None and ready(begun, 3)
    assert heard() == [("何静", "您要的导出批了，文件做好了，24 小时内下载。", link)]


def test_an_export_refused_failed_or_not_wanted_any_more(cast: Cast) -> None:
    one, two, three = export(cast), export(cast), export(cast)
    exporting.refuse(cast.zhao, one.pk, "先不导")
    exporting.approve(cast.zhao, two.pk, 3)
    begun = begin(two.pk)
    assert begun is not None
    fail(begun, "error")
    exporting.withdraw(cast.he, three.pk)
    assert heard() == [
        ("何静", "赵国平没批您要的导出，请看理由。", f"/exports/{one.pk}/"),
        ("何静", "您要的导出没有做成，请看原因。", f"/exports/{two.pk}/"),
    ]


def test_a_backtest(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    days = {"as_of": date(2025, 1, 31), "horizon_days": 365, "pack": "auto_dealer"}
    mine, nobodys, bad = (Backtest.objects.create(by=by, **days) for by in (cast.xu, None, cast.xu))
    monkeypatch.setattr(backtesting, "compute_backtest", lambda *args: {})
    backtesting.work_off(mine.pk)
    backtesting.work_off(nobodys.pk)

    def refuse(*args: object) -> None:
        raise Refused("backtest.no_deals", "还没有成交，没有可以回测的日子。")

    monkeypatch.setattr(backtesting, "compute_backtest", refuse)
    backtesting.work_off(bad.pk)
    assert heard() == [
        ("许文涛", "您要的回测算好了。", f"/backtests/{mine.pk}/"),
        ("许文涛", "您要的回测算不了，请看原因。", "/backtests/"),
    ]


def test_a_night_that_failed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(day: date) -> None:
        raise RuntimeError

    monkeypatch.setattr(tasks.standing, "run", burst)
    for _turn in range(2):
        with pytest.raises(RuntimeError):
            tasks.run_insight.call()
    said = "今天的洞察没有算成，看到的还是上一次的。"
    assert sorted(heard()) == [("管理员", said, ""), ("许文涛", said, ""), ("赵国平", said, "")]
    assert all(Notice.objects.values_list("urgent", flat=True))


# ── the verbs themselves ─────────────────────────────────────────────────────


def test_each_with_his_own_figures(cast: Cast, django_assert_num_queries: Any) -> None:
    counts = {user.pk: {"n": n} for n, user in enumerate((cast.chen, cast.lin, cast.he))}
    assert tell_each(counts, "check_out.late", about="late") == 3
    with django_assert_num_queries(4):  # the old ones go, the new ones come, in a transaction
        assert tell_each({pk: {"n": 9} for pk in counts}, "check_out.late", about="late") == 3
    assert [one.slots for one in Notice.objects.all()] == [{"n": 9}] * 3
    with pytest.raises(KeyError):
        tell_each({}, "unknown")


@pytest.mark.parametrize("link", ["https://example.com/", "//example.com", "/\\example.com", "today/", "javascript:alert(1)"])
def test_a_word_leads_nowhere_outside(cast: Cast, link: str) -> None:
    with pytest.raises(ValueError, match="this house"):
        tell([cast.chen.pk], "backtest.ready", link=link)
    assert not Notice.objects.exists()


def test_what_is_done_needs_no_reading(cast: Cast) -> None:
    tell([cast.chen.pk, cast.lin.pk], "backtest.ready", about="a")
    tell([cast.chen.pk], "backtest.ready")
    assert settle("backtest.ready", "") == 0 and settle("backtest.failed", "a") == 0 and settle("backtest.ready", "a") == 2
    assert len(heard()) == 1


def test_old_ones_are_dropped(cast: Cast) -> None:
    tell([cast.chen.pk], "backtest.ready", at=NOON - timedelta(days=90))
    assert forget(NOON) == 0 and forget(NOON + timedelta(seconds=1)) == 1
