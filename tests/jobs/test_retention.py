"""The nightly jobs of the retention periods."""

from datetime import timedelta

import pytest
from django.utils import timezone

from liuke.exchange import wizard
from liuke.interactions.models import Interaction
from liuke.jobs import tasks
from liuke.jobs.timetable import TIMETABLE
from liuke.privacy.models import RetentionRun
from liuke.privacy.retention import set_rule
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def test_the_periods_run_every_night():
    assert {entry.name: entry.when for entry in TIMETABLE}["retention"] == "35 4 * * *"


def test_the_job_says_how_much_went():
    cast = assemble()
    at = timezone.now() - timedelta(days=2000)
    person = card(cast.chen, "张书远")
    Interaction.objects.create(customer=person, at=at, on=at.date(), way="phone", outcome="reached", summary="问了保养")
    assert tasks.apply_retention.func() == 1
    assert tasks.apply_retention.func() == 0
    assert RetentionRun.objects.count() == 2


def test_uploads_go_by_the_company_s_own_days(monkeypatch):
    cast = assemble()
    asked = []
    monkeypatch.setattr(wizard, "forget_old", lambda now, days: asked.append(days) or 0)
    tasks.forget_uploads.func()
    set_rule(cast.fang, "uploads", 7, True)
    tasks.forget_uploads.func()
    set_rule(cast.fang, "uploads", 7, False)
    assert tasks.forget_uploads.func() == 0
    assert asked == [30, 7]
