"""`liuke complaints due`: when a complaint has to be answered and resolved. Works with or without a company."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from django.conf import settings
from django.db import DatabaseError

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.complaints.clock import FIRST_YEAR, LAST_YEAR, ORDINARY, SEVERE, Hours, Stretch, call_back_on, limits
from liuke.packs.complaints import Complaints

SEVERITIES = {"ordinary": ORDINARY, "severe": SEVERE, "一般": ORDINARY, "严重": SEVERE}
_TIMES = "写成 2026-09-30T17:30，没有时区的按公司所在时区算。"


def moment(text: str, what: str) -> datetime:
    """A time of day in ISO, in the company's zone; ends the command where it is none."""
    zone = ZoneInfo(settings.TIME_ZONE)
    try:
        found = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2026-09-30"):
            raise ValueError(text)
        local = found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    except (ValueError, OverflowError):
        fail(f"看不懂{what}的时间“{text[:40]}”。{_TIMES}")
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        fail(f"{what}的时间要在 {FIRST_YEAR} 年到 {LAST_YEAR} 年之间。")
    return local


def stretch(text: str) -> Stretch:
    """FROM/TO; FROM/ for a pause that still stands."""
    start, slash, end = text.partition("/")
    if not slash or not start.strip():
        fail(f"看不懂暂停“{text[:60]}”。写成 FROM/TO，还没结束的写 FROM/。")
    return moment(start, "暂停开始"), moment(end, "暂停结束") if end.strip() else None


def _no_database() -> bool:
    """A folder without a company stays as it is: only to look would leave an empty file behind."""
    kept = settings.DATABASES["default"]
    name = str(kept["NAME"])
    return kept["ENGINE"].endswith("sqlite3") and not name.startswith("file:") and name != ":memory:" and not Path(name).is_file()


def _house(unit: str) -> tuple[Complaints, Hours, str]:
    """The rules and the calendar of the company; the state's and the usual ones where there is no company."""
    try:
        if _no_database():
            raise LookupError
        from liuke.complaints.house import hours_of, rule
        from liuke.team.models import Company, Unit

        if not Company.objects.exists():
            raise LookupError
        place = Unit.objects.filter(name=unit).first() if unit else None
    except (DatabaseError, LookupError):
        kept = Complaints()
        return kept, Hours(*kept.hours), "state"
    if unit and place is None:
        fail(f"没有叫“{unit}”的单位。")
    return rule(), hours_of(place), "company"


@plain_refusals
def due(
    received: Annotated[str, typer.Option("--received", help="受理时间 / when it was received, ISO")],
    severity: Annotated[str, typer.Option("--severity", help="ordinary | severe")] = ORDINARY,
    pause: Annotated[list[str] | None, typer.Option("--pause", help="暂停 FROM/TO，可以写几段 / waiting for the customer")] = None,
    more: Annotated[list[str] | None, typer.Argument(help="又几段暂停 / more pauses", metavar="FROM/TO")] = None,
    raised: Annotated[str, typer.Option("--raised", help="改为严重的时间 / when it was raised to severe")] = "",
    told: Annotated[str, typer.Option("--told", help="告知方案的时间，算回访日 / when the solution was told")] = "",
    unit: Annotated[str, typer.Option("--unit", help="哪个单位的营业时间 / whose opening hours")] = "",
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """一件投诉什么时候该答复、该解决。 / When a complaint is due."""
    if severity.strip().lower() not in SEVERITIES:
        fail(f"没有“{severity[:20]}”这种程度，写 ordinary（一般）或 severe（严重）。")
    pauses = [stretch(part) for text in (*(pause or ()), *(more or ())) for part in text.replace(",", " ").split()]
    rules, hours, calendar = _house(unit)
    at = moment(received, "受理")
    since = moment(raised, "改为严重") if raised else None
    found = limits(at, SEVERITIES[severity.strip().lower()], hours, rules, raised=since, pauses=pauses)
    assumed = _assumed(found.unknown_years, calendar, hours, unit)
    back: date | None = call_back_on(moment(told, "告知方案").date(), rules, hours.changes) if told else None
    if json:
        out_json({
            "received": _iso(at), "severity": SEVERE if since else SEVERITIES[severity.strip().lower()], "raised": _iso(since),
            "first_answer_due": _iso(found.answer_due), "resolution_due": _iso(found.resolve_due), "paused": found.resolve_due is None,
            "left_minutes": None if found.left is None else int(found.left.total_seconds() // 60),
            "escalation": {
                "first_answer": {"supervisor": _iso(found.answer_due), "manager": _iso(found.answer_manager)},
                "resolution": {"supervisor": _iso(found.resolve_due), "manager": _iso(found.resolve_manager)},
            },
            "call_back_on": back.isoformat() if back else None,
            "hours": f"{_hm(hours.opens)}-{_hm(hours.closes)}", "calendar": calendar, "unknown_years": list(found.unknown_years),
            "assumed": assumed,
        })  # fmt: skip
        return
    typer.echo(f"首次答复  {found.answer_due:%Y-%m-%d %H:%M}")
    if found.resolve_due is None:
        typer.echo("解决      等客户，计时停着")
    else:
        typer.echo(f"解决      {found.resolve_due:%Y-%m-%d %H:%M}")
    if back:
        typer.echo(f"回访      {back:%Y-%m-%d}")
    for line in assumed:
        note(line)


def _assumed(years: tuple[int, ...], calendar: str, hours: Hours, unit: str) -> list[str]:
    """What the answer rests on besides what was asked, one sentence each."""
    said = []
    if calendar == "state":
        said.append(f"没有公司资料，按通用的时限和营业时间 {_hm(hours.opens)}–{_hm(hours.closes)} 算{'，没有用到单位' if unit else ''}。")
    for year in years:
        some = sum(day.year == year for day in hours.changes)
        kept = f"，公司日历里写了 {some} 天照算，其余" if some else "，"
        said.append(f"{year} 年的放假和调休还没公布{kept}先按周一到周五算；在工作日历里写全并点“都写全了”，才算知道。")
    return said


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _hm(at: time) -> str:
    return f"{at:%H:%M}"
