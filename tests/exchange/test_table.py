"""Limits, and the chunks of a table."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.exchange.check import Cells
from liuke.exchange.datasets import DATASETS
from liuke.exchange.limits import LIMITS
from liuke.exchange.orders import read_orders
from liuke.exchange.parsers import written
from liuke.exchange.seen import veiled
from liuke.exchange.table import open_table
from liuke.kernel.refusal import Refused
from tests.exchange import files

CUSTOMERS = DATASETS["customers"]


@pytest.mark.parametrize(
    "make", [lambda path: files.csv(path, "姓名,手机\n" + "王伟,\n" * 60), lambda path: files.xlsx(path, [["姓名"], *[["王伟"]] * 60])]
)
@pytest.mark.parametrize(("rows", "refused"), [(60, False), (59, True), (10, True)])
def test_rows(tmp_path, make, rows, refused):
    def count():
        with open_table(make(tmp_path / "a.xlsx"), CUSTOMERS, limits=replace(LIMITS, rows=rows)) as table:
            return sum(len(chunk.numbers) for chunk in table.chunks())

    if not refused:
        assert count() == 60
        return
    with pytest.raises(Refused) as caught:
        count()
    assert caught.value.code == "file.too_many_rows"
    assert str(caught.value) == f"超过 {rows} 行。请拆成几个文件再导入。"


def test_size_of_the_file(tmp_path):
    with pytest.raises(Refused) as caught:
        open_table(files.csv(tmp_path / "a.csv", "姓名\n" + "王" * 1000), CUSTOMERS, limits=replace(LIMITS, file=1000))
    assert str(caught.value) == "文件 0.0 MB，超过上限 0.0 MB。请拆成几个文件再导入。"


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_columns_that_are_used(tmp_path, make):
    """Five hundred columns with something in them; a blank in a further one is nothing."""
    heading = ["姓名", *(f"栏{i}" for i in range(499)), " "]
    rows = [heading, ["王伟", *["x"] * 499, " "]]
    path = tmp_path / "a.xlsx"
    if make == "csv":
        files.csv(path, "\n".join(",".join(row) for row in rows))
    else:
        files.xlsx(path, rows)
    with open_table(path, CUSTOMERS) as table:
        assert len(list(table.chunks())) == 1
    rows = [[*row[:-1], "x"] for row in rows]
    if make == "csv":
        files.csv(path, "\n".join(",".join(row) for row in rows))
    else:
        files.xlsx(path, rows)
    with pytest.raises(Refused) as caught:
        open_table(path, CUSTOMERS)
    assert caught.value.code == "file.too_many_columns"


def test_a_table_may_be_read_twice(tmp_path):
    path = files.xlsx(tmp_path / "a.xlsx", [["客户资料"], ["姓名", "手机"], ["王伟", "138"], [None, None], ["合计", None], ["李娜", None]])
    with open_table(path, CUSTOMERS) as table:
        first = [(chunk.numbers, chunk.cells) for chunk in table.chunks()]
        assert (table.skipped, [note.code for note in table.notes]) == (2, ["title_rows"])
        assert [(chunk.numbers, chunk.cells) for chunk in table.chunks()] == first
        assert first == [([3, 6], [("王伟", "李娜"), ("138", "")])]
        assert (table.skipped, [note.code for note in table.notes]) == (2, ["title_rows"])


def test_what_a_report_repeats_of_a_phone_is_masked(tmp_path):
    path = files.csv(tmp_path / "a.csv", "姓名,手机,地址\n王伟,138123456789,x\n")
    with open_table(path, CUSTOMERS) as table:
        cells = Cells(table, date(2024, 6, 1))
        (chunk,) = table.chunks()
        _, bad = cells.read(chunk)
    assert (bad[0].written, bad[0].row, bad[0].column) == ("138****789", 2, "手机")
    assert "1381234" not in bad[0].reason


def test_a_person_named_like_a_footer_is_a_person(tmp_path):
    path = files.csv(tmp_path / "a.csv", "姓名,手机\n说明,13812345678\n共享汽车,\n合计宝,\n备注：以上为三月客户,\n")
    with open_table(path, CUSTOMERS) as table:
        names = [name for chunk in table.chunks() for name in chunk.cells[0]]
    assert names == ["说明", "共享汽车", "合计宝"]


@pytest.mark.parametrize(
    "total",
    [
        ["合计", None, None, "=SUM(D2:D2)"],
        [None, "合计", None, "=SUM(D2:D2)"],
        ["小计：", None, None, "=SUBTOTAL(9,D2:D2)"],
        ["合计（元）", "=COUNTA(B2:B2)", "=MAX(C2:C2)", "=SUM(D2:D2)"],
        ["合计：1 笔", None, None, "=SUM(D2:D2)"],
        ["制表人：何静", None, "=TODAY()", None],
    ],
)
def test_a_total_by_formula_is_skipped_though_no_value_is_stored(tmp_path, total):
    path = files.xlsx(tmp_path / "a.xlsx", [["日期", "客户编号", "内容", "金额"], ["2024-03-05", "C1", "保养", 10], total])
    with open_table(path, DATASETS["deals"]) as table:
        found = read_orders(Cells(table, date(2024, 6, 1)))
        skipped = table.skipped
    assert ([order.cents for order in found.orders], found.refusals, found.rows, skipped) == ([1000], [], 1, 1)


def test_a_row_of_formulas_without_values_is_refused_and_not_taken_for_a_blank_one(tmp_path):
    path = files.xlsx(tmp_path / "a.xlsx", [["日期", "客户编号", "金额"], ["=A9", "=B9", "=C9"], ["2024-03-05", "C1", "=C9"]])
    with open_table(path, DATASETS["deals"]) as table:
        found = read_orders(Cells(table, date(2024, 6, 1)))
        skipped = table.skipped
    assert [(refusal.row, refusal.code) for refusal in found.refusals] == [
        (2, "cell.formula_without_value"),
        (3, "cell.formula_without_value"),
    ]
    assert (found.orders, found.rows, skipped) == ([], 2, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1381234526", "138****526"),
        ("138-1234-526", "138****526"),
        ("１３８１２３４５２６", "138****526"),
        ("138123456789012", "138****012"),
        ("13812345", "138****345"),
        ("1381234", "138****234"),
        ("138123", "138***"),
        ("138", "13*"),
        ("分机802", "分机80*"),
        ("没有电话", "没有电话"),
        ("李四 13812345678 转 2", "138****782"),
        ("0571-8****", "0571-8****"),
        ("138****5678", "138****5678"),
        ("138****56789", "138****789"),
        ("1.38E+10", "1.38E+10"),
        ("1.3812345678E+10", "138****810"),
    ],
)
def test_a_wrong_phone_shows_what_was_written_and_never_more_than_seven_digits(text, shown):
    phone = CUSTOMERS.field("phone")
    assert written(phone, text) == shown
    assert sum(mark.isdecimal() for mark in shown) <= 7


@given(st.text(st.sampled_from("0123456789０９-*+E. 转"), max_size=40))
def test_of_a_phone_no_more_than_seven_digits_are_ever_shown(text):
    phone = CUSTOMERS.field("phone")
    for told in (written(phone, text), veiled(phone, text)):
        assert sum(mark.isdecimal() for mark in told) <= 7
