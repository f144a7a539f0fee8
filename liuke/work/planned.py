"""What a plan did, and how one part of it goes wrong without the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Planned:
    """What a plan did, in customers: enrolled (each got a task), refreshed, stopped; left_alone: objected or complains; unassigned: nobody
    to do it; budget: no room in the contact budget; held_out: left alone on purpose, for a round that measures the playbook."""

    enrolled: int = 0
    refreshed: int = 0
    stopped: int = 0
    left_alone: int = 0
    unassigned: int = 0
    budget: int = 0
    held_out: int = 0


@contextmanager
def others_go_on(faults: list[Exception]) -> Iterator[None]:
    """What goes wrong with some customers is kept for the end: the others get their tasks first."""
    try:
        yield
    except Exception as fault:
        faults.append(fault)
