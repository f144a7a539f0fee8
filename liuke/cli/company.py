"""`liuke init`, `liuke doctor`, `liuke user add`."""

from __future__ import annotations

import os
import secrets
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from liuke.audit import witness
from liuke.audit.actions import verify
from liuke.cli.say import fail, note, plain_refusals
from liuke.deals.mirror import behind
from liuke.kernel.refusal import Refused
from liuke.kernel.sqlite import SAFE_WAL
from liuke.packs.loader import available, load_pack
from liuke.standing.queries import current_run
from liuke.team import actions
from liuke.team.labels import Role
from liuke.team.models import Company, Unit, User
from liuke.team.queries import home_unit
from liuke.vault.actions import check as check_keys
from liuke.vault.actions import count as count_sealed


@plain_refusals
def init(
    company: Annotated[str, typer.Option(help="公司名称 / company name")] = "我的公司",
    pack: Annotated[str, typer.Option(help="行业包 / industry pack")] = "",
    password: Annotated[str, typer.Option(help="管理员口令，不写就随机 / administrator's password")] = "",
) -> None:
    """建库：数据库、公司、管理员。可以重复运行。 / Make the database, the company and its administrator; may be run again."""
    key = pack or os.environ.get("LIUKE_PACK", "auto_dealer")
    if key not in available():
        fail(f"没有叫“{key}”的行业包，有：{'、'.join(available())}。")
    settings.DATA.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    if Company.objects.exists():
        if pack:
            Company.objects.update(pack=pack)
            note(f"行业包改为 {pack}。")
        note(f"数据库已经是最新的：{settings.DATA}")
        return
    secret = password or secrets.token_urlsafe(9)
    actions.found_company(company, key, secret)
    note(f"数据库建好了：{settings.DATA}")
    note(f"管理员登录名 admin，口令 {secret}（只显示这一次，请记下）" if not password else "管理员登录名 admin")


@plain_refusals
def user_add(
    username: str,
    name: Annotated[str, typer.Option(help="姓名 / name")],
    role: Annotated[Role, typer.Option(help="岗位 / role")],
    unit: Annotated[str, typer.Option(help="单位名称 / unit")] = "",
    password: Annotated[str, typer.Option(help="口令 / password")] = "",
) -> None:
    """加一位员工。 / Add a member of staff."""
    place = Unit.objects.filter(name=unit).first() if unit else home_unit()
    if unit and place is None:
        fail(f"没有叫“{unit}”的单位。")
    secret = password or secrets.token_urlsafe(9)
    actions.create_user(None, username, name, role.value, None if role == Role.ADMIN else place, secret, given=not password)
    note(f"{name} 可以登录了：{username}" + ("" if password else f"，口令 {secret}"))


def doctor() -> None:
    """体检：数据库、审计链、行业包、洞察是否新鲜。 / Check the database, audit chain, pack and freshness."""
    faults = 0

    def line(ok: bool, text: str) -> None:
        nonlocal faults
        faults += not ok
        typer.echo(("✓ " if ok else "✗ ") + text)

    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    line(not pending, "数据库结构是最新的" if not pending else f"数据库差 {len(pending)} 步，请运行 liuke init")
    if pending:
        raise typer.Exit(1)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0].upper()
            check = cursor.execute("PRAGMA quick_check").fetchone()[0]
        version = connection.Database.sqlite_version_info  # type: ignore[attr-defined]
        line(mode != "WAL" or version >= SAFE_WAL, f"SQLite {'.'.join(map(str, version))}，{mode}")
        line(check == "ok", f"数据库文件完整（{check}）")
    else:
        line(True, f"PostgreSQL {connection.pg_version // 10000}")  # type: ignore[attr-defined]
    try:
        check_keys()
        bare = count_sealed().open
        line(not bare, "钥匙对得上，电话、微信、地址都加了密" if not bare else f"有 {bare} 个值没有加密")
    except Refused as refused:
        line(False, str(refused))
    fault = verify(witness.last())
    line(fault is None, "审计链完整" if fault is None else f"审计链在第 {fault.seq} 条断开（{fault.why}）")
    for key in available():
        load_pack(key)
        line(True, f"行业包 {key} 读得出")
    line(User.objects.filter(role=Role.ADMIN, is_active=True).exists(), "有管理员")
    missing, extra = behind()
    line(True, "镜像和成交一致" if not missing and not extra else f"镜像差 {len(missing) + len(extra)} 个月，下次算洞察时补上")
    run = current_run()
    line(True, f"洞察算到 {run.as_of}，{run.customers} 位客户" if run else "还没有算过洞察，导入之后会算")
    raise typer.Exit(1 if faults else 0)


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(doctor)
    users = typer.Typer(no_args_is_help=True, help="员工 / staff")
    users.command("add")(user_add)
    app.add_typer(users, name="user")
