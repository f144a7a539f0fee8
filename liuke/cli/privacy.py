"""`liuke privacy …`: the retention periods now, and a customer's own data as a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from liuke.cli.say import fail, out_json, plain_refusals
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.privacy.labels import RuleKey
from liuke.privacy.retention import apply
from liuke.privacy.subject_file import subject_file
from liuke.team.models import User

group = typer.Typer(no_args_is_help=True, help="个人信息 / Personal data")


@group.command("retention")
@plain_refusals
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数，不动 / count only")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """按保存期限清理一遍。 / Drop what has outlived its days."""
    counts = apply(dry_run=dry_run)
    if json:
        out_json(counts)
        return
    for key, count in counts.items():
        what = "等人看" if key == RuleKey.PROSPECTS else "会清理" if dry_run else "清理了"
        typer.echo(f"{RuleKey(key).label}：{what} {count:,}")


@group.command("file")
@plain_refusals
def file(
    number: Annotated[str, typer.Argument(help="客户编号 / customer number")],
    out: Annotated[Path, typer.Argument(help="写到哪个文件 / file to write", dir_okay=False)],
    actor: Annotated[str, typer.Option("--as", help="谁做的，登录名 / log-in name")],
    reason: Annotated[str, typer.Option("--reason", help="给谁、做什么用 / what for")] = "",
) -> None:
    """把一位客户的全部资料做成文件。 / A customer's own data as one file."""
    person = User.objects.select_related("unit", "scope").filter(username=actor, is_active=True).first()
    if person is None:
        fail(f"没有登录名是“{actor}”的人。")
    card = Customer.objects.visible_to(person).filter(number=number).first()
    if card is None:
        raise Refused("customer.unknown", "没有找到编号是“%(number)s”的客户。", number=number)
    if out.exists():
        fail(f"{out} 已经在了，换个名字。")
    body = subject_file(person, card.pk, reason)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(body)
    typer.echo(f"写好了 {out}，{len(body):,} 字节，只给本人。")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="privacy")
