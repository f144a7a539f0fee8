"""The file with the keys: outside the database, readable by its owner only (LIUKE_KEYS; else keys.json in the data folder)."""

from __future__ import annotations

import json
import os
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from liuke.kernel.refusal import Refused
from liuke.kernel.seal import Ring, new_index_key, new_key

_LOOK_AGAIN = 2.0
"""Seconds after which a process looks whether the file was changed (by `liuke keys rotate`)."""


@dataclass
class _Held:
    path: Path | None = None
    stamp: tuple[int, int] = (0, 0)
    looked: float = 0.0
    ring: Ring | None = None


_held = _Held()


def file() -> Path:
    """Where the keys are."""
    kept = settings.KEYS
    return kept if isinstance(kept, Path) else Path(kept)  # asked for each value that is opened


def ring() -> Ring:
    """The keys as they are now. Refuses when the file is not there or cannot be read: nothing is ever sealed with a key made in passing."""
    now, path = time.monotonic(), file()
    if _held.ring is not None and _held.path == path and now - _held.looked < _LOOK_AGAIN:
        return _held.ring
    return _look(path, now)


def look_again() -> Ring:
    """The keys as they are in the file this moment."""
    return _look(file(), time.monotonic())


def _look(path: Path, now: float) -> Ring:
    try:
        found = path.stat()
        stamp = (found.st_mtime_ns, found.st_ino)
        if _held.ring is None or _held.path != path or _held.stamp != stamp:
            _held.ring = _read(path)
            _held.path, _held.stamp = path, stamp
    except FileNotFoundError:
        raise Refused(
            "vault.no_keys", "找不到钥匙文件 %(path)s，电话、微信、地址打不开。请从备份里放回来，或者用 LIUKE_KEYS 指到它。", path=path
        ) from None
    _held.looked = now
    return _held.ring


def _read(path: Path) -> Ring:
    try:
        kept = json.loads(path.read_text("utf-8"))
        keys = {str(name): b64decode(key) for name, key in kept["keys"].items()}
        found = Ring(keys, str(kept["current"]), tuple(b64decode(key) for key in kept["index"]))
        if found.current not in keys or not found.index or any(len(key) != 32 for key in (*keys.values(), *found.index)):
            raise ValueError(path)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("vault.bad_keys", "钥匙文件 %(path)s 读不懂，可能不完整。请从备份里放回来。", path=path) from None
    return found


def make() -> Ring:
    """Make the file with fresh keys if there is none (the first process wins), and read it."""
    path = file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        name, key = new_key()
        beside = _write_beside(path, Ring({name: key}, name, (new_index_key(),)))
        try:
            os.link(beside, path)  # fails if somebody was faster, and never leaves half a file
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not path.exists():
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return look_again()


def keep(kept: Ring) -> None:
    """Write the keys, whole or not at all."""
    _write_beside(file(), kept).replace(file())
    look_again()


def _write_beside(path: Path, kept: Ring) -> Path:
    beside = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    body = {
        "current": kept.current,
        "keys": {name: b64encode(key).decode() for name, key in kept.keys.items()},
        "index": [b64encode(key).decode() for key in kept.index],
    }
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(body, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return beside
