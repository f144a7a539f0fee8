"""What stands of the chain outside the database: its newest link, written every hour, so that a tail cut off shows."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from liuke.audit.actions import head


def _file() -> Path:
    return Path(settings.DATA) / "audit-witness.jsonl"


def write() -> None:
    """Write down the newest link, if there is one."""
    newest = head()
    if newest is not None:
        with _file().open("a", encoding="utf-8") as file:
            file.write(json.dumps([timezone.now().isoformat(), *newest]) + "\n")


def last() -> tuple[int, str] | None:
    """(seq, hash) as written last; None when nothing was. A line cut short by a crash is passed over."""
    try:
        lines = _file().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        try:
            _at, seq, link = json.loads(line)
        except ValueError:
            continue
        return int(seq), str(link)
    return None
