"""One at a time: whole runs and refreshes take turns, across processes and machines; the lock dies with its holder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from liuke.kernel.file_lock import try_lock

KEY = 0x4C554E
PATIENCE = 20.0
"""Seconds a run waits for its turn."""


@contextmanager
def turn(patience: float = 0) -> Iterator[bool]:
    """Yields True when it is our turn, False when another holds it for longer than `patience` seconds.

    PostgreSQL: an advisory lock of the session, so it ends with the connection. SQLite: a lock on a file in the data folder, which the
    operating system lets go when the process dies.
    """
    if connection.vendor == "postgresql":
        with _session(patience) as mine:
            yield mine
    else:
        settings.DATA.mkdir(parents=True, exist_ok=True)
        with (settings.DATA / "insight.lock").open("a+b") as file:
            yield _until(lambda: try_lock(file), patience)


@contextmanager
def _session(patience: float) -> Iterator[bool]:
    if connection.in_atomic_block:  # the transaction's end lets go, also when it fails
        yield _until(lambda: _ask("pg_try_advisory_xact_lock"), patience)
        return
    mine = _until(lambda: _ask("pg_try_advisory_lock"), patience)
    try:
        yield mine
    finally:
        if mine:
            _ask("pg_advisory_unlock")


def _ask(function: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [KEY])
        return bool(cursor.fetchone()[0])


def _until(attempt: Callable[[], bool], patience: float) -> bool:
    end = time.monotonic() + patience
    while not attempt():
        if time.monotonic() >= end:
            return False
        time.sleep(0.1)
    return True
