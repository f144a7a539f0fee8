"""Who would get which cards: what is asked for, every refusal that needs no writing, the look beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count

from liuke.customers import handover as cards
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, TransferRow
from liuke.keepers.labels import HandOverKind, Split
from liuke.keepers.models import HandOver, HandOverPart
from liuke.keepers.rules import Share, split
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.work.handing import to_tell
from liuke.work.labels import TaskKind
from liuke.work.models import Task

MOST = 20_000
"""Customers of one hand-over."""


@dataclass(frozen=True)
class Asked:
    """What is asked for. `person`: all of his customers, or with `customers` these of them; without a person the ticked `customers`,
    whosever they are. `to`: who receives, in order; `given`: who gets which card, instead of the rule of `split`."""

    person: int | None = None
    customers: Sequence[int] | None = None
    to: Sequence[int] = ()
    kind: str = HandOverKind.FOR_GOOD
    split: str = Split.EVEN
    until: date | None = None
    reason: str = ""
    tell: bool | None = None
    given: Mapping[int, Sequence[int]] | None = None

    @property
    def tells(self) -> bool:
        """Whether the customers are to be told: left open, for good they are, for a cover not."""
        return self.kind == HandOverKind.FOR_GOOD if self.tell is None else self.tell


@dataclass(frozen=True)
class PartPreview:
    """What one receiver would get; `introductions`: of how many customers he would have to tell them that he looks after them now."""

    to: User
    cards: tuple[Customer, ...]
    value_cents: int
    tasks: int
    promises: int
    introductions: int = 0


@dataclass(frozen=True)
class Preview:
    """What a hand-over would do. `already`: cards that are the receiver's own; `unit_changes`: cards that move to another store."""

    person: User | None
    parts: tuple[PartPreview, ...]
    already: int
    unit_changes: int

    @property
    def count(self) -> int:
        return sum(len(part.cards) for part in self.parts)

    @property
    def introductions(self) -> int:
        return sum(part.introductions for part in self.parts)

    @property
    def value_cents(self) -> int:
        return sum(part.value_cents for part in self.parts)


@dataclass
class Plan:
    """A hand-over made out: who gets which cards."""

    person: User | None
    to: dict[int, User]
    given: dict[int, list[Customer]] = field(default_factory=dict)
    value: dict[int, int] = field(default_factory=dict)
    already: int = 0


def people(actor: User) -> list[tuple[User, int]]:
    """Whose customers may be handed over: staff in the actor's sight who keep cards, those who left first; with the number of cards the
    actor sees. Two queries."""
    counted = dict(Customer.objects.visible_to(actor).filter(owner__isnull=False).order_by().values_list("owner").annotate(n=Count("pk")))
    found = User.objects.filter(pk__in=counted).select_related("unit").order_by("is_active", "unit__path", "name")
    return [(person, counted[person.pk]) for person in found]


def preview(actor: User, asked: Asked) -> Preview:
    """What `hand_over` would do with the same arguments; the same refusals, not on the log."""
    require(actor, "customer.transfer")
    plan = plan_of(actor, asked)
    ids = [card.pk for some in plan.given.values() for card in some]
    tasks: dict[int, int] = defaultdict(int)
    promises: dict[int, int] = defaultdict(int)
    owner = {card.pk: card.owner_id for some in plan.given.values() for card in some}
    told: set[int] = set()
    for some in batches(ids):
        told |= to_tell(some) if asked.tells else set()
        for customer, assignee, kind in Task.objects.open().filter(customer__in=some).values_list("customer_id", "assignee_id", "kind"):
            if assignee == owner[customer]:
                (promises if kind == TaskKind.PROMISE else tasks)[customer] += 1
    parts = tuple(
        PartPreview(
            plan.to[to],
            tuple(given),
            plan.value[to],
            sum(tasks[card.pk] for card in given),
            sum(promises[card.pk] for card in given),
            sum(card.pk in told for card in given),
        )
        for to, given in plan.given.items()
    )
    moved = 0
    for to, given in plan.given.items():
        home = None if asked.kind == HandOverKind.COVER else cards.home_of(plan.to[to])
        moved += sum(1 for card in given if home is not None and card.unit_id != home.pk)
    return Preview(plan.person, parts, plan.already, moved)


