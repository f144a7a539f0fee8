"""`liuke backtest`: a past day, what the models would have said of it, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer

from liuke.cli.say import fail, out_json, plain_refusals
from liuke.kernel.dates import parse_date
from liuke.kernel.money import format_cents

COLUMNS = ("模型 / model", "AUC", "lift 10%", "Brier", "ECE", "预计来 / expected", "实际来 / came")
GROUPS = {"grade": "等级 / grade", "unit": "单位 / unit"}
GROUP_COLUMNS = ("客户 / customers", "说会走 / said", "真走了 / left", "AUC")
SAFE_COLUMNS = ("客户号 / no", "姓名 / name", "说会走 / said", "前 12 个月消费 / 12 months")
SAFE_SHOWN = 20


@plain_refusals
def backtest(
    as_of: Annotated[str, typer.Option("--as-of", help="基准日，过去的一天 / a past date")],
    horizon: Annotated[int, typer.Option("--horizon", help="往后看多少天，30–730 / days after it")] = 365,
    pack: Annotated[str, typer.Option("--pack", help="行业包，不写用公司的 / industry pack")] = "",
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """回测：过去那天模型会怎么说，后来怎么样。 / What the models would have said of a past day, against what happened."""
    # Fitting and what it needs are loaded here, so that the other commands start without them.
    from liuke.packs.loader import load_pack
    from liuke.standing.backtest_names import named
    from liuke.standing.backtesting import compute_backtest
    from liuke.team.queries import pack as pack_in_use

    day = parse_date(as_of)
    if day is None:
        fail(f"“{as_of}”不是日期。")
    result = named(compute_backtest(day, horizon, load_pack(pack) if pack else pack_in_use()))
    if json:
        out_json(result)
        return
    for line in (*table(result), "", *said(result, day), *groups(result), *safe(result)):
        typer.echo(line)


def table(result: dict[str, Any]) -> list[str]:
    """One line a model, the one in use marked by *; a figure that is not defined is —."""
    from liuke.standing.backtest_words import model_word

    rows: list[tuple[str, ...]] = [COLUMNS]
    for row in result["models"]:
        name = ("* " if row["model"] == result["chosen"] else "  ") + model_word(row["model"])
        figures = (_figure(row["auc"], 3), _figure(row["lift_10"], 2), _figure(row["brier"], 4), _figure(row["ece"], 4))
        rows.append((name, *figures, _figure(row["predicted_deals"], 0), _figure(row["actual_deals"], 0)))
    return _lines(rows)


def said(result: dict[str, Any], as_of: date) -> list[str]:
    """The finding, the four sentences, and why this model."""
    from liuke.kernel import clock
    from liuke.standing.backtest_words import finding, sentences, why_words

    return [finding(result, as_of, clock.today()) + "。", *(text for _, text in sentences(result)), why_words(result["why"])]


def groups(result: dict[str, Any]) -> list[str]:
    """By grade and by unit; of few customers the counts instead of shares."""
    from liuke.standing.backtest_words import FEW

    lines: list[str] = []
    for by, title in GROUPS.items():
        rows = [(title, *GROUP_COLUMNS)]
        for row in result["groups"][by]:
            n, shares = row["customers"], (row["predicted"], row["actual"])
            if n < FEW:
                told = (f"{n * shares[0]:.1f} ÷ {n}", f"{round(n * shares[1])} ÷ {n}", "—")
            else:
                told = (f"{shares[0]:.1%}", f"{shares[1]:.1%}", _figure(row["auc"], 3))
            rows.append((row["name"] or f"#{row['key']}", f"{n:,}", *told))
        if len(rows) > 1:
            lines += ["", *_lines(rows)]
    return lines


def safe(result: dict[str, Any]) -> list[str]:
    """The first of those called safe who left, most spent first."""
    from liuke.standing.backtest_words import green_words

    lost = result["green_lost"]
    rows = [SAFE_COLUMNS]
    for row in lost[:SAFE_SHOWN]:
        rows.append((row["customer_no"] or "—", row["name"] or "—", green_words(row["leave"]), format_cents(row["amount_cents"])))
    if not lost:
        return []
    return ["", f"绿的却走了 / called safe and left: {len(lost):,}", *_lines(rows, words=2)]


def _lines(rows: Sequence[tuple[str, ...]], words: int = 1) -> list[str]:
    """Columns side by side; the first `words` of them begin at the left."""
    widths = [max(map(_wide, column)) for column in zip(*rows, strict=True)]
    cells = [[_padded(cell, widths[i], left=i < words) for i, cell in enumerate(row)] for row in rows]
    return ["  ".join(row).rstrip() for row in cells]


def _figure(value: float | None, places: int) -> str:
    return "—" if value is None else f"{value:,.{places}f}"


def _wide(text: str) -> int:
    return sum(2 if "\u2e80" <= letter <= "\uffe6" else 1 for letter in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    blank = " " * (width - _wide(text))
    return text + blank if left else blank + text


def register(app: typer.Typer) -> None:
    app.command("backtest")(backtest)
