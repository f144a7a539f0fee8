"""Writing how the company keeps an occasion: a new version, the pack's own again, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from liuke.audit.actions import hold_chain, record
from liuke.care.keeping import Kept, kept_one
from liuke.care.models import CareRule
from liuke.kernel.refusal import Refused
from liuke.packs import Pack
from liuke.packs.care import CareOccasion, faults
from liuke.packs.loader import faults_of
from liuke.playbooks.rules import OWN, Fault, Faulty
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack as current_pack


@transaction.atomic
def save_rule(actor: User, key: str, body: Mapping[str, Any], seen: int) -> CareRule:
    """How an occasion is kept from now on; what is under way stays as it was. `body`: the whole of it (packs.care.CareOccasion), without
    English if need be; `seen`: the version the writer had before him (0: the pack's).

    Refuses care.unknown, care.newer, permission, and with Faulty every fault at its field: an offer, a slot that cannot be filled.
    """
    pack, now = _held(actor, key)
    occasion = _checked(pack, now, body)
    return _write(actor, pack, now, key, occasion.model_dump(mode="json", exclude_defaults=True), seen, "care.rule")


@transaction.atomic
def switch_rule(actor: User, key: str, on: bool, seen: int) -> CareRule:
    """Keep an occasion, or keep it no more. Refuses as `save_rule`."""
    pack, now = _held(actor, key)
    body = now.occasion.model_copy(update={"on": on}).model_dump(mode="json", exclude_defaults=True)
    return _write(actor, pack, now, key, body, seen, "care.rule")


@transaction.atomic
def drop_rule(actor: User, key: str, seen: int) -> CareRule:
    """The pack's own holds again. Refuses as `save_rule`."""
    pack, now = _held(actor, key)
    return _write(actor, pack, now, key, None, seen, "care.rule_back")


@transaction.atomic
def undo_rule(actor: User, key: str, version: int) -> CareRule:
    """Take back a version just written: what stood before it is written again. Refuses care.newer where it is not the newest."""
    pack, now = _held(actor, key)
    before = CareRule.objects.filter(pack=pack.key, key=key, version__lt=version).order_by("-version").first()
    return _write(actor, pack, now, key, before.body if before else None, version, "care.rule_back")


def _held(actor: User, key: str) -> tuple[Pack, Kept]:
    """The occasion as it stands, nobody else writing meanwhile."""
    require(actor, "care.manage")
    hold_chain()
    pack = current_pack()
    try:
        return pack, kept_one(pack, key)
    except KeyError:
        raise Refused("care.unknown", "行业包里没有这个日子。") from None


def _checked(pack: Pack, now: Kept, body: Mapping[str, Any]) -> CareOccasion:
    fixed = {"key": now.occasion.key, "kind": now.occasion.kind}
    try:
        occasion = CareOccasion.model_validate({**body, **fixed}, context=OWN)
    except ValidationError as error:
        raise Faulty([Fault(path, said) for path, said in faults_of(error)]) from error
    if found := [Fault(path, said) for path, said in faults(occasion, {kind.key for kind in pack.contract_kinds})]:
        raise Faulty(found)
    return occasion


def _write(actor: User, pack: Pack, now: Kept, key: str, body: dict[str, Any] | None, seen: int, verb: str) -> CareRule:
    if seen != now.version:
        who = now.rule.by.name if now.rule and now.rule.by else ""
        raise Refused("care.newer", "%(who)s刚改过这个日子，请看过再改。", who=who or "有人")
    row = CareRule.objects.create(pack=pack.key, key=key, version=now.version + 1, body=body, by=actor)
    record(actor, verb, row, about=key, version=row.version)
    return row