def plan_of(actor: User, asked: Asked, lock: bool = False) -> Plan:
    """Who gets which cards, after every refusal that needs no writing. The cards are held when `lock`."""
    if asked.kind not in HandOverKind.values or asked.split not in Split.values:
        raise Refused("handover.kind", "请选是交接还是代管。")
    today = clock.today()
    if asked.kind == HandOverKind.COVER and asked.until is None:
        raise Refused("handover.until", "请填哪天回来。")
    if asked.kind == HandOverKind.COVER and asked.until is not None and asked.until <= today:
        raise Refused("handover.until", "回来的日子要在今天以后。")
    if asked.kind == HandOverKind.FOR_GOOD and asked.until is not None:
        raise Refused("handover.until_for_good", "不再回来的交接没有回来的日子。")
    person = _person(actor, asked.person) if asked.person is not None else None
    wanted = list(asked.given or asked.to)
    to = {one.pk: one for one in _receivers(actor, wanted, person)}
    plan = Plan(person, to)
    chosen = _cards(actor, person, asked, lock)
    moving = [card for card in chosen if card.owner_id not in to]
    plan.already = len(chosen) - len(moving)
    _not_covered(moving)
    worth: dict[int, int] = {}
    newest = current_run()
    for some in batches([card.pk for card in moving]):
        rows = standings(newest).filter(customer__in=some).exclude(stage="E")
        worth |= dict(rows.values_list("customer_id", "value_at_risk_cents"))
    shared = _shares(asked, moving, plan, worth)
    for card in moving:
        plan.given.setdefault(shared[card.pk], []).append(card)
    plan.given = {pk: plan.given[pk] for pk in to if pk in plan.given}
    plan.value = {pk: sum(max(worth.get(card.pk, 0), 0) for card in given) for pk, given in plan.given.items()}
    _sight(plan, keep_unit=asked.kind == HandOverKind.COVER)
    return plan


def _shares(asked: Asked, moving: Sequence[Customer], plan: Plan, worth: Mapping[int, int]) -> dict[int, int]:
    """Receiver by customer: as given, else by the rule."""
    if asked.given is None:
        units = {pk: one.unit_id for pk, one in plan.to.items()}
        return split([Share(card.pk, card.unit_id, worth.get(card.pk, 0)) for card in moving], list(plan.to), asked.split, units)
    shared: dict[int, int] = {}
    for to, ids in asked.given.items():
        for pk in ids:
            if pk in shared:
                raise Refused("handover.twice", "同一位客户不能同时交给两个人。")
            shared[pk] = to
    if any(card.pk not in shared for card in moving):
        raise Refused("handover.left_out", "有客户没写交给谁。")
    return shared


def _person(actor: User, person_id: int) -> User:
    """Whose customers: somebody whose unit lies in the actor's sight, still here or not, or of whose cards the actor sees some."""
    unit = actor.scope_unit
    found = User.objects.filter(pk=person_id).select_related("unit").first()
    if found is not None and unit is not None:
        near = bool(found.unit and (found.unit.path or "").startswith(unit.path or "/"))
        if near or Customer.objects.visible_to(actor).filter(owner=found).exists():
            return found
    raise Refused("handover.person", "请选要交出客户的人。")


