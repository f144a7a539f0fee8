"""Messages ready to send: greeting, what the step says, a close. A part that cannot be filled leaves the whole unwritten: no holes."""

from __future__ import annotations

from liuke.packs import Pack, Playbook
from liuke.work.words import Branch, Filling, Line, line, pick


def message(pack: Pack, playbook: Playbook, step: int, filling: Filling, way: str = "") -> str:
    """The text of a step that is written, not spoken: three lines for WeChat, one for a text message. "" where the step is a call or a
    visit, its script has none, or a fact for it is not known. `way`: the task's, where the customer wishes for another than the step's."""
    now = playbook.steps[min(step, len(playbook.steps) - 1)]
    script = pack.script_of(playbook)
    frame = {"wechat": script.wechat, "sms": script.sms}.get(way or now.channel)
    if frame is None:
        return ""
    parts = [line(words, filling) for words in (frame.hello, now.say, frame.close)]
    told = ["".join(part.text for part in said) for said in parts if said is not None]
    if len(told) < len(parts):
        return ""
    return ("\n" if frame is script.wechat else "").join(told)


def invitation(pack: Pack, filling: Filling) -> tuple[tuple[Line, ...], tuple[Branch, ...]]:
    """What is said to invite a customer, the follow-up first, and answers to what may come back; what cannot be filled is left out."""
    if pack.invitation is None:
        return (), ()
    said = [line(words, filling) for words in (*pack.invitation.follow_up, *pack.invitation.invite)]
    answers = [(branch, line(branch.say, filling)) for branch in pack.invitation.branches]
    return (
        tuple(parts for parts in said if parts is not None),
        tuple(Branch(pick(branch.when), parts) for branch, parts in answers if parts is not None),
    )
