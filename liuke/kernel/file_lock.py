"""A lock on an open file that the operating system lets go when its holder dies."""

import os
from typing import BinaryIO


def try_lock(file: BinaryIO) -> bool:
    """Take the file for ourselves without waiting; False when another holds it. Closing the file gives it back."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
