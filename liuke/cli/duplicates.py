"""`liuke duplicates scan | list`: cards that may be one customer."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from liuke.cli.say import note, out_json, plain_refusals
from liuke.duplicates import scanning
from liuke.duplicates.labels import REASONS
from liuke.duplicates.models import DuplicatePair


@plain_refusals
def scan(json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """把所有客户查一遍重复；定过“不是同一个人”的不再提。 / Look through everybody for duplicates."""
    began = time.monotonic()
    look = scanning.scan()
    if json:
        crowded = [{"reason": code, "cards": n, "some": some} for code, n, some in look.crowded]
        out_json({"customers": look.customers, "pairs": look.pairs, "crowded": crowded, "seconds": round(time.monotonic() - began, 1)})
        return
    note(f"查了 {look.customers:,} 位客户，{look.pairs:,} 对像是重复，用了 {time.monotonic() - began:.1f} 秒。")
    for code, n, _ in look.crowded:
        note(f"{REASONS[code]}的有 {n} 张卡，太多，没有逐对比。")


@plain_refusals
def show(
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    most: Annotated[int, typer.Option(help="最多几对 / at most")] = 100,
) -> None:
    """等人看的疑似重复，最像的在前。 / Pairs that wait for a decision, the surest first."""
    pairs = DuplicatePair.objects.open().select_related("a", "b").order_by("-score", "pk")[:most]
    if json:
        out_json([{"a": pair.a.number, "b": pair.b.number, "score": round(pair.score, 3), "reasons": pair.reasons} for pair in pairs])
        return
    for pair in pairs:
        told = "，".join(str(REASONS[code]) for code in pair.reasons)
        typer.echo(f"{pair.score:.2f}  {pair.a.number} {pair.a.name}  {pair.b.number} {pair.b.name}  {told}")
    if not pairs:
        note("没有等人看的疑似重复。")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="查重 / duplicates")
    group.command("scan")(scan)
    group.command("list")(show)
    app.add_typer(group, name="duplicates")
