"""How Chinese names sound, for sorting and for finding them: 张三 is found by 张, 张三, zhangsan, zhang san, zs, san.

The search column is one line of words for a full-text index that knows no Chinese (FTS5 `unicode61`, PostgreSQL `simple`): one word per Han
character, then the sound from each syllable on, then the initials from each syllable on. A query is phrases of Han characters and
prefixes of sounds or figures, all of which must be there.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from liuke.kernel.surnames import COMPOUND_SOUNDS, COMPOUND_SURNAMES, SURNAMES
from liuke.kernel.text import strip_invisible

MAX_QUERY = 64
_MAX_WORD = 60
_MAX_STARTS = 24
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]+")
# Within a word these only divide: C-1001 is also c1001, O'Brien also obrien, 迪丽热巴·买买提 one phrase.
_JOINERS = re.compile(r"(?<=[^\W_])[-'’`·•‧・._]+(?=[^\W_])")
_PHONE = re.compile(r"\+[0-9]{8,15}(?:;ext=[0-9]+)?")


class Term(NamedTuple):
    """One thing a query asks for: words that follow each other (`prefix` false), or one beginning of a word."""

    words: tuple[str, ...]
    prefix: bool


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", strip_invisible(text)).lower().replace("ü", "v")
    # Diacritics away (José is jose): one of the two databases would do it by itself, the other not.
    return folded if folded.isascii() else unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", folded)))


def _read(run: str) -> list[str]:
    from pypinyin import lazy_pinyin  # its dictionaries take a moment to load: only who sorts or indexes pays

    return [sound.replace("ü", "v") for sound in lazy_pinyin(run)]


def _surname(run: str) -> list[str] | None:
    """The reading of a person's surname at the head of two to four Han characters; None if the everyday reading serves."""
    if not 2 <= len(run) <= 4:
        return None
    if run[:2] in COMPOUND_SOUNDS:
        return COMPOUND_SOUNDS[run[:2]].split()
    if len(run) > 2 and run[:2] in COMPOUND_SURNAMES:
        return None
    return [SURNAMES[run[0]]] if run[0] in SURNAMES else None


@lru_cache(maxsize=16_384)
def _syllables(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sounds of a name as a person's, and as plain text; Latin words and figures are a syllable of their own."""
    plain = _JOINERS.sub("", _plain(name))
    runs = _RUN.findall(plain)
    sounds: list[str] = []
    for run in runs:
        sounds.extend(_read(run) if _IS_HAN.fullmatch(run) else [run])
    head = _surname(runs[0]) if len(runs) == 1 else None
    return tuple([*head, *sounds[len(head) :]] if head else sounds), tuple(sounds)


def full(name: str) -> str:
    """The whole sound in one word: 张三 "zhangsan", 单雄信 "shanxiongxin", 吕布 "lvbu"."""
    return "".join(_syllables(name)[0])


def initials(name: str) -> str:
    """The first letter of each syllable: 张三 "zs". Figures stay whole."""
    return "".join(_initial(sound) for sound in _syllables(name)[0])


def _initial(sound: str) -> str:
    return sound if sound[:1].isdigit() else sound[:1]


def sort_key(name: str) -> str:
    """By sound, syllable by syllable, then by character: "zhang san 张三". Compared as plain text on every database."""
    return " ".join((*_syllables(name)[0], " ".join(_plain(name).split())))


def search_tokens(name: str, *extra: str) -> str:
    """The search column of a name and of whatever else it is found by (number, plate, last four digits): words with one blank between.

    A telephone number in normal form among the extras gives its last four digits only: more of it is not to be found by guessing.
    """
    tokens = _words(name)
    for sounds in dict.fromkeys(_syllables(name)):
        for reading in _spellings(sounds):
            tokens.extend(_starts(reading))
    for text in extra:
        tokens.extend([text.partition(";")[0][-4:]] if _PHONE.fullmatch(text) else _words(text))
    # A name's own characters keep their places, repeats included: phrases count on them. Everything behind is a set.
    own = len(_words(name))
    seen = set(tokens[:own])
    return " ".join(tokens[:own] + [t for t in dict.fromkeys(tokens[own:]) if t not in seen or _IS_HAN.fullmatch(t)])


def _words(text: str) -> list[str]:
    """Han characters one by one, other words whole; a word with joiners both joined and in parts."""
    plain = _plain(text)
    joined = _JOINERS.sub("", plain)
    words: list[str] = []
    for run in _RUN.findall(joined):
        words.extend(run if _IS_HAN.fullmatch(run) else [run[:_MAX_WORD]])
    if joined != plain:
        words.extend(run[:_MAX_WORD] for run in _RUN.findall(plain) if not _IS_HAN.fullmatch(run))
    return words


def _spellings(sounds: tuple[str, ...]) -> list[tuple[str, ...]]:
    """ü is typed v, u or yu: 吕 is lv, lu and lyu."""
    if not any(sound in ("lv", "nv", "lve", "nve") for sound in sounds):
        return [sounds]
    return [tuple(re.sub("^([ln])v", rf"\1{u}", sound) for sound in sounds) for u in ("v", "u", "yu")]


def _starts(sounds: tuple[str, ...]) -> list[str]:
    firsts = [_initial(sound) for sound in sounds]
    words = ["".join(sounds)[:_MAX_WORD], "".join(firsts)[:_MAX_WORD]]
    for start in range(1, min(len(sounds), _MAX_STARTS)):
        words += ["".join(sounds[start : start + 6])[:_MAX_WORD], "".join(firsts[start : start + 8])[:_MAX_WORD]]
    return [word for word in words if word]


def query_tokens(text: str) -> list[Term]:
    """What a person typed, as terms that must all be there: 王伟 the phrase 王 伟; zhangs, zs, 5678 beginnings of a word."""
    terms: list[Term] = []
    for run in _RUN.findall(_JOINERS.sub("", _plain(text[:MAX_QUERY]))):
        terms.append(Term(tuple(run), False) if _IS_HAN.fullmatch(run) else Term((run[:_MAX_WORD],), True))
    return list(dict.fromkeys(terms))


def fts5_query(text: str) -> str:
    """The query for SQLite's MATCH, or "" when nothing is asked: '"王 伟" AND "zhangs"*'."""
    return " AND ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in query_tokens(text))


def ts_query(text: str) -> str:
    """The query for PostgreSQL's to_tsquery('simple', …), or "" when nothing is asked: "('王' <-> '伟') & 'zhangs':*"."""
    asked: list[str] = []
    for term in query_tokens(text):
        phrase = " <-> ".join(f"'{word}'" for word in term.words)
        asked.append(f"{phrase}:*" if term.prefix else f"({phrase})")
    return " & ".join(asked)
