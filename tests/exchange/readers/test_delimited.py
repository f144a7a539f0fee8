"""The quick reader by columns and the careful one by records are one reader."""

import csv
import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.exchange.limits import LIMITS
from liuke.exchange.readers.delimited import Delimited, read_columns
from liuke.kernel.refusal import Refused

CELLS = st.text(alphabet="ab王,\"\n ;'", max_size=6)


def both(path: Path, width: int):
    quick, careful = [], []
    for batch in Delimited(path, LIMITS).batches(0, width):
        rows = batch.rows if batch.columns is None else list(map(list, zip(*batch.columns, strict=True)))
        quick.extend(zip(batch.numbers, rows, strict=True))
        quick.extend(("bad", batch.numbers[i], found[0].code) for i, found in batch.defects.items())
    for batch in Delimited(path, LIMITS)._records(100, width):
        careful.extend(zip(batch.numbers, batch.rows, strict=True))
        careful.extend(("bad", batch.numbers[i], found[0].code) for i, found in batch.defects.items())
    key = repr
    return sorted(quick, key=key), sorted(careful, key=key)


def written(rows: list[list[str]], end: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(rows)
    return out.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_what_a_writer_writes_is_read_alike(tmp_path, rows, end):
    rows = [["姓名", "电话", "地址"], *rows]
    path = tmp_path / "a.csv"
    path.write_bytes(written(rows, end).encode())
    quick, careful = both(path, 3)
    assert quick == careful
    assert [row for _, row in sorted(quick)] == rows


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='ab王,"\n\r', max_size=40))
def test_anything_is_read_alike_or_refused_alike(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_bytes(("x,y\n" + text).encode())
    try:
        quick, careful = both(path, 2)
    except Refused as refused:
        assert refused.code == "file.unclosed_quote"
        assert read_columns([line.encode() for line in text.splitlines(keepends=True)], ",", 2, 1000) is None
        return
    assert quick == careful


def test_a_record_that_runs_over_the_end_of_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr("liuke.exchange.readers.delimited.BLOCK", 40)
    lines = ["姓名,备注\n", *(f"客户{i},好\n" for i in range(20)), '王伟,"一\n二\n三"\n', *(f"客户{i},好\n" for i in range(20))]
    path = tmp_path / "a.csv"
    path.write_text("".join(lines), encoding="utf-8")
    quick, careful = both(path, 2)
    assert quick == careful
    assert (22, ["王伟", "一\n二\n三"]) in quick and (25, ["客户0", "好"]) in quick


def test_null_words_are_words(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('姓名,备注\nNULL,NA\n"nan",\n', encoding="utf-8")
    quick, _ = both(path, 2)
    assert quick == [(1, ["姓名", "备注"]), (2, ["NULL", "NA"]), (3, ["nan", ""])]
