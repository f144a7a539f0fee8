"""`liuke model MODEL FILE`: a model of customers fitted to a table of theirs, for analysts; the database is not touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liuke.cli.say import fail, note, out_json

if TYPE_CHECKING:
    from liuke.analytics.churn.fit import Fit

MODELS = ("bgnbd", "mbgnbd", "paretonbd", "gammagamma", "sbg")
AHEAD = 5  # years a retention curve is drawn on
_WHY = {
    "no_customers": "没有可以用的客户。 / There is no customer to fit to.",
    "one_day": "所有客户的 T 都是 0，还没有过去一天。 / T is 0 for everybody: no time has passed.",
    "nobody_repeats": "没有一位客户再来过，拟合不了。 / Nobody ever came again: nothing to fit.",
    "few_repeaters": "再来过的客户太少，拟合不了。 / Too few customers came again.",
    "no_convergence": "数据定不出参数（似然没有最高点），换多一些的数据。 / No convergence: the likelihood of these data has no peak.",
}
_WHY_SBG = {
    "no_customers": "没有一年以上的数据。 / Not one year was observed.",
    "nobody_repeats": "第一年就走光了，没有留存可拟合。 / Everybody left in the first year: there is no retention to fit.",
    "nobody_left": "没有一位离开，拟合不了。 / Nobody left: nothing to fit.",
    "one_term": "只有一年，定不出两个参数，至少要两年。 / One year does not fix two parameters: two are needed.",
}


def model(
    model: Annotated[str, typer.Argument(metavar="|".join(MODELS), help="模型 / the model")],
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="表格，.csv 或 .csv.gz / the table")],
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    customers: Annotated[
        int | None, typer.Option("--customers", min=1, help="sbg：开始时有多少客户，不写是 1000 / customers at the start")
    ] = None,
) -> None:
    """按一份文件算一个客户模型：参数、标准误、对数似然。 / Fit a model of customers: parameters, standard errors, log-likelihood.

    bgnbd、mbgnbd、paretonbd 要 frequency, recency, T 三列；gammagamma 要 frequency, monetary；时间和金额用什么单位都可以。
    sbg 要 year, survived：年末还在的客户，都不超过 1 是比例，不超过 100 是百分数，否则是人数（第 0 年是开始时的人数）；
    几批客户用 cohort 列分开。 / Columns frequency, recency, T; or frequency, monetary; or year, survived: shares up to 1,
    per cent up to 100, else counts, year 0 being the start; a column cohort tells several cohorts apart.
    """
    if model not in MODELS:
        fail(f"没有叫“{model}”的模型，有：{'、'.join(MODELS)}。 / No such model; there are: {', '.join(MODELS)}.")
    if customers is not None and model != "sbg":
        fail("--customers 只用于 sbg。 / --customers is for sbg only.")
    from liuke.analytics.churn.fit import NotFitted

    try:
        fit, more = _sbg(file, customers) if model == "sbg" else _gammagamma(file) if model == "gammagamma" else _histories(model, file)
    except NotFitted as reason:
        known = _WHY | _WHY_SBG if model == "sbg" else _WHY
        fail(known.get(reason.code, f"拟合不了（{reason.code}）。 / Not fitted."))
    answer = {
        "model": model,
        "parameters": fit.parameters,
        "standard_errors": fit.standard_errors,
        "log_likelihood": fit.log_likelihood,
        "n": fit.customers,
        "repeaters": fit.repeaters,
        "largest_gradient": fit.largest_gradient,
        "converged": fit.largest_gradient < 1e-6,
    } | more
    if json:
        out_json(answer)
    else:
        _tell(answer)


def _histories(model: str, file: Path) -> tuple[Fit, dict[str, Any]]:
    from liuke.analytics.churn.fit import MODELS as KNOWN
    from liuke.analytics.churn.fit import fit
    from liuke.analytics.churn.history import of_times
    from liuke.cli.model_file import histories

    history, _ = of_times(*histories(file))
    return fit(KNOWN[model], [history]), {}


def _gammagamma(file: Path) -> tuple[Fit, dict[str, Any]]:
    """n counts the customers whose values the likelihood is of: those with a repeat deal and a mean above 0."""
    from liuke.analytics.churn.gammagamma import fit_value
    from liuke.cli.model_file import values

    frequency, monetary = values(file)
    fit = fit_value(frequency.astype("int64"), monetary)
    return fit, {"n": fit.repeaters, "left_out": len(frequency) - fit.repeaters}


def _sbg(file: Path, customers: int | None) -> tuple[Fit, dict[str, Any]]:
    import numpy as np

    from liuke.analytics.churn.sbg import Terms, fit_terms, retention, survival
    from liuke.cli.model_file import survivors

    read = survivors(file, customers)
    starts = [float(cohort[0]) for cohort in read.cohorts]
    if read.unit == "count" and read.assumed:
        note(f"没有第 0 年：按开始时 {starts[0]:g} 位客户算。 / No year 0: {starts[0]:g} customers at the start assumed.")
    terms = Terms.of_survivors(*read.cohorts)
    fit = fit_terms(terms)
    year = np.arange(1, len(terms.at_risk) + AHEAD + 1)
    columns = zip(year.tolist(), retention(fit.parameters, year).tolist(), survival(fit.parameters, year).tolist(), strict=True)
    curve = [{"year": t, "retention": kept, "survival": left} for t, kept, left in columns]
    return fit, {"read_as": {"unit": read.unit, "customers": starts, "assumed": read.assumed}, "curve": curve}


def _tell(answer: dict[str, Any]) -> None:
    echo = typer.echo
    echo(f"{answer['model']:<14}{'参数 / value':>16}{'标准误 / s.e.':>17}")
    for name, value in answer["parameters"].items():
        error = answer["standard_errors"][name]
        echo(f"  {name:<12}{value:>18.6g}{'—' if error is None else format(error, '.6g'):>18}")
    echo(f"对数似然 / log-likelihood  {answer['log_likelihood']:.5f}")
    echo(f"客户 / n  {answer['n']:,}（其中再来过 / of them repeaters {answer['repeaters']:,}）")
    if left_out := answer.get("left_out"):
        echo(f"没有用到 / left out  {left_out:,}（没有再来过，或金额是 0 / no repeat deal, or a value of 0）")
    if "curve" in answer:
        unit = answer["read_as"]["unit"]
        echo(f"读法 / read as  {unit}，{', '.join(f'{start:g}' for start in answer['read_as']['customers'])}")
        echo(f"{'年 / year':>10}{'留存率 / retention':>21}{'还在 / survival':>18}")
        for row in answer["curve"]:
            echo(f"{row['year']:>10}{row['retention']:>22.1%}{row['survival']:>18.1%}")


def register(app: typer.Typer) -> None:
    app.command("model")(model)
