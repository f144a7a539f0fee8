"""`liuke pool run | list`: the pool's night by hand, and who is in it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.keepers import handing, nightly
from liuke.keepers.models import PoolEntry
from liuke.kernel.dates import parse_date
from liuke.kernel.masks import mask_name
from liuke.kernel.money import format_cents


@plain_refusals
def run(as_of: Annotated[str, typer.Option("--as-of", help="哪一天，不写是今天 / day")] = "") -> None:
    """提醒、进公海、到期的代管还回去，做一遍；再做一遍什么都不多做。 / The night's work, once."""
    day = _day(as_of)
    ended = handing.end_covers(day)
    night = nightly.run(day)
    note(f"提醒了 {night.warned} 位，进公海 {night.fell} 位，撤了提醒 {night.withdrawn} 位，离开公海 {night.left} 位。")
    note(f"到期的代管 {ended} 次。")


@plain_refusals
def show(
    warned: Annotated[bool, typer.Option("--warned", help="快进公海的 / on the way")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """公海里的客户，风险金额大的在前；姓名遮住。 / Who is in the pool, most at risk first; names masked."""
    found = PoolEntry.objects.warned() if warned else PoolEntry.objects.in_pool()
    rows = [_row(entry) for entry in found.select_related("customer", "unit", "from_owner").order_by("-value_at_risk_cents", "pk")]
    if json:
        out_json(rows)
        return
    for row in rows:
        day = row["falls_on"] if warned else row["fell_on"]
        typer.echo(
            f"{row['customer_no']}  {row['name']}  {row['unit']}  {row['why']}  {day}  {format_cents(int(str(row['value_at_risk_cents'])))}"
        )
    note(f"{len(rows)} 位。")


def _row(entry: PoolEntry) -> dict[str, object]:
    return {
        "customer_no": entry.customer.number,
        "name": mask_name(entry.customer.name),
        "unit": entry.unit.name,
        "why": entry.why,
        "from": entry.from_owner.username if entry.from_owner else None,
        "warned_on": entry.warned_on,
        "falls_on": entry.falls_on,
        "fell_on": entry.fell_on,
        "stage": entry.stage,
        "grade": entry.abc,
        "last_deal": entry.last_deal,
        "value_at_risk_cents": entry.value_at_risk_cents,
    }


def _day(text: str) -> date | None:
    if not text:
        return None
    day = parse_date(text)
    if day is None:
        fail(f"“{text}”不是日期。")
    return day


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="公海 / the pool of customers without an owner")
    group.command("run")(run)
    group.command("list")(show)
    app.add_typer(group, name="pool")
