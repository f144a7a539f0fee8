"""Pages as a client gets them, without a browser."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def enter(user: Any, language: str = "") -> Client:
    """A client that is logged in, its browser asking for `language` where that is given."""
    client = Client(headers={"accept-language": language}) if language else Client()
    client.force_login(user, backend=BACKEND)
    return client


def text(answer: Any) -> str:
    """The page as it is read: no tags, no runs of white space."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))
