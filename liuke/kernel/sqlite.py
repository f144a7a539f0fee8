"""Which SQLite this process runs on, settled before Django loads.

SQLite 3.7.0–3.51.2 can corrupt a WAL file that several processes write, and `liuke serve` is several processes.
So the newer library from the `pysqlite3` wheel takes the place of the standard module wherever the wheel exists; where it
does not, journal_mode falls back to DELETE (slower, safe).
"""

import importlib
import sys

SAFE_WAL = (3, 51, 3)


def use_newest() -> tuple[int, ...]:
    """Swap in pysqlite3 when it is installed; the version (major, minor, patch) that Django will use."""
    try:
        newest = importlib.import_module("pysqlite3")
    except ModuleNotFoundError:
        newest = importlib.import_module("sqlite3")
    else:
        sys.modules["sqlite3"] = newest
        sys.modules["sqlite3.dbapi2"] = importlib.import_module("pysqlite3.dbapi2")
    return tuple(newest.sqlite_version_info)


def journal_mode(version: tuple[int, ...]) -> str:
    """WAL where the library is free of the reset bug, else DELETE."""
    return "WAL" if version >= SAFE_WAL else "DELETE"
