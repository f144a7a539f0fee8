"""`liuke today USER`: one person's list for a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from liuke.cli.say import fail, out_json, plain_refusals
from liuke.kernel import clock
from liuke.kernel.dates import parse_date
from liuke.kernel.money import format_cents
from liuke.team.models import User
from liuke.work.labels import LeftWhy
from liuke.work.queries import Today, today
from liuke.work.rows import Item
from liuke.work.words import plain


@plain_refusals
def show(
    user: Annotated[str, typer.Argument(help="登录名 / log-in name")],
    on: Annotated[str, typer.Option("--date", help="哪一天，不写是今天 / day")] = "",
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """一个人今天要做的事，按先后。 / One person's tasks for a day, in order."""
    person = User.objects.select_related("unit", "scope").filter(username=user).first()
    if person is None:
        fail(f"没有登录名是“{user}”的人。")
    made = today(person, _day(on))
    todo = [*made.must, *made.chosen]
    if json:
        out_json([_row(item) for item in todo])
        return
    typer.echo(f"{made.on} {person.name}：{made.count} 件，{made.minutes} 分钟，上限 {made.capacity} 分钟，已做 {len(made.done)} 件")
    for at, item in enumerate(todo, start=1):
        worth = "不能等" if item.task.must else f"{format_cents(item.task.value_per_minute_cents)}/分钟"
        typer.echo(f"{at:>3}  {item.customer.number}  {item.customer.name}  {worth}  {item.task.minutes} 分钟  {plain(item.reason)}")
        if item.say:
            typer.echo(f"     「{item.say}」")
    if made.left_count:
        typer.echo(f"排到以后 {made.left_count} 件：" + "，".join(_left(made)))


def _day(text: str) -> date:
    if not text:
        return clock.today()
    day = parse_date(text)
    if day is None:
        fail(f"“{text}”不是日期。")
    return day


def _row(item: Item) -> dict[str, object]:
    return {
        "customer_no": item.customer.number,
        "reason": plain(item.reason),
        "playbook": item.task.playbook,
        "minutes": item.task.minutes,
        # Yuan: two decimals survive the shortest form of the number.
        "value_per_minute": item.task.value_per_minute_cents / 100,
        "must": item.task.must,
    }


def _left(made: Today) -> list[str]:
    return [f"{LeftWhy(part.why).label} {part.count} 件" for part in made.left]


def register(app: typer.Typer) -> None:
    app.command("today")(show)
