"""Every hostile file gives exactly what is written beside it: nothing crashes, nothing is guessed."""

from datetime import date
from pathlib import Path

import pytest

from liuke.exchange.check import Cells, check_rows
from liuke.exchange.datasets import DATASETS
from liuke.exchange.engine import RULES
from liuke.exchange.orders import read_orders
from liuke.exchange.table import open_table
from liuke.kernel.refusal import Refused
from tests.exchange.corpus import CASES, Case

TODAY = date(2024, 6, 1)


def read(case: Case, path: Path):
    from dataclasses import replace

    dataset = DATASETS[case.dataset]
    fields = {"kind": replace(dataset.field("kind"), choices={"会员": "membership"})} if case.dataset == "contracts" else {}
    with open_table(path, dataset) as table:
        cells = Cells(table, TODAY, fields)
        if case.dataset == "deals":
            found = read_orders(cells)
            refusals, rows = found.refusals, found.rows
        else:
            _, refusals, rows = check_rows(cells, RULES[case.dataset])
        if not rows:
            from liuke.exchange.words import refuse

            raise refuse("file.no_rows", row=table.heading.row)
        return rows, refusals, table.skipped, [note.code for note in table.notes] + (["rounded"] if cells.rounded else [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_file(case: Case, tmp_path: Path):
    path = case.make(tmp_path / "file.bin")
    if case.refused:
        with pytest.raises(Refused) as caught:
            read(case, path)
        assert caught.value.code == case.refused
        assert case.says in str(caught.value)
        return
    rows, refusals, skipped, warnings = read(case, path)
    assert [(refusal.row, refusal.column, refusal.code) for refusal in sorted(refusals, key=lambda each: each.row)] == case.bad
    assert skipped == case.skipped
    assert warnings == case.warnings
    assert rows == case.rows
    assert all(str(refusal.refused) for refusal in refusals)
