"""The log is read newest first, by who, verb, thing and day, page by page without gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection, transaction

from liuke.audit.actions import ChainFault, check, record
from liuke.audit.queries import Wanted, entries, last_check, length
from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    cast = assemble()
    # 2026-11-19 23:59 and 2026-11-20 00:01 on the clock of Shanghai.
    for at, actor, verb, thing in (
        (datetime(2026, 11, 19, 15, 59, tzinfo=UTC), cast.chen, "login.ok", cast.chen),
        (datetime(2026, 11, 19, 16, 1, tzinfo=UTC), cast.root, "user.create", cast.lin),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), cast.root, "user.edit", cast.chen),
    ):
        with time_machine.travel(at, tick=False), transaction.atomic():
            record(actor, verb, thing)
    return cast


def seqs(wanted: Wanted, before: int | None = None) -> list[int]:
    return [entry.seq for entry in entries(wanted, before)]


def test_filters(cast: Cast) -> None:
    assert seqs(Wanted()) == [3, 2, 1]
    assert seqs(Wanted(), before=3) == [2, 1]
    assert seqs(Wanted(actor=cast.root.pk)) == [3, 2]
    assert seqs(Wanted(verb="login.ok")) == [1]
    assert seqs(Wanted(kind="team.user", object=cast.chen.pk)) == [3, 1]
    assert seqs(Wanted(day=date(2026, 11, 19))) == [1]
    assert seqs(Wanted(day=date(2026, 11, 20))) == [3, 2]
    assert seqs(Wanted(verbs=["user.edit"])) == [3]
    assert seqs(Wanted(verbs=[])) == []
    assert length() == 3


def test_a_check_is_written_down(cast: Cast) -> None:
    assert last_check() is None
    assert check(cast.fang) is None
    entry = last_check()
    assert entry is not None
    assert (entry.seq, entry.actor, entry.detail) == (4, cast.fang.pk, {"upto": 3, "fault": None, "why": ""})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET verb='user.create' WHERE seq=3")
    assert check(cast.fang) == ChainFault(3, "changed")
    entry = last_check()
    assert entry is not None
    assert entry.detail == {"upto": 4, "fault": 3, "why": "changed"}
