"""A weak point goes through plan, do, check and act, judged by one figure taken twice in the same way; what is refused changes nothing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from liuke.audit.models import AuditEntry
from liuke.complaints.models import Complaint
from liuke.improvement import actions, nightly, things
from liuke.improvement.models import Cycle, CycleFigure, CycleTask
from liuke.improvement.queries import counts, shown
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from tests.improvement.conftest import NOON, TODAY, complained
from tests.threads import at_once

SOON = TODAY + timedelta(20)
VALVE = "complaints.product.阀体"


def begin(cast, actor=None, **fields) -> Cycle:
    fields = {
        "title": "阀体反复异响", "unit_id": cast.binjiang.pk, "measure": VALVE, "target": Decimal(1), "due_on": SOON + timedelta(60),
        "owner_id": cast.he.pk, "source": "complaint", **fields,
    }  # fmt: skip
    return actions.open_cycle(actor or cast.he, **fields)


def doing(cast, **fields) -> tuple[Cycle, CycleTask]:
    if not Complaint.objects.exists():
        complained(cast, 1, 3, product="阀体", answered_at=NOON - timedelta(1))
    row = begin(cast, **fields)
    task = things.add_task(cast.he, row.pk, text="同批次阀体全部换下来", assignee_id=cast.lin.pk, due_on=SOON)
    return actions.start(cast.he, row.pk), task


def checking(cast) -> Cycle:
    row, task = doing(cast)
    things.do_task(cast.lin, task.pk)
    return actions.finish_doing(cast.he, row.pk)


def later(days: int):
    return time_machine.travel(NOON + timedelta(days), tick=False)


def everything():
    rows = [list(model.objects.order_by("pk").values()) for model in (Cycle, CycleTask, CycleFigure)]
    return rows, AuditEntry.objects.count(), Notice.objects.count()


def refused(code: str, act, *words, **fields) -> None:
    before = everything()
    with pytest.raises(Refused) as told:
        act(*words, **fields)
    assert told.value.code == code
    assert everything() == before


def test_from_a_weak_point_to_the_rule(cast):
    complained(cast, 1, 3, product="阀体")
    complained(cast, 31, 2, product="阀体")  # before the days that count
    complained(cast, 1, 1, product="灯泡")
    complained(cast, 1, 1, product="阀体", unit=cast.jiangning)
    row, task = doing(cast)
    figure = shown(cast.he, row.pk).before
    assert figure is not None
    assert (figure.value, figure.n, figure.first, figure.last) == (3, 3, date(2026, 10, 21), date(2026, 11, 19))
    assert Notice.objects.filter(user=cast.lin, key="improvement.task").count() == 1

    with later(3):
        things.do_task(cast.lin, task.pk)
        row = actions.finish_doing(cast.he, row.pk)
        assert (row.phase, row.done_on) == ("check", date(2026, 11, 23))
    with later(33):  # the thirtieth day after
        refused("improvement.early", actions.check, cast.he, row.pk)
        assert nightly.run(date(2026, 12, 23)) == 0
    with later(34):
        complained(cast, 10, 1, product="阀体", received_at=NOON + timedelta(20))
        assert nightly.run(date(2026, 12, 24)) == 1
        found = actions.check(cast.he, row.pk)
        assert (found.value, found.first, found.last) == (1, date(2026, 11, 24), date(2026, 12, 23))
        assert shown(cast.he, row.pk).verdict == "reached"
        row = actions.keep(cast.he, row.pk, standard="rule", text="阀体进货先抽检一件", learned="同一批次的问题")
    assert (row.phase, row.ended_on, row.standard_text) == ("done", date(2026, 12, 24), "阀体进货先抽检一件")
    assert counts(cast.he, TODAY) == {"open": 0, "mine": 0, "late": 0, "check": 0, "done": 1, "dropped": 0}


def test_it_closes_only_with_the_figure_of_the_check(cast):
    row, task = doing(cast)
    for act in (actions.keep, actions.drop):
        with pytest.raises(TypeError):
            act(cast.he, row.pk)
    refused("improvement.phase", actions.keep, cast.he, row.pk, standard="rule", text="先抽检")
    refused("improvement.left", actions.finish_doing, cast.he, row.pk)
    things.do_task(cast.lin, task.pk)
    actions.finish_doing(cast.he, row.pk)
    refused("improvement.no_figure", actions.keep, cast.he, row.pk, standard="rule", text="先抽检")
    refused("improvement.no_check", actions.again, cast.he, row.pk, learned="不够", due_on=SOON)
    with later(31):
        actions.check(cast.he, row.pk)
        refused("improvement.measured_once", actions.check, cast.he, row.pk)
        refused("improvement.standard", actions.keep, cast.he, row.pk, standard="rule", text=" ")
        refused("improvement.playbook", actions.keep, cast.he, row.pk, standard="playbook", text="改了")
        refused("improvement.playbook", actions.keep, cast.he, row.pk, standard="playbook", text="改了", key="nothing")


def test_a_share_without_anything_to_count_closes_nothing(cast):
    row, task = doing(cast, measure="complaints.share.answered_in_time", target=Decimal(101))
    things.do_task(cast.lin, task.pk)
    actions.finish_doing(cast.he, row.pk)
    with later(31):
        assert actions.check(cast.he, row.pk).value is None
        refused("improvement.no_figure", actions.keep, cast.he, row.pk, standard="rule", text="先抽检")


def test_back_to_the_plan_with_what_was_learned(cast):
    complained(cast, 1, 3, product="阀体")
    row = checking(cast)
    with later(31):
        complained(cast, 0, 4, product="阀体", received_at=NOON + timedelta(9))
        actions.check(cast.he, row.pk)
        assert shown(cast.he, row.pk).verdict == "same"  # 3 and 4 are within their errors
        row = actions.again(cast.he, row.pk, learned="只换了一半的店", due_on=SOON + timedelta(90))
        assert (row.phase, row.turn, row.done_on) == ("plan", 1, None)
        found = shown(cast.he, row.pk)
        assert found.before is not None and (found.before.turn, found.before.value) == (1, 4)
        assert found.after is None
        refused("improvement.nothing", actions.start, cast.he, row.pk)  # the things of the last turn are done
        things.add_task(cast.he, row.pk, text="其余的店也换", assignee_id=cast.lin.pk, due_on=SOON + timedelta(31))
        actions.start(cast.he, row.pk)
        refused("improvement.turn", things.do_task, cast.he, found.tasks[0].pk, False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": " "}, "improvement.title"),
        ({"measure": "sales.total"}, "improvement.measure"),
        ({"measure": "complaints.cause.weather"}, "improvement.measure"),
        ({"due_on": TODAY - timedelta(1)}, "improvement.day"),
        ({"days": 6}, "improvement.days"),
        ({"target": Decimal("NaN")}, "improvement.target"),
        ({"source": "dream"}, "improvement.source"),
    ],
)
def test_what_no_plan_can_say(cast, fields, code):
    refused(code, begin, cast, **fields)


def test_a_plan_that_could_never_close(cast):
    complained(cast, 1, 1, product="阀体")
    refused("improvement.target", begin, cast)  # down to 1 from 1
    refused("improvement.day", begin, cast, target=Decimal(0), due_on=TODAY + timedelta(30))
    row = begin(cast, target=Decimal(0), due_on=TODAY + timedelta(31))
    refused("improvement.target", actions.plan, cast.he, row.pk, target=Decimal(2), due_on=SOON + timedelta(60), owner_id=cast.he.pk)
    things.add_task(cast.he, row.pk, text="全部换下来", assignee_id=cast.lin.pk, due_on=SOON)
    with later(1):
        refused("improvement.late", actions.start, cast.he, row.pk)
    assert actions.start(cast.he, row.pk).phase == "do"


def test_what_missed_its_target_is_the_rule_only_with_a_reason(cast):
    row = checking(cast)
    with later(31):
        complained(cast, 0, 2, product="阀体", received_at=NOON + timedelta(9))
        actions.check(cast.he, row.pk)
        refused("improvement.unmet", actions.keep, cast.he, row.pk, standard="rule", text="先抽检")
        assert actions.keep(cast.he, row.pk, standard="rule", text="先抽检", learned="换供应商前先这样").phase == "done"


def test_the_figure_before_is_of_the_days_that_showed_it(cast):
    complained(cast, 100, 2, product="阀体")
    complained(cast, 1, 5, product="阀体")
    row = begin(cast, days=20, since=TODAY - timedelta(110))
    was = shown(cast.he, row.pk).before
    assert was is not None and (was.value, was.last) == (2, TODAY - timedelta(91))


def test_nothing_is_begun_that_could_show_nothing(cast):
    empty = begin(cast, measure="promises.kept", target=Decimal(90))
    things.add_task(cast.he, empty.pk, text="早会过一遍今天到期的承诺", assignee_id=cast.lin.pk, due_on=SOON)
    refused("improvement.no_before", actions.start, cast.he, empty.pk)


def test_out_of_sight_is_refused_and_not_there(cast):
    refused("improvement.unit", begin, cast, unit_id=cast.beijing.pk)
    refused("improvement.owner", begin, cast, owner_id=cast.ding.pk)
    complained(cast, 1, 3, product="阀体", unit=cast.beijing)
    far = begin(cast, actor=cast.xu, unit_id=cast.beijing.pk, owner_id=cast.xu.pk)
    before = everything()
    for act in (actions.start, actions.finish_doing, actions.check, actions.reopen):
        with pytest.raises(Cycle.DoesNotExist):
            act(cast.he, far.pk)
    assert everything() == before
    refused("permission", begin, cast, actor=cast.chen)


def test_a_colleague_ticks_only_what_is_his(cast):
    row, task = doing(cast)
    other = things.add_task(cast.he, row.pk, text="写进进货单", assignee_id=cast.chen.pk, due_on=SOON)
    before = everything()
    with pytest.raises(CycleTask.DoesNotExist):
        things.do_task(cast.lin, other.pk)
    assert everything() == before
    assert things.do_task(cast.chen, other.pk).done_by == cast.chen
    refused("improvement.task_so", things.do_task, cast.chen, other.pk)
    refused("improvement.task_done", things.drop_task, cast.he, other.pk)
    assert things.do_task(cast.chen, other.pk, False).done_on is None
    assert things.drop_task(cast.he, task.pk).dropped_on == TODAY
    refused("improvement.task_dropped", things.do_task, cast.lin, task.pk)
    assert things.drop_task(cast.he, task.pk, back=True).dropped_on is None


def test_the_same_figure_twice_at_a_time(cast):
    complained(cast, 1, 3, product="阀体")
    row = begin(cast)
    refused("improvement.twice", begin, cast, title="再来一个")
    actions.drop(cast.he, row.pk, why="换供应商了")
    again = begin(cast, title="再来一个")
    refused("improvement.twice", actions.reopen, cast.he, row.pk)
    actions.drop(cast.he, again.pk, why="还是原来那个")
    assert actions.reopen(cast.he, row.pk).phase == "plan"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_open_one(cast):
    complained(cast, 1, 3, product="阀体")
    came = at_once(lambda: begin(cast), lambda: begin(cast))
    assert Cycle.objects.count() == 1 and CycleFigure.objects.count() == 1
    assert sorted(type(each).__name__ for each in came) == ["Cycle", "Refused"]
