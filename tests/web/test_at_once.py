"""A deal entered on the web changes the customer's standing and closes the tasks it answers, at once."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from liuke.customers.models import Customer, FactChange
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.standing import actions as standing
from liuke.standing.models import Signal, Standing
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.work.actions import plan
from liuke.work.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """张书远, regular every 74 days until 212 days ago, in 陈思远's care."""
    monkeypatch.setattr(settings, "MIRROR", tmp_path)
    store = Unit.objects.create(name="杭州滨江店")
    siyuan = User.objects.create(username="chensiyuan", name="陈思远", role=Role.REP, unit=store)
    card = Customer(number="K1", name="张书远", unit=store, owner=siyuan, opened_on=date(2023, 1, 1))
    card.index()
    card.save()
    days = [clock.today() - timedelta(days=212 + 74 * n) for n in range(6)]
    Deal.objects.bulk_create([Deal(customer=card, on=day, amount_cents=50_000) for day in days])
    touch_months(days)
    standing.run(clock.today())
    plan(clock.today())
    return card


def test_a_deal_entered_is_known_at_once(client: Client, zhang: Customer) -> None:
    assert Standing.objects.get(customer=zhang).stage == "D"
    assert Task.objects.filter(customer=zhang, state="open", playbook="overdue_visit").exists()
    client.force_login(zhang.owner)
    typed = {"on": clock.today().isoformat(), "amount": "1,280", "kind": "sale", "content": "大保养"}
    answer = client.post(reverse("deal_new", args=[zhang.pk]), typed)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    row = Standing.objects.get(customer=zhang)
    assert (row.last_deal, row.deal_days) == (clock.today(), 7)
    assert row.stage != "D"
    assert Signal.objects.get(customer=zhang, key="overdue_visit").ended_on == clock.today()
    assert not Task.objects.filter(customer=zhang, state="open", playbook="overdue_visit").exists()
    assert not FactChange.objects.filter(caught_up=False).exists()


def test_a_refused_deal_changes_nothing(client: Client, zhang: Customer) -> None:
    before = Standing.objects.values().get(customer=zhang)
    client.force_login(zhang.owner)
    tomorrow = clock.today() + timedelta(days=1)
    client.post(reverse("deal_new", args=[zhang.pk]), {"on": tomorrow.isoformat(), "amount": "1280", "kind": "sale"})
    assert Deal.objects.count() == 6
    assert Standing.objects.values().get(customer=zhang) == before
    assert Signal.objects.get(customer=zhang, key="overdue_visit").ended_on is None
