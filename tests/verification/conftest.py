"""A Wednesday in the week of 2 November 2026, at eleven in the morning."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from tests.cast import Cast, assemble

NOON = datetime(2026, 11, 4, 11, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db) -> Cast:
    return assemble()
