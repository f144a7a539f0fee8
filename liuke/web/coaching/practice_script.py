"""The script a trainee works through, filled as it can be for a customer who is made up."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from liuke.coaching.models import Practice
from liuke.coaching.practice import card_of
from liuke.packs import Pack
from liuke.packs.playbook import OPENING_NAMES, STEP_NAMES
from liuke.work.words import Branch, Filling, Line, line, pick


@dataclass(frozen=True)
class Block:
    """One of the four steps: its name, its lines with a label each ("" when there is none), answers to what may come back."""

    name: str
    lines: tuple[tuple[str, Line], ...]
    branches: tuple[Branch, ...]


def script_for(pack: Pack, practice: Practice) -> tuple[Block, ...]:
    """The pack's script of the card's scenario, one by one; empty where it has none."""
    script = next((one for one in pack.scripts if one.scenario == practice.scenario), None)
    if script is None:
        return ()
    card = card_of(practice.card)
    man = card is None or card.persona.gender == "male"
    trainee = practice.trainee
    filling = Filling(
        name_title=_("先生") if man else _("女士"),
        staff=trainee.name,
        store=trainee.unit.name if trainee.unit else "",
        asset=pick(pack.asset_kind.spoken),
        contract=None,
        contract_end=None,
        recency_days=None,
        benefit=None,
    )
    blocks = []
    for at, (name, block) in enumerate(zip(STEP_NAMES[script.scenario], script.blocks, strict=True)):
        told = [(pick(label), line(said, filling)) for label, said in zip(OPENING_NAMES, (script.greet, script.convenient), strict=False)]
        lines = [(label, parts) for label, parts in told if parts is not None] if at == 0 else []
        lines += [("", parts) for parts in (line(said, filling) for said in block.lines) if parts is not None]
        answers = [(pick(branch.when), line(branch.say, filling)) for branch in block.branches]
        blocks.append(Block(pick(name), tuple(lines), tuple(Branch(when, parts) for when, parts in answers if parts is not None)))
    return tuple(blocks)
