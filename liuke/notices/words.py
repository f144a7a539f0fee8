"""The sentence of a notice. A room that tells people something registers how it is said (in its AppConfig.ready)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Say = Callable[[Mapping[str, Any]], str]

_SAYINGS: dict[str, Say] = {}
_AT_ANY_HOUR: set[str] = set()


def register(key: str, say: Say, *, clock: bool = False) -> None:
    """Have notices of this key said so, in the active language. Once per key; again replaces it.

    The word before the key's dot is its kind (labels.kind_of). clock: a clock runs, so an urgent one is sent in quiet hours too.
    """
    _SAYINGS[key] = say
    (_AT_ANY_HOUR.add if clock else _AT_ANY_HOUR.discard)(key)


def sentence(key: str, slots: Mapping[str, Any]) -> str:
    """What a notice says. "" for a key that no room knows any more: such a notice is not shown."""
    say = _SAYINGS.get(key)
    return say(slots) if say else ""


def known() -> frozenset[str]:
    """The keys that can be said."""
    return frozenset(_SAYINGS)


def at_any_hour() -> frozenset[str]:
    """The keys for which a clock runs."""
    return frozenset(_AT_ANY_HOUR)
