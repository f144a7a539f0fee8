"""Blind indexes: what a sealed text is found by."""

from __future__ import annotations

from collections.abc import Iterable

from liuke.kernel import seal
from liuke.vault.keys import ring


def digest(kind: str, text: str) -> str:
    """The keyed digest that is stored beside a sealed text: 32 hex signs, "" for nothing. `kind` keeps two uses of one text apart."""
    return seal.digest(ring().index[0], kind, text)


def digests(kind: str, texts: Iterable[str]) -> list[str]:
    """The digests to look for: of each text under every index key, so that all are found while the index is changing keys."""
    keys, wanted = ring().index, [text for text in texts if text]
    return [seal.digest(key, kind, text) for text in wanted for key in keys]
