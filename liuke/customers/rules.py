"""What a card is found by, and what may stand on it. Pure: no Django, no clock, no input or output."""

from __future__ import annotations

import json
import re
import unicodedata

from liuke.kernel import pinyin
from liuke.kernel.refusal import Refused

_NOT_CODE = re.compile(r"[\W_]+")
_PLATE = re.compile(r"([\u4e00-\u9fff])([A-Z][A-Z0-9]{5,6})")


def code(text: str) -> str:
    """A number or plate as one search word: made plain and lower case, nothing but letters and digits ("浙A·7123Q" → "浙a7123q")."""
    return _NOT_CODE.sub("", unicodedata.normalize("NFKC", text).lower())


def alias_words(alias: str) -> list[str]:
    """The words an alias is found by. A plate also without its province and by its last five characters, as people say it on the phone."""
    whole = code(alias)
    if not whole:
        return []
    words = [whole]
    if _PLATE.fullmatch(whole.upper()):
        words += [whole[1:], whole[2:]]
    return words


def index_text(name: str, number: str, aliases: str) -> str:
    """The text of the search index for one card: the words of name and number (kernel.pinyin), then each alias as words of its own.

    A plate is one word with its province, so that looking for 京 by name does not find every car of Beijing.
    """
    words = [word for line in aliases.splitlines() for word in alias_words(line)]
    return " ".join([pinyin.search_tokens(name, number), *words]).strip()


_TIERS = {
    "ordinary": "普卡 普通 普通会员 ordinary",
    "silver": "银卡 银 银卡会员 silver",
    "gold": "金卡 金 金卡会员 gold",
    "platinum": "白金 白金卡 铂金 铂金卡 白金会员 platinum",
}
_TIER_OF = {word: code for code, said in _TIERS.items() for word in said.split()}


def tier_code(text: str) -> str:
    """The code of a membership tier however it is written (金, 金卡, Gold → gold); a trade's own tier stays as it is."""
    return _TIER_OF.get(text.strip().lower(), text)


def refuse_erased(erased: bool) -> None:
    """Nothing more is written about somebody who had himself taken out."""
    if erased:
        raise Refused("customer.erased", "这位客户的个人信息已经删除，卡上不能再写。")


def contact_words(kept: str) -> str:
    """What the history shows of a contact (the JSON of customers.organisations): name and title, no numbers."""
    contact = json.loads(kept)
    return "，".join(part for part in (contact["name"], contact["title"]) if part)
