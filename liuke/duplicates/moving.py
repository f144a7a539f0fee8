"""Everything that hangs on a card goes over to another: found through the models themselves, so that no kind of row is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.deletion import Collector

from liuke.customers.models import Customer
from liuke.duplicates.storing import Store, dump, plain
from liuke.kernel.batches import batches

Model = type[models.Model]
Policy = Callable[["Moving", Model, tuple[str, ...]], None]


def hanging_on(target: Model = Customer) -> Iterator[tuple[Model, tuple[str, ...]]]:
    """Every model with its columns that name a card (or another row), those of Django's own in between included."""
    for model in apps.get_models(include_auto_created=True):
        names = tuple(
            each.name for each in model._meta.concrete_fields if isinstance(each, models.ForeignKey) and each.remote_field.model is target
        )
        if names and model._meta.managed and not model._meta.proxy:
            yield model, names


def unique_with(model: Model, name: str) -> list[tuple[tuple[str, ...], models.Q | None]]:
    """The uniquenesses a column is part of: (the other columns, on which rows). One by expressions is not known here: it needs a policy."""
    found: list[tuple[tuple[str, ...], models.Q | None]] = []
    for rule in model._meta.constraints:
        if isinstance(rule, models.UniqueConstraint) and name in rule.fields:
            found.append((tuple(each for each in rule.fields if each != name), rule.condition))
    found += [(tuple(each for each in names if each != name), None) for names in model._meta.unique_together if name in names]
    if model._meta.get_field(name).unique:  # type: ignore[union-attr]
        found.append(((), None))
    return found


class Moving:
    """One merge under way: what is done to rows, and written down in `store` for the way back. `counts`: rows gone over, by model."""

    def __init__(self, keep: Customer, away: Customer) -> None:
        self.keep, self.away = keep, away
        self.store = Store()
        self.counts: dict[str, int] = {}

    def everything(self, policies: dict[str, Policy]) -> None:
        """Move all rows of the card that goes, each kind by its policy; without one, `move_all`."""
        for model, names in hanging_on():
            policies.get(model._meta.label_lower, move_all)(self, model, names)

    def of(self, model: Model, name: str, card: Customer | None = None) -> models.QuerySet[Any]:
        """The rows of the card that goes (or of another)."""
        return model._base_manager.filter(**{name: (card or self.away).pk}).order_by("pk")

    def move(self, model: Model, name: str, rows: models.QuerySet[Any]) -> None:
        """Let these rows name the survivor."""
        keys = list(rows.values_list("pk", flat=True))
        if not keys:
            return
        for some in batches(keys):
            model._base_manager.filter(pk__in=some).update(**{name: self.keep.pk})
        label = model._meta.label_lower
        self.store.moved.setdefault(label, {}).setdefault(f"{name}_id", []).extend(keys)
        self.counts[label] = self.counts.get(label, 0) + len(keys)

    def change(self, rows: Iterable[models.Model], **values: Any) -> None:
        """Give other columns of rows a value."""
        for row in rows:
            before = {name: plain(getattr(row, name)) for name in values}
            self.store.changed.append((row._meta.label_lower, row.pk, {name: [before[name], plain(new)] for name, new in values.items()}))
        groups: dict[Model, list[Any]] = {}
        for row in rows:
            groups.setdefault(type(row), []).append(row.pk)
        for model, keys in groups.items():
            for some in batches(keys):
                model._base_manager.filter(pk__in=some).update(**values)

    def remove(self, rows: models.QuerySet[Any]) -> None:
        """Take rows away, and all that hangs on them, into the store."""
        gone = list(rows)
        if not gone:
            return
        collector = Collector(using=rows.db)
        collector.collect(gone)
        data: Any = collector.data
        updates: Any = collector.field_updates
        taken: dict[Model, list[Any]] = {model: list(instances) for model, instances in data.items()}
        quick: Any
        for quick in collector.fast_deletes:
            taken.setdefault(quick.model, []).extend(quick)
        for (field, _), sets in updates.items():
            for instances in sets:
                self.change(list(instances), **{field.attname: None})
        for model, instances in taken.items():
            if not instances:
                continue
            kept = self.store.removed.setdefault(model._meta.label_lower, [])
            kept += [dump(row) for row in sorted(instances, key=lambda row: row.pk)]
        rows.model._base_manager.filter(pk__in=[row.pk for row in gone]).delete()

    def twins(self, model: Model, name: str) -> dict[int, int]:
        """Rows that would be there twice on the survivor: key of the one that goes → of the one that stays."""
        return self._both(model, name, self.away.pk, self.keep.pk)

    def drop_twins(self, model: Model, twins: dict[int, int]) -> None:
        """Take the rows away that the survivor has already; what hangs on them goes over to those, unless that is there already too."""
        for child, names in hanging_on(model):
            for name in names:
                for gone, stays in twins.items():
                    rows = child._base_manager.filter(**{name: gone})
                    there = self._both(child, name, gone, stays)
                    self.change(list(rows.exclude(pk__in=list(there))), **{f"{name}_id": stays})
        self.remove(model._base_manager.filter(pk__in=list(twins)))

    def _both(self, model: Model, name: str, gone: int, stays: int) -> dict[int, int]:
        """Rows of `gone` that would be there twice when their column named `stays`: key → the key of the other."""
        found: dict[int, int] = {}
        for others, condition in unique_with(model, name):
            mine, theirs = (
                {tuple(row[1:]): row[0] for row in rows.filter(condition or models.Q()).values_list("pk", *others) if None not in row}
                for rows in (model._base_manager.filter(**{name: key}).order_by("pk") for key in (gone, stays))
            )
            found.update({mine[what]: theirs[what] for what in mine.keys() & theirs.keys()})
        return found


def move_all(moving: Moving, model: Model, names: tuple[str, ...]) -> None:
    """The rule for a kind of row: it goes over; where the survivor has the same already, it goes into the store."""
    for name in names:
        if twins := moving.twins(model, name):
            moving.drop_twins(model, twins)
        moving.move(model, name, moving.of(model, name))
