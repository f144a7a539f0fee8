"""What to say at the stage a complaint is in: the four steps of the complaint script, filled for this customer."""

from __future__ import annotations

from liuke.complaints.labels import Stage
from liuke.complaints.models import Complaint
from liuke.packs import Pack
from liuke.packs.playbook import OPENING_NAMES, STEP_NAMES, Scenario
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.work.words import Block, Branch, Filling, line, name_title, pick

SCENARIO: Scenario = "complaint"
ORDER = [Stage.ACCEPT, Stage.CLARIFY, Stage.RESOLVE, Stage.FOLLOW_UP]


def block_of(user: User, row: Complaint, asset: str, pack: Pack | None = None) -> Block | None:
    """The step of the script for the stage; None where the pack has none. No query but the pack's."""
    whole = pack or current_pack()
    script = next((one for one in whole.scripts if one.scenario == SCENARIO), None)
    if script is None:
        return None
    at = min(ORDER.index(Stage(row.stage)), len(script.blocks) - 1)
    filling = Filling(
        name_title=name_title(row.customer) if row.customer else row.stranger_name,
        staff=user.name,
        store=row.unit.name,
        asset=asset or pick(whole.asset_kind.spoken),
        contract=None,
        contract_end=None,
        recency_days=None,
        benefit=None,
    )
    block = script.blocks[at]
    told = [(pick(label), line(said, filling)) for label, said in zip(OPENING_NAMES, (script.greet, script.convenient), strict=False)]
    lines = [(label, parts) for label, parts in told if parts is not None] if at == 0 else []
    lines += [("", parts) for parts in (line(said, filling) for said in block.lines) if parts is not None]
    answers = [(pick(branch.when), line(branch.say, filling)) for branch in block.branches]
    branches = tuple(Branch(when, parts) for when, parts in answers if parts is not None)
    return Block(pick(STEP_NAMES[SCENARIO][at]), tuple(lines), branches, pick(block.tip) if block.tip else "")
