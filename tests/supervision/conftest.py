"""Noon in Shanghai on Friday, 20 November 2026, with a supervisor over two stores."""

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
