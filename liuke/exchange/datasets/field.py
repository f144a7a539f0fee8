"""What a kind of file may hold: its fields, the words their columns go by, and which of them it cannot do without."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from liuke.kernel.text import strip_invisible

Kind = Literal[
    "identifier",
    "name",
    "text",
    "tier",
    "lines",
    "phone",
    "date",
    "moment",
    "birthday",
    "amount",
    "exact",
    "integer",
    "choice",
    "yes_no",
    "plate",
    "credit_code",
]

_BRACKETS = re.compile(r"[(\[【〔{<《][^)\]】〕}>》]*[)\]】〕}>》]")
_NOT_WORD = re.compile(r"[\W_]+")
_MONEY_TAIL = re.compile(r"(?:万元|rmb|cny|人民币|元)+$")
_WAN = re.compile(r"[(\[【]\s*(?:单位)?[:：]?\s*(?:人民币)?万元?\s*[)\]】]|万元\s*$|[/／]\s*万元?\s*$")
_FOREIGN = re.compile(r"usd|eur|hkd|gbp|jpy|美元|美金|港币|港元|欧元|英镑|日元|[$€£]")


@dataclass(frozen=True)
class Field:
    """`words` name the column for sure, `weak` only where no other column does. `limit`: characters, of an
    integer the most it may be (`least` the least). `choices`: word → stored value."""

    code: str
    label: str
    kind: Kind
    words: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    limit: int = 100
    least: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    several: bool = False
    required: bool = False
    past: bool = False


@dataclass(frozen=True)
class Dataset:
    """`needs`: of each group at least one field must have a column."""

    code: str
    label: str
    fields: tuple[Field, ...]
    needs: tuple[tuple[str, ...], ...]

    def field(self, code: str) -> Field:
        """Raises KeyError."""
        return self._by_code[code]

    @property
    def _by_code(self) -> dict[str, Field]:
        return {each.code: each for each in self.fields}

    def find(self, word: str) -> Field | None:
        """The field a person means: its code, its label, or any of its words."""
        told = plain(word)
        for each in self.fields:
            if word == each.code or told in (plain(each.code), plain(each.label)):
                return each
        return next((each for each in self.fields if told in map(plain, each.words)), None)


def words(text: str) -> tuple[str, ...]:
    """Words written one after the other."""
    return tuple(text.split())


def choices(**values: str) -> dict[str, str]:
    """Word → stored value, from value="its words". `in_` is the value "in", which Python keeps for itself."""
    return {word: value.removesuffix("_") for value, said in values.items() for word in said.split()}


def plain(heading: str) -> str:
    """A heading without what does not matter: case, width, blanks, punctuation, units in brackets ("结算金额（万元）*" → "结算金额")."""
    text = unicodedata.normalize("NFKC", strip_invisible(heading)).lower().strip()
    bare = _NOT_WORD.sub("", _BRACKETS.sub("", text)) or _NOT_WORD.sub("", text)
    return _MONEY_TAIL.sub("", bare) or bare


def in_wan(heading: str) -> bool:
    """Whether the heading says that its amounts are in units of ten thousand."""
    return bool(_WAN.search(unicodedata.normalize("NFKC", strip_invisible(heading)).strip()))


def foreign(heading: str) -> bool:
    """Whether the heading names another currency: its column is never taken for an amount by itself."""
    return bool(_FOREIGN.search(unicodedata.normalize("NFKC", heading).lower()))
