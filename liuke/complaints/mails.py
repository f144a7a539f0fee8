"""An e-mail pasted whole: who sent it and what it is about stand at its head, and are no part of what the customer complains of. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from liuke.kernel.masks import mask_mail

_FROM = ("from", "发件人", "寄件人", "寄件者", "来自")
_SUBJECT = ("subject", "主题", "主旨", "标题")
_OTHER = (
    "to", "cc", "bcc", "date", "sent", "reply-to", "received", "importance", "attachments", "收件人", "收件者", "抄送", "密送", "日期",
    "时间", "发送时间", "发送日期", "发件时间", "答复", "回复", "附件", "重要性", "优先级",
)  # fmt: skip
_HEAD = re.compile(rf"\**({'|'.join((*_FROM, *_SUBJECT, *_OTHER))})\**\s*[:：]\**\s*(.*)", re.IGNORECASE)
_RULE = re.compile(r"[-_=*—]{3,}.{0,40}?[-_=*—]*")
"""A line that mail programs draw above what was sent before: -----原始邮件-----."""
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_AGAIN = re.compile(r"^(?:(?:re|fwd?|fw|回复|答复|转发)\s*[:：]\s*)+", re.IGNORECASE)
_QUOTES = "\"'“”‘’「」<>＜＞()（）;；,，:： \t"
LONGEST = 40
"""Lines of a head that are looked at."""


@dataclass(frozen=True)
class Mail:
    """`name` and `address` of who sent it, `subject` without Re:, each "" where the head does not say; `body` what he wrote."""

    name: str
    address: str
    subject: str
    body: str


def read_mail(text: str) -> Mail | None:
    """The parts of a pasted e-mail; None where its first lines name neither sender nor subject.

    >>> read_mail("发件人：张书远 <zsy@example.com>\\n主题：回复：变速箱异响\\n\\n修了三次还响。")
    Mail(name='张书远', address='zsy@example.com', subject='变速箱异响', body='修了三次还响。')
    """
    lines = text.lstrip("\ufeff \t\r\n").splitlines()
    sender = subject = None
    at = 0
    while at < min(len(lines), LONGEST):
        line = lines[at].strip()
        found = _HEAD.fullmatch(line)
        if found:
            key, value = found[1].lower(), found[2].strip()
            if key in _FROM and sender is None:
                sender = value
            elif key in _SUBJECT and subject is None:
                subject = value
        elif line and not _RULE.fullmatch(line) and not (at and lines[at][:1] in " \t"):
            break
        elif not line and (sender is not None or subject is not None):
            # A gap ends the head, unless it goes on behind it.
            following = next((each.strip() for each in lines[at + 1 : LONGEST] if each.strip()), "")
            if not _HEAD.fullmatch(following):
                break
        at += 1
    if not sender and not subject:
        return None
    name, address = _who(sender or "")
    body = "\n".join(lines[at:]).strip()
    about = _AGAIN.sub("", subject or "").strip()
    return Mail(name, address, about, body or about)


def cover_addresses(text: str) -> str:
    """The addresses in it as others see them.

    >>> cover_addresses("写信到 zsy@example.com")
    '写信到 z***@example.com'
    """
    return _ADDRESS.sub(lambda found: mask_mail(found[0]), text)


def _who(sender: str) -> tuple[str, str]:
    found = _ADDRESS.search(sender)
    address = found[0] if found else ""
    rest = sender.replace(address, "") if address else sender
    return rest.removeprefix("mailto:").strip(_QUOTES), address
