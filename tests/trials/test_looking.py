"""A look counts everybody by the group he fell into, once his days are over, whatever became of him."""

from datetime import timedelta

import pytest
import time_machine

from liuke.audit.models import AuditEntry
from liuke.deals.models import Contract
from liuke.kernel.refusal import Refused
from liuke.team.queries import pack
from liuke.trials.known import known
from liuke.trials.labels import Arm
from liuke.trials.looking import look, seen
from liuke.trials.models import Look, Trial
from liuke.work import measuring
from liuke.work.effects import effects_of
from liuke.work.measuring import look_at_all, stop_trial
from liuke.work.models import Enrolment, MeasuredEffect, OfferRequest, Task
from tests.trials.rounds import KEY, a_trial, came_back, crowd, fallen, later
from tests.work.cast import DAY, Company


def a_round(cast: Company, treated: int, back: int, alone: int, back_alone: int, **fields) -> Trial:
    """A round whose customers all fell into their groups on DAY; those who came did so ten days later, for 1,000 yuan."""
    trial = a_trial(**{"planned": treated + alone, **fields})
    people = crowd(cast, treated + alone)
    fallen(trial, people[:treated], Arm.TREATED)
    fallen(trial, people[treated:], Arm.ALONE)
    came_back(people[:back], later(10))
    came_back(people[treated : treated + back_alone], later(10))
    return trial


def test_only_the_days_of_the_window_count(cast: Company) -> None:
    trial = a_trial()
    before, first, last, after, refund, twice, free = people = crowd(cast, 7)
    fallen(trial, people, Arm.TREATED)
    came_back([before], DAY)
    came_back([first], later(1))
    came_back([last], later(60))
    came_back([after], later(61))
    came_back([refund, twice], later(5), -30_000, kind="refund", came=False)
    came_back([free], later(3), 0)
    came_back([twice], later(20))
    came_back([twice], later(40), 50_000)
    found = {one.customer: (one.day, one.cents, one.closed) for one in known(trial, later(61))}
    assert found == {
        before.pk: (None, 0, True),
        first.pk: (1, 100_000, True),
        last.pk: (60, 100_000, True),
        after.pk: (None, 0, True),
        refund.pk: (None, -30_000, True),
        twice.pk: (20, 120_000, True),
        free.pk: (None, 0, True),  # a service visit that cost nothing is no deal
    }
    assert not any(one.closed for one in known(trial, later(60)))
    assert seen(trial, known(trial, later(60))).estimate is None
    assert [one.customer for one in known(trial, later(61), [last.pk, 0])] == [last.pk]


@time_machine.travel("2026-12-05 04:00+00:00", tick=False)
def test_a_renewal_is_another_contract_of_the_kind(cast: Company) -> None:
    trial = a_trial(came="renewal", contract_kind="insurance")
    early, late, running, other, bought = people = crowd(cast, 5)
    fallen(trial, people, Arm.TREATED)
    for customer, kind, start in (
        (early, "insurance", later(90)), (running, "insurance", later(-5)), (other, "membership", later(30)),
    ):  # fmt: skip
        Contract.objects.create(customer=customer, kind=kind, starts_on=start, ends_on=start + timedelta(365), amount_cents=300_000)
    imported = Contract.objects.create(customer=late, kind="insurance", starts_on=later(61), ends_on=later(426))
    Contract.objects.filter(pk=imported.pk).update(created_at="2027-03-01T00:00+00:00")
    came_back([bought], later(10))
    assert {one.customer: (one.day, one.cents) for one in known(trial, later(90))} == {
        early.pk: (15, 0),  # written down on 5 December
        late.pk: (60, 0),  # the day the one before it ends
        running.pk: (None, 0),
        other.pk: (None, 0),
        bought.pk: (None, 100_000),
    }


def test_no_more_queries_for_more_customers(cast: Company, django_assert_num_queries) -> None:
    trial = a_round(cast, 200, 50, 40, 5)
    with django_assert_num_queries(2):
        assert len(known(trial, later(61))) == 240


def test_a_look_is_written_once_a_day(cast: Company) -> None:
    trial = a_round(cast, 450, 45, 50, 5, planned=5000)
    one = look(trial, later(61), minutes=300, cost_cents=37_500)
    assert one is not None
    assert (one.treated, one.returned, one.alone, one.returned_alone) == (450, 45, 50, 5)
    assert one.strata == [["B", 450, 45, 50, 5]]
    assert (one.effect, one.fraction, one.verdict, one.final) == (pytest.approx(0), 0.1, "too_early", False)
    assert one.low is not None and one.high is not None and one.low < -0.05 < 0.05 < one.high
    assert (one.treated_cents, one.alone_cents, one.extra_cents) == (10_000, 10_000, 0)
    assert (one.minutes, one.cost_cents) == (300, 37_500)
    assert look(trial, later(61)) is None
    assert look(trial, later(62)) is not None
    assert Look.objects.count() == 2


@time_machine.travel("2027-01-20 04:00+00:00", tick=False)
def test_a_round_that_found_something_ends_and_is_reckoned_with(cast: Company) -> None:
    trial = a_round(cast, 1088, 257, 121, 17)
    assumed = effects_of(pack())[KEY]
    taken = look_at_all()
    assert [(one.trial, one.verdict, one.final) for one in taken] == [(trial, "works", True)]
    trial.refresh_from_db()
    assert (trial.verdict, trial.closed_on, trial.closed_by) == ("works", later(61), None)
    kept = MeasuredEffect.objects.get()
    assert (kept.playbook, kept.treated, kept.returned, kept.alone, kept.returned_alone) == (KEY, 1088, 257, 121, 17)
    assert (kept.source, kept.measured_on, kept.by) == ("对照第 1 轮", later(61), None)
    assert effects_of(pack())[KEY].share != assumed.share and effects_of(pack())[KEY].measured == (kept,)
    # And again, the same night or another: nothing twice, and the verdict stays.
    assert look_at_all() == [] == look_at_all(later(62))
    assert (Look.objects.count(), MeasuredEffect.objects.count()) == (1, 1)
    assert AuditEntry.objects.filter(verb="trial.look").count() == 1
    assert AuditEntry.objects.get(verb="trial.close").detail["verdict"] == "works"


