"""Conditions into the database's own: which customers a segment holds, and how many.

Figures of insight that stand beside each other become one question about its rows; so the common case, three figures joined by "all", is
one pass over one table. Where there is such a part it is what is counted, and cards are only looked up for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from liuke.customers.models import Customer
from liuke.customers.queries import sees_all
from liuke.kernel.refusal import Refused
from liuke.segments.algebra import Both, Cards, Cond, NoRow, Row, all_of, any_of, negated, on_cards
from liuke.segments.asking import ALIASES, Asked
from liuke.segments.conditions import Catalogue, Group, Leaf, Node, inner_ids, leaves
from liuke.segments.happened import FEW_OF_MANY
from liuke.standing.models import Run, Standing
from liuke.standing.queries import standings
from liuke.team.models import User

DEEPEST_NESTING = 5
MOST_EXPANDED = 200
SUMMED = ("deals", "events")


@dataclass(frozen=True)
class Compiled:
    """The conditions for one reader and day. `row` and `cards` hold together: a row of insight that fits (None: none is asked for), of a
    card that fits (None: any)."""

    asked: Asked
    cond: Cond
    node: Node
    catalogue: Catalogue

    @property
    def row(self) -> Q | None:
        """The condition on insight's row that a customer must have."""
        return self.cond.q if isinstance(self.cond, Row) else self.cond.row if isinstance(self.cond, Both) else None

    @property
    def cards(self) -> Q | None:
        """What else must be true of the card; None where nothing else is."""
        if isinstance(self.cond, Row):
            return None
        return self.cond.cards if isinstance(self.cond, Both) else on_cards(self.cond, lambda: rows_of(self.asked.run))

    @property
    def whole(self) -> Q:
        """Everything, as one condition on cards."""
        return on_cards(self.cond, lambda: rows_of(self.asked.run))


def rows_of(run: Run | None) -> QuerySet[Standing]:
    """Insight's rows of a run with what conditions may ask of them beside the columns."""
    day = run.as_of if run else date.min  # without a run there are no rows, but their conditions can still be written down
    return standings(run).alias(**{name: made(day) for name, made in ALIASES.items()})


def compile_node(node: Node, catalogue: Catalogue, asked: Asked) -> Compiled:
    """Refuses segment.cycle (a segment asks for itself), segment.gone (one that is not there any more), segment.many."""
    return Compiled(asked, _Compiler(catalogue, asked).compiled(node), node, catalogue)


class _Compiler:
    def __init__(self, catalogue: Catalogue, asked: Asked) -> None:
        self.catalogue, self.asked = catalogue, asked
        self.inside: list[int] = []
        self.asked_for = 0

    def rows(self) -> QuerySet[Standing]:
        return rows_of(self.asked.run)

    def compiled(self, node: Node) -> Cond:
        if isinstance(node, Leaf):
            return self.leaf(node)
        conds = [self.compiled(part) for part in node.parts]
        if node.join == "all":
            return all_of(conds, self.rows)
        found = any_of(conds, self.rows)
        return negated(found, self.rows) if node.join == "none" else found

    def leaf(self, leaf: Leaf) -> Cond:
        self.asked_for += 1
        if self.asked_for > MOST_EXPANDED:
            raise Refused("segment.many", "条件太多：%(n)s 个，最多 %(most)s 个。", n=self.asked_for, most=MOST_EXPANDED)
        if leaf.ask == "segment":
            found = any_of([self.inner(number) for number in leaf.ids("ids")], self.rows)
            return negated(found, self.rows) if leaf.word("op") == "not" else found
        made: Cond = self.catalogue.entry(leaf.ask).make(leaf, self.asked)
        return made

    def inner(self, number: int) -> Cond:
        if number in self.inside or len(self.inside) >= DEEPEST_NESTING:
            raise Refused("segment.cycle", "这个分组绕了一圈又用到了自己。")
        if number not in self.asked.trees:
            raise Refused("segment.gone", "里面用到的一个分组已经不在了。")
        self.inside.append(number)
        found = self.compiled(self.asked.trees[number])
        self.inside.pop()
        return found


def reach(numbers: Iterable[int], trees: Mapping[int, Node]) -> set[int]:
    """All segments that these lead to, themselves included."""
    waiting, found = list(numbers), set()
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += inner_ids(trees[number]) if number in trees else ()
    return found


def customers(compiled: Compiled, user: User | None) -> QuerySet[Customer]:
    """The customers that fit, of those the reader may see; everybody's for the person at the terminal (None)."""
    seen = Customer.objects.all() if user is None else Customer.objects.visible_to(user)
    return seen.filter(compiled.whole)


def count(compiled: Compiled, user: User | None) -> int:
    """How many customers fit, of those the reader may see."""
    everybody = user is None or sees_all(user)
    seen = Customer.objects.all() if everybody or user is None else Customer.objects.visible_to(user)
    compiled = _narrowed(compiled, seen, everybody)
    cond, rows = compiled.cond, rows_of(compiled.asked.run)
    if isinstance(cond, NoRow):  # everybody less those who fit: two counts are quicker than one search for what is not there
        fits = rows.filter(cond.q)
        return seen.count() - (fits if everybody else fits.filter(customer__in=seen.values("pk"))).count()
    if isinstance(cond, Cards):
        return seen.filter(cond.q).count()
    fits = rows.filter(cond.q if isinstance(cond, Row) else cond.row)
    if isinstance(cond, Row):
        return (fits if everybody else fits.filter(customer__in=seen.values("pk"))).count()
    if compiled.asked.left is not None and not everybody and connection.vendor == "sqlite":  # a small sight: its cards are gone through
        return seen.filter(Exists(fits.filter(customer=OuterRef("pk")))).filter(cond.cards).count()
    if compiled.asked.left is not None:  # few: each is looked up
        return fits.filter(Exists(seen.filter(pk=OuterRef("customer")).filter(cond.cards))).count()
    return fits.filter(customer__in=seen.filter(cond.cards).values("pk")).count()


def _narrowed(compiled: Compiled, seen: QuerySet[Customer], everybody: bool) -> Compiled:
    """How many customers the conditions on columns leave is found out first (one quick count), where there are others beside them.
    PostgreSQL needs it only where something is counted or summed up for each customer."""
    node = compiled.node
    if not isinstance(node, Group) or node.join != "all":
        return compiled
    if connection.vendor != "sqlite" and not any(
        leaf.word("op") or leaf.word("has") == "times" for leaf in leaves(node) if leaf.ask in SUMMED
    ):
        return compiled
    quick = tuple(part for part in node.parts if isinstance(part, Leaf) and part.ask in compiled.catalogue.columns)
    if (everybody and not quick) or len(quick) == len(node.parts):
        return compiled
    asked = compiled.asked
    cond = _Compiler(compiled.catalogue, asked).compiled(Group("all", quick)) if quick else None
    rows = rows_of(asked.run)
    if cond is None:
        left = seen.count()
    elif isinstance(cond, Row | Both):
        cards = seen.filter(cond.cards) if isinstance(cond, Both) else seen
        fits = rows.filter(cond.q if isinstance(cond, Row) else cond.row)
        left = (fits if everybody and isinstance(cond, Row) else fits.filter(customer__in=cards.values("pk"))).count()
    else:
        left = seen.filter(on_cards(cond, lambda: rows)).count()
    if left > FEW_OF_MANY:
        return compiled
    asked = replace(asked, left=left)
    return compile_node(node, compiled.catalogue, asked)
