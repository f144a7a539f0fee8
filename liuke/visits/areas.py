"""Areas: set up by who oversees, filled from the words of addresses or by hand. An address is read here, and only its area is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from liuke.audit.actions import record
from liuke.audit.models import AuditEntry
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, erased
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import units_in_scope
from liuke.visits.models import Area, Placement
from liuke.visits.rules import Ground, area_of, middle_of, words_of

MOST = 5000
"""Customers placed by hand in one go."""


@dataclass(frozen=True)
class Typed:
    """An area as typed."""

    unit: int | None
    name: str
    words: str = ""
    latitude: str = ""
    longitude: str = ""
    home: bool = False


@transaction.atomic
def save(actor: User, typed: Typed, area_id: int | None = None) -> Area:
    """Set up an area, or change one; the customers of its unit are looked at anew. Refuses a unit out of sight, a name twice in a unit,
    words that fit everything, half a place on earth; raises Area.DoesNotExist for one out of sight."""
    require(actor, "area.manage")
    mine = units_in_scope(actor)
    area = Area.objects.filter(unit__in=mine).get(pk=area_id) if area_id is not None else Area()
    unit = mine.filter(pk=typed.unit or 0).first()
    if unit is None:
        raise Refused("area.unit", "请选门店。")
    name = clean(typed.name, 40)
    if not name:
        raise Refused("area.name", "请给片区起个名字。")
    middle = middle_of(typed.latitude, typed.longitude)
    if typed.home and middle is None:
        raise Refused("area.home", "从这里出发的片区要有纬度和经度。")
    before = {unit.path, area.unit.path} if area.pk else {unit.path}
    area.unit, area.name, area.words, area.home = unit, name, "\n".join(words_of(typed.words)), typed.home
    area.latitude, area.longitude = (middle.latitude, middle.longitude) if middle else (None, None)
    if Area.objects.filter(unit=unit, name=name).exclude(pk=area.pk).exists():
        raise Refused("area.known", "这家店已经有叫“%(name)s”的片区。", name=name)
    if area.home:
        Area.objects.open().filter(unit=unit, home=True).exclude(pk=area.pk).update(home=False)
    new = area.pk is None
    try:
        with transaction.atomic():
            area.save()
    except IntegrityError:
        raise Refused("area.known", "这家店已经有叫“%(name)s”的片区。", name=name) from None
    record(actor, "area.create" if new else "area.edit", area)
    for path in before:
        _look_again(path or "/")
    return area


@transaction.atomic
def close(actor: User, area_id: int) -> Area:
    """Take an area out of use; its customers fall to another by their address, or to none. `reopen` takes it back."""
    area = _mine(actor, area_id)
    if not Area.objects.open().filter(pk=area.pk).update(closed_at=timezone.now()):
        raise Refused("area.closed", "这个片区已经停用了。")
    record(actor, "area.close", area)
    _look_again(area.unit.path or "/")
    return area


@transaction.atomic
def reopen(actor: User, area_id: int) -> Area:
    """Use an area again; those that somebody put in by hand are in it as before."""
    area = _mine(actor, area_id)
    if area.home and Area.objects.open().filter(unit=area.unit_id, home=True).exists():
        Area.objects.filter(pk=area.pk).update(home=False)
    if not Area.objects.filter(pk=area.pk, closed_at__isnull=False).update(closed_at=None):
        raise Refused("area.open", "这个片区本来就在用。")
    record(actor, "area.reopen", area)
    _look_again(area.unit.path or "/")
    return area


def _mine(actor: User, area_id: int) -> Area:
    require(actor, "area.manage")
    return Area.objects.filter(unit__in=units_in_scope(actor)).select_related("unit").get(pk=area_id)


# ── customers ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Placed:
    """What a change by hand did: how many, and by which number `place_undo` takes it back."""

    count: int
    move: int


@transaction.atomic
def place(actor: User, customer_ids: Iterable[int], area_id: int | None) -> Placed:
    """Put customers into an area by hand (None: into none); an address does not move them any more. Ids out of sight do not exist.

    Refuses an area that is not theirs, nobody, too many.
    """
    require(actor, "visit.plan")
    wanted = set(customer_ids)
    if len(wanted) > MOST:
        raise Refused("area.many", "一次最多放 %(n)s 位。", n=f"{MOST:,}")
    lock_cards(wanted)
    area = Area.objects.visible_to(actor).open().select_related("unit").get(pk=area_id) if area_id is not None else None
    ids: list[int] = []
    for some in batches(wanted):
        seen = Customer.objects.visible_to(actor).filter(pk__in=some).exclude(erased())
        if area is not None and seen.exclude(unit__path__startswith=area.unit.path or "/").exists():
            raise Refused("area.elsewhere", "“%(name)s”不是这些客户那家店的片区。", name=area.name)
        ids += seen.values_list("pk", flat=True)
    if not ids:
        raise Refused("area.nobody", "先选客户。")
    entry = record(actor, "area.place", area, customers=len(ids))
    for some in batches(sorted(ids)):
        known = {row.customer_id: row for row in Placement.objects.filter(customer__in=some)}
        for row in known.values():
            row.before_id, row.before_by_hand, row.move = row.area_id, row.by_hand, entry.seq
            row.area, row.by_hand = area, True
        Placement.objects.bulk_update(known.values(), ["before", "before_by_hand", "move", "area", "by_hand"])
        fresh = [Placement(customer_id=pk, area=area, by_hand=True, move=entry.seq) for pk in some if pk not in known]
        Placement.objects.bulk_create(fresh)
    return Placed(len(ids), entry.seq)


@transaction.atomic
def place_undo(actor: User, move: int) -> int:
    """Put the customers of one change by hand back, those that nobody moved since. How many.

    Refuses twice; raises Placement.DoesNotExist for what somebody else did.
    """
    require(actor, "visit.plan")
    if not AuditEntry.objects.filter(seq=move, verb="area.place", actor=actor.pk).exists():
        raise Placement.DoesNotExist
    rows = list(Placement.objects.filter(move=move, customer__in=Customer.objects.visible_to(actor)).order_by("customer"))
    if not rows:
        raise Refused("area.undone", "这一次已经撤销过了，或者后来又改过。")
    for row in rows:
        row.area_id, row.by_hand, row.before_id, row.move = row.before_id, row.before_by_hand, None, None
        row.version = row.version if row.by_hand else 0
    Placement.objects.bulk_update(rows, ["area", "by_hand", "before", "move", "version"], batch_size=200)
    record(actor, "area.place_undo", None, customers=len(rows))
    find_areas(Customer.objects.filter(pk__in=[row.customer_id for row in rows]).values_list("pk", flat=True))
    return len(rows)


def _look_again(path: str) -> None:
    """The addresses of a unit's customers are read anew, because its areas changed."""
    Placement.objects.filter(by_hand=False, customer__unit__path__startswith=path).update(version=0)
    unread(Q(unit__path__startswith=path))


