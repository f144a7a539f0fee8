"""What the company may write in place of its pack's playbooks and scripts: the pack's own rules, told at the field they are about. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from liuke.kernel.refusal import Refused
from liuke.packs import Pack, Playbook
from liuke.packs.checks import cross_checks
from liuke.packs.loader import faults_of
from liuke.packs.playbook import Script
from liuke.packs.saying import Said

Path = tuple[str | int, ...]
OWN = {"own": True}
MOST_PLAYBOOKS = 200
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Fault:
    """What is wrong and where: a path inside the playbook or script ("steps", 0, "say", "zh"); () where it is about the whole."""

    path: Path
    said: str


class Faulty(Refused):
    """Something written that cannot be used; every fault at once. The message is that of the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0].said
        template, slots = (first.template, first.slots) if isinstance(first, Said) else (first.replace("%", "%%"), {})
        super().__init__("playbook.faults", template, **slots)
        self.faults = tuple(faults)


# ── reading what was written ─────────────────────────────────────────────────


def playbook_of(body: Mapping[str, Any]) -> Playbook:
    """A playbook of the company's; English may be missing. Raises Faulty."""
    return _parsed(Playbook, body)


def script_of(body: Mapping[str, Any]) -> Script:
    """A script of the company's; English may be missing. Raises Faulty."""
    return _parsed(Script, body)


def body_of(part: BaseModel) -> dict[str, Any]:
    """A playbook or script as JSON, without what is as usual."""
    return part.model_dump(mode="json", exclude_defaults=True)


def _parsed(model: type[T], body: Mapping[str, Any]) -> T:
    try:
        return model.model_validate(dict(body), context=OWN)
    except ValidationError as error:
        raise Faulty([Fault(path, said) for path, said in faults_of(error)]) from error


# ── in place of the pack's ───────────────────────────────────────────────────


def with_own(base: Pack, playbooks: Mapping[str, Playbook], scripts: Mapping[str, Script]) -> Pack:
    """The pack with the company's own playbooks and scripts in place of those of the same key, new ones after them.

    A signal that one of the company's playbooks names starts that one from now on, unless it is off.
    """
    taken = {signal: own.key for own in playbooks.values() if not own.off for signal in own.signals}
    new = {
        "playbooks": _in_place(base.playbooks, playbooks),
        "scripts": _in_place(base.scripts, scripts),
        "signals": tuple(
            signal.model_copy(update={"playbook": taken[signal.key]}) if signal.key in taken else signal for signal in base.signals
        ),
    }
    return base.model_copy(update=new)


def _in_place(given: Sequence[Any], own: Mapping[str, Any]) -> tuple[Any, ...]:
    there = {part.key for part in given}
    return (*(own.get(part.key, part) for part in given), *(part for key, part in own.items() if key not in there))


def faults_with_own(base: Pack, pack: Pack) -> list[tuple[Path, str]]:
    """What does not fit together in the pack with the company's own in place. One of the pack's own playbooks whose signals another has
    taken over may stand there without any."""
    given = {playbook.key for playbook in base.playbooks}
    return [
        (path, said)
        for path, said in cross_checks(pack)
        if not (path[0] == "playbooks" and path[2:] == ("key",) and pack.playbooks[int(path[1])].key in given)
    ]


def check(base: Pack, playbooks: Mapping[str, Playbook], scripts: Mapping[str, Script], part: Playbook | Script) -> None:
    """Whether the pack holds together with all of these. Raises Faulty: faults of `part` at its own fields, any other at ().

    base: the pack as it comes; playbooks, scripts: all that the company has written, `part` among them.
    """
    pack = with_own(base, playbooks, scripts)
    found = [*_taken_twice(base, playbooks, part), *(_at_home(pack, part, path, said) for path, said in faults_with_own(base, pack))]
    if isinstance(part, Playbook) and len(playbooks) > MOST_PLAYBOOKS:
        found.append(Fault((), Said("打法太多了，最多 %(most)s 个", most=MOST_PLAYBOOKS)))
    if found:
        raise Faulty(found)


def _taken_twice(base: Pack, playbooks: Mapping[str, Playbook], part: Playbook | Script) -> Iterator[Fault]:
    """A signal starts one playbook: two of the company's may not both take it."""
    if not isinstance(part, Playbook) or part.off:
        return
    for at, key in enumerate(part.signals):
        for other in playbooks.values():
            if other.key != part.key and not other.off and key in other.signals:
                name = next((signal.name.zh for signal in base.signals if signal.key == key), key)
                yield Fault(("signals", at), Said("信号“%(signal)s”已经由打法“%(name)s”接手", signal=name, name=other.name.zh))


def _at_home(pack: Pack, part: Playbook | Script, path: Path, said: str) -> Fault:
    """A fault of the whole pack as one of the part that is being written, where it is its."""
    name = "playbooks" if isinstance(part, Playbook) else "scripts"
    place = next(at for at, each in enumerate(getattr(pack, name)) if each.key == part.key)
    if path[:2] == (name, place):
        own = path[2:]
        return Fault(("signals",) if own == ("key",) else own, said)  # nothing starts it: that is chosen there
    if path[0] == "signals" and isinstance(part, Playbook) and pack.signals[int(path[1])].key in part.signals:
        return Fault(("signals",), said)
    return Fault((), said)


# ── what changed ─────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Change:
    """One value that differs; None where there was, or is, nothing."""

    path: Path
    old: Any
    new: Any


def changes(old: BaseModel, new: BaseModel) -> tuple[Change, ...]:
    """What is different between two versions, in the order of the fields, value by value. The number of the version is no difference."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    paths = [*before, *(path for path in after if path not in before)]
    order = {name: at for at, name in enumerate(type(new).model_fields)}
    found = [Change(path, before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)]
    return tuple(sorted((each for each in found if each.path != ("version",)), key=lambda each: order[str(each.path[0])]))


def _leaves(part: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _leaves(getattr(part, name), (*path, name))
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(part, tuple | list):
        if part and not isinstance(part[0], BaseModel):
            yield path, part
        else:
            for index, value in enumerate(part):
                yield from _leaves(value, (*path, index))
    elif part is not None and part != "":
        yield path, part
