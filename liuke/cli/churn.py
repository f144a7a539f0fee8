"""`liuke churn`: the books of a period, opening + new + returned − lost = closing by name, and both rates."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.kernel.dates import parse_date

if TYPE_CHECKING:
    from liuke.churn.books import Balance

FIELDS = ("grade", "type", "unit", "owner", "cohort", "month")
COLUMNS = ("期初 / opening", "新 / new", "回 / returned", "失 / lost", "期末 / closing", "绝对 / absolute", "相对 / relative")


@plain_refusals
def churn(
    start: Annotated[str, typer.Option("--from", help="从哪天起 / from")],
    end: Annotated[str, typer.Option("--to", help="到哪天止，含这天 / to, inclusive")],
    by: Annotated[str, typer.Option("--by", help="分开看：" + "、".join(FIELDS) + " / group by")] = "",
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """流失账：期初＋新＋回−失＝期末，绝对和相对流失率。 / The books of a period, and both churn rates."""
    from liuke.churn.books import Books, period_of
    from liuke.churn.keeping import keep
    from liuke.churn.words import group_names
    from liuke.kernel import clock

    first, last = _day(start), _day(end)
    if by and by not in FIELDS:
        fail(f"没有按“{by}”分的，可以按：{'、'.join(FIELDS)}。")
    today = clock.today()
    period = period_of(first, last, today)
    if last > today:
        note(f"{last.isoformat()} 还没到，算到今天 {today.isoformat()}。")
    run = keep()
    if run.changed:
        note(f"这次重算，{run.changed} 位客户过去的账跟上次不一样，名单在流失页上。")
    books = Books()
    whole = books.balance(period)
    rows = books.by(by, period) if by else []
    names = group_names(by, [row.key for row in rows])
    if json:
        told: dict[str, Any] = {"from": period.start.isoformat(), "to": period.end.isoformat(), **_figures(whole)}
        if by:
            told["by"] = by
            told["groups"] = [{"key": row.key, "name": names[row.key], **_figures(row)} for row in rows]
        out_json(told)
        return
    head = by or "客户 / customers"
    table = [(head, *COLUMNS), *((names[row.key], *_cells(row)) for row in rows), ("合计 / all", *_cells(whole))]
    widths = [max(_wide(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        cells = [row[0] + " " * (widths[0] - _wide(row[0])), *(" " * (widths[i] - _wide(row[i])) + row[i] for i in range(1, len(row)))]
        typer.echo("  ".join(cells).rstrip())


def _figures(row: Balance) -> dict[str, Any]:
    return {
        "opening": row.opening,
        "new": row.new,
        "returned": row.returned,
        "lost": row.lost,
        "closing": row.closing,
        "absolute": _share(row.absolute),
        "relative": _share(row.relative),
    }


def _share(share: Fraction | None) -> float | None:
    """The nearest double, so that 1/20 reads 0.05; null where there is nothing to divide by."""
    return None if share is None else share.numerator / share.denominator


def _cells(row: Balance) -> tuple[str, ...]:
    counts = (row.opening, row.new, row.returned, row.lost, row.closing)
    rates = ("—" if share is None else f"{100 * float(share):.1f}%" for share in (row.absolute, row.relative))
    return (*(f"{n:,}" for n in counts), *rates)


def _day(text: str) -> date:
    day = parse_date(text)
    if day is None:
        fail(f"“{text}”不是日期。")
    return day


def _wide(text: str) -> int:
    return sum(2 if "\u2e80" <= letter <= "\uffe6" else 1 for letter in text)


def register(app: typer.Typer) -> None:
    app.command("churn")(churn)
