"""Memory that is free inside the process, back to the machine."""

from __future__ import annotations

import ctypes
import gc
import sys

import pyarrow as pa


def give_back() -> None:
    """After a large piece of work, before the next: what is freed is otherwise kept for later, and adds to the peak of what follows."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other C libraries have none
        if trim:
            trim(0)
