"""Rows of a deals file into deals. One row is one deal; rows with the same number are lines of one deal.

Columns are kept as lists of values that are shared among equal cells, so half a million lines take some tens of megabytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from liuke.exchange.check import Cells
from liuke.exchange.report import Progress, Refusal, silent
from liuke.exchange.rules import cents_of, kind_of
from liuke.exchange.words import refuse
from liuke.kernel.refusal import Refused

COLUMNS = ("number", "who", "on", "kind", "amount", "content", "item", "code", "quantity", "unit_price", "unit", "staff")
CONTENT = 300


class Who(NamedTuple):
    """What a row says about its customer. With a number the rest does not matter."""

    number: str | None
    name: str | None = None
    phones: tuple[str, ...] = ()
    plate: str | None = None


@dataclass(slots=True)
class Order:
    """A deal as the file gives it; `lines` are places in the columns. `by_lines`: the amount is a sum of quantity × unit price;
    `all_by_lines`: of nothing else."""

    number: str | None
    who: Who
    on: date
    lines: list[int]
    kind: str = ""
    cents: int = 0
    content: str = ""
    said_content: bool = False
    unit: str | None = None
    staff: str | None = None
    by_lines: bool = False
    all_by_lines: bool = False


@dataclass
class Orders:
    """All deals of a file. `rows`: number of rows read. `columns`: values by field, `numbers`: row numbers, of the rows that are right."""

    orders: list[Order] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    refusals: list[Refusal] = field(default_factory=list)
    rows: int = 0
    several: int = 0

    def lines_of(self, order: Order) -> Iterator[tuple[int, str, str, Decimal, Decimal]]:
        """(position, code, name, quantity, unit price) of each line worth keeping; a plain row of an amount has none."""
        columns = self.columns
        for position, i in enumerate(order.lines, 1):
            quantity, price = columns["quantity"][i], columns["unit_price"][i]
            code, name = columns["code"][i] or "", columns["item"][i] or ""
            if quantity is not None and price is not None:
                yield position, code, name, quantity, price
            elif len(order.lines) > 1:
                yield position, code, name or (columns["content"][i] or "")[:200], Decimal(1), Decimal(columns["amount"][i]) / 100


def read_orders(cells: Cells, progress: Progress = silent) -> Orders:
    """Reads every row and puts the rows of one number together. Raises Refused `file.*`."""
    found = Orders()
    bad_numbers: dict[str, int] = {}
    whos: dict[tuple[Any, ...], Who] = {}
    for chunk in cells.table.chunks():
        values, bad = cells.read(chunk)
        found.rows += len(chunk.numbers)
        _customers(values, len(chunk.numbers), whos)
        _must_have(values, chunk.numbers, bad)
        _append(found, values, chunk.numbers, bad, bad_numbers)
        progress("read", found.rows)
    _group(found, bad_numbers)
    found.refusals.sort(key=lambda refusal: refusal.row)
    return found


def _customers(values: dict[str, list[Any]], count: int, whos: dict[tuple[Any, ...], Who]) -> None:
    """Joins the columns that say who it is into one; equal ones are one object."""
    nothing = [None] * count
    columns = [values.get(name, nothing) for name in ("customer_number", "customer_name", "phone", "plate")]
    joined: list[Who | None] = []
    if columns[1] is columns[2] is columns[3] is nothing:
        shared: dict[str | None, Who | None] = {None: None}
        for number in columns[0]:
            who = shared.get(number)
            if who is None and number is not None:
                who = shared[number] = whos.setdefault((number,), Who(number))
            joined.append(who)
    else:
        for number, name, phones, plate in zip(*columns, strict=True):
            if number is None and name is None and not phones and plate is None:
                joined.append(None)
                continue
            key = (number, name, phones or (), plate)
            joined.append(whos.setdefault(key, Who(*key)))
    values["who"] = joined


_NO_CUSTOMER = refuse("deal.no_customer")
_NO_AMOUNT = refuse("deal.no_amount")


def _must_have(values: dict[str, list[Any]], numbers: Sequence[int], bad: dict[int, Refusal]) -> None:
    for i, who in enumerate(values["who"]):
        if who is None and i not in bad:
            bad[i] = Refusal(numbers[i], "", "", _NO_CUSTOMER)
    amounts = values.get("amount")
    prices, quantities = values.get("unit_price"), values.get("quantity")
    if amounts is not None and None not in amounts:
        return
    for i in range(len(numbers)):
        given = (amounts is not None and amounts[i] is not None) or (
            prices is not None and prices[i] is not None and quantities is not None and quantities[i] is not None
        )
        if not given and i not in bad:
            bad[i] = Refusal(numbers[i], "", "", _NO_AMOUNT)


def _append(
    found: Orders, values: dict[str, list[Any]], numbers: Sequence[int], bad: dict[int, Refusal], bad_numbers: dict[str, int]
) -> None:
    if bad:
        given = values.get("number")
        for i, refusal in bad.items():
            found.refusals.append(refusal)
            if given is not None and given[i] is not None:
                bad_numbers.setdefault(given[i], refusal.row)
        kept = [i for i in range(len(numbers)) if i not in bad]
        found.numbers.extend([numbers[i] for i in kept])
        for name, column in found.columns.items():
            source = values.get(name)
            column.extend([None] * len(kept) if source is None else [source[i] for i in kept])
        return
    found.numbers.extend(numbers)
    for name, column in found.columns.items():
        source = values.get(name)
        column.extend([None] * len(numbers) if source is None else source)


def _group(found: Orders, bad_numbers: dict[str, int]) -> None:
    columns = found.columns
    by_number: dict[str, Order] = {}
    groups: list[Order] = []
    for i, (number, who, on) in enumerate(zip(columns["number"], columns["who"], columns["on"], strict=True)):
        if number is None:
            groups.append(Order(None, who, on, [i]))
            continue
        order = by_number.get(number)
        if order is None:
            order = by_number[number] = Order(number, who, on, [i])
            groups.append(order)
        else:
            order.lines.append(i)
    with localcontext() as context:
        context.prec = 60
        for order in groups:
            refused = _refused_whole(order, columns, bad_numbers) or _complete(order, columns)
            if refused is None:
                found.orders.append(order)
                found.several += len(order.lines) > 1
            else:
                found.refusals.extend(Refusal(found.numbers[i], "", "", refused) for i in order.lines)


def _refused_whole(order: Order, columns: dict[str, list[Any]], bad_numbers: dict[str, int]) -> Refused | None:
    if order.number is None:
        return None
    row = bad_numbers.get(order.number)
    if row is not None:
        return refuse("deal.other_line", number=order.number, row=row)
    if len(order.lines) > 1:
        whos = columns["who"]
        if any(not _same(order.who, whos[i]) for i in order.lines):
            return refuse("deal.two_customers", number=order.number)
        if len({columns["kind"][i] for i in order.lines} - {None}) > 1:
            return refuse("deal.two_kinds", number=order.number)
    return None


def _same(one: Who, other: Who) -> bool:
    if one is other or one == other:
        return True
    return one.number is not None and one.number == other.number


def _complete(order: Order, columns: dict[str, list[Any]]) -> Refused | None:
    """Amount, kind, content, store and staff of the deal from its lines."""
    amounts, quantities, prices = columns["amount"], columns["quantity"], columns["unit_price"]
    total, cents, summed = Decimal(0), 0, 0
    for i in order.lines:
        if amounts[i] is not None:
            cents += amounts[i]
        else:
            total += quantities[i] * prices[i]
            summed += 1
    order.by_lines, order.all_by_lines = summed > 0, summed == len(order.lines)
    whole = cents_of(total) + cents
    kind = kind_of(_first(columns["kind"], order.lines), whole, order.by_lines)
    if isinstance(kind, Refused):
        return kind
    order.kind, order.cents = kind
    content = _first(columns["content"], order.lines)
    if content is None:
        items = list(dict.fromkeys(item for i in order.lines if (item := columns["item"][i]) is not None))
        content = f"{items[0]} 等 {len(items)} 项" if len(items) > 1 else items[0] if items else None
    order.said_content = content is not None
    order.content = (content or "")[:CONTENT]
    order.unit, order.staff = _first(columns["unit"], order.lines), _first(columns["staff"], order.lines)
    return None


def _first(column: list[Any], lines: list[int]) -> Any:
    return next((column[i] for i in lines if column[i] is not None), None)
