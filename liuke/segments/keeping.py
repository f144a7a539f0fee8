"""Verbs: keep, change, share, put away and bring back segments; take the last change back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from liuke.audit.actions import hold_chain, record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id, clean
from liuke.segments.catalogue import catalogue
from liuke.segments.compiling import DEEPEST_NESTING, reach
from liuke.segments.conditions import Catalogue, Node, inner_ids, leaves, read, write
from liuke.segments.kept import mine, trees_for, usable, used_in
from liuke.segments.models import Segment, Shared
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import colleagues, pack, units_in_scope

MOST = 200
DRAFTS = 20
HIDDEN = ("segment.sealed", "segment.unknown", "segment.figures")
NUMBERED = ("number", "assets")
"""Texts that are a code or a model by nature."""
_RUN = re.compile(r"\d(?:[\s()（）.·‐‑‒–—―－-]{0,3}\d){4,}")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-./年])(?:0?[1-9]|1[0-2])(?:[-./月](?:0?[1-9]|[12]\d|3[01]))?(?!\d)")
WIDTH = {Shared.NONE: 0, Shared.UNIT: 1, Shared.ALL: 2}


def may_share(user: User) -> tuple[Shared, ...]:
    """How far a person's segments may reach: the whole company only for those who see all of it."""
    unit = user.scope_unit
    if unit is None:
        return (Shared.NONE,)
    return (Shared.NONE, Shared.UNIT, Shared.ALL) if unit.parent_id is None else (Shared.NONE, Shared.UNIT)


def taken(actor: User, data: object) -> Node:
    """Conditions as somebody sends them, checked against what he may ask. Whoever asks for a hidden field is written down.

    Refuses as segments.conditions.read, segment.figures for a text in which a telephone number is looked for, and segment.value for a
    unit, a person or a segment that does not exist for him.
    """
    known = catalogue(pack())
    try:
        node = read(data, known)
        _refuse_figures(node, known)
    except Refused as refused:
        if refused.code in HIDDEN:
            with transaction.atomic():
                record(actor, "segment.refused", None, rule=refused.code, field=str(refused.slots.get("key", "")))
        raise
    _check_ids(actor, node, known)
    return node


def _refuse_figures(node: Node, known: Catalogue) -> None:
    """Free text is not asked for figures: the numbers in it are covered, and a search by number is counted. A date is none."""
    for leaf in leaves(node):
        if leaf.ask not in NUMBERED and _RUN.search(_DATE.sub("", leaf.word("text"))):
            message = "“%(label)s”不能按号码找，请用搜索。"
            raise Refused("segment.figures", message, label=known.entry(leaf.ask).label, key=leaf.ask)


def _check_ids(actor: User, node: Node, known: Catalogue) -> None:
    wanted: dict[str, set[int]] = {}
    for leaf in leaves(node):
        for slot in {"unit": ("is",), "owner": ("is",), "deals": ("units",), "segment": ("ids",)}.get(leaf.ask, ()):
            for word in leaf.words(slot):
                if pk := as_id(word):
                    wanted.setdefault("unit" if leaf.ask == "deals" else leaf.ask, set()).add(pk)
                elif word not in {code for one in known.entry(leaf.ask).slots if one.name == slot for code, _ in one.options}:
                    raise _no_such(known.entry(leaf.ask).label, word)
    there = {"unit": units_in_scope(actor), "owner": colleagues(actor), "segment": usable(actor).filter(draft=False)}
    for kind, ids in wanted.items():
        if gone := ids - set(there[kind].filter(pk__in=ids).values_list("pk", flat=True)):
            raise _no_such(known.entry(kind).label, str(min(gone)))


def _no_such(label: str, value: str) -> Refused:
    return Refused("segment.value", "“%(label)s”填的“%(value)s”不行。", label=label, value=value)


