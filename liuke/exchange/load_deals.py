"""Deals of a file against the deals on file: which are new, which differ, which stand; then written in one go."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection, models

from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal, DealLine
from liuke.deals.rules import came
from liuke.exchange import bulk
from liuke.exchange.models import Load, LoadRow
from liuke.exchange.names import Names
from liuke.exchange.orders import Order, Orders, Who
from liuke.exchange.report import Options, Refusal, Report
from liuke.exchange.who import Found, NewCustomer, People, facts_changed
from liuke.exchange.words import refuse
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.team.models import User

M = TypeVar("M", bound=models.Model)
FIELDS = ("customer_id", "on", "kind", "amount_cents", "came", "content", "unit_id", "staff_id")
_LINE = ("position", "code", "name", "quantity", "unit_price")


@dataclass
class DealPlan:
    """`new`: (order, unit, staff); `changed`: (deal id, version, before, after, order or None where its lines stay)."""

    people: People
    new: list[tuple[Order, int | None, int | None]] = field(default_factory=list)
    changed: list[tuple[int, int, dict[str, Any], dict[str, Any], Order | None]] = field(default_factory=list)
    months: set[date] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)


def plan(found: Orders, report: Report, actor: User | None, options: Options) -> DealPlan:
    """What a load would do now; fills the report. Reads only."""
    names = Names(actor, options.stores, options.staff)
    names.learn_staff({order.staff for order in found.orders if order.staff is not None})
    people = People(names.scope, options.create_customers)
    days: dict[Who, date] = {}
    for order in found.orders:
        day = days.get(order.who)
        if day is None or order.on < day:
            days[order.who] = order.on
    people.learn(days)
    result = DealPlan(people)
    known = _by_number(order.number for order in found.orders if order.number is not None)
    counted = _unnumbered(found.orders, people)
    settled: list[tuple[Order, Found, int | None, int | None]] = []
    for order in found.orders:
        customer = people.found[order.who]
        unit = names.store(order.unit) if order.unit is not None else None
        staff = names.person(order.staff) if order.staff is not None else None
        refused = next((each for each in (customer, unit, staff) if isinstance(each, Refused)), None)
        if refused is None and order.number in known and isinstance(customer, int) and known[order.number]["customer_id"] != customer:
            refused = refuse("deal.number_of_another", number=order.number or "")
        if refused is None and order.number in known and isinstance(customer, NewCustomer):
            refused = refuse("deal.number_of_another", number=order.number or "")
        if refused is not None:
            report.refusals.extend(Refusal(found.numbers[i], "", "", refused) for i in order.lines)
            continue
        settled.append((order, customer, unit, staff))  # type: ignore[arg-type]
    lines = _lines_on_file([known[order.number]["id"] for order, *_ in settled if order.number in known and _has_lines(order, found)])
    for order, customer, unit, staff in settled:
        if order.number is None:
            key = (customer if isinstance(customer, int) else 0, order.on, order.cents, order.content)
            if counted[key] > 0:
                counted[key] -= 1
                report.unchanged += 1
                continue
        elif order.number in known:
            _compare(order, known[order.number], unit, staff, lines, found, report, result)
            continue
        report.created += 1
        result.new.append((order, unit, staff))
    used = {id(customer) for order, customer, *_ in settled if isinstance(customer, NewCustomer)}
    people.new = [new for new in people.new if id(new) in used]
    report.customers_created = len(people.new)
    report.unknown_stores, report.unknown_staff = list(names.unknown_stores), list(names.unknown_staff)
    if found.several:
        report.warn("several_lines", count=found.several)
    return result


def _has_lines(order: Order, found: Orders) -> bool:
    return next(found.lines_of(order), None) is not None


def _by_number(numbers: Iterable[str]) -> dict[str | None, dict[str, Any]]:
    known: dict[str | None, dict[str, Any]] = {}
    for piece in batches(numbers):
        for row in locked(Deal.objects.filter(number__in=piece)).values("id", "number", "version", *FIELDS):
            known[row["number"]] = row
    return known


def locked(rows: models.QuerySet[M]) -> models.QuerySet[M]:
    """The same rows, held until the end of the transaction if there is one (a dry run has none)."""
    return rows.select_for_update(no_key=True, of=("self",)) if connection.in_atomic_block else rows


def _unnumbered(orders: list[Order], people: People) -> Counter[tuple[int, date, int, str]]:
    """How many deals without a number stand on file of each (customer, day, amount, content) that the file has."""
    customers = {found for order in orders if order.number is None and isinstance(found := people.found[order.who], int)}
    counted: Counter[tuple[int, date, int, str]] = Counter()
    for piece in batches(sorted(customers)):
        counted.update(
            Deal.objects.filter(customer_id__in=piece, number__isnull=True).values_list("customer_id", "on", "amount_cents", "content")
        )
    return counted


def _lines_on_file(ids: list[int]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for piece in batches(ids):
        for deal, *line in DealLine.objects.filter(deal_id__in=piece).order_by("deal_id", "position").values_list("deal_id", *_LINE):
            found.setdefault(deal, []).append(tuple(line))
    return found


def _compare(
    order: Order,
    row: dict[str, Any],
    unit: int | None,
    staff: int | None,
    lines: dict[int, list[tuple[Any, ...]]],
    found: Orders,
    report: Report,
    result: DealPlan,
) -> None:
    """What the file says and the deal on file does not; an empty cell says nothing."""
    said: dict[str, Any] = {"on": order.on, "kind": order.kind, "amount_cents": order.cents, "came": came(order.kind, order.cents)}
    if order.said_content:
        said["content"] = order.content
    if unit is not None:
        said["unit_id"] = unit
    if staff is not None:
        said["staff_id"] = staff
    after = {name: value for name, value in said.items() if row[name] != value}
    fresh = list(found.lines_of(order))
    new_lines = bool(fresh) and fresh != lines.get(row["id"], [])
    if not after and not new_lines:
        report.unchanged += 1
        return
    report.updated += 1
    # How a deal counts as a visit follows from kind and amount; nobody wrote it.
    report.changed_fields += len(after.keys() - {"came"}) + new_lines
    before = {name: row[name] for name in after}
    for name, value in list(after.items())[:1]:
        report.changes.append((found.numbers[order.lines[0]], order.number or "", name, str(row[name]), str(value)))
    if new_lines:
        before["lines"] = [[str(part) for part in line] for line in lines.get(row["id"], [])]
    result.changed.append((row["id"], row["version"], before, after, order if new_lines else None))
    result.months |= {row["on"], order.on}
    result.touched.add(row["customer_id"])


def apply(found: Orders, todo: DealPlan, load: Load, actor: User | None) -> None:
    """Write the plan, inside the caller's transaction."""
    todo.people.write_new(load.pk, actor)
    ids = list(bulk.reserve(Deal, len(todo.new)))
    bulk.insert(Deal, ("id", "number", *FIELDS, "load_id"), _deal_rows(todo, ids, load.pk))
    bulk.insert(DealLine, ("deal_id", *_LINE), _line_rows(found, ((pk, order) for pk, (order, _, _) in zip(ids, todo.new, strict=True))))
    todo.months |= {order.on for order, _, _ in todo.new}
    todo.touched |= {_id(todo.people.found[order.who]) for order, _, _ in todo.new}
    _rewrite(found, todo, load)
    touch_months(todo.months)
    facts_changed(todo.touched)


