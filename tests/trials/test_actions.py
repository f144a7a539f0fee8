"""Rounds are opened by who may, hold out nobody who must not be, and a group once given is never changed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.standing.models import Run, Signal
from liuke.team.queries import pack
from liuke.trials.actions import assign, close_trial, open_due, open_trial
from liuke.trials.labels import Arm, Verdict
from liuke.trials.models import Assignment, Look, Trial
from liuke.trials.queries import assigned, could, expected, usual
from tests.threads import at_once
from tests.trials.rounds import KEY, a_trial, came_back, crowd, fallen, later
from tests.work.cast import DAY, Company, company

NOW = "2026-11-20 04:00+00:00"


def signals(people, started: date, key: str = KEY) -> None:
    Signal.objects.bulk_create(
        Signal(customer=each, key=key, family="churn", severity=3, slots={}, started_on=started, ended_on=None) for each in people
    )


@time_machine.travel(NOW, tick=False)
def test_the_operations_centre_opens_a_round(cast: Company) -> None:
    trial = open_trial(cast.wentao, pack(), KEY, percent=20, planned=800)
    assert (trial.playbook, trial.round, trial.version, trial.share, trial.planned) == (KEY, 1, 1, Decimal("0.2"), 800)
    assert (trial.window_days, trial.came, trial.opened_on, trial.opened_by, trial.verdict) == (45, "deal", DAY, cast.wentao, "")
    entry = AuditEntry.objects.get(verb="trial.open")
    assert entry.detail == {"playbook": KEY, "round": 1, "percent": 20, "planned": 800}
    with pytest.raises(Refused) as refused:
        open_trial(cast.wentao, pack(), KEY, percent=20, planned=800)
    assert refused.value.code == "trial.open"
    assert close_trial(cast.wentao, trial.pk, Verdict.TOO_EARLY)
    again = open_trial(cast.guoping, pack(), KEY, percent=10, planned=800)
    assert (again.round, again.seed != trial.seed) == (2, True)


@pytest.mark.parametrize(
    ("who", "key", "percent", "planned", "code"),
    [
        ("siyuan", KEY, 10, 1000, "permission"),
        ("hejing", KEY, 10, 1000, "permission"),
        ("wentao", "nothing", 10, 1000, "trial.playbook"),
        ("wentao", "complaint_open", 10, 1000, "trial.never"),
        ("wentao", "advice_asked", 10, 1000, "trial.never"),
        ("wentao", KEY, 0, 1000, "trial.share"),
        ("wentao", KEY, 51, 1000, "trial.share"),
        ("wentao", KEY, 10, 499, "trial.few"),
        ("wentao", KEY, 10, -5, "trial.few"),
        ("wentao", KEY, 10, 1_000_001, "trial.planned"),
    ],
)
def test_refusals_change_nothing(cast: Company, who: str, key: str, percent: int, planned: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        open_trial(getattr(cast, who), pack(), key, percent=percent, planned=planned)
    assert refused.value.code == code
    assert not Trial.objects.exists()
    assert not AuditEntry.objects.filter(verb="trial.open").exists()


def test_a_group_is_never_changed(cast: Company) -> None:
    trial = a_trial()
    people = crowd(cast, 20)
    fallen(trial, people, Arm.TREATED)
    one = Assignment.objects.first()
    assert one is not None
    one.arm = Arm.ALONE
    for act in (one.save, one.delete, lambda: Assignment.objects.update(arm=Arm.ALONE), lambda: Assignment.objects.all().delete()):
        with pytest.raises(TypeError):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        fallen(trial, people[:1], Arm.ALONE)
    assert assigned(trial) == {"treated": 20}


def test_whoever_has_a_group_keeps_it_and_a_full_round_takes_nobody_else(cast: Company) -> None:
    trial = a_trial(planned=100)
    people = crowd(cast, 130)
    with transaction.atomic():
        first = assign({KEY: [(each.pk, "A") for each in people[:80]]}, DAY)
    assert len(first) == 80 and assigned(trial) == {"treated": 72, "alone": 8}
    with transaction.atomic():
        second = assign({KEY: [(each.pk, "B") for each in people]}, later(3))
    assert len(second) == 100 == Assignment.objects.count()
    assert assigned(trial) == {"treated": 90, "alone": 10}
    assert all((second[key].arm, second[key].on, second[key].stratum) == (one.arm, DAY, "A") for key, one in first.items())


def test_a_closed_round_takes_nobody(cast: Company) -> None:
    a_trial(closed_on=DAY, verdict="works")
    with transaction.atomic():
        assert assign({KEY: [(crowd(cast, 1)[0].pk, "A")]}, DAY) == {}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_give_nobody_two_groups_and_keep_the_share() -> None:
    cast = company()
    trial = a_trial()
    people = [(each.pk, "A") for each in crowd(cast, 60)]

    def some(part):
        with transaction.atomic():
            return assign({KEY: part}, DAY)

    came = at_once(lambda: some(people), lambda: some(people[::-1]), lambda: some(people[30:]))
    assert [one for one in came if isinstance(one, Exception)] == []
    assert Assignment.objects.count() == 60 and assigned(trial) == {"treated": 54, "alone": 6}
    arms = dict(Assignment.objects.values_list("customer_id", "arm"))
    assert all(one.arm == arms[one.customer_id] for found in came for one in found.values())


@time_machine.travel(NOW, tick=False)
def test_what_a_round_could_find_is_said_from_the_last_year(cast: Company) -> None:
    playbook = pack().playbook(KEY)
    people = crowd(cast, 400)
    signals(people, DAY - timedelta(100))
    signals(crowd(cast, 50, start=1000), DAY - timedelta(10))
    came_back(people[:80], DAY - timedelta(60))  # 40 days after it began
    came_back(people[80:100], DAY - timedelta(30))  # too late
    came_back(people[100:110], DAY - timedelta(100))  # the day it began
    came_back(people[110:120], DAY - timedelta(60), 0)  # a visit that cost nothing is no deal
    Run.objects.update(as_of=DAY - timedelta(400))
    seen = expected(pack(), playbook, DAY)
    assert (seen.people, seen.base, seen.known) == (450, 0.2, 400)
    plan = could(seen, 0.1, 6000, 0.05)
    assert (plan.alone, round(plan.lift, 3), plan.needed, plan.months) == (600, 0.05, 6003, 160.0)
    assert (usual(pack(), seen).planned, usual(pack(), seen).alone) == (450, 45)  # at most a year's
    few = expected(pack(), pack().playbook("late_visit"), DAY)
    assert (few.people, few.base, few.known) == (0, 0.15, 0)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("history", "fresh", "months", "of_a_year"), [(100, 50, 39.5, 582), (73, 50, 28.8, 650), (27, 50, None, 450)], ids=str
)
def test_a_short_history_is_taken_for_what_it_is(cast: Company, history: int, fresh: int, months: float | None, of_a_year: int) -> None:
    """Whoever was there when the history began says nothing about the pace."""
    signals(crowd(cast, 400), DAY - timedelta(history))
    signals(crowd(cast, 50, start=1000), DAY - timedelta(10))
    Run.objects.update(as_of=DAY - timedelta(history))
    seen = expected(pack(), pack().playbook(KEY), DAY)
    assert (seen.people, seen.days, seen.fresh, seen.of_a_year) == (450, history, fresh, of_a_year)
    plan = could(seen, 0.1, 600, 0.05)
    assert (plan.months and round(plan.months, 1)) == months
    assert usual(pack(), seen).planned == min(of_a_year, plan.needed)


@time_machine.travel(NOW, tick=False)
def test_the_share_of_those_left_alone_is_the_base_once_there_are_enough(cast: Company) -> None:
    people = crowd(cast, 400)
    signals(people, DAY - timedelta(100))
    came_back(people[:80], DAY - timedelta(60))
    book = pack().playbook(KEY)
    trial = a_trial(window_days=book.success.within_days)
    seen = Look(trial=trial, on=DAY, treated=450, returned=90, alone=49, returned_alone=7, verdict=Verdict.TOO_EARLY)
    seen.save()
    assert (expected(pack(), book, DAY).base, expected(pack(), book, DAY).measured) == (0.2, None)
    Look.objects.update(alone=50)
    measured = expected(pack(), book, DAY)
    assert (measured.base, measured.known, measured.measured) == (0.14, 50, seen)
    Trial.objects.update(window_days=90)  # another question
    assert expected(pack(), book, DAY).measured is None


@time_machine.travel(NOW, tick=False)
def test_first_rounds_open_by_themselves_where_they_can_say_something(cast: Company) -> None:
    signals(crowd(cast, 600), DAY - timedelta(5))
    signals(crowd(cast, 40, start=1000), DAY - timedelta(5), "late_visit")
    signals(crowd(cast, 900, start=2000), DAY - timedelta(5), "complaint_open")
    opened = open_due(pack())
    assert [(trial.playbook, trial.round, trial.planned, trial.opened_by) for trial in opened] == [(KEY, 1, 600, None)]
    assert open_due(pack()) == []
    assert close_trial(None, opened[0].pk, Verdict.NO_DIFFERENCE)
    assert open_due(pack()) == []  # what comes after the first round is for people to decide
    assert not close_trial(None, opened[0].pk, Verdict.WORKS)  # the verdict is final
    assert Trial.objects.get().verdict == "no_difference"
