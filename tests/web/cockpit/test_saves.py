"""挽回在哪一层: who came back after somebody reached him, by the level of the day it began; nobody left alone, nobody out of sight."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from liuke.customers.models import Customer
from liuke.team.models import User
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment
from liuke.web.cockpit.saves import levels
from liuke.work.labels import Level
from liuke.work.models import Enrolment, Task
from liuke.work.saves import by_level
from tests.trials.rounds import KEY, a_trial, crowd
from tests.work.cast import DAY, Company, company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Company:
    return company()


def went(cast: Company, customer: Customer, level: str, *, why: str = "success", outcome: str = "reached", ago: int = 10, **fields) -> None:
    enrolment = Enrolment.objects.create(
        customer=customer, playbook=KEY, version=1, signal=KEY, started_on=DAY - timedelta(ago + 20), ended_on=DAY - timedelta(ago),
        why=why, level=level, **fields,
    )  # fmt: skip
    Task.objects.create(
        customer=customer, assignee=cast.siyuan, enrolment=enrolment, playbook=KEY, signal=KEY, channel="phone", minutes=5, created_for=DAY,
        due_on=DAY, state="done", outcome=outcome, done_on=DAY, done_by=cast.siyuan,
    )  # fmt: skip


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_only_what_came_of_a_contact_counts(cast: Company) -> None:
    people = crowd(cast, 12)
    for customer, level in zip(people, (*["before"] * 2, *["sign"] * 3, "loss", "beyond"), strict=False):
        went(cast, customer, level)
    went(cast, people[7], "sign", why="timeout")
    went(cast, people[8], "sign", outcome="not_reached")
    went(cast, people[9], "sign", ago=90)
    went(cast, people[10], "")
    alone = Assignment.objects.create(trial=a_trial(), customer=people[11], stratum="A", arm=Arm.ALONE, on=DAY)
    went(cast, people[11], "sign", assignment=alone)
    assert by_level(cast.guoping, DAY) == {"before": 2, "sign": 3, "loss": 1, "beyond": 1}
    Customer.objects.filter(pk=people[0].pk).update(unit=cast.other, owner=cast.xiaomei)
    assert by_level(cast.siyuan, DAY)["before"] == 1
    told = levels(cast.guoping)
    assert (told["saved"], told["saved_early"]) == (7, "71%")
    assert [word for _, word, _ in told["saved_at"]] == ["防患未然", "防微杜渐", "亡羊补牢", "病入膏肓"]


def page(user: User, address: str, status: int = 200) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    answer = client.get(address)
    assert answer.status_code == status
    return unescape(answer.content.decode())


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_every_level_opens_its_list(cast: Company) -> None:
    people = crowd(cast, 60)
    for customer in people[:55]:
        went(cast, customer, "sign")
    for customer in people[55:]:
        went(cast, customer, "loss")
    html = page(cast.guoping, "/saves/?level=sign")
    assert "防微杜渐时挽回的，近 90 天 55 位" in html and html.count("data-lk-row") == 50 and "第 1 页，共 2 页" in html
    assert "近 90 天挽回 60 位" in page(cast.hejing, "/saves/")
    assert "没有这样的客户" in page(cast.guoping, f"/saves/?level={Level.BEYOND}")
    page(cast.guoping, "/saves/?level=other", 404)
    page(cast.siyuan, "/saves/", 404)
