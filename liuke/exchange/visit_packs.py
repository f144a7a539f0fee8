"""打印资料包: the cards a reader has out now, gathered for paper. A constant number of queries, however many cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.audit.actions import record
from liuke.custody.models import CheckOut
from liuke.custody.queries import shown_plate
from liuke.customers.fields import birthday_of
from liuke.customers.labels import Channel, Kind
from liuke.customers.models import Contact, Customer
from liuke.customers.queries import phones_of
from liuke.deals.models import Asset, Contract, Deal
from liuke.exchange.documents.visit_pack import PackedCard, Saying, VisitPack, visit_pack
from liuke.kernel import clock
from liuke.kernel.money import format_cents
from liuke.kernel.phone import show_phone
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.segments.wording import contract_name
from liuke.standing.labels import Stage
from liuke.standing.models import Run, Signal, Standing
from liuke.standing.queries import current_run, open_signals, standings
from liuke.standing.reasons import abc_reason, shown_reason, signal_reason, spoken_day
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import company, in_scope
from liuke.team.queries import pack as pack_in_use
from liuke.work import words

MOST = 60
"""Cards in one pack: more are not visited in a week."""
DEALS, SIGNALS, HELD = 5, 3, 8
Row = TypeVar("Row", Asset, Contact, Contract, Deal, Signal)


@dataclass(frozen=True)
class Printed:
    """A pack as a PDF; how many cards are in it, and the names of those that were asked for but are no longer out."""

    pdf: bytes
    cards: int
    left_out: tuple[str, ...]


def open_now(user: User, now: datetime | None = None) -> list[CheckOut]:
    """What the reader has out now and may see, the earliest due first."""
    return list(_mine(user).filter(returned_at__isnull=True, until__gt=now or timezone.now()))


def print_pack(user: User, check_outs: Iterable[int], tier_word: Callable[[str], str]) -> Printed:
    """These check-outs of the reader's as a pack. What ended in between is left out, and the pack says so.

    Raises CheckOut.DoesNotExist where one is not the reader's (or out of his sight); refuses print.none, print.many, permission.
    """
    require(user, "card.check_out")
    ids, now = set(check_outs), timezone.now()
    asked = list(_mine(user).filter(pk__in=ids))
    if {out.pk for out in asked} != ids:
        raise CheckOut.DoesNotExist
    here = [out for out in asked if out.returned_at is None and out.until > now]
    here = list({out.customer_id: out for out in reversed(here)}.values())[::-1]
    still = {out.customer_id for out in here}
    gone = tuple(dict.fromkeys(out.customer.name for out in asked if out.customer_id not in still))
    if not here:
        raise Refused("print.none", "选中的卡都已经到时间或者还了，要印请先再借。")
    if len(here) > MOST:
        raise Refused("print.many", "一次最多印 %(n)s 张，请少选一些。", n=MOST)
    described = _pack(user, here, gone, now, tier_word)
    with transaction.atomic():  # written down before anything leaves
        record(user, "card.print", None, customers=[out.customer_id for out in here], check_outs=[out.pk for out in here], rows=len(here))
    return Printed(visit_pack(described), len(here), gone)


def _mine(user: User) -> QuerySet[CheckOut]:
    found = CheckOut.objects.filter(user=user).filter(in_scope(user, "customer__"))
    return found.select_related("customer", "customer__unit", "customer__owner").order_by("until", "pk")


def _pack(user: User, outs: Sequence[CheckOut], gone: Sequence[str], now: datetime, tier_word: Callable[[str], str]) -> VisitPack:
    pack, run, today = pack_in_use(), current_run(), clock.today()
    ids = [out.customer_id for out in outs]
    facts = _Facts(
        phones=phones_of(ids),
        contacts=_grouped(Contact.objects.filter(customer__in=ids).order_by("pk")),
        standings={row.customer_id: row for row in standings(run).filter(customer__in=ids)},
        signals=_grouped(open_signals().filter(customer__in=ids).order_by("-severity", "-started_on", "pk")),
        assets=_grouped(Asset.objects.filter(customer__in=ids).filter(Q(gone_on=None) | Q(gone_on__gt=today)).order_by("pk")),
        contracts=_grouped(Contract.objects.filter(customer__in=ids, ended_on=None, ends_on__gte=today).order_by("ends_on", "pk")),
        deals=_grouped(_last_deals(ids, today)),
    )
    house = company()
    return VisitPack(
        title=_("拜访资料包"),
        unit="，".join(part for part in (house.name if house else "", user.unit.name if user.unit else "") if part),
        as_of=_("数据截至 %(day)s") % {"day": _day(run.as_of if run else today)},
        reader=user.name or user.username,
        printed=_moment(now),
        cards=tuple(_card(user, out, facts, pack, run, today, tier_word) for out in outs),
        left_out=_("没有印：%(names)s。到时间或者已经还了，要用请再借。") % {"names": "、".join(gone)} if gone else "",
    )


@dataclass(frozen=True)
class _Facts:
    """What is known of the customers of a pack, by customer id."""

    phones: Mapping[int, list[str]]
    contacts: Mapping[int, list[Contact]]
    standings: Mapping[int, Standing]
    signals: Mapping[int, list[Signal]]
    assets: Mapping[int, list[Asset]]
    contracts: Mapping[int, list[Contract]]
    deals: Mapping[int, list[Deal]]


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append(row)
    return found


def _last_deals(ids: Sequence[int], today: date) -> QuerySet[Deal]:
    place = Window(RowNumber(), partition_by="customer", order_by=[F("on").desc(), F("pk").desc()])
    return Deal.objects.filter(customer__in=ids, on__lte=today).annotate(place=place).filter(place__lte=DEALS).order_by("-on", "-pk")


def _card(
    user: User, out: CheckOut, facts: _Facts, pack: Pack, run: Run | None, today: date, tier_word: Callable[[str], str]
) -> PackedCard:
    card = out.customer
    row = facts.standings.get(card.pk)
    contacts = facts.contacts.get(card.pk, [])
    assets, contracts = facts.assets.get(card.pk, []), facts.contracts.get(card.pk, [])
    contact = contacts[0].name if contacts else ""
    judgements = [_("%(grade)s 级") % {"grade": row.abc} if row else "", tier_word(card.tier) if card.tier else ""]
    judgements.append(str(Stage(row.stage).label) if row else "")
    return PackedCard(
        name=card.name,
        number=card.number,
        judgements="　".join(word for word in judgements if word),
        why=(shown_reason(row, run.as_of, pack), abc_reason(row, pack)) if row and run else (),
        phones=tuple(show_phone(number) for number in facts.phones.get(card.pk) or ([card.phone] if card.phone else [])),
        wechat=card.wechat,
        address=card.address,
        facts=_known(card, contacts, today),
        deals=tuple(_deal(deal) for deal in facts.deals.get(card.pk, [])),
        holdings=_holdings(assets, contracts, pack),
        likes="；".join(text for text in (card.hobbies, card.personality) if text),
        avoid=card.avoid,
        signals=tuple(
            _saying(signal, user, card, pack, row, assets, contracts, contact, today) for signal in facts.signals.get(card.pk, [])[:SIGNALS]
        ),
        purpose=out.purpose,
        due=_moment(out.until),
    )


def _deal(deal: Deal) -> tuple[str, str, str]:
    return _day(deal.on), deal.content or str(deal.get_kind_display()), format_cents(deal.amount_cents)


def _known(card: Customer, contacts: Sequence[Contact], today: date) -> tuple[tuple[str, str], ...]:
    birthday = birthday_of(card)
    age = birthday.age(today) if birthday else None
    people = [
        "，".join(text for text in (each.name, each.title, show_phone(each.phone) if each.phone else "") if text) for each in contacts[:3]
    ]
    about = [card.occupation, card.family, _("%(n)s 岁") % {"n": age} if age is not None else ""]
    when = [Channel(card.channel).label if card.channel in Channel.values else "", card.best_time]
    return (
        (_("联系人"), "；".join(people)),
        (_("方便的时候"), "，".join(str(text) for text in when if text)),
        (_("这个人"), "，".join(text for text in about if text)),
    )


def _holdings(assets: Sequence[Asset], contracts: Sequence[Contract], pack: Pack) -> tuple[tuple[str, str], ...]:
    held = []
    for asset in assets:
        identifier = shown_plate(asset.identifier, True) if asset.kind == "vehicle" else asset.identifier
        held.append((_("持有"), _joined(asset.name, identifier)))
    for contract in contracts:
        left = _("还剩 %(n)s 次") % {"n": contract.times_left} if contract.times_left is not None else ""
        until = _("%(day)s 到期") % {"day": _day(contract.ends_on)}
        held.append((_("合约"), _joined(contract_name(contract, pack), until, left)))
    if len(held) > HELD:
        held[HELD - 1 :] = [(_("还有"), _("%(n)s 件，在卡上看") % {"n": len(held) - HELD + 1})]
    return tuple(held)


def _joined(*parts: str) -> str:
    return "，".join(part for part in parts if part)


def _saying(
    signal: Signal, user: User, card: Customer, pack: Pack, row: Standing | None, assets: Sequence[Asset], contracts: Sequence[Contract],
    contact: str, today: date,
) -> Saying:  # fmt: skip
    """The signal's sentence, and the words its playbook begins with where all they name is known."""
    seen = signal_reason(signal, pack)
    try:
        playbook = pack.playbook(pack.signal(signal.key).playbook)
    except KeyError:
        return Saying(seen)
    kind = playbook.contract_kind
    contract = next((each for each in contracts if each.kind == kind), None) if kind else None
    filling = words.Filling(
        name_title=words.name_title(card, contact),
        known=card.owner_id == user.pk and card.kind != Kind.ORGANISATION,
        staff=user.name,
        store=card.unit.name,
        asset=assets[-1].name if assets else words.pick(pack.asset_kind.spoken),
        contract=words.pick(pack.contract_kind(kind).name) if kind else None,
        contract_end=words.spoken_day(contract.ends_on, today) if contract else None,
        recency_days=(today - row.last_deal).days if row and row.last_deal else None,
        benefit=words.pick(playbook.offer.benefit) if playbook.offer else None,
    )
    return Saying(seen, words.say([playbook.steps[0].say, playbook.opening.question], filling))


def _day(day: date) -> str:
    return spoken_day(day, date(1, 1, 1))  # on paper the year is always written


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{_day(local.date())} {local:%H:%M}"
