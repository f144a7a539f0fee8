"""`liuke duplicates`: the scan's figures and the pairs, without numbers of telephones."""

import json

import pytest
from typer.testing import CliRunner

from liuke.cli.main import build
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[str, str]:
    done = CliRunner().invoke(build(), ["duplicates", *words])
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_scan_and_list() -> None:
    cast = assemble()
    card(cast.chen, "张书远", "13800001234", number="K1")
    card(cast.zhou, "张书元", "13800001234", number="K2")
    assert "没有等人看的疑似重复" in run("list")[1]
    told = json.loads(run("scan", "--json")[0])
    assert (told["customers"], told["pairs"], told["crowded"]) == (2, 1, [])
    assert "查了 2 位客户，1 对像是重复" in run("scan")[1]
    assert json.loads(run("list", "--json")[0]) == [{"a": "K1", "b": "K2", "score": 0.7, "reasons": ["phone", "sound"]}]
    line = run("list")[0]
    assert "K1 张书远  K2 张书元" in line and "138" not in line
