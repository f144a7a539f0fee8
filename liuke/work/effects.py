"""What a playbook saves: measured where there is a measurement, else what the pack assumes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from liuke.analytics.effect import difference, shrunk
from liuke.packs import Pack
from liuke.work.models import MeasuredEffect, Task


@dataclass(frozen=True)
class Effect:
    """`share` of the value at risk is what a playbook is reckoned to save; `measured`: what it rests on besides the assumption, the
    newest first."""

    share: Decimal
    assumed: Decimal
    measured: tuple[MeasuredEffect, ...] = ()


def effects_of(pack: Pack) -> Mapping[str, Effect]:
    """The effect of each playbook of the pack, by its key. One query."""
    measured: dict[str, list[MeasuredEffect]] = defaultdict(list)
    for row in MeasuredEffect.objects.standing().order_by("-measured_on", "-pk"):
        measured[row.playbook].append(row)
    return {playbook.key: effect_of(playbook.effect.share, measured[playbook.key]) for playbook in pack.playbooks}


def effect_of(assumed: Decimal, measured: Sequence[MeasuredEffect]) -> Effect:
    """Between the assumption and the measurements, as analytics.effect.shrunk weighs them; four decimals."""
    if not measured:
        return Effect(assumed, assumed)
    seen = [difference(row.treated, row.returned, row.alone, row.returned_alone) for row in measured]
    return Effect(Decimal(str(shrunk(float(assumed), *seen))).quantize(Decimal("0.0001")), assumed, tuple(measured))


def behind(task: Task, pack: Pack) -> Effect | None:
    """The measured effect that a task's worth was reckoned with; None where that was an assumption, or another measurement by now."""
    try:
        assumed = pack.playbook(task.playbook).effect.share
    except KeyError:
        return None
    measured = list(MeasuredEffect.objects.standing().filter(playbook=task.playbook).order_by("-measured_on", "-pk"))
    effect = effect_of(assumed, measured)
    return effect if measured and effect.share == task.effect else None
