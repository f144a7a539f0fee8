"""The history of a card's fields: who changed what, when, from what to what; and one change taken back by a reverse one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from liuke.audit.actions import hold_chain, record
from liuke.customers import completeness
from liuke.customers.edits import store_changes
from liuke.customers.fields import BIRTHDAY, CHOICES, FLAGS, SEALED, TEXTS, as_text, label
from liuke.customers.locks import hold_numbers, lock_cards
from liuke.customers.models import Customer, FieldChange, Phone
from liuke.customers.phones import phone as phone_row
from liuke.customers.queries import phones_of, visible
from liuke.customers.rules import contact_words
from liuke.kernel.masks import mask_address, mask_wechat
from liuke.kernel.phone import mask_phone, show_phone
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import require

PHONE = "phone"
UNDOABLE = frozenset((*TEXTS, *CHOICES, *FLAGS, *BIRTHDAY, "credit_code", "monthly_contacts", "number", PHONE))
"""Fields whose change can be taken back by itself. Owner and store have an undo of their own: that of the hand-over."""
JOIN = "、"
MOST = 200
_BIRTH_FORM = {"birth_year": "{}年", "birth_month": "{}月", "birth_day": "{}日"}
_NUMBERS = frozenset(("monthly_contacts", "birth_year", "birth_month", "birth_day"))
_SWITCHES = frozenset((*FLAGS, "birth_lunar", "birth_leap"))


@dataclass(frozen=True)
class Entry:
    """One change as it is shown: `id` of (one of) its rows; `standing`: the field still has the value it got, so it can be taken back."""

    id: int
    field: str
    old: str
    new: str
    by: str
    at: datetime
    standing: bool


def entries(card: Customer, field: str = "", clear: bool = False, most: int = MOST) -> list[Entry]:
    """The newest changes of a card the reader may see, of one field when given ("birthday" for its five columns).

    Sealed fields masked unless `clear`. Two queries.
    """
    names = BIRTHDAY if field == "birthday" else (field,)
    rows = FieldChange.objects.filter(customer=card, **({"field__in": names} if field else {})).select_related("by").order_by("-pk")[:most]
    now = _stands(card, rows)
    return [_entry(group, now, clear) for group in _grouped(rows)]


def fields_changed(card: Customer) -> frozenset[str]:
    """The fields that have a history, as a page names them. One query."""
    names = FieldChange.objects.filter(customer=card).order_by().values_list("field", flat=True).distinct()
    return frozenset("birthday" if name in BIRTHDAY else name for name in names)


def shown(field: str, text: str, clear: bool = False) -> str:
    """A value of the history as a page may show it: as masked as the card itself."""
    if not text:
        return ""
    if field == "contact":
        return contact_words(text)
    if field == PHONE:
        return JOIN.join((show_phone if clear else mask_phone)(number) for number in text.split(JOIN))
    if field in SEALED and not clear:
        return mask_wechat(text) if field == "wechat" else mask_address(text)
    if field in CHOICES:
        return str(dict(CHOICES[field].choices).get(text, text))
    return text if len(text) <= 60 else text[:59] + "…"


@transaction.atomic
def undo(actor: User, change_id: int) -> Customer:
    """Take one change back: the field gets the value it had before, as a new change.

    Refuses where the field was changed again since, with what stands now, and fields that are not undone here. A birthday is one field.
    Raises FieldChange.DoesNotExist or Customer.DoesNotExist for what is out of sight.
    """
    require(actor, "customer.edit")
    change = FieldChange.objects.get(pk=change_id)
    lock_cards([change.customer_id])
    card = visible(actor, change.customer_id)
    if change.field not in UNDOABLE:
        raise Refused("history.kind", "这一项不在这里撤销，请到转交或者导入里撤销。")
    rows = _whole(change)
    now = _stands(card, rows)
    for row in rows:
        if now[row.field] != row.new:
            stands = shown(row.field, now[row.field]) or "空着"
            raise Refused("history.moved", "%(field)s后来又改过，现在是%(now)s，没有撤销。", field=label(row.field), now=stands)
    if change.field == PHONE:
        _put_phones_back(actor, card, change)
    elif change.field == "number":
        _free_number(card, change.old)
    for row in rows:
        if row.field != PHONE:
            value = _value(row.field, row.old)
            store_changes(actor, card, {row.field: value}, card.version + 1)
            setattr(card, row.field, value)
            if row.field == "name":
                card.name_known = row.old != card.number
    card.version += 1
    card.index()
    if change.field == "number":
        hold_chain()
    card.save()
    completeness.refresh([card.pk])
    record(actor, "customer.edit_undo", card, fields=sorted({row.field for row in rows}), change=change.pk)
    return card


def _whole(change: FieldChange) -> list[FieldChange]:
    """The rows of one change: the columns of a birthday that were changed together are one."""
    if change.field not in BIRTHDAY:
        return [change]
    return list(
        FieldChange.objects.filter(customer=change.customer_id, version=change.version, field__in=BIRTHDAY, at__lte=change.at).order_by(
            "pk"
        )
    )


def _grouped(rows: Iterable[FieldChange]) -> list[list[FieldChange]]:
    groups: list[list[FieldChange]] = []
    for row in rows:
        last = groups[-1][-1] if groups else None
        if last is not None and row.field in BIRTHDAY and last.field in BIRTHDAY and row.version == last.version:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _entry(group: list[FieldChange], now: dict[str, str], clear: bool) -> Entry:
    first = group[0]
    stands = first.field in UNDOABLE and all(now[row.field] == row.new and row.old != row.new for row in group)
    by = str(first.by) if first.by is not None else ""
    if first.field in BIRTHDAY:
        return Entry(
            first.pk, "birthday", _birth([(r.field, r.old) for r in group]), _birth([(r.field, r.new) for r in group]), by, first.at, stands
        )
    return Entry(first.pk, first.field, shown(first.field, first.old, clear), shown(first.field, first.new, clear), by, first.at, stands)


def _birth(columns: list[tuple[str, str]]) -> str:
    values = dict(columns)
    return "".join(form.format(values[name]) for name, form in _BIRTH_FORM.items() if values.get(name))


def _stands(card: Customer, rows: Iterable[FieldChange]) -> dict[str, str]:
    """What each of these fields holds now, as the history keeps it."""
    names = {row.field for row in rows}
    now = {name: as_text(getattr(card, name, "")) for name in names}
    if PHONE in names:
        now[PHONE] = JOIN.join(phones_of([card.pk]).get(card.pk, []))
    return now


def _value(field: str, text: str) -> Any:
    if field in _SWITCHES:
        return text == "1"
    if field in _NUMBERS:
        return int(text) if text else None
    return text


def _free_number(card: Customer, number: str) -> None:
    hold_numbers(number)
    if Customer.objects.filter(number=number).exclude(pk=card.pk).exists():
        raise Refused("customer.number_taken", "客户编号“%(number)s”已经用过。", number=number)


def _put_phones_back(actor: User, card: Customer, change: FieldChange) -> None:
    numbers = [number for number in change.old.split(JOIN) if number]
    hold_numbers(*numbers)
    store_changes(actor, card, {PHONE: change.old}, card.version + 1, old=change.new)
    Phone.objects.filter(customer=card).delete()
    Phone.objects.bulk_create(phone_row(card.pk, number, place) for place, number in enumerate(numbers))
    card.phone = numbers[0] if numbers else ""
