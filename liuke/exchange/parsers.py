"""From the text of a cell to a value, by the kind of its field. The reading is the kernel's; here it is only chosen and remembered."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from liuke.customers.rules import tier_code
from liuke.exchange.datasets.field import Field
from liuke.exchange.words import refuse
from liuke.kernel.birthday import parse_birthday
from liuke.kernel.credit_code import parse_credit_code
from liuke.kernel.dates import parse_date
from liuke.kernel.money import parse_amount, parse_exact
from liuke.kernel.phone import parse_phones
from liuke.kernel.plate import parse_plate
from liuke.kernel.refusal import Refused, shown
from liuke.kernel.text import clean, clean_identifier

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
_INTEGER = re.compile(r"\d{1,9}(?:\.0+)?")
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：时点]([0-5]\d)")
_YES = {"是", "有", "y", "yes", "true", "1", "对", "√", "✓", "需要"}
_NO = {"否", "无", "没有", "n", "no", "false", "0", "不", "×", "不是", "不需要"}
_NOTHING = {"", "-", "--", "—", "——", "/", "n/a", "null", "none"}
_MEMORY = 20_000


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that refuses its row: why, and what was written (personal numbers masked)."""

    refused: Refused
    written: str


@dataclass(frozen=True)
class Reading:
    """What parsing needs to know of the file and the day. `wan`: the column is in 万元. `epoch`: 1900 or 1904."""

    today: date
    epoch: int = 1900
    wan: bool = False


class Column(dict[str, object]):
    """Text → value, None for an empty cell, or Bad; each distinct text is read once. `bad` tells whether any was Bad, `rounded` the texts
    that lost decimals."""

    def __init__(self, field: Field, reading: Reading) -> None:
        super().__init__()
        self.field = field
        self.bad = False
        self.rounded: set[str] = set()
        self.read = _reader(field, reading, self.rounded)

    def __missing__(self, text: str) -> object:
        if len(self) > _MEMORY:
            self.clear()
        value: object
        try:
            value = self.read(text) if text and not text.isspace() else None
        except Refused as refused:
            self.bad = True
            value = Bad(refused, written(self.field, text))
        self[text] = value
        return value


def written(field: Field, text: str) -> str:
    """What a report repeats of a cell: one line, cut short; of a phone or an address only its ends."""
    line = shown(text, 40)
    if field.kind == "phone":
        return phone_ends(text)
    if field.code in ("address", "wechat") and len(line) > 4:
        return f"{line[:2]}****{line[-2:]}"
    return line


def phone_ends(text: str) -> str:
    """A wrong telephone as a report may repeat it: six digits of seven and more (138****264); of less, the text with half of its digits.

    Text already masked (0571-8****) and numbers cut by Excel (1.38E+10) stand as they are: they hold no telephone.
    """
    bare = unicodedata.normalize("NFKC", text)
    digits = "".join(mark for mark in bare if mark.isdecimal())
    if len(digits) > 7 or (len(digits) == 7 and "*" not in bare):
        return f"{digits[:3]}****{digits[-3:]}"
    line = shown(text, 40)
    if "*" in bare or _SCIENTIFIC.fullmatch(bare.strip()):
        return line
    left = (len(digits) + 1) // 2
    masked = []
    for mark in line:
        if mark.isdecimal():
            left -= 1
            mark = mark if left >= 0 else "*"
        masked.append(mark)
    return "".join(masked)


def _reader(field: Field, reading: Reading, rounded: set[str]) -> Callable[[str], object]:
    latest = reading.today if field.past else None
    match field.kind:
        case "identifier":
            return lambda text: _identifier(text, field)
        case "name" | "text":
            return lambda text: _text(text, field)
        case "tier":
            return lambda text: tier_code(_text(text, field) or "") or None
        case "lines":
            return lambda text: _text(text, field, lines=True)
        case "phone":
            return lambda text: tuple(phone.e164 for phone in parse_phones(text)) or None
        case "date":
            return lambda text: parse_date(text, epoch=reading.epoch, latest=latest)
        case "moment":
            return lambda text: _moment(text, reading.epoch, latest)
        case "birthday":
            return lambda text: parse_birthday(text, epoch=reading.epoch, latest=reading.today)
        case "amount":
            return lambda text: _amount(text, reading.wan, rounded)
        case "exact":
            return _exact
        case "integer":
            return lambda text: _integer(text, field)
        case "choice":
            return lambda text: _choice(text, field)
        case "yes_no":
            return lambda text: _yes_no(text, field)
        case "plate":
            return parse_plate
        case "credit_code":
            return parse_credit_code


def _identifier(text: str, field: Field) -> str | None:
    found = clean_identifier(text, field.limit)
    if found in _NOTHING:
        return None
    if _SCIENTIFIC.fullmatch(found):
        raise refuse("identifier.scientific", column=field.label)
    # A number cell of another program: 17850.0 is 17850.
    return found[:-2] if found.endswith(".0") and found[:-2].isdigit() else found


def _text(text: str, field: Field, *, lines: bool = False) -> str | None:
    return clean(text, field.limit, lines=lines) or None


def _moment(text: str, epoch: int, latest: date | None) -> tuple[date, int, int] | None:
    """(day, hour, minute); hour and minute are 0 where only a day is given."""
    day = parse_date(text, epoch=epoch, latest=latest)
    if day is None:
        return None
    clock = _CLOCK.search(text)
    hour = int(clock[1]) if clock else 0
    if clock and hour < 12 and ("下午" in text or "pm" in text.lower()):
        hour += 12
    return day, hour, int(clock[2]) if clock else 0


def _amount(text: str, wan: bool, rounded: set[str]) -> int | None:
    if text.strip() in _NOTHING:
        return None
    cents, warning = parse_amount(text, in_wan=wan)
    if warning:
        rounded.add(text)
    return cents


def _exact(text: str) -> Decimal | None:
    if text.strip() in _NOTHING:
        return None
    number = parse_exact(text)
    if -int(number.as_tuple().exponent) > 4:
        raise refuse("number.decimals", value=shown(text))
    if abs(number) >= 10**10:
        raise refuse("number.too_big", value=shown(text))
    return number


def _integer(text: str, field: Field) -> int | None:
    bare = clean_identifier(text, 60).replace(",", "").rstrip("次台公里年款kmKM").strip()
    if bare in _NOTHING:
        return None
    if not _INTEGER.fullmatch(bare):
        raise refuse("number.invalid", value=shown(text))
    number = int(float(bare))
    if not field.least <= number <= field.limit:
        raise refuse("number.out_of_range", column=field.label, least=field.least, most=field.limit)
    return number


def _choice(text: str, field: Field) -> str | None:
    word = clean_identifier(text, 200).lower()
    if word in _NOTHING or word in ("未知", "不详"):
        return None
    found = field.choices.get(word)
    if found is None:
        # One word for each value is enough to show how it is meant.
        first: dict[str, str] = {}
        for key, value in field.choices.items():
            first.setdefault(value, key)
        raise refuse("choice.unknown", column=field.label, value=shown(text), choices="、".join(first.values()))
    return found


def _yes_no(text: str, field: Field) -> bool | None:
    word = clean_identifier(text, 200).lower()
    if word in ("", "-"):
        return None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise refuse("choice.unknown", column=field.label, value=shown(text), choices="是、否")