def save_segment(
    actor: User, name: str, data: object, shared: str = Shared.NONE, number: int | None = None, version: int | None = None
) -> Segment:
    """Keep conditions under a name, or change an own segment (`number`, with the version the reader saw).

    Refuses: no name, a name already used, sharing further than one's own sight, conditions that cannot be asked, a segment that
    would ask for itself, one inside that others cannot use, a version that somebody changed meanwhile. Raises Segment.DoesNotExist for
    another's.
    """
    require(actor, "segment.save")
    node = taken(actor, data)
    return _save(actor, _name(name), node, _shared(actor, shared), number, version)


@transaction.atomic
def _save(actor: User, called: str, node: Node, reach_of: Shared, number: int | None, version: int | None) -> Segment:
    hold_chain()  # one at a time: two saves at once could close a circle, or take one name
    kept = Segment.objects.get(pk=number, owner=actor, archived_at=None) if number else None
    if kept is not None and version is not None and kept.version != version:
        raise Refused("segment.changed", "这个分组刚才在别处改过，请打开新的那一版再改。")
    _check_inner(node, kept, reach_of)
    if kept is not None:
        _check_outer(kept, reach_of)
    elif Segment.objects.filter(mine(actor), archived_at=None, draft=False).count() >= MOST:
        raise Refused("segment.too_many", "最多存 %(n)s 个分组，先收起几个。", n=MOST)
    row = kept or Segment(owner=actor)
    row.before = None if kept is None or kept.draft else _state(kept)
    fresh = kept is None or kept.draft
    row.name, row.conditions, row.shared, row.draft = called, write(node), reach_of, False
    row.unit = actor.scope_unit if reach_of == Shared.UNIT else None
    row.version = kept.version + 1 if kept else 1
    _store(row)
    record(actor, "segment.create" if fresh else "segment.edit", row, name=called)
    return row


def _store(row: Segment) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("segment.name_used", "您已经有一个叫“%(name)s”的分组。", name=row.name) from None


def _name(name: str) -> str:
    called = clean(name, 40)
    if not called:
        raise Refused("segment.name", "请给分组起个名字。")
    return called


def _shared(actor: User, shared: str) -> Shared:
    if shared not in Shared.values or Shared(shared) not in may_share(actor):
        raise Refused("segment.share", "您只能分享到自己的单位。")
    return Shared(shared)


def _state(row: Segment) -> dict[str, Any]:
    return {"name": row.name, "conditions": row.conditions, "shared": row.shared, "unit": row.unit_id, "version": row.version}


def _check_inner(node: Node, kept: Segment | None, shared: Shared) -> None:
    """What is asked about inside: no circle, not too deep, and there for everybody who will use this one."""
    trees = trees_for(node)
    inside = reach(inner_ids(node), trees)
    if kept is not None and kept.pk in inside:
        raise Refused("segment.cycle", "这个分组绕了一圈又用到了自己。")
    if _levels(node, trees) > DEEPEST_NESTING:
        raise Refused("segment.nested", "分组里套分组太深，最多 %(most)s 层。", most=DEEPEST_NESTING)
    for inner in Segment.objects.filter(pk__in=inside).order_by("name"):
        if WIDTH[Shared(inner.shared)] < WIDTH[shared]:
            raise Refused("segment.inner_private", "里面用到的分组“%(name)s”别人用不了，先把它也分享出去。", name=inner.name)


def _levels(node: Node, trees: Mapping[int, Node], depth: int = 0) -> int:
    below = [number for number in inner_ids(node) if number in trees]
    if depth > DEEPEST_NESTING or not below:
        return depth
    return max(_levels(trees[number], trees, depth + 1) for number in below)


def _check_outer(kept: Segment, shared: Shared) -> None:
    """A segment that a wider shared one asks about stays as wide."""
    for outer in used_in([kept.pk]).get(kept.pk, ()):
        if WIDTH[Shared(outer.shared)] > WIDTH[shared]:
            raise Refused("segment.needed", "分组“%(name)s”用到了它，不能比那个分享得窄。", name=outer.name)


