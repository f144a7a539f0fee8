"""What stands of the chain outside the database: its newest link, written every hour, so that a tail cut off shows."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from liuke.audit.actions import head
from liuke.audit.models import AuditEntry

logger = logging.getLogger(__name__)


def _file() -> Path:
    return Path(settings.DATA) / "audit-witness.jsonl"


def write() -> bool:
    """Write down the newest link, if there is one. False, and nothing written, where the link written last is no longer in the chain:
    what was cut off or changed must go on showing."""
    known = last()
    if known is not None and not AuditEntry.objects.filter(seq=known[0], hash=known[1]).exists():
        logger.critical("the audit chain no longer holds entry %s as it was witnessed", known[0])
        return False
    newest = head()
    if newest is not None:
        with _file().open("a", encoding="utf-8") as file:
            file.write(json.dumps([timezone.now().isoformat(), *newest]) + "\n")
    return True


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
