"""From a yes to a file: what is in it for whom, when somebody must be asked again, and that nothing is ever half done."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.audit.actions import record
from liuke.audit.models import AuditEntry
from liuke.custody import actions, export_files, exporting
from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.customers.models import Customer
from liuke.duplicates.models import DuplicatePair
from liuke.exchange.exports import making
from liuke.exchange.exports.registry import find, lists
from liuke.jobs import tasks
from liuke.keepers.models import PoolEntry
from liuke.kernel import clock
from liuke.team.models import User
from tests.cast import Cast, assemble, card

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def cards(cast: Cast) -> list[Customer]:
    """Two in 滨江, one in another region."""
    return [
        card(cast.chen, "张书远", "13812345678", wechat="zhangsy", address="浙江省杭州市滨江区江南大道 1 号", remarks="家里 057188886666"),
        card(cast.chen, "=王淑芬", "13800005678 13900001111"),
        card(cast.ding, "葛建华", "13800009012"),
    ]


def asked(user: User, listing: str = "customers", query: str = "", **changes: Any) -> Export:
    found = find(user, listing)
    assert found is not None
    values = {
        "listing": listing, "query": query, "conditions": (), "columns": tuple(column.key for column in found.columns), "format": "csv",
        "encoding": "utf-8", "clear": False, "purpose": "核对", "rows": found.count(user, query),
    }  # fmt: skip
    return exporting.ask(user, exporting.Wanted(**{**values, **changes}))


def read(export: Export) -> list[list[str]]:
    """The rows of the finished file, heading and last line included."""
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.state
    text = export_files.path_of(export.stored).read_text("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def made(user: User, listing: str = "customers", query: str = "", **changes: Any) -> list[list[str]]:
    export = asked(user, listing, query, **changes)
    assert making.make(export.pk)
    return read(export)


def column(rows: list[list[str]], heading: str) -> list[str]:
    at = rows[0].index(heading)
    return [row[at] for row in rows[1:-1]]


# ── what is in it ──


def test_masked_and_only_what_one_sees(cast: Cast, cards: list[Customer]) -> None:
    rows = made(cast.he, query="sort=name")
    assert column(rows, "姓名") == ["'=王淑芬", "张书远"]
    assert column(rows, "电话") == ["138****5678、139****1111", "138****5678"]
    assert column(rows, "微信") == ["", "z***"]
    assert column(rows, "地址") == ["", "浙江省杭州市滨江区***"]
    assert column(rows, "备注") == ["", "家里 057****66"]
    assert not AuditEntry.objects.filter(verb="export.numbers_read").exists()


def test_choices_stand_in_the_readers_words(cast: Cast, cards: list[Customer]) -> None:
    for row, (tier, kind) in zip(cards, (("gold", "person"), ("至尊卡", "organisation"), ("silver", "person")), strict=True):
        Customer.objects.filter(pk=row.pk).update(tier=tier, kind=kind)
    rows = made(cast.zhao, query="sort=name")
    told = dict(zip(column(rows, "姓名"), zip(column(rows, "会员等级"), column(rows, "类别"), strict=True), strict=True))
    assert told == {"张书远": ("金卡", "个人"), "'=王淑芬": ("至尊卡", "企业"), "葛建华": ("银卡", "个人")}
    with translation.override("en"):
        assert {"Gold", "Silver"} <= {cell for row in made(cast.zhao) for cell in row}


def test_rows_out_of_sight_are_in_no_list(cast: Cast, cards: list[Customer]) -> None:
    for query in ("", "q=葛建华", f"owner={cast.ding.pk}", f"unit={cast.beijing.pk}", "sort=name"):
        listing = find(cast.he, "customers")
        assert listing is not None
        assert listing.count(cast.he, query) == (2 if query in ("", "sort=name") else 0), query
    actions.check_out(cast.ding, cards[2].pk, "下午去拜访")
    assert find(cast.he, "check_outs").count(cast.he, "which=out") == 0  # type: ignore[union-attr]
    assert find(cast.fang, "check_outs").count(cast.fang, "which=out") == 1  # type: ignore[union-attr]
    assert column(made(cast.fang, "check_outs", "which=out"), "姓名") == ["葛建华"]


def test_a_hidden_field_neither_filters_nor_orders(cast: Cast, cards: list[Customer]) -> None:
    """What the list does not know is left out: nothing can be learned of a number by a condition or an order on it."""
    plain = column(made(cast.he), "姓名")
    for query in ("phone=%2B8613812345678", "wechat=zhangsy", "address__contains=1", "sort=phone", "sort=-wechat", "phone__startswith=138"):
        assert column(made(cast.he, query=query), "姓名") == plain, query


def test_whole_numbers_after_a_yes(cast: Cast, cards: list[Customer]) -> None:
    export = asked(cast.he, query="sort=name", clear=True, format="xlsx")
    assert not making.make(export.pk), "nobody has said yes"
    exporting.approve(cast.fang, export.pk, 2)
    assert making.make(export.pk)
    book = openpyxl.load_workbook(io.BytesIO(export_files.path_of(export.stored).read_bytes()))
    values = [[cell.value for cell in row] for row in book["客户名单"]]
    at = values[0].index("电话")
    assert [row[at] for row in values[1:]] == ["138 0000 5678、139 0000 1111", "138 1234 5678"]
    told = {row[0].value: row[1].value for row in book["说明"]}
    assert told["号码"] == "全号" and told["用途"] == "核对" and told["谁导出的"] == "何静，区域主管，华东区"
    assert str(told["谁批的"]).startswith("方敏 ")
    entry = AuditEntry.objects.get(verb="export.numbers_read")
    assert sorted(entry.detail["customers"]) == sorted([cards[0].pk, cards[1].pk])


def test_a_book_is_masked_unless_agreed(cast: Cast, cards: list[Customer]) -> None:
    export = asked(cast.he, format="xlsx")
    assert making.make(export.pk)
    book = openpyxl.load_workbook(io.BytesIO(export_files.path_of(export.stored).read_bytes()))
    cells = {str(cell.value) for sheet in book for row in sheet for cell in row}
    assert "138****5678" in cells and not any("12345678" in text or "zhangsy" in text or "江南大道" in text for text in cells)


def test_the_last_line_says_whose_it_is(cast: Cast, cards: list[Customer]) -> None:
    last = made(cast.he, purpose="给 13812345678 回电")[-1]
    assert len(last) == 1
    assert last[0].startswith("说明：何静（华东区）")
    assert "条件：没有，全部；行数：2；谁导出的：何静，区域主管，华东区；用途：给 138****78 回电；号码：遮住的" in last[0]


def test_columns_one_chose_in_the_lists_order(cast: Cast, cards: list[Customer]) -> None:
    rows = made(cast.he, columns=("name", "number", "nothing"))
    assert rows[0] == ["客户编号", "姓名"]
    assert made(cast.he, columns=("name",))[0] == ["姓名"]


def test_it_can_be_brought_in_again(cast: Cast, cards: list[Customer], tmp_path: Path) -> None:
    """The last line is no customer: our own import passes it over, and finds everybody as he is."""
    from liuke.exchange import actions as exchange
    from liuke.exchange.report import Options

    Customer.objects.filter(pk=cards[1].pk).update(name="王淑芬")
    export = asked(cast.zhao, columns=("number", "name", "owner"))
    assert making.make(export.pk)
    path = tmp_path / "again.csv"
    path.write_bytes(export_files.path_of(export.stored).read_bytes())
    report = exchange.dry_run(path, "customers", {}, Options(), cast.zhao)
    assert (report.created, report.updated, report.unchanged, report.reasons) == (0, 0, 3, {}), report


# ── every list ──


@pytest.mark.parametrize("key", sorted(lists()))
def test_each_list_has_as_many_rows_as_it_says(cast: Cast, cards: list[Customer], key: str) -> None:
    actions.check_out(cast.chen, cards[0].pk, "下午去拜访")
    listing = lists()[key]
    user = cast.root if key == "people" else cast.zhao
    export = Export(actor=user, listing=key, clear=False, state=ExportState.MAKING)
    from liuke.exchange.exports.registry import Asked

    query = {"check_outs": "which=out"}.get(key, "")
    rows = list(listing.rows(Asked(user, query, export)))
    assert len(rows) == listing.count(user, query)
    assert all(len(row) == len(listing.columns) for row in rows)


@pytest.mark.parametrize("key", sorted(lists()))
def test_who_may_not_export_gets_no_list(cast: Cast, key: str) -> None:
    assert find(cast.chen, key) is None and find(cast.lin, key) is None
    if key not in ("people", "audit"):
        assert find(cast.root, key) is None


def test_the_administrators_log_has_no_customers(cast: Cast, cards: list[Customer]) -> None:
    actions.check_out(cast.chen, cards[0].pk, "下午去拜访")
    asked(cast.he)
    with transaction.atomic():
        record(cast.root, "unit.edit", cast.binjiang)
    assert column(made(cast.root, "audit"), "动作") == ["改了单位…"]
    everything = column(made(cast.fang, "audit"), "动作")
    assert "借出了…的卡" in everything and "要导出一份名单" in everything


def test_people_are_the_administrators(cast: Cast) -> None:
    rows = made(cast.root, "people")
    assert column(rows, "登录名") == sorted(column(rows, "登录名"), key=column(rows, "登录名").index)
    assert set(column(rows, "姓名")) == {"陈思远", "周倩文", "丁磊", "林倩", "何静", "许文涛", "方敏", "赵国平", "管理员"}
    assert find(cast.zhao, "people") is None


def test_the_pool_in_its_order_and_ones_own_units(cast: Cast, cards: list[Customer]) -> None:
    today = clock.today()
    for one, cents, unit in ((cards[0], 100, cast.binjiang), (cards[1], 900, cast.binjiang), (cards[2], 500, cast.beijing)):
        Customer.objects.filter(pk=one.pk).update(owner=None)
        PoolEntry.objects.create(
            customer=one, unit=unit, why="silent", from_owner=cast.chen, warned_on=today, fell_on=today, value_at_risk_cents=cents, abc="A"
        )
    rows = made(cast.he, "pool")
    assert column(rows, "姓名") == ["'=王淑芬", "张书远"] and column(rows, "风险金额（元）") == ["9.00", "1.00"]
    assert column(rows, "原因") == ["很久没联系"] * 2 and "条件：公海里的" not in rows[-1][0]
    assert column(made(cast.zhao, "pool", "sort=fell&grade=A&stage=nothing"), "姓名") == ["葛建华", "'=王淑芬", "张书远"]
    assert lists()["pool"].count(cast.he, "grade=B") == 0
    assert lists()["pool"].said(cast.he, "view=warned&grade=A") == ["快进公海的", "等级：A"]


def test_pairs_that_may_be_one(cast: Cast, cards: list[Customer]) -> None:
    first, second = sorted(cards[:2], key=lambda one: one.pk)
    DuplicatePair.objects.create(a=first, b=second, score=0.874, reasons=["phone", "other_gender"])
    rows = made(cast.fang, "duplicates", "reason=phone")
    assert (column(rows, "姓名"), column(rows, "另一张卡的姓名")) == (["张书远"], ["'=王淑芬"])
    assert (column(rows, "像的程度（%）"), column(rows, "依据")) == (["87"], ["同一个手机号，性别不同"])
    assert lists()["duplicates"].count(cast.fang, "reason=plate") == 0
    assert find(cast.he, "duplicates") is None, "a supervisor merges nothing"


def test_queries_do_not_grow_with_rows(cast: Cast) -> None:
    def queries() -> int:
        export = asked(cast.zhao, query="sort=name")
        with CaptureQueriesContext(connection) as seen:
            assert making.make(export.pk)
        return len(seen)

    card(cast.chen, "张书远", "13812345678")
    few = queries()
    for n in range(40):
        card(cast.chen, f"客户{n}", f"138{n + 1:04d}1234")
    assert queries() == few


# ── asked again, and nothing half done ──


def test_a_list_that_grew_too_much_waits_again(cast: Cast, cards: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "pack", lambda: _pack(1))
    monkeypatch.setattr("liuke.custody.export_making.pack", lambda: _pack(1))
    export = asked(cast.he)
    assert export.state == ExportState.WAITING
    exporting.approve(cast.fang, export.pk, 2)
    card(cast.chen, "刘建军", "13800000001")
    assert not making.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.rows, export.agreed) == (ExportState.WAITING, 3, None)
    assert not list(export_files.folder().glob(f"{export.stored}*[!k]")), "no file, no half file"
    exporting.approve(cast.fang, export.pk, 3)
    assert making.make(export.pk) and len(read(export)) == 5


def _pack(rows: int) -> Any:
    from liuke.team.queries import pack

    found = pack()
    return found.model_copy(update={"cards": found.cards.model_copy(update={"export_rows": rows})})


def test_a_small_list_that_became_large_waits(cast: Cast, cards: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "pack", lambda: _pack(2))
    monkeypatch.setattr("liuke.custody.export_making.pack", lambda: _pack(2))
    export = asked(cast.he)
    assert export.state == ExportState.APPROVED
    card(cast.chen, "刘建军", "13800000001")
    assert not making.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.rows, export.decided_by) == (ExportState.WAITING, 3, None)


def test_a_fault_leaves_nothing(cast: Cast, cards: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    export = asked(cast.he)

    def broken(*args: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr(making, "about", broken)
    with pytest.raises(OSError, match="disk full"):
        making.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.failure) == (ExportState.FAILED, "error")
    assert [path.suffix for path in export_files.folder().glob(f"{export.stored}*")] in ([], [".lock"])
    assert AuditEntry.objects.filter(verb="export.fail").count() == 1


def test_what_a_stop_left_is_made(cast: Cast, cards: list[Customer]) -> None:
    export = asked(cast.he)
    Export.objects.filter(pk=export.pk).update(state=ExportState.MAKING, done=1)
    export_files.half_of(export.stored).write_bytes(b"half")
    assert tasks.tend_exports.call() == 1
    assert len(read(export)) == 4
    assert tasks.tend_exports.call() == 0


def test_one_that_is_being_made_is_left_alone(cast: Cast, cards: list[Customer]) -> None:
    export = asked(cast.he)
    with export_files.held(export.stored) as free:
        assert free and not making.make(export.pk)
    assert Export.objects.get().state == ExportState.APPROVED
    assert making.make(export.pk) and not making.make(export.pk)


def test_the_job_drops_files_after_a_day(cast: Cast, cards: list[Customer]) -> None:
    export = asked(cast.he)
    assert tasks.make_export.call(export.pk)
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tasks.tend_exports.call() == 1
    assert not export_files.path_of(export.stored).exists()


def test_a_file_is_for_its_owner_only(cast: Cast, cards: list[Customer]) -> None:
    export = asked(cast.he)
    assert making.make(export.pk)
    assert oct(export_files.path_of(export.stored).stat().st_mode)[-3:] == "600"
