"""What was read right is counted cell by cell, and only what a rule really had to read."""

from datetime import date

import pytest

from liuke.exchange.datasets import DATASETS
from liuke.exchange.reading_right import read_right
from liuke.exchange.table import open_table
from tests.exchange import files

TODAY = date(2026, 11, 20)


def found(tmp_path, text, dataset="customers", limit=20_000):
    with open_table(files.csv(tmp_path / "a.csv", text), DATASETS[dataset]) as table:
        return read_right(table, TODAY, limit)


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ("13812345678", {}),
        ("0571-88886666", {}),
        ("+86 138-1234-5678", {"phone": 1}),
        ("１３８１２３４５６７８", {"phone": 1}),
        ("13812345678.0", {"phone_number_cell": 1}),
        ("13812345678/13912345678", {"phones": 1}),
        ("1381234", {}),  # refused: nothing was read right
        ("无", {}),
    ],
)
def test_telephones(tmp_path, written, counts):
    assert dict(found(tmp_path, f"姓名,手机\n王伟,{written}\n").counts) == counts


def test_one_way_of_writing_dates_is_nothing_to_tell(tmp_path):
    assert found(tmp_path, "姓名,建档日期\n王伟,2026-03-05\n李娜,2026-11-06\n").counts["dates"] == 0


def test_several_ways_of_writing_dates_are_told_with_examples(tmp_path):
    right = found(tmp_path, "姓名,建档日期\n王伟,2026-03-05\n李娜,2026年3月6日\n张三,2026/2/30\n")
    assert (right.counts["dates"], list(right.dates.values())) == (2, ["2026-03-05", "2026年3月6日"])


def test_a_serial_number_alone_is_told(tmp_path):
    right = found(tmp_path, "姓名,建档日期\n王伟,45308\n")
    assert (right.counts["dates"], list(right.dates.values())) == (1, ["45308"])


def test_amounts_and_plates(tmp_path):
    right = found(tmp_path, '客户编号,车牌,日期,金额\nC1,浙A12345,2026-03-05,1280\nC2,浙a·12345,2026-03-05,"￥1,280.00"\n', "deals")
    assert dict(right.counts) == {"amount": 1, "plate": 1}


def test_lunar_birthdays(tmp_path):
    assert dict(found(tmp_path, "姓名,生日\n王伟,农历八月十五\n李娜,1990-08-15\n").counts) == {"lunar": 1}


def test_of_a_long_file_the_beginning_is_looked_at(tmp_path):
    right = found(tmp_path, "姓名,手机\n" + "王伟,+8613812345678\n" * 50, limit=20)
    assert (right.counts["phone"], right.whole) == (20, False)
