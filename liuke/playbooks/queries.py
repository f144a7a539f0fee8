"""Reads of playbooks and scripts: the pack with the company's own in place, and the versions behind it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import Func, QuerySet, Subquery

from liuke.kernel.refusal import Refused
from liuke.packs import Pack, Playbook
from liuke.packs.loader import DEFAULT_PACK, load_pack
from liuke.packs.playbook import Script
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.playbooks.rules import faults_with_own, playbook_of, script_of, with_own
from liuke.team.models import Company

logger = logging.getLogger(__name__)

VersionModel = type[PlaybookVersion] | type[ScriptVersion]


@dataclass(frozen=True)
class Own:
    """What the company has written in place of its pack's, as it stands, by key. `unusable`: keys of what no longer fits the pack (its
    product was renewed); there the pack's own holds."""

    playbooks: dict[str, Playbook] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    unusable: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Read:
    """The pack as this process last put it together, and what it was put together from."""

    base: Pack
    stamp: tuple[int, int]
    own: Own
    pack: Pack


_last: list[_Read] = []


def pack() -> Pack:
    """The pack in use, with the company's own playbooks and scripts in place of the pack's. One query; put together anew when changed."""
    return _read().pack


def base_pack() -> Pack:
    """The pack in use as it comes, without what the company has changed."""
    return _read().base


def own() -> Own:
    """What the company has written, as it stands."""
    return _read().own


def _read() -> _Read:
    key, stamp = _stamp()
    base = load_pack(key)
    if _last and _last[0].base is base and _last[0].stamp == stamp:
        return _last[0]
    own, whole = _that_holds(base, _own(base.key)) if any(stamp) else (Own(), base)
    _last[:] = [_Read(base, stamp, own, whole)]
    return _last[0]


def _stamp() -> tuple[str, tuple[int, int]]:
    """The key of the pack in use, and the marks of all standing versions summed: other versions have another sum."""
    marks = [_standing(model).order_by().annotate(n=Func("mark", function="SUM")).values("n") for model in (PlaybookVersion, ScriptVersion)]
    row = Company.objects.order_by("pk").values_list("pack", *(Subquery(each) for each in marks)).first()
    if row is None:  # the company is not set up yet
        both = [_standing(model).order_by().values_list("mark", flat=True) for model in (PlaybookVersion, ScriptVersion)]
        row = (DEFAULT_PACK, sum(both[0].union(both[1], all=True)), 0)
    return os.environ.get("LIUKE_PACK") or row[0], (row[1] or 0, row[2] or 0)


def _standing(model: VersionModel) -> QuerySet[Any]:
    return model._default_manager.filter(withdrawn_at__isnull=True)


def _own(pack_key: str) -> Own:
    """The newest standing version of each key, where it is not "the pack's own again"."""
    found: dict[VersionModel, dict[str, Any]] = {}
    unusable = []
    for model in (PlaybookVersion, ScriptVersion):
        newest = {row.key: row for row in _standing(model).filter(pack=pack_key).order_by("version")}
        found[model] = {}
        for row in newest.values():
            if row.body is None:
                continue
            try:
                found[model][row.key] = part_of(row)
            except Refused:
                logger.exception("%s no longer fits the pack %s", row, pack_key)
                unusable.append(row.key)
    return Own(found[PlaybookVersion], found[ScriptVersion], tuple(unusable))


def _that_holds(base: Pack, own: Own) -> tuple[Own, Pack]:
    """What of the company's own the pack can work with, and the pack with it: a pack was changed under it, and work must go on."""
    playbooks, scripts, unusable = dict(own.playbooks), dict(own.scripts), list(own.unusable)
    while playbooks or scripts:
        whole = with_own(base, playbooks, scripts)
        faults = faults_with_own(base, whole)
        if not faults:
            return Own(playbooks, scripts, tuple(unusable)), whole
        logger.error("what the company has written no longer fits the pack %s: %s", base.key, faults)
        mine = playbooks.keys() | scripts.keys()
        places = [path for path, _said in faults if len(path) > 1 and path[0] in ("playbooks", "scripts")]
        bad = {getattr(whole, str(path[0]))[int(path[1])].key for path in places} & mine or mine
        unusable += sorted(bad)
        playbooks = {key: part for key, part in playbooks.items() if key not in bad}
        scripts = {key: part for key, part in scripts.items() if key not in bad}
    return Own({}, {}, tuple(unusable)), base


# ── versions ─────────────────────────────────────────────────────────────────


def part_of(row: PlaybookVersion | ScriptVersion) -> Any:
    """What a version says, with its number in it; row.body is not null. Raises rules.Faulty where the pack's shape is another by now."""
    if isinstance(row, PlaybookVersion):
        return playbook_of({**(row.body or {}), "version": row.version})
    return script_of(row.body or {})


def versions(model: VersionModel, pack_key: str, key: str) -> QuerySet[Any]:
    """Every version of a playbook or script, those taken back too, the newest first."""
    return model._default_manager.filter(pack=pack_key, key=key).select_related("by", "withdrawn_by").order_by("-version")


def newest_version(model: VersionModel, base: Pack, key: str) -> int:
    """The number of the standing version; 1 for the pack's script, the pack's number for its playbook; 0 where there is no such thing."""
    row = _standing(model).filter(pack=base.key, key=key).order_by("-version").values_list("version", flat=True).first()
    if row is not None:
        return int(row)
    if model is ScriptVersion:
        return int(any(script.key == key for script in base.scripts))
    return next((playbook.version for playbook in base.playbooks if playbook.key == key), 0)


def playbooks_at(whole: Pack, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Playbook]:
    """The playbooks as of these (key, version): what a customer began with is what he goes through. One query for those that are not the
    standing ones, none where all are; where a version cannot be found any more the standing one, and nothing where there is none either.
    """
    standing = {playbook.key: playbook for playbook in whole.playbooks}
    asked = set(wanted)
    found = {each: standing[each[0]] for each in asked if each[0] in standing}
    old = {(key, number) for key, number in asked if key not in standing or standing[key].version != number}
    if old:
        given = {playbook.key: playbook for playbook in _last[0].base.playbooks} if _last and _last[0].pack is whole else {}
        found |= {(key, number): given[key] for key, number in old if key in given and given[key].version == number}
        keys, numbers = {key for key, _number in old}, {number for _key, number in old}
        for row in PlaybookVersion.objects.filter(pack=whole.key, key__in=keys, version__in=numbers, body__isnull=False):
            if (row.key, row.version) in old and (kept := _kept(row.pk, row.mark)) is not None:
                found[row.key, row.version] = kept
    return found


@lru_cache(maxsize=256)
def _kept(pk: int, mark: int) -> Playbook | None:
    """A version is never edited: what it says is read once. (`mark` tells two databases of one process apart.)"""
    row = PlaybookVersion.objects.get(pk=pk)
    try:
        return part_of(row)  # type: ignore[no-any-return]
    except Refused:
        return None
