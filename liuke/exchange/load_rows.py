"""Contracts, payments and contacts: rows that stand for themselves and hang on a customer. One way for the three."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone

from liuke.deals.models import Asset, Contract, Deal, Payment
from liuke.exchange import bulk
from liuke.exchange.check import Rows, Values
from liuke.exchange.load_deals import locked, write_changes
from liuke.exchange.models import Load
from liuke.exchange.names import Names
from liuke.exchange.orders import Who
from liuke.exchange.report import Options, Refusal, Report
from liuke.exchange.who import Found, NewCustomer, People, facts_changed
from liuke.exchange.words import refuse
from liuke.interactions.models import Interaction
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.team.models import User


@dataclass(frozen=True)
class Target:
    """Where a dataset's rows go. `same`: the columns by which a row without a number is known again. `columns` makes them from values."""

    kind: str
    model: type[models.Model]
    same: tuple[str, ...]
    day: str
    columns: Callable[[Values], dict[str, Any]]
    defaults: dict[str, Any] = field(default_factory=dict)


def _contract(values: Values) -> dict[str, Any]:
    names = {"kind": "kind", "name": "name", "starts_on": "starts_on", "ends_on": "ends_on", "ended_on": "ended_on"}
    names |= {"amount": "amount_cents", "times_total": "times_total", "times_left": "times_left"}
    return {column: values[code] for code, column in names.items() if code in values}


def _payment(values: Values) -> dict[str, Any]:
    names = {"on": "on", "amount": "amount_cents", "method": "method"}
    return {column: values[code] for code, column in names.items() if code in values}


def _interaction(values: Values) -> dict[str, Any]:
    day, hour, minute = values["at"]
    # A day without a time is noon: the same day in every zone people work in.
    local = dt.datetime(day.year, day.month, day.day, hour or (12 if not minute else 0), minute, tzinfo=timezone.get_default_timezone())
    found: dict[str, Any] = {"at": local.astimezone(dt.UTC), "on": day}
    found |= {code: values[code] for code in ("direction", "way", "two_way", "asked", "outcome", "summary") if code in values}
    # The same rules as for a contact that is typed in: who came to us has answered, and asked for it.
    if found.get("direction") == "in":
        found.setdefault("two_way", True)
        found.setdefault("asked", True)
    elif "outcome" in found:
        found.setdefault("two_way", found["outcome"] != "not_reached")
    return found


TARGETS = {
    "contracts": Target(
        "contract",
        Contract,
        ("kind", "name", "starts_on", "ends_on", "amount_cents"),
        "starts_on",
        _contract,
        {"name": "", "amount_cents": 0},
    ),
    "payments": Target("payment", Payment, ("on", "amount_cents", "method"), "on", _payment, {"method": ""}),
    "interactions": Target(
        "interaction", Interaction, ("at", "way", "summary"), "on", _interaction, {"way": "phone", "summary": "", "direction": "out"}
    ),
}


