"""Where files on their way out lie: in the data folder, under names nobody can guess, readable by their owner only."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from django.conf import settings

from liuke.kernel.file_lock import try_lock

_ENDINGS = (".part", ".lock", "")
_OLD_SECONDS = 3600


def folder() -> Path:
    """The folder, made when it is not there."""
    found = Path(settings.DATA) / "exports"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def new_name() -> str:
    return secrets.token_hex(24)


def path_of(stored: str) -> Path:
    """Where the finished file is, or will be."""
    return folder() / stored


def half_of(stored: str) -> Path:
    """Where it is written."""
    return folder() / f"{stored}.part"


def forget(stored: str) -> None:
    """Removes the file and what was kept beside it."""
    for ending in _ENDINGS if stored else ():
        (folder() / f"{stored}{ending}").unlink(missing_ok=True)


@contextlib.contextmanager
def held(stored: str) -> Iterator[bool]:
    """Holds the name for one process: False if another living one holds it. The operating system lets go when a process dies."""
    with (folder() / f"{stored}.lock").open("a+b") as file:
        yield try_lock(file)


def sweep(wanted: Collection[str]) -> int:
    """Removes what lies here for more than an hour and belongs to no export in `wanted` (stored names). How many files."""
    before, gone = time.time() - _OLD_SECONDS, 0
    for path in folder().iterdir():
        if path.name.partition(".")[0] not in wanted and path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
