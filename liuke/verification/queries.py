"""Reads of samples, accuracy and completeness. What a user may not see is in no count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from liuke.customers import completeness
from liuke.customers.models import Customer
from liuke.packs.schema import Pack
from liuke.team.models import User
from liuke.team.queries import in_scope
from liuke.verification.labels import CHECKED, State
from liuke.verification.models import CompletenessCount, FieldCheck, SampleCard, SampleWeek
from liuke.verification.rules import Accuracy, accuracy

SHOWN = 100
OWNER, UNIT = "owner", "unit"


@dataclass(frozen=True)
class Progress:
    """How far a week's sample is: cards in all, done, not reached, still waiting."""

    cards: int
    done: int
    unreached: int

    @property
    def waiting(self) -> int:
        return self.cards - self.done - self.unreached


def seen(user: User) -> QuerySet[SampleCard]:
    """The sample's cards whose customers the user may see."""
    return SampleCard.objects.filter(in_scope(user, "customer__"))


def weeks(most: int = 8) -> list[SampleWeek]:
    """The newest draws."""
    return list(SampleWeek.objects.order_by("-week")[:most])


def progress(user: User, sample: SampleWeek | None) -> Progress:
    """Of the cards the user may see."""
    counts = dict(seen(user).filter(sample=sample).values_list("state").annotate(Count("pk")).order_by()) if sample else {}
    return Progress(sum(counts.values()), counts.get(State.DONE, 0), counts.get(State.UNREACHED, 0))


def cards(user: User, sample: SampleWeek, state: str = "", owner: int = 0) -> QuerySet[SampleCard]:
    """The cards of a week: those to be called first, in the order they should be tried; then what is done. Slice it."""
    found = seen(user).filter(sample=sample)
    if state:
        found = found.filter(state=state)
    if owner:
        found = found.filter(owner=owner)
    first_tries = (F("next_on").asc(nulls_first=True), F("tries").asc(), F("owner__name").asc(), F("pk").asc())
    order = first_tries if state == State.WAITING else (F("done_at").desc(nulls_last=True), *first_tries)
    return found.select_related("customer", "owner", "unit", "done_by").order_by(*order)


def questions(card: Customer, pack: Pack) -> list[str]:
    """The fields to go through with the customer: those that count in a card's completeness and are filled, the heaviest first."""
    lacking = {lack.field for lack in completeness.of(card, pack).missing}
    counted = completeness.weights(pack, card.kind)
    asked = [name for name in counted if name not in lacking and not name.startswith(completeness.EXTRA)]
    return sorted(asked, key=lambda name: -counted[name])


def marks(card: Customer) -> dict[str, FieldCheck]:
    """By field, the last time its value was confirmed with the customer; without those where it was found wrong later. One query."""
    found: dict[str, FieldCheck] = {}
    for check in FieldCheck.objects.filter(customer=card, result__in=CHECKED).select_related("by").order_by("-on", "-pk"):
        found.setdefault(check.field, check)
    return found


@dataclass(frozen=True)
class Line:
    """Accuracy and completeness of one owner or one unit (`key`, 0: nobody's). `percent` None where nothing was counted yet."""

    key: int
    name: str
    place: str
    accuracy: Accuracy
    sampled: int
    cards: int
    percent: float | None
    low: int


def whole(user: User, since: date) -> Accuracy:
    """Accuracy over everything the user may see, of the samples since a week (its Monday)."""
    sums = _done(user, since).aggregate(checked=Sum("checked"), right=Sum("right"))
    return accuracy(sums["checked"] or 0, sums["right"] or 0)


def filling(user: User) -> tuple[int, float | None]:
    """How many cards the user may see, and their completeness on average (0–100), as last counted."""
    sums = _counts(user).aggregate(cards=Sum("cards"), points=Sum("points"))
    return sums["cards"] or 0, sums["points"] / sums["cards"] if sums["cards"] else None


def lines(user: User, since: date, by: str = OWNER) -> list[Line]:
    """By owner or by unit: accuracy of the samples since a week, and completeness as last counted; the least accurate first."""
    labels: dict[str, Any] = {"name": F("unit__name"), "place": F("unit__parent__name")}
    if by == OWNER:
        labels = {"name": F("owner__name"), "place": F("owner__unit__name")}
    done: dict[int, dict[str, Any]] = {
        row["key"]: dict(row)
        for row in _done(user, since)
        .values(key=F(by), **labels)
        .annotate(n=Count("pk"), checked=Sum("checked"), confirmed=Sum("right"))
        .order_by()
    }
    counted: dict[int, dict[str, Any]] = {
        row["key"] or 0: dict(row)
        for row in _counts(user).values(key=F(by), **labels).annotate(n=Sum("cards"), sum=Sum("points"), poor=Sum("low")).order_by()
    }
    found = [_line(key, done.get(key), counted.get(key)) for key in {*done, *counted}]
    return sorted(found, key=_worst_first)


def _worst_first(line: Line) -> tuple[bool, float, float, str]:
    share = line.accuracy.share
    return line.key == 0, 2.0 if share is None else share, line.percent or 0.0, line.name


def _line(key: int, done: dict[str, Any] | None, counted: dict[str, Any] | None) -> Line:
    told = counted or done or {}
    return Line(
        key=key,
        name=told["name"] or "",
        place=told["place"] or "",
        accuracy=accuracy(done["checked"], done["confirmed"]) if done else accuracy(0, 0),
        sampled=done["n"] if done else 0,
        cards=counted["n"] if counted else 0,
        percent=counted["sum"] / counted["n"] if counted and counted["n"] else None,
        low=counted["poor"] if counted else 0,
    )


def checks(user: User, since: date, *, owner: int = 0, unit: int = 0, wrong: bool = False) -> QuerySet[FieldCheck]:
    """The checked fields behind an accuracy, newest first; only those found wrong when asked. Slice it."""
    found = FieldCheck.objects.filter(in_scope(user, "customer__"), result__in=CHECKED, card__sample__week__gte=since)
    if owner:
        found = found.filter(card__owner=owner)
    if unit:
        found = found.filter(card__unit=unit)
    if wrong:
        found = found.exclude(result="right")
    return found.select_related("customer", "by", "card", "card__owner", "change").order_by("-on", "-card", "pk")


def _done(user: User, since: date) -> QuerySet[SampleCard]:
    return seen(user).filter(state=State.DONE, sample__week__gte=since)


def _counts(user: User) -> QuerySet[CompletenessCount]:
    return CompletenessCount.objects.filter(in_scope(user))


def first_week(today: date, n: int) -> date:
    """The Monday the last `n` weeks began with, this one included."""
    return today - timedelta(days=today.weekday() + 7 * (n - 1))
