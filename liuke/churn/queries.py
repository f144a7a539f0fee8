"""Reads of win-back cases: lists by view, counts, what came of those that were tried, by reason and by offer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Sum, When

from liuke.analytics.wilson import wilson
from liuke.churn.labels import OVER, State, Tier
from liuke.churn.models import Attempt, LossReason, WinBack, WinBackOffer
from liuke.work.labels import OfferState

VIEWS = ("proposed", "open", "decide", "returned", "ended")
FEWEST = 30


_OFFER_WAITS = Exists(WinBackOffer.objects.filter(case=OuterRef("pk"), state=OfferState.ASKED)) & Q(state=State.OPEN)


def with_waiting(rows: QuerySet[WinBack]) -> QuerySet[Any]:
    """With `offer_waits`: whether an offer of its waits for a decision."""
    return rows.annotate(offer_waits=Case(When(_OFFER_WAITS, then=True), default=False, output_field=BooleanField()))


def of_view(rows: QuerySet[WinBack], view: str) -> QuerySet[WinBack]:
    """Those of one view, the dearest first; ended ones the newest first."""
    if view == "decide":
        waiting = rows.filter(Q(state__in=(State.PROPOSED, State.OPEN), tier=Tier.HARMFUL) | Q(_OFFER_WAITS))
        return waiting.order_by("-value_cents", "pk")
    if view in ("proposed", "open"):
        return rows.filter(state=view).order_by("-value_cents", "pk")
    states = [State.RETURNED] if view == "returned" else [State.REFUSED, State.UNREACHABLE, State.LET_GO, State.DROPPED]
    return rows.filter(state__in=states).order_by("-ended_on", "-pk")


def counts(rows: QuerySet[WinBack]) -> dict[str, int]:
    """By view. Two queries."""
    by_state = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    ended = (State.REFUSED, State.UNREACHABLE, State.LET_GO, State.DROPPED)
    return {
        "proposed": by_state.get(State.PROPOSED, 0),
        "open": by_state.get(State.OPEN, 0),
        "decide": of_view(rows, "decide").count(),
        "returned": by_state.get(State.RETURNED, 0),
        "ended": sum(by_state.get(state, 0) for state in ended),
    }


@dataclass
class Rate:
    """Of the cases that were tried and are over, how many came back; money of those whose days are over, and what was given for it.
    `cases`, `back`, `first`, `second`: the cases behind each number."""

    key: str
    tried: int = 0
    returned: int = 0
    first_cents: int = 0
    second_cents: int = 0
    cost_cents: int = 0
    cases: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    low: float = field(default=0.0)
    high: float = field(default=0.0)

    def close(self) -> Rate:
        if self.tried:
            low, high = wilson([self.tried], [self.returned])
            self.low, self.high = float(low[0]), float(high[0])
        return self


def rates(rows: QuerySet[WinBack]) -> dict[str, list[Rate]]:
    """By "all", "tier", "reason" (none known: ""), and "offer" (agreed; none: ""). Four queries whatever the number of cases.

    Only cases that were tried: a contact was made. An offer costs when he came back.
    """
    tried = Attempt.objects.filter(case=OuterRef("pk"), undone_at=None)
    over = rows.filter(Exists(tried), state__in=OVER)
    cases = list(over.values("pk", "customer_id", "lost_on", "tier", "state", "first_cents", "second_cents"))
    told = LossReason.objects.filter(withdrawn_at=None, customer__in=over.values("customer"))
    reasons = {(customer, on): reason for customer, on, reason in told.values_list("customer_id", "lost_on", "reason")}
    offers: dict[int, set[str]] = defaultdict(set)
    cost: dict[int, int] = defaultdict(int)
    agreed = WinBackOffer.objects.filter(state=OfferState.AGREED, case__in=over.values("pk"))
    for case, kind, cents in agreed.values_list("case_id", "kind", "cost_cents"):
        offers[case].add(kind)
        cost[case] += cents
    found: dict[str, dict[str, Rate]] = {name: {} for name in ("all", "tier", "reason", "offer")}
    for row in cases:
        places: list[tuple[str, Iterable[str]]] = [
            ("all", [""]), ("tier", [row["tier"]]), ("reason", [reasons.get((row["customer_id"], row["lost_on"]), "")]),
            ("offer", offers.get(row["pk"]) or [""]),
        ]  # fmt: skip
        for name, keys in places:
            for key in keys:
                _count(found[name].setdefault(key, Rate(key)), row, cost[row["pk"]])
    return {name: sorted((rate.close() for rate in by.values()), key=lambda rate: (-rate.tried, rate.key)) for name, by in found.items()}


def _count(rate: Rate, row: Mapping[str, Any], cost: int) -> None:
    rate.tried += 1
    rate.cases.append(row["pk"])
    if row["state"] != State.RETURNED:
        return
    rate.returned += 1
    rate.back.append(row["pk"])
    rate.cost_cents += cost
    if row["first_cents"] is not None:
        rate.first_cents += row["first_cents"]
        rate.first.append(row["pk"])
    if row["second_cents"] is not None:
        rate.second_cents += row["second_cents"]
        rate.second.append(row["pk"])


def cost_of(case: WinBack) -> int:
    """What was agreed to be given in this case, in cents."""
    return costs([case.pk]).get(case.pk, 0)


def costs(cases: Iterable[int]) -> dict[int, int]:
    """By case, what was agreed to be given, in cents; cases without an offer are left out. One query."""
    agreed = WinBackOffer.objects.filter(state=OfferState.AGREED, case__in=list(cases)).order_by()
    return dict(agreed.values_list("case_id").annotate(m=Sum("cost_cents")))
