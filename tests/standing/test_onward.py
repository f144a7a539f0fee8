"""A day's run that goes on from the last one leaves the rows that a run from the start would, on both databases."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings

from liuke import analytics
from liuke.analytics import daily
from liuke.customers.models import Customer, FactChange
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.packs.loader import load_pack
from liuke.standing import actions
from liuke.standing.models import FOREVER, Book, ChurnFit, Run, Signal, StageChange, Standing
from liuke.standing.overriding import override
from liuke.standing.queries import current_run, run_before, standings
from liuke.team.models import User
from tests.standing.conftest import AS_OF, Bought, deal, happened, insured

pytestmark = pytest.mark.django_db
RETAIL = load_pack("auto_dealer")
UNSAID = ("id", "book_id", "since", "until")


def rows(run: Run | None) -> dict[int, dict[str, Any]]:
    """All that a run says, by customer."""
    return {row["customer_id"]: {k: v for k, v in row.items() if k not in UNSAID} for row in standings(run).values()}


def signals() -> list[tuple[Any, ...]]:
    return sorted(Signal.objects.values_list("customer_id", "key", "severity", "started_on", "ended_on"), key=str)


def changes() -> list[tuple[Any, ...]]:
    return sorted(StageChange.objects.values_list("customer_id", "on", "old", "new", "cause"))


def news(rng: random.Random, cards: list[Customer], day: date) -> None:
    """What a day brings, each with the marks that its verb leaves."""
    ago = (AS_OF - day).days
    for card in rng.sample(cards, 2):
        deal(card, ago + rng.choice([0, 0, 1, 200]), rng.choice([50_000, 90_000, -20_000]))
    happened(rng.choice(cards), rng.choice(["tier_raised", "told_leaving", "satisfaction", "event_attended"]), ago, 1)
    if rng.random() < 0.5:
        insured(rng.choice(cards), rng.choice([-31, -30, 0, 29]) - ago)
    gone = Deal.objects.filter(customer=rng.choice(cards)).order_by("on").first()
    if gone:
        touch_months([gone.on])
        FactChange.objects.create(customer=gone.customer)
        gone.delete()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_day_is_as_from_the_start(bought: Bought, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    onward = daily.onward
    gone_on = []
    monkeypatch.setattr(daily, "onward", lambda *args, **more: gone_on.append(args[2]) or onward(*args, **more))
    cards = [bought(f"客户{n}", *sorted(rng.sample(range(1, 900), rng.randint(0, 9)), reverse=True)) for n in range(24)]
    first = AS_OF - timedelta(days=6)
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(first, RETAIL)
        for ahead in (1, 2, 3, 5, 6):  # one day nobody runs
            day = first + timedelta(days=ahead)
            news(rng, cards, day)
            if ahead == 3:
                FactChange.objects.filter(caught_up=False).exists()
                actions.catch_up()  # what came at once must not be forgotten by the night
            if ahead == 5:
                User.objects.filter(username="chensiyuan").update(is_active=False)
            if ahead == 6:
                cards.append(bought("新来的", 0))
                touch_months(Deal.objects.filter(customer=cards[0]).values_list("on", flat=True))
                cards.pop(0).delete()
            run = actions.run(day, RETAIL)
            went_on, said, signal_rows, change_rows = rows(run), standings(run).count(), signals(), changes()
            again = actions.run(day, RETAIL, full=True)
            assert rows(again) == went_on
            assert (signals(), changes()) == (signal_rows, change_rows)
            assert standings(again).count() == said == Customer.objects.count()
    assert len(gone_on) >= 5
    assert ChurnFit.objects.count() == 1, "one model for all of them"


def test_only_what_changed_is_written_and_the_past_stays(bought: Bought) -> None:
    cards = [bought(f"客户{n}", 30 + 3 * n, 130 + 3 * n, 230 + 3 * n) for n in range(40)]
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        before = actions.run(AS_OF - timedelta(days=1), RETAIL)
        yesterday = rows(before)
        deal(cards[7], 0, 70_000)
        run = actions.run(AS_OF, RETAIL)
    assert run.book_id == before.book_id
    before.refresh_from_db()
    assert (before.latest, run.latest) == (False, True)
    assert rows(before) == yesterday, "the day before is as it was"
    fresh = Standing.objects.filter(since=AS_OF)
    assert cards[7].pk in fresh.values_list("customer_id", flat=True)
    assert fresh.count() < 40
    assert not standings(run).exclude(until=FOREVER).exists()
    assert standings(run).count() == standings(before).count() == 40
    assert (current_run(), run_before(AS_OF)) == (run, before)


def test_a_lost_or_foreign_snapshot_is_not_gone_on_from(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    bought("张书远", 434, 360, 286, 212)
    whole = []
    real = daily.whole
    monkeypatch.setattr(daily, "whole", lambda *args, **more: whole.append(args[4]) or real(*args, **more))
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        run = actions.run(AS_OF - timedelta(days=2), RETAIL)
        for path in (settings.DATA / "insight" / run.snapshot).iterdir():
            path.unlink()
        actions.run(AS_OF - timedelta(days=1), RETAIL)
        actions.run(AS_OF, RETAIL)
    assert len(whole) == 2, "the third day goes on from the second"
    assert {path.name for path in (settings.DATA / "insight").iterdir()} == {
        current_run().snapshot,
        f"deals-{Run.objects.get(as_of=AS_OF - timedelta(days=1)).snapshot}",
    }


def test_other_rules_of_the_code_are_not_gone_on_with(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    bought("张书远", 434, 360, 286, 212)
    whole = []
    real = daily.whole
    monkeypatch.setattr(daily, "whole", lambda *args, **more: whole.append(args[4]) or real(*args, **more))
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF - timedelta(days=3), RETAIL)
        actions.run(AS_OF - timedelta(days=2), RETAIL)
        assert (len(whole), ChurnFit.objects.count()) == (1, 1)
        monkeypatch.setattr(analytics, "RULES_VERSION", analytics.RULES_VERSION + 1)
        actions.run(AS_OF - timedelta(days=1), RETAIL)
        assert len(whole) == 2, "everybody is judged anew"
        assert ChurnFit.objects.count() == 2, "what a model is learned from is made by the rules too"
        actions.run(AS_OF, RETAIL)
    assert (len(whole), ChurnFit.objects.count()) == (2, 2), "and once only"


def test_a_crash_half_way_leaves_the_day_before(bought: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    card = bought("张书远", 434, 360, 286, 212)
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF - timedelta(days=1), RETAIL)
        kept = rows(current_run())
        deal(card, 0)
        with monkeypatch.context() as patch:
            patch.setattr(actions, "keep_signals", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                actions.run(AS_OF, RETAIL)
        assert rows(current_run()) == kept
        assert FactChange.objects.exists()
        actions.run(AS_OF, RETAIL)
        assert rows(current_run())[card.pk]["deal_days"] == 5
    assert Book.objects.count() == 1


def test_a_word_given_before_the_days_run_counts_at_once(bought: Bought) -> None:
    card = bought("张书远", 434, 360, 286, 212)
    with time_machine.travel(f"{AS_OF - timedelta(days=1)}T10:00:00+08:00", tick=False):
        actions.run(AS_OF - timedelta(days=1), RETAIL)
    with time_machine.travel(f"{AS_OF}T05:00:00+08:00", tick=False):  # an hour in which nobody has run yet
        override(card.owner, card.pk, 12, "上午通过电话", AS_OF + timedelta(days=30))
        actions.catch_up()
        assert rows(current_run())[card.pk]["leave_share"] == 0.12
        run = actions.run(AS_OF, RETAIL)
    assert (rows(run)[card.pk]["leave_share"], rows(run)[card.pk]["leave_by"]) == (0.12, "person")
