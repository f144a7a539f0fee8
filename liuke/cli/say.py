"""How commands speak: results on stdout, everything else on stderr; refusals in plain words, never a traceback."""

from __future__ import annotations

import errno
import functools
import json
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

import typer
from django.db import DatabaseError

from liuke.kernel.refusal import Refused


def note(text: str) -> None:
    """A line for the person at the terminal."""
    typer.echo(text, err=True)


def fail(text: str, code: int = 2) -> NoReturn:
    """Say what went wrong and leave with `code`."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def out_json(value: object) -> None:
    """One JSON document on stdout, Chinese kept readable."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


P = ParamSpec("P")
R = TypeVar("R")


def _disk_full(fault: Exception) -> bool:
    return getattr(fault, "errno", None) == errno.ENOSPC or "disk is full" in str(fault) or "No space left" in str(fault)


def plain_refusals(command: Callable[P, R]) -> Callable[P, R]:
    """A refused act ends the command with its words and exit code 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refused as refused:
            fail(str(refused))
        except (OSError, DatabaseError) as fault:
            if not _disk_full(fault):
                raise
            fail("磁盘满了，这一步没有写进去，原来的数据都在。腾出地方以后再运行一次。", 1)

    return run
