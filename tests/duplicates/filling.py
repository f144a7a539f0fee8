"""Rows of every kind that hang on a card, made from the models themselves, and all tables as plain values to compare."""

from __future__ import annotations

import itertools
from datetime import date, time, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from liuke.customers.models import Customer
from liuke.duplicates.moving import hanging_on
from liuke.duplicates.storing import dump
from liuke.team.models import Unit, User

COUNTER = itertools.count(1)
DAY = date(2026, 3, 5)
UNMADE = frozenset({"customers.customer", "duplicates.duplicatepair", "duplicates.merge"})
"""Kinds that other tests make by hand: a superior unit, a pair, a merge."""

# What the rules of a table ask for and its columns do not say.
SPECIAL: dict[str, dict[str, Any]] = {
    "keepers.poolentry": {"warned_on": DAY},
    "standing.standing": {"until": date(9999, 12, 31)},
    "standing.leaveoverride": {"share": 0.5},
    "trials.trial": {"share": 0.2},
    "promises.promise": {"previous": None, "settled_on": None},
    "visits.visit": {"after": None},
}


def kinds() -> list[type[models.Model]]:
    """Every model that names a card."""
    return [model for model, _ in hanging_on() if model._meta.label_lower not in UNMADE]


def make(model: type[models.Model], card: Customer, variant: int = 0) -> models.Model | None:
    """A row of this kind on this card, saved; None where the table's rules do not allow one more. `variant` chooses among values."""
    row = model(**_values(model, card, variant), **SPECIAL.get(model._meta.label_lower, {}))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row


def _values(model: type[models.Model], card: Customer, variant: int) -> dict[str, Any]:
    special = SPECIAL.get(model._meta.label_lower, {})
    return {
        each.name: _value(each, card, variant)
        for each in model._meta.concrete_fields
        if not (isinstance(each, models.AutoField) and each.primary_key) and each.name not in special and not _left(each, variant)
    }


def _left(each: models.Field[Any, Any], variant: int) -> bool:
    """Columns left as they come: empty ones, but those that name a card or a row of one, and others for every other variant."""
    if isinstance(each, models.ForeignKey) and each.remote_field.model in (Customer, *kinds()):
        return False
    if each.null:
        return bool(variant % 2 == 0 or isinstance(each, models.ForeignKey) or each.unique or "until" in each.name or "ed_at" in each.name)
    return each.has_default() and not isinstance(each, models.JSONField)


def _value(each: models.Field[Any, Any], card: Customer, variant: int) -> Any:
    if isinstance(each, models.ForeignKey):
        target = each.remote_field.model
        if target is Customer:
            return card
        if target in (User, Unit):
            return target.objects.order_by("pk").first()
        names = {name for model, names in hanging_on() if model is target for name in names}
        found = target._base_manager.filter(**dict.fromkeys(names, card)).order_by("pk").first()
        return found or make(target, card, 0)
    if each.choices:
        codes = [code for code, _ in each.flatchoices if code != ""]
        return codes[variant % len(codes)]
    if isinstance(each, models.JSONField):
        return {"n": variant}
    if isinstance(each, models.BooleanField):
        return variant % 2 == 1
    if isinstance(each, models.DateTimeField):
        return timezone.now() - timedelta(days=variant)
    if isinstance(each, models.TimeField):
        return time(9 + variant % 9, 30)
    if isinstance(each, models.DateField):
        return DAY + timedelta(days=variant)
    if isinstance(each, (models.IntegerField, models.FloatField, models.DecimalField)):
        return variant % 5 + 1
    if each.unique:
        return f"N-{next(COUNTER)}"
    return f"字{variant}"[: each.max_length or 20]


NOT_COMPARED = frozenset({"audit.auditentry", "customers.factchange", "duplicates.merge", "deals.mirrormonth", "sessions.session"})
"""The log goes on, insight is told, the merge itself stays on record, and months of deals are marked as changed."""
STAMPS = frozenset({"version", "updated_at"})


def everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """All rows of all tables: model → key → column → value."""
    tables, there = {}, set(connection.introspection.table_names())
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label_lower
        if label not in NOT_COMPARED and model._meta.db_table in there:
            rows = {row.pk: dump(row) for row in model._base_manager.order_by("pk")}
            if model is Customer:
                rows = {pk: {name: value for name, value in row.items() if name not in STAMPS} for pk, row in rows.items()}
            tables[label] = rows
    return tables


def differences(before: dict[str, dict[Any, dict[str, Any]]], after: dict[str, dict[Any, dict[str, Any]]]) -> list[str]:
    """What is other than it was, row by row and column by column."""
    told = []
    for label in before:
        for pk in before[label].keys() | after[label].keys():
            one, other = before[label].get(pk), after[label].get(pk)
            if one is None or other is None:
                told.append(f"{label} {pk}: {'gone' if other is None else 'new'}")
            else:
                told += [f"{label} {pk} {name}: {one[name]!r} → {other[name]!r}" for name in one if one[name] != other[name]]
    return told
