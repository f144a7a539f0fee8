"""Handing cards from one keeper to another, many at a time, with a look beforehand and a way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, FactChange, FieldChange, Transfer, TransferRow
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User
from liuke.team.permissions import PERMISSIONS, require
from liuke.team.queries import colleagues

MOST = 5000
RECEIVERS = (Role.REP, Role.AGENT, Role.SUPERVISOR, Role.MANAGER)
_BATCH = 500


@dataclass(frozen=True)
class Preview:
    """What a transfer would do: the cards that would move (name order), those that are his already, and how many each keeper gives up."""

    to: User
    cards: tuple[Customer, ...]
    already: int
    givers: tuple[tuple[str, int], ...]
    unit_changes: int


@dataclass(frozen=True)
class TakenBack:
    """What an undo did: how many cards went back and which (`ids`); the cards that somebody changed since, which stayed as they are."""

    back: int
    stayed: tuple[Customer, ...]
    ids: tuple[int, ...] = ()


def receivers(actor: User) -> list[User]:
    """Those a card may be given to: active staff in the actor's scope who keep cards, by unit and name."""
    return list(colleagues(actor).filter(role__in=RECEIVERS).select_related("unit").order_by("unit__path", "name"))


def preview(actor: User, customer_ids: Iterable[int], to_id: int | None) -> Preview:
    """What `transfer` would do with the same arguments; the same refusals."""
    require(actor, "customer.transfer")
    to = _receiver(actor, to_id)
    cards = _cards(actor, customer_ids)
    moving = [card for card in cards if card.owner_id != to.pk]
    givers = Counter(str(card.owner) if card.owner else "" for card in moving)
    home = home_of(to)
    return Preview(
        to=to,
        cards=tuple(moving),
        already=len(cards) - len(moving),
        givers=tuple(sorted(givers.items(), key=lambda item: -item[1])),
        unit_changes=sum(1 for card in moving if home is not None and card.unit_id != home.pk),
    )


@transaction.atomic
def transfer(actor: User, customer_ids: Iterable[int], to_id: int | None, reason: str = "") -> Transfer:
    """Give the cards to somebody; they move to his store. Ids out of sight do not exist.

    Refuses: nobody to give to, nothing to give, too many.
    """
    require(actor, "customer.transfer")
    to = _receiver(actor, to_id)
    cards = [card for card in _cards(actor, customer_ids, lock=True) if card.owner_id != to.pk]
    if not cards:
        raise Refused("transfer.nothing", "选中的客户已经都是%(name)s的。", name=to.name)
    return give(actor, cards, to, reason)


def give(actor: User, cards: Sequence[Customer], to: User, reason: str = "", *, keep_unit: bool = False) -> Transfer:
    """Make these cards `to`'s. Inside the caller's transaction, the cards held and read afterwards, none of them his; who may is the
    caller's to ask. They move to his store unless `keep_unit`."""
    home = None if keep_unit else home_of(to)
    done = Transfer.objects.create(to=to, by=actor, reason=clean(reason, 200))
    TransferRow.objects.bulk_create(
        [
            TransferRow(
                transfer=done,
                customer=card,
                old_owner_id=card.owner_id,
                new_owner=to,
                old_unit_id=card.unit_id,
                new_unit_id=home.pk if home else card.unit_id,
            )
            for card in cards
        ],
        batch_size=_BATCH,
    )
    ids = [card.pk for card in cards]
    keep_history(actor, [(card, str(card.owner or ""), to.name) for card in cards])
    for some in batches(ids):
        Customer.objects.filter(pk__in=some).update(owner=to, version=F("version") + 1, **({"unit": home} if home else {}))
    record(actor, "customer.transfer", done, to=to.pk, customers=ids)
    return done


@transaction.atomic
def undo_transfer(actor: User, transfer_id: int) -> TakenBack:
    """Give the cards back to whom they were taken from. A card whose keeper or store changed since stays, and is told.

    Refuses a transfer that is undone already and one of which the actor sees only a part (it names who sees all); raises
    Transfer.DoesNotExist for one of which the actor sees no card.
    """
    require(actor, "customer.transfer")
    done = Transfer.objects.select_for_update(no_key=True).get(pk=transfer_id)
    rows = list(done.rows.select_related("old_owner", "new_owner").order_by("pk"))
    every = [row.customer_id for row in rows]
    lock_cards(every)
    cards = {card.pk: card for some in batches(every) for card in Customer.objects.visible_to(actor).filter(pk__in=some)}
    if not cards:
        raise Transfer.DoesNotExist
    if done.undone_at is not None:
        raise Refused("transfer.undone", "这次转交已经撤销过了。")
    if len(cards) < len(rows):
        raise not_all_seen(every, len(rows) - len(cards))
    result = put_back(actor, done, rows, cards)
    record(actor, "customer.transfer_undo", done, back=result.ids, stayed=[card.pk for card in result.stayed])
    return result


