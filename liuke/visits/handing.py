"""Customers change hands: the visits that wait go along, and when that is taken back they stand where they stood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from liuke.custody.models import CheckOut
from liuke.kernel.batches import batches
from liuke.team.models import User
from liuke.team.queries import pack as current_pack
from liuke.visits.labels import AHEAD, OPEN, UNDER_WAY, Dropped, VisitState
from liuke.visits.models import Visit, VisitPlan
from liuke.visits.planning import ABOUT, drop, order_day, plan_for
from liuke.work import making
from liuke.work.labels import Ended, TaskKind
from liuke.work.models import Task

LAST = 999
"""The place of a stop that has just come into a day, until the day is put in order."""

_ROAD = ("read_at", "started_at", "arrived_at")
_RESTORED = ("state", "position", "begins", "check_out", "was", *_ROAD)


class Travellers:
    """What waits to be visited goes with the customer (work.handing)."""

    def move(self, old: int, customers: Sequence[int], new: int) -> list[tuple[int, int]]:
        rows = list(Visit.objects.filter(user=old, customer__in=customers, state__in=OPEN).select_related("plan"))
        plans = _give(rows, new)
        days = {(visit.week, visit.on): _day(plans[visit.week], visit.on) for visit in rows}
        for visit in rows:
            visit.was = {**_as_it_stands(visit), "day": days[visit.week, visit.on]}
        Visit.objects.bulk_update(rows, ["was"], batch_size=200)
        for on, week in {visit.on: visit.week for visit in rows}.items():
            order_day(plans[week], on)
        return [(visit.pk, visit.customer_id) for visit in rows]

    def give_back(self, ids: Sequence[int], holder: int, to: int) -> int:
        """What nobody touched meanwhile has its road, its place and its time again; a day that something else came into is ordered anew."""
        rows = list(Visit.objects.filter(pk__in=ids, user=holder, state__in=OPEN).select_related("plan"))
        left = {(visit.plan, visit.on): visit.was["day"] for visit in reversed(rows) if visit.was and visit.was["user"] == to}
        plans = _give(rows, to)
        _restore([visit for visit in rows if _untouched(visit, to)])
        for on, week in {visit.on: visit.week for visit in rows}.items():
            if not _in_order(plans[week], on):
                order_day(plans[week], on)
        for (plan, on), day in left.items():
            _close_up(plan, on, day)
        return len(rows)


def follow_tasks(today: date) -> int:
    """Visits whose task was given to a colleague go to him; those whose task ended without an outcome drop out. How many. Nightly."""
    planned = {visit.pk: visit for visit in Visit.objects.filter(state=VisitState.PLANNED).select_related("plan")}
    holders = dict(Task.objects.open().filter(about=ABOUT, kind=TaskKind.VISIT).values_list("about_id", "assignee"))
    lost = [visit for pk, visit in planned.items() if pk not in holders]
    drop(lost, Dropped.STOPPED)
    moved = 0
    for visit in planned.values():
        holder = holders.get(visit.pk)
        if holder is not None and holder != visit.user_id:
            order_day(_give([visit], holder)[visit.week], visit.on)
            moved += 1
    # A task whose visit is none any more (its card went into another that is planned too) is nobody's work.
    orphans = [pk for pk in holders if pk not in set(Visit.objects.filter(state__in=OPEN).values_list("pk", flat=True))]
    making.stop(ABOUT, [pk for pk in orphans if pk is not None], Ended.CANCELLED)
    return moved + len(lost)


def _give(visits: Sequence[Visit], to: int) -> dict[date, VisitPlan]:
    """These visits (as they are in memory still) are somebody else's now; whoever was on the way has turned round. In a draft they stay
    drafts. The receiver's plans by week; their days are not in order yet."""
    receiver, pack = User.objects.get(pk=to), current_pack()
    plans = {week: plan_for(receiver, week, pack, None) for week in {visit.week for visit in visits}}
    for week, plan in plans.items():
        for some in batches([visit.pk for visit in visits if visit.week == week]):
            # The card was given back for him (custody.return_all), and it is the new one who has to read it.
            here = Visit.objects.filter(pk__in=some)
            here.filter(state__in=UNDER_WAY).update(state=VisitState.PLANNED)
            here.update(
                user=to, plan=plan, check_out=None, read_at=None, started_at=None, arrived_at=None, position=LAST, was=None
            )  # fmt: skip
    return plans


def _as_it_stands(visit: Visit) -> dict[str, Any]:
    """What a hand-over takes from a visit. `before`: what an earlier one took that is not back yet."""
    return {
        "user": visit.user_id, "state": visit.state, "on": visit.on.isoformat(), "at": _said(visit.at), "position": visit.position,
        "begins": _said(visit.begins), "check_out": visit.check_out_id, "before": visit.was,
        **{name: _said(getattr(visit, name)) for name in _ROAD},
    }  # fmt: skip


def _said(value: datetime | time | None) -> str | None:
    return value.isoformat() if value is not None else None


def _untouched(visit: Visit, owner: int) -> bool:
    """Whether it came from this owner and stands on the day, at the hour and where on its way the hand-over put it."""
    was = visit.was
    if was is None or was["user"] != owner:
        return False
    state = VisitState.PLANNED if was["state"] in UNDER_WAY else was["state"]
    return (was["on"], was["at"], state) == (visit.on.isoformat(), _said(visit.at), visit.state)


def _restore(visits: Sequence[Visit]) -> None:
    """Each stands again as it did before the hand-over."""
    there = set(CheckOut.objects.filter(pk__in=[visit.was["check_out"] for visit in visits if visit.was]).values_list("pk", flat=True))
    for visit in visits:
        was = visit.was or {}
        visit.state, visit.position, visit.was = was["state"], was["position"], was["before"]
        visit.begins = time.fromisoformat(was["begins"]) if was["begins"] else None
        visit.check_out_id = was["check_out"] if was["check_out"] in there else None
        for name in _ROAD:
            setattr(visit, name, datetime.fromisoformat(was[name]) if was[name] else None)
    Visit.objects.bulk_update(visits, _RESTORED, batch_size=200)


def _day(plan: VisitPlan, on: date) -> list[list[Any]]:
    """The stops of a day that are not begun, without those that have just come in: which, at what agreed hour, where, when."""
    stops = Visit.objects.filter(plan=plan, on=on, state__in=AHEAD).exclude(position=LAST).order_by("pk")
    return [[pk, _said(at), position, _said(begins)] for pk, at, position, begins in stops.values_list("pk", "at", "position", "begins")]


def _close_up(plan: VisitPlan, on: date, before: list[list[Any]]) -> None:
    """The day of who had them meanwhile: as it was before they came where it is the same stops, else in a new order."""
    if [stop[:2] for stop in _day(plan, on)] != [stop[:2] for stop in before]:
        return order_day(plan, on)
    for pk, _at, position, begins in before:
        Visit.objects.filter(pk=pk).update(position=position, begins=time.fromisoformat(begins) if begins else None)


def _in_order(plan: VisitPlan, on: date) -> bool:
    """Whether every stop of the day that is not begun has a place of its own."""
    places = list(Visit.objects.filter(plan=plan, on=on, state__in=AHEAD).values_list("position", flat=True))
    return LAST not in places and len(set(places)) == len(places)