@dataclass
class RowPlan:
    target: Target
    people: People
    new: list[tuple[Found, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[int, int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def plan(dataset: str, rows: Rows, report: Report, actor: User | None, options: Options) -> RowPlan:
    """What a load would do now; fills the report. Reads only."""
    target = TARGETS[dataset]
    names = Names(actor, options.stores, options.staff)
    days: dict[Who, date] = {}
    staff: set[str] = set()
    deal_numbers: set[str] = set()
    numbers: set[str] = set()
    plates: set[str] = set()
    for _, values in rows:
        who = _who(values)
        day = values.get(target.day) or values["at"][0]
        if who is not None and (who not in days or day < days[who]):
            days[who] = day
        staff |= {values["staff"]} if "staff" in values else set()
        deal_numbers |= {values["deal_number"]} if "deal_number" in values else set()
        numbers |= {values["number"]} if "number" in values else set()
        plates |= {values["plate"]} if "plate" in values and dataset == "contracts" else set()
    names.learn_staff(staff)
    people = People(names.scope, options.create_customers)
    people.learn(days)
    deals = _deals(deal_numbers)
    assets = _assets(plates)
    known = _known(target, numbers)
    counted = _counted(target, people)
    result = RowPlan(target, people)
    first_rows: dict[str, tuple[int, dict[str, Any]]] = {}
    unallocated = 0
    used: set[int] = set()
    for row, values in rows:
        found = _owner(values, people, deals, names)
        columns = target.columns(values) | _links(values, names, deals, assets, found, dataset)
        refused = next((each for each in (found, *columns.values()) if isinstance(each, Refused)), None)
        number = values.get("number")
        if refused is None and number is not None and number in first_rows and first_rows[number][1] != columns:
            refused = refuse("row.repeated", row=first_rows[number][0])
        on_file = known.get(number) if number is not None else None
        if refused is None and on_file is not None and found != on_file["customer_id"]:
            refused = refuse(f"{target.kind}.number_of_another", number=number or "")
        if refused is not None:
            report.refusals.append(Refusal(row, "", "", refused))
            continue
        if dataset == "payments" and columns.get("deal_id") is None:
            unallocated += 1
        if number is not None:
            if number in first_rows:
                report.unchanged += 1
                continue
            first_rows[number] = (row, columns)
        if on_file is not None:
            _compare(on_file, columns, row, report, result)
            continue
        if number is None:
            key = _key(target, found.id if isinstance(found, NewCustomer) else found, target.defaults | columns)
            if counted[key] > 0:
                counted[key] -= 1
                report.unchanged += 1
                continue
        report.created += 1
        if isinstance(found, NewCustomer):
            used.add(id(found))
        result.new.append((found, {"number": number, **target.defaults, **columns}))
    people.new = [new for new in people.new if id(new) in used]
    report.customers_created = len(people.new)
    report.unknown_stores, report.unknown_staff = list(names.unknown_stores), list(names.unknown_staff)
    if unallocated:
        report.warn("unallocated", count=unallocated)
    return result


def _who(values: Values) -> Who | None:
    parts = (values.get("customer_number"), values.get("customer_name"), values.get("phone", ()), values.get("plate"))
    return Who(*parts) if any(parts) else None


def _owner(values: Values, people: People, deals: dict[str, tuple[int, int, int]], names: Names) -> Found:
    who = _who(values)
    if who is not None:
        return people.found[who]
    deal = deals.get(values.get("deal_number", ""))
    if deal is None:
        return refuse("payment.unknown_deal", number=values.get("deal_number", ""))
    return deal[1] if names.scope is None or deal[2] in names.scope else refuse("customer.out_of_scope")


def _links(
    values: Values, names: Names, deals: dict[str, tuple[int, int, int]], assets: dict[tuple[int, str], int], found: Found, dataset: str
) -> dict[str, Any]:
    """Columns that point to other rows: store, staff, deal, asset."""
    links: dict[str, Any] = {}
    if "unit" in values:
        links["unit_id"] = names.store(values["unit"])
    if "staff" in values and (staff := names.person(values["staff"])) is not None:
        links["by_id" if dataset == "interactions" else "staff_id"] = staff
    if "deal_number" in values and isinstance(found, int):
        deal = deals.get(values["deal_number"])
        # A deal of somebody else cannot be what this customer paid for: the payment stays unallocated.
        if deal is not None and deal[1] == found:
            links["deal_id"] = deal[0]
    if dataset == "contracts" and "plate" in values and isinstance(found, int) and (found, values["plate"]) in assets:
        links["asset_id"] = assets[found, values["plate"]]
    return links


def _deals(numbers: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Number → (deal, customer, the customer's unit)."""
    columns = ("number", "pk", "customer_id", "customer__unit_id")
    return {
        str(number): (pk, customer, unit)
        for piece in batches(sorted(numbers))
        for number, pk, customer, unit in Deal.objects.filter(number__in=piece).values_list(*columns)
    }


def _assets(plates: Iterable[str]) -> dict[tuple[int, str], int]:
    return {
        (customer, plate): pk
        for piece in batches(sorted(plates))
        for pk, customer, plate in Asset.objects.filter(identifier__in=piece).values_list("pk", "customer_id", "identifier")
    }


def _known(target: Target, numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for piece in batches(sorted(numbers)):
        for row in locked(target.model._default_manager.filter(number__in=piece)).values():
            found[str(row["number"])] = row
    return found


def _counted(target: Target, people: People) -> Counter[tuple[Any, ...]]:
    customers = sorted({found for found in people.found.values() if isinstance(found, int)})
    counted: Counter[tuple[Any, ...]] = Counter()
    for piece in batches(customers):
        rows = target.model._default_manager.filter(customer_id__in=piece, number__isnull=True)
        counted.update(rows.values_list("customer_id", *target.same))
    return counted


def _key(target: Target, customer: int | Refused, columns: dict[str, Any]) -> tuple[Any, ...]:
    return (customer, *(columns.get(name) for name in target.same))


def _compare(on_file: dict[str, Any], columns: dict[str, Any], row: int, report: Report, result: RowPlan) -> None:
    after = {name: value for name, value in columns.items() if on_file[name] != value}
    if not after:
        report.unchanged += 1
        return
    report.updated += 1
    report.changed_fields += len(after)
    name = next(iter(after))
    report.changes.append((row, on_file["number"], name, str(on_file[name]), str(after[name])))
    result.changed.append((on_file["id"], on_file["version"], {name: on_file[name] for name in after}, after))
    result.touched.add(on_file["customer_id"])


def apply(todo: RowPlan, load: Load, actor: User | None) -> None:
    """Write the plan, inside the caller's transaction."""
    todo.people.write_new(load.pk, actor)
    # Columns that some rows have and others have not: those that are missing get the model's own default.
    names = sorted({name for _, columns in todo.new for name in columns})
    model = todo.target.model
    empty = {
        field.attname: field.get_default() if field.has_default() else None if field.null else "" for field in model._meta.concrete_fields
    }

    def rows() -> Iterator[tuple[Any, ...]]:
        for found, columns in todo.new:
            customer = found.id if isinstance(found, NewCustomer) else found
            yield (customer, load.pk, *(bulk.plain(columns.get(name, empty[name])) for name in names))
            todo.touched.add(customer)  # type: ignore[arg-type]

    bulk.insert(model, ("customer_id", "load_id", *names), rows())
    write_changes(model, todo.target.kind, todo.changed, load)
    facts_changed(todo.touched)
