"""Why a playbook of a stage is begun: the sentence of the stage, with the figures that a customer of it has."""

from __future__ import annotations

from liuke.packs.playbook import Stage
from liuke.packs.words import Words

STAGE = "stage."
"""A reason that is no signal but the stage a customer is in: "stage.C"."""

AFTER = "after"
"""A reason that is no signal but the playbook before this one: what came of that leads on to this one."""

WISH = "wish"
"""What is said with the reasons of a task and is none: that it cannot be made by the way the customer wishes for."""

STAGE_REASONS: dict[Stage, tuple[Words, ...]] = {
    "A": (
        Words(zh="刚认识，来过一次，{recency_days}天前。", en="New to us: here once, {recency_days} days ago."),
        Words(zh="刚认识，建了卡，还没来过。", en="New to us: on file, not here yet."),
    ),
    "B": (
        Words(
            zh="来得多起来了，上次{recency_days}天前，近30天没人联系。",
            en="Comes more often, last here {recency_days} days ago, nobody called in 30 days.",
        ),
        Words(zh="在提升，近30天没人联系。", en="Growing, nobody called in 30 days."),
    ),
    "C": (
        Words(
            zh="来得准，通常{cycle_days}天一次，近30天没人联系。",
            en="Comes on time, usually every {cycle_days} days, nobody called in 30 days.",
        ),
        Words(zh="老客户，近30天没人联系。", en="An old customer, nobody called in 30 days."),
    ),
    "D": (
        Words(
            zh="在走，{recency_days}天没来，通常{cycle_days}天一次。",
            en="Slipping away: {recency_days} days without a visit, usually every {cycle_days} days.",
        ),
        Words(zh="在走，近30天没人联系。", en="Slipping away, nobody called in 30 days."),
    ),
    "E": (
        Words(zh="已经走了，上次来是{recency_days}天前。", en="Gone: last here {recency_days} days ago."),
        Words(zh="已经走了，近30天没人联系。", en="Gone, nobody called in 30 days."),
    ),
}
"""For each stage what to say, the fullest first: the first whose figures are known is said."""


def stage_of(reason: str) -> Stage | None:
    """The stage that a reason names, None for a signal."""
    code = reason.removeprefix(STAGE) if reason.startswith(STAGE) else ""
    return code if code in STAGE_REASONS else None
