"""A letter and its slots. Pure.

Slots stand in braces: {称呼}. What cannot be filled for somebody takes its whole sentence with it, so that no letter has a hole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean

SLOTS: dict[str, str] = {
    "name_title": "称呼", "name": "姓名", "last_visit": "上次来店", "staff": "业务员", "staff_phone": "业务员电话", "store": "门店"
}  # fmt: skip
"""What a letter may name: key → the word that stands in the braces. The key itself is understood too."""
ALWAYS = frozenset(("name_title", "name", "store"))
"""Known of everybody who gets a letter."""
BODY, TITLE, NAME = 3000, 60, 40

_SLOT = re.compile(r"\{([^{}\n]*)\}")
_KEYS = {**{key: key for key in SLOTS}, **{word: key for key, word in SLOTS.items()}}
# To the end of a sentence, with the closing marks behind it; an English full stop only before a blank.
_SENTENCE = re.compile(r"""(?:.+?(?:[。！？…]+[”’」』）】]*|[.!?]+["')\]]*(?=\s)|$))\s*""")
_POSTCODE = r"(?<![0-9])[0-8][0-9]{5}(?![0-9])"
_LABELLED = re.compile(rf"(?:邮政编码|邮编)\s*[:：]?\s*({_POSTCODE})")
_AT_AN_END = re.compile(rf"^\s*({_POSTCODE})(?=[\s，,、]|[^0-9号弄室栋幢\-])|[\s，,、（(]({_POSTCODE})[)）]?\s*$")


def checked(title: str, body: str) -> tuple[str, str]:
    """A letter's text as it is kept. Refuses letter.empty, letter.brace, letter.slot, letter.nothing, text.*."""
    head, text = clean(title, TITLE), clean(body, BODY, lines=True)
    if not text:
        raise Refused("letter.empty", "信还是空的。")
    for part in (head, text):
        if stray := re.search(r"[{}]", _SLOT.sub("", part)):
            raise Refused("letter.brace", "信里有一个单独的“%(sign)s”，空位要写成 {称呼} 这样。", sign=stray[0])
        for slot in _SLOT.findall(part):
            if slot.strip() not in _KEYS:
                known = " ".join(f"{{{word}}}" for word in SLOTS.values())
                raise Refused("letter.slot", "不认识空位 {%(slot)s}，能用的有 %(known)s。", slot=slot.strip()[:20], known=known)
    least = merged(text, dict.fromkeys(ALWAYS, "某某"))
    if not [paragraph for paragraph in least if not paragraph.endswith(("：", ":", ","))]:
        raise Refused("letter.nothing", "有人的空位填不上，那一句会不写，信就空了。请至少写一句不带空位的话。")
    return head, text


def merged(text: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """The paragraphs for one person. `values` by key of SLOTS; a sentence with a slot that is empty there is left out, and a paragraph
    without a sentence too. What fills a slot is set as it is."""
    found = []
    for paragraph in text.split("\n"):
        sentences = (_filled(sentence, values) for sentence in _SENTENCE.findall(paragraph))
        kept = "".join(sentence for sentence in sentences if sentence is not None).strip()
        if kept:
            found.append(kept)
    return tuple(found)


def _filled(sentence: str, values: Mapping[str, str]) -> str | None:
    wanted = [_KEYS[slot.strip()] for slot in _SLOT.findall(sentence)]
    if any(not values.get(key) for key in wanted):
        return None
    return _SLOT.sub(lambda match: values[_KEYS[match[1].strip()]], sentence)


def worded(text: str, chinese: bool) -> str:
    """A pack's letter with its slots in the reader's words."""
    return _SLOT.sub(lambda match: f"{{{SLOTS[match[1].strip()] if chinese else match[1].strip()}}}", text)


def postcode(address: str) -> tuple[str, str]:
    """(postcode, the rest) of an address: six figures with their label, or alone at one of its ends; ("", the address) without."""
    found = _LABELLED.search(address) or _AT_AN_END.search(address)
    if found is None:
        return "", address.strip()
    number = next(group for group in found.groups() if group)
    rest = (address[: found.start()] + " " + address[found.end() :]).strip(" ，,、（）()")
    return (number, " ".join(rest.split())) if rest else ("", address.strip())
