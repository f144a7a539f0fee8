"""Every sentence that a person may read, taken from the code and the templates, and what the English catalogue makes of it.

`python -m tests.house.messages` lists what the catalogue lacks.
"""

import ast
import functools
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

from tests.house.tree import PACKAGE, name, named

# The second word of a refusal is its sentence; N_ marks one that a door translates later.
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "N_": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "Refused": (2,),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdrif]|\{(\w*)\}")


@dataclass(frozen=True)
class Message:
    """A sentence of the code: context (mostly none), singular, plural (mostly none), and one place where it stands."""

    context: str | None
    singular: str
    plural: str | None
    place: str

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.singular


def extract(path: Path) -> list[Message]:
    """The marked sentences of one Python file or Jinja2 template."""
    method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
    options = {} if path.suffix == ".py" else {"silent": "false"}
    found = []
    for line, texts, _comments, context in extract_from_file(method, str(path), keywords=KEYWORDS, options=options):
        parts = [texts] if isinstance(texts, str) else [text for text in texts if text]
        if parts and parts[0]:
            place = name(path) if PACKAGE in path.parents else path.name
            found.append(Message(context, parts[0], parts[1] if len(parts) > 1 else None, f"{place}:{line}"))
    return found


def out_of_reach(text: str) -> list[int]:
    """Lines of Python on which a marked sentence stands inside an f-string, where the extractor does not find it."""
    strings = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.JoinedStr)]
    calls = [call for string in strings for call in ast.walk(string) if isinstance(call, ast.Call)]
    return sorted({call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id in {"_", *KEYWORDS}})


@functools.cache
def messages() -> tuple[Message, ...]:
    sources = [path for path in named(".py", under="liuke/") if "migrations" not in path.parts]
    sources += named(".html", ".jinja", ".txt", under="liuke/web/templates/")
    return tuple(message for path in sources for message in extract(path))


def catalogue() -> Catalog:
    """All English .po files of the package as one."""
    whole = Catalog(locale="en")
    for path in sorted(PACKAGE.glob("**/locale/en/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale="en"):
                if entry.id:
                    whole[entry.id] = entry
    return whole


def placeholders(text: str) -> list[str]:
    return sorted({found.group(0) for found in PLACEHOLDER.finditer(text.replace("%%", ""))})


def faults(found: tuple[Message, ...], english: Catalog) -> list[str]:
    """Sentences without an English one, with a doubtful one, or with other placeholders in it."""
    told: dict[tuple[str | None, str], str] = {}
    for message in found:
        entry = english.get(message.singular, message.context)
        strings = [] if entry is None else [entry.string] if isinstance(entry.string, str) else list(entry.string)
        if not strings or not all(strings):
            fault = "no English"
        elif entry is not None and "fuzzy" in entry.flags:
            fault = "marked as doubtful (fuzzy)"
        elif any(set(placeholders(string)) - set(placeholders(message.singular)) for string in strings):
            fault = f"a placeholder that the Chinese does not have: {strings}"
        elif set(placeholders(message.singular)) - {slot for string in strings for slot in placeholders(string)}:
            fault = f"a placeholder of the Chinese is lost: {strings}"
        else:
            continue
        told.setdefault(message.key, f"{message.place}: {message.singular!r}: {fault}")
    return list(told.values())


if __name__ == "__main__":
    lines = faults(messages(), catalogue())
    print("\n".join(lines))
    sys.exit(bool(lines))
