"""A list on its way out: who may ask, who must agree, who gets the file, until when; and all of it on the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from liuke.audit.models import AuditEntry
from liuke.custody import export_files, export_making, exporting
from liuke.custody.exports_seen import for_my_word, mine, others, taken, waiting_count
from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.custody.rules import may_decide, most_rows, needs_approval
from liuke.kernel.refusal import Refused
from liuke.team.labels import Role
from liuke.team.models import User
from tests.cast import Cast, assemble, card
from tests.threads import at_once


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def wanted(**changes: Any) -> exporting.Wanted:
    values = {
        "listing": "customers", "query": "grade=A", "conditions": ("等级 A",), "columns": ("number", "name"), "format": "xlsx",
        "encoding": "utf-8", "clear": False, "purpose": "月度回访", "rows": 300,
    }  # fmt: skip
    return exporting.Wanted(**{**values, **changes})


def log(*verbs: str) -> list[str]:
    written = AuditEntry.objects.order_by("seq").values_list("verb", flat=True)
    return [verb for verb in written if not verbs or verb in verbs]


def put(export: Export, body: bytes = b"rows") -> None:
    """As the worker does: taken up, written, ready."""
    taken = export_making.begin(export.pk)
    assert taken is not None
    export_files.path_of(export.stored).write_bytes(body)
    assert export_making.ready(taken, export.rows)


def refusal(act: Any) -> str:
    with pytest.raises(Refused) as told:
        act()
    return told.value.code


# ── the rules ──


@pytest.mark.parametrize(
    ("rows", "clear", "needs"), [(100, False, False), (101, False, True), (0, False, False), (1, True, True), (5000, True, True)]
)
def test_who_must_be_asked(rows: int, clear: bool, needs: bool) -> None:
    assert needs_approval(rows, clear, 100) is needs


@pytest.mark.parametrize(
    ("agreed", "clear", "most"),
    [(None, False, 100), (None, True, 0), (300, False, 330), (309, False, 339), (50, True, 55), (50, False, 100)],
)
def test_how_far_a_list_may_grow(agreed: int | None, clear: bool, most: int) -> None:
    assert most_rows(agreed, clear, 100) == most


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_what_needs_nobody_may_always_be_made(rows: int, threshold: int, clear: bool) -> None:
    assert needs_approval(rows, clear, threshold) is (most_rows(None, clear, threshold) < rows or clear)


@pytest.mark.parametrize(
    ("decider", "asker", "mine_", "theirs", "may"),
    [
        (1, 2, "/1/", "/1/3/", True), (1, 2, "/1/", "/1/", True), (1, 1, "/1/", "/1/", False), (1, 2, "/1/3/", "/1/", False),
        (1, 2, "/1/3/", "/1/4/", False), (1, 2, "", "/1/", False), (1, 2, "", "", False),
    ],
)  # fmt: skip
def test_nobody_says_yes_to_his_own_or_above_his_sight(decider: int, asker: int, mine_: str, theirs: str, may: bool) -> None:
    assert may_decide(decider, asker, mine_, theirs) is may


# ── asking ──


def test_few_rows_need_nobody(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=100))
    assert (export.state, export.agreed, export.unit) == (ExportState.APPROVED, None, cast.east)
    assert AuditEntry.objects.get().detail == {"list": "customers", "rows": 100, "clear": False, "format": "xlsx"}
    assert (export.purpose, export.conditions) == ("月度回访", ["等级 A"])


def test_many_rows_or_whole_numbers_wait(cast: Cast) -> None:
    assert exporting.ask(cast.he, wanted(rows=101)).state == ExportState.WAITING
    assert exporting.ask(cast.he, wanted(rows=1, clear=True)).state == ExportState.WAITING


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": " "}, "export.purpose"), ({"rows": 0}, "export.empty"), ({"format": "exe"}, "export.format"),
        ({"columns": ()}, "export.format"), ({"encoding": "utf-7"}, "export.format"), ({"rows": 1_048_576}, "export.too_long"),
        ({"purpose": "x" * 201}, "text.too_long"),
    ],
)  # fmt: skip
def test_what_is_not_taken(cast: Cast, changes: dict[str, Any], code: str) -> None:
    assert refusal(lambda: exporting.ask(cast.he, wanted(**changes))) == code
    assert not Export.objects.exists() and log() == []


def test_a_csv_may_be_longer_than_a_sheet(cast: Cast) -> None:
    assert exporting.ask(cast.he, wanted(rows=1_048_576, format="csv")).state == ExportState.WAITING


def test_a_list_cut_in_pieces_is_no_shorter(cast: Cast) -> None:
    assert exporting.ask(cast.he, wanted(rows=60)).state == ExportState.APPROVED
    assert exporting.ask(cast.he, wanted(rows=40)).state == ExportState.APPROVED
    third = exporting.ask(cast.he, wanted(rows=1))
    assert third.state == ExportState.WAITING
    assert exporting.ask(cast.he, wanted(rows=100, listing="imports")).state == ExportState.APPROVED, "another list"
    assert exporting.ask(cast.zhao, wanted(rows=100)).state == ExportState.APPROVED, "another person"
    # What was agreed to, withdrawn before anybody fetched it, or taken a day ago does not count.
    exporting.approve(cast.fang, third.pk, 1)
    assert taken(cast.he, "customers") == 100
    exporting.withdraw(cast.he, Export.objects.get(actor=cast.he, rows=60).pk)
    assert taken(cast.he, "customers") == 40
    Export.objects.filter(actor=cast.he, rows=60).update(downloads=1)
    assert taken(cast.he, "customers") == 100
    Export.objects.update(asked_at=timezone.now() - timedelta(days=1, seconds=1))
    assert taken(cast.he, "customers") == 0


def test_who_may_not_ask(cast: Cast) -> None:
    for user in (cast.chen, cast.lin):
        assert refusal(lambda user=user: exporting.ask(user, wanted(rows=1))) == "permission"
    assert refusal(lambda: exporting.ask(cast.xu, wanted(clear=True))) == "permission", "the operations centre works masked"
    assert not Export.objects.exists()


def test_without_anybody_to_agree_it_is_not_asked_for(cast: Cast) -> None:
    User.objects.filter(pk__in=[cast.fang.pk]).update(is_active=False)
    assert refusal(lambda: exporting.ask(cast.zhao, wanted())) == "export.nobody"
    assert exporting.ask(cast.zhao, wanted(rows=100)).state == ExportState.APPROVED


def test_who_agrees_sees_at_least_as_much(cast: Cast) -> None:
    local = User.objects.create(username="sunli", name="孙丽", role=Role.CUSTODIAN, unit=cast.east)
    assert [one.name for one in exporting.deciders(cast.he)] == ["孙丽", "方敏", "赵国平"]
    assert [one.name for one in exporting.deciders(cast.xu)] == ["方敏", "赵国平"]
    waiting = exporting.ask(cast.xu, wanted())
    assert list(for_my_word(local)) == []
    with pytest.raises(Export.DoesNotExist):
        exporting.approve(local, waiting.pk, 300)


# ── yes and no ──


def test_yes(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=300))
    said = exporting.approve(cast.fang, export.pk, 300)
    assert (said.state, said.agreed, said.decided_by) == (ExportState.APPROVED, 300, cast.fang)
    entry = AuditEntry.objects.get(verb="export.approve")
    assert (entry.actor, entry.detail["rows"], entry.detail["clear"], entry.detail["who"]) == (cast.fang.pk, 300, False, cast.he.pk)


def test_no_has_a_reason(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted())
    assert refusal(lambda: exporting.refuse(cast.fang, export.pk, "")) == "export.reason"
    assert Export.objects.get().state == ExportState.WAITING
    exporting.refuse(cast.fang, export.pk, "范围太大，只要 A 级")
    again = Export.objects.get()
    assert (again.state, again.reason, again.agreed) == (ExportState.REFUSED, "范围太大，只要 A 级", None)
    assert export_making.begin(export.pk) is None
    assert log("export.refuse") == ["export.refuse"]


def test_nobody_agrees_to_his_own(cast: Cast) -> None:
    for own in (cast.fang, cast.zhao):
        export = exporting.ask(own, wanted())
        assert refusal(lambda own=own, export=export: exporting.approve(own, export.pk, 300)) == "export.own"
        assert Export.objects.get(pk=export.pk).state == ExportState.WAITING
        assert AuditEntry.objects.get(verb="export.denied", object=export.pk).detail == {"rule": "export.own"}


def test_who_has_no_say(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted())
    for user in (cast.chen, cast.lin, cast.xu, cast.root):
        assert refusal(lambda user=user: exporting.approve(user, export.pk, 300)) == "permission"
    assert Export.objects.get().state == ExportState.WAITING


def test_a_yes_is_to_what_was_read(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=300))
    Export.objects.update(rows=900)
    assert refusal(lambda: exporting.approve(cast.fang, export.pk, 300)) == "export.changed"
    assert Export.objects.get().state == ExportState.WAITING


def test_a_second_word_comes_too_late(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted())
    exporting.refuse(cast.fang, export.pk, "先不导")
    assert refusal(lambda: exporting.approve(cast.zhao, export.pk, 300)) == "export.decided"
    gone = exporting.ask(cast.he, wanted())
    exporting.withdraw(cast.he, gone.pk)
    assert refusal(lambda: exporting.approve(cast.zhao, gone.pk, 300)) == "export.withdrawn"
    assert log("export.approve") == []


# ── while it is made ──


def test_rights_are_asked_for_again(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    User.objects.filter(pk=cast.he.pk).update(role=Role.REP)
    assert export_making.begin(export.pk) is None
    assert (Export.objects.get().state, Export.objects.get().failure) == (ExportState.FAILED, "export.rights")
    assert log("export.fail") == ["export.fail"]


def test_numbers_are_whole_only_after_somebody_elses_yes(cast: Cast) -> None:
    zhang = card(cast.chen, "张书远", "13812345678", address="浙江省杭州市滨江区江南大道 1 号", wechat="zhangsy")
    masked = ("138****5678",), "z***", "浙江省杭州市滨江区***"

    def seen(export: Export) -> tuple[object, ...]:
        taken = export_making.begin(export.pk)
        assert taken is not None
        found = export_making.reach(taken, [zhang])[zhang.pk]
        return found.phones, found.wechat, found.address

    plain = exporting.ask(cast.he, wanted(rows=5))
    assert seen(plain) == masked
    clear = exporting.ask(cast.he, wanted(rows=5, clear=True))
    exporting.approve(cast.fang, clear.pk, 5)
    assert seen(clear) == (("138 1234 5678",), "zhangsy", "浙江省杭州市滨江区江南大道 1 号")
    # A row put right by hand opens nothing: without a yes, with one's own, or out of its time.
    for changes in ({"agreed": None}, {"decided_by": None}, {"decided_by": cast.he}, {"clear": False}):
        Export.objects.filter(pk=clear.pk).update(**{"agreed": 5, "decided_by": cast.fang, "clear": True, **changes})
        assert seen(clear) == masked, changes
    Export.objects.filter(pk=clear.pk).update(agreed=5, decided_by=cast.fang, clear=True, state=ExportState.READY)
    assert export_making.reach(Export.objects.get(pk=clear.pk), [zhang])[zhang.pk].phones == ("138****5678",)


def test_whole_numbers_are_one_entry_with_the_ids(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=3, clear=True))
    exporting.approve(cast.fang, export.pk, 3)
    taken = export_making.begin(export.pk)
    assert taken is not None and export_making.ready(taken, 3, [7, 8, 9])
    entry = AuditEntry.objects.get(verb="export.numbers_read")
    assert (entry.actor, entry.detail) == (cast.he.pk, {"customers": [7, 8, 9], "rows": 3})


def test_a_list_that_grew_is_asked_for_again(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=300))
    exporting.approve(cast.fang, export.pk, 300)
    taken = export_making.begin(export.pk)
    assert taken is not None and export_making.allowed(taken) == 330
    export_making.ask_again(taken, 331)
    now = Export.objects.get()
    assert (now.state, now.rows, now.agreed, now.decided_by) == (ExportState.WAITING, 331, None, None)
    assert AuditEntry.objects.get(verb="export.again").detail == {"list": "customers", "rows": 331, "before": 300}


# ── fetching ──


def test_the_file_is_the_askers_for_a_day(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    assert refusal(lambda: exporting.file_for(cast.he, export.pk)) == "export.not_ready"
    put(export)
    for turn in (1, 2):
        found, path = exporting.file_for(cast.he, export.pk)
        assert (path.read_bytes(), found.downloads) == (b"rows", turn)
    assert log("export.download") == ["export.download"] * 2
    assert oct(path.parent.stat().st_mode)[-3:] == "700" and len(export.stored) == 48


def test_for_anybody_else_it_is_not_there_and_that_is_written_down(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    put(export)
    for user in (cast.chen, cast.xu, cast.fang, cast.zhao):
        with pytest.raises(Export.DoesNotExist):
            exporting.file_for(user, export.pk)
        entry = AuditEntry.objects.get(verb="export.denied", actor=user.pk)
        assert (entry.object, entry.detail) == (export.pk, {"rule": "export.not_yours"})
    assert Export.objects.get().downloads == 0


def test_after_a_day_it_is_over(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    put(export)
    Export.objects.update(expires_at=timezone.now())
    assert refusal(lambda: exporting.file_for(cast.he, export.pk)) == "export.expired"
    assert AuditEntry.objects.get(verb="export.denied").detail == {"rule": "export.expired"}
    path = export_files.path_of(export.stored)
    assert path.exists() and exporting.expire(timezone.now()) == 1 and not path.exists()
    assert Export.objects.get().state == ExportState.EXPIRED
    assert refusal(lambda: exporting.file_for(cast.he, export.pk)) == "export.expired"
    assert log("export.expire", "export.download") == ["export.expire"]
    assert exporting.expire(timezone.now()) == 0


def test_a_question_nobody_answers_ends(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted())
    assert exporting.expire(timezone.now() + timedelta(days=6)) == 0
    assert exporting.expire(timezone.now() + timedelta(days=7, seconds=1)) == 1
    assert Export.objects.get(pk=export.pk).state == ExportState.EXPIRED


def test_with_other_rights_it_is_not_given(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    put(export)
    cast.he.scope = cast.binjiang
    cast.he.save()
    assert refusal(lambda: exporting.file_for(User.objects.get(pk=cast.he.pk), export.pk)) == "export.rights"
    assert AuditEntry.objects.get(verb="export.denied").detail == {"rule": "export.rights"}


def test_withdrawn(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    put(export)
    with pytest.raises(Export.DoesNotExist):
        exporting.withdraw(cast.fang, export.pk)
    for _ in range(2):
        assert exporting.withdraw(cast.he, export.pk).state == ExportState.DROPPED
    assert not export_files.path_of(export.stored).exists()
    assert log("export.withdraw") == ["export.withdraw"]
    assert refusal(lambda: exporting.file_for(cast.he, export.pk)) == "export.not_ready"


def test_withdrawn_while_it_is_made_leaves_nothing(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted(rows=5))
    taken = export_making.begin(export.pk)
    exporting.withdraw(cast.he, export.pk)
    assert taken is not None and not export_making.ready(taken, 5, [1])
    assert log("export.make", "export.numbers_read") == []


def test_files_of_nobody_are_swept(cast: Cast) -> None:
    kept = exporting.ask(cast.he, wanted(rows=5))
    put(kept)
    left = export_files.folder() / ("a" * 48 + ".part")
    left.write_bytes(b"half")
    assert export_files.sweep({kept.stored}) == 0, "what is an hour young may still be written"
    import os

    for path in (left, export_files.path_of(kept.stored)):
        os.utime(path, (1, 1))
    exporting.expire(timezone.now())
    assert not left.exists() and export_files.path_of(kept.stored).exists()


# ── who reads of it ──


def test_what_each_sees(cast: Cast) -> None:
    one, two = exporting.ask(cast.he, wanted()), exporting.ask(cast.fang, wanted())
    assert list(mine(cast.he)) == [one]
    assert list(for_my_word(cast.fang)) == [one] and list(for_my_word(cast.zhao)) == [one, two]
    assert list(for_my_word(cast.he)) == [] and list(others(cast.he)) == []
    assert list(others(cast.zhao)) == [two, one]


def test_the_count_in_the_navigation(cast: Cast) -> None:
    export = exporting.ask(cast.he, wanted())
    assert waiting_count(cast.fang) == (1, False) and waiting_count(cast.he) == (0, False)
    now = timezone.now()
    assert waiting_count(cast.fang, now + timedelta(hours=4, minutes=1)) == (1, True)
    exporting.approve(cast.fang, export.pk, 300)
    assert waiting_count(cast.fang) == (0, False)


@pytest.mark.django_db(transaction=True)
def test_two_pieces_asked_for_at_once() -> None:
    cast = assemble()
    results = at_once(*[lambda: exporting.ask(cast.he, wanted(rows=60))] * 2)
    assert sorted(one.state for one in results) == [ExportState.APPROVED, ExportState.WAITING]


@pytest.mark.django_db(transaction=True)
def test_two_people_agree_at_once() -> None:
    cast = assemble()
    export = exporting.ask(cast.he, wanted())
    results = at_once(
        *[lambda who=who: exporting.approve(who, export.pk, 300) for who in (cast.fang, cast.zhao)],
        lambda: exporting.refuse(cast.zhao, export.pk, "太多了"),
    )
    assert sum(isinstance(one, Export) for one in results) == 1
    assert sorted(one.code for one in results if isinstance(one, Refused)) == ["export.decided"] * 2
    assert len(log("export.approve", "export.refuse")) == 1
