"""Customers of a file against the cards on file: new ones, changes (an empty cell changes nothing), and cards that stand as they are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from liuke.customers import completeness
from liuke.customers.fields import as_text
from liuke.customers.models import Customer, FieldChange, Phone
from liuke.customers.phones import COLUMNS as PHONE_COLUMNS
from liuke.customers.phones import phone_row
from liuke.customers.rules import index_text
from liuke.deals.models import Asset
from liuke.duplicates.queries import merged_numbers
from liuke.exchange import bulk
from liuke.exchange.cards import ASSET, BIRTH, COLUMNS, Card, keys_of, register
from liuke.exchange.check import Rows, Values
from liuke.exchange.models import Load, LoadRow
from liuke.exchange.names import Names
from liuke.exchange.report import Options, Refusal, Report
from liuke.exchange.who import facts_changed, numbers_taken, own_number
from liuke.exchange.words import refuse
from liuke.kernel import clock, pinyin
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.privacy.queries import erased_ids
from liuke.team.models import User
from liuke.team.queries import home_unit

SAMPLES = 200
_AS_THEY_ARE = frozenset(COLUMNS)


@dataclass
class CardPlan:
    new: list[Card] = field(default_factory=list)
    changed: list[Card] = field(default_factory=list)


def plan(rows: Rows, report: Report, actor: User | None, options: Options) -> CardPlan:
    """What a load would do now; fills the report. Reads only."""
    names = Names(actor, options.stores, options.staff)
    names.learn_staff({values["owner"] for _, values in rows if "owner" in values})
    said = {"unit_id" if code == "unit" else "owner_id" if code == "owner" else code for code in report.mapping.values()}
    keys = keys_of(rows)
    found, erased = register(keys, said), erased_ids()
    went = merged_numbers(keys.numbers - found.by_number.keys())
    result, twins = CardPlan(), 0
    bare_used: dict[str, int] = {}
    renamed: list[tuple[int, str, str]] = []
    for row, values in rows:
        columns = _columns(values, names)
        card = found.find(values, bare_used)
        refused = next((each for each in (card, *columns.values()) if isinstance(each, Refused)), None)
        if refused is None and isinstance(card, Card):
            refused = _conflict(card, columns, names, erased)
        elif refused is None and values.get("number") in went:  # it would bring back a card that was made part of another
            refused = refuse("customer.merged", number=values["number"])
        if refused is not None:
            report.refusals.append(Refusal(row, "", "", refused))
            continue
        if card is None:
            twins += bool("phone" in values and found.others_with(values["phone"], values.get("name", "")))
            card = _fresh(row, values, columns)
            found.add(card)
            result.new.append(card)
            report.created += 1
            continue
        assert isinstance(card, Card)
        if card.id and "name" in columns and columns["name"] != card.values["name"] and card.values["name_known"]:
            renamed.append((row, card.values["name"], columns["name"]))
        if _change(card, row, values, columns, report):
            report.updated += 1
            found.know_phones(card, values.get("phone", ()))
            if card.id:
                result.changed.append(card)
        else:
            report.unchanged += 1
    unique = {id(card): card for card in result.changed}
    result.changed = list(unique.values())
    if renamed:
        report.warn("renamed", count=len(renamed), row=renamed[0][0], old=renamed[0][1], new=renamed[0][2])
    if twins:
        report.warn("same_phone", count=twins)
    report.customers_created = len(result.new)
    report.unknown_stores, report.unknown_staff = list(names.unknown_stores), list(names.unknown_staff)
    return result


def _columns(values: Values, names: Names) -> dict[str, Any]:
    """What a row says, by column of the card; a store or member of staff that is unknown stands as its refusal."""
    columns = {code: value for code, value in values.items() if code in _AS_THEY_ARE and code != "phone"}
    birthday = values.get("birthday")
    if birthday is not None:
        columns |= dict(zip(BIRTH, (birthday.year, birthday.month, birthday.day, birthday.lunar, birthday.leap), strict=True))
    if "unit" in values:
        columns["unit_id"] = names.store(values["unit"])
    if "owner" in values and (owner := names.person(values["owner"])) is not None:
        columns["owner_id"] = owner
    return columns


def _conflict(card: Card, columns: dict[str, Any], names: Names, erased: frozenset[int]) -> Refused | None:
    if card.id and names.scope is not None and card.values["unit_id"] not in names.scope:
        return refuse("customer.out_of_scope")
    if card.id in erased:  # an old file would bring back who had himself taken out
        return refuse("customer.erased")
    row = card.contradicted(columns)
    return None if row is None else refuse("customer.repeated", row=row)


def _fresh(row: int, values: Values, columns: dict[str, Any]) -> Card:
    card = Card(0, 0, columns, list(values.get("phone", ())), {}, row, [(row, _shared(columns))])
    if "name" not in columns:
        card.values = columns | {"name": columns["number"], "name_known": False}
    _asset(card, values, None)
    return card


@lru_cache(maxsize=1024)
def _same(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


def _shared(columns: dict[str, Any]) -> frozenset[str]:
    """The names of columns, one object for all rows that have the same."""
    return _same(tuple(columns))


def _change(card: Card, row: int, values: Values, columns: dict[str, Any], report: Report) -> bool:
    """Whether the row says anything the card does not have. Notes what changes."""
    fresh = {column: value for column, value in columns.items() if card.now(column) != value}
    if "name" in fresh:
        fresh["name_known"] = True
    card.said.append((row, _shared(columns)))
    report.changed_fields += len(fresh.keys() - {"name_known"}) if card.id else 0
    for column, value in fresh.items():
        if len(report.changes) < SAMPLES and column != "name_known":
            report.changes.append((row, str(card.values.get("name", "")), column, as_text(card.values.get(column)), as_text(value)))
        if card.id:
            card.after[column] = value
        else:
            card.values[column] = value
    changed = bool(fresh)
    given = values.get("phone", ())
    have = card.phones if card.new_phones is None else card.new_phones
    unknown = [phone for phone in given if phone not in have]
    if unknown:
        # The first number given is new: it becomes the customer's first, and the old ones stay behind it.
        merged = [*given, *(phone for phone in have if phone not in given)] if given[0] not in have else [*have, *unknown]
        if card.id:
            card.new_phones = merged
            report.changed_fields += 1
        else:
            card.phones = merged
        changed = True
    return _asset(card, values, report) or changed


def _asset(card: Card, values: Values, report: Report | None) -> bool:
    """What the row says of a vehicle. Without a plate it is known by its model. On a card on file the changes are counted."""
    names = {"name": "model", "year": "model_year", "mileage": "mileage", "acquired_on": "acquired_on"}
    said = {column: values[code] for column, code in names.items() if code in values}
    plate = values.get("plate", "")
    if not plate and "name" not in said:
        return False
    key = plate or f"/{said['name']}"
    asset = card.assets.get(key)
    if asset is None:
        card.assets[key] = {"id": 0, "identifier": plate, "changed": True, "name": plate, **said}
        if report is not None and card.id:
            report.changed_fields += 1
        return True
    fresh = {column: value for column, value in said.items() if asset.get(column) != value}
    if report is not None and card.id:
        report.changed_fields += len(fresh)
    if fresh:
        asset.setdefault("before", {column: asset.get(column) for column in ASSET})
        asset.update(fresh)
        asset["changed"] = True
    return bool(fresh)


def apply(todo: CardPlan, load: Load, actor: User | None) -> None:
    """Write the plan, inside the caller's transaction."""
    unit = (actor.unit if actor is not None and actor.unit is not None else None) or home_unit()
    if unit is None:
        raise refuse("file.no_unit")
    ids = list(bulk.reserve(Customer, len(todo.new)))
    taken = numbers_taken(pk for pk, card in zip(ids, todo.new, strict=True) if not card.values.get("number"))
    for pk, card in zip(ids, todo.new, strict=True):
        card.id = pk
    today = clock.today()
    blank = {
        field.attname: field.get_default() if field.has_default() else None if field.null else ""
        for field in Customer._meta.concrete_fields
    }
    bulk.insert(
        Customer,
        ("id", *COLUMNS, "aliases", "pinyin", "search", "load_id"),
        (_new_row(card, taken, blank, unit.pk, today, load.pk) for card in todo.new),
    )
    bulk.insert(
        Phone,
        PHONE_COLUMNS,
        (phone_row(card.id, phone, place) for card in todo.new for place, phone in enumerate(card.phones)),
    )
    _write_assets([*todo.new, *todo.changed], load)
    _write_changes(todo.changed, load, actor)
    completeness.refresh(card.id for card in [*todo.new, *todo.changed])
    facts_changed(card.id for card in [*todo.new, *todo.changed])


