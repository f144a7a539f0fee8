"""What the export pages say of one export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.custody.labels import ExportState, FileFormat
from liuke.custody.models import Export
from liuke.custody.queries import masked_text
from liuke.custody.rules import LONG_WAIT
from liuke.exchange.exports.registry import Listing, bundle, lists
from liuke.segments import filters
from liuke.team.models import User
from liuke.team.queries import pack
from liuke.web.customers.conditions import chips
from liuke.web.words import moment, thousands

TONES = {
    ExportState.WAITING: "warn", ExportState.READY: "good", ExportState.FAILED: "bad", ExportState.REFUSED: "bad",
    ExportState.EXPIRED: "line", ExportState.DROPPED: "line",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One export as a row: what, on which conditions, how many rows; `tone` of its state; `late`: it waits for a word too long."""

    export: Export
    title: str
    conditions: str
    rows: int
    purpose: str
    reason: str
    tone: str
    late: bool
    numbers: str


def title_of(export: Export) -> str:
    """The name of the list; its key when a later version no longer has it."""
    known = lists().get(export.listing) or bundle(export.listing)
    return str(known.title) if known else export.listing


def line(export: Export) -> Line:
    known = lists().get(export.listing)
    personal = known is None or known.personal
    return Line(
        export=export,
        title=title_of(export),
        conditions="，".join(export.conditions) or _("没有条件，全部"),
        rows=export.rows if export.made_rows is None else export.made_rows,
        purpose=masked_text(export.purpose),
        reason=masked_text(export.reason),
        tone=TONES.get(ExportState(export.state), ""),
        late=export.state == ExportState.WAITING and timezone.now() - export.asked_at > LONG_WAIT,
        numbers=(_("全号") if export.clear else _("号码遮住")) if personal else "",
    )


def lines(exports: Iterable[Export]) -> list[Line]:
    return [line(export) for export in exports]


def in_words(listing: Listing, user: User, query: str) -> list[str]:
    """The conditions of a list as its page shows them, long numbers covered. The customer list's are those of its chips, and its order."""
    if listing.key != "customers":
        return [masked_text(text) for text in listing.said(user, query)]
    return [masked_text(f"{chip.label}：{chip.value}") for chip in chips(filters.parse(query), user, pack())]


def decided_by(export: Export) -> str:
    """Who said yes or no, and when."""
    if export.decided_by is None:
        return ""
    return _("%(name)s，%(when)s") % {"name": export.decided_by.name, "when": moment(export.decided_at)}


def file_name(export: Export) -> str:
    """客户名单 2026-11-22 1,286 行.xlsx"""
    made = timezone.localtime(export.made_at or timezone.now())
    slots = {"title": title_of(export), "day": f"{made:%Y-%m-%d}", "rows": thousands(export.made_rows), "ending": export.format}
    return _("%(title)s %(day)s %(rows)s 行.%(ending)s") % slots


def failure(export: Export) -> str:
    """Why it could not be made, in words."""
    if export.failure == "export.rights":
        return _("要的人不再有这个岗位或范围，没有做。")
    return _("做到一半出了错，已经记下。什么都没有留下，可以再导出一次。")


def title(export: Export, own: bool) -> str:
    """The finding: whose file, and where it stands."""
    slots = {
        "title": title_of(export),
        "name": export.actor.name,
        "n": thousands(export.rows if export.made_rows is None else export.made_rows),
    }
    if not own:
        return (_("%(name)s的%(title)s，%(n)s 行，全号") if export.clear else _("%(name)s的%(title)s，%(n)s 行")) % slots
    if export.state == ExportState.READY:
        return _("%(title)s做好了，%(n)s 行") % slots
    return _("%(title)s，%(n)s 行") % slots


def facts(export: Export) -> list[tuple[str, str]]:
    """All that is to be known of it before saying yes."""
    known, shown = lists().get(export.listing), line(export)
    whole = bundle(export.listing)
    headings = [str(column.heading) for column in known.chosen(export.columns)] if known else export.columns
    kind = str(export.get_format_display()) + (f"，{export.get_encoding_display()}" if export.format == FileFormat.CSV else "")
    told = [
        (
            _("谁要的"),
            f"{export.actor.name}，{export.actor.get_role_display()}" + (f"，{export.actor.unit.name}" if export.actor.unit else ""),
        ),
        (_("名单"), shown.title),
        (_("条件"), shown.conditions),
        (_("行数"), thousands(shown.rows)),
        (_("号码"), shown.numbers),
        (_("用途"), shown.purpose),
        (_("内容"), str(whole.holds)) if whole else (_("列"), _("、").join(headings)),
        (_("格式"), "" if whole else kind),
        (_("时间"), moment(export.asked_at)),
        (_("谁批的"), decided_by(export)),
        (_("下载次数"), thousands(export.downloads) if export.made_at else ""),
    ]
    return [(label, text) for label, text in told if text]
