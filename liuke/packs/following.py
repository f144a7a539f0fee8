"""Which playbook may follow which, and whether a customer could be sent round and round without being let be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from liuke.packs.playbook import OUTCOMES, FollowUp, Next, Outcome, Playbook

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Edge:
    """After `where` of one playbook (a path in it; () for the pack's own rule) the playbook `to` begins, `days` later."""

    where: Where
    to: str
    days: int


@dataclass(frozen=True)
class Loop:
    """Playbooks that follow one another and come back to the first; `where`: the place in the first that leads on."""

    keys: tuple[str, ...]
    where: Where


def edges_of(playbook: Playbook, outcomes: Mapping[Outcome, Next], follow_ups: Sequence[FollowUp]) -> Iterator[Edge]:
    """Every way from this playbook into another, the pack's own rules included where it has none."""
    for outcome in OUTCOMES:
        own = playbook.outcomes.get(outcome)
        step = own or outcomes.get(outcome)
        if step and step.playbook is not None:
            yield Edge(("outcomes", outcome, "playbook") if own else (), step.playbook, step.days)
    for at, choice in enumerate(playbook.follow_ups or follow_ups):
        if choice.next.playbook is not None:
            yield Edge(("follow_ups", at, "next", "playbook") if playbook.follow_ups else (), choice.next.playbook, choice.next.days)


def loops(
    playbooks: Sequence[Playbook], outcomes: Mapping[Outcome, Next], follow_ups: Sequence[FollowUp], window_days: int
) -> Iterator[Loop]:
    """The chains that come back to themselves without a rest, each once, told from the playbook that stands first in `playbooks`.

    A rest is a wait before the next playbook of at least that one's `stop.rest_days` and at least `window_days` (the window of the contact
    budget). For each playbook that can come back to itself one shortest chain is found. Linear in the ways for each of them.
    """
    known = {playbook.key: playbook for playbook in playbooks}
    ways: dict[str, list[Edge]] = {}
    for playbook in playbooks:
        found = edges_of(playbook, outcomes, follow_ups)
        ways[playbook.key] = [edge for edge in found if edge.to in known and edge.days < max(known[edge.to].stop.rest_days, window_days)]
    told: set[str] = set()
    for playbook in playbooks:
        if playbook.key in told:
            continue
        if chain := _back(playbook.key, ways):
            told.update(edge.to for edge in chain)
            yield Loop((playbook.key, *(edge.to for edge in chain[:-1])), chain[0].where)


def _back(start: str, ways: Mapping[str, Sequence[Edge]]) -> tuple[Edge, ...]:
    """A shortest chain from `start` back to it, or ()."""
    reached: dict[str, tuple[Edge, ...]] = {}
    waiting: list[tuple[str, tuple[Edge, ...]]] = [(start, ())]
    for key, chain in waiting:  # grows while it is gone through
        for edge in ways[key]:
            if edge.to == start:
                return (*chain, edge)
            if edge.to not in reached:
                reached[edge.to] = (*chain, edge)
                waiting.append((edge.to, reached[edge.to]))
    return ()
