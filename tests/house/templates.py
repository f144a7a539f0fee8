"""What a template of ours may not hold. Each function takes the text of a template and returns what it found, with its line."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from tests.house.punctuation import HAN
from tests.house.tree import ROOT, named

COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TRANSLATED = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(?:ld\+)?json[\"'])[^>]*>", re.IGNORECASE)
STYLE = re.compile(r"<style\b|(?<![\w:.-])style\s*=", re.IGNORECASE)
HANDLER = re.compile(r"(?<=\s)(?:on[a-z]+|hx-on[\w:.-]*)\s*=(?!=)", re.IGNORECASE)
SCHEME = re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE)
CLASS = re.compile(r"(?<![\w:.-])class\s*=\s*(\"[^\"]*\"|'[^']*')")
# A class name of CSS in a style sheet, where a selector may stand.
SELECTOR = re.compile(r"\.(-?[A-Za-z_][\w-]*(?:\\.[\w-]*)*)")


def all_templates() -> list[Path]:
    return named(".html", ".jinja", under="liuke/web/templates/")


def blanked(text: str, pattern: re.Pattern[str], keep: str = "") -> str:
    """The text with every match replaced by marks, lines kept, so that places stay true."""
    return pattern.sub(lambda hit: re.sub(r"[^\n]", keep or " ", hit.group(0)), text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def inline_code(text: str) -> list[str]:
    """Scripts, styles and handlers in the page, all of which the content policy refuses."""
    bare = blanked(blanked(text, COMMENT), JINJA)
    found = [(hit.start(), hit.group(0)) for pattern in (SCRIPT, STYLE, HANDLER, SCHEME) for hit in pattern.finditer(bare)]
    return [f"{_line(text, at)}: {what.strip()}" for at, what in sorted(found)]


def classes(text: str) -> Iterator[tuple[int, str]]:
    """Every whole class name with its line. A name that is partly made by an expression is not judged."""
    marked = blanked(text, COMMENT)
    marked = re.sub(r"\{%.*?%\}", lambda hit: re.sub(r"[^\n]", " ", hit.group(0)), marked, flags=re.DOTALL)
    marked = re.sub(r"\{\{.*?\}\}", lambda hit: re.sub(r"[^\n]", "\0", hit.group(0)), marked, flags=re.DOTALL)
    for hit in CLASS.finditer(marked):
        for word in hit.group(1)[1:-1].split():
            if "\0" not in word:
                yield _line(marked, hit.start()), word


def strange_classes(text: str, known: frozenset[str]) -> list[str]:
    """Classes that are neither the style kit's nor carry our prefix."""
    return [f"{line}: {word}" for line, word in classes(text) if not word.startswith("lk-") and word not in known]


def selectors(css: str) -> frozenset[str]:
    """The class names of a style sheet."""
    bare = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.DOTALL)
    return frozenset(hit.group(1).replace("\\", "") for hit in SELECTOR.finditer(bare))


@functools.cache
def kit_classes() -> frozenset[str]:
    """The class names of the built style sheet: the kit's and ours."""
    sheets = sorted((ROOT / "liuke/web/static/dist").glob("**/*.css"))
    return frozenset().union(*(selectors(sheet.read_text(encoding="utf-8")) for sheet in sheets))


def unmarked(text: str, marked: frozenset[str]) -> list[str]:
    """Chinese that stands in a template without passing through the catalogue, in the page or in an expression."""
    bare = blanked(text, COMMENT)
    strings = [
        (line, value[1:-1])
        for line, kind, value in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(bare)
        if kind == "string" and re.search(HAN, value) and value[1:-1] not in marked
    ]
    page = blanked(blanked(bare, TRANSLATED), JINJA)
    shown = [(number, " ".join(line.split())) for number, line in enumerate(page.splitlines(), 1) if re.search(HAN, line)]
    return [f"{line}: {what}" for line, what in sorted(strings + shown)]