@time_machine.travel("2027-01-20 04:00+00:00", tick=False)
@pytest.mark.parametrize(("back", "alone_back", "said"), [(180, 20, "no_difference"), (100, 40, "does_not")])
def test_the_horizon_is_the_last_look(cast: Company, back: int, alone_back: int, said: str) -> None:
    trial = a_round(cast, 1080, back, 120, alone_back)
    look_at_all()
    trial.refresh_from_db()
    assert trial.verdict == said and Look.objects.get().final


@time_machine.travel("2027-01-20 04:00+00:00", tick=False)
def test_a_round_under_way_goes_on(cast: Company) -> None:
    trial = a_round(cast, 300, 40, 40, 5, planned=4000)
    assert [one.final for one in look_at_all()] == [False]
    trial.refresh_from_db()
    assert (trial.verdict, trial.closed_on) == ("", None)
    assert not MeasuredEffect.objects.exists()


@time_machine.travel("2027-01-20 04:00+00:00", tick=False)
def test_minutes_of_the_contacts_and_what_was_given_are_what_it_costs(cast: Company) -> None:
    trial = a_round(cast, 60, 20, 60, 10, planned=4000)
    of = dict(trial.assignments.values_list("customer_id", "pk"))
    treated = list(trial.assignments.filter(arm=Arm.TREATED).values_list("customer_id", flat=True))[:10]
    for n, customer in enumerate(treated):
        enrolment = Enrolment.objects.create(
            customer_id=customer, playbook=KEY, version=1, signal=KEY, started_on=DAY, assignment_id=of[customer]
        )
        Task.objects.create(
            customer_id=customer, assignee=cast.siyuan, enrolment=enrolment, playbook=KEY, signal=KEY, channel="phone", minutes=8,
            created_for=DAY, due_on=DAY, state="done" if n < 7 else "open", done_on=DAY if n < 7 else None,
        )  # fmt: skip
        for state, cents in (("agreed", 10_000), ("refused", 7_000), ("asked", 3_000)):
            OfferRequest.objects.create(
                customer_id=customer, enrolment=enrolment if n else None, playbook=KEY, amount_cents=cents, text="工时八折", by=cast.siyuan,
                state=state,
            )  # fmt: skip
    [one] = look_at_all()
    assert (one.minutes, one.given_cents, one.cost_cents) == (56, 90_000, 56 * pack().hold_out.minute_cents + 90_000)


@time_machine.travel("2027-01-20 04:00+00:00", tick=False)
def test_a_person_ends_a_round_undecided(cast: Company) -> None:
    trial = a_round(cast, 300, 40, 40, 5, planned=4000)
    with pytest.raises(Refused) as refused:
        stop_trial(cast.hejing, trial.pk)
    assert refused.value.code == "permission"
    trial.refresh_from_db()
    assert trial.closed_on is None and not Look.objects.exists()
    ended = stop_trial(cast.wentao, trial.pk)
    assert (ended.verdict, ended.closed_by, ended.closed_on) == ("too_early", cast.wentao, later(61))
    assert Look.objects.get().final is False
    assert MeasuredEffect.objects.get().by == cast.wentao  # little as it is, it is weighed by how little it is
    assert stop_trial(cast.wentao, trial.pk).closed_on == later(61)
    assert MeasuredEffect.objects.count() == 1
    with pytest.raises(Trial.DoesNotExist):
        stop_trial(cast.wentao, 987_654_321)


@time_machine.travel("2026-11-25 04:00+00:00", tick=False)
def test_before_anybodys_days_are_over_there_is_nothing_to_say(cast: Company) -> None:
    trial = a_round(cast, 60, 20, 60, 10)
    [one] = look_at_all()
    assert (one.treated, one.alone, one.effect, one.low, one.verdict, one.extra_cents) == (0, 0, None, None, "too_early", None)
    stop_trial(cast.wentao, trial.pk)
    assert not MeasuredEffect.objects.exists()
    assert timedelta(days=5) == Look.objects.get().on - DAY


@time_machine.travel("2027-01-25 04:00+00:00", tick=False)
def test_a_round_that_cannot_be_looked_at_keeps_nobody_waiting(cast: Company, monkeypatch, caplog) -> None:
    bad, good = a_trial(playbook="late_visit"), a_round(cast, 20, 5, 20, 5, planned=1000)
    opened = []
    monkeypatch.setattr(measuring, "open_due", lambda pack: opened.append(pack))
    real = measuring.look

    def broken(trial: Trial, *given, **named) -> Look | None:
        if trial.pk == bad.pk:
            raise ValueError("bad data")
        return real(trial, *given, **named)

    monkeypatch.setattr(measuring, "look", broken)
    with pytest.raises(ValueError, match="bad data"):
        look_at_all()
    assert list(Look.objects.values_list("trial", flat=True)) == [good.pk]
    assert AuditEntry.objects.get(verb="trial.look").detail["rounds"] == 1
    assert "round 1 of late_visit could not be looked at" in caplog.text
    assert len(opened) == 1
