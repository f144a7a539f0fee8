"""LIUKE_DATABASE_URL → Django's DATABASES entry. SQLite in the data folder unless told otherwise."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from liuke.kernel.sqlite import journal_mode, use_newest

SESSION = "-c work_mem=64MB -c jit=off"
"""For PostgreSQL: a set of a million customers stands in memory when it is asked "in this one or in that one" (else it is gone through once
for each row), and a list is read in less time than compiling its query takes. `?options=…` in the URL replaces it."""


def database(url: str, data: Path) -> dict[str, Any]:
    """The `default` entry for a URL such as postgresql://user:password@host:5432/name or sqlite:////path/file.

    Raises ValueError for any other scheme.
    """
    parts = urlsplit(url)
    if not url or parts.scheme == "sqlite":
        path = Path(unquote(parts.path)[1:]) if url else data / "liuke.sqlite3"
        return _sqlite(path)
    if parts.scheme in ("postgres", "postgresql"):
        extra = dict(parse_qsl(parts.query))
        extra.setdefault("options", SESSION)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": extra.pop("host", parts.hostname or ""),
            "PORT": extra.pop("port", str(parts.port or "")),
            "OPTIONS": extra,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ValueError(f"LIUKE_DATABASE_URL: {parts.scheme}:// 不认识，只认 sqlite:// 和 postgresql://")


def _sqlite(path: Path) -> dict[str, Any]:
    mode = journal_mode(use_newest())
    pragmas = (
        f"PRAGMA journal_mode={mode};PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;"
        "PRAGMA secure_delete=ON;"  # what was deleted does not stay readable in the file: erasures rest on it
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": pragmas},
        "CONN_MAX_AGE": 60,
        "TEST": {"NAME": None},
    }
