"""Two at one task: one act counts, the other is told; the same act sent twice counts once."""

import pytest

from liuke.audit.actions import verify
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.work.actions import finish, plan, undo
from liuke.work.models import Enrolment, Result, Task
from tests.threads import at_once, times
from tests.work.cast import DAY, NOON, company

pytestmark = pytest.mark.django_db(transaction=True)


def ready():
    cast = company()
    cast.absent("K001", 500_000)
    plan(DAY)
    return cast, Task.objects.get()


def test_a_task_closed_by_two_people_is_closed_once():
    cast, task = ready()
    came = at_once(lambda: finish(cast.siyuan, task.pk, "reached", now=NOON), lambda: finish(cast.hejing, task.pk, "not_reached", now=NOON))
    won = [one for one in came if isinstance(one, Result)]
    lost = [one for one in came if isinstance(one, Refused)]
    assert (len(won), [one.code for one in lost]) == (1, ["today.taken"])
    assert str(lost[0]) == f"这件{won[0].by.name}刚才已经记过结果了。"
    assert (Result.objects.count(), Interaction.objects.count(), Task.objects.open().count()) == (1, 1, 1)
    assert verify() is None


def test_an_outcome_posted_twice_at_once_is_one_result_with_one_answer():
    cast, task = ready()
    came = at_once(*[lambda: finish(cast.siyuan, task.pk, "reached", note="要报价", now=NOON, key="one-act")] * 3)
    assert [one.pk for one in came] == [Result.objects.get().pk] * 3
    assert Interaction.objects.count() == 1


def test_a_key_of_another_act_is_refused_and_changes_nothing():
    cast, task = ready()
    cast.absent("K002", 400_000)
    plan(DAY)
    other = Task.objects.open().exclude(pk=task.pk).get()
    finish(cast.siyuan, task.pk, "reached", now=NOON, key="one-act")
    for actor, which in ((cast.siyuan, other), (cast.hejing, task)):
        with pytest.raises(Refused) as refused:
            finish(actor, which.pk, "reached", now=NOON, key="one-act")
        assert refused.value.code == "today.key"
    assert (Result.objects.count(), Interaction.objects.count()) == (1, 1)


def test_what_was_taken_back_is_not_done_again_by_the_same_key():
    cast, task = ready()
    result = finish(cast.siyuan, task.pk, "reached", now=NOON, key="one-act")
    undo(cast.siyuan, result.pk)
    with pytest.raises(Refused) as refused:
        finish(cast.siyuan, task.pk, "reached", now=NOON, key="one-act")
    assert refused.value.code == "today.undone"
    assert (Result.objects.count(), Task.objects.open().get()) == (1, task)


def test_outcomes_and_plans_do_not_wait_for_each_other_for_ever():
    cast, task = ready()

    def there_and_back(turn):
        undo(cast.siyuan, finish(cast.siyuan, task.pk, "refused", now=NOON).pk)

    def worth_another(turn):
        cast.run.refresh_from_db()
        plan(DAY)

    assert at_once(times(8, there_and_back), times(8, worth_another)) == [[], []]
    assert Enrolment.objects.get().ended_on is None
    assert verify() is None
