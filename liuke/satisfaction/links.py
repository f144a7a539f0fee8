"""Links nobody can guess. A link is 128 bits of HMAC-SHA-256 over a salt, with a key outside the database; the database keeps its digest.

So a link can be shown again to who is to send it, and a copy of the database opens none. After a change of keys a link that was sent stays
good (its digest is there); one that is shown anew is a new one.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode

from liuke.satisfaction.models import Invitation, OpenLink
from liuke.vault.digests import digest, digests

KIND = "survey.link"
LENGTH = 22
"""Signs of a link: 16 bytes in base64 for addresses."""


def fresh() -> tuple[str, str]:
    """(salt, digest) of a new link."""
    salt = secrets.token_hex(16)
    return salt, digest_of(_token(digest(KIND, salt)))


def digest_of(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def device_digest(cookie: str) -> str:
    """What is kept of a device's cookie."""
    return hashlib.sha256(f"device:{cookie}".encode()).hexdigest()


def token_of(row: Invitation | OpenLink) -> str:
    """The link of a row. Where its key is gone, a new one in its place (the caller is inside no transaction of others' rows)."""
    for made in digests(KIND, [row.salt]):
        if digest_of(_token(made)) == row.digest:
            return _token(made)
    row.salt, row.digest = fresh()
    row.save(update_fields=["salt", "digest"])
    return _token(digest(KIND, row.salt))


def well_formed(token: str) -> bool:
    return len(token) == LENGTH and token.isascii() and token.replace("-", "a").replace("_", "a").isalnum()


def _token(made: str) -> str:
    return urlsafe_b64encode(bytes.fromhex(made)).decode().rstrip("=")
