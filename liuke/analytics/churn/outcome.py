"""Which past days can be looked back at: those whose outcome over a horizon is known."""

from __future__ import annotations

from liuke.kernel.refusal import Refused

from ..days import date_of


def latest_day(first_day: int, known_until: int, horizon_days: int) -> int | None:
    """The latest day with a deal by then whose next `horizon_days` are known; None where the deals do not span them."""
    latest = known_until - horizon_days
    return latest if latest >= first_day else None


def check_outcome(as_of_day: int, horizon_days: int, first_day: int, last_day: int, known_until: int) -> None:
    """Raise Refused where what came after `as_of_day` is not known: "backtest.too_short" (of no day), "backtest.outcome" (of this one).

    first_day, last_day: of the deals. known_until: what happened up to here counts as known, which may be later than the last deal.
    """
    latest = latest_day(first_day, known_until, horizon_days)
    if latest is None:
        raise Refused("backtest.too_short", "成交还不够 %(n)s 天，没有一天看得到往后 %(n)s 天的结果。", n=horizon_days)
    if as_of_day > latest:
        raise Refused(
            "backtest.outcome",
            "%(day)s 往后 %(n)s 天，结果还没全出来；成交只记到 %(until)s，最晚能选 %(latest)s。",
            day=date_of(as_of_day).isoformat(),
            n=horizon_days,
            until=date_of(last_day).isoformat(),
            latest=date_of(latest).isoformat(),
        )
