"""A trade's own fields of a card (the pack's `fields`, kept in Customer.extra): read as typed, and written as words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from liuke.kernel.dates import parse_date
from liuke.kernel.plate import parse_plate
from liuke.kernel.refusal import Refused, shown
from liuke.kernel.spoken_date import parse_spoken
from liuke.kernel.text import clean, clean_identifier
from liuke.packs.schema import CardField

YES = frozenset(("1", "true", "on", "yes", "y", "是", "有", "对"))
NO = frozenset(("0", "false", "off", "no", "n", "否", "没有", "不", "无"))


def read_extra(field: CardField, typed: str, today: date) -> Any:
    """What was typed as the value that is kept (JSON): text, a whole number, a decimal as text, an ISO day, true or false, a choice's key;
    None where nothing is typed. Refuses what the field's type or bounds do not take."""
    text = clean(typed, 500)
    if not text:
        return None
    match field.type:
        case "integer" | "decimal":
            return _number(field, text)
        case "date":
            day = parse_spoken(text, today)
            return day.isoformat() if day else None
        case "yes_no":
            if text.lower() in YES or text.lower() in NO:
                return text.lower() in YES
            raise Refused("extra.yes_no", "请填是或否：%(value)s", value=shown(text))
        case "choice":
            for choice in field.choices:
                if text in (choice.key, choice.name.zh, choice.name.en):
                    return choice.key
            raise Refused("field.choice", "没有“%(value)s”这个选项。", value=text[:20])
        case "plate":
            return parse_plate(text)
        case "vin":
            return clean_identifier(text, 17).upper()
        case _:
            return clean(text, field.max_length)


def _number(field: CardField, text: str) -> int | str:
    plain = clean_identifier(text, 40).replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise Refused("extra.number", "请填数字：%(value)s", value=shown(text)) from None
    if not number.is_finite() or (field.type == "integer" and number != number.to_integral_value()) or abs(number) >= 10**15:
        raise Refused("extra.number", "请填数字：%(value)s", value=shown(text))
    low, high = field.minimum, field.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        if low is not None and high is not None:
            raise Refused("extra.bounds", "请填 %(low)s 到 %(high)s。", low=low, high=high)
        if low is not None:
            raise Refused("extra.low", "最少 %(low)s。", low=low)
        raise Refused("extra.high", "最多 %(high)s。", high=high)
    return int(number) if field.type == "integer" else format(number, "f")


def shown_extra(field: CardField, value: Any, lang: Literal["zh", "en"]) -> str:
    """A kept value in words; "" where there is none. A day stays as written (2026-12-01); the unit follows a number."""
    if value is None or value == "":
        return ""
    if field.type == "yes_no":
        return {"zh": ("否", "是"), "en": ("no", "yes")}[lang][bool(value)]
    if field.type == "choice":
        return next((choice.name(lang) for choice in field.choices if choice.key == value), str(value))
    if field.type == "integer" and isinstance(value, int):
        number = f"{value:,}"
        return f"{number} {field.unit(lang)}" if field.unit else number
    if field.type == "decimal":
        return f"{value} {field.unit(lang)}" if field.unit else str(value)
    if field.type == "date":
        try:
            day = parse_date(str(value))
        except Refused:
            return str(value)
        return day.isoformat() if day else ""
    return str(value)
