"""YAML to plain data, remembering the line of every value."""

from __future__ import annotations

import re

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_BYTES = 2_000_000
MAX_DEPTH = 20
Path = tuple[str | int, ...]
Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]

_INTEGER = re.compile(r"^-?(0|[1-9]\d{0,17})$")
# The pure-Python loader takes seconds on a long pack; the C one is the same grammar.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        """The line of a value; of its nearest parent when it is missing."""
        while where not in self.at:
            where = where[:-1]
        return self.at[where]

    @staticmethod
    def name(where: Path) -> str:
        """("steps", 0, "say") → "steps[0].say"."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")


def read(source: bytes) -> tuple[dict[str, Plain], Lines]:
    """The mapping of a YAML file and the line of each of its values.

    Only mappings, lists, text, whole numbers, true, false and null: a decimal stays the text that was written (exact),
    21:00 and on/off stay text. Refuses tags, aliases (they can grow without bound) and a name given twice. Raises Unreadable.
    """
    if len(source) > MAX_BYTES:
        raise Unreadable(1, f"文件太大，最多 {MAX_BYTES // 1_000_000} MB")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(source.count(b"\n", 0, error.start) + 1, "文件要用 UTF-8 编码") from error
    try:
        _refuse_the_unwanted(text)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 1, f"YAML 写法不对：{error.problem or error.context or ''}") from error
    except yaml.YAMLError as error:
        raise Unreadable(1, f"YAML 写法不对：{error}") from error
    lines = Lines()
    if not isinstance(root, MappingNode):
        raise Unreadable(1, "文件是空的，或者不是 名称: 内容 的写法")
    data = _plain(root, (), lines)
    assert isinstance(data, dict)
    return data, lines


def _refuse_the_unwanted(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(line, "不能用 * 引用别处的内容，请写全")
        if getattr(event, "tag", None) is not None:
            raise Unreadable(line, "不能用 ! 开头的标记")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:  # before anything recurses over it
            raise Unreadable(line, f"层次太深，最多 {MAX_DEPTH} 层")


def _plain(node: Node, where: Path, lines: Lines) -> Plain:
    lines.at.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        found: dict[str, Plain] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise Unreadable(line, "名称要是一个词")
            if key.value in found:
                raise Unreadable(line, f"{key.value} 写了两次")
            lines.at[(*where, key.value)] = line
            found[key.value] = _plain(value, (*where, key.value), lines)
        return found
    if isinstance(node, SequenceNode):
        return [_plain(item, (*where, index), lines) for index, item in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    return _scalar(node)


def _scalar(node: ScalarNode) -> Plain:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _INTEGER.match(text) else text
