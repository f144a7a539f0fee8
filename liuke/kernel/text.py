"""Free text from strangers: what is kept of it, and how much of it others may see."""

from __future__ import annotations

import re
import unicodedata

from liuke.kernel.refusal import Refused

# Zero-width, bidirectional and other marks that cannot be seen; a number copied from a phone book is often wrapped in them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u3164\ufe00-\ufe0f\ufeff\uffa0\u200b-\u200f\u202a-\u202e\u2060-\u206f]"
)
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")
_UNDECODED = re.compile("[\ud800-\udfff\ufffd]")
_BLANKS = re.compile(r"\s+")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def strip_invisible(text: str) -> str:
    """Without zero-width and bidirectional marks."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def clean(text: str, max_len: int, *, lines: bool = False) -> str:
    """Text fit to be stored: no invisible or control characters, trimmed, blanks in one (line breaks stay with `lines`).

    Refuses text.nul (a NUL), text.undecodable (bytes no encoding could read), text.too_long (more than `max_len` characters).
    """
    if "\x00" in text:
        raise Refused("text.nul", "文字里有空字符（NUL），请重新填写")
    if not text.isascii():
        if _UNDECODED.search(text):
            raise Refused("text.undecodable", "文字是乱码，请检查文件编码")
        text = _INVISIBLE.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text)
    text = "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n")).strip() if lines else _BLANKS.sub(" ", text).strip()
    if len(text) > max_len:
        raise Refused("text.too_long", "文字太长：%(length)s 个字，最多 %(limit)s 个", length=len(text), limit=max_len)
    return text


def clean_identifier(text: str, max_len: int) -> str:
    """A number or code by which something is found again: cleaned, and full-width forms made plain (ＡＢ１２ is AB12)."""
    # Cleaned a second time: NFKC may lengthen, and may bring forth blanks.
    return clean(unicodedata.normalize("NFKC", clean(text, max_len * 4)), max_len)


def neutralise(text: str) -> str:
    """A text cell that no spreadsheet runs as a formula: an apostrophe goes before = + - @ tab CR LF, full-width forms too."""
    if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA):
        return "'" + text
    return text


def as_id(text: str) -> int | None:
    """The key of a row as it stands in an address or a form: fewer than 16 ASCII figures, and not zero; None for anything else."""
    return (int(text) or None) if text.isascii() and text.isdigit() and len(text) < 16 else None
