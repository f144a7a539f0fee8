"""The chain: what is hashed and how."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

GENESIS = "0" * 64


def entry_hash(
    previous: str, seq: int, at: datetime, actor: int | None, verb: str, kind: str, object: int | None, detail: Mapping[str, object]
) -> str:
    """SHA-256 over the previous hash and every column, in a form both databases give back unchanged (UTC, whole microseconds)."""
    body = [previous, seq, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, verb, kind, object, detail]
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
