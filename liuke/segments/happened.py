"""Conditions on what hangs on a card: events, deals, contracts, assets, contacts, signals, tasks, changes of stage."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from liuke.customers.models import Event
from liuke.deals.labels import DealKind
from liuke.deals.models import Asset, Contract, Deal
from liuke.interactions.models import Interaction
from liuke.segments.algebra import Cards, Cond
from liuke.segments.asking import Asked, period, size
from liuke.segments.conditions import Leaf
from liuke.standing.models import Signal, StageChange
from liuke.work.labels import TaskState
from liuke.work.models import Task

FEW, FEW_OF_MANY = 60_000, 400_000


def among(rows: QuerySet[Any], asked: Asked, yes: bool = True, heavy: bool = False) -> Cond:
    """Customers who have such a row, or who have none.

    Where the other conditions leave few customers each of them is looked up; else all such rows are gathered once. `heavy`: a table so
    large that gathering pays late. PostgreSQL chooses for itself, but where rows are summed up.
    """
    chooses = connection.vendor == "postgresql" and not rows.query.annotations
    few = not chooses and asked.left is not None and asked.left <= (FEW_OF_MANY if heavy else FEW)
    found = Q(Exists(rows.order_by().filter(customer=OuterRef("pk")))) if few else Q(pk__in=rows.order_by().values("customer"))
    return Cards(found if yes else ~found)


def event(leaf: Leaf, asked: Asked) -> Cond:
    rows = Event.objects.filter(period(leaf, "on", asked.today), kind__in=leaf.words("kinds"))
    if leaf.word("score") == "le":
        rows = rows.filter(value__lte=leaf.number("value"))
    elif leaf.word("score") == "ge":
        rows = rows.filter(value__gte=leaf.number("value"))
    if leaf.word("has") == "times":
        often = rows.order_by().values("customer").annotate(n=Count("pk")).filter(n__gte=leaf.number("times") or 1)
        return among(often, asked)
    return among(rows, asked, leaf.word("has") == "yes")


def deal(leaf: Leaf, asked: Asked) -> Cond:
    """Deals of a time: whether there were any, how many (refunds are none), how much in all (refunds reckoned in), the largest."""
    rows = Deal.objects.filter(period(leaf, "on", asked.today))
    if kinds := leaf.words("kinds"):
        rows = rows.filter(kind__in=kinds)
    if content := leaf.word("text"):
        rows = rows.filter(content__icontains=content)
    if leaf.words("units"):
        rows = rows.filter(unit__in=leaf.ids("units"))
    measure = leaf.word("measure")
    a = leaf.number("times" if measure == "count" else "a") or 0
    if measure in ("yes", "no"):
        return among(rows.exclude(kind=DealKind.REFUND), asked, measure == "yes", heavy=True)
    if measure == "count":
        rows = rows.exclude(kind=DealKind.REFUND)
    each = rows.order_by().values("customer").annotate(
        n={"count": Count("pk"), "sum": Sum("amount_cents"), "max": Max("amount_cents")}[measure]
    )  # fmt: skip
    # Without a deal it is 0, so the side on which 0 lies is told by its contrary.
    if leaf.word("op") == "ge":
        return among(each.filter(n__gte=a), asked, heavy=True) if a > 0 else among(each.filter(n__lt=a), asked, False, heavy=True)
    return among(each.filter(n__gt=a), asked, False, heavy=True) if a >= 0 else among(each.filter(n__lte=a), asked, heavy=True)


def lapsing(first: date, last: date, kinds: tuple[str, ...] = ()) -> QuerySet[Contract]:
    """Contracts that end within these days and have no successor of their kind for the same asset.

    As for the signals (analytics.evidence): one written down without an asset counts for the only asset there is.
    """
    number = BigIntegerField()
    there = Q(asset=None) | Q(asset__gone_on=None)
    others = Contract.objects.filter(customer=OuterRef("customer"), kind=OuterRef("kind"), asset__isnull=False, asset__gone_on=None)
    others = others.exclude(asset=Coalesce(OuterRef("asset"), OuterRef(OuterRef("asset")), output_field=number))
    same = Q(its=F("ours")) | ((Q(its=0) | Q(ours=0)) & ~Exists(others))
    later = Contract.objects.filter(customer=OuterRef("customer"), kind=OuterRef("kind"), ends_on__gt=OuterRef("ends_on"), ended_on=None)
    later = later.alias(its=Coalesce("asset", 0, output_field=number), ours=Coalesce(OuterRef("asset"), 0, output_field=number))
    ending = Contract.objects.filter(ends_on__gte=first, ends_on__lte=last, ended_on=None)
    if kinds:
        ending = ending.filter(kind__in=kinds)
    return ending.filter(~Exists(later.filter(there).filter(same))).filter(there)


def contract(leaf: Leaf, asked: Asked) -> Cond:
    today, kinds, n = asked.today, leaf.words("kinds"), timedelta(days=leaf.number("n") or 0)
    state = leaf.word("state")
    if state == "expires":
        return among(lapsing(today, today + n, kinds), asked)
    if state == "expired":
        return among(lapsing(today - n, today - timedelta(days=1), kinds), asked)
    running = Contract.objects.filter(starts_on__lte=today, ends_on__gte=today, ended_on=None)
    if kinds:
        running = running.filter(kind__in=kinds)
    return among(running, asked, state == "running")


def asset(leaf: Leaf, asked: Asked) -> Cond:
    """What the customer holds now."""
    rows = Asset.objects.filter(size(leaf, "year"), gone_on=None)
    if kinds := leaf.words("kinds"):
        rows = rows.filter(kind__in=kinds)
    if name := leaf.word("text"):
        rows = rows.filter(name__icontains=name)
    return among(rows, asked, leaf.word("has") == "yes")


def contact(leaf: Leaf, asked: Asked) -> Cond:
    rows = Interaction.objects.filter(period(leaf, "on", asked.today), undone_at=None)
    for slot, column in (("ways", "way"), ("outcomes", "outcome"), ("direction", "direction")):
        if words := leaf.words(slot):
            rows = rows.filter(**{f"{column}__in": words})
    return among(rows, asked, leaf.word("has") == "yes")


def signal(leaf: Leaf, asked: Asked) -> Cond:
    rows = Signal.objects.filter(key__in=leaf.words("keys"))
    state, since = leaf.word("state"), asked.today - timedelta(days=leaf.number("n") or 0)
    if state in ("open", "none"):
        return among(rows.filter(ended_on=None), asked, state == "open")
    column = "started_on" if state == "opened" else "ended_on"
    return among(rows.filter(**{f"{column}__gte": since, f"{column}__lte": asked.today}), asked)


def task(leaf: Leaf, asked: Asked) -> Cond:
    state, since = leaf.word("state"), asked.today - timedelta(days=leaf.number("n") or 0)
    if state == "done":
        return among(Task.objects.filter(state=TaskState.DONE, done_on__gte=since, done_on__lte=asked.today), asked)
    rows = Task.objects.filter(state=TaskState.OPEN)
    return among(rows.filter(due_on__lt=asked.today), asked) if state == "late" else among(rows, asked, state == "open")


def stage_change(leaf: Leaf, asked: Asked) -> Cond:
    rows = StageChange.objects.filter(period(leaf, "on", asked.today)).exclude(old="")
    if old := leaf.words("old"):
        rows = rows.filter(old__in=old)
    if new := leaf.words("new"):
        rows = rows.filter(new__in=new)
    return among(rows, asked)