def _new_row(card: Card, taken: set[str], blank: dict[str, Any], unit: int, today: Any, load_id: int) -> tuple[Any, ...]:
    values = {"unit_id": unit, "opened_on": today, **card.values}
    values.setdefault("number", own_number(card.id, taken))
    values["phone"] = card.phones[0] if card.phones else ""
    aliases = _aliases(card)
    row = [card.id, *(bulk.plain(values.get(column, blank[column])) for column in COLUMNS)]
    return (*row, aliases, pinyin.sort_key(values["name"])[:300], index_text(values["name"], values["number"], aliases), load_id)


def _aliases(card: Card) -> str:
    return "\n".join(asset["identifier"] for asset in card.assets.values() if asset["identifier"])


def _write_assets(cards: list[Card], load: Load) -> None:
    fresh: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    kept: list[tuple[Any, ...]] = []
    for card in cards:
        for asset in card.assets.values():
            if not asset.get("changed"):
                continue
            cells = tuple(bulk.plain(asset.get(column)) for column in ASSET)
            if asset["id"]:
                changed.append((*cells, asset["id"]))
                kept.append((load.pk, "asset", asset["id"], 0, json.dumps(asset["before"], default=str, ensure_ascii=False)))
            else:
                fresh.append((card.id, asset["identifier"], *cells, load.pk))
    bulk.insert(Asset, ("customer_id", "identifier", *ASSET, "load_id"), fresh)
    bulk.update(Asset, ASSET, changed)
    bulk.insert(LoadRow, ("load_id", "kind", "object_id", "version", "before"), kept)


