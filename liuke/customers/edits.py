"""Two people at one card: three-way merge, the history of changes, and the refusal with both values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liuke.customers.fields import as_text
from liuke.customers.models import Customer, FieldChange
from liuke.kernel.refusal import Refused
from liuke.team.models import User


@dataclass(frozen=True)
class Clash:
    """One field that two people changed: what stands now and by whom, and what was typed."""

    field: str
    theirs: str
    mine: str
    by: str
    at: datetime


class Conflict(Refused):
    """Somebody was faster. `clashes` has both values per field; `version` is the one to send when choosing."""

    def __init__(self, clashes: list[Clash], version: int) -> None:
        super().__init__("customer.conflict", "%(who)s 刚改过这张卡。", who=clashes[0].by)
        self.clashes = clashes
        self.version = version


def merge(card: Customer, typed: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The fields to change: those that differ from the card, less those where only others changed since `version`. Raises Conflict."""
    wanted = {name: value for name, value in typed.items() if getattr(card, name) != value}
    if version >= card.version or not wanted:
        return wanted
    clashes = []
    since = FieldChange.objects.filter(customer=card, version__gt=version, field__in=list(wanted)).select_related("by").order_by("-pk")
    first: dict[str, FieldChange] = {}
    last: dict[str, FieldChange] = {}
    for change in since:
        last.setdefault(change.field, change)
        first[change.field] = change
    for name, change in first.items():
        if as_text(wanted[name]) == change.old:  # as it stood in the form: not touched
            del wanted[name]
        else:
            newest = last[name]
            clashes.append(Clash(name, as_text(getattr(card, name)), as_text(typed[name]), str(newest.by or ""), newest.at))
    if clashes:
        raise Conflict(clashes, card.version)
    return wanted


def store_changes(actor: User, card: Customer, values: Mapping[str, Any], version: int, old: str | None = None) -> None:
    """Keep what each field was and becomes; called before the card gets the new values."""
    FieldChange.objects.bulk_create(
        FieldChange(
            customer=card,
            field=name,
            old=as_text(getattr(card, name)) if old is None else old,
            new=as_text(value),
            version=version,
            by=actor,
        )
        for name, value in values.items()
    )
