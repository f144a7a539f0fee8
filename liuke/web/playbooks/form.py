"""Playbooks and scripts as forms: a field's name is its path ("steps.0.say.zh"), so that every fault finds its field.

A row that was left empty is no row. Money is typed in yuan, the share of effect in per cent; what cannot be read stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from liuke.kernel.money import parse_amount
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.saying import Said
from liuke.playbooks.rules import Faulty
from liuke.web.doors import words

NAME = re.compile(r"[a-z_]{1,30}(?:\.[a-z0-9_]{1,30}){0,7}")
NUMBERS = frozenset("day minutes days max_attempts rest_days within_days promise_days".split())
LISTS = ("signals", "stages")
TICKS = ("must", "hold_out", "off")
ROLES = ("rep", "agent", "supervisor")
MOST_FIELDS = 900
LONGEST = 400

Body = dict[str, Any]


@dataclass
class Draft:
    """What stands in the form: `values` by field as typed, `chosen` for fields with several, `errors` by field, `note` about the whole.
    `rows`: how many rows of each list are shown, the empty ones at the end too."""

    values: dict[str, str]
    chosen: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    note: str = ""
    rows: dict[str, int] = field(default_factory=dict)

    def picked(self, name: str) -> list[str]:
        return self.chosen.get(name, [])

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def on(self, name: str) -> bool:
        return self.values.get(name) == "1"

    def error(self, *names: str) -> str:
        """The first error of these fields."""
        return next((self.errors[name] for name in names if name in self.errors), "")

    def wrong_in(self, *starts: str) -> bool:
        """Whether anything within these parts is wrong: the part is opened."""
        return any(name == start or name.startswith(f"{start}.") for name in self.errors for start in starts)

    def count(self, name: str, more: int = 0) -> int:
        return max(self.rows.get(name, 0), self._filled(name) + more)

    def _filled(self, name: str) -> int:
        places = [int(part[len(name) + 1 :].split(".")[0]) for part in self.values if re.match(rf"{re.escape(name)}\.\d+\.", part)]
        return max(places, default=-1) + 1

    @property
    def faults(self) -> list[str]:
        return [*self.errors.values(), *([self.note] if self.note else [])]

    @property
    def bad(self) -> bool:
        return bool(self.errors or self.note)

    def refuse(self, refused: Refused) -> None:
        """Put what was refused where it belongs; what has no field of its own stands on top."""
        if not isinstance(refused, Faulty):
            self.note = words(refused)
            return
        for fault in refused.faults:
            name, said = ".".join(str(part) for part in fault.path), told(fault.said)
            if place := next((each for each in (name, f"{name}.zh") if each in self.values or each in LISTS), ""):
                self.errors.setdefault(place, said)
            elif name:
                self.errors.setdefault(name, said)
            else:
                self.note = said


def told(said: str) -> str:
    """A fault in the reader's language."""
    if not isinstance(said, Said):
        return said
    return _(said.template) % {key: _(value) if isinstance(value, str) else value for key, value in said.slots.items()}


# ── from the body to fields ──────────────────────────────────────────────────


def drafted(body: Mapping[str, Any]) -> Draft:
    """The form of a playbook or script that stands (its whole JSON)."""
    draft = Draft({})
    for name, value in _flat(dict(body)):
        if name.split(".")[0] in LISTS:
            draft.chosen.setdefault(name.split(".")[0], []).append(str(value))
        elif name.startswith("offer.limits_cents."):
            draft.values[name] = _yuan(int(value))
        elif name == "effect.share":
            draft.values[name] = f"{Decimal(str(value)) * 100:.2f}".rstrip("0").rstrip(".")
        else:
            draft.values[name] = ("1" if value else "") if isinstance(value, bool) else str(value)
    return draft


