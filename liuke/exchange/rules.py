"""What must hold within one row, and how an amount tells what kind of deal it is. Pure."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from liuke.exchange.words import refuse
from liuke.kernel.money import LIMIT_CENTS
from liuke.kernel.refusal import Refused

WHO = ("customer_number", "customer_name", "phone", "plate")
_CENT = Decimal("0.01")


def customer_row(values: dict[str, Any]) -> Refused | None:
    """The smallest card is a name or a number."""
    return None if "name" in values or "number" in values else refuse("customer.no_name")


def contract_row(values: dict[str, Any]) -> Refused | None:
    if not any(code in values for code in WHO):
        return refuse("row.no_customer")
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        return refuse("contract.end_before_start")
    if values.get("amount") == 0:
        return refuse("contract.zero")
    if values.get("amount", 0) < 0:
        return refuse("contract.negative")
    if values.get("times_left", 0) > values.get("times_total", values.get("times_left", 0)):
        return refuse("contract.times")
    return None


def payment_row(values: dict[str, Any]) -> Refused | None:
    if not any(code in values for code in (*WHO, "deal_number")):
        return refuse("row.no_customer")
    return refuse("payment.zero") if values.get("amount") == 0 else None


def interaction_row(values: dict[str, Any]) -> Refused | None:
    return None if any(code in values for code in WHO) else refuse("row.no_customer")


def cents_of(total: Decimal) -> int:
    """An exact sum of yuan in cents, rounded once, half up."""
    return int(total.quantize(_CENT, ROUND_HALF_UP) * 100)


def kind_of(said: str | None, cents: int, by_lines: bool) -> tuple[str, int] | Refused:
    """(kind, signed cents) of a deal. `said` is its column 类型; without it a negative amount is a refund and 0 is refused.

    A deal given by its lines may sum to 0 (goods given free): it is kept as a sale of 0, which makes no deal day.
    """
    if abs(cents) > LIMIT_CENTS:
        return refuse("deal.too_big")
    if said == "refund":
        return refuse("deal.zero") if cents == 0 else ("refund", -abs(cents))
    if said is None and cents < 0:
        return "refund", cents
    if cents < 0:
        return refuse("deal.negative", kind="服务" if said == "service" else "销售")
    if cents == 0 and said != "service" and not by_lines:
        return refuse("deal.zero")
    return said or "sale", cents
