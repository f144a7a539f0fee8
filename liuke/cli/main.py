"""`liuke …`: the commands, one file per group. Django is made ready before any of them is imported."""

from __future__ import annotations

import importlib
import os
import sys

import typer

GROUPS = (
    "company", "serve", "imports", "insight", "churn", "backtest", "model", "today", "effect", "segment", "duplicates", "pool",
    "audit", "privacy", "verification", "keys", "notify", "complaints",
)  # fmt: skip


def _take_data_option(arguments: list[str]) -> list[str]:
    """`--data DIR` (or --data=DIR) may stand anywhere; it becomes LIUKE_DATA before the settings are read."""
    left: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--data":
            value = next(rest, None)
            if value is None:
                raise SystemExit("--data 后面要写一个文件夹。 / --data needs a folder.")
            os.environ["LIUKE_DATA"] = value
        elif word.startswith("--data="):
            os.environ["LIUKE_DATA"] = word.removeprefix("--data=")
        else:
            left.append(word)
    return left


def build() -> typer.Typer:
    """The Typer application; each group's module registers its commands by `register(app)`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuke.site.settings")
    import django

    django.setup()
    commands = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, help="留客 Liuke")
    for group in GROUPS:
        importlib.import_module(f"liuke.cli.{group}").register(commands)
    return commands


def app() -> None:
    """The `liuke` command."""
    sys.argv[1:] = _take_data_option(sys.argv[1:])
    build()()


if __name__ == "__main__":
    app()
