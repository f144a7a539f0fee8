"""`liuke notify run|test`."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli import notify
from liuke.notify.models import Channel, Delivery
from tests.cast import Cast, assemble
from tests.notify.server import robot


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def liuke(*words: str) -> Any:
    app = typer.Typer()
    notify.register(app)
    return CliRunner().invoke(app, ["notify", *words])


def test_a_turn(cast: Cast) -> None:
    assert liuke("run").output == "新写 0 条，发出 0 条，没发成 0 条\n"
    assert json.loads(liuke("run", "--json").output) == {"written": 0, "sent": 0, "failed": 0}


def test_a_trial(cast: Cast, settings: Any) -> None:
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    with robot() as side:
        way = Channel.objects.create(kind="wecom", name="主管群", url=side.url)
        for name in ("主管群", str(way.pk)):
            said = liuke("test", name)
            assert (said.exit_code, said.output) == (0, "主管群：发出去了\n")
        side.behave = "bad_key"
        said = liuke("test", "主管群")
        assert said.exit_code == 1 and "主管群：网址里的钥匙对方不认，请重新复制" in said.output and "SECRET" not in said.output
        assert len(side.heard) == 3 == Delivery.objects.count()


def test_no_such_channel(cast: Cast) -> None:
    for n in range(2):
        Channel.objects.create(kind="wecom", name="群", url=f"https://im.example.com/{n}")
    said = liuke("test", "别的")
    assert said.exit_code == 2 and "没有叫“别的”的渠道。" in said.output
    assert "不止一条" in liuke("test", "群").output
    assert not Delivery.objects.exists()
