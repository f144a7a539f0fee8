from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from liuke.notify.models import Channel
from liuke.team.models import Company
from tests.cast import Cast, assemble
from tests.notify.server import Robot, robot

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=SHANGHAI)  # a Wednesday


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def inside(settings: Any) -> None:
    """This machine may be written to, which is otherwise refused."""
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    settings.SITE_URL = "https://liuke.example.com"


@pytest.fixture
def cast(db: None) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    return assemble()


@pytest.fixture
def other_side() -> Iterator[Robot]:
    with robot() as made:
        yield made


@pytest.fixture
def group(cast: Cast) -> Callable[..., Channel]:
    def make(side: Robot, kind: str = "wecom", **fields: Any) -> Channel:
        values = {"name": f"群{Channel.objects.count() + 1}", "url": side.url, "host": "127.0.0.1", **fields}
        return Channel.objects.create(kind=kind, **values)

    return make
