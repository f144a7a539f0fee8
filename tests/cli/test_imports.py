"""`liuke import …`: names of commands, options, JSON keys and exit codes are promised."""

import json
from pathlib import Path

import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from liuke.cli.imports import register
from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.exchange.models import Load
from tests.cast import assemble
from tests.exchange import files

pytestmark = pytest.mark.django_db
BODY = '客户编号,姓名,手机,备注\nC1,王伟,13812345678,好\nC2,李娜,1.38E+10,"=HYPERLINK(""http://x"",""点"")"\nC3,,,@SUM(A1)\nC4,张强,138,\n合计,,,\n'


@pytest.fixture
def run():
    assemble()
    app = typer.Typer()
    register(app)

    def call(*words: object):
        return CliRunner().invoke(app, ["import", *map(str, words)])

    return call


def test_json_of_a_load(run, tmp_path: Path):
    path = files.csv(tmp_path / "客户.csv", BODY)
    result = run("customers", path, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert list(found)[:7] == ["id", "rows", "created", "updated", "unchanged", "refused", "reasons"]
    assert {key: found[key] for key in ("rows", "created", "updated", "unchanged", "refused", "skipped")} == {
        "rows": 4, "created": 2, "updated": 0, "unchanged": 0, "refused": 2, "skipped": 1,
    }  # fmt: skip
    assert found["id"] == Load.objects.get().pk
    assert found["reasons"] == {"phone.scientific": 1, "phone.short": 1}
    assert "13812345678" not in result.output and "1.38" not in json.dumps(found["warnings"])


def test_refused_rows_come_back_as_a_workbook_of_text(run, tmp_path: Path):
    path, out = files.csv(tmp_path / "客户.csv", BODY), tmp_path / "错.xlsx"
    result = run("customers", path, "--errors", out)
    assert result.exit_code == 0
    assert "4 行：新建 2，更新 0，没变 0，不能导入 2，跳过 1。" in result.stdout
    assert "第 3 行，手机：号码已被 Excel 截断，请按文本重填" in result.stdout
    book = load_workbook(out)
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows == [
        ["客户编号", "姓名", "手机", "备注", "行号", "原因"],
        ["C2", "李娜", "1.38E+10", '=HYPERLINK("http://x","点")', 3, "手机：号码已被 Excel 截断，请按文本重填"],
        ["C4", "张强", "138", None, 5, "手机：手机号少了 8 位"],
    ]
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n"}
    assert not any(cell.hyperlink for row in book.active.iter_rows() for cell in row)
    # Corrected, it is a file that can be loaded as it is.
    again = run("customers", out, "--dry-run", "--json")
    assert json.loads(again.stdout)["refused"] == 2


def test_a_file_that_cannot_be_used_is_2_and_leaves_nothing(run, tmp_path: Path):
    for path, code in (
        (files.csv(tmp_path / "a.csv", "姓名\n"), "file.no_rows"),
        (files.write(tmp_path / "b.xlsx", b"%PDF-1.4"), "file.not_a_table"),
        (tmp_path / "没有.csv", "file.missing"),
    ):
        result = run("customers", path, "--json")
        assert (result.exit_code, json.loads(result.stdout)["error"]) == (2, code)
        assert path.name in result.stderr
    assert (Load.objects.count(), Customer.objects.count()) == (0, 0)


def test_dry_run_map_and_undo(run, tmp_path: Path):
    path = files.csv(tmp_path / "成交.csv", "单据,谁,哪天,多少\n1,C1,2024-03-05,10\n")
    words = (
        "deals",
        path,
        "--map",
        "单据=number",
        "--map",
        "customer_number=谁",
        "--map",
        "哪天=日期",
        "--map",
        "多少=金额",
        "--create-customers",
        "--json",
    )
    dry = json.loads(run(*words, "--dry-run").stdout)
    assert (dry["id"], dry["created"], dry["customers_created"], Deal.objects.count()) == (None, 1, 1, 0)
    wet = json.loads(run(*words).stdout)
    assert (wet["created"], Deal.objects.count()) == (1, 1)
    undone = run("undo", wet["id"], "--json")
    assert (undone.exit_code, json.loads(undone.stdout)) == (0, {"deleted": 2, "restored": 0, "kept": []})
    assert (Deal.objects.count(), Customer.objects.count()) == (0, 0)
    twice = run("undo", wet["id"], "--json")
    assert (twice.exit_code, json.loads(twice.stdout)["error"]) == (2, "load.state")
    assert run("undo", 999).exit_code == 2
    bad = run("deals", path, "--map", "单据", "--json")
    assert (bad.exit_code, json.loads(bad.stdout)["error"]) == (2, "file.bad_map")


def test_all_five_are_commands(run, tmp_path: Path):
    heads = {
        "customers": "姓名\n王伟\n",
        "deals": "客户编号,日期,金额\nC1,2024-03-05,10\n",
        "contracts": "客户编号,类别,开始,到期\nC1,会员,2024-03-05,2025-03-05\n",
        "payments": "客户编号,付款日期,金额\nC1,2024-03-05,10\n",
        "interactions": "客户编号,时间,经过\nC1,2024-03-05,打了电话\n",
    }
    for dataset, body in heads.items():
        result = run(dataset, files.csv(tmp_path / "a.csv", body), "--create-customers", "--json")
        assert (result.exit_code, json.loads(result.stdout)["created"]) == (0, 1), dataset


def test_staff_who_left_are_nobody_when_so_mapped(run, tmp_path: Path):
    path = files.csv(tmp_path / "客户.csv", "客户编号,姓名,业务员\nC1,王伟,张三\n")
    assert json.loads(run("customers", path, "--json").stdout)["reasons"] == {"unknown.staff": 1}
    assert json.loads(run("customers", path, "--map", "员工:张三=", "--json").stdout)["created"] == 1
    assert Customer.objects.get().owner is None
