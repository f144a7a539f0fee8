"""`liuke insight run | export | explain`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow.csv
import pyarrow.parquet
import typer

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.dates import parse_date
from liuke.packs.loader import load_pack
from liuke.packs.schema import Pack
from liuke.standing import actions
from liuke.standing.explaining import explain as explain_customer
from liuke.standing.exporting import export as export_table
from liuke.team.queries import pack as pack_in_use
from liuke.work.actions import plan

AsOf = Annotated[str, typer.Option("--as-of", help="基准日 / as-of date")]
PackKey = Annotated[str, typer.Option("--pack", help="行业包，不写用公司的 / industry pack")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]


def _day(text: str) -> date:
    if not text:
        return clock.today()
    day = parse_date(text)
    if day is None:
        fail(f"“{text}”不是日期。")
    return day


def _pack(key: str) -> Pack:
    return load_pack(key) if key else pack_in_use()


MODELS = ("auto", "band", "bgnbd", "mbgnbd", "paretonbd", "additive")


@plain_refusals
def run(
    as_of: AsOf = "",
    pack: PackKey = "",
    full: Annotated[bool, typer.Option("--full", help="从头算，不接着上一次 / from the start")] = False,
    model: Annotated[str, typer.Option("--model", help="重新拟合，并指定流失模型：auto 或 " + "、".join(MODELS[1:]) + " / fit anew")] = "",
    engine: Annotated[str, typer.Option("--engine", help="local 或 spark / where it is computed")] = "local",
    json: Json = False,
) -> None:
    """算一天的洞察并保存。 / Compute and store everybody's standing."""
    day = _day(as_of)
    if model and model not in MODELS:
        fail(f"没有叫“{model}”的流失模型，可选：{'、'.join(MODELS)}。")
    if engine not in ("local", "spark"):
        fail("--engine 只认 local 和 spark。")
    if day == clock.today() and _pack(pack).key != pack_in_use().key:
        fail(f"今天的洞察按公司的行业包 {pack_in_use().key} 算。想看 {pack} 的样子，请用 insight export --pack {pack}。")
    done = actions.run(day, _pack(pack), keep=bool(as_of), full=full, model=model or None, engine=engine)
    planned = plan(day) if day == clock.today() else None
    if json:
        out_json(
            {
                "as_of": day.isoformat(), "pack": done.pack, "customers": done.customers, "planned": planned is not None,
                "model": done.fit.key if done.fit else None, "model_why": done.fit.why if done.fit else None,
                "model_fitted_on": done.fit.fitted_on.isoformat() if done.fit else None,
            }
        )  # fmt: skip
    else:
        note(f"算好了：{day}，{done.customers} 位客户。")


@plain_refusals
def export(
    as_of: AsOf = "",
    format: Annotated[str, typer.Option(help="csv 或 parquet")] = "csv",
    out: Annotated[str, typer.Option("--out", help="文件，不写到屏幕 / file")] = "",
    pack: PackKey = "",
) -> None:
    """导出一天的洞察，一位客户一行。 / One row a customer."""
    if format not in ("csv", "parquet"):
        fail("--format 只认 csv 和 parquet。")
    if format == "parquet" and not out:
        fail("parquet 要用 --out 写到文件。")
    table = export_table(_day(as_of), _pack(pack))
    if format == "parquet":
        pyarrow.parquet.write_table(table, out)
    else:
        sink = pyarrow.BufferOutputStream()
        pyarrow.csv.write_csv(table, sink)
        content = sink.getvalue().to_pybytes()
        if out:
            Path(out).write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
    if out:
        note(f"{table.num_rows} 位客户写进 {out}。")


@plain_refusals
def explain(customer_no: str, as_of: AsOf = "", pack: PackKey = "", json: Json = False) -> None:
    """一位客户为什么这样判断。 / Why a customer is judged so."""
    customer = Customer.objects.filter(number=customer_no).first()
    if customer is None:
        fail(f"没有编号为“{customer_no}”的客户。")
    answer = explain_customer(customer, _day(as_of), _pack(pack))
    if json:
        out_json(answer)
        return
    for name, value in answer["facts"].items():
        typer.echo(f"{name:>16}  {'' if value is None else value}")
    for reason in answer["reasons"]:
        typer.echo(f"{reason['about']:>16}  {reason['text']}")
    for signal in answer["signals"]:
        typer.echo(f"{'signal':>16}  {signal['text']}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="洞察 / insight")
    group.command("run")(run)
    group.command("export")(export)
    group.command("explain")(explain)
    app.add_typer(group, name="insight")
