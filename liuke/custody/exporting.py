"""Asking for a list as a file, saying yes or no to it, fetching it. What is in the file is not known here (exchange.exports)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language

from liuke.audit.actions import record
from liuke.custody import export_files, told
from liuke.custody.export_making import sight
from liuke.custody.exports_seen import taken
from liuke.custody.labels import Encoding, ExportState, FileFormat
from liuke.custody.models import Export
from liuke.custody.rules import KEPT, XLSX_ROWS, clear_permission, may_decide, needs_approval
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, may, require
from liuke.team.queries import pack


@dataclass(frozen=True)
class Wanted:
    """A list as it is asked for: its key, its own query, that query in words, the columns by key, and how many rows it has now."""

    listing: str
    query: str
    conditions: tuple[str, ...]
    columns: tuple[str, ...]
    format: str
    encoding: str
    clear: bool
    purpose: str
    rows: int


def deciders(asker: User) -> list[User]:
    """Who may say yes to what this person asks for, by name."""
    found = User.objects.filter(is_active=True, role__in=PERMISSIONS["export.approve"]).select_related("unit", "scope").order_by("name")
    return [one for one in found if _decides(one, asker)]


def _decides(decider: User, asker: User) -> bool:
    ours, theirs = decider.scope_unit, asker.scope_unit
    return may_decide(decider.pk, asker.pk, (ours.path or "") if ours else "", (theirs.path or "") if theirs else "")


@transaction.atomic
def ask(actor: User, wanted: Wanted) -> Export:
    """Ask for a list as a file. It waits for somebody's yes, or can be made at once (`state`).

    Refuses export.purpose, export.format, export.empty, export.too_long, export.nobody (nobody may say yes to it), permission.
    """
    require(actor, "export.ask")
    if wanted.clear:
        require(actor, clear_permission(wanted.listing))
    purpose = clean(wanted.purpose, 200)
    if len(purpose) < 2:
        raise Refused("export.purpose", "请写导出来做什么。")
    if wanted.format not in FileFormat.values or wanted.encoding not in Encoding.values or not wanted.columns:
        raise Refused("export.format", "请选文件格式，至少留一列。")
    if not wanted.rows:
        raise Refused("export.empty", "名单是空的，没有可以导出的。")
    if wanted.format == FileFormat.XLSX and wanted.rows > XLSX_ROWS:
        raise Refused("export.too_long", "一张 Excel 表放不下 %(rows)s 行，请选 CSV，或者先加条件。", rows=wanted.rows)
    User.objects.select_for_update().get(pk=actor.pk)  # two at once count each other's rows
    waits = needs_approval(wanted.rows, wanted.clear, pack().cards.export_rows, taken(actor, wanted.listing))
    decide = [one.pk for one in deciders(actor)] if waits else []
    if waits and not decide:
        raise Refused("export.nobody", "这要资料保管员或总经理同意，现在没有能批的人。请让管理员先加一位。")
    export = Export.objects.create(  # type: ignore[misc]  # a sealed column gives back what was put in
        actor=actor,
        unit=actor.scope_unit,
        listing=wanted.listing,
        query=wanted.query,
        conditions=list(wanted.conditions),
        columns=list(wanted.columns),
        format=wanted.format,
        encoding=wanted.encoding,
        clear=wanted.clear,
        purpose=purpose,
        rows=wanted.rows,
        state=ExportState.WAITING if waits else ExportState.APPROVED,
        asked_at=timezone.now(),
        stored=export_files.new_name(),
        language=get_language() or "",
    )
    # Purpose, conditions and reasons may name a customer: they stay with the export, where they are sealed and can be taken out.
    record(actor, "export.ask", export, list=export.listing, rows=export.rows, clear=export.clear, format=export.format)
    if waits:
        told.tell_waiting(export, decide)
    return export


def approve(actor: User, export_id: int, rows: int) -> Export:
    """Say yes to somebody else's export of so many rows, as they were read. Of two at once the first counts.

    Raises Export.DoesNotExist out of sight; refuses export.own, export.decided, export.changed (it has other rows by now), permission.
    """
    return _decide(actor, export_id, rows, ExportState.APPROVED, "")


def refuse(actor: User, export_id: int, reason: str) -> Export:
    """Say no, with a reason. Raises and refuses as `approve`, and export.reason."""
    why = clean(reason, 200)
    if len(why) < 2:
        raise Refused("export.reason", "请写为什么不批，他看得到。")
    return _decide(actor, export_id, None, ExportState.REFUSED, why)


def _decide(actor: User, export_id: int, rows: int | None, state: ExportState, why: str) -> Export:
    require(actor, "export.approve")
    seen = Export.objects.visible_to(actor).select_related("actor__unit", "actor__scope", "decided_by").get(pk=export_id)
    if not _decides(actor, seen.actor):
        denied(actor, seen, "export.own")
        raise Refused("export.own", "自己要的导出，要别人来批。")
    with transaction.atomic():
        waiting = Export.objects.filter(pk=seen.pk, state=ExportState.WAITING)
        if rows is not None:
            waiting = waiting.filter(rows=rows)
        agreed = F("rows") if state == ExportState.APPROVED else None
        if not waiting.update(state=state, agreed=agreed, decided_by=actor, decided_at=timezone.now(), reason=why):
            raise _too_late(export_id)
        seen.refresh_from_db()
        what = {"list": seen.listing, "rows": seen.rows, "clear": seen.clear, "who": seen.actor_id}
        if state == ExportState.APPROVED:
            record(actor, "export.approve", seen, **what)
        else:
            record(actor, "export.refuse", seen, **what)
        told.tell_decided(actor, seen)
    return seen


def _too_late(export_id: int) -> Refused:
    now = Export.objects.select_related("decided_by").get(pk=export_id)
    if now.state == ExportState.WAITING:
        return Refused("export.changed", "名单刚刚变了，现在是 %(rows)s 行，请再看一遍。", rows=now.rows)
    if now.decided_by is not None:
        return Refused("export.decided", "%(name)s已经看过这一份了。", name=now.decided_by.name)
    return Refused("export.withdrawn", "他不要这一份了。")


def withdraw(actor: User, export_id: int) -> Export:
    """The asker no longer wants it: it is not made, or the file is gone. Twice is no harm. Raises Export.DoesNotExist for another's."""
    with transaction.atomic():
        export = Export.objects.get(pk=export_id, actor=actor)
        alive = Export.objects.filter(pk=export.pk).exclude(state__in=(ExportState.REFUSED, ExportState.EXPIRED, ExportState.DROPPED))
        if alive.update(state=ExportState.DROPPED):
            told.nobody_waits(export)
            record(actor, "export.withdraw", export, list=export.listing, rows=export.rows)
            export.refresh_from_db()
    export_files.forget(export.stored)
    return export


