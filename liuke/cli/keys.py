"""`liuke keys check | rotate | forget`: the keys of the sealed columns."""

from __future__ import annotations

from typing import Annotated

import typer

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.customers.phones import renew_digests
from liuke.vault import actions, keys


@plain_refusals
def check(json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """钥匙对不对，每把钥匙锁着多少个值，有没有没锁的。 / Whether the keys fit, and what each of them seals."""
    actions.check()
    found, ring = actions.count(), keys.ring()
    if json:
        out_json({"file": str(keys.file()), "current": ring.current, "values": found.by_key, "open": found.open})
    else:
        for name in ring.keys:
            note(f"{name}  {found.by_key.get(name, 0):>12,}  {'正在用' if name == ring.current else '旧的'}")
    if found.open:
        fail(f"有 {found.open} 个值没有加密。", 1)
    note(f"钥匙文件 {keys.file()}。请另外备份，丢了就打不开。")


@plain_refusals
def rotate(index: Annotated[bool, typer.Option("--index", help="连查号码用的钥匙一起换 / the blind index too")] = False) -> None:
    """换一把新钥匙，原来的值全部重新加密；可以一边用一边换，断了再运行一次。 / Seal everything with a fresh key."""
    done = actions.rotate(None)
    note(f"换好了，{done:,} 个值用新钥匙重新加密。旧钥匙还在文件里，旧备份要用；不要了就 liuke keys forget。")
    if index:
        actions.begin_index_change()
        renewed = renew_digests()
        actions.end_index_change(None, renewed)
        note(f"{renewed:,} 个号码的查找码换好了。")


@plain_refusals
def forget(name: Annotated[str, typer.Argument(help="钥匙名 / key")]) -> None:
    """从文件里去掉一把旧钥匙；用它的旧备份从此打不开。 / Take an old key out of the file."""
    actions.forget(None, name)
    note(f"{name} 去掉了。")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="钥匙 / keys of the sealed columns")
    group.command("check")(check)
    group.command("rotate")(rotate)
    group.command("forget")(forget)
    app.add_typer(group, name="keys")
