"""docs/vocabulary.md: the table of names, read for the tests and for whoever wants to know what it lacks."""

from dataclasses import dataclass
from pathlib import Path

from django.apps import apps

from tests.house.tree import PACKAGE, ROOT

TABLE = ROOT / "docs" / "vocabulary.md"


@dataclass(frozen=True)
class Word:
    """A public name of the code and the word of the trade for it."""

    name: str
    chinese: str


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, code marks taken off."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    return [[cell.strip().strip("`").rstrip("/") for cell in line.strip("|").split("|")] for line in lines]


def words() -> list[Word]:
    """Every model of ours with its Chinese name."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("liuke.")]
    return [Word(model.__name__, str(model._meta.verbose_name)) for model in ours]


def folders() -> list[str]:
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def lacking(text: str, models: list[Word], packages: list[str]) -> list[str]:
    """What the table does not say: a model in one row with its Chinese name, a folder in a row of its own."""
    table = rows(text)
    faults = [f"{word.name} {word.chinese}" for word in models if not any(word.name in row and _told(word.chinese, row) for row in table)]
    faults += [f"{package}/" for package in packages if not any(package in row or f"liuke/{package}" in row for row in table)]
    faults += [f"{word.name}: its Chinese name is not Chinese" for word in models if word.chinese.isascii()]
    return faults


def _told(chinese: str, row: list[str]) -> bool:
    return any(chinese in cell for cell in row)


def read(path: Path = TABLE) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
