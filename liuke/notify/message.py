"""What a group's robot is sent, in its maker's form. Pure: no network.

Forms as their makers describe them: 企业微信 `markdown` (4,096 bytes at most); 钉钉 `markdown`, signed by `timestamp` in milliseconds and
`sign` in the address (the key signs "timestamp\\nkey"); 飞书 `post`, signed by `timestamp` in seconds and `sign` in the body (what signs is
"timestamp\\nkey", over nothing).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

MOST_BYTES = 3_600
"""Of text in one message: less than the shortest limit, 企业微信's."""
_MARKUP = re.compile(r"[\[\]()<>*_`~#|\\\r\n]+")


@dataclass(frozen=True)
class Message:
    """A title, some lines, and where to read more (an address, "" where the house has none outside)."""

    title: str
    lines: Sequence[str]
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True)
class Sheet:
    """What is posted: to which address, which body."""

    url: str
    body: bytes


def plain(text: str) -> str:
    """Words that are no markup anywhere."""
    return _MARKUP.sub(" ", text).strip()


def cut(lines: Sequence[str], most: int = MOST_BYTES) -> list[str]:
    """As many lines as fit; "…" where some did not."""
    kept: list[str] = []
    size = 0
    for line in map(plain, lines):
        size += len(line.encode()) + 1
        if size > most:
            return [*kept, "…"]
        kept.append(line)
    return kept


def sheet(kind: str, message: Message, url: str, secret: str, now: float) -> Sheet:
    """The message in the form of `kind` (wecom, dingtalk, feishu). `now` is the time in seconds since 1970, which signs it."""
    made: dict[str, Any]
    title, lines = plain(message.title), cut(message.lines)
    if kind == "feishu":
        rows: list[list[dict[str, str]]] = [[{"tag": "text", "text": line}] for line in lines]
        if message.link:
            rows.append([{"tag": "a", "text": message.link_text, "href": message.link}])
        made = {"msg_type": "post", "content": {"post": {"zh_cn": {"title": title, "content": rows}}}}
        if secret:
            stamp = str(int(now))
            made = {"timestamp": stamp, "sign": _signed(f"{stamp}\n{secret}".encode(), b""), **made}
        return Sheet(url, _json(made))
    more = [f"[{message.link_text}]({message.link})"] if message.link else []
    if kind == "dingtalk":
        text = "\n\n".join([f"### {title}", *lines, *more])
        if secret:
            stamp = str(int(now * 1000))
            mark = urlencode({"timestamp": stamp, "sign": _signed(secret.encode(), f"{stamp}\n{secret}".encode())})
            url = f"{url}{'&' if '?' in url else '?'}{mark}"
        return Sheet(url, _json({"msgtype": "markdown", "markdown": {"title": title, "text": text}}))
    text = "\n".join([f"**{title}**", *(f"> {line}" for line in lines), *more])
    return Sheet(url, _json({"msgtype": "markdown", "markdown": {"content": text}}))


def _signed(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _json(made: dict[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


_SAID = {
    93000: "key", 40001: "key", 300001: "key", 400013: "key", 400101: "key", 400102: "key", 19001: "key",
    19021: "sign", 19022: "address", 19024: "keyword",
    45009: "often", 45033: "often", 130101: "often", 11232: "often", 410100: "often",
}  # fmt: skip


def fault_in(body: bytes) -> tuple[str, str]:
    """What an answer says: ("", "") where the message was taken, else (code of labels.FAULTS, the maker's number)."""
    try:
        said = json.loads(body)
        number = said.get("errcode", said.get("code", said.get("StatusCode")))
        number = int(number)
    except (ValueError, TypeError, AttributeError, UnicodeDecodeError, RecursionError):
        return "answer", ""
    if number == 0:
        return "", ""
    if number == 310000:  # 钉钉: one number for three things, told apart by its words
        words = str(said.get("errmsg", ""))
        return "keyword" if "keyword" in words else "address" if "whitelist" in words else "sign", str(number)
    return _SAID.get(number, "vendor"), str(number)[:20]
