"""`liuke segment list | count`: the segments that people keep, and how many customers fit."""

from __future__ import annotations

from typing import Annotated

import typer

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.segments.kept import said, size, tree, usable
from liuke.segments.models import Segment
from liuke.standing.queries import current_run
from liuke.team.models import User

Person = Annotated[str, typer.Option("--user", help="照这个登录名能看的客户算，不写算全公司的 / as this member of staff sees it")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON")]


def _reader(username: str) -> User | None:
    if not username:
        return None
    reader = User.objects.filter(username=username).first()
    if reader is None:
        fail(f"没有登录名是 {username} 的员工。")
    return reader


def _words(row: Segment, reader: User | None) -> str:
    try:
        return said(tree(row), reader)
    except Refused as refused:
        return str(refused)


@plain_refusals
def show(user: Person = "", json: AsJson = False) -> None:
    """所有存下的分组。 / Every segment that is kept."""
    reader = _reader(user)
    rows = usable(reader) if reader else Segment.objects.filter(archived_at=None)
    kept = rows.filter(draft=False).select_related("owner").order_by("name", "pk")
    if json:
        out_json([
            {
                "id": row.pk, "name": row.name, "owner": row.owner.username, "shared": row.shared, "version": row.version,
                "says": _words(row, reader), "conditions": row.conditions,
            }
            for row in kept
        ])  # fmt: skip
        return
    for row in kept:
        typer.echo(f"{row.pk:>5}  {row.name}  {row.owner.username}  {row.get_shared_display()}  {_words(row, reader)}")
    if not kept:
        note("还没有人存分组。")


@plain_refusals
def count(
    name: Annotated[str, typer.Argument(help="分组的名称或编号 / name or number")],
    user: Person = "",
    owner: Annotated[str, typer.Option(help="谁的分组，几个人有同名的时候要写 / whose, where several have the name")] = "",
    json: AsJson = False,
) -> None:
    """一个分组现在有几位客户。 / How many customers are in a segment now."""
    reader = _reader(user)
    rows = (usable(reader) if reader else Segment.objects.filter(archived_at=None)).filter(draft=False)
    found = rows.filter(name=name) or (rows.filter(pk=pk) if (pk := as_id(name)) else rows.none())
    if owner:
        found = found.filter(owner__username=owner)
    kept = list(found.select_related("owner").order_by("pk"))
    if not kept:
        fail(f"没有叫“{name}”的分组。")
    if len(kept) > 1:
        fail(f"叫“{name}”的分组有 {len(kept)} 个：{'，'.join(row.owner.username for row in kept)}。用 --owner 说是谁的。")
    row, run = kept[0], current_run()
    customers = size(tree(row), reader, run)
    if json:
        out_json({"id": row.pk, "name": row.name, "customers": customers, "as_of": run.as_of.isoformat() if run else None})
    else:
        typer.echo(f"{customers}")
        note(f"{row.name}：{_words(row, reader)}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="分组 / segments")
    group.command("list")(show)
    group.command("count")(count)
    app.add_typer(group, name="segment")
