"""An e-mail pasted whole: who sent it and what it is about stand at its head, and are no part of what the customer complains of. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from liuke.kernel.masks import mask_mail

_FROM = ("from", "发件人", "寄件人", "寄件者", "来自")
_SUBJECT = ("subject", "主题", "主旨", "标题")
_SENT = ("date", "sent", "日期", "时间", "发送时间", "发送日期", "发件时间")
_OTHER = (
    "to", "cc", "bcc", "reply-to", "received", "importance", "attachments", "收件人", "收件者", "抄送", "密送", "答复", "回复", "附件",
    "重要性", "优先级",
)  # fmt: skip
_HEAD = re.compile(rf"\**({'|'.join((*_FROM, *_SUBJECT, *_SENT, *_OTHER))})\**\s*[:：]\**\s*(.*)", re.IGNORECASE)
_RULE = re.compile(r"[-_=*—]{3,}.{0,40}?[-_=*—]*")
"""A line that mail programs draw above what was sent before: -----原始邮件-----."""
_DAY = re.compile(r"(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})")
_CLOCK = re.compile(r"(上午|下午|晚上|中午|凌晨|早上|[AP]M)?\s*(\d{1,2})[:：点](\d{2})(?::\d{2})?\s*([AP]M)?", re.IGNORECASE)
_ZONE = re.compile(r"\b(?:GMT|UTC)\b|[+-]\d{4}")
_SPOKEN = ("%A, %B %d, %Y %I:%M %p", "%A, %B %d, %Y %I:%M:%S %p", "%A, %d %B %Y %H:%M", "%d %B %Y %H:%M", "%B %d, %Y %I:%M %p")
"""How programs in English write it in what they pass on."""
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_AGAIN = re.compile(r"^(?:(?:re|fwd?|fw|回复|答复|转发)\s*[:：]\s*)+", re.IGNORECASE)
_QUOTES = "\"'“”‘’「」<>＜＞()（）;；,，:： \t"
LONGEST = 40
"""Lines of a head that are looked at."""


@dataclass(frozen=True)
class Mail:
    """`name` and `address` of who sent it, `subject` without Re:, each "" where the head does not say; `body` what he wrote; `sent` when,
    None where the head does not say the time: without a zone it is the reader's own."""

    name: str
    address: str
    subject: str
    body: str
    sent: datetime | None = None


def read_mail(text: str) -> Mail | None:
    """The parts of a pasted e-mail; None where its first lines name neither sender nor subject.

    >>> read_mail("发件人：张书远 <zsy@example.com>\\n主题：回复：变速箱异响\\n\\n修了三次还响。")
    Mail(name='张书远', address='zsy@example.com', subject='变速箱异响', body='修了三次还响。', sent=None)
    """
    lines = text.lstrip("\ufeff \t\r\n").splitlines()
    sender = subject = None
    sent: datetime | None = None
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
            elif key in _SENT and sent is None:
                sent = _moment(value)
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
    return Mail(name, address, about, body or about, sent)


def cover_addresses(text: str) -> str:
    """The addresses in it as others see them.

    >>> cover_addresses("写信到 zsy@example.com")
    '写信到 z***@example.com'
    """
    return _ADDRESS.sub(lambda found: mask_mail(found[0]), text)


def _moment(text: str) -> datetime | None:
    """A time as a head says it.

    >>> _moment("Wed, 18 Nov 2026 21:14 +0800").isoformat(), _moment("2026年11月20日(星期五) 下午1:30").isoformat()
    ('2026-11-18T21:14:00+08:00', '2026-11-20T13:30:00')
    """
    try:
        if _DAY.search(text):
            return _chinese(text)
        if _ZONE.search(text):
            return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    for form in _SPOKEN:
        try:
            return datetime.strptime(f"{' '.join(text.split())} +0000", f"{form} %z").replace(tzinfo=None)
        except ValueError:
            continue
    return None


def _chinese(text: str) -> datetime | None:
    day = _DAY.search(text)
    clock = _CLOCK.search(text, day.end()) if day else None
    if day is None or clock is None:
        return None
    half, hour = (clock[1] or clock[4] or "").lower(), int(clock[2])
    if (half in ("下午", "晚上", "pm") and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    elif half in ("上午", "凌晨", "am") and hour == 12:
        hour = 0
    return datetime.fromisoformat(f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}T{hour:02d}:{clock[3]}")


def _who(sender: str) -> tuple[str, str]:
    found = _ADDRESS.search(sender)
    address = found[0] if found else ""
    rest = sender.replace(address, "") if address else sender
    return rest.removeprefix("mailto:").strip(_QUOTES), address
