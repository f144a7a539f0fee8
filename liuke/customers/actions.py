"""Verbs on a card: open, edit, confirm, set the next contact, record what happened, know it by further words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from liuke.audit.actions import hold_chain, record
from liuke.customers import completeness
from liuke.customers.edits import merge, store_changes
from liuke.customers.fields import BadFields, read
from liuke.customers.labels import VALUED_EVENTS, EventKind
from liuke.customers.locks import hold_numbers, lock_cards
from liuke.customers.models import Customer, Event, FactChange, Phone
from liuke.customers.phones import phone as phone_row_of
from liuke.customers.queries import already_known, known_by_birthday, visible
from liuke.customers.rules import refuse_erased
from liuke.kernel import clock
from liuke.kernel.phone import Phone as Number
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import colleagues, units_in_scope


def create(
    actor: User, typed: Mapping[str, object], *, unit: int | None = None, owner: int | None = None, even_if_known: bool = False
) -> Customer:
    """Open a card from what was typed (names of fields as in customers.fields; `phone`, `birthday`). A name or a number is enough.

    A rep's new card is his own. Refuses: fields (BadFields), a unit or owner out of sight, a number that is taken, and, unless
    `even_if_known`, a telephone number, a credit code or a name with its whole birthday that is on another card: the refusal says whose,
    and nothing else of it, and that it was told is written to the audit log.
    """
    require(actor, "customer.create")
    try:
        return _create(actor, typed, unit, owner, even_if_known)
    except Refused as refused:
        if refused.code == "customer.known":
            with transaction.atomic():
                record(actor, "customer.known", None, by="birthday" if "name" in refused.slots else "number")
        raise


@transaction.atomic
def _create(actor: User, typed: Mapping[str, object], unit: int | None, owner: int | None, even_if_known: bool) -> Customer:
    values, phones = read(typed, clock.today())
    if not values.get("name") and not values.get("number"):
        raise BadFields({"name": Refused("customer.nameless", "请填姓名，或者客户编号。")})
    number = values.pop("number", "")
    home, keeper = _unit(actor, unit), _owner(actor, owner)  # before anything is told of others' cards
    hold_numbers(number, values.get("credit_code", ""), *(phone.e164 for phone in phones))
    if number and Customer.objects.filter(number=number).exists():
        raise _number_taken(number)
    if not even_if_known:
        refuse_known(phones, values.get("credit_code", ""))
        _refuse_born_the_same_day(values)
    named = bool(values.get("name"))
    card = Customer(
        number=number or f"~{uuid.uuid4().hex}",
        unit=home,
        owner=keeper,
        opened_on=clock.today(),
        confirmed_on=clock.today(),
        name_known=named,
        phone=phones[0].e164 if phones else "",
        **(values if named else values | {"name": number}),
    )
    card.index()
    _save(card)
    if not number:
        _give_number(card)
    add_phones(card, phones)
    completeness.refresh([card.pk])
    FactChange.objects.create(customer=card)
    record(actor, "customer.create", card, fields=sorted(values), unit=card.unit_id, owner=card.owner_id)
    return card


@transaction.atomic
def edit(actor: User, customer_id: int, typed: Mapping[str, object], version: int, *, permission: str = "customer.edit") -> Customer:
    """Change fields of a card. `version` is the one the form was made from; `permission` another than the usual one (verification).

    What others changed meanwhile in other fields stays; the same field changed to something else refuses with edits.Conflict, which has
    both values, and nothing is changed. A new telephone number becomes the first, the old ones stay. Every change is kept.
    """
    require(actor, permission)
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    values, phones = read(typed, clock.today())
    if "name" in values and not values["name"]:
        raise BadFields({"name": Refused("customer.nameless", "请填姓名，或者客户编号。")})
    hold_numbers(values.get("number", ""), values.get("credit_code", ""), *(phone.e164 for phone in phones))
    if (number := values.get("number")) is not None and number != card.number:
        if not number:
            values.pop("number")
        elif Customer.objects.filter(number=number).exclude(pk=card.pk).exists():
            raise _number_taken(number)
    changed = merge(card, values, version)
    if "name" in changed:
        changed["name_known"] = True
    old_numbers = list(card.phones.values_list("number", flat=True))
    new_numbers = [phone for phone in phones if phone.e164 not in old_numbers]
    if not changed and not new_numbers:
        return card
    for name, value in changed.items():
        if name != "name_known":
            store_changes(actor, card, {name: value}, card.version + 1)
        setattr(card, name, value)
    if new_numbers:
        _put_first(actor, card, new_numbers, old_numbers)
    card.version += 1
    card.index()
    if "number" in changed:
        hold_chain()
    _save(card)
    completeness.refresh([card.pk])
    record(actor, "customer.edit", card, fields=sorted([*changed, *(["phone"] if new_numbers else [])]))
    return card


@transaction.atomic
def confirm(actor: User, customer_id: int) -> date | None:
    """The card was gone through with the customer today and is right. Returns the day that stood before, so that it can be put back."""
    require(actor, "customer.edit")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    Customer.objects.filter(pk=card.pk).update(confirmed_on=clock.today())
    record(actor, "customer.confirm", card)
    return card.confirmed_on


@transaction.atomic
def take_back_confirmation(actor: User, customer_id: int, before: date | None) -> None:
    """Put back the day a card was confirmed on before today; nothing to do where it was not confirmed today. Refuses a day to come."""
    require(actor, "customer.edit")
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    if before is not None and before > clock.today():
        raise Refused("confirm.future", "日期在今天以后。")
    if Customer.objects.filter(pk=card.pk, confirmed_on=clock.today()).update(confirmed_on=before):
        record(actor, "customer.confirm_undo", card, on=before)


@transaction.atomic
def set_next_contact(actor: User, customer_id: int, on: date | None) -> date | None:
    """Say when to contact next (None: not planned). Returns the day that stood before, so that it can be put back. Refuses days gone by."""
    require(actor, "interaction.create")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    if on is not None and on < clock.today():
        raise Refused("next_contact.past", "下次联系不能早于今天。")
    before = card.next_contact_on
    if before != on or (on is not None and card.next_contact_by_id is None):  # the grade's own day may become somebody's
        Customer.objects.filter(pk=card.pk).update(next_contact_on=on, next_contact_by=actor if on else None)
        record(actor, "customer.next_contact", card, old=before, new=on)
    return before


@transaction.atomic
def record_event(actor: User, customer_id: int, kind: str, on: date, value: int | None = None, note: str = "") -> Event:
    """Record something that happened to a customer and that insight may rest on.

    Refuses unknown kinds, days to come, a missing or wrong value.
    """
    require(actor, "event.record")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    if kind not in EventKind.values:
        raise Refused("event.kind", "请选发生了什么。")
    if on > clock.today():
        raise Refused("event.future", "日期在今天以后。")
    bounds = VALUED_EVENTS.get(EventKind(kind))
    if bounds and (value is None or not bounds[0] <= value <= bounds[1]):
        raise Refused("event.value", "分数请填 %(low)s 到 %(high)s。", low=bounds[0], high=bounds[1])
    event = Event.objects.create(customer=card, kind=kind, on=on, value=value if bounds else None, note=clean(note, 300), by=actor)
    FactChange.objects.create(customer=card)
    record(actor, "event.record", card, kind=kind, on=on, event=event.pk)
    return event


def set_aliases(card: Customer, words: Iterable[str]) -> None:
    """Further words a card is found by, from the domain that owns them (plates). Inside the caller's transaction.

    `words` are read when the card is held, so that of two at once the second has those of the first.
    """
    lock_cards([card.pk])
    card.refresh_from_db(fields=["name", "number"])
    card.aliases = "\n".join(dict.fromkeys(word for word in words if word))
    card.index()
    card.save(update_fields=["aliases", "search", "updated_at"])


def refuse_known(phones: Iterable[Number], credit_code: str = "", but: int | None = None) -> None:
    """Refuse when a number or credit code is on another card."""
    known = already_known(phones, credit_code, but)
    if known is None:
        return
    if known.owner:
        raise Refused("customer.known", "这个号码已经有人在跟：%(who)s，%(unit)s。", who=known.owner, unit=known.unit)
    raise Refused("customer.known", "这个号码已经建过卡：%(unit)s，还没有业务员。", unit=known.unit)


def _refuse_born_the_same_day(values: Mapping[str, Any]) -> None:
    name = str(values.get("name", ""))
    known = known_by_birthday(
        name, values.get("birth_year"), values.get("birth_month"), values.get("birth_day"), bool(values.get("birth_lunar"))
    )
    if known is None:
        return
    if known.owner:
        message = "同一天生日的%(name)s已经有人在跟：%(who)s，%(unit)s。"
        raise Refused("customer.known", message, name=name, who=known.owner, unit=known.unit)
    raise Refused("customer.known", "同一天生日的%(name)s已经建过卡：%(unit)s，还没有业务员。", name=name, unit=known.unit)


def add_phones(card: Customer, phones: Iterable[Number]) -> None:
    """Store the numbers of a new card in order."""
    Phone.objects.bulk_create(phone_row_of(card.pk, phone.e164, place) for place, phone in enumerate(phones))


def _put_first(actor: User, card: Customer, new: list[Number], old: list[str]) -> None:
    store_changes(actor, card, {"phone": "、".join([phone.e164 for phone in new] + old)}, card.version + 1, old="、".join(old))
    rows = list(card.phones.all())
    for row in rows:
        row.position += len(new)
    Phone.objects.bulk_update(rows, ["position"])
    add_phones(card, new)
    card.phone = new[0].e164


def _number_taken(number: str) -> BadFields:
    return BadFields({"number": Refused("customer.number_taken", "客户编号“%(number)s”已经用过。", number=number)})


def _save(card: Customer) -> None:
    """Save a card whose number was free a moment ago."""
    try:
        with transaction.atomic():
            card.save()
    except IntegrityError:
        if Customer.objects.filter(number=card.number).exclude(pk=card.pk).exists():
            raise _number_taken(card.number) from None
        raise


def _give_number(card: Customer) -> None:
    number = f"K{card.pk:06d}"
    while Customer.objects.filter(number=number).exists():
        number += "-1"
    hold_numbers(number)
    card.number = number
    card.index()
    card.save(update_fields=["number", "search"])


def _unit(actor: User, unit: int | None) -> Unit:
    found = units_in_scope(actor).filter(pk=unit).first() if unit else actor.unit
    if found is None:
        raise BadFields({"unit": Refused("customer.unit", "请选一家门店。")})
    return found


def _owner(actor: User, owner: int | None) -> User | None:
    if actor.role == Role.REP:
        return actor
    if not owner:
        return None
    found = colleagues(actor).filter(pk=owner).first()
    if found is None:
        raise BadFields({"owner": Refused("customer.owner", "请选一位在职的业务员。")})
    return found
