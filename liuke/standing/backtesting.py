"""Backtests: what the models would have said on a past day, against what happened. Asked for by a person or by the timetable."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from liuke.analytics import mirror
from liuke.analytics.churn.outcome import check_outcome, latest_day
from liuke.analytics.days import date_of, day_number
from liuke.analytics.grade import grade
from liuke.analytics.tables import Tables, numbers
from liuke.audit.actions import record
from liuke.customers.models import Customer
from liuke.deals.mirror import sync
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.notices.actions import tell
from liuke.packs.loader import load_pack
from liuke.packs.schema import Pack
from liuke.standing.backtest_groups import green_lost, groups, override_scores, said
from liuke.standing.models import Backtest
from liuke.standing.queries import known_until
from liuke.standing.reading import tables
from liuke.team.models import User
from liuke.team.queries import pack_key

LEAST_DAYS, MOST_DAYS = 30, 730
MOST = 200_000
"""Customers looked at; of a larger base a sample of about so many, so that memory is bounded."""
FAILED = "backtest.failed"


def _reach() -> tuple[date, date, date] | None:
    """(first deal, last deal, the last day of which it is known what happened). None without a deal."""
    found = Deal.objects.filter(came=True).aggregate(first=Min("on"), last=Max("on"))
    until = known_until()
    return (found["first"], found["last"], until) if until else None


def check(as_of: date, horizon_days: int) -> None:
    """Raise Refused where a backtest of that day cannot be: "backtest.horizon", "backtest.future", "backtest.no_deals",
    "backtest.too_short" (the deals do not span the horizon), "backtest.before_first" (no deal by then), "backtest.outcome" (what came
    after is not known yet)."""
    if not LEAST_DAYS <= horizon_days <= MOST_DAYS:
        raise Refused("backtest.horizon", "往后看的天数要在 %(least)s 到 %(most)s 之间。", least=LEAST_DAYS, most=MOST_DAYS)
    if as_of > clock.today(settings.TIME_ZONE):
        raise Refused("backtest.future", "%(day)s 还没到，只能回测过去的一天。", day=as_of.isoformat())
    if (reach := _reach()) is None:
        raise Refused("backtest.no_deals", "还没有成交，没有可以回测的日子。")
    first = reach[0]
    check_outcome(day_number(as_of), horizon_days, *(day_number(day) for day in reach))
    if as_of < first:
        raise Refused(
            "backtest.before_first",
            "%(day)s 还没有成交，第一笔在 %(first)s，选那天以后的日子。",
            day=as_of.isoformat(),
            first=first.isoformat(),
        )


def finished() -> QuerySet[Backtest]:
    """Those that were computed, the newest first."""
    return Backtest.objects.filter(state=Backtest.State.DONE).order_by("-finished_at", "-pk")


def waiting() -> Backtest | None:
    """The one that is not computed yet."""
    return Backtest.objects.filter(state=Backtest.State.WAITING).order_by("pk").first()


def newest_day(horizon_days: int) -> date | None:
    """The latest day whose outcome over the horizon is known; None where there is none yet."""
    if (reach := _reach()) is None:
        return None
    first, _, until = reach
    latest = latest_day(day_number(first), day_number(until), horizon_days)
    return None if latest is None else date_of(latest)


@transaction.atomic
def ask(user: User | None, as_of: date, horizon_days: int) -> Backtest:
    """Put a backtest on the list, to be worked off by the worker; `user` None is the system itself. Audited.

    Raises Refused by the rules of `check`, and "backtest.waiting" while another one waits.
    """
    check(as_of, horizon_days)
    if waiting() is not None:
        raise Refused("backtest.waiting", "上一次回测还在算，算好了再要下一次。")
    made = Backtest.objects.create(as_of=as_of, horizon_days=horizon_days, pack=pack_key(), by=user)
    record(user, "backtest.ask", made, as_of=as_of, days=horizon_days)
    return made


def work_off(backtest_id: int) -> Backtest | None:
    """Compute one that waits and keep what came out, or the rule that refused it. None where nothing waits (done before)."""
    one = Backtest.objects.filter(pk=backtest_id, state=Backtest.State.WAITING).first()
    if one is None:
        return None
    try:
        # Facts may have been taken back since it was asked for.
        result = compute_backtest(one.as_of, one.horizon_days, load_pack(one.pack))
        _close(one, Backtest.State.DONE, result)
    except Refused as refused:
        _close(one, Backtest.State.REFUSED, {"message": refused.message, "slots": refused.slots}, refused.code)
    except Exception:
        # The next one must not wait for this one for ever; the cause is in the log.
        _close(one, Backtest.State.REFUSED, {}, FAILED)
        raise
    return one


@transaction.atomic
def _close(one: Backtest, state: str, result: dict[str, Any], refusal: str = "") -> None:
    one.state, one.refusal, one.finished_at = state, refusal, timezone.now()
    one.result = json.loads(json.dumps(result, default=str, allow_nan=False))
    one.save(update_fields=["state", "refusal", "finished_at", "result"])
    if one.by_id is not None:
        done = state == Backtest.State.DONE
        link = f"/backtests/{one.pk}/" if done else "/backtests/"
        tell([one.by_id], "backtest.ready" if done else "backtest.failed", link=link, about=f"backtest:{one.pk}")


def compute_backtest(as_of: date, horizon_days: int, pack: Pack) -> dict[str, Any]:
    """What analytics says of the day (its JSON) with how it did by grade, unit and owner, who was called safe and left, and how
    people's own judgements did. Plain JSON values; customers as primary keys only. Raises Refused as `check`."""
    check(as_of, horizon_days)
    from liuke.analytics.churn.backtest import backtest

    day = day_number(as_of)
    known, cards = _known(day + horizon_days)
    tested = backtest(known, day, horizon_days, pack.thresholds)
    graded, _ = grade(known, day, pack.thresholds)
    place = np.searchsorted(numbers(graded, "customer_id"), tested.customer_id)
    letters = np.array(graded["abc"].to_pylist(), str)[place]
    spent = numbers(graded, "amount_12m_cents")[place]
    belongs = {pk: (unit, owner) for pk, unit, owner in Customer.objects.values_list("pk", "unit_id", "owner_id").iterator(chunk_size=5000)}
    now = [belongs.get(pk, (None, None)) for pk in tested.customer_id.tolist()]
    return tested.to_json() | {
        "repeaters": tested.chosen.repeaters,
        "not_fitted": dict(tested.chosen.not_fitted),
        "sampled_of": cards if cards > MOST else None,
        "said": said(tested.leave, tested.left),
        "groups": {
            "grade": groups(letters.tolist(), tested.leave, tested.left),
            "unit": groups([unit for unit, _ in now], tested.leave, tested.left),
            "owner": groups([owner for _, owner in now], tested.leave, tested.left),
        },
        "green_lost": green_lost(tested.customer_id, tested.leave, tested.left, spent),
        "overrides": override_scores(),
    }


def _known(until_day: int) -> tuple[Tables, int]:
    """(all that is known of the customers up to a day, of more than MOST of them a sample; how many cards there are)."""
    from liuke.analytics.churn.book import thin, together

    sync()
    others = tables()
    cards = others.customers.num_rows
    if cards <= MOST:
        return others.with_deals(mirror.read(settings.MIRROR, until_day)), cards
    return together([thin(shard, MOST / cards) for shard in mirror.shards(settings.MIRROR, others, until_day)]), cards
