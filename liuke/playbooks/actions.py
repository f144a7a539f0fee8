"""Writing playbooks and scripts: a new version, back to an older one or to the pack's own, one of the company's own, off and on, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import hold_chain, record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs import Pack, Playbook
from liuke.packs.playbook import Script
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.playbooks.queries import Own, VersionModel, base_pack, newest_version, own, part_of, versions
from liuke.playbooks.rules import Faulty, body_of, check, playbook_of, script_of
from liuke.team.models import Company, User
from liuke.team.permissions import require

OWN_KEY = "own_"


def save_playbook(actor: User | None, key: str, body: Mapping[str, Any], *, why: str = "", seen: int | None = None) -> PlaybookVersion:
    """A new version of a playbook; it counts from the next plan on, who is in it goes on as he began.

    body: the whole of it in the shape of packs.playbook.Playbook. seen: the version the writer had before him; refuses
    playbook.newer where another was saved meanwhile. Refuses playbook.unknown, playbook.faults (every fault at its field), permission.
    """
    with transaction.atomic():
        base, held = _alone(actor)
        _known(PlaybookVersion, base, held, key)
        return _save_playbook(actor, base, held, key, body, why, seen, "playbook.save")


def add_playbook(actor: User | None, body: Mapping[str, Any], *, why: str = "") -> PlaybookVersion:
    """A playbook of the company's own, under a key that nobody has had. Refuses as `save_playbook`."""
    with transaction.atomic():
        base, held = _alone(actor)
        used = set(PlaybookVersion.objects.filter(pack=base.key).values_list("key", flat=True)) | {each.key for each in base.playbooks}
        number = next(n for n in range(1, len(used) + 2) if f"{OWN_KEY}{n}" not in used)
        return _save_playbook(actor, base, held, f"{OWN_KEY}{number}", body, why, None, "playbook.add")


def switch_playbook(actor: User | None, key: str, off: bool, *, why: str = "", seen: int | None = None) -> PlaybookVersion:
    """Start a playbook for nobody any more, or again; who is in it goes on. Refuses as `save_playbook`, and playbook.same."""
    with transaction.atomic():
        base, held = _alone(actor)
        standing = _known(PlaybookVersion, base, held, key)
        if standing.off == off:
            raise Refused("playbook.same", "已经是这样了。")
        body = {**body_of(standing), "off": off}
        return _save_playbook(actor, base, held, key, body, why, seen, "playbook.off" if off else "playbook.on")


def save_script(actor: User | None, key: str, body: Mapping[str, Any], *, why: str = "", seen: int | None = None) -> ScriptVersion:
    """A new version of a script; every playbook that speaks by it says it so from now on. Refuses as `save_playbook`."""
    with transaction.atomic():
        base, held = _alone(actor)
        standing = _known(ScriptVersion, base, held, key)
        _unchanged(ScriptVersion, base, key, seen)
        script = script_of({**body, "key": key})
        if script.scenario != standing.scenario:
            raise Refused("script.scenario", "话术的场合不能改，四步就是按场合来的。")
        check(base, held.playbooks, {**held.scripts, key: script}, script)
        return _store(actor, ScriptVersion, base, key, script, why, "script.save")  # type: ignore[no-any-return]


def back_to(actor: User | None, model: VersionModel, key: str, version: int, *, why: str = "") -> Any:
    """Make what an older version said the newest version again. Raises the model's DoesNotExist; refuses playbook.same, playbook.back."""
    with transaction.atomic():
        base, held = _alone(actor)
        row = model._default_manager.get(pack=base.key, key=key, version=version)
        if row.body is None:
            return _own_again(actor, model, base, held, key, why)
        standing = _known(model, base, held, key)
        try:
            part = part_of(row)
            if _same(standing, part):
                raise Refused("playbook.same", "已经是这样了。")
            _check_with(base, held, part)
        except Faulty as faulty:
            raise Refused("playbook.back", "退回去以后和别的对不上：%(why)s", why=str(faulty)) from faulty
        return _store(actor, model, base, key, part, why, "playbook.back" if model is PlaybookVersion else "script.back")


def own_again(actor: User | None, model: VersionModel, key: str, *, why: str = "") -> Any:
    """From now on the pack's own holds again. Refuses playbook.unknown (the pack has none of this key), playbook.same, playbook.back."""
    with transaction.atomic():
        base, held = _alone(actor)
        return _own_again(actor, model, base, held, key, why)


def withdraw(actor: User | None, model: VersionModel, pk: int) -> Any:
    """Take the newest version back, as if it had never been saved; it stays on record. Its way back is the version before it.

    Raises the model's DoesNotExist; refuses playbook.withdrawn (twice), playbook.gone_on (another was saved after it), playbook.back.
    """
    with transaction.atomic():
        base, held = _alone(actor)
        row = model._default_manager.get(pk=pk, pack=base.key)
        newer = versions(model, base.key, row.key).filter(version__gt=row.version, withdrawn_at__isnull=True)
        if newer.exists():
            raise Refused("playbook.gone_on", "后来又改过了，要退回请在“版本”里选。")
        before = versions(model, base.key, row.key).filter(version__lt=row.version, withdrawn_at__isnull=True).first()
        _check_without(base, held, model, row.key, part_of(before) if before and before.body is not None else None)
        left = model._default_manager.filter(pk=row.pk, withdrawn_at__isnull=True)
        if not left.update(withdrawn_at=timezone.now(), withdrawn_by=actor):
            raise Refused("playbook.withdrawn", "这一版已经撤回过了。")
        record(actor, "playbook.withdraw" if model is PlaybookVersion else "script.withdraw", row, key=row.key, version=row.version)
        row.refresh_from_db()
        return row


