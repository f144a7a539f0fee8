"""Names out of the pack, in the reader's language."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import get_language

from liuke.deals.models import Contract
from liuke.packs.schema import Pack


def language() -> Literal["zh", "en"]:
    """The language of the pack's words for this reader."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def contract_name(row: Contract, pack: Pack) -> str:
    """What a contract is called: its own name, else that of its kind."""
    return row.name or contract_kind(row.kind, pack)


def contract_kind(key: str, pack: Pack) -> str:
    """The name of a kind of contract; the key itself where the pack no longer knows it."""
    try:
        return pack.contract_kind(key).name(language())
    except KeyError:
        return key


def signal_name(key: str, pack: Pack) -> str:
    """The name of a signal; the key itself where the pack no longer knows it."""
    try:
        return pack.signal(key).name(language())
    except KeyError:
        return key
