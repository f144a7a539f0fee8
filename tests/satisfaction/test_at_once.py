"""Two posts at once: the first counts."""

import pytest

from liuke.kernel.refusal import Refused
from liuke.satisfaction import answering, links, settling, waves
from liuke.satisfaction.models import Answer, Invitation, OpenLink
from liuke.work.models import Task
from tests.cast import assemble
from tests.satisfaction.world import bought, survey, wish
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def noon():
    """Threads have a clock of their own."""


@pytest.fixture
def cast():
    return assemble()


def running(cast, **more):
    from liuke.kernel import clock

    made = survey(cast)
    return waves.launch(cast.xu, wish(made, cast.group.pk, opens_on=clock.today(), ends_on=None, **more))


def recent(cast, name):
    from liuke.kernel import clock

    return bought(cast.chen, name, clock.today())


def test_one_link_posted_by_four_at_once(cast):
    recent(cast, "张书远")
    running(cast)
    link = links.token_of(Invitation.objects.get())
    results = at_once(*[lambda n=n: answering.answer(answering.asked(link), {"overall": [str(n)]}) for n in (2, 3, 4, 5)])
    assert sorted(each.code for each in results if isinstance(each, Refused)) == ["survey.answered"] * 3, results
    [kept] = [each for each in results if isinstance(each, Answer)]
    assert Answer.objects.get().values == kept.values


def test_one_device_and_the_end_of_the_wave(cast):
    made = running(cast, drawn="open", count=None)
    link = links.token_of(OpenLink.objects.get(unit=cast.binjiang))
    results = at_once(*[lambda: answering.answer(answering.asked(link), {"overall": ["4"]}, "one")] * 3)
    assert sorted(each.code for each in results if isinstance(each, Refused)) == ["survey.answered"] * 2, results
    at_once(lambda: waves.close(cast.xu, made.pk), lambda: waves.close(cast.zhao, made.pk))
    assert Answer.objects.count() == 1


def test_two_workers_settle_each_answer_once(cast):
    people = [recent(cast, f"客{n}") for n in range(30)]
    running(cast)
    for row in Invitation.objects.filter(customer__in=people):
        answering.answer(answering.asked(links.token_of(row)), {"overall": ["1"]})
    first, second = at_once(settling.settle, settling.settle)
    assert not isinstance(first, Exception) and not isinstance(second, Exception), (first, second)
    assert first.answers + second.answers == 30 and Task.objects.filter(kind="survey").count() == 30