def put_back(actor: User | None, done: Transfer, rows: Sequence[TransferRow], cards: Mapping[int, Customer]) -> TakenBack:
    """Give the cards of these rows back to whom they were taken from; those changed since stay. Inside the caller's transaction, the cards
    held and read afterwards; `rows` with their owners. `actor` None is the system. The caller writes the log."""
    groups: dict[tuple[int | None, int], list[int]] = {}
    history, stayed = [], []
    for row in rows:
        card = cards[row.customer_id]
        if card.owner_id != row.new_owner_id or card.unit_id != row.new_unit_id:
            stayed.append(card)
            continue
        groups.setdefault((row.old_owner_id, row.old_unit_id), []).append(card.pk)
        history.append((card, str(row.new_owner or ""), str(row.old_owner or "")))
    keep_history(actor, history)
    for (owner, unit), ids in groups.items():
        for some in batches(ids):
            Customer.objects.filter(pk__in=some).update(owner=owner, unit=unit, version=F("version") + 1)
    done.undone_at = timezone.now()
    done.save(update_fields=["undone_at"])
    return TakenBack(len(history), tuple(sorted(stayed, key=lambda card: card.pinyin)), tuple(card.pk for card, _, _ in history))


def not_all_seen(every: Sequence[int], unseen: int) -> Refused:
    """The refusal, with the name of whoever sees all these cards, the nearest one first."""
    paths = {
        path
        for some in batches(every)
        for path in Customer.objects.filter(pk__in=some).order_by().values_list("unit__path", flat=True).distinct()
    }
    able = [
        (scope.path or "", user.name)
        for user in User.objects.filter(role__in=PERMISSIONS["customer.transfer"], is_active=True).select_related("unit", "scope")
        if (scope := user.scope_unit) is not None and all((path or "").startswith(scope.path or "/") for path in paths)
    ]
    if not able:
        return Refused("transfer.not_all_seen", "这次转交里有 %(n)s 位您看不到，也没有人全看得到，请各自把看得到的转回去。", n=unseen)
    who = min(able, key=lambda one: (-len(one[0]), one[1]))[1]
    return Refused("transfer.not_all_seen", "这次转交里有 %(n)s 位您看不到，一位都没动，请%(who)s来撤销。", n=unseen, who=who)


def _receiver(actor: User, to_id: int | None) -> User:
    to = colleagues(actor).filter(pk=to_id, role__in=RECEIVERS).select_related("unit").first() if to_id else None
    if to is None:
        raise Refused("transfer.to", "请选转给谁。")
    return to


def _cards(actor: User, customer_ids: Iterable[int], lock: bool = False) -> list[Customer]:
    ids = list(dict.fromkeys(customer_ids))
    if not ids:
        raise Refused("transfer.none", "请先选中客户。")
    if len(ids) > MOST:
        raise Refused("transfer.many", "一次最多转交 %(n)s 位，请分几次。", n=MOST)
    if lock:
        lock_cards(ids)
    found = Customer.objects.visible_to(actor)
    cards = [card for some in batches(ids) for card in found.filter(pk__in=some).select_related("owner")]
    if not cards:
        raise Refused("transfer.none", "请先选中客户。")
    return sorted(cards, key=lambda card: (card.pinyin, card.pk))


def home_of(to: User) -> Unit | None:
    """The store the cards move to: the receiver's own; someone above the stores leaves them where they are."""
    return to.unit if to.unit is not None and to.unit.kind == UnitKind.STORE else None


def keep_history(actor: User | None, moves: Sequence[tuple[Customer, str, str]]) -> None:
    """A new owner as the card's history and insight read it: (card as it was, name before, name after). Inside the caller's transaction."""
    FieldChange.objects.bulk_create(
        [FieldChange(customer=card, field="owner", old=old, new=new, version=card.version + 1, by=actor) for card, old, new in moves],
        batch_size=_BATCH,
    )
    # Whose card it is counts for insight (a keeper who left).
    FactChange.objects.bulk_create([FactChange(customer=card) for card, _, _ in moves], batch_size=_BATCH)
