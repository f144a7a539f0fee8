"""Rows kept aside whole, so that undoing a merge can put them back as they were, keys included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from liuke.kernel.batches import batches

ROWS = 500
"""Rows of one INSERT: each takes as many values as it has columns."""
Row = dict[str, Any]


@dataclass
class Store:
    """All that undoing a merge takes. Models by label ("deals.deal"), columns by attname.

    `card`: the card that went. `kept`: columns of the survivor, [before, after]. `moved`: model → column → keys of rows whose column now
    names the survivor. `changed`: [model, key, {column: [before, after]}]. `removed`: rows taken away. `made`: rows the merge wrote.
    `judged`: what insight had said of the survivor (model → rows), as of the run `run` of `run_on`. `next_day`: the survivor's
    next contact and who set it; what the grade sets is computed and moves by itself.
    """

    card: Row = field(default_factory=dict)
    kept: dict[str, list[Any]] = field(default_factory=dict)
    moved: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    changed: list[tuple[str, int, dict[str, list[Any]]]] = field(default_factory=list)
    removed: dict[str, list[Row]] = field(default_factory=dict)
    made: dict[str, list[int]] = field(default_factory=dict)
    judged: dict[str, list[Row]] = field(default_factory=dict)
    run: int | None = None
    run_on: str | None = None
    months: list[str] = field(default_factory=list)
    next_day: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


NEXT_DAY = ("next_contact_on", "next_contact_by_id")


def model_of(label: str) -> type[models.Model]:
    return apps.get_model(label)


def plain(value: Any) -> Any:
    """A value of a column as JSON keeps it; `read` gives it back."""
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read(model: type[models.Model], column: str, value: Any) -> Any:
    """A kept value as the column has it."""
    found = next(each for each in model._meta.concrete_fields if each.attname == column)
    if value is None or isinstance(found, models.JSONField):
        return value
    while isinstance(found, models.ForeignKey):
        found = found.target_field
    return found.to_python(value)


def dump(row: models.Model) -> Row:
    """All columns of a row."""
    return {each.attname: plain(each.value_from_object(row)) for each in row._meta.concrete_fields}


def dump_all(rows: Iterable[models.Model]) -> list[Row]:
    return [dump(row) for row in rows]


def put_back(label: str, rows: list[Row]) -> int:
    """Insert rows as they were, stamps and keys included; those that hang on something that is gone by now are left out. How many."""
    model = model_of(label)
    made = [model(**{column: read(model, column, value) for column, value in row.items()}) for row in rows]
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey):
            made = _holding(made, each)
    fields = list(model._meta.concrete_fields)
    for some in batches(made, ROWS):
        # Raw, so that "filled in by itself" columns stay as they were.
        model._base_manager.all()._insert(some, fields=fields, using=None, raw=True)  # type: ignore[attr-defined]
    return len(made)


def _holding(rows: list[models.Model], key: models.ForeignKey[Any, Any]) -> list[models.Model]:
    """Rows whose foreign key still leads somewhere; where it may be empty it becomes so."""
    wanted = {value for row in rows if (value := getattr(row, key.attname)) is not None}
    there: set[Any] = set()
    pieces = sorted(wanted, key=str)
    target, name = key.remote_field.model, key.target_field.attname
    if target is key.model:
        there.update(getattr(row, name) for row in rows)
    for some in batches(pieces):
        there.update(target._base_manager.filter(**{f"{name}__in": some}).values_list(name, flat=True))
    left = []
    for row in rows:
        value = getattr(row, key.attname)
        if value is not None and value not in there:
            if not key.null:
                continue
            setattr(row, key.attname, None)
        left.append(row)
    return left
