"""`liuke keys`: looked at, changed, forgotten."""

import json

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli import keys as command
from liuke.customers.models import Customer, Phone
from liuke.customers.phones import with_number
from liuke.vault import actions, keys
from tests.cast import assemble, card


@pytest.fixture
def run(db, settings, tmp_path, monkeypatch):
    before = keys.look_again()
    settings.KEYS = tmp_path / "keys.json"
    keys.keep(before)
    monkeypatch.setattr(actions.time, "sleep", lambda _seconds: None)
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    card(assemble().chen, "张书远", phone="13812345678")
    yield lambda *words: CliRunner().invoke(app, ["keys", *words])
    settings.KEYS = settings.DATA / "keys.json"
    keys.look_again()


def test_changed_and_the_old_one_forgotten(run):
    old = keys.ring().current
    assert json.loads(run("check", "--json").stdout) == {"file": str(keys.file()), "current": old, "values": {old: 2}, "open": 0}
    answer = run("rotate", "--index")
    assert answer.exit_code == 0 and "2 个值用新钥匙重新加密" in answer.stderr and "1 个号码的查找码换好了" in answer.stderr
    assert run("forget", keys.ring().current).exit_code == 2
    assert run("forget", old).exit_code == 0
    assert list(keys.look_again().keys) == [keys.ring().current] and Customer.objects.get().phone == "+8613812345678"
    assert Phone.objects.filter(with_number(["+8613812345678"])).count() == 1


def test_without_its_file_it_says_where_it_looked(run):
    keys.file().unlink()
    answer = run("rotate")
    assert answer.exit_code == 2 and str(keys.file()) in answer.stderr
    assert not keys.file().exists()
