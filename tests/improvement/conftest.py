"""Noon in Shanghai on a Friday of 启程汽车服务集团, which mends what is weak."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from liuke.complaints.models import Complaint
from tests.cast import Cast, assemble

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as traveller, translation.override("zh-hans"):
        yield traveller


@pytest.fixture
def cast(db) -> Cast:
    return assemble()


def complained(cast: Cast, days_ago: int, n: int = 1, **fields) -> None:
    """So many complaints of strangers in 杭州滨江店, received so many days ago at noon."""
    at = NOON - timedelta(days_ago)
    for _each in range(n):
        serial = Complaint.objects.count() + 1
        fixed = {"number": f"TS-2611{serial:02d}-01", "receipt_digest": f"{serial:032d}", "text": "变速箱异响", "title": "变速箱异响"}
        when = {"received_at": at, "answer_due": at + timedelta(hours=2)}
        Complaint.objects.create(**{"unit": cast.binjiang, "channel": "telephone", "owner": cast.lin, **fixed, **when, **fields})
