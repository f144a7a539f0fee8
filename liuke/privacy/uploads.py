"""Uploaded files in which a person stands. The room that keeps them is above this one and is named, not imported: its files lie in the
data folder, everything of one load under one name."""

from __future__ import annotations

import gzip
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

from django.apps import apps
from django.conf import settings
from django.db import transaction

from liuke.privacy.rules import Traces

_PIECE = 1 << 20
_OVERLAP = 1 << 10
_MOST = 2 << 30
"""Unpacked, a file is read so far: nobody unpacks himself to death."""
GONE = "导入的文件已经不在了，请重新上传。"
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le")


def holding(traces: Traces) -> list[Any]:
    """Loads (none under way) whose file, or what was kept beside it, tells of him: by number, name, or another word of his."""
    wanted = _pattern(traces)
    if wanted is None:
        return []
    loads = apps.get_model("exchange.load")._default_manager.exclude(state="loading").exclude(stored="").order_by("pk")
    return [load for load in loads if any(_found(path, wanted) for path in _files(load.stored))]


def drop(loads: Iterable[Any]) -> int:
    """Delete these files once the transaction is through; one not loaded yet cannot be gone on with, and says so. How many."""
    loads = list(loads)
    names = [load.stored for load in loads]
    model = apps.get_model("exchange.load")
    waiting = {load.pk: load.stored for load in loads if load.state in ("uploaded", "checked", "failed")}
    model._default_manager.filter(pk__in=waiting).update(state="failed", failure=GONE)
    transaction.on_commit(lambda: _unlink(names, waiting.values()), robust=True)
    return len(names)


def _unlink(names: Iterable[str], waiting: Iterable[str]) -> None:
    for name in names:
        for path in _files(name):
            path.unlink(missing_ok=True)
    for name in waiting:  # what the page of such a load reads, as where a file was kept too long (exchange.wizard)
        said = {"columns": [], "problem": ["load.file_gone", GONE, {}]}
        with open(settings.UPLOADS / f"{name}.seen.json", "w", encoding="utf-8", opener=_private) as file:
            json.dump(said, file, ensure_ascii=False)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _files(stored: str) -> list[Path]:
    folder: Path = settings.UPLOADS
    return [path for path in folder.iterdir() if path.name == stored or path.name.startswith(f"{stored}.")] if folder.is_dir() else []


def _pattern(traces: Traces) -> re.Pattern[bytes] | None:
    """His words in every encoding a file may have, and his numbers however grouped."""
    parts: set[bytes] = {re.escape(word.encode(encoding)) for word in traces.words for encoding in _ENCODINGS}
    for number in traces.numbers:
        parts.add(rb"[\s\-().]*".join(re.escape(sign.encode()) for sign in number))
        parts.add(re.escape(number.encode("utf-16-le")))
    return re.compile(b"|".join(sorted(parts))) if parts else None


def _found(path: Path, wanted: re.Pattern[bytes]) -> bool:
    tail = b""
    try:
        for piece in _pieces(path):
            if wanted.search(tail + piece):
                return True
            tail = piece[-_OVERLAP:]
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, RuntimeError, NotImplementedError):
        return bool(wanted.search(path.read_bytes()))  # packed so that it cannot be opened: as it lies
    except FileNotFoundError:  # dropped meanwhile
        return False
    return False


def _pieces(path: Path) -> Iterator[bytes]:
    """What is in the file: of a workbook its parts, of a packed one what is in it."""
    with path.open("rb") as file:
        start = file.peek(4)[:4]
        left = _MOST
        for part in _parts(file, start):
            with closing(part):
                while left > 0 and (piece := part.read(_PIECE)):
                    left -= len(piece)
                    yield piece


def _parts(file: BufferedReader, start: bytes) -> Iterator[IO[bytes]]:
    if start == b"PK\x03\x04":
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                yield packed.open(name)
    elif start[:2] == b"\x1f\x8b":
        with gzip.open(file) as unpacked:
            yield cast(IO[bytes], unpacked)
    else:
        yield file
