"""Noon in Shanghai on a Friday of a small company whose customers complain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from liuke.complaints import agreeing, classifying, closing, entering, handling
from liuke.complaints.models import Complaint, ComplaintStep
from tests.work.cast import Company, company

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = "变速箱异响，修了三次还响。同一个响修了三次，还说是我开法有问题！"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as traveller, translation.override("zh-hans"):
        yield traveller


@pytest.fixture
def cast(db) -> Company:
    return company()


@pytest.fixture
def xu(cast):
    return cast.customer("K000001", "徐国华")


def enter(cast: Company, card: Any = None, **fields: Any) -> Complaint:
    """林倩 takes it down by telephone."""
    fields = {"text": WORDS, "channel": "telephone", "customer_id": card.pk if card else None, **fields}
    return entering.enter(fields.pop("actor", cast.linqian), **fields)


def tick(actor: Any, row: Complaint, *stages: str) -> None:
    """All steps of these stages that are ticked by hand."""
    for step in ComplaintStep.objects.filter(complaint=row, stage__in=stages or ("accept", "clarify", "resolve"), done_at=None):
        if step.key not in ("classify", "solve", "inform", "call_back", "sum_up"):
            handling.tick(actor, step.pk)


def classified(actor: Any, row: Complaint) -> None:
    for axis, value in (
        ("severity", row.severity), ("cause", "product_quality"), ("channel", "telephone"), ("behaviour", "angry_venting"),
        ("purpose", "criticism"),
    ):  # fmt: skip
        classifying.confirm(actor, row.pk, axis, value)


def told(cast: Company, row: Complaint, **fields: Any) -> Complaint:
    """The whole way to the solution told: accepted, clarified, one thing agreed."""
    handling.answer(cast.linqian, row.pk)
    tick(cast.linqian, row, "accept", "clarify")
    classified(cast.linqian, row)
    made = agreeing.propose(cast.linqian, row.pk, "换阀体总成", NOON.date() + timedelta(1), **fields)
    agreeing.agree(cast.linqian, made.pk)
    tick(cast.linqian, row, "resolve")
    return closing.tell_solution(cast.linqian, row.pk)
