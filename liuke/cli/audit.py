"""`liuke audit verify`."""

import json

import typer

from liuke.audit import witness
from liuke.audit.actions import head, verify


def audit_verify(expect: str = "") -> None:
    """走一遍审计链，并和存在库外的最后一条核对；也可以用 --expect '[seq, "hash"]' 自己给。 / Walk the audit chain."""
    expected = json.loads(expect) if expect else None
    fault = verify((int(expected[0]), str(expected[1])) if expected else witness.last())
    if fault:
        typer.echo(f"审计链在第 {fault.seq} 条断开：{fault.why}")
        raise typer.Exit(1)
    typer.echo(json.dumps(head()))


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="审计 / audit log")
    group.command("verify")(audit_verify)

    @group.callback()
    def _group() -> None:
        """审计 / audit log"""

    app.add_typer(group, name="audit")
