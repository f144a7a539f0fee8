"""From a yes to a file: written beside, whole or not at all, then told and written down."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from liuke.custody import export_files, export_making
from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.custody.queries import masked_text
from liuke.exchange.exports.registry import Asked, Listing, Values, bundle, find
from liuke.exchange.exports.writing import writer
from liuke.kernel.refusal import Refused
from liuke.team.permissions import may

AT_ONCE = 2000
"""Up to so many rows a file is made while the reader waits; above by the worker."""
_TELL = 5000


class Grown(Exception):
    """More rows than anybody agreed to."""


def quick(export: Export) -> bool:
    known = bundle(export.listing)
    return export.rows <= (known.at_once if known else AT_ONCE)


def make(export_id: int) -> bool:
    """Make the file of an export that may be made. True when it is there; False where it is not (its state says why) or another makes it.

    A fault of the program is raised after the export was marked as failed; nothing half done is left.
    """
    stored = Export.objects.values_list("stored", flat=True).get(pk=export_id)
    with export_files.held(stored) as free:
        export = export_making.begin(export_id) if free else None
        if export is None:
            return False
        listing, whole = find(export.actor, export.listing), bundle(export.listing)
        if listing is None and (whole is None or not may(export.actor, whole.permission)):
            export_making.fail(export, "export.rights")
            return False
        half = export_files.half_of(stored)
        try:
            with translation.override(export.language or settings.LANGUAGE_CODE):
                rows, opened = _write(export, listing, half) if listing else whole.write(export, half)  # type: ignore[union-attr]
        except Grown:
            half.unlink(missing_ok=True)
            export_making.ask_again(export, listing.count(export.actor, export.query) if listing else export.rows)
            return False
        except Refused as refused:
            half.unlink(missing_ok=True)
            export_making.fail(export, refused.code)
            return False
        except BaseException:
            half.unlink(missing_ok=True)
            export_making.fail(export, "error")
            raise
        half.replace(export_files.path_of(stored))
        if not export_making.ready(export, rows, opened):
            export_files.forget(stored)
            return False
    return True


def resume(waits: Callable[[int], bool]) -> int:
    """Make what a stop of the machine left: agreed to or half way, and no job waits for it. How many."""
    made = 0
    for pk in Export.objects.filter(state__in=(ExportState.APPROVED, ExportState.MAKING)).order_by("pk").values_list("pk", flat=True):
        made += 0 if waits(pk) else make(pk)
    return made


def _write(export: Export, listing: Listing, path: Path) -> tuple[int, list[int]]:
    """Writes the whole file; (rows, ids of customers whose whole numbers are in it). Raises Grown."""
    asked = Asked(export.actor, export.query, export)
    columns = listing.chosen(export.columns) or listing.columns
    places = [listing.columns.index(column) for column in columns]
    pick: Callable[[Values], Values] = itemgetter(*places) if len(places) > 1 else lambda values: (values[places[0]],)
    most, written, now = export_making.allowed(export), 0, timezone.now()
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    out = writer(path, columns, export.format, export.encoding, mark(export, now), str(listing.title))
    try:
        for values in listing.rows(asked):
            written += 1
            if written > most:
                raise Grown
            out.row(pick(values))
            if written % _TELL == 0:
                Export.objects.filter(pk=export.pk).update(done=written)
    except BaseException:
        out.close([])
        raise
    out.close(about(export, listing, written, now))
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return written, asked.opened


def mark(export: Export, now: datetime) -> str:
    """Whose file it is, for every printed page."""
    who = export.actor
    where = f"（{who.unit.name}）" if who.unit else ""
    return _("%(name)s%(unit)s %(when)s 导出，内部资料") % {
        "name": who.name, "unit": where, "when": timezone.localtime(now).strftime("%Y-%m-%d %H:%M")
    }  # fmt: skip


def about(export: Export, listing: Listing, rows: int, now: datetime) -> list[tuple[str, str]]:
    """What the file says of itself: the list, its conditions, who has it for what, who agreed."""
    who = export.actor
    said = [
        (_("说明"), mark(export, now)),
        (_("名单"), str(listing.title)),
        (_("条件"), "，".join(export.conditions) or _("没有，全部")),
        (_("行数"), str(rows)),
        (_("谁导出的"), f"{who.name}，{who.get_role_display()}" + (f"，{who.unit.name}" if who.unit else "")),
        (_("用途"), masked_text(export.purpose)),
    ]
    if listing.personal:
        said.append((_("号码"), _("全号") if export_making.opens(export) else _("遮住的")))
    if export.decided_by is not None:
        when = timezone.localtime(export.decided_at).strftime("%Y-%m-%d %H:%M") if export.decided_at else ""
        said.append((_("谁批的"), f"{export.decided_by.name} {when}".strip()))
    return said
