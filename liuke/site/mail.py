"""LIUKE_SMTP_URL → Django's e-mail settings."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def mail_server(url: str, sender: str = "") -> dict[str, Any]:
    """The settings for a URL such as smtps://user:password@host:465 or smtp://user:password@host:587?starttls=1; no server for "".

    Raises ValueError for any other scheme; the URL itself is not in its words, for it holds a password.
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        raise ValueError("LIUKE_SMTP_URL: 写成 smtps://用户:密码@主机:465，或 smtp://用户:密码@主机:587?starttls=1")
    user = unquote(parts.username or "")
    tls = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if tls else 25),
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls,
        "EMAIL_USE_TLS": not tls and dict(parse_qsl(parts.query)).get("starttls") == "1",
        "EMAIL_TIMEOUT": 5,
        "DEFAULT_FROM_EMAIL": sender or (user if "@" in user else "liuke@localhost"),
    }