def unread(where: Q | None = None) -> int:
    """Find the areas of customers whose card changed since its address was read. How many were looked at. Inside a transaction or not."""
    paths = set(Area.objects.values_list("unit__path", flat=True))
    if not paths:
        return 0
    below = Q()
    for path in paths:
        below |= Q(unit__path__startswith=path)
    known = Placement.objects.filter(customer=OuterRef("pk"))
    stale = ~Exists(known.filter(Q(by_hand=True) | Q(version=OuterRef("version"))))
    # Who has no address and was never looked at needs no row.
    waiting = Customer.objects.filter(below, stale).exclude(Q(address="") & ~Exists(known))
    if where is not None:
        waiting = waiting.filter(where)
    return find_areas(waiting.order_by("pk").values_list("pk", flat=True))


def find_areas(customers: Iterable[int]) -> int:
    """Read the addresses of these customers and keep the area each lies in, but for those placed by hand. How many were looked at."""
    grounds = [
        Ground(area.pk, area.unit.path or "/", area.terms)
        for area in Area.objects.open().select_related("unit").order_by("pk")
        if area.words
    ]
    looked = 0
    for some in batches(list(customers)):
        cards = Customer.objects.filter(pk__in=some).select_related("unit").only("pk", "address", "version", "unit__path", "do_not_contact")
        known = {row.customer_id: row for row in Placement.objects.filter(customer__in=some)}
        fresh, changed = [], []
        for card in cards:
            looked += 1
            area = area_of(card.address, card.unit.path or "/", grounds)
            row = known.get(card.pk)
            if row is None:
                fresh.append(Placement(customer_id=card.pk, area_id=area, version=card.version))
            elif not row.by_hand and (row.area_id, row.version) != (area, card.version):
                row.area_id, row.version = area, card.version
                changed.append(row)
        # Two who look at once find the same.
        Placement.objects.bulk_create(fresh, ignore_conflicts=True)
        Placement.objects.bulk_update(changed, ["area", "version"], batch_size=200)
    return looked


def homes(units: Sequence[Unit]) -> dict[int, Area]:
    """Where one sets out, by unit: its own area marked so, else that of the nearest unit above."""
    found = {area.unit_id: area for area in Area.objects.open().filter(home=True)}
    homes: dict[int, Area] = {}
    for unit in units:
        chain = [int(part) for part in reversed((unit.path or "").strip("/").split("/")) if part]
        if (near := next((found[pk] for pk in chain if pk in found), None)) is not None:
            homes[unit.pk] = near
    return homes
