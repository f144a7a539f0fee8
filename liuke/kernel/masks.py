"""How much of a person's data others may see. Never more signs for a longer value. Telephones: phone; plates: plate."""

from __future__ import annotations

import re

from liuke.kernel.surnames import COMPOUND_SURNAMES

_STARS = "***"
_HAN_NAME = re.compile("[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,4}")
_LETTERS_AND_FIGURES = re.compile(r"[^0-9A-Za-z]")
_PROVINCE = r"(?:[\u4e00-\u9fff]{2,4}?(?:省|自治区|特别行政区)|(?:内蒙古|广西壮族|宁夏回族|新疆维吾尔)自治区)"
_CITY = r"(?:[\u4e00-\u9fff]{2,8}?(?:市|自治州|地区|盟))"
_DISTRICT = r"(?:[\u4e00-\u9fff]{1,12}?(?:自治县|自治旗|区|县|市|旗))"
_ADDRESS = re.compile(rf"\s*(?P<province>{_PROVINCE})?\s*(?P<city>{_CITY})?\s*(?P<district>{_DISTRICT})?")
# 小区, 园区 and their like end as districts do, and would give the house away; so would a street before the 区.
_NO_DISTRICT = re.compile(r"[路街道巷弄号村镇乡楼栋幢室组里]|[小社园校厂院属活宅景业学营矿工住库场]区")


def mask_name(name: str) -> str:
    """王*, 王*明, 欧阳*, 欧阳*山; another script's first letter: J***. A single character is a star."""
    name = name.strip()
    if not _HAN_NAME.fullmatch(name):
        return name[0] + _STARS if len(name) > 1 else "*" * len(name)
    head = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:head] + "*" + (name[-1] if len(name) > head + 1 else "")


def mask_wechat(account: str) -> str:
    """The first sign: z***."""
    account = account.strip()
    return account[0] + _STARS if len(account) > 1 else _STARS if account else ""


def mask_mail(address: str) -> str:
    """The first sign and the house: a***@x.com."""
    who, at, house = address.strip().rpartition("@")
    return (who[:1] + _STARS + at + house) if who else (_STARS if house else "")


def mask_id(number: str) -> str:
    """An identity card: first three, last four."""
    plain = _LETTERS_AND_FIGURES.sub("", number)
    return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 15 else "****" if plain else ""


def mask_bank(number: str) -> str:
    """A bank account: the last four."""
    plain = _LETTERS_AND_FIGURES.sub("", number)
    return f"****{plain[-4:]}" if len(plain) >= 8 else "****" if plain else ""


def mask_address(address: str) -> str:
    """To the district: 浙江省杭州市西湖区***. What cannot be told to be a district is not shown."""
    if not address.strip():
        return ""
    found = _ADDRESS.match(address)
    shown = ""
    for part in ("province", "city", "district"):
        text = found[part] if found else None
        if text and _NO_DISTRICT.search(text):
            break
        shown += text or ""
    return shown + _STARS