# ── fetching it ──


def file_for(user: User, export_id: int) -> tuple[Export, Path]:
    """The file, for who asked for it, within a day, with the rights he had; every fetch and every attempt is written down.

    Raises Export.DoesNotExist for anybody else; refuses export.not_ready, export.expired, export.rights, export.gone.
    """
    export = Export.objects.get(pk=export_id)
    if export.actor_id != user.pk:
        denied(user, export, "export.not_yours")
        raise Export.DoesNotExist
    now = timezone.now()
    late = export.expires_at is not None and now >= export.expires_at
    if export.state == ExportState.EXPIRED or (export.state == ExportState.READY and late):
        denied(user, export, "export.expired")
        raise Refused("export.expired", "过了 24 小时，文件已经删了。要用请再导出一次。")
    if export.state != ExportState.READY:
        raise Refused("export.not_ready", "文件还没有做好。")
    if not may(user, "export.ask") or export.sight != sight(user):
        denied(user, export, "export.rights")
        raise Refused("export.rights", "做好以后您的岗位或范围变了，请再导出一次。")
    path = export_files.path_of(export.stored)
    if not path.is_file():
        raise Refused("export.gone", "文件不在了，请再导出一次。")
    with transaction.atomic():
        fetched = Export.objects.filter(pk=export.pk, state=ExportState.READY, expires_at__gt=now).update(downloads=F("downloads") + 1)
        if not fetched:
            raise Refused("export.gone", "文件不在了，请再导出一次。")
        record(user, "export.download", export, list=export.listing, rows=export.made_rows, clear=export.clear)
    export.refresh_from_db()
    return export, path


def denied(user: User, export: Export, rule: str) -> None:
    """Write down that somebody tried what is not his to do."""
    with transaction.atomic():
        record(user, "export.denied", export, rule=rule)


def expire(now: datetime) -> int:
    """Files past their day go, and so do questions nobody answered for a week. How many exports."""
    over = 0
    for export in Export.objects.filter(state=ExportState.READY, expires_at__lte=now).order_by("pk"):
        over += _over(export, ExportState.READY)
    for export in Export.objects.filter(state=ExportState.WAITING, asked_at__lte=now - 7 * KEPT).order_by("pk"):
        over += _over(export, ExportState.WAITING)
    alive = (ExportState.WAITING, ExportState.APPROVED, ExportState.MAKING, ExportState.READY)
    export_files.sweep(set(Export.objects.filter(state__in=alive).values_list("stored", flat=True)))
    return over


def _over(export: Export, state: ExportState) -> int:
    with transaction.atomic():
        ended = Export.objects.filter(pk=export.pk, state=state).update(state=ExportState.EXPIRED)
        if ended:
            record(None, "export.expire", export, list=export.listing, rows=export.rows, downloads=export.downloads)
    if ended:
        export_files.forget(export.stored)
    return ended
