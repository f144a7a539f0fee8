"""Reads of kept segments: which there are for a reader, what they hold, where they are used."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from datetime import date

from django.core.cache import cache
from django.db.models import Q, QuerySet

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.segments import compiling
from liuke.segments.asking import Asked
from liuke.segments.catalogue import catalogue
from liuke.segments.compiling import Compiled, compile_node
from liuke.segments.conditions import Catalogue, Node, inner_ids, leaves, read, write
from liuke.segments.models import Segment, Shared
from liuke.segments.saying import KINDS, sentence
from liuke.standing.models import Run
from liuke.standing.queries import current_run
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.queries import colleagues, pack, units_in_scope

SLOW = 0.2
KEPT_SECONDS = 60
"""A count that took longer than SLOW seconds is kept this long, for the same reader and run."""


def mine(user: User) -> Q:
    return Q(owner=user)


def shared_with(user: User) -> Q:
    """Segments of others that the user may use: of the whole company, and of units he is in."""
    path = user.unit.path if user.unit else None
    above = [int(part) for part in path.strip("/").split("/")] if path else []
    return Q(draft=False) & (Q(shared=Shared.ALL) | Q(shared=Shared.UNIT, unit__in=above))


def usable(user: User) -> QuerySet[Segment]:
    """The segments a reader may use, his drafts too; none of those that were put away."""
    if user.role == Role.ADMIN or not user.is_active:
        return Segment.objects.none()
    return Segment.objects.filter(mine(user) | shared_with(user), archived_at=None)


def listed(user: User) -> list[Segment]:
    """Those with a name, the own ones first."""
    rows = usable(user).filter(draft=False).select_related("owner", "unit").order_by("name", "pk")
    return sorted(rows, key=lambda row: row.owner_id != user.pk)


def tree(segment: Segment, known: Catalogue | None = None) -> Node:
    """The conditions of a segment. Refuses when the pack no longer knows one of them."""
    return read(segment.conditions, known or catalogue(pack()))


def trees_for(node: Node) -> dict[int, Node]:
    """The conditions of every segment that these lead to, however deep: one query for each level, of which there are few."""
    known, found, waiting = catalogue(pack()), dict[int, Node](), inner_ids(node)
    for _level in range(compiling.DEEPEST_NESTING):
        if not waiting:
            break
        for segment in Segment.objects.filter(pk__in=waiting, archived_at=None):
            found[segment.pk] = tree(segment, known)
        waiting = {number for one in found.values() for number in inner_ids(one)} - set(found)
    return found


def compiled(node: Node, user: User | None, run: Run | None, today: date | None = None) -> Compiled:
    """Conditions made ready for a reader. Refuses segment.cycle, segment.gone, segment.many."""
    return compile_node(node, catalogue(pack()), Asked(today or clock.today(), run, user, trees_for(node)))


def compiled_segment(number: int, user: User, today: date, run: Run | None) -> Compiled | None:
    """A kept segment made ready; None where it is not there for this reader, or cannot be read any more."""
    segment = usable(user).filter(pk=number).first()
    if segment is None:
        return None
    try:
        return compiled(tree(segment), user, run, today)
    except Refused:
        return None


def customers_of(segment: Segment, user: User) -> QuerySet[Customer]:
    """The customers in a segment that the reader may see. Refuses as `compiled`."""
    return compiling.customers(compiled(tree(segment), user, current_run()), user)


def size(node: Node, user: User | None, run: Run | None) -> int:
    """How many customers fit, of those the reader may see."""
    key = _key(node, user, run)
    known: int | None = cache.get(key)
    if known is not None:
        return known
    began = time.perf_counter()
    found = compiling.count(compiled(node, user, run), user)
    if time.perf_counter() - began > SLOW:
        cache.set(key, found, KEPT_SECONDS)
    return found


def _key(node: Node, user: User | None, run: Run | None) -> str:
    asked = json.dumps([write(node), user.pk if user else 0, run.pk if run else 0, str(clock.today())], ensure_ascii=False)
    return f"segments.size:{hashlib.sha256(asked.encode()).hexdigest()}"


def sample(node: Node, user: User, run: Run | None, most: int = 5) -> list[Customer]:
    """A few of the customers that fit, those with the most at risk first where insight has looked."""
    found = compiled(node, user, run)
    if found.row is not None:
        rows = compiling.rows_of(run).filter(found.row)
        cards = Customer.objects.visible_to(user)
        if found.cards is not None:
            cards = cards.filter(found.cards)
        rows = rows.filter(customer__in=cards.values("pk")).order_by("-value_at_risk_cents", "pk")
        return [row.customer for row in rows.select_related("customer", "customer__unit", "customer__owner")[:most]]
    return list(compiling.customers(found, user).select_related("unit", "owner").order_by("pinyin", "pk")[:most])


# ── words ────────────────────────────────────────────────────────────────────


def names_for(nodes: Iterable[Node], user: User | None) -> dict[tuple[str, str], str]:
    """What the ids in conditions are called, as far as the reader may know: at most three queries."""
    wanted: dict[str, set[int]] = {"unit": set(), "owner": set(), "segment": set()}
    for node in nodes:
        for leaf in leaves(node):
            if kind := KINDS.get(leaf.ask):
                wanted[kind] |= set(leaf.ids({"deals": "units", "segment": "ids"}.get(leaf.ask, "is")))
    found: dict[tuple[str, str], str] = {}
    for kind, ids in wanted.items():
        if ids:
            found |= {(kind, str(pk)): name for pk, name in _named(kind, ids, user)}
    return found


def _named(kind: str, ids: set[int], user: User | None) -> Iterable[tuple[int, str]]:
    if kind == "unit":
        from liuke.team.models import Unit

        rows = Unit.objects.all() if user is None else units_in_scope(user)
        return rows.filter(pk__in=ids).values_list("pk", "name")
    if kind == "owner":
        people = User.objects.all() if user is None else colleagues(user)
        return people.filter(pk__in=ids).values_list("pk", "name")
    return Segment.objects.filter(pk__in=ids, archived_at=None).values_list("pk", "name")


def said(node: Node, user: User | None, names: Mapping[tuple[str, str], str] | None = None) -> str:
    """The conditions in one sentence."""
    return sentence(node, catalogue(pack()), names if names is not None else names_for([node], user))


def used_in(numbers: Iterable[int]) -> dict[int, list[Segment]]:
    """In which other segments these are asked about. Segments are few; their conditions are looked through."""
    wanted, found = set(numbers), dict[int, list[Segment]]()
    for segment in Segment.objects.filter(archived_at=None, draft=False).order_by("name", "pk"):
        for number in wanted & _ids_in(segment.conditions):
            found.setdefault(number, []).append(segment)
    return found


def _ids_in(data: object) -> set[int]:
    """The segments that stored conditions ask about, whatever else is in them."""
    if isinstance(data, dict):
        if data.get("ask") == "segment":
            return {pk for one in data.get("ids", ()) if (pk := as_id(str(one)))}
        return {number for part in data.values() for number in _ids_in(part)}
    return {number for part in data for number in _ids_in(part)} if isinstance(data, list) else set()
