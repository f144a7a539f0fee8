"""Noon in Shanghai on a Friday of a small company, whose people promise things to a customer."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import translation

from tests.work.cast import Company, company

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON) as traveller, translation.override("zh-hans"):
        yield traveller


@pytest.fixture
def cast(db) -> Company:
    return company()


@pytest.fixture
def zhang(cast):
    return cast.customer("K000001", "张书远")
