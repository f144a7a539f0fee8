"""The seven indicators 七项指标 of a unit over twelve months: computed where deals and complaints tell, else asked; each says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from liuke.complaints.models import Complaint
from liuke.deals.models import Deal
from liuke.packs.survey import Questionnaire
from liuke.satisfaction import figures
from liuke.satisfaction.models import Answer, Wave
from liuke.satisfaction.results import COLUMNS, Row, row_of, said
from liuke.satisfaction.rules import Value, recommend_of
from liuke.team.models import Unit, User
from liuke.team.queries import in_scope

YEAR = 365
ORDER = ("reputation", "awareness", "repurchase", "amount", "price_sensitivity", "complaint", "recommendation")


@dataclass(frozen=True)
class Indicator:
    """`how`: "deals", "complaints" or "asked". `share`: `count` of `n`; `mean`: of ratings 1 to 5; `cents`: an amount. None: nothing known.
    `better`: whether more is better."""

    key: str
    how: str
    share: figures.Share | None = None
    mean: figures.Mean | None = None
    cents: int | None = None
    n: int = 0
    better: bool = True

    @property
    def known(self) -> bool:
        return self.share is not None or self.mean is not None or self.cents is not None


@dataclass(frozen=True)
class Came:
    """One who came within the twelve months: on how many days, net amount of them (refunds taken off), whether he complained."""

    customer: int
    days: int
    cents: int
    complained: bool


COUNTED: dict[str, Callable[[Came], bool]] = {
    "repurchase": lambda one: one.days > 1,
    "amount": lambda one: True,
    "complaint": lambda one: one.complained,
}
"""Whom an indicator that nobody was asked for counts, of those who came."""


def seven(user: User, unit: Unit | None, on: date) -> tuple[Indicator, ...]:
    """Of the customers in sight under a unit (None: all). Of a question with choices the share that took its first one. Five queries."""
    first = on - timedelta(YEAR - 1)
    asked = _asked(user, _within(unit), first, on)
    there = came(user, unit, on)
    visits = sum(one.days for one in there)
    shares = {key: figures.share(sum(counts(one) for one in there), len(there)) for key, counts in COUNTED.items()}
    found = {
        "repurchase": Indicator("repurchase", "deals", share=shares["repurchase"], n=len(there)),
        "amount": Indicator("amount", "deals", cents=round(sum(one.cents for one in there) / visits) if visits else None, n=visits),
        "complaint": Indicator("complaint", "complaints", share=shares["complaint"], n=len(there), better=False),
        **asked,
    }
    return tuple(found[key] for key in ORDER)


def came(user: User, unit: Unit | None, on: date) -> list[Came]:
    """Everybody in sight under a unit who came within twelve months: what the indicators count, and the names behind them."""
    first = on - timedelta(YEAR - 1)
    deals = Deal.objects.filter(in_scope(user, "customer__"), on__gte=first, on__lte=on)
    deals = deals.filter(**{f"customer__{path}": value for path, value in _within(unit).items()})
    days = Count("on", distinct=True, filter=Q(came=True))
    each = deals.order_by().values_list("customer_id").annotate(days=days, cents=Sum("amount_cents"))
    complained = _complainers(user, first, on)
    return [Came(pk, days, cents, pk in complained) for pk, days, cents in each.filter(days__gt=0)]


def _within(unit: Unit | None) -> dict[str, Any]:
    return {"unit__path__startswith": unit.path or "/"} if unit is not None else {}


def _complainers(user: User, first: date, on: date) -> set[int]:
    """Customers with a complaint received in these days."""
    begin = timezone.make_aware(datetime.combine(first, time()))
    end = timezone.make_aware(datetime.combine(on + timedelta(1), time()))
    rows = Complaint.objects.visible_to(user).filter(received_at__gte=begin, received_at__lt=end, customer__isnull=False)
    return set(rows.order_by().values_list("customer_id", flat=True))


TAKEN: dict[str, Callable[[int], bool]] = {
    "reputation": lambda said: True,
    "awareness": lambda said: not said,
    "price_sensitivity": lambda said: not said,
    "recommendation": lambda said: said >= 9,
}
"""Which answers an indicator that was asked for counts: all of a mean, of choices the first one, of 0 to 10 the promoters."""


def answers_to(user: User, unit: Unit | None, key: str, on: date, everybody: bool = False) -> list[Row]:
    """The answers that an asked indicator counts, or all that it is taken of; the newest first. Two queries."""
    found = _answers(user, _within(unit), on - timedelta(YEAR - 1), on).order_by("-at", "-pk")
    told = list(found.values_list("wave_id", *COLUMNS))
    waves = Wave.objects.filter(pk__in={each[0] for each in told}).select_related("version")
    forms = {wave.pk: wave.version.form for wave in waves}
    rows = [(forms[wave], row_of(forms[wave], columns)) for wave, *columns in told]
    return [row for form, row in rows if any(everybody or TAKEN[key](number) for number in _numbers(form, row.values, key))]


def _answers(user: User, within: dict[str, Any], first: date, on: date) -> QuerySet[Answer]:
    return Answer.objects.visible_to(user).filter(invitation__isnull=False, on__gte=first, on__lte=on, **within)


def _numbers(form: Questionnaire, values: dict[str, Value], key: str) -> list[int]:
    if key == "recommendation":
        return [] if (willing := recommend_of(form, values)) is None else [willing]
    return [number for each in form.questions if each.indicator == key and isinstance(number := values.get(each.key), int)]


def _asked(user: User, within: dict[str, Any], first: date, on: date) -> dict[str, Indicator]:
    told: dict[str, list[int]] = {key: [] for key in TAKEN}
    for form, values in said(_answers(user, within, first, on)):
        for key, numbers in told.items():
            numbers += _numbers(form, values, key)
    shares = {key: figures.share(sum(map(TAKEN[key], told[key])), len(told[key])) for key in told}
    return {
        "reputation": Indicator("reputation", "asked", mean=figures.mean(told["reputation"]), n=len(told["reputation"])),
        "awareness": Indicator("awareness", "asked", share=shares["awareness"], n=len(told["awareness"])),
        "price_sensitivity": Indicator(
            "price_sensitivity", "asked", share=shares["price_sensitivity"], n=len(told["price_sensitivity"]), better=False
        ),
        "recommendation": Indicator("recommendation", "asked", share=shares["recommendation"], n=len(told["recommendation"])),
    }
