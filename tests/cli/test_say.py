"""Faults of the machine are said in plain words; faults of ours are not hidden."""

import errno

import pytest
import typer
from django.db import OperationalError

from liuke.cli.say import plain_refusals
from liuke.kernel.refusal import Refused


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (Refused("x", "没有这一天。"), 2, "没有这一天。"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "磁盘满了"),
        (OperationalError("database or disk is full"), 1, "磁盘满了"),
    ],
)
def test_what_a_person_can_mend_is_said(fault: Exception, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    @plain_refusals
    def command() -> None:
        raise fault

    with pytest.raises(typer.Exit) as left:
        command()
    assert left.value.exit_code == code
    assert said in capsys.readouterr().err


def test_what_is_our_own_fault_is_not_hidden() -> None:
    @plain_refusals
    def command() -> None:
        raise OSError(errno.EIO, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        command()
