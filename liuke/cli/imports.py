"""`liuke import …`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from django.db import OperationalError, ProgrammingError, connection

from liuke.cli.say import note, out_json
from liuke.exchange import actions, engine
from liuke.exchange.errors import write_errors
from liuke.exchange.mapping import split_pairs
from liuke.exchange.models import Load
from liuke.exchange.report import Options, Report, sentence, silent
from liuke.exchange.undoing import as_json
from liuke.kernel.refusal import Refused

UNUSABLE = 2
SHOWN = 20


class Kind(StrEnum):
    customers = "customers"
    deals = "deals"
    contracts = "contracts"
    payments = "payments"
    interactions = "interactions"


def _command(kind: Kind):  # type: ignore[no-untyped-def]
    def load(
        file: Annotated[Path, typer.Argument(help="表格文件 / the file")],
        map_: Annotated[list[str] | None, typer.Option("--map", help="表里的列名=字段，可以多次 / HEADING=FIELD")] = None,
        create_customers: Annotated[bool, typer.Option("--create-customers", help="没有的客户就新建 / create unknown customers")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="只试运行，什么都不写 / write nothing")] = False,
        errors: Annotated[Path | None, typer.Option("--errors", help="不能导入的行写到这个 .xlsx / refused rows")] = None,
        as_json_: Annotated[bool, typer.Option("--json", help="结果用 JSON / result as JSON")] = False,
    ) -> None:
        try:
            columns, stores, staff = split_pairs(map_ or [])
            options = Options(create_customers, stores, staff)
            progress = _progress if sys.stderr.isatty() and not as_json_ else silent
            if dry_run:
                report = actions.dry_run(file, kind.value, columns, options, progress=progress)
            else:
                report = actions.load_file(None, file, kind.value, columns, options, progress)
            if errors is not None:
                with engine.open_file(file, engine.dataset_of(kind.value), columns) as table:
                    write_errors(table, report.refusals, errors)
        except Refused as refused:
            if as_json_:
                out_json({"error": refused.code, "message": str(refused)})
            note(f"{file.name}：{refused}")
            raise typer.Exit(UNUSABLE) from None
        except (OperationalError, ProgrammingError) as error:
            if Load._meta.db_table not in connection.introspection.table_names():
                note("数据库还没有建好，请先运行 liuke init。")
                raise typer.Exit(1) from None
            raise error
        if as_json_:
            out_json(report.as_json())
        else:
            _tell(report, dry_run, errors)

    return load


def _progress(stage: str, done: int) -> None:
    words = {"read": "已读", "match": "对照", "write": "写入"}
    sys.stderr.write(f"\r{words[stage]} {done:,} 行")
    if stage == "write":
        sys.stderr.write("\n")
    sys.stderr.flush()


def _tell(report: Report, dry_run: bool, errors: Path | None) -> None:
    head = "试运行，什么都没有写" if dry_run else f"第 {report.id} 次导入"
    parts = f"{report.rows:,} 行：新建 {report.created:,}，更新 {report.updated:,}，没变 {report.unchanged:,}，不能导入 {report.refused:,}"
    typer.echo(f"{head}。{parts}，跳过 {report.skipped:,}。")
    if report.customers_created and report.dataset != "customers":
        typer.echo(f"新建客户 {report.customers_created:,} 位。")
    for code, count in report.reasons.items():
        typer.echo(f"  {count:>8,} 行  {report.sentences()[code]}（{code}）")
    for refusal in report.refusals[:SHOWN]:
        where = f"第 {refusal.row} 行" + (f"，{refusal.column}" if refusal.column else "")
        typer.echo(f"  {where}：{refusal.reason}")
    if report.refused > SHOWN:
        typer.echo(f"  还有 {report.refused - SHOWN:,} 行" + ("" if errors else "，用 --errors 文件.xlsx 全部写出来"))
    for warning in report.warnings:
        typer.echo(f"  提醒：{sentence(warning)}")
    if errors is not None:
        typer.echo(f"不能导入的行写在 {errors}")


def undo(
    load_id: Annotated[int, typer.Argument(metavar="ID", help="第几次导入 / which load")],
    as_json_: Annotated[bool, typer.Option("--json", help="结果用 JSON / result as JSON")] = False,
) -> None:
    """整批撤销一次导入；之后改过的行留着，并列出来。 / Take back a load as a whole."""
    try:
        undone = actions.undo(None, load_id)
    except Refused as refused:
        if as_json_:
            out_json({"error": refused.code, "message": str(refused)})
        note(str(refused))
        raise typer.Exit(UNUSABLE) from None
    if as_json_:
        out_json(json.loads(as_json(undone)))
        return
    typer.echo(f"撤销了第 {load_id} 次导入：删去 {undone.deleted:,} 行，恢复 {undone.restored:,} 行，留下 {len(undone.kept):,} 行。")
    for kind, name in undone.kept[:SHOWN]:
        typer.echo(f"  后来改过，留下：{kind} {name}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="导入 Excel、CSV / bring in spreadsheets")
    for kind in Kind:
        label = engine.dataset_of(kind.value).label
        group.command(kind.value, help=f"导入{label}。 / Load {kind.value}.")(_command(kind))
    group.command("undo")(undo)
    app.add_typer(group, name="import")
