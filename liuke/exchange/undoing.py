"""Taking a load back: rows it created go, rows it changed get their old values; whatever somebody touched since stays."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db import models

from liuke.customers import completeness
from liuke.customers.models import Customer, FieldChange, Phone
from liuke.customers.phones import COLUMNS as PHONE_COLUMNS
from liuke.customers.phones import phone_row
from liuke.customers.rules import index_text
from liuke.deals.mirror import touch_months
from liuke.deals.models import Asset, Contract, Deal, DealLine, Payment
from liuke.exchange import bulk
from liuke.exchange.models import Load, LoadRow
from liuke.exchange.who import facts_changed
from liuke.interactions.models import Interaction
from liuke.kernel import pinyin
from liuke.kernel.batches import batches
from liuke.team.models import User

MODELS: dict[str, type[models.Model]] = {"interaction": Interaction, "payment": Payment, "contract": Contract, "deal": Deal}
# Rows that insight or the planner made by themselves, or that are part of the card: they never keep a card alive.
OWN = frozenset(("duplicates.duplicatepair", "customers.phone", "customers.factchange", "customers.fieldchange"))
MADE_BY_THE_HOUSE = frozenset(("standing",))


@dataclass
class Undone:
    """`deleted` and `restored` count rows; `kept` are rows changed since: (kind, what it is called)."""

    deleted: int = 0
    restored: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)
    customers: set[int] = field(default_factory=set)
    months: set[date] = field(default_factory=set)


def take_back(load: Load, actor: User | None) -> Undone:
    """Inside the caller's transaction."""
    undone = Undone()
    for kind, model in MODELS.items():
        _delete_created(kind, model, load, undone)
        _restore(kind, model, load, undone)
    _restore_assets(load, undone)
    _restore_customers(load, undone, actor)
    _delete_assets(load, undone)
    _delete_customers(load, undone)
    touch_months(undone.months)
    alive: set[int] = set()
    for piece in batches(sorted(undone.customers)):
        alive.update(Customer.objects.filter(pk__in=piece).values_list("pk", flat=True))
    completeness.refresh(alive)
    facts_changed(alive)
    return undone


def _delete_created(kind: str, model: type[models.Model], load: Load, undone: Undone) -> None:
    rows = model._default_manager.filter(load_id=load.pk)
    day = "starts_on" if kind == "contract" else "on"
    for number, pk in rows.exclude(version=1).values_list("number", "pk"):
        undone.kept.append((kind, number or f"#{pk}"))
    fresh = rows.filter(version=1)
    gone = list(fresh.values_list("pk", "customer_id", day))
    undone.customers.update(customer for _, customer, _ in gone)
    if kind == "deal":
        undone.months.update(on for _, _, on in gone)
    for piece in batches(pk for pk, _, _ in gone):
        if kind == "deal":
            lines = DealLine.objects.filter(deal_id__in=piece)
            lines._raw_delete(lines.db)
        model._default_manager.filter(pk__in=piece).delete()
    undone.deleted += len(gone)


def _restore(kind: str, model: type[models.Model], load: Load, undone: Undone) -> None:
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    lines: list[tuple[Any, ...]] = []
    relined: list[int] = []
    for kept, row in _changed_rows(kind, model, load, undone):
        before = dict(kept.before)
        if "lines" in before:
            relined.append(row["id"])
            lines.extend((row["id"], int(position), *rest) for position, *rest in before.pop("lines"))
        undone.customers.add(row["customer_id"])
        if kind == "deal":
            undone.months.update({row["on"], date.fromisoformat(before.get("on", row["on"].isoformat()))})
        names = tuple(sorted(before))
        groups.setdefault(names, []).append((*(before[name] for name in names), row["version"] + 1, row["id"]))
        undone.restored += 1
    for names, rows in groups.items():
        bulk.update(model, (*names, "version"), rows)
    for piece in batches(relined):
        DealLine.objects.filter(deal_id__in=piece).delete()
    bulk.insert(DealLine, ("deal_id", "position", "code", "name", "quantity", "unit_price"), lines)


def _changed_rows(kind: str, model: type[models.Model], load: Load, undone: Undone) -> Iterable[tuple[LoadRow, dict[str, Any]]]:
    """Rows this load changed and nobody has since."""
    kept = {row.object_id: row for row in LoadRow.objects.filter(load=load, kind=kind)}
    for piece in batches(sorted(kept)):
        for row in model._default_manager.filter(pk__in=piece).values():
            if row["version"] == kept[row["id"]].version:
                yield kept[row["id"]], row
            else:
                undone.kept.append((kind, row["number"] or f"#{row['id']}"))


