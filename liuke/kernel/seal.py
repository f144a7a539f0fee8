"""Sealing short texts with a key (AES-256-GCM) and finding them again by a keyed digest (a blind index). Keys are given by the caller.

A sealed text is `~s1.KEY.BASE64`: the name of its key, then nonce and ciphertext. What it is bound to (`place`: the column it stands in) is
authenticated with it, so a value copied into another column does not open. Source: NIST SP 800-38D (GCM, random 96-bit nonces).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = "~s1."
_NONCE = 12
_KEY = 32
_DIGEST = 32


class Unreadable(Exception):
    """A sealed text that does not open: its key is not here, or it was changed. Says nothing of what is in it."""

    def __init__(self, place: str, key: str, why: str) -> None:
        super().__init__(f"{place}: {why} ({key})")
        self.place, self.key, self.why = place, key, why


@dataclass(frozen=True)
class Ring:
    """The keys in use. `keys` name → 32 bytes, `current` the one that seals; `index` the keys of the digests, the one in use first."""

    keys: Mapping[str, bytes]
    current: str
    index: tuple[bytes, ...]


def new_key() -> tuple[str, bytes]:
    """A fresh key and a name for it."""
    return secrets.token_hex(3), secrets.token_bytes(_KEY)


def new_index_key() -> bytes:
    return secrets.token_bytes(_KEY)


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def sealed(text: str) -> bool:
    """Whether this is a sealed text."""
    return text.startswith(MARK)


def key_of(text: str) -> str:
    """The name of the key a sealed text was sealed with."""
    return text[len(MARK) :].partition(".")[0]


def seal(ring: Ring, text: str, place: str) -> str:
    """The text, sealed with the current key. Empty stays empty: that nothing is there is no secret, and lists ask for it."""
    if not text:
        return ""
    nonce = secrets.token_bytes(_NONCE)
    body = nonce + _cipher(ring.keys[ring.current]).encrypt(nonce, text.encode(), place.encode())
    return f"{MARK}{ring.current}.{urlsafe_b64encode(body).decode()}"


def unseal(ring: Ring, text: str, place: str) -> str:
    """What was sealed. Raises Unreadable for a text that is not sealed, whose key is not in the ring, or that was tampered with."""
    if not text:
        return ""
    if not sealed(text):
        raise Unreadable(place, "-", "not sealed")
    name, _, body = text[len(MARK) :].partition(".")
    key = ring.keys.get(name)
    if key is None:
        raise Unreadable(place, name, "key missing")
    try:
        raw = urlsafe_b64decode(body)
        return _cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError):
        raise Unreadable(place, name, "changed") from None


def digest(key: bytes, kind: str, text: str) -> str:
    """32 hex signs that are the same for the same text and tell nothing of it without the key (HMAC-SHA-256, cut). "" for nothing."""
    return hmac.new(key, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()[:_DIGEST] if text else ""


def fingerprint(key: bytes) -> str:
    """What the database may know of a key: enough to tell whether it is the one."""
    return hmac.new(key, b"liuke key", hashlib.sha256).hexdigest()
