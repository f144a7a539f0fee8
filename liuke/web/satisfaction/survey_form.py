"""The builder's form: questions as numbered fields, read back as a questionnaire's JSON. Works without script: every act is a button."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from liuke.packs.survey import END, MOST_QUESTIONS, Questionnaire
from liuke.playbooks.rules import Faulty

FIELDS = ("key", "kind", "zh", "en", "indicator", "dimension", "weight", "options", "required", "jumps")
_JUMP = re.compile(r"([\d,，、 –-]+)\s*(?:→|->|跳到|:|：)\s*([\w]+)")

Row = dict[str, str]


def rows_of(form: Questionnaire) -> list[Row]:
    """The questions as the form shows them."""
    return [
        {
            "key": each.key,
            "kind": each.kind,
            "zh": each.words.zh,
            "en": each.words.en,
            "indicator": each.indicator or "",
            "dimension": each.dimension or "",
            "weight": f"{each.weight.normalize():f}" if each.weight else "",
            "options": "\n".join(option.name.zh + (f" = {option.name.en}" if option.name.en else "") for option in each.options),
            "required": "1" if each.required else "",
            "jumps": "\n".join(f"{','.join(str(value) for value in jump.when)} → {jump.to}" for jump in each.jumps),
        }
        for each in form.questions
    ]


def head_of(form: Questionnaire) -> dict[str, str]:
    found = {"title-zh": form.title.zh, "title-en": form.title.en}
    for name in ("intro", "thanks"):
        said = getattr(form, name)
        found |= {f"{name}-zh": said.zh if said else "", f"{name}-en": said.en if said else ""}
    return found


def typed_rows(data: Mapping[str, str]) -> list[Row]:
    """The questions as they were sent."""
    found = []
    for place in range(MOST_QUESTIONS + 1):
        if f"q{place}-kind" not in data:
            break
        found.append({name: data.get(f"q{place}-{name}", "").strip() for name in FIELDS})
    return found


def changed(rows: list[Row], act: str) -> list[Row]:
    """After a button: "add", "up-2", "down-2", "drop-2"; anything else changes nothing."""
    what, _dash, number = act.partition("-")
    at = int(number) if number.isdigit() and len(number) < 3 else -1
    rows = list(rows)
    if what == "add" and len(rows) < MOST_QUESTIONS:
        rows.append({**dict.fromkeys(FIELDS, ""), "kind": "rating", "key": fresh(rows), "indicator": "service.during"})
    elif 0 <= at < len(rows):
        if what == "drop" and len(rows) > 1:
            rows.pop(at)
        elif what == "up" and at > 0:
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        elif what == "down" and at + 1 < len(rows):
            rows[at + 1], rows[at] = rows[at], rows[at + 1]
    return rows


def fresh(rows: list[Row]) -> str:
    used = {row["key"] for row in rows}
    return next(f"q{n}" for n in range(1, MOST_QUESTIONS + 2) if f"q{n}" not in used)


def body_of(data: Mapping[str, str], rows: list[Row]) -> dict[str, Any]:
    """What was typed as a questionnaire's JSON; what is wrong with it building.checked tells."""
    body: dict[str, Any] = {"title": _words(data, "title"), "questions": []}
    for name in ("intro", "thanks"):
        if data.get(f"{name}-zh", "").strip():
            body[name] = _words(data, name)
    for row in rows:
        question: dict[str, Any] = {
            "key": row["key"] or fresh(rows), "kind": row["kind"], "words": {"zh": row["zh"], "en": row["en"]},
            "weight": row["weight"] or "0", "required": row["required"] == "1",
        }  # fmt: skip
        if row["indicator"]:
            question["indicator"] = row["indicator"]
        if row["kind"] == "pair":
            question["dimension"] = row["dimension"] or None
        if row["kind"] == "choice":
            lines = [line for line in row["options"].splitlines() if line.strip()]
            question["options"] = [_option(place, line) for place, line in enumerate(lines)]
        if row["kind"] not in ("rating", "pair"):
            question["weight"] = "0"
        if row["jumps"]:
            question["jumps"] = [_jump(line) for line in row["jumps"].splitlines() if line.strip()]
        body["questions"].append(question)
    return body


def _words(data: Mapping[str, str], name: str) -> dict[str, str]:
    return {"zh": data.get(f"{name}-zh", "").strip(), "en": data.get(f"{name}-en", "").strip()}


def _option(place: int, line: str) -> dict[str, Any]:
    zh, _equals, en = line.partition("=")
    return {"key": f"o{place + 1}", "name": {"zh": zh.strip(), "en": en.strip()}}


def _jump(line: str) -> dict[str, Any]:
    """「0,1,2 → why」 or 「0-6 → why」, 「5 → end」. What cannot be read is handed on, so that it is told as a fault."""
    found = _JUMP.fullmatch(line.strip()[:200])
    if found is None:
        return {"when": [], "to": line.strip()[:40]}
    values: list[int] = []
    for part in re.split(r"[,，、 ]+", found[1].strip(" ,，、")):
        ends = re.fullmatch(r"(\d{1,2})[–-](\d{1,2})", part)
        if ends:
            values += range(int(ends[1]), min(int(ends[2]), int(ends[1]) + 20) + 1)
        elif part.isdigit():
            values.append(int(part[:3]))
    return {"when": values, "to": END if found[2] in (END, "结束") else found[2]}


def errors_of(faulty: Faulty) -> tuple[list[str], dict[int, list[str]], dict[str, str]]:
    """(what is wrong with the whole, what with each question by its place, what with a field by its name: weights and jumps)."""
    whole: list[str] = []
    of: dict[int, list[str]] = {}
    at: dict[str, str] = {}
    for fault in faulty.faults:
        path = fault.path
        said = getattr(fault.said, "template", None)
        text = _(said) % getattr(fault.said, "slots", {}) if said else str(fault.said)
        if len(path) > 2 and path[0] == "questions" and path[2] in ("weight", "jumps"):
            at.setdefault(f"q{path[1]}-{path[2]}", text)
        elif len(path) > 1 and path[0] == "questions" and isinstance(path[1], int):
            of.setdefault(path[1], []).append(text)
        else:
            whole.append(text)
    return list(dict.fromkeys(whole)), of, at
