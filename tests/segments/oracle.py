"""What a condition means, in plain Python over plain rows: the other half of the comparison in test_compiling."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from liuke.customers.models import Customer, Event
from liuke.deals.models import Deal
from liuke.interactions.models import Interaction
from liuke.segments.conditions import Leaf, Node
from liuke.standing.models import Standing


@dataclass
class Base:
    """Rows as they were entered: cards, at most one row of insight each, deals, contacts, events."""

    today: date
    as_of: date
    cards: list[Customer] = field(default_factory=list)
    standing: dict[int, Standing] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    contacts: list[Interaction] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def fits(self, node: Node, card: Customer) -> bool:
        if isinstance(node, Leaf):
            return self.holds(node, card)
        held = [self.fits(part, card) for part in node.parts]
        return {"all": all(held), "any": any(held), "none": not any(held)}[node.join]

    def holds(self, leaf: Leaf, card: Customer) -> bool:
        return bool(getattr(self, "_" + leaf.ask)(leaf, card))

    # ── the card ──

    def _tier(self, leaf: Leaf, card: Customer) -> bool:
        return (card.tier in leaf.words("is")) == (leaf.word("op") == "in")

    def _remarks(self, leaf: Leaf, card: Customer) -> bool:
        return {
            "contains": leaf.word("text").lower() in card.remarks.lower(),
            "is": card.remarks == leaf.word("text"),
            "empty": not card.remarks,
            "filled": bool(card.remarks),
        }[leaf.word("op")]

    def _completeness(self, leaf: Leaf, card: Customer) -> bool:
        return number(leaf, card.completeness)

    def _opened_on(self, leaf: Leaf, card: Customer) -> bool:
        return within(leaf, card.opened_on, self.today)

    def _next_contact_on(self, leaf: Leaf, card: Customer) -> bool:
        return within(leaf, card.next_contact_on, self.today)

    # ── insight ──

    def row(self, card: Customer) -> Standing | None:
        return self.standing.get(card.pk)

    def _stage(self, leaf: Leaf, card: Customer) -> bool:
        row = self.row(card)
        return row is not None and (row.stage in leaf.words("is")) == (leaf.word("op") == "in")

    def _amount_12m(self, leaf: Leaf, card: Customer) -> bool:
        row = self.row(card)
        return row is not None and number(leaf, row.amount_12m_cents)

    def _cycle_days(self, leaf: Leaf, card: Customer) -> bool:
        row = self.row(card)
        return row is not None and number(leaf, row.cycle_days)

    def _cycles(self, leaf: Leaf, card: Customer) -> bool:
        row = self.row(card)
        elapsed = row.elapsed_cycles(self.as_of) if row else None
        return elapsed is not None and number(leaf, elapsed, 10)

    def _last_deal(self, leaf: Leaf, card: Customer) -> bool:
        row = self.row(card)
        return row is not None and within(leaf, row.last_deal, self.as_of)

    # ── what happened ──

    def _deals(self, leaf: Leaf, card: Customer) -> bool:
        rows = [one for one in self.deals if one.customer_id == card.pk and happened(leaf, one.on, self.today)]
        if leaf.word("text"):
            rows = [one for one in rows if leaf.word("text").lower() in one.content.lower()]
        if leaf.words("kinds"):
            rows = [one for one in rows if one.kind in leaf.words("kinds")]
        if leaf.words("units"):
            rows = [one for one in rows if one.unit_id in leaf.ids("units")]
        measure = leaf.word("measure")
        sales = [one for one in rows if one.kind != "refund"]
        if measure in ("yes", "no"):
            return bool(sales) == (measure == "yes")
        if measure == "count":
            found, asked = len(sales), leaf.number("times")
        else:
            amounts = [one.amount_cents for one in rows]
            found, asked = (sum(amounts) if measure == "sum" else max(amounts, default=0)), leaf.number("a")
        assert asked is not None
        return found >= asked if leaf.word("op") == "ge" else found <= asked

    def _contacts(self, leaf: Leaf, card: Customer) -> bool:
        rows = [
            one for one in self.contacts
            if one.customer_id == card.pk and one.undone_at is None and happened(leaf, one.on, self.today)
            and (not leaf.words("ways") or one.way in leaf.words("ways"))
            and (not leaf.words("outcomes") or one.outcome in leaf.words("outcomes"))
            and (not leaf.words("direction") or one.direction in leaf.words("direction"))
        ]  # fmt: skip
        return bool(rows) == (leaf.word("has") == "yes")

    def _events(self, leaf: Leaf, card: Customer) -> bool:
        rows = [
            one for one in self.events
            if one.customer_id == card.pk and one.kind in leaf.words("kinds") and happened(leaf, one.on, self.today)
        ]  # fmt: skip
        if score := leaf.word("score"):
            limit = leaf.number("value")
            assert limit is not None
            rows = [one for one in rows if one.value is not None and (one.value <= limit if score == "le" else one.value >= limit)]
        if leaf.word("has") == "times":
            return len(rows) >= (leaf.number("times") or 0)
        return bool(rows) == (leaf.word("has") == "yes")


def number(leaf: Leaf, value: Any, scale: int = 1) -> bool:
    op, a, b = leaf.word("op"), leaf.number("a"), leaf.number("b")
    if op in ("empty", "filled"):
        return (value is None) == (op == "empty")
    if value is None:
        return False
    if op == "le":
        return bool(value <= a / scale)
    return bool(value >= a / scale and (op == "ge" or value <= b / scale))


def within(leaf: Leaf, day: date | None, today: date) -> bool:
    when = leaf.word("when")
    if when in ("empty", "filled"):
        return (day is None) == (when == "empty")
    return day is not None and happened(leaf, day, today)


def happened(leaf: Leaf, day: date, today: date) -> bool:
    n = timedelta(days=leaf.number("n") or 0)
    first, last = leaf.day("from"), leaf.day("to")
    return {
        "any": True,
        "last": today - n <= day <= today,
        "before": day < today - n,
        "next": today <= day <= today + n,
        "between": first is not None and last is not None and first <= day <= last,
    }[leaf.word("when")]
