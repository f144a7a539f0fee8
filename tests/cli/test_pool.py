"""`liuke pool`: the night by hand, and who is in the pool."""

import json

import pytest
from typer.testing import CliRunner

from liuke.cli.main import build
from liuke.customers.models import Customer
from tests.cast import assemble
from tests.keepers.world import old

pytestmark = pytest.mark.django_db


def liuke(*arguments):
    return CliRunner().invoke(build(), ["pool", *arguments])


def test_the_night_and_the_list():
    cast = assemble()
    old(None, "田伟", unit=cast.binjiang)
    old(cast.chen, "张书远")
    done = liuke("run")
    assert done.exit_code == 0, done.output
    assert "提醒了 1 位，进公海 1 位" in done.stderr
    assert "提醒了 0 位，进公海 0 位" in liuke("run").stderr
    [row] = json.loads(liuke("list", "--json").stdout)
    assert (row["customer_no"], row["name"], row["unit"], row["why"]) == ("C0001", "田*", "杭州滨江店", "no_owner")
    [row] = json.loads(liuke("list", "--warned", "--json").stdout)
    assert (row["name"], row["from"]) == ("张*远", "chensiyuan")
    assert "田*" in liuke("list").stdout and "田伟" not in liuke("list").stdout


def test_a_day_to_come_or_no_day_is_refused():
    cast = assemble()
    old(cast.chen, "张书远")
    for day, said in (("2030-01-01", "还没到"), ("明年", "日期看不懂")):
        done = liuke("run", "--as-of", day)
        assert done.exit_code == 2 and said in done.stderr
    assert Customer.objects.get().owner == cast.chen