def _restore_customers(load: Load, undone: Undone, actor: User | None) -> None:
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    phones: dict[int, list[str]] = {}
    history: list[tuple[Any, ...]] = []
    for kept, row in _changed_rows("customer", Customer, load, undone):
        before = dict(kept.before)
        if "phones" in before:
            phones[row["id"]] = before.pop("phones")
            before["phone"] = (phones[row["id"]] or [""])[0]
        history.extend(
            (row["id"], name, _text(row[name]), _text(value), row["version"] + 1, actor and actor.pk) for name, value in before.items()
        )
        merged = row | before
        before |= {"pinyin": pinyin.sort_key(merged["name"])[:300], "search": index_text(merged["name"], merged["number"], row["aliases"])}
        before |= {"version": row["version"] + 1, "updated_at": bulk.stamp()}
        names = tuple(sorted(before))
        groups.setdefault(names, []).append((*(before[name] for name in names), row["id"]))
        undone.customers.add(row["id"])
        undone.restored += 1
    for names, rows in groups.items():
        bulk.update(Customer, names, rows)
    for piece in batches(sorted(phones)):
        Phone.objects.filter(customer_id__in=piece).delete()
    numbers = (phone_row(pk, phone, place) for pk, given in phones.items() for place, phone in enumerate(given))
    bulk.insert(Phone, PHONE_COLUMNS, numbers)
    bulk.insert(FieldChange, ("customer_id", "field", "old", "new", "version", "by_id"), history)


def _text(value: Any) -> str:
    return "" if value is None or value is False else "1" if value is True else str(value)


def _restore_assets(load: Load, undone: Undone) -> None:
    columns = ("name", "year", "mileage", "acquired_on")
    rows = []
    for kept in LoadRow.objects.filter(load=load, kind="asset"):
        rows.append((*(kept.before.get(column) for column in columns), kept.object_id))
    bulk.update(Asset, columns, rows)
    undone.restored += len(rows)


def _delete_assets(load: Load, undone: Undone) -> None:
    """Assets the load brought, unless a deal or contract of somebody else names them; then the cards' search words again."""
    used = set(Deal.objects.filter(asset__load_id=load.pk).values_list("asset_id", flat=True))
    used |= set(Contract.objects.filter(asset__load_id=load.pk).values_list("asset_id", flat=True))
    gone = [(pk, customer) for pk, customer in Asset.objects.filter(load_id=load.pk).values_list("pk", "customer_id") if pk not in used]
    for piece in batches(pk for pk, _ in gone):
        Asset.objects.filter(pk__in=piece).delete()
    undone.customers.update(customer for _, customer in gone)
    undone.deleted += len(gone)
    for piece in batches(sorted({customer for _, customer in gone})):
        plates: dict[int, list[str]] = {}
        for pk, plate in (
            Asset.objects.filter(customer_id__in=piece, gone_on__isnull=True)
            .exclude(identifier="")
            .order_by("pk")
            .values_list("customer_id", "identifier")
        ):
            plates.setdefault(pk, []).append(plate)
        rows = []
        for pk, name, number in Customer.objects.filter(pk__in=piece).values_list("pk", "name", "number"):
            aliases = "\n".join(plates.get(pk, []))
            rows.append((aliases, index_text(name, number, aliases), pk))
        bulk.update(Customer, ("aliases", "search"), rows)


def _delete_customers(load: Load, undone: Undone) -> None:
    """Cards the load opened: gone, unless they were changed since or something now hangs on them."""
    rows = {pk: (name, version) for pk, name, version in Customer.objects.filter(load_id=load.pk).values_list("pk", "number", "version")}
    kept = {pk for pk, (_, version) in rows.items() if version != 1}
    for model, column in _hanging_on():
        for piece in batches(sorted(rows)):
            kept.update(model._default_manager.filter(**{f"{column}__in": piece}).values_list(column, flat=True))
    undone.kept.extend(("customer", rows[pk][0]) for pk in sorted(kept))
    gone = sorted(rows.keys() - kept)
    for piece in batches(gone):
        Customer.objects.filter(pk__in=piece).delete()
    undone.deleted += len(gone)
    undone.customers -= set(gone)


def _hanging_on() -> list[tuple[type[models.Model], str]]:
    """Every model whose rows, written by people, would be lost with a card."""
    found: list[tuple[type[models.Model], str]] = []
    for model in apps.get_models():
        label = model._meta.label_lower
        if label in OWN or model._meta.app_label in MADE_BY_THE_HOUSE:
            continue
        if label in ("work.task", "work.enrolment", "verification.samplecard"):
            continue
        found.extend(
            (model, each.attname) for each in model._meta.concrete_fields if each.remote_field and each.remote_field.model is Customer
        )
    result = next((model for model in apps.get_models() if model._meta.label_lower == "work.result"), None)
    if result is not None:
        found.append((result, "task__customer_id"))
    return found


def as_json(undone: Undone) -> str:
    """For the command line."""
    return json.dumps({"deleted": undone.deleted, "restored": undone.restored, "kept": undone.kept}, ensure_ascii=False)
