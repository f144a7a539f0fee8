"""`liuke complaints classify`: one line in, one line out; a bad line is answered in its place."""

import json

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli import complaints as command


@pytest.fixture
def run():
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    return lambda *words, **more: CliRunner().invoke(app, ["complaints", "classify", *words], **more)


def answers(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_line_is_a_string_an_object_or_plain(run, tmp_path):
    file = tmp_path / "said.jsonl"
    file.write_text(
        '\ufeff"刹车失灵了"\n{"text": "多收了我的钱", "amount_cents": 200000}\n'
        '店员态度很差\n“你爱买不买”，这叫什么话\n"他说爱买不买"，什么话\n',
        encoding="utf-8",
    )
    result = run(str(file), "--json")
    assert result.exit_code == 0
    found = answers(result)
    assert [row["line"] for row in found] == [1, 2, 3, 4, 5]
    assert found[0]["severity"]["value"] == "severe"
    assert found[0]["severity"]["words"] == ["刹车失灵"]
    assert found[1]["severity"]["value"] == "severe"
    assert found[2]["cause"]["value"] == "service"
    assert set(found[0]) == {"line", "severity", "cause", "channel", "behaviour", "purpose", "needs"}
    assert set(found[0]["purpose"]) == {"value", "confidence", "words"}
    assert set(found[0]["cause"]) == {"value", "confidence", "words", "others"}
    need = found[2]["needs"]["emotional"][0]
    assert (need["value"], need["words"], 0 < need["confidence"] <= 1) == ("respected", ["态度很"], True)
    assert found[2]["needs"]["rational"] == []


def test_bad_lines_do_not_stop_the_rest(run):
    lines = [
        '"退钱"', "", '"  "', '{"text": 3}', "[1]", "null", '{"text": "退', '{"text": "退钱", "repeats": -1}',
        '{"text": "退钱", "deal_cents": true}',
    ]  # fmt: skip
    data = "\n".join(lines).encode() + b"\n\xff\xfe\n" + "退".encode() * 50_001 + b"\n" + '"赔钱"'.encode()
    result = run("-", "--json", input=data)
    assert result.exit_code == 1
    found = answers(result)
    assert [row["line"] for row in found] == list(range(1, 13))
    assert [row.get("error") for row in found] == [
        None, "complaint.empty", "complaint.empty", "line.no_text", "line.no_text", "line.no_text", "line.json", "line.number",
        "line.number",
        "line.encoding", "complaint.too_long", None,
    ]  # fmt: skip
    assert found[1]["message"] == "没有文字，请写下客户说了什么"
    assert found[10]["message"] == "文字太长：50001 个字，最多 50000 个"
    assert "12 行里有 10 行读不了" in result.stderr


def test_for_a_person(run):
    result = run("-", input="我到店里来，没有一个人理我\n\n")
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first.startswith("1  一般 ")
    assert "情感：受欢迎 " in first
    assert first.endswith("理性：无")
    assert second == "2  ——  没有文字，请写下客户说了什么。"


def test_no_file_and_an_empty_one(run, tmp_path):
    missing = run(str(tmp_path / "none.jsonl"))
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "没有" in missing.stderr
    (tmp_path / "empty.jsonl").write_bytes(b"")
    empty = run(str(tmp_path / "empty.jsonl"), "--json")
    assert (empty.exit_code, empty.stdout) == (2, "")
    assert "文件是空的" in empty.stderr
