from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.exchange.limits import LIMITS
from liuke.exchange.readers.guarded import Guarded
from liuke.exchange.readers.legacy import column_name, counts_from_1904
from liuke.exchange.readers.numbers import plain_number, serial_text
from liuke.kernel.refusal import Refused
from tests.exchange import files


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("13812345678", "13812345678"),
        ("13812345678.0", "13812345678"),
        ("1.3812345678E10", "13812345678"),
        ("0.30000000000000004", "0.3"),
        ("2.5499999999999998", "2.55"),
        ("1E-3", "0.001"),
        ("-5", "-5"),
        ("100", "100"),
        ("123456789012345678", "1.23456789012346E+17"),
        ("0", "0"),
    ],
)
def test_numbers_are_shown_in_full_or_not_at_all(written, shown):
    assert plain_number(written) == shown


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_whole_numbers_of_fifteen_digits_are_kept(number):
    assert plain_number(str(number)) == str(number)
    assert plain_number(repr(float(number))) == str(number)


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(9999, 12, 31)))
def test_serials_of_1900(day):
    serial = (day - date(1899, 12, 30)).days
    assert serial_text(serial, False) == day.isoformat()
    assert serial_text(serial + 0.5, False) == f"{day.isoformat()} 12:00:00"


@given(st.dates(min_value=date(1904, 1, 2), max_value=date(9000, 12, 31)))
def test_serials_of_1904(day):
    assert serial_text((day - date(1904, 1, 1)).days, True) == day.isoformat()


@pytest.mark.parametrize(
    ("serial", "shown"),
    [(0, "1900-01-00"), (1, "1900-01-01"), (59, "1900-02-28"), (60, "1900-02-29"), (61, "1900-03-01"), (-1, None), (3e6, None)],
)
def test_the_first_days_of_excel(serial, shown):
    assert serial_text(serial, False) == shown


def test_column_names():
    assert [column_name(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


@pytest.mark.parametrize("epoch", [False, True])
def test_the_epoch_of_an_old_workbook(tmp_path, epoch):
    path = files.xls(tmp_path / "a.xls", [["日期"], [44000]], epoch_1904=epoch)
    assert counts_from_1904(path.read_bytes()) is epoch
    source = Guarded("xls", path, LIMITS)
    try:
        assert source.heads()[0].head.rows == [["日期"], ["44000"]]
        assert source.epoch_1904 is epoch
    finally:
        source.close()


def test_dates_shown_as_dates(tmp_path):
    moment = datetime(2024, 3, 5, 8, 26)
    path = files.xlsx(tmp_path / "a.xlsx", [["日期", "时刻", "数"], [moment.date(), moment, 45356], [timedelta(hours=2), None, None]])
    source = Guarded("xlsx", path, LIMITS)
    try:
        assert source.heads()[0].head.rows[1] == ["2024-03-05", "2024-03-05 08:26:00", "45356"]
    finally:
        source.close()


def test_a_reader_that_dies_is_a_refusal(tmp_path):
    """A workbook whose words alone need more memory than the child may have."""
    path = files.raw_xlsx(tmp_path / "a.xlsx", "<sheetData/>", shared=["王" * 30_000 + str(i) for i in range(2_000)])
    small = type(LIMITS)(memory=90_000_000)
    source = Guarded("xlsx", path, small)
    with pytest.raises(Refused) as refused:
        source.heads()
    assert refused.value.code == "file.reader_died"
    assert source.child is None


def test_a_reader_that_never_ends_is_ended(tmp_path):
    path = files.xlsx(tmp_path / "a.xlsx", [["姓名"], ["王伟"]])
    source = Guarded("xlsx", path, type(LIMITS)(seconds=0))
    with pytest.raises(Refused) as refused:
        source.heads()
    assert refused.value.code == "file.reader_died"
