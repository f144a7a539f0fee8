"""How the company keeps its occasions: the pack's, with what the operations centre has written in their place."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.care.models import CareRule
from liuke.packs import Pack
from liuke.packs.care import CareOccasion


@dataclass(frozen=True)
class Kept:
    """One occasion as it is kept now. `version` 0: as the pack has it; `own`: the company's."""

    occasion: CareOccasion
    version: int
    own: bool
    rule: CareRule | None = None


def kept(pack: Pack) -> tuple[Kept, ...]:
    """Every occasion of the pack as it is kept now, in the pack's order. One query.

    A version of which the pack has a kind no more, or that no longer fits the shape of an occasion, gives way to the pack's own.
    """
    newest: dict[str, CareRule] = {}
    for rule in CareRule.objects.filter(pack=pack.key).select_related("by").order_by("version"):
        newest[rule.key] = rule
    found = []
    for occasion in pack.care:
        known = newest.get(occasion.key)
        own = _read(known) if known is not None else None
        if own is not None and own.kind != occasion.kind:
            own = None
        found.append(Kept(own or occasion, known.version if known else 0, own is not None, known))
    return tuple(found)


def kept_one(pack: Pack, key: str) -> Kept:
    """Raises KeyError for an occasion that the pack has not."""
    return {each.occasion.key: each for each in kept(pack)}[key]


def occasions(pack: Pack) -> tuple[CareOccasion, ...]:
    """The occasions that are kept (switched on), in the pack's order. One query."""
    return tuple(each.occasion for each in kept(pack) if each.occasion.on)


def _read(rule: CareRule) -> CareOccasion | None:
    if rule.body is None:
        return None
    try:
        return CareOccasion.model_validate(rule.body, context={"own": True})
    except ValueError:
        return None
