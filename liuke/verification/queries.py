"""Reads of samples, accuracy and completeness. What a user may not see is in no count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Max, QuerySet, Sum, Value, When

from liuke.customers import completeness
from liuke.customers.fields import BIRTHDAY
from liuke.customers.models import Customer, FieldChange
from liuke.packs.schema import Pack
from liuke.team.models import Unit, User
from liuke.team.queries import in_scope, units_in_scope
from liuke.verification.labels import CHECKED, Answer, State
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


def seen(user: User | None) -> QuerySet[SampleCard]:
    """The sample's cards whose customers the user may see; all of them for the person at the terminal (None)."""
    return SampleCard.objects.filter(in_scope(user, "customer__")) if user else SampleCard.objects.all()


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
    """已核: by field, when and by whom its value, as it stands, was confirmed with the customer. Two queries.

    A field that was found wrong and not put right, or was changed since, has none.
    """
    changed: dict[str, datetime] = {}
    for name, at in FieldChange.objects.filter(customer=card).order_by().values_list("field").annotate(Max("at")):
        field = "birthday" if name in BIRTHDAY else name
        changed[field] = max(at, changed.get(field, at))
    latest: dict[str, FieldCheck] = {}
    for check in FieldCheck.objects.filter(customer=card, result__in=CHECKED).select_related("by").order_by("-pk"):
        latest.setdefault(check.field, check)
    return {
        field: check
        for field, check in latest.items()
        if check.result != Answer.WRONG and (field not in changed or changed[field] <= check.at)
    }


@dataclass(frozen=True)
class Line:
    """Accuracy and completeness of one owner or one unit with all under it; `key` 0: owners who left, and nobody's cards.

    `percent` None where nothing was counted yet; `low`: cards under counting.LOW.
    """

    key: int
    name: str
    place: str
    accuracy: Accuracy
    sampled: int
    cards: int
    percent: float | None
    low: int


def whole(user: User | None, since: date) -> Accuracy:
    """Accuracy over everything the user may see, of the samples since a week (its Monday)."""
    sums = _done(user, since).aggregate(checked=Sum("checked"), right=Sum("right"))
    return accuracy(sums["checked"] or 0, sums["right"] or 0)


def filling(user: User | None) -> tuple[int, float | None]:
    """How many cards the user may see, and their completeness on average (0–100), as last counted."""
    sums = _counts(user).aggregate(cards=Sum("cards"), points=Sum("points"))
    return sums["cards"] or 0, sums["points"] / sums["cards"] if sums["cards"] else None


def lines(user: User | None, since: date, by: str = OWNER) -> list[Line]:
    """By owner or by unit: accuracy of the samples since a week, and completeness as last counted; the least accurate first."""
    done = _done(user, since).order_by()
    counts = _counts(user).order_by()
    sums = {"n": Count("pk"), "checked": Sum("checked"), "confirmed": Sum("right")}
    filled = {"cards": Sum("cards"), "points": Sum("points"), "low": Sum("low")}
    told: dict[int, tuple[str, str]] = {}
    added: dict[int, Counter[str]] = defaultdict(Counter)
    if by == OWNER:
        here = Case(When(owner__is_active=True, then=F("owner")), default=Value(0))
        for key, row in _keyed(done.values(key=here).annotate(**sums), counts.values(key=here).annotate(**filled)):
            added[key].update(row)
        people = User.objects.filter(pk__in=added).values_list("pk", "name", "unit__name")
        told = {pk: (name, place or "") for pk, name, place in people}
    else:
        units = list((units_in_scope(user) if user else Unit.objects.all()).select_related("parent"))
        told = {unit.pk: (unit.name, unit.parent.name if unit.parent else "") for unit in units}
        above = {unit.pk: [int(part) for part in (unit.path or "").split("/") if part and int(part) in told] for unit in units}
        for key, row in _keyed(done.values(key=F("unit")).annotate(**sums), counts.values(key=F("unit")).annotate(**filled)):
            for pk in above.get(key, ()):
                added[pk].update(row)
    return sorted((_line(key, *told.get(key, ("", "")), sums) for key, sums in added.items()), key=_worst_first)


def _keyed(*found: Iterable[Any]) -> Iterator[tuple[int, dict[str, int]]]:
    for rows in found:
        for row in rows:
            yield row["key"], {name: value for name, value in row.items() if name != "key"}


def _worst_first(line: Line) -> tuple[bool, float, float, str]:
    share = line.accuracy.share
    return line.key == 0, 2.0 if share is None else share, line.percent or 0.0, line.name


def _line(key: int, name: str, place: str, sums: Counter[str]) -> Line:
    return Line(
        key=key,
        name=name,
        place=place,
        accuracy=accuracy(sums["checked"], sums["confirmed"]),
        sampled=sums["n"],
        cards=sums["cards"],
        percent=sums["points"] / sums["cards"] if sums["cards"] else None,
        low=sums["low"],
    )


def checks(user: User, since: date, *, owner: int | None = None, unit: Unit | None = None, wrong: bool = False) -> QuerySet[FieldCheck]:
    """The checked fields behind an accuracy, newest first; only those found wrong when asked. `owner` 0: those who left. Slice it."""
    found = FieldCheck.objects.filter(in_scope(user, "customer__"), result__in=CHECKED, card__sample__week__gte=since)
    if owner is not None:
        found = found.filter(card__owner=owner) if owner else found.filter(card__owner__is_active=False)
    if unit is not None:
        found = found.filter(card__unit__path__startswith=unit.path or "/")
    if wrong:
        found = found.exclude(result="right")
    return found.select_related("customer", "by", "card", "card__owner", "change").order_by("-on", "-card", "pk")


def _done(user: User | None, since: date) -> QuerySet[SampleCard]:
    return seen(user).filter(state=State.DONE, sample__week__gte=since)


def _counts(user: User | None) -> QuerySet[CompletenessCount]:
    return CompletenessCount.objects.filter(in_scope(user)) if user else CompletenessCount.objects.all()


def first_week(today: date, n: int) -> date:
    """The Monday the last `n` weeks began with, this one included."""
    return today - timedelta(days=today.weekday() + 7 * (n - 1))
