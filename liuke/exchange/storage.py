"""Where uploaded files lie: in the data folder, under names nobody can guess, readable by their owner only."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from liuke.exchange.limits import LIMITS, Limits
from liuke.exchange.words import refuse
from liuke.kernel.file_lock import try_lock


def keep(source: BinaryIO, limits: Limits = LIMITS) -> tuple[str, str, int]:
    """Copies a file in; (stored name, sha256, size in bytes). Raises Refused `file.too_big`, leaving nothing behind."""
    folder: Path = settings.UPLOADS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(24)
    target = folder / name
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            while block := source.read(1 << 20):
                size += len(block)
                if size > limits.file:
                    raise refuse("file.too_big", size=f"{size // 1_000_000} MB", limit=f"{limits.file // 1_000_000} MB")
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name, digest.hexdigest(), size


def path_of(stored: str) -> Path:
    """Raises Refused `load.file_gone`."""
    path: Path = settings.UPLOADS / stored
    if not stored or not path.is_file():
        raise refuse("load.file_gone")
    return path


def forget(stored: str) -> None:
    """Removes an upload and whatever was kept beside it."""
    for path in settings.UPLOADS.glob(f"{stored}*") if stored else ():
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def held(stored: str) -> Iterator[bool]:
    """Holds the file for one load: yields False if another living process holds it. The operating system lets go when a process dies."""
    with (settings.UPLOADS / f"{stored}.lock").open("a+b") as file:
        if not try_lock(file):
            yield False
            return
        yield True
