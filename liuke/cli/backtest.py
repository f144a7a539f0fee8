"""`liuke backtest`: a past day, what the models would have said of it, and what happened."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from liuke.cli.say import fail, out_json, plain_refusals
from liuke.kernel.dates import parse_date

COLUMNS = ("模型 / model", "AUC", "lift 10%", "Brier", "ECE", "预计来 / expected", "实际来 / came")


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
    from liuke.standing.backtesting import compute_backtest
    from liuke.team.queries import pack as pack_in_use

    day = parse_date(as_of)
    if day is None:
        fail(f"“{as_of}”不是日期。")
    result = compute_backtest(day, horizon, load_pack(pack) if pack else pack_in_use())
    if json:
        out_json(result)
        return
    for line in (*table(result), "", *said(result, day)):
        typer.echo(line)


def table(result: dict[str, Any]) -> list[str]:
    """One line a model, the one in use marked by *; a figure that is not defined is —."""
    from liuke.standing.backtest_words import model_word

    rows = [COLUMNS]
    for row in result["models"]:
        name = ("* " if row["model"] == result["chosen"] else "  ") + model_word(row["model"])
        figures = (_figure(row["auc"], 3), _figure(row["lift_10"], 2), _figure(row["brier"], 4), _figure(row["ece"], 4))
        rows.append((name, *figures, _figure(row["predicted_deals"], 0), _figure(row["actual_deals"], 0)))
    widths = [max(_wide(row[i]) for row in rows) for i in range(len(COLUMNS))]
    return ["  ".join(_padded(cell, width, left=not i) for i, (cell, width) in enumerate(zip(row, widths, strict=True))) for row in rows]


def said(result: dict[str, Any], as_of: date) -> list[str]:
    """The finding, the four sentences, and why this model."""
    from liuke.kernel import clock
    from liuke.standing.backtest_words import finding, sentences, why_words

    return [finding(result, as_of, clock.today()) + "。", *(text for _, text in sentences(result)), why_words(result["why"])]


def _figure(value: float | None, places: int) -> str:
    return "—" if value is None else f"{value:,.{places}f}"


def _wide(text: str) -> int:
    return sum(2 if "\u2e80" <= letter <= "\uffe6" else 1 for letter in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    blank = " " * (width - _wide(text))
    return text + blank if left else blank + text


def register(app: typer.Typer) -> None:
    app.command("backtest")(backtest)
