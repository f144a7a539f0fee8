"""Messages by the company's mail server (LIUKE_SMTP_URL)."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from liuke.notify.message import Message, plain
from liuke.notify.post import Fault

TIMEOUT = 5


def ready() -> bool:
    """Whether a mail server is set."""
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


def opened() -> Any:
    """A connection to the server. Raises Fault."""
    if not ready():
        raise Fault("mail_none")
    link: Any = get_connection(timeout=TIMEOUT)
    try:
        link.open()
    except Exception as error:
        raise Fault(code_of(error)) from None
    return link


def send(link: Any, message: Message, to: str) -> None:
    """One mail, in plain words. Raises Fault."""
    text = "\n".join([*map(plain, message.lines), *(["", f"{message.link_text}：{message.link}"] if message.link else [])])
    try:
        EmailMessage(plain(message.title), text, settings.DEFAULT_FROM_EMAIL, [to], connection=link).send()
    except Exception as error:
        raise Fault(code_of(error)) from None


def close(link: Any) -> None:
    """Whatever the server says to a good-bye, what was sent is sent."""
    with suppress(Exception):
        link.close()


def code_of(error: Exception) -> str:
    """What went wrong, without the server's own words."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "mail_login"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "mail_recipient"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, smtplib.SMTPException):
        return "mail"
    return "refused" if isinstance(error, OSError) else "error"
