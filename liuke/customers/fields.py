"""The fields of a card as people type them, read into what is stored, or refused field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Field
from django.utils.translation import get_language

from liuke.customers.labels import Channel, Gender, Kind, Level
from liuke.customers.models import Contact, Customer
from liuke.customers.rules import tier_code
from liuke.kernel.birthday import Birthday, parse_birthday
from liuke.kernel.credit_code import parse_credit_code
from liuke.kernel.phone import Phone, parse_phones
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean, clean_identifier
from liuke.team.queries import pack

BIRTHDAY = ("birth_year", "birth_month", "birth_day", "birth_lunar", "birth_leap")
EXTRA = "extra."
"""Begins the names of the pack's own fields."""
SEALED = ("wechat", "address")
"""Fields that a page shows masked: an empty entry in a form leaves them as they are."""
SEALED_NAMES = {
    **dict.fromkeys(("phone", "phones", "mobile", "tel", "digest", "phone_digest", "number_digest", "last4", "last4_digest"), "phone"),
    **{name: field for field in SEALED for name in (field, f"{field}_digest")},
}
"""The sealed field of a card (its telephone numbers too) by every name a condition or an order may give it, or what is made of it."""

_LENGTHS = {
    field.name: field.max_length or 2000
    for field in Customer._meta.get_fields()
    if getattr(field, "editable", False) and hasattr(field, "max_length") and not field.is_relation
}
TEXTS = (
    "name", "wechat", "address", "hobbies", "personality", "family", "occupation", "income_band", "education", "best_time", "avoid",
    "industry", "size", "region", "tier", "source", "remarks",
)  # fmt: skip
CHOICES: dict[str, Any] = {"kind": Kind, "gender": Gender, "channel": Channel, "service_need": Level}
FLAGS = ("do_not_contact", "early_adopter", "key_account")


class BadFields(Refused):
    """Several fields were refused; `fields` says which and why. The message is that of the first."""

    def __init__(self, fields: Mapping[str, Refused]) -> None:
        first = next(iter(fields.values()))
        super().__init__(first.code, first.message, **first.slots)
        self.fields = dict(fields)


def read(typed: Mapping[str, object], today: date) -> tuple[dict[str, Any], list[Phone]]:
    """What was typed (by field name; a field that is not there is left alone) as values to store, and the new phones in order.

    `birthday` fills the five birth columns; `phone` may hold several. Raises BadFields.
    """
    values: dict[str, Any] = {}
    phones: list[Phone] = []
    bad: dict[str, Refused] = {}
    for name, entry in typed.items():
        try:
            if name == "phone":
                phones = parse_phones(entry)
            elif name == "birthday":
                values |= birth_columns(parse_birthday(entry, latest=today))
            elif name in READERS:
                values[name] = READERS[name](entry)
        except Refused as refused:
            bad[name] = refused
    if bad:
        raise BadFields(bad)
    return values, phones


def birth_columns(birthday: Birthday | None) -> dict[str, Any]:
    """The five columns of a birthday."""
    found = birthday or Birthday(None, None, None)
    parts = (found.year, found.month, found.day, found.lunar, found.leap)
    return dict(zip(BIRTHDAY, parts, strict=True))


def birthday_of(customer: Customer) -> Birthday | None:
    """The birthday on a card; None when nothing of it is known."""
    if customer.birth_year is None and customer.birth_month is None:
        return None
    return Birthday(customer.birth_year, customer.birth_month, customer.birth_day, customer.birth_lunar, customer.birth_leap)


def as_text(value: object) -> str:
    """A stored value as the history of changes keeps it."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def _text(name: str) -> Callable[[object], str]:
    made = tier_code if name == "tier" else str
    return lambda entry: made(clean(str(entry or ""), _LENGTHS[name], lines=name == "remarks"))


def _choice(name: str) -> Callable[[object], str]:
    def read_choice(entry: object) -> str:
        key = str(entry or "")
        if key and key not in CHOICES[name].values:
            raise Refused("field.choice", "没有“%(value)s”这个选项。", value=key[:20])
        return key or (Kind.PERSON if name == "kind" else "")

    return read_choice


def _flag(entry: object) -> bool:
    return str(entry).lower() in ("1", "true", "on", "yes")


def _contacts(entry: object) -> int | None:
    text = str(entry if entry is not None else "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > 31:
        raise Refused("field.contacts", "每月联系次数请填 0 到 31。")
    return int(text)


READERS: dict[str, Callable[[object], Any]] = {
    **{name: _text(name) for name in TEXTS},
    **{name: _choice(name) for name in CHOICES},
    **dict.fromkeys(FLAGS, _flag),
    "number": lambda entry: clean_identifier(str(entry or ""), 64),
    "credit_code": lambda entry: parse_credit_code(str(entry or "")) or "",
    "monthly_contacts": _contacts,
}


def label(name: str) -> str:
    """The words for a field of a card, as a page shows them."""
    if name in BIRTHDAY:
        name = "birth_day"
    if name == "contact":  # no column of the card: a person at the organisation (customers.organisations)
        return str(Contact._meta.verbose_name)
    if name.startswith(EXTRA):
        key, chinese = name.removeprefix(EXTRA), (get_language() or "zh").startswith("zh")
        return next((field.name("zh" if chinese else "en") for field in pack().fields if field.key == key), key)
    field = Customer._meta.get_field(name)
    assert isinstance(field, Field)
    return str(field.verbose_name)
