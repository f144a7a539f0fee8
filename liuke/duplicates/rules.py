"""When two cards are one customer: what speaks for it and against it, and how much together. Pure: no Django, no clock.

Each piece of evidence has a weight w: of two cards that agree in this and in nothing else, the share that we take to be one customer. What
speaks for it is joined as if independent, 1 − Π(1 − w); what speaks against it takes its share away, × Π(1 − w). So the score is between
0 and 1, the same from both sides, never less with more evidence for, never more with more evidence against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import prod

from rapidfuzz.fuzz import ratio

PROPOSED_FROM = 0.5
SIMILAR_FROM = 0.85
"""Names less alike than this (rapidfuzz' ratio of their sounds, 0–1) say nothing."""

FOR: dict[str, float] = {
    "credit_code": 0.98,  # given once
    "plate": 0.65,  # a car is sold on now and then
    "phone": 0.6,  # shared in families and offices
    "company": 0.55,
    "name": 0.4,
    "birthday": 0.4,
    "address": 0.4,
    "sound": 0.25,
    "last4": 0.2,  # one in ten thousand by chance, many pairs in a large file
    "birth_day": 0.15,  # day and month, the year is not on both cards
    "company_similar": 0.3,
    "similar": 0.2,  # at most: see `_similar`
}
AGAINST: dict[str, float] = {"other_credit_code": 0.9, "other_place": 0.35, "other_birthday": 0.25, "other_gender": 0.15}

HARD = frozenset({"phone", "credit_code", "plate"})
"""What is proposed by itself, however little else agrees (domain page 1, Import, settled: same phone, other name)."""

KINDS = {"name": "name", "sound": "name", "similar": "name", "company": "name", "company_similar": "name", "birth_day": "birthday"}
"""Codes that are one kind of evidence: names that agree more closely than before are nothing new."""


@dataclass(frozen=True)
class Facts:
    """What of a card is compared. Numbers are digests, the address a key (spelling.address_key); "" and empty are unknown.

    `birthday`: (year or None, month, day, lunar), None without a day. `sound`: syllables with blanks. `core`, `places`: of a company.
    """

    person: bool = True
    name: str = ""
    sound: str = ""
    core: str = ""
    places: frozenset[str] = frozenset()
    birthday: tuple[int | None, int, int, bool] | None = None
    gender: str = ""
    phones: frozenset[str] = field(default_factory=frozenset)
    last4: frozenset[str] = field(default_factory=frozenset)
    address: str = ""
    credit_code: str = ""
    plates: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, order=True)
class Evidence:
    """One thing in which two cards agree or differ: a code of FOR or AGAINST, with its weight."""

    code: str
    weight: float

    @property
    def against(self) -> bool:
        return self.code in AGAINST


Say = Callable[..., None]


def evidence(a: Facts, b: Facts) -> tuple[Evidence, ...]:
    """All that speaks for and against these two being one customer; nothing for a person and an organisation."""
    if a.person != b.person:
        return ()
    found: list[Evidence] = []

    def say(code: str, weight: float | None = None) -> None:
        found.append(Evidence(code, weight or FOR.get(code) or AGAINST[code]))

    if a.phones & b.phones:
        say("phone")
    elif a.last4 & b.last4:
        say("last4")
    if a.credit_code and b.credit_code:
        say("credit_code" if a.credit_code == b.credit_code else "other_credit_code")
    if a.plates & b.plates:
        say("plate")
    if a.address and a.address == b.address:
        say("address")
    if not a.person:
        _companies(a, b, say)
    else:
        _names(a, b, say)
        _birthdays(a, b, say)
        if a.gender and b.gender and a.gender != b.gender:
            say("other_gender")
    return tuple(sorted(found))


def _names(a: Facts, b: Facts, tell: Say) -> None:
    if not a.name or not b.name:
        return
    if a.name == b.name:
        tell("name")
    elif a.sound and a.sound == b.sound:
        tell("sound")
    elif (alike := similarity(a.sound, b.sound)) >= SIMILAR_FROM:
        tell("similar", _similar(alike))


def _companies(a: Facts, b: Facts, tell: Say) -> None:
    if a.core and a.core == b.core:
        tell("company")
    elif a.core and b.core and similarity(a.core, b.core) >= SIMILAR_FROM:
        tell("company_similar")
    if a.places and b.places and not a.places & b.places:
        tell("other_place")


def _birthdays(a: Facts, b: Facts, tell: Say) -> None:
    if a.birthday is None or b.birthday is None or a.birthday[3] != b.birthday[3]:
        return
    if a.birthday[1:] != b.birthday[1:]:
        tell("other_birthday")
    elif a.birthday[0] is None or b.birthday[0] is None:
        tell("birth_day")
    else:
        tell("birthday" if a.birthday[0] == b.birthday[0] else "other_birthday")


def similarity(a: str, b: str) -> float:
    """How alike two sounds or names are, 0–1, blanks left out."""
    return ratio(a.replace(" ", ""), b.replace(" ", "")) / 100


def _similar(alike: float) -> float:
    """Half of the most at SIMILAR_FROM, rising to the most."""
    return FOR["similar"] * (0.5 + 0.5 * (alike - SIMILAR_FROM) / (1 - SIMILAR_FROM))


def score(found: Iterable[Evidence]) -> float:
    """The share of such pairs that we take to be one customer, 0–1. Source: the head of this file."""
    told = tuple(found)
    speaks_for = 1 - prod(1 - one.weight for one in told if not one.against)
    return speaks_for * prod(1 - one.weight for one in told if one.against)


def proposed(found: Iterable[Evidence]) -> bool:
    """Whether the pair is worth a look: something hard agrees, or the score reaches PROPOSED_FROM. Two credit codes are two companies."""
    told = tuple(found)
    codes = {one.code for one in told}
    if "other_credit_code" in codes:
        return False
    return bool(codes & HARD) or score(told) >= PROPOSED_FROM


def new_kind(codes: Iterable[str], known: Iterable[str]) -> bool:
    """Whether these codes hold evidence for it of a kind that was not known when somebody said that they are two."""
    return bool({_kind(code) for code in codes if code in FOR} - {_kind(code) for code in known})


def _kind(code: str) -> str:
    return KINDS.get(code, code)
