"""`liuke complaints classify | due`: what a text suggests, and when it must be answered and solved. Neither touches the database."""

from __future__ import annotations

import json as jsons
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from liuke.cli.complaints_due import due
from liuke.cli.say import fail, note
from liuke.kernel.refusal import Refused, shown

_GIVEN = {"amount_cents": int, "deal_cents": int, "repeats": int}
LONGEST_LINE = 1_000_000


def classify(
    file: Annotated[str, typer.Argument(metavar="FILE.jsonl", help="一行一段话；- 是标准输入 / one text a line; - is standard input")],
    json: Annotated[bool, typer.Option("--json", help="JSON，一行一个 / one JSON document a line")] = False,
) -> None:
    """读投诉的原话：五种分类和两类诉求，各有把握和依据。 / Reads complaints: five classifications, two lists of needs, how sure, and why.

    一行是一段话：JSON 字符串，或有 "text" 的 JSON 对象（可以再写 amount_cents 涉及金额、deal_cents 这笔生意、repeats 以前坏过几次），
    或直接写话。一行进，一行出；读不了的行说出第几行、为什么，后面的照读，最后以 1 退出。 / A line is a JSON string, an object
    with "text" (and amount_cents, deal_cents, repeats where known) or plain text. A bad line is answered in its place.
    """
    from liuke.analytics.complaint_words import classify as read

    bad = lines = 0
    for number, line in enumerate(_lines(file), 1):
        lines = number
        try:
            text, known = _text(line)
            said = read(text, **known)
        except Refused as refused:
            bad += 1
            if json:
                typer.echo(_document({"line": number, "error": refused.code, "message": str(refused)}))
            else:
                typer.echo(f"{number}  ——  {refused}。")
            continue
        answer = said.as_dict()
        typer.echo(_document({"line": number, **answer}) if json else f"{number}  {_sentence(answer)}")
    if not lines:
        fail("文件是空的。 / The file is empty.")
    if bad:
        note(f"{lines} 行里有 {bad} 行读不了，其余都读了。 / {bad} of {lines} lines could not be read.")
        raise typer.Exit(1)


def _lines(file: str) -> Iterator[str]:
    """The lines of the file, undecodable bytes marked: one such line is that line's fault alone."""
    if file == "-":
        yield from _decoded(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as source:
            yield from _decoded(source)
    except FileNotFoundError:
        fail(f"没有 {file} 这个文件。 / There is no such file.")
    except OSError as fault:
        fail(f"{file} 读不出来（{shown(fault, 60)}）。 / The file cannot be read.")


def _decoded(source: Any) -> Iterator[str]:
    for number, line in enumerate(source):
        text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
        yield text.removeprefix("\ufeff") if number == 0 else text


def _text(line: str) -> tuple[str, dict[str, Any]]:
    """The text of a line, and what is known beside it."""
    if any("\udc80" <= char <= "\udcff" for char in line):
        raise Refused("line.encoding", "这一行不是 UTF-8 文字")
    if len(line) > LONGEST_LINE:
        raise Refused("line.too_long", "这一行太长：%(length)s 个字", length=len(line))
    start = line.lstrip()[:1]
    if start not in ('"', "{", "["):
        if line.strip() in ("null", "true", "false"):
            raise Refused("line.no_text", "这一行不是一段话：要一个字符串，或有 text 的对象")
        return line, {}
    try:
        value = jsons.loads(line)
    except (ValueError, RecursionError):
        if start == '"':
            # Plain text that begins with what somebody said.
            return line, {}
        raise Refused("line.json", "这一行的 JSON 写得不完整") from None
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise Refused("line.no_text", "这一行不是一段话：要一个字符串，或有 text 的对象")
    known: dict[str, Any] = {}
    for name, kind in _GIVEN.items():
        given = value.get(name)
        if given is None:
            continue
        if isinstance(given, bool) or not isinstance(given, kind) or given < 0:
            raise Refused("line.number", "%(name)s 要写不小于 0 的整数", name=name)
        known[name] = given
    return value["text"], known


def _document(answer: dict[str, Any]) -> str:
    return jsons.dumps(answer, ensure_ascii=False)


def _sentence(answer: dict[str, Any]) -> str:
    """One line for the person at the terminal."""
    from liuke.complaints.labels import Axis, NeedKind, value_word

    def sure(word: object, said: dict[str, Any]) -> str:
        return f"{word} {said['confidence']:.0%}"

    axes = [sure(value_word(axis, answer[axis]["value"]), answer[axis]) for axis in Axis.values]
    sides = (answer["needs"][side] for side in ("emotional", "rational"))
    needs = ["、".join(sure(NeedKind(each["value"]).label, each) for each in side) or "无" for side in sides]
    return f"{' · '.join(axes)}  情感：{needs[0]}  理性：{needs[1]}"


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="投诉 / complaints")
    group.command("classify")(classify)
    group.command("due")(due)
    app.add_typer(group, name="complaints")