def draft_segment(actor: User, data: object) -> Segment:
    """Conditions that somebody wants to look at before he keeps them: the same again are the same row; only the newest stay."""
    require(actor, "segment.save")
    return _draft(actor, write(taken(actor, data)))


@transaction.atomic
def _draft(actor: User, asked: dict[str, Any]) -> Segment:
    drafts = Segment.objects.filter(owner=actor, draft=True)
    for row in drafts.order_by("-pk")[:DRAFTS]:
        if row.conditions == asked:
            return row
    row = Segment.objects.create(owner=actor, conditions=asked, draft=True)
    old = list(drafts.order_by("-pk").values_list("pk", flat=True)[DRAFTS:])
    drafts.filter(pk__in=old).delete()
    return row


@transaction.atomic
def archive_segment(actor: User, number: int) -> Segment:
    """Put an own segment away. Refuses while another one asks about it. Raises Segment.DoesNotExist for another's."""
    require(actor, "segment.save")
    hold_chain()
    row = Segment.objects.get(pk=number, owner=actor, archived_at=None, draft=False)
    if outer := used_in([row.pk]).get(row.pk):
        raise Refused("segment.in_use", "分组“%(name)s”用到了它，先把那边改了。", name=outer[0].name)
    row.archived_at = timezone.now()
    row.save(update_fields=["archived_at"])
    record(actor, "segment.archive", row, name=row.name)
    return row


@transaction.atomic
def restore_segment(actor: User, number: int) -> Segment:
    """Bring back what was put away. Refuses when the name is taken by now, or when a segment inside it is gone."""
    require(actor, "segment.save")
    hold_chain()
    row = Segment.objects.exclude(archived_at=None).get(pk=number, owner=actor)
    node = read(row.conditions, catalogue(pack()))
    if inner_ids(node) - set(Segment.objects.filter(pk__in=inner_ids(node), archived_at=None).values_list("pk", flat=True)):
        raise Refused("segment.gone", "里面用到的一个分组已经不在了。")
    _check_inner(node, row, Shared(row.shared))
    row.archived_at = None
    _store(row)
    record(actor, "segment.restore", row, name=row.name)
    return row


@transaction.atomic
def undo_change(actor: User, number: int, version: int) -> Segment:
    """Take the last change of an own segment back, if it is still the one the reader saw. What is taken back can be brought back alike."""
    require(actor, "segment.save")
    hold_chain()
    row = Segment.objects.get(pk=number, owner=actor, archived_at=None)
    if row.before is None or row.version != version:
        raise Refused("segment.changed", "这个分组刚才在别处改过，请打开新的那一版再改。")
    before, now = row.before, _state(row)
    _check_inner(read(before["conditions"], catalogue(pack())), row, Shared(before["shared"]))
    _check_outer(row, Shared(before["shared"]))
    row.name, row.conditions, row.shared, row.unit_id = before["name"], before["conditions"], before["shared"], before["unit"]
    row.version, row.before = row.version + 1, now
    _store(row)
    record(actor, "segment.undo", row, name=row.name)
    return row


@transaction.atomic
def copy_segment(actor: User, number: int) -> Segment:
    """One's own copy of a segment one may use. Raises Segment.DoesNotExist."""
    require(actor, "segment.save")
    source = usable(actor).get(pk=number, draft=False)
    hold_chain()
    names = set(Segment.objects.filter(owner=actor, archived_at=None, draft=False).values_list("name", flat=True))
    if len(names) >= MOST:
        raise Refused("segment.too_many", "最多存 %(n)s 个分组，先收起几个。", n=MOST)
    base = source.name[:34]
    name = next(called for n in range(1, MOST + 2) if (called := f"{base} {n + 1}") not in names)
    row = Segment.objects.create(owner=actor, name=name, conditions=source.conditions)
    record(actor, "segment.create", row, name=name)
    return row
