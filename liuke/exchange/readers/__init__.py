"""From a file of any kind to rows of text with row numbers."""

import tempfile
from dataclasses import replace
from pathlib import Path

from liuke.exchange.limits import LIMITS, Limits
from liuke.exchange.readers.delimited import Delimited
from liuke.exchange.readers.guarded import Guarded
from liuke.exchange.readers.judge import kind_of, unpack_gzip
from liuke.exchange.readers.source import Source
from liuke.exchange.words import refuse

__all__ = ["open_source"]


def open_source(path: Path, limits: Limits = LIMITS) -> Source:
    """The reader for what the file is, whatever it is called. Raises Refused `file.*`."""
    if not path.is_file():
        raise refuse("file.missing", path=path.name)
    kind = kind_of(path, limits)
    if kind != "gzip":
        return _plain(kind, path, limits, None)
    # The inside of a gzip file lies in a temporary folder that lives as long as its source.
    folder = tempfile.TemporaryDirectory(prefix="liuke-")
    inner = Path(folder.name) / "inner"
    unpack_gzip(path, inner, limits)
    kind = kind_of(inner, replace(limits, file=limits.unpacked))
    if kind == "gzip":
        raise refuse("file.zip")
    return _plain(kind, inner, limits, folder)


def _plain(kind: str, path: Path, limits: Limits, folder: object) -> Source:
    return Delimited(path, limits, folder) if kind == "csv" else Guarded(kind, path, limits, folder)