# ── the steps of it ──────────────────────────────────────────────────────────


def _alone(actor: User | None) -> tuple[Pack, Own]:
    """One writer at a time: two versions that are right by themselves may be wrong together. The pack as it comes, and what stands."""
    if actor is not None:
        require(actor, "playbook.edit")
    hold_chain()
    list(Company.objects.select_for_update())
    return base_pack(), own()


def _known(model: VersionModel, base: Pack, held: Own, key: str) -> Any:
    """What stands under this key."""
    mine: Mapping[str, Any] = held.playbooks if model is PlaybookVersion else held.scripts
    given: tuple[Any, ...] = base.playbooks if model is PlaybookVersion else base.scripts
    if key in mine:
        return mine[key]
    for part in given:
        if part.key == key:
            return part
    if model is PlaybookVersion:
        raise Refused("playbook.unknown", "没有叫 %(key)s 的打法", key=key[:40])
    raise Refused("script.unknown", "没有叫 %(key)s 的话术", key=key[:40])


def _unchanged(model: VersionModel, base: Pack, key: str, seen: int | None) -> None:
    if seen is not None and newest_version(model, base, key) != seen:
        row = versions(model, base.key, key).filter(withdrawn_at__isnull=True).first()
        who = row.by.name if row is not None and row.by else ""
        raise Refused("playbook.newer", "%(who)s刚刚存了新的一版，您写的还在。请先看过那一版再存。", who=who)


def _save_playbook(
    actor: User | None, base: Pack, held: Own, key: str, body: Mapping[str, Any], why: str, seen: int | None, verb: str
) -> PlaybookVersion:
    _unchanged(PlaybookVersion, base, key, seen)
    number = _next(PlaybookVersion, base, key)
    playbook = playbook_of({**body, "key": key, "version": number})
    check(base, {**held.playbooks, key: playbook}, held.scripts, playbook)
    return _store(actor, PlaybookVersion, base, key, playbook, why, verb)  # type: ignore[no-any-return]


def _own_again(actor: User | None, model: VersionModel, base: Pack, held: Own, key: str, why: str) -> Any:
    _known(model, base, held, key)
    given: tuple[Any, ...] = base.playbooks if model is PlaybookVersion else base.scripts
    if all(part.key != key for part in given):
        raise Refused("playbook.no_pack", "行业包里没有这一个，没有可以用回的。")
    mine: Mapping[str, Any] = held.playbooks if model is PlaybookVersion else held.scripts
    if key not in mine:
        raise Refused("playbook.same", "已经是这样了。")
    _check_without(base, held, model, key, None)
    return _store(actor, model, base, key, None, why, "playbook.own" if model is PlaybookVersion else "script.own")


def _check_with(base: Pack, held: Own, part: Playbook | Script) -> None:
    if isinstance(part, Playbook):
        check(base, {**held.playbooks, part.key: part}, held.scripts, part)
    else:
        check(base, held.playbooks, {**held.scripts, part.key: part}, part)


def _check_without(base: Pack, held: Own, model: VersionModel, key: str, part: Any) -> None:
    """Whether everything still fits when `part` (None: the pack's own, or nothing) stands under the key."""
    playbooks, scripts = dict(held.playbooks), dict(held.scripts)
    mine: dict[str, Any] = playbooks if model is PlaybookVersion else scripts
    mine.pop(key, None)
    if part is not None:
        mine[key] = part
    others: list[Playbook | Script] = [*playbooks.values(), *scripts.values()]
    for other in others:
        try:
            check(base, playbooks, scripts, other)
        except Faulty as faulty:
            raise Refused("playbook.back", "退回去以后和别的对不上：%(why)s", why=str(faulty)) from faulty


def _same(standing: Any, part: Any) -> bool:
    return {**body_of(standing), "version": 0} == {**body_of(part), "version": 0}


def _next(model: VersionModel, base: Pack, key: str) -> int:
    """The number after every one there was, those taken back too."""
    last = model._default_manager.filter(pack=base.key, key=key).order_by("-version").values_list("version", flat=True).first()
    given = next((part.version for part in base.playbooks if part.key == key), 0) if model is PlaybookVersion else 1
    return max(last or 0, given) + 1


def _store(actor: User | None, model: VersionModel, base: Pack, key: str, part: Any, why: str, verb: str) -> Any:
    number = _next(model, base, key)
    body = body_of(part) if part is not None else None
    row = model._default_manager.create(pack=base.key, key=key, version=number, body=body, why=clean(why, 200), by=actor)
    record(actor, verb, row, key=key, version=number)
    return row