def _flat(part: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(part, list | tuple):
        for at, value in enumerate(part):
            yield from _flat(value, f"{name}.{at}")
    elif part is not None:
        yield name, part


def _yuan(cents: int) -> str:
    return f"{cents // 100}" if cents % 100 == 0 else f"{cents / 100:.2f}"


# ── from fields to the body ──────────────────────────────────────────────────


def read(data: QueryDict, ticks: tuple[str, ...] = ()) -> tuple[Draft, Body]:
    """What was sent, as it is shown again and as it is to be checked; rows left empty are gone from both. `ticks`: boxes of the form, which
    are not sent where they are not ticked."""
    tree: Body = {}
    chosen: dict[str, list[str]] = {name: [] for name in LISTS}
    for count, name in enumerate(data):
        if count > MOST_FIELDS or not NAME.fullmatch(name):
            continue
        if name in LISTS:
            chosen[name] = [str(each) for each in data.getlist(name) if each][:100]
        elif "." in name or name in ("script", "contract_kind", "scenario"):
            _put(tree, name.split("."), _clean(str(data[name])))
    for name in ticks:
        tree[name] = str(data.get(name, ""))
    body = _rows(tree)
    draft = Draft({name: str(value) for name, value in _flat(body)}, chosen)
    return draft, _typed({**body, **{name: value for name, value in chosen.items() if value}}, draft)


def _clean(text: str) -> str:
    try:
        return clean(text[: LONGEST * 2], LONGEST)
    except Refused:
        return text[:LONGEST].replace("\x00", "")


def _put(tree: Body, path: list[str], value: str) -> None:
    for part in path[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            return
        tree = below
    tree[path[-1]] = value


FILLED = ("say.zh", "say.en", "when.zh", "when.en", "name.zh", "name.en", "zh", "en", "promise.zh", "day")
"""A row of a list with none of these filled in was left empty. The four steps of a script always stand."""


def _rows(part: Any) -> Any:
    """Mappings whose keys are numbers become lists, without the rows that were left empty."""
    if not isinstance(part, dict):
        return part
    if part and all(key.isdigit() for key in part):
        rows = [_rows(part[key]) for key in sorted(part, key=int)]
        return [row for row in rows if not isinstance(row, dict) or "lines" in row or any(_there(row, name) for name in FILLED)]
    return {key: _rows(value) for key, value in part.items()}


def _there(row: Body, name: str) -> bool:
    value: Any = row
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return bool(value)


def _typed(body: Body, draft: Draft) -> Body:
    """The body with numbers, money and ticks as the pack writes them, without what was left open."""
    for name in TICKS:
        if name in body:
            body[name] = body[name] == "1"
    if isinstance(rows := body.get("follow_ups"), list):
        body["follow_ups"] = [_choice(row, at) for at, row in enumerate(rows)]
    if isinstance(steps := body.get("outcomes"), dict):
        body["outcomes"] = {key: _next(step) for key, step in steps.items() if not isinstance(step, dict) or step.get("do")}
    for name in ("contract_kind", "greet_other", "wechat", "sms"):
        if not _said(body.get(name)):
            body.pop(name, None)
    blocks = body.get("blocks")
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict) and not _said(block.get("tip")):
            block.pop("tip", None)
    if isinstance(effect := body.get("effect"), dict):
        effect.pop("measured", None)  # that is the trials' to say
    if _there(body, "effect.share"):
        body["effect"]["share"] = _share(str(body["effect"]["share"]))
    if isinstance(offer := body.get("offer"), dict):
        body = {key: value for key, value in body.items() if key != "offer"}
        if _there(offer, "benefit.zh"):
            body["offer"] = _offer(offer, draft)
    return {key: value for key, value in _numbers(body).items() if value not in ([], {})}


def _said(part: Any) -> bool:
    """Whether anything was written in it."""
    return any(_said(each) for each in part.values()) if isinstance(part, dict) else bool(part)


def _share(typed: str) -> str:
    """Per cent as a share of one; what is no number stays as it was typed, and is refused as such."""
    try:
        share = Decimal(typed.removesuffix("%").strip()) / 100
    except InvalidOperation:
        return typed
    return f"{share:f}" if share.is_finite() and abs(share.adjusted()) < 12 else typed


def _next(step: Any) -> Any:
    if not isinstance(step, dict):
        return step
    kept = {key: value for key, value in step.items() if value != ""}
    if kept.get("do") != "playbook":
        kept.pop("playbook", None)
    return kept


def _choice(row: Any, at: int) -> Any:
    if not isinstance(row, dict):
        return row
    made = {**row, "key": row.get("key") or f"choice_{at + 1}", "next": _next(row.get("next", {}))}
    if not _there(made, "promise.zh"):
        made.pop("promise", None)
        made.pop("promise_days", None)
    if not made.get("event"):
        made.pop("event", None)
    return made


def _offer(offer: Body, draft: Draft) -> Body:
    cents: dict[str, Any] = {}
    for role in ROLES:
        if not _there(offer, f"limits_cents.{role}"):
            continue
        typed = str(offer["limits_cents"][role])
        try:
            cents[role] = parse_amount(typed).cents
        except Refused as refused:
            draft.errors[f"offer.limits_cents.{role}"] = words(refused)
    return {"benefit": offer["benefit"], "limits_cents": cents}


def _numbers(part: Any, key: str = "") -> Any:
    if isinstance(part, dict):
        return {name: value for name, each in part.items() if (value := _numbers(each, name)) is not None}
    if isinstance(part, list):
        return [_numbers(each) for each in part]
    if key in NUMBERS and isinstance(part, str):
        return part or None
    return part
