"""`liuke verification …`: the week's sample, and how true and full the cards are."""

from __future__ import annotations

from typing import Annotated

import typer
from django.utils import timezone

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.kernel import clock
from liuke.kernel.dates import parse_date
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.verification import actions, counting, queries
from liuke.verification.models import SampleCard, SampleWeek
from liuke.verification.rules import Accuracy


@plain_refusals
def sample(week: Annotated[str, typer.Option("--week", help="这一周里的哪一天，不写是本周 / any day of the week")] = "") -> None:
    """抽一周要核查的卡；抽过的不再抽。 / Draw a week's cards to be checked; drawn once."""
    day = clock.today()
    if week:
        try:
            found = parse_date(week)
        except Refused:
            found = None
        if found is None:
            fail(f"“{week}”不是日期。")
        day = found
    before = SampleWeek.objects.count()
    made = actions.draw(day)
    if SampleWeek.objects.count() == before:
        note("这一周抽过了。")
    cards = SampleCard.objects.filter(sample=made)
    typer.echo(f"{made.week} 那周：{cards.count()} 张，{cards.values('owner').distinct().count()} 位业务员")


@plain_refusals
def report(
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=520, help="近几周 / the last so many weeks")] = 13,
    unit: Annotated[bool, typer.Option("--units", help="按单位 / by unit")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """每位业务员的准确率和完整度。 / Accuracy and completeness of each owner."""
    if counting.counted_at() is None:
        counting.count()
    since = queries.first_week(clock.today(), weeks)
    found = queries.lines(None, since, queries.UNIT if unit else queries.OWNER)
    names = dict(User.objects.filter(pk__in=[line.key for line in found]).values_list("pk", "username")) if not unit else {}
    if json:
        rows = [_row(line, names.get(line.key, "")) for line in found]
        out_json({"since": since, "counted_at": counting.counted_at(), "rows": rows})
        return
    typer.echo(f"{since} 起抽的卡，完整度是 {timezone.localtime(counting.counted_at()):%Y-%m-%d %H:%M} 数的")
    for line in found:
        name = line.name or "没有业务员，或已离职"
        typer.echo(f"{name}  {line.place}  准确 {_share(line.accuracy)}  {line.cards} 张卡，完整 {_percent(line.percent)}")


def _row(line: queries.Line, username: str) -> dict[str, object]:
    return {
        "username": username,
        "name": line.name,
        "place": line.place,
        "sampled": line.sampled,
        "checked": line.accuracy.checked,
        "right": line.accuracy.right,
        "low": line.accuracy.low,
        "high": line.accuracy.high,
        "cards": line.cards,
        "completeness": line.percent,
        "under_60": line.low,
    }


def _share(found: Accuracy) -> str:
    if found.share is None or found.low is None or found.high is None:
        return "没核过"
    if found.few:
        return f"{found.right} ÷ {found.checked}，样本太少"
    return f"{found.share:.1%}（{found.low:.1%}–{found.high:.1%}）"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f}%"


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="核查：抽样、准确率、完整度 / checking cards: sample, accuracy, completeness")
    group.command("sample")(sample)
    group.command("report")(report)
    app.add_typer(group, name="verification")
