"""`liuke effect add | list | withdraw | simulate`: what playbooks did, measured against customers left alone."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from liuke.analytics.rounds import simulate as simulated
from liuke.analytics.sequential import needed, power
from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.kernel.dates import parse_date
from liuke.playbooks.queries import pack as pack_in_use
from liuke.work.actions import keep_effect, withdraw_effect
from liuke.work.effects import effects_of
from liuke.work.models import MeasuredEffect

SIMULATED_SHARES, SIMULATED_BASES = (0.1, 0.2, 0.5), (0.05, 0.10, 0.14, 0.20)


@plain_refusals
def add(
    playbook: Annotated[str, typer.Argument(help="打法的 key / playbook")],
    treated: Annotated[int, typer.Option(help="联系了几位 / contacted")],
    returned: Annotated[int, typer.Option(help="其中回来几位 / of whom came back")],
    alone: Annotated[int, typer.Option(help="没联系几位 / left alone on purpose")],
    returned_alone: Annotated[int, typer.Option(help="其中自己回来几位 / of whom came back")],
    source: Annotated[str, typer.Option(help="出处 / where the figures come from")] = "",
    on: Annotated[str, typer.Option("--date", help="测到哪天，不写是今天 / measured on")] = "",
) -> None:
    """记下一个打法的实测效果；下一次排今天的事起用它。 / Keep what a playbook did; the next plan reckons with it."""
    kept = keep_effect(
        None,
        playbook,
        treated=treated,
        returned=returned,
        alone=alone,
        returned_alone=returned_alone,
        source=source,
        measured_on=_day(on),
    )
    used = effects_of(pack_in_use())[kept.playbook]
    note(f"记下了（编号 {kept.pk}）：{_measured(kept)}。")
    times = len(used.measured)
    together = f"，连同以前一共测过 {times} 次" if times > 1 else ""
    note(f"原来假设 {_percent(float(used.assumed))}{together}，下一次排今天的事起按 {_percent(float(used.share))} 算。")


@plain_refusals
def show(json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """所有实测过的效果，新的在前。 / Every measurement, the newest first."""
    used = effects_of(pack_in_use())
    rows = []
    for kept in MeasuredEffect.objects.order_by("-measured_on", "-pk"):
        effect = used.get(kept.playbook)
        in_use = effect if effect and kept in effect.measured else None
        rows.append((kept, in_use))
    if json:
        out_json([_row(kept, float(in_use.share) if in_use else None, float(in_use.assumed) if in_use else None) for kept, in_use in rows])
        return
    for kept, in_use in rows:
        state = "已撤回" if kept.withdrawn_at else f"按 {_percent(float(in_use.share))} 算" if in_use else "不再用"
        typer.echo(f"{kept.pk:>4}  {kept.measured_on}  {kept.playbook}  {_measured(kept)}  {state}  {kept.source}".rstrip())
    if not rows:
        note("还没有实测的效果，都按行业包的假设算。")


@plain_refusals
def withdraw(number: Annotated[int, typer.Argument(help="编号 / number")]) -> None:
    """撤回一次实测的效果。 / Withdraw a measurement."""
    try:
        kept = withdraw_effect(None, number)
    except MeasuredEffect.DoesNotExist:
        fail(f"没有编号为 {number} 的实测效果。")
    note(f"撤回了 {kept.playbook} {kept.measured_on} 的实测效果。")


def simulate(
    rounds: Annotated[int, typer.Option(min=10, max=100_000, help="模拟几轮 / made-up rounds")] = 1000,
    people: Annotated[int, typer.Option(min=100, max=1_000_000, help="每轮几位客户 / customers of a round")] = 4000,
    lift: Annotated[float, typer.Option(min=0.001, max=0.5, help="真的多回来几成 / true lift")] = 0.05,
    days: Annotated[int, typer.Option(min=1, max=1000, help="天天看，看几天 / days, looked at every day")] = 90,
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """天天看结果会不会看出假的来，真有效果找不找得到。 / Looked at daily: false winners, and real ones found."""
    rows = []
    for share in SIMULATED_SHARES:
        for base in SIMULATED_BASES:
            nothing = simulated(rounds, people, share, base, 0.0, days=days, least=lift, seed=seed)
            something = simulated(rounds, people, share, base, lift, days=days, least=lift, seed=seed + 1)
            rows.append(
                {
                    "share": share,
                    "base": base,
                    "false_works": round(nothing.works, 4),
                    "false_harms": round(nothing.harms, 4),
                    "nothing_said": round(nothing.does_not, 4),
                    "covered": round(nothing.covered, 4),
                    "found": round(something.works, 4),
                    "missed": round(something.does_not, 4),
                    "found_by_formula": round(power(people, base, lift, share), 4),
                    "needed": needed(base, lift, share),
                }
            )
    if json:
        out_json(rows)
        return
    note(f"{rounds:,} 轮，每轮 {people:,} 位，看 {days} 天，天天看；真有效果时多回来 {_points(lift)} 点。")
    heads = ("对照", "自己回来", "误说有效", "误说有害", "没效果说中", "区间一直对", "有效找到", "误说没效果", "公式", "八成要几位")
    typer.echo("  ".join(heads))
    for row in rows:
        shares = (
            row[key]
            for key in ("share", "base", "false_works", "false_harms", "nothing_said", "covered", "found", "missed", "found_by_formula")
        )
        typer.echo("  ".join([*(f"{100 * share:>6.1f}%" for share in shares), f"{row['needed']:>8,}"]))


def _measured(kept: MeasuredEffect) -> str:
    shares = (
        f"{_percent(kept.returned / kept.treated)}（{kept.treated} 位）对 {_percent(kept.returned_alone / kept.alone)}（{kept.alone} 位）"
    )
    return f"{shares}，差 {_points(kept.effect)} 点，95% 区间 {_points(kept.low)} 到 {_points(kept.high)}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%"


def _points(share: float) -> str:
    return f"{share * 100:.1f}"


def _row(kept: MeasuredEffect, share: float | None, assumed: float | None) -> dict[str, object]:
    """One measurement. `used`: the share of the value at risk that the playbook is reckoned with; null where this one is not used."""
    return {
        "id": kept.pk,
        "playbook": kept.playbook,
        "measured_on": kept.measured_on.isoformat(),
        "treated": kept.treated,
        "returned": kept.returned,
        "alone": kept.alone,
        "returned_alone": kept.returned_alone,
        "effect": round(kept.effect, 6),
        "low": round(kept.low, 6),
        "high": round(kept.high, 6),
        "used": share,
        "assumed": assumed,
        "source": kept.source,
        "withdrawn": kept.withdrawn_at is not None,
    }


def _day(text: str) -> date | None:
    if not text:
        return None
    day = parse_date(text)
    if day is None:
        fail(f"“{text}”不是日期。")
    return day


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="打法的效果 / what playbooks did")
    group.command("add")(add)
    group.command("list")(show)
    group.command("withdraw")(withdraw)
    group.command("simulate")(simulate)
    app.add_typer(group, name="effect")
