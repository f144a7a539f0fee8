"""YAML to plain data, remembering the line of every value."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_BYTES = 2_000_000
Path = tuple[str | int, ...]


class Unreadable(Exception):
    """Not YAML that a pack may be written in; `line` counts from 1, `message` is Chinese."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Lines:
    """Where each value stands in the file."""

    def __init__(self) -> None:
        self.at: dict[Path, int] = {(): 1}

    def of(self, where: Path) -> int:
        """The line of a value; of its nearest parent if the value is missing or the path goes through a type."""
        while where not in self.at:
            where = where[:-1]
        return self.at[where]

    def name(self, where: Path) -> str:
        """("steps", 0, "say") → "steps[0].say"."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
        return text.removeprefix(".")


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads on/off/yes/no as booleans and 21:00 as a number; here only true and false, and plain numbers."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile(r"^(?:true|false)$"), list("tf"))
