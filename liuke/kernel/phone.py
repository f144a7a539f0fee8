"""Phone numbers as they stand in customer files, into one normal form; and the little of them that others may see.

A number is kept as E.164 ("+8613812345678"); an extension follows it as in RFC 3966 ("+8657188886666;ext=801"). 400 and 800 numbers have
no E.164 form of their own and are kept as "+864001234567".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

import phonenumbers

from liuke.kernel.refusal import Refused
from liuke.kernel.text import strip_invisible

Kind = Literal["mobile", "landline", "service", "foreign"]
MAX_LENGTH = 200


class Phone(NamedTuple):
    """One number: normal form (see above) and what it is."""

    e164: str
    kind: Kind


# Eight noughts after three digits are what 1.38E+10 becomes when such a file is saved once more.
_MOBILE = re.compile(r"1[3-9][0-9](?!00000000)[0-9]{8}")
_EMPTY = frozenset(("", "无", "没有", "暂无", "未知", "不详", "未填", "空", "无电话", "无手机", "n/a", "na", "null", "none", "nil", "?"))
_DASHES = str.maketrans(dict.fromkeys("−–—‐‑‒﹣―ー─~", "-"))
_ONLY_MARKS = re.compile(r"[-/\\.0 ]*")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?e\+?[0-9]{1,2}")
_MASKED = re.compile(r"[*•●×]|[0-9][x]{2,}|[x]{2,}[0-9]|#{3,}")
_LABEL = re.compile(
    r"(?:联系电话|固定电话|办公电话|联系方式|手机号码?|电话号码?|手机|电话|座机|固话|办公|家庭|住宅|tel|phone|mobile|cell)"
    r"\s*[:.]?\s*(?=[+(0-9])"
)
_STRONG = re.compile(r"[/、,;|\\\n\r\t]+|或者?")
_EXTENSION = re.compile(r"(?P<main>.*[0-9)])\s*(?:转|轉|分机号?|ext\.?|extension|x|#)\s*[:.]?\s*(?P<ext>[0-9]{1,6})")
_DASH_EXTENSION = re.compile(r"(?P<main>\(?0[0-9]{2,3}\)?[- ]?[0-9]{7,8})-(?P<ext>[0-9]{1,6})")
_AREA_SLASH = re.compile(r"(?<![0-9])(0[0-9]{2,3})/(?=[0-9]{7,8}(?![0-9]))")
_JUNK = re.compile(r"[-\s().]+")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_AREA = re.compile(r"\+86(10|2[0-9]|[3-9][0-9]{2})([0-9]{7,8})")
# Written as a number, a landline loses its nought. Only forms that no shortened mobile can have are given it back.
_LOST_NOUGHT = re.compile(r"10[2-8][0-9]{7}|2[0-9][2-8][0-9]{7}|[3-9][0-9]{2}[2-8][0-9]{7}")
_LOCAL = re.compile(r"[2-8][0-9]{6,7}")


def parse_phones(value: object) -> list[Phone]:
    """All numbers of one cell, the first first, each once; an empty cell, 无, - or 0 gives none.

    Takes text or a number cell: mobile, landline with area code and extension, 400/800, +country; +86/0086, full-width and invisible
    characters, spaces and dashes; several by / 、 , ; or a space. Refuses, with codes phone.*: scientific notation and cut digits,
    numbers already masked, a landline without its area code, whatever is not surely a number. The message never repeats the number.
    """
    if type(value) is str:
        if _MOBILE.fullmatch(value):
            return [Phone("+86" + value, "mobile")]
        return _from_text(value)
    if type(value) is float and value.is_integer() and 0 <= value < 1e15:
        return _from_text(str(int(value)))
    if type(value) is int and 0 <= value < 10**15:
        return _from_text(str(value))
    if value is None:
        return []
    raise _unreadable()


def _unreadable() -> Refused:
    return Refused("phone.unreadable", "电话号码看不懂，请核对")


def _from_text(value: str) -> list[Phone]:
    if len(value) > MAX_LENGTH:
        raise Refused("phone.too_long", "电话一格太长，请只填号码")
    text = unicodedata.normalize("NFKC", strip_invisible(value)).translate(_DASHES).strip().strip("'\"`").strip().lower()
    if text in _EMPTY or _ONLY_MARKS.fullmatch(text):
        return []
    if _MASKED.search(text):
        raise Refused("phone.masked", "号码已打码，请填完整号码")
    text = _LABEL.sub(" ", text.replace(";ext=", "转"))
    text = re.sub(r"([0-9])\.0+(?![0-9])", r"\1", text)
    found: list[Phone] = []
    for piece in _STRONG.split(_AREA_SLASH.sub(r"\1-", text)):
        piece = piece.strip(" .:")
        if piece in _EMPTY or _ONLY_MARKS.fullmatch(piece):
            continue
        if _SCIENTIFIC.fullmatch(piece):
            raise Refused("phone.scientific", "号码已被 Excel 截断，请按文本重填")
        for phone in _split(piece, found):
            if phone not in found:
                found.append(phone)
    return found


def _split(piece: str, before: list[Phone]) -> list[Phone]:
    """The numbers of a piece in which blanks may stand inside a number or between two."""
    whole = _single(piece, before)
    if whole is not None:
        return [whole]
    words = piece.split()
    numbers = _group(words, before) if 1 < len(words) <= 24 else None
    if numbers is None:
        raise _why(piece)
    return numbers


def _group(words: list[str], before: list[Phone]) -> list[Phone] | None:
    # best[i] reads the words from i on: from the back, the longest first word group wins ("0571 88886666", not "0571" alone).
    best: list[list[Phone] | None] = [None] * len(words) + [[]]
    for start in range(len(words) - 1, -1, -1):
        if words[start] in _EMPTY or _ONLY_MARKS.fullmatch(words[start]):
            best[start] = best[start + 1]
            continue
        for end in range(min(len(words), start + 6), start, -1):
            rest = best[end]
            if rest is None or any(word.startswith("+") for word in words[start + 1 : end]):
                continue
            phone = _single(" ".join(words[start:end]), before if start == 0 else [])
            if phone is not None:
                best[start] = [phone, *rest]
                break
    return best[0]


def _single(text: str, before: list[Phone]) -> Phone | None:
    """The one number this text is, or None."""
    extension = ""
    match = _EXTENSION.fullmatch(text) or _DASH_EXTENSION.fullmatch(text)
    if match:
        text, extension = match["main"], match["ext"]
    compact = _JUNK.sub("", text)
    plus = compact.startswith("+")
    digits = compact.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        return None
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if plus and not digits.startswith("86"):
        return _with(_foreign(digits), extension)
    if plus or (digits.startswith("86") and len(digits) >= 12):
        digits = digits[2:]
        # +86 (0)571: the nought is not part of it, but people write it; and without it the number is complete.
        digits = digits if digits.startswith("0") or _MOBILE.fullmatch(digits) or _SERVICE.fullmatch(digits) else "0" + digits
    if _MOBILE.fullmatch(digits):
        return _with(Phone("+86" + digits, "mobile"), extension)
    if digits.startswith("01") and _MOBILE.fullmatch(digits[1:]):  # 0138…: the long-distance nought of old
        return _with(Phone("+86" + digits[1:], "mobile"), extension)
    if _SERVICE.fullmatch(digits):
        return _with(Phone("+86" + digits, "service"), extension)
    if _LOST_NOUGHT.fullmatch(digits):
        digits = "0" + digits
    elif _LOCAL.fullmatch(digits) and before and before[-1].kind == "landline":
        area = _AREA.match(before[-1].e164)
        digits = "0" + area[1] + digits if area else digits
    return _with(_landline(digits), extension)


def _with(phone: Phone | None, extension: str) -> Phone | None:
    if phone is None or not extension:
        return phone
    return Phone(f"{phone.e164};ext={extension}", phone.kind) if phone.kind != "mobile" else None


def _landline(digits: str) -> Phone | None:
    if not digits.startswith("0") or not _AREA.fullmatch("+86" + digits[1:]):
        return None
    number = _understood("+86" + digits[1:])
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return Phone("+86" + digits[1:], "landline") if number is not None and phonenumbers.number_type(number) in kinds else None


def _foreign(digits: str) -> Phone | None:
    number = _understood("+" + digits)
    return None if number is None else Phone(str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)), "foreign")


def _understood(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _why(piece: str) -> Refused:
    digits = re.sub(r"^(?:\+|00)?86(?=1[3-9])", "", _JUNK.sub("", piece))
    if not digits.isascii() or not digits.removeprefix("+").isdigit():
        return _unreadable()
    if re.fullmatch(r"1[3-9][0-9]0{8}", digits):
        return Refused("phone.scientific", "号码已被 Excel 截断，请按文本重填")
    if re.match(r"1[3-9]", digits):
        missing = 11 - len(digits)
        if missing > 0:
            return Refused("phone.short", "手机号少了 %(n)s 位", n=missing)
        return Refused("phone.long", "手机号多了 %(n)s 位", n=-missing) if missing < 0 else _unreadable()
    if _LOCAL.fullmatch(digits):
        return Refused("phone.area_code", "座机缺区号，请写成 0571-88886666 的样子")
    return _unreadable()


def last4(e164: str) -> str:
    """The last four digits of the number itself, without its extension: what it may be searched by."""
    return re.sub(r"[^0-9]", "", e164.partition(";")[0])[-4:]


def show_phone(e164: str) -> str:
    """The whole number as people read it: "138 1234 5678", "0571-88886666 转 801", "400-123-4567", "+852 9123 4567"."""
    main, _, extension = e164.partition(";ext=")
    tail = f" 转 {extension}" if extension else ""
    digits = main.removeprefix("+86")
    if digits != main and _MOBILE.fullmatch(digits):
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}{tail}"
    if digits != main and _SERVICE.fullmatch(digits):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}{tail}"
    area = _AREA.fullmatch(main)
    if area:
        return f"0{area[1]}-{area[2]}{tail}"
    number = _understood(main)
    return (main if number is None else str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))) + tail


def mask_phone(e164: str) -> str:
    """What others may see: mobile 138****5678; landline and 400/800 area + last two (0571-****66); foreign the country's code + last two.

    The stars are always four, whatever they hide; an extension is not shown; anything unknown is four stars.
    """
    main = e164.partition(";")[0]
    digits = main.removeprefix("+86")
    if digits != main:
        if re.fullmatch(r"1[3-9][0-9]{9}", digits):
            return f"{digits[:3]}****{digits[7:]}"
        if _SERVICE.fullmatch(digits):
            return f"{digits[:3]}-****{digits[-2:]}"
        area = _AREA.fullmatch(main)
        return f"0{area[1]}-****{area[2][-2:]}" if area else "****"
    number = _understood(main) if main.startswith("+") else None
    return "****" if number is None else f"+{number.country_code} ****{main[-2:]}"
