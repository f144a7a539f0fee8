"""Verbs on what a customer bought and holds: enter a deal, a contract, an asset; take a deal just entered back.

Each leaves its month of the mirror marked and a FactChange row, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.actions import set_aliases
from liuke.customers.models import Customer, FactChange
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.deals.labels import AssetKind, DealKind
from liuke.deals.mirror import touch_months
from liuke.deals.models import Asset, Contract, Deal
from liuke.deals.rules import came
from liuke.kernel import clock
from liuke.kernel.money import LIMIT_CENTS
from liuke.kernel.plate import parse_plate
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean, clean_identifier
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack

UNDO_WINDOW = timedelta(hours=24)


@transaction.atomic
def enter_deal(
    actor: User,
    customer_id: int,
    on: date,
    amount_cents: int,
    kind: str = DealKind.SALE,
    content: str = "",
    number: str = "",
    asset_id: int | None = None,
) -> Deal:
    """Enter a deal of a customer. A refund's amount is taken as negative, however it was typed; a service visit may be 0.

    Refuses: a day to come, an amount that does not fit the kind, a number that is taken, an asset of somebody else.
    """
    require(actor, "deal.create")
    card = visible(actor, customer_id)
    if kind not in DealKind.values:
        raise Refused("deal.kind", "请选是销售、服务还是退款。")
    if on > clock.today():
        raise Refused("deal.future", "成交日期在今天以后。")
    cents = -abs(amount_cents) if kind == DealKind.REFUND else amount_cents
    if cents == 0 and kind != DealKind.SERVICE:
        raise Refused("deal.zero", "金额是 0，只有服务可以是 0。")
    if cents < 0 and kind != DealKind.REFUND:
        raise Refused("deal.negative", "金额是负数，退款请选“退款”。")
    if abs(cents) > LIMIT_CENTS:
        raise Refused("amount.too_large", "金额太大：%(value)s", value=cents // 100)
    own = clean_identifier(number, 64) or None
    if own and Deal.objects.filter(number=own).exists():
        raise _deal_number_taken(own)
    deal = Deal(
        number=own,
        customer=card,
        on=on,
        kind=kind,
        amount_cents=cents,
        came=came(kind, cents),
        content=clean(content, 300),
        unit_id=actor.unit_id or card.unit_id,
        staff=actor,
        asset=_asset(card, asset_id),
    )
    _insert(deal, _deal_number_taken)
    _changed(card, on)
    record(actor, "deal.enter", card, deal=deal.pk, on=on, cents=cents, kind=kind)
    return deal


@transaction.atomic
def take_back_deal(actor: User, deal_id: int) -> Customer:
    """Undo the entry of a deal: one's own, entered by hand, within a day. The audit log keeps what it was. The customer it was of.

    Raises Deal.DoesNotExist for any other deal; refuses one entered longer ago.
    """
    require(actor, "deal.create")
    deal = Deal.objects.select_related("customer").get(pk=deal_id, staff=actor, load_id__isnull=True)
    card = visible(actor, deal.customer_id)
    if timezone.now() - deal.created_at > UNDO_WINDOW:
        raise Refused("deal.old", "这一单记下已经超过一天，要改请记一笔退款。")
    kept = {"deal": deal.pk, "on": deal.on, "cents": deal.amount_cents, "kind": deal.kind, "number": deal.number}
    deal.delete()
    _changed(card, deal.on)
    record(actor, "deal.take_back", card, **kept)
    return card


@transaction.atomic
def enter_contract(
    actor: User,
    customer_id: int,
    kind: str,
    starts_on: date,
    ends_on: date,
    name: str = "",
    amount_cents: int = 0,
    times_total: int | None = None,
    asset_id: int | None = None,
    number: str = "",
) -> Contract:
    """Enter something with an expiry. `kind` is a key of the pack's contract kinds; a counted kind needs the number of times.

    Refuses: an unknown kind, an end before the start, a negative amount, a number that is taken, an asset of somebody else.
    """
    require(actor, "deal.create")
    card = visible(actor, customer_id)
    try:
        known = pack().contract_kind(kind)
    except KeyError:
        raise Refused("contract.kind", "请选合约的类别。") from None
    if ends_on < starts_on:
        raise Refused("contract.order", "到期早于开始。")
    if amount_cents < 0 or amount_cents > LIMIT_CENTS:
        raise Refused("contract.amount", "合约金额不对。")
    if known.counted and not times_total:
        raise Refused("contract.times", "请填一共几次。")
    own = clean_identifier(number, 64) or None
    if own and Contract.objects.filter(number=own).exists():
        raise _contract_number_taken(own)
    contract = Contract(
        number=own,
        customer=card,
        kind=kind,
        name=clean(name, 120),
        starts_on=starts_on,
        ends_on=ends_on,
        amount_cents=amount_cents,
        times_total=times_total if known.counted else None,
        times_left=times_total if known.counted else None,
        asset=_asset(card, asset_id),
        unit_id=actor.unit_id or card.unit_id,
        staff=actor,
    )
    _insert(contract, _contract_number_taken)
    FactChange.objects.create(customer=card)
    record(actor, "contract.enter", card, contract=contract.pk, kind=kind, ends_on=ends_on)
    return contract


@transaction.atomic
def enter_asset(
    actor: User,
    customer_id: int,
    name: str,
    identifier: str = "",
    kind: str = AssetKind.VEHICLE,
    year: int | None = None,
    mileage: int | None = None,
) -> Asset:
    """Enter what is served. A vehicle's identifier is its plate, and the card is found by it from then on.

    Refuses: no name, an unknown kind, a plate that is none, a year or mileage out of range, customer.erased.
    """
    require(actor, "deal.create")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    if kind not in AssetKind.values:
        raise Refused("asset.kind", "请选类别。")
    called = clean(name, 120)
    if not called:
        raise Refused("asset.name", "请填名称，比如车型。")
    if year is not None and not 1900 <= year <= clock.today().year + 1:
        raise Refused("asset.year", "年款不对：%(year)s", year=year)
    if mileage is not None and not 0 <= mileage <= 9_999_999:
        raise Refused("asset.mileage", "里程不对：%(mileage)s", mileage=mileage)
    plate = (parse_plate(identifier) or "") if kind == AssetKind.VEHICLE else clean_identifier(identifier, 40)
    asset = Asset.objects.create(customer=card, kind=kind, name=called, identifier=plate, year=year, mileage=mileage)
    index_assets(card)
    FactChange.objects.create(customer=card)
    record(actor, "asset.enter", card, asset=asset.pk, kind=kind)
    return asset


def index_assets(card: Customer) -> None:
    """Let search find a card by its assets' identifiers. For every action that changes one; bulk loads do the same with customers.rules."""
    present = Asset.objects.filter(customer=card, gone_on__isnull=True).exclude(identifier="").order_by("pk")
    set_aliases(card, present.values_list("identifier", flat=True))


def _deal_number_taken(number: str) -> Refused:
    return Refused("deal.number_taken", "单号“%(number)s”已经用过。", number=number)


def _contract_number_taken(number: str) -> Refused:
    return Refused("contract.number_taken", "合约号“%(number)s”已经用过。", number=number)


def _insert(row: Deal | Contract, taken: Callable[[str], Refused]) -> None:
    """Insert a row whose number was free a moment ago."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if row.number and type(row)._default_manager.filter(number=row.number).exists():
            raise taken(row.number) from None
        raise


def _asset(card: Customer, asset_id: int | None) -> Asset | None:
    if not asset_id:
        return None
    found = Asset.objects.filter(pk=asset_id, customer=card).first()
    if found is None:
        raise Refused("asset.unknown", "请在这位客户的持有物里选。")
    return found


def _changed(card: Customer, on: date) -> None:
    touch_months([on])
    FactChange.objects.create(customer=card)
