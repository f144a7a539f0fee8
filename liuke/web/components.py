"""The Jinja2 environment of our own pages: globals, filters, icons, and addresses of the built front end.

Templates get: `_`, gettext, ngettext (Django's, so one catalogue serves Python and templates); url, static, asset, icon;
the components of base/macros.html as `ui`; the filters of liuke.web.words; and the pictures of liuke.web.visuals.
A literal per cent sign in a translated message is written `%%`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from liuke.standing.labels import Stage
from liuke.web import visuals, words
from liuke.web.words import written

DIST = Path(__file__).parent / "static" / "dist"

HTMX_CONFIG: dict[str, Any] = {
    # Content policy: htmx may neither write a style element nor evaluate strings.
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    # Snapshots of pages would leave personal data in the browser's storage: going back asks the server again.
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    # A fragment is a whole component with its id.
    "defaultSwapStyle": "outerHTML",
    "timeout": 20000,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        # 422: the form again, with its errors. 409: somebody else was faster, both values.
        {"code": "422", "swap": True},
        {"code": "409", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}


class NotBuilt(RuntimeError):
    """The front end has not been built, or an asset or icon of that name is not in the build."""


def _read(name: str) -> dict[str, str]:
    try:
        data: dict[str, str] = json.loads((DIST / name).read_text("utf-8"))
    except FileNotFoundError as missing:
        raise NotBuilt("The front end is not built. Run: npm ci && npm run build, in frontend/") from missing
    return data


@lru_cache(maxsize=4)
def _stored(name: str, stamp: int) -> dict[str, str]:
    return _read(name)


def _built(name: str) -> dict[str, str]:
    """A JSON file of the build, read once; while DEBUG is on, again whenever the file has changed."""
    stamp = 0
    if settings.configured and settings.DEBUG and (DIST / name).exists():
        stamp = (DIST / name).stat().st_mtime_ns
    return _stored(name, stamp)


def asset_name(name: str) -> str:
    """Hashed file name of a built asset ("app.js" → "app-1A2B3C4D.js"). Raises NotBuilt."""
    try:
        return _built("manifest.json")[name]
    except KeyError as unknown:
        raise NotBuilt(f"No asset {name!r} in the build.") from unknown


def asset(name: str) -> str:
    """Address of a built asset under STATIC_URL. Raises NotBuilt."""
    return static("dist/" + asset_name(name))


def asset_text(name: str) -> str:
    """The text of a built asset. Raises NotBuilt."""
    try:
        return (DIST / asset_name(name)).read_text("utf-8")
    except FileNotFoundError as missing:
        raise NotBuilt(f"{name!r} is in the manifest of the build, but not beside it.") from missing


def icon(name: str, size: int = 16, cls: str = "") -> Markup:
    """Outline icon as inline SVG, `size` in pixels, in the colour of its text; silent for screen readers. Raises NotBuilt.

    Names are those of frontend/src/icons.txt; add a line there to use another one.
    """
    try:
        body = _built("icons.json")[name]
    except KeyError as unknown:
        raise NotBuilt(f"No icon {name!r}: add it to frontend/src/icons.txt and build again.") from unknown
    extra = f" {escape(cls)}" if cls else ""
    return written(f'<svg class="lk-ic{extra}" width="{size}" height="{size}" viewBox="0 0 24 24" aria-hidden="true">{body}</svg>')


def url(name: str, *args: object, query: dict[str, Any] | None = None, **kwargs: object) -> str:
    """Address of a route; `query` is appended, values that are None or "" are left out. Raises NoReverseMatch."""
    path = reverse(name, args=args or None, kwargs=kwargs or None)
    kept = {key: value for key, value in (query or {}).items() if value not in (None, "")}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def language() -> str:
    """BCP 47 code of the active language, as the lang attribute wants it ("zh-Hans", "en")."""
    code = translation.get_language() or "zh-hans"
    return "zh-Hans" if code.lower().startswith("zh-hans") or code == "zh" else code


def htmx_config() -> Markup:
    """The content of the htmx-config meta tag, ready for a single-quoted attribute."""
    return written(json.dumps(HTMX_CONFIG))


class Macros:
    """base/macros.html as the global `ui`, for a block rendered alone (a fragment) never runs the imports at the top of its file."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env.get_template("base/macros.html").module, name)


@pass_context
def sentence(context: Context, text: str, /, **slots: Any) -> str:
    """`_` of the templates: the sentence in the reader's language, its slots filled, in an autoescaped template safe against markup.

    A slot `n` is a count: where the catalogue has plural forms for the sentence, the form for that count is taken.
    """
    said = text
    if "n" in slots:
        said = translation.ngettext(text, text, 1 if str(slots["n"]) == "1" else 2)
    if said == text:
        said = translation.gettext(text)
    return (Markup(said) if context.eval_ctx.autoescape else said) % slots  # noqa: S704 - a sentence of the code, its slots are escaped


def environment(**options: Any) -> Environment:
    """Factory for Django's Jinja2 backend (OPTIONS["environment"]). Undefined names raise; everything is escaped."""
    options["undefined"] = StrictUndefined
    options["autoescape"] = True
    options["extensions"] = [*options.get("extensions", ()), "jinja2.ext.i18n", "jinja2.ext.do"]
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    env = Environment(**options)  # noqa: S701 -- autoescape is set above
    env.policies["ext.i18n.trimmed"] = True
    install: Callable[..., None] = env.install_gettext_callables  # type: ignore[attr-defined]
    install(translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext, npgettext=translation.npgettext)
    env.globals.update({"_": sentence, "gettext": sentence})
    env.globals.update(
        url=url, static=static, asset=asset, asset_name=asset_name, icon=icon, language=language, htmx_config=htmx_config, **visuals.GLOBALS
    )
    env.globals["ui"] = Macros(env)
    env.filters.update(words.FILTERS)
    env.tests["gone"] = lambda stage: stage == Stage.EXIT  # what is at risk with a customer who has left is nothing to be told
    return env
