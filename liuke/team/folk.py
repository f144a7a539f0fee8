"""参考数字: the trade's folk numbers (packs.folk) with the company's own in their place, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.folk import KEYS, MOST, Unit
from liuke.packs.schema import Pack
from liuke.team.models import FolkChange, User
from liuke.team.permissions import require

PERCENT = 100


@dataclass(frozen=True)
class Folk:
    """One reference number as it holds: `own` where the company wrote it, `pack_value` what the trade's pack says."""

    key: str
    group: str
    name: str
    unit: Unit
    value: Decimal
    source: str
    own: bool
    pack_value: Decimal


def folk(pack: Pack, group: str = "") -> list[Folk]:
    """All of them, or those of one group, in the pack's order and the reader's language. One query."""
    own = {row.key: row for row in FolkChange.objects.filter(withdrawn_at=None)}
    english = not (get_language() or "zh").startswith("zh")
    out = []
    for number in pack.folk.numbers:
        if group in ("", number.group):
            change = own.get(number.key)
            name, said = (number.name.en, number.source.en) if english else (number.name.zh, number.source.zh)
            value, source = (change.value.normalize(), change.source) if change else (number.value, said)
            out.append(Folk(number.key, number.group, name, number.unit, value, source, change is not None, number.value))
    return out


def folk_values(pack: Pack) -> dict[str, Decimal]:
    """The same as numbers alone, by key."""
    return {each.key: each.value for each in folk(pack)}


@transaction.atomic
def set_folk(actor: User, pack: Pack, key: str, value: Decimal, source: str) -> FolkChange:
    """Write the company's own number, and where it comes from, in place of the pack's. Refuses folk.unknown, folk.value, folk.source."""
    require(actor, "folk.edit")
    if key not in KEYS:
        raise Refused("folk.unknown", "没有叫 %(key)s 的参考数字。", key=key[:40])
    most = PERCENT if pack.folk.number(key).unit == "percent" else MOST
    if not value.is_finite() or not 0 <= value <= most or value != round(value, 2):
        raise Refused("folk.value", "要 0 到 %(most)s 之间的数，最多两位小数。", most=most)
    said = clean(source, 200)
    if len(said) < 2:
        raise Refused("folk.source", "请写出处，比如哪本书、哪一年的调查。")
    FolkChange.objects.filter(key=key, withdrawn_at=None).update(withdrawn_at=timezone.now())
    made = FolkChange.objects.create(key=key, value=value, source=said, by=actor)
    record(actor, "folk.set", made, key=key, value=str(value))
    return made


@transaction.atomic
def withdraw_folk(actor: User, key: str) -> int:
    """The pack's own number holds again. How many changes were taken back: 1, or 0 where there was none."""
    require(actor, "folk.edit")
    found = FolkChange.objects.select_for_update().filter(key=key, withdrawn_at=None).first()
    if found is None:
        return 0
    FolkChange.objects.filter(pk=found.pk).update(withdrawn_at=timezone.now())
    record(actor, "folk.withdraw", found, key=key)
    return 1
