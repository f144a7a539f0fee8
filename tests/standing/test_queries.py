"""Which run is the one before: never the day itself, never one that is not finished."""

from datetime import timedelta

import pytest
import time_machine

from liuke.deals.mirror import touch_months
from liuke.packs.loader import load_pack
from liuke.standing import actions
from liuke.standing.models import Run, StageChange
from liuke.standing.queries import current_run, run_before, run_on, standings
from tests.standing.conftest import AS_OF, Bought, deal
from tests.standing_rows import a_run

pytestmark = pytest.mark.django_db
AUTO = load_pack("auto_dealer")


def finished(days_ago: int) -> Run:
    return a_run(AS_OF - timedelta(days=days_ago))


def test_the_run_before_is_the_newest_of_an_earlier_day() -> None:
    newest, middle, oldest = finished(0), finished(3), finished(9)
    a_run(AS_OF - timedelta(days=1), finished=False)
    assert run_before(AS_OF + timedelta(days=1)) == newest
    assert run_before(AS_OF) == middle
    assert run_before(AS_OF - timedelta(days=3)) == oldest
    assert run_before(AS_OF - timedelta(days=9)) is None
    assert (run_on(AS_OF), run_on(AS_OF - timedelta(days=1)), current_run()) == (newest, None, newest)


def test_a_day_run_twice_says_the_same_and_forgets_what_was_taken_back(bought: Bought) -> None:
    came = bought("张书远", 434, 360, 286, 212)
    for name, days_ago in (("转衰退", (293, 233, 173, 113)), ("没变", (190, 128, 66, 4))):
        bought(name, *days_ago)

    def said() -> dict[str, tuple[object, ...]]:
        names = ("customer__name", "stage", "stage_by_rule", "stage_since", "rule_since")
        return {row[0]: row[1:] for row in standings(current_run()).values_list(*names)}

    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        for days_ago in (7, 6, 0):
            actions.run(AS_OF - timedelta(days=days_ago), AUTO)
        first = said()
        assert first["转衰退"] == ("D", "D", AS_OF, AS_OF - timedelta(days=6)), "seven days in a row, the last of them today"
        changes = list(StageChange.objects.order_by("pk").values_list("customer__name", "on", "old", "new"))
        actions.run(AS_OF, AUTO)
        assert said() == first
        assert list(StageChange.objects.order_by("pk").values_list("customer__name", "on", "old", "new")) == changes
        made = deal(came, 0, 90_000)
        actions.run(AS_OF, AUTO)
        assert said()["张书远"][:3] == ("B", "B", AS_OF)
        made.delete()
        touch_months([AS_OF])
        actions.run(AS_OF, AUTO)
        assert said() == first
