"""Reads of promises: what is open for whom, and how many were kept, by person and by unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from liuke.packs import Pack
from liuke.promises.labels import Approval, State
from liuke.promises.models import Promise, PromiseQuerySet
from liuke.promises.rules import Tally, tally
from liuke.team.labels import Role
from liuke.team.models import User

MOVED = Count("pk", filter=Q(moves__gt=0))
"""How many of the counted promises are on another day than the customer was told first."""

VIEWS = ("open", "today", "overdue", "waiting", "settled")
"""What the list of promises may show: all that is open, due today, past its day, waiting for a word on its cost, settled."""


def limit_of(user: User, pack: Pack) -> int | None:
    """What this user may promise (and agree to) by himself, in cents; None: without limit."""
    if user.role == Role.MANAGER:
        return None
    limits = pack.promises.limits_cents
    return {Role.REP: limits.rep, Role.AGENT: limits.agent, Role.SUPERVISOR: limits.supervisor}.get(Role(user.role), 0)


def given_cents(customer: int, today: date, pack: Pack, but: int = 0) -> int:
    """What this customer was promised by anybody within the days that count together against a limit, in cents, without the promise `but`:
    what stands or was done, not what waits for a word or was refused, dropped or broken. One that was moved counts once."""
    after = Promise.objects.standing().filter(previous=OuterRef("pk"))
    since = today - timedelta(pack.promises.limit_days)
    rows = Promise.objects.standing().filter(~Exists(after), customer=customer, made_on__gt=since).exclude(pk=but)
    rows = rows.filter(state__in=(State.OPEN, State.KEPT, State.LATE)).exclude(approval__in=(Approval.WAITING, Approval.REFUSED))
    return rows.aggregate(n=Sum("amount_cents"))["n"] or 0


def window(today: date, pack: Pack) -> tuple[date, date]:
    """First and last day of settling that the kept rate looks at."""
    return today - timedelta(pack.promises.rate_days - 1), today


def view(name: str, today: date, pack: Pack) -> Q:
    """Condition on standing promises of one of VIEWS; what is settled within the window."""
    first, last = window(today, pack)
    waiting = Q(state=State.OPEN, approval=Approval.WAITING)
    given = Q(state=State.OPEN) & ~Q(approval=Approval.WAITING)
    return {
        "open": given,
        "today": given & Q(due_on=today),
        "overdue": given & Q(due_on__lt=today),
        "waiting": waiting,
        "settled": Q(settled_on__gte=first, settled_on__lte=last),
    }[name]


def counts(rows: PromiseQuerySet, today: date, pack: Pack) -> dict[str, int]:
    """How many of these promises each of VIEWS shows. One query."""
    found = rows.aggregate(**{f"n_{name}": Count("pk", filter=view(name, today, pack)) for name in VIEWS})
    return {name: found[f"n_{name}"] for name in VIEWS}


def for_card(user: User, customer: int, today: date, pack: Pack) -> tuple[list[Promise], Tally]:
    """Open promises to one customer, the next due first, and how those settled in the window came out. Two queries."""
    rows = Promise.objects.visible_to(user).filter(customer=customer)
    opened = list(rows.open().select_related("keeper", "by").order_by("due_on", "pk"))
    return opened, tally_of(rows, today, pack)


def tally_of(rows: PromiseQuerySet, today: date, pack: Pack) -> Tally:
    """All open ones, and those that ended in the window, by how they stand."""
    first, last = window(today, pack)
    counted = rows.filter(Q(state=State.OPEN) | Q(settled_on__gte=first, settled_on__lte=last)).order_by()
    return tally(counted.values_list("state").annotate(n=Count("pk"), moved=MOVED))


@dataclass(frozen=True)
class Kept:
    """How the promises of one person (or unit) came out."""

    id: int
    name: str
    tally: Tally


def by_keeper(rows: PromiseQuerySet, today: date, pack: Pack) -> list[Kept]:
    """By who had to keep them, the most settled first. One query."""
    return _grouped(rows, today, pack, "keeper_id", "keeper__name")


def by_unit(rows: PromiseQuerySet, today: date, pack: Pack) -> list[Kept]:
    """By the unit of the customers. One query."""
    return _grouped(rows, today, pack, "customer__unit_id", "customer__unit__name")


def _grouped(rows: PromiseQuerySet, today: date, pack: Pack, key: str, name: str) -> list[Kept]:
    first, last = window(today, pack)
    counted = rows.filter(Q(state=State.OPEN) | Q(settled_on__gte=first, settled_on__lte=last)).order_by()
    counted = counted.exclude(state=State.OPEN, approval=Approval.WAITING)  # not given yet: it has a list of its own
    found: dict[tuple[int, str], list[tuple[str, int, int]]] = {}
    for who, called, state, n, moved in counted.values_list(key, name, "state").annotate(n=Count("pk"), moved=MOVED):
        found.setdefault((who, called), []).append((state, n, moved))
    made = [Kept(who, called, tally(states)) for (who, called), states in found.items()]
    return sorted(made, key=lambda one: (-one.tally.settled, one.name, one.id))


def listed(rows: PromiseQuerySet, name: str, today: date, pack: Pack) -> QuerySet[Promise]:
    """The rows of one view in the order of doing; what is settled the newest first."""
    found = rows.filter(view(name, today, pack)).select_related("customer", "customer__unit", "keeper", "by", "decided_by")
    return found.order_by("-settled_on", "-pk") if name == "settled" else found.order_by("due_on", "pk")


def chain(promise: Promise) -> list[Promise]:
    """The promises this one took the place of, the first one first. As many queries as it was moved (few)."""
    found: list[Promise] = []
    at = promise.previous_id
    while at is not None and len(found) < 50:
        before = Promise.objects.standing().select_related("by").filter(pk=at).first()
        if before is None:
            break
        found.append(before)
        at = before.previous_id
    return found[::-1]


def overdue_by_keeper(users: Iterable[int], today: date) -> dict[int, int]:
    """How many promises of each of these members of staff are past their day. One query."""
    rows = Promise.objects.given().filter(keeper__in=list(users), due_on__lt=today).order_by()
    return dict(rows.values_list("keeper_id").annotate(n=Count("pk")))
