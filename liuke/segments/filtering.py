"""A list's conditions as conditions of the database: on the card and what hangs on it, and on insight's row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from liuke.custody.searching import count_number_search
from liuke.customers.freshness import stale
from liuke.customers.models import Customer
from liuke.customers.search import matching
from liuke.segments.asking import ALIASES
from liuke.segments.compiling import Compiled
from liuke.segments.filters import EXPIRES, Filter, ids
from liuke.segments.happened import lapsing
from liuke.segments.kept import compiled_segment
from liuke.segments.organisation import under
from liuke.standing.flow import NEW, compare_with, outcome
from liuke.standing.labels import Stage
from liuke.standing.models import Run, Signal
from liuke.standing.queries import Cycles, current_run, standings
from liuke.team.models import Unit, User


def segment_of(wanted: Filter, user: User, today: date, run: Run | None) -> Compiled | None:
    """The conditions of the segment asked for, if there is one that this reader may use."""
    key = (user.pk, today, run.pk if run else None)
    if key not in wanted.kept:
        wanted.kept[key] = compiled_segment(int(wanted.get("segment")), user, today, run)
    return wanted.kept[key]


def customer_conditions(
    wanted: Filter, user: User, today: date, prefix: str = "", *, run: Run | None = None, beside_standing: bool = False
) -> list[Q]:
    """Conditions on the card and what hangs on it; `prefix` is the path to the customer ("customer__" from a standing row).

    `run` is needed for a segment (the newest one otherwise). `beside_standing`: what the segment asks of insight's row is left to
    standing_conditions.
    """
    name = prefix.removesuffix("__") or "pk"
    found: list[Q] = []

    def where(**lookups: object) -> None:
        found.append(Q(**{prefix + lookup: value for lookup, value in lookups.items()}))

    for key in ("kind", "tier"):
        if value := wanted.get(key):
            where(**{f"{key}__in": value.split(",")})
    if value := wanted.get("unit"):
        found.append(_units(value, prefix))
    if value := wanted.get("owner"):
        found.append(_owner(value, user, prefix))
    if value := wanted.get("next"):
        found.append(_next(value, today, prefix))
    if wanted.get("stale"):
        found.append(stale(today, prefix))
    if value := wanted.get("complete"):
        low, _dash, high = value.partition("-")
        where(completeness__gte=int(low or 0), completeness__lte=int(high or 100))
    if value := wanted.get("pick"):
        found.append(Q(**{f"{name}__in": ids(value)}))
    if value := wanted.get("parent"):
        found.append(under(user, int(value), name))
    if value := wanted.get("load"):
        where(load_id=int(value))
    hanging: list[QuerySet[Any]] = []
    if value := wanted.get("signal"):
        hanging.append(Signal.objects.filter(key__in=value.split(","), ended_on=None))
    if value := wanted.get("expires"):
        hanging.append(_expiring(value, today))
    for rows in hanging:  # with a prefix each row is asked as it comes
        found.append(Q(Exists(rows.filter(customer=OuterRef(name)))) if prefix else Q(**{f"{name}__in": rows.values("customer")}))
    if value := wanted.get("q"):
        if "counted" not in wanted.kept:
            # Here, where the search is made, and once: whatever door it came through, and however it was written there.
            count_number_search(user, value)
            wanted.kept["counted"] = None
        found.append(matching(value, name) or Q(pk__in=[]))
    if wanted.get("segment"):
        found += _segment(wanted, user, today, run or current_run(), prefix, beside_standing)
    return found


def _segment(wanted: Filter, user: User, today: date, run: Run | None, prefix: str, beside_standing: bool) -> list[Q]:
    segment = segment_of(wanted, user, today, run)
    if segment is None:
        return [Q(pk__in=[])]
    condition = segment.cards if beside_standing else segment.whole
    if condition is None:
        return []
    if prefix:  # each row is asked as it comes
        return [Q(Exists(Customer.objects.filter(pk=OuterRef(prefix.removesuffix("__"))).filter(condition)))]
    return [condition]


def standing_conditions(wanted: Filter, run: Run, user: User | None = None, today: date | None = None) -> tuple[list[Q], dict[str, object]]:
    """Conditions on the standing row, and the annotations they need (standing.flow, so that a number and its list agree). With the
    reader and the day also what a segment asks of it."""
    found: list[Q] = []
    extra: dict[str, object] = {}
    if wanted.sort.removeprefix("-") == "cycles":
        extra["cycles"] = Cycles(run.as_of)
    for key, column in (("grade", "abc"), ("stage", "stage"), ("type", "type"), ("attitude", "attitude")):
        if value := wanted.get(key):
            found.append(Q(**{f"{column}__in": value.split(",")}))
    if value := wanted.get("last"):
        found.append(_last(value, run.as_of))
    if value := wanted.get("risk"):
        found.append(Q(value_at_risk_cents__gte=int(value) * 100) & ~Q(stage=Stage.EXIT))  # whoever left is no longer a risk
    if value := wanted.get("outcome"):
        extra["outcome"] = outcome(run.as_of)
        found.append(Q(outcome__in=value.split(",")))
    if wanted.get("then") or wanted.get("moved"):
        found += _then(wanted, compare_with(run))
    if wanted.get("segment") and user is not None and today is not None:
        segment = segment_of(wanted, user, today, run)
        if segment is not None and segment.row is not None:
            found.append(segment.row)
            extra |= {name: made(run.as_of) for name, made in ALIASES.items()}
    return found, extra


def _then(wanted: Filter, before: Run | None) -> list[Q]:
    """Conditions on the stage at the end of last month (standing.flow.stage_then), as sets of customers, which an index finds."""
    then = standings(before)
    found = []
    if codes := wanted.get("then").split(",") if wanted.get("then") else []:
        condition = Q(customer__in=then.filter(stage__in=codes).values("customer"))
        if NEW in codes:
            condition |= ~Q(customer__in=then.values("customer"))
        found.append(condition)
    if wanted.get("moved") == "back":
        found.append(~Q(stage="E") & Q(customer__in=then.filter(stage="E").values("customer")))
    elif wanted.get("moved") == "lost":
        found.append(Q(stage="E") & Q(customer__in=then.exclude(stage="E").values("customer")))
    return found


def _units(value: str, prefix: str) -> Q:
    """The units and everything under them."""
    paths: Iterable[str | None] = Unit.objects.filter(pk__in=ids(value)).values_list("path", flat=True)
    found = Q(pk__in=[])
    for unit_path in paths:
        found |= Q(**{f"{prefix}unit__path__startswith": unit_path})
    return found


def _owner(value: str, user: User, prefix: str) -> Q:
    if value == "none":
        # The few who left are looked up first: a join for every card would cost more than all the rest of the list.
        left = list(User.objects.filter(is_active=False).values_list("pk", flat=True))
        return Q(**{f"{prefix}owner": None}) | Q(**{f"{prefix}owner__in": left})
    return Q(**{f"{prefix}owner__in": [user.pk] if value == "me" else ids(value)})


def _next(value: str, today: date, prefix: str) -> Q:
    column = f"{prefix}next_contact_on"
    return {
        "none": Q(**{column: None}),
        "today": Q(**{column: today}),
        "late": Q(**{f"{column}__lt": today}),
        "week": Q(**{f"{column}__gte": today, f"{column}__lt": today + timedelta(days=7)}),
    }[value]


def _last(value: str, as_of: date) -> Q:
    if value == "never":
        return Q(last_deal=None)
    low, high = value.split("-")
    found = Q(last_deal__isnull=False)
    if low:
        found &= Q(last_deal__lte=as_of - timedelta(days=int(low)))
    if high:
        found &= Q(last_deal__gte=as_of - timedelta(days=int(high)))
    return found


def _expiring(value: str, today: date) -> QuerySet[Any]:
    """Contracts that end within so many days and have no successor."""
    match = EXPIRES.fullmatch(value)
    assert match is not None
    return lapsing(today, today + timedelta(days=int(match[2])), (match[1],) if match[1] else ())
