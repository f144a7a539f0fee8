"""Amounts as people write them, into whole cents and back. Decimals exist only here, at the edge."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from liuke.kernel.refusal import N_, Refused, shown
from liuke.kernel.text import strip_invisible

LIMIT_CENTS = 10**13
"""A thousand 亿 yuan. A larger amount is a slip of the keyboard, and sums of many must stay within 64 bits."""

ROUNDED = N_("金额超过两位小数，已四舍五入到分")
MAX_LENGTH = 60

_PLAIN = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_PLAIN_EXACT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_NUMBER = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|\.[0-9]+")
_SCIENTIFIC = re.compile(r"[+-]?[0-9][0-9.,]*e[+-]?[0-9]+")
_EUROPEAN = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]+,[0-9]{1,2}")
_MINUSES = str.maketrans(dict.fromkeys("−–‐‑‒﹣", "-"))
_OURS_BEFORE = ("人民币", "rmb", "cny", "¥")
_OURS_AFTER = ("人民币", "rmb", "cny")
_OTHERS = re.compile(
    r"[$€£₩₽₹฿₫₱₴₺₦₪₡¢]|美元|美金|港币|港元|港纸|欧元|英镑|日元|日圆|韩元|澳元|加元|台币|澳门元|卢布|泰铢|新元|法郎"
    r"|usd|hkd|eur|gbp|jpy|krw|twd|aud|cad|sgd|chf|mop|nt\$"
)
_CAPITALS = re.compile(r"[壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億零〇圆圓整正角分一二三四五六七八九十百千两]")
_UNITS = {"万": 10_000, "亿": 100_000_000}
_HUNDRED = Decimal(100)
_CENT = Decimal("0.01")


class Parsed(NamedTuple):
    """What was read: whole cents, and a Chinese remark when something was lost in rounding (a msgid, to be translated by the door)."""

    cents: int
    warning: str | None = None


def parse_amount(value: object, *, in_wan: bool = False) -> Parsed:
    """Reads an amount of yuan from text or from a number cell.

    Takes ￥ ¥ 元 commas 万 亿, full-width signs, brackets or a minus. Under a heading in 万元 (`in_wan`) the number is multiplied,
    unless the cell itself says 万. More than two decimals are rounded half up (away from zero) with a warning. Refuses, with codes
    amount.*: nothing there, another currency, 12.345,60, 大写, scientific notation, anything it is not sure of.
    """
    if type(value) is str:
        plain = _PLAIN.fullmatch(value)
    elif type(value) is float:
        # The shortest text that gives this float back is what was typed into the cell.
        plain = _PLAIN.fullmatch(repr(value))
    else:
        plain = None
    if plain is not None and not in_wan:
        sign, whole, part = plain.groups()
        cents = int(whole) * 100
        if part is not None:
            cents += int(part) * 10 if len(part) == 1 else int(part)
        return Parsed(-cents if sign else cents, None)
    amount = _number(value, in_wan)
    rounded = amount.quantize(_CENT, ROUND_HALF_UP)
    cents = int(rounded * _HUNDRED)
    if abs(cents) > LIMIT_CENTS:
        raise Refused("amount.too_large", "金额太大：%(value)s", value=shown(value))
    return Parsed(cents, None if rounded == amount else ROUNDED)


def parse_exact(value: object) -> Decimal:
    """A unit price or a quantity, exactly as written: the same forms as an amount, nothing rounded, at most twelve decimals."""
    if type(value) is str and _PLAIN_EXACT.fullmatch(value):
        return Decimal(value)
    number = _number(value, in_wan=False)
    if -int(number.as_tuple().exponent) > 12:
        raise Refused("amount.decimals", "小数位数太多：%(value)s", value=shown(value))
    return number


def _number(value: object, in_wan: bool) -> Decimal:
    if isinstance(value, str):
        number = _from_text(value, in_wan)
    else:
        number = _from_number(value)
        if in_wan:
            number *= 10_000
    # Before any arithmetic that would silently round at Python's 28 digits.
    if number and number.adjusted() > 12:
        raise Refused("amount.too_large", "金额太大：%(value)s", value=shown(value))
    return number


def _from_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        if value is None:
            raise Refused("amount.empty", "缺金额")
        raise Refused("amount.unreadable", "金额看不懂：%(value)s", value=shown(value))
    if isinstance(value, int):
        if abs(value) > LIMIT_CENTS:
            raise Refused("amount.too_large", "金额太大：%(value)s", value=shown(f"{value:e}" if abs(value) < 10**300 else "…"))
        return Decimal(value)
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise Refused("amount.unreadable", "金额看不懂：%(value)s", value=shown(value))
    if isinstance(value, float) and int(number.as_tuple().exponent) < -2:
        # A spreadsheet keeps 15 digits: what a formula left beyond them (0.30000000000000004) is noise, not money.
        number = Decimal(f"{value:.15g}")
    if number and number.adjusted() > 12:
        raise Refused("amount.too_large", "金额太大：%(value)s", value=shown(value))
    # Thirteen digits and fourteen decimals still fit into the 28 that Decimal calculates with.
    return number if int(number.as_tuple().exponent) >= -14 else number.quantize(Decimal("1e-14"))


def _from_text(value: str, in_wan: bool) -> Decimal:
    if len(value) > MAX_LENGTH:
        raise Refused("amount.unreadable", "金额看不懂：%(value)s", value=shown(value))
    text = unicodedata.normalize("NFKC", strip_invisible(value)).translate(_MINUSES).strip().lower().lstrip("'")
    if not text:
        raise Refused("amount.empty", "缺金额")
    if _OTHERS.search(text):
        raise Refused("amount.currency", "只收人民币金额：%(value)s", value=shown(value))
    negative, rest = False, text
    if rest.startswith("(") and rest.endswith(")"):
        negative, rest = True, rest[1:-1].strip()
    rest, signed = _sign(rest)
    for mark in _OURS_BEFORE:
        if rest.startswith(mark):
            rest = rest[len(mark) :].lstrip(" :")
            break
    if not signed:
        rest, signed = _sign(rest)
    if signed and negative:
        raise Refused("amount.sign", "负号写了两次：%(value)s", value=shown(value))
    negative = negative or signed == "-"
    for mark in _OURS_AFTER:
        rest = rest.removesuffix(mark).rstrip()
    in_yuan = rest.endswith(("元", "块"))
    if in_yuan:
        rest = rest[:-1].rstrip()
    times = _UNITS.get(rest[-1:], 0)
    if times:
        rest = rest[:-1].rstrip()
    if in_wan and in_yuan and not times:
        raise Refused("amount.unit", "表头是万元，单元格却写了元：%(value)s", value=shown(value))
    if not _NUMBER.fullmatch(rest):
        raise _why(rest, value)
    number = Decimal(rest.replace(",", "").rstrip(".") or "0") * (times or (10_000 if in_wan else 1))
    return -number if negative else number


def _sign(text: str) -> tuple[str, str]:
    return (text[1:].lstrip(), text[0]) if text[:1] in ("-", "+") and text else (text, "")


def _why(rest: str, value: str) -> Refused:
    if _SCIENTIFIC.fullmatch(rest):
        return Refused("amount.scientific", "金额是科学计数法，请填完整数字：%(value)s", value=shown(value))
    if _EUROPEAN.fullmatch(rest):
        return Refused("amount.separators", "逗号和小数点的写法不清楚，请写成 12345.60：%(value)s", value=shown(value))
    if _CAPITALS.search(rest):
        return Refused("amount.capitals", "不收大写或中文金额，请填数字：%(value)s", value=shown(value))
    return Refused("amount.unreadable", "金额看不懂：%(value)s", value=shown(value))


def format_cents(cents: int, style: Literal["full", "short"] = "full") -> str:
    """Cents as yuan: "¥6,820", "¥1,280.50", "−¥13". Short: from ten thousand yuan on "¥26.8 万", from a million "¥231 万", then "¥1.2 亿".

    The minus is U+2212. `parse_amount(format_cents(x))` gives x back in the full style.
    """
    sign, size = ("−" if cents < 0 else ""), abs(cents)
    if style == "short" and size >= 1_000_000:
        return f"{sign}¥{_short(size)}"
    whole, part = divmod(size, 100)
    return f"{sign}¥{whole:,}.{part:02d}" if part else f"{sign}¥{whole:,}"


def _short(size: int) -> str:
    # Halves go up. Three digits are enough to read: from a million on whole 万 only; what rounds up to 10000 万 is said in 亿.
    if size < 99_950_000:
        unit, tenths = "万", (size + 50_000) // 100_000
    elif (size + 500_000) // 1_000_000 < 10_000:
        unit, tenths = "万", (size + 500_000) // 1_000_000 * 10
    else:
        unit, tenths = "亿", (size + 500_000_000) // 1_000_000_000
    whole, tenth = divmod(tenths, 10)
    return f"{whole:,}.{tenth} {unit}" if tenth else f"{whole:,} {unit}"
