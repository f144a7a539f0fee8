"""The bytes of a file: encodings, formulas, numbers, and what it says of itself."""

from __future__ import annotations

import csv
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.exchange.exports.registry import Column, Values
from liuke.exchange.exports.writing import writer, yuan

COLUMNS = (
    Column("name", "姓名"), Column("n", "次数", "number"), Column("money", "金额（元）", "money"), Column("on", "日期", "date"),
    Column("at", "时间", "time"),
)  # fmt: skip
ROW: Values = ("张书远", 3, -128050, date(2026, 11, 20), datetime(2026, 11, 20, 2, 5, tzinfo=UTC))
ABOUT = [("说明", "何静（华东区）2026-11-22 11:25 导出"), ("用途", "回访")]
DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=cmd|'/c calc'!A1", "＝1+1", "－1",
    '=HYPERLINK("http://x","y")', "{=1}", "http://example.com", "1.38E+10", "00123",
]  # fmt: skip


def written(path: Path, rows: list[Values], format: str, encoding: str = "utf-8", columns: tuple[Column, ...] = COLUMNS) -> Path:
    out = writer(path, columns, format, encoding, "何静 & 赵国平", "名单")
    for row in rows:
        out.row(row)
    out.close(ABOUT)
    return path


def test_the_bytes_of_utf8(tmp_path: Path) -> None:
    body = written(tmp_path / "f", [ROW], "csv").read_bytes()
    assert body == (
        b"\xef\xbb\xbf"
        + (
            "姓名,次数,金额（元）,日期,时间\r\n"
            "张书远,3,-1280.50,2026-11-20,2026-11-20 10:05:00\r\n"
            "说明：何静（华东区）2026-11-22 11:25 导出；用途：回访\r\n"
        ).encode()
    )


def test_the_bytes_of_gb18030(tmp_path: Path) -> None:
    rows: list[Values] = [('㐂𠮷€é, "引"', None, None, None, None)]
    body = written(tmp_path / "f", rows, "csv", "gb18030").read_bytes()
    assert body.startswith("姓名,次数".encode("gb18030")) and not body.startswith(b"\xef\xbb\xbf")
    assert '"㐂𠮷€é, ""引""",,,,'.encode("gb18030") in body


def test_what_no_encoding_can_write_breaks_nothing(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        assert b"?" in written(tmp_path / encoding, [("坏\ud800", None, None, None, None)], "csv", encoding).read_bytes()


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_a_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "f", [(text, None, None, None, None)], "csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cell = list(csv.reader(file))[1][0]
    runs = text.lstrip()[:1] in tuple("=+-@＝＋－＠")
    assert cell == ("'" + text if runs or text[:1] in "\t\r\n" else text)


@pytest.mark.parametrize("text", DANGEROUS)
def test_every_text_of_a_book_is_a_text(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "f.xlsx", [(text, None, None, None, None)], "xlsx")
    sheet = openpyxl.load_workbook(path)["名单"]
    assert (sheet["A2"].data_type, sheet["A2"].hyperlink) == ("s", None)
    assert str(sheet["A2"].value).replace("_x000D_", "\r").strip() == text.strip()
    with zipfile.ZipFile(path) as book:
        assert not any(b"<f>" in book.read(name) or b"<hyperlink" in book.read(name) for name in book.namelist())


@given(st.text(max_size=30))
def test_no_text_at_all_begins_as_a_formula(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = written(tmp_path_factory.mktemp("f") / "f", [(text, 1, 1, None, None)], "csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cell = list(csv.reader(file))[1][0]
    assert not cell.startswith(tuple("=+-@\t\r"))


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "f.xlsx", [ROW], "xlsx"))["名单"]
    assert [cell.value for cell in sheet[2]] == ["张书远", 3, -1280.5, datetime(2026, 11, 20), datetime(2026, 11, 20, 10, 5)]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d", "d"]


def test_empty_cells_are_empty(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "f.xlsx", [("", None, None, None, None), ("乙", 0, 0, None, None)], "xlsx"))["名单"]
    assert [cell.value for cell in sheet[2]] == [None] * 5
    assert [cell.value for cell in sheet[3]] == ["乙", 0, 0, None, None]


def test_a_book_says_whose_it_is(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path / "f.xlsx", [ROW], "xlsx"))
    assert book.sheetnames == ["名单", "说明"]
    assert [[cell.value for cell in row] for row in book["说明"]["A1:B2"]] == [list(pair) for pair in ABOUT]
    for sheet in book:
        assert sheet.oddHeader.center.text == "何静 && 赵国平", "a single & is a code of the printed page"
        assert sheet.oddFooter.left.text == "何静 && 赵国平"


def test_a_text_longer_than_a_cell_is_cut(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "f.xlsx", [("长" * 40_000, None, None, None, None)], "xlsx"))["名单"]
    assert sheet["A2"].value == "长" * 32_767


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (128050, "1280.50"), (-100, "-1.00")])
def test_amounts(cents: int, text: str) -> None:
    assert yuan(cents) == text
