"""Read a pack from YAML and check all of it. Every fault is told at once, in Chinese, with its line and field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from liuke.kernel.refusal import Refused
from liuke.packs.checks import cross_checks
from liuke.packs.messages import in_chinese
from liuke.packs.reading import Unreadable, read
from liuke.packs.schema import Pack

DEFAULT_PACK = "auto_dealer"
FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Problem:
    """One fault: `line` counts from 1; `field` is a path such as "playbooks[3].steps[0].say.zh" ("" for the whole file)."""

    line: int
    field: str
    message: str


class PackError(Refused):
    """A pack that cannot be used. `problems` in order of line; `str()` is one Chinese line for each."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.field)))
        told = "\n".join(f"{path.name} 第 {p.line} 行{'，' + p.field if p.field else ''}：{p.message}" for p in self.problems)
        super().__init__("pack.invalid", "%(told)s", told=told)


def available() -> tuple[str, ...]:
    """Keys of the packs that come with the product, the default first."""
    keys = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return tuple(sorted(keys, key=lambda key: key != DEFAULT_PACK))


def load_pack(key_or_path: str | Path = DEFAULT_PACK) -> Pack:
    """The pack of this key, or of this YAML file. Cached until the file changes. Raises PackError."""
    path = Path(key_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = FOLDER / f"{key_or_path}.yaml"
        if str(key_or_path) not in available():
            raise PackError(path, [Problem(1, "", f"没有叫 {key_or_path} 的行业包，现有：{'、'.join(available())}")])
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise PackError(path, [Problem(1, "", "文件打不开")]) from error
    return _load(path.resolve(), changed)


@lru_cache(maxsize=16)
def _load(path: Path, changed: int) -> Pack:
    return parse_pack(path.read_bytes(), path)


def parse_pack(source: bytes, path: Path) -> Pack:
    """A pack from the bytes of a YAML file; `path` only names it in errors. Raises PackError."""
    try:
        data, lines = read(source)
    except Unreadable as error:
        raise PackError(path, [Problem(error.line, "", error.message)]) from error
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        raise PackError(path, [Problem(lines.of(where), lines.name(where), text) for where, text in faults_of(error)]) from error
    problems = [Problem(lines.of(where), lines.name(where), message) for where, message in cross_checks(pack)]
    if path.stem != pack.key and path.parent == FOLDER:
        problems.append(Problem(lines.of(("key",)), "key", f"key 要和文件名一样：{path.stem}"))
    if problems:
        raise PackError(path, problems)
    return pack


def faults_of(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Path and Chinese sentence of each fault."""
    found = [(_where(detail), detail) for detail in error.errors()]
    for where, detail in found:
        # A list whose only item is wrong is reported as too short as well: the item says enough.
        follows = detail["type"] == "too_short" and any(other != where and other[: len(where)] == where for other, _ in found)
        if not follows:
            yield where, in_chinese(detail)


def _where(error: ErrorDetails) -> tuple[str | int, ...]:
    """The path of a fault; a threshold's goes on to the field that its own check names."""
    field = error.get("ctx", {}).get("field")
    return (*error["loc"], field) if isinstance(field, str) else tuple(error["loc"])
