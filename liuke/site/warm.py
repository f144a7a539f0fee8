"""What the first requests would else wait for, loaded before the web process takes any.

Asks the database nothing: it may not be there yet.
"""

from __future__ import annotations

from django.conf import settings
from django.template import engines
from django.urls import get_resolver
from django.utils import translation

from liuke.packs.loader import available, load_pack

FIRST = ("satisfaction/ask.html", "satisfaction/said.html", "base/shell.html", "base/macros.html", "errors/error.html")
"""Templates of what many open at once (a survey that was just sent), and the frame of every other page."""


def warm() -> None:
    """The pages' code (seconds of importing), the packs, the catalogues, and the templates of FIRST."""
    _ = get_resolver().url_patterns
    for key in available():
        load_pack(key)
    environment = engines["jinja2"].env  # type: ignore[attr-defined]
    for name in FIRST:
        environment.get_template(name)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("留客")