def _receivers(actor: User, wanted: Sequence[int], person: User | None) -> list[User]:
    if not wanted:
        raise Refused("handover.to", "请选交给谁。")
    if len(set(wanted)) < len(wanted):
        raise Refused("handover.to_twice", "同一个人选了两次。")
    unit = actor.scope_unit
    known = {one.pk: one for one in User.objects.filter(pk__in=wanted).select_related("unit", "scope")}
    found = []
    for pk in wanted:
        one = known.get(pk)
        near = one is not None and (one.pk == actor.pk or bool(unit and one.unit and (one.unit.path or "").startswith(unit.path or "/")))
        if one is None or not near:
            raise Refused("handover.to", "请选交给谁。")
        if person is not None and one.pk == person.pk:
            raise Refused("handover.self", "不能交接给%(name)s自己。", name=one.name)
        if not one.is_active:
            raise Refused("handover.inactive", "%(name)s已停用，不能接手。", name=one.name)
        if one.role not in cards.RECEIVERS:
            raise Refused("handover.role", "%(name)s的岗位不带客户，不能接手。", name=one.name)
        if one.scope_unit is None:
            raise Refused("handover.unit", "%(name)s还没有单位，不能接手。", name=one.name)
        found.append(one)
    return found


def _cards(actor: User, person: User | None, asked: Asked, lock: bool) -> list[Customer]:
    """The cards asked for that the actor sees, by name; held and read afterwards when `lock`."""
    seen = Customer.objects.visible_to(actor)
    if asked.customers is None and asked.given is not None:
        ids = list(dict.fromkeys(pk for some in asked.given.values() for pk in some))
    elif asked.customers is None:
        if person is None:
            raise Refused("handover.none", "请先选中客户。")
        ids = list(seen.filter(owner=person).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    else:
        ids = list(dict.fromkeys(asked.customers))
    if len(ids) > MOST:
        raise Refused("handover.many", "一次最多交接 %(n)s 位，请分几次。", n=MOST)
    if lock:
        lock_cards(ids)
    found = [card for some in batches(ids) for card in seen.filter(pk__in=some).select_related("owner", "unit")]
    if person is not None:
        found = [card for card in found if card.owner_id == person.pk]
    if not found:
        raise Refused("handover.none", "没有可以交接的客户，请先选中。")
    return sorted(found, key=lambda card: (card.pinyin, card.pk))


def _not_covered(moving: Sequence[Customer]) -> None:
    """Who is covered for somebody goes back to him first: two roads back would cross."""
    running = HandOver.objects.filter(kind=HandOverKind.COVER, undone_at__isnull=True, returned_at__isnull=True)
    parts = dict(HandOverPart.objects.filter(hand_over__in=running).values_list("transfer_id", "hand_over_id"))
    if not parts:
        return
    owner = {card.pk: card.owner_id for card in moving}
    covered: dict[int, int] = defaultdict(int)
    for some in batches(list(owner)):
        rows = TransferRow.objects.filter(transfer__in=list(parts), customer__in=some)
        for customer, transfer, new in rows.values_list("customer_id", "transfer_id", "new_owner_id"):
            if owner[customer] == new:
                covered[parts[transfer]] += 1
    if covered:
        first = HandOver.objects.select_related("person").get(pk=min(covered))
        raise Refused(
            "handover.covered",
            "有 %(n)s 位正由别人代管（%(who)s的客户，到%(day)s），请先结束那次代管。",
            n=sum(covered.values()),
            who=first.person.name if first.person else "",
            day=first.until.isoformat() if first.until else "",
        )


def _sight(plan: Plan, keep_unit: bool) -> None:
    """Every receiver must see what he gets. A salesperson sees what is his; the others what lies in their scope."""
    for to, given in plan.given.items():
        person = plan.to[to]
        if person.role == Role.REP:
            continue
        home = None if keep_unit else cards.home_of(person)
        scope = person.scope_unit
        path = (scope.path if scope else None) or "-"
        outside = [card for card in given if not ((home or card.unit).path or "").startswith(path)]
        if outside:
            raise Refused("handover.sight", "%(name)s看不到其中 %(n)s 位客户所在的门店，不能接手。", name=person.name, n=len(outside))
