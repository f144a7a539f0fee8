"""What people here confirmed is learned from once it is enough, and reads beside the rules where it is better."""

import json
from copy import copy
from datetime import timedelta

import pytest

from liuke.analytics.complaint_words.fitting import CORPUS
from liuke.complaints import learning
from liuke.complaints.labels import Axis
from liuke.complaints.models import Classification, Complaint, ComplaintModel
from liuke.complaints.suggesting import suggest
from liuke.jobs import repair
from liuke.jobs.timetable import TIMETABLE
from tests.complaints.conftest import NOON, enter

TEXTS = [json.loads(line) for line in (CORPUS / "two_hundred.jsonl").read_text(encoding="utf-8").splitlines()]
OWN = "洗车卡的事"


@pytest.fixture
def confirmed(cast):
    """200 complaints whose cause somebody confirmed: here all about a wash card are a matter of integrity."""
    pattern = enter(cast)
    Classification.objects.all().delete()
    rows = []
    for place, told in enumerate(TEXTS):
        row = copy(pattern)
        row.pk, row.number, row.receipt_digest, row.key = None, f"T{place}", f"{place:032}", None
        row.text = f"{OWN}：{told['text']}" if place % 2 else told["text"]
        rows.append(row)
    Complaint.objects.bulk_create(rows)
    kept = {row.number: row.pk for row in Complaint.objects.filter(number__startswith="T")}
    Classification.objects.bulk_create(
        Classification(
            complaint_id=kept[f"T{place}"], axis=Axis.CAUSE, value="integrity" if place % 2 else told["cause"], by=cast.linqian, at=NOON
        )
        for place, told in enumerate(TEXTS)
    )
    return kept


def test_few_teach_nothing(cast):
    enter(cast)
    assert repair.learn_complaints.func() == 0
    assert not ComplaintModel.objects.exists()
    assert suggest(f"{OWN}，等了半天").cause.value == "service"


def test_unconfirmed_and_taken_back_ones_do_not_count(confirmed):
    Classification.objects.filter(complaint=confirmed["T0"]).update(at=None)
    assert learning.train() is None
    Classification.objects.update(at=NOON)
    Complaint.objects.filter(pk=confirmed["T1"]).update(undone_at=NOON)
    assert learning.train() is None


def test_learned_once_a_month_and_used(confirmed, django_assert_num_queries):
    assert suggest(f"{OWN}，等了半天").cause.value == "service"
    assert repair.learn_complaints.func() == 200
    made = ComplaintModel.objects.get()
    assert (made.made_at, made.cases) == (NOON, 200)
    assert made.figures["cause"]["why"] == "used"
    assert made.figures["cause"]["blend"] > made.figures["cause"]["rules"]
    assert made.figures["severity"] == {"cases": 0, "rules": None, "blend": None, "gained": 0, "lost": 0, "why": "few"}
    assert suggest(f"{OWN}，等了半天").cause.value == "integrity"
    with django_assert_num_queries(2):
        assert suggest("等了半天没人理").cause.value == "service"
    assert [entry.when for entry in TIMETABLE if entry.task is repair.learn_complaints] == ["25 3 2 * *"]


def test_a_year_of_models_stays_and_a_broken_one_is_left_aside(confirmed, caplog):
    ComplaintModel.objects.bulk_create(
        ComplaintModel(made_at=NOON - timedelta(days=30 * (place + 1)), cases=200, figures={}, weights=b"x") for place in range(13)
    )
    assert suggest("等了半天没人理").cause.value == "service"
    assert "cannot be read" in caplog.text
    made = learning.train()
    assert ComplaintModel.objects.count() == learning.KEPT
    assert ComplaintModel.objects.order_by("-made_at").first() == made
    assert suggest(f"{OWN}，等了半天").cause.value == "integrity"