def _write_changes(cards: list[Card], load: Load, actor: User | None) -> None:
    """Cards that change: new values, history of every field, what they were. Cards that change the same columns go together."""
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for card in cards:
        after = dict(card.after)
        if card.new_phones is not None:
            after["phone"] = card.new_phones[0]
        merged = card.values | after
        aliases = _aliases(card)
        after |= {
            "aliases": aliases,
            "pinyin": pinyin.sort_key(merged["name"])[:300],
            "search": index_text(merged["name"], merged["number"], aliases),
        }
        after |= {"version": card.version + 1, "updated_at": bulk.stamp()}
        names = tuple(sorted(after))
        groups.setdefault(names, []).append((*(bulk.plain(after[name]) for name in names), card.id))
    for names, rows in groups.items():
        bulk.update(Customer, names, rows)
    _write_phones([card for card in cards if card.new_phones is not None])
    by = None if actor is None else actor.pk
    bulk.insert(
        FieldChange, ("customer_id", "field", "old", "new", "version", "by_id"), ((*line, by) for card in cards for line in _history(card))
    )
    bulk.insert(
        LoadRow,
        ("load_id", "kind", "object_id", "version", "before"),
        ((load.pk, "customer", card.id, card.version + 1, json.dumps(_before(card), ensure_ascii=False, default=str)) for card in cards),
    )


def _write_phones(cards: list[Card]) -> None:
    for piece in batches(card.id for card in cards):
        Phone.objects.filter(customer_id__in=piece).delete()
    numbers = (phone_row(card.id, phone, place) for card in cards for place, phone in enumerate(card.new_phones or ()))
    bulk.insert(Phone, PHONE_COLUMNS, numbers)


def _history(card: Card) -> Iterator[tuple[Any, ...]]:
    for column, value in card.after.items():
        if column != "name_known":
            yield card.id, column, as_text(card.values.get(column)), as_text(value), card.version + 1
    if card.new_phones is not None:
        yield card.id, "phone", "、".join(card.phones), "、".join(card.new_phones), card.version + 1


def _before(card: Card) -> dict[str, Any]:
    before: dict[str, Any] = {column: card.values.get(column) for column in card.after}
    if card.new_phones is not None:
        before["phones"] = card.phones
    return before
