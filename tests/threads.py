"""Several people at once: each in a thread, hence with a database connection, of his own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

LONGEST = 60  # seconds; what takes longer waits for itself


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Begin all acts at the same moment; what each returned, or the exception it raised, in the order given."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(LONGEST)
            return act()
        except Exception as problem:
            return problem
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as people:
        return [each.result(LONGEST) for each in [people.submit(run, act) for act in acts]]


def times(n: int, act: Callable[[int], Any]) -> Callable[[], list[Any]]:
    """One person who does the same `n` times in a row; the exceptions it raised."""

    def run() -> list[Any]:
        problems = []
        for turn in range(n):
            try:
                act(turn)
            except Exception as problem:
                problems.append(problem)
        return problems

    return run