def _rewrite(found: Orders, todo: DealPlan, load: Load) -> None:
    write_changes(Deal, "deal", [(pk, version, before, after) for pk, version, before, after, _ in todo.changed], load)
    renewed = [(pk, order) for pk, _, _, _, order in todo.changed if order is not None]
    for piece in batches(pk for pk, _ in renewed):
        DealLine.objects.filter(deal_id__in=piece).delete()
    bulk.insert(DealLine, ("deal_id", *_LINE), _line_rows(found, renewed))


def write_changes(
    model: type[models.Model], kind: str, changed: Iterable[tuple[int, int, dict[str, Any], dict[str, Any]]], load: Load
) -> None:
    """Update rows given as (id, version, before, after) and keep what they were. Rows that change the same columns go together."""
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    kept: list[tuple[Any, ...]] = []
    for pk, version, before, after in changed:
        names = tuple(sorted(after))
        groups.setdefault(names, []).append((*(bulk.plain(after[name]) for name in names), version + 1, pk))
        kept.append((load.pk, kind, pk, version + 1, json.dumps(before, ensure_ascii=False, default=str)))
    for names, rows in groups.items():
        bulk.update(model, (*names, "version"), rows)
    bulk.insert(LoadRow, ("load_id", "kind", "object_id", "version", "before"), kept)


def _id(found: Found) -> int:
    assert not isinstance(found, Refused)
    return found.id if isinstance(found, NewCustomer) else found


def _deal_rows(todo: DealPlan, ids: list[int], load_id: int) -> Iterator[tuple[Any, ...]]:
    days: dict[date, str] = {}
    for pk, (order, unit, staff) in zip(ids, todo.new, strict=True):
        day = days.setdefault(order.on, order.on.isoformat())
        customer = _id(todo.people.found[order.who])
        arrived = came(order.kind, order.cents)
        yield (pk, order.number, customer, day, order.kind, order.cents, arrived, order.content, unit, staff, load_id)


def _line_rows(found: Orders, orders: Iterable[tuple[int, Order]]) -> Iterator[tuple[Any, ...]]:
    """Lines as they are stored. Deals given by quantity and price, the most, go by columns; the others line by line."""
    plain: list[tuple[int, Order]] = []
    odd: list[tuple[int, Order]] = []
    for pk, order in orders:
        (plain if order.all_by_lines else odd).append((pk, order))
    columns = found.columns
    places = [i for _, order in plain for i in order.lines]
    yield from zip(
        (pk for pk, order in plain for _ in order.lines),
        (position for _, order in plain for position in range(1, len(order.lines) + 1)),
        (columns["code"][i] or "" for i in places),
        (columns["item"][i] or "" for i in places),
        _texts(columns["quantity"], places),
        _texts(columns["unit_price"], places),
        strict=True,
    )
    for pk, order in odd:
        for position, code, name, quantity, price in found.lines_of(order):
            yield pk, position, code, name, str(quantity), str(price)


def _texts(column: list[Decimal], places: list[int]) -> Iterator[str]:
    """Numbers as text. Equal ones are mostly the same object, so each object is written out once."""
    known: dict[int, str] = {}
    for i in places:
        number = column[i]
        text = known.get(id(number))
        if text is None:
            text = known[id(number)] = str(number)
        yield text
