"""The chain: every entry in the transaction of its act; a changed, missing or cut row shows."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from liuke.audit import witness
from liuke.audit.actions import ChainFault, check, head, record, verify
from liuke.audit.models import AuditEntry
from liuke.team.labels import Role
from liuke.team.models import Unit, User


@pytest.fixture
def shen_yaqin(db: None) -> User:
    unit = Unit.objects.create(name="启程汽车服务集团", kind="group")
    return User.objects.create(username="shenyaqin", name="沈雅琴", role=Role.CUSTODIAN, unit=unit)


def three_entries(actor: User) -> None:
    with transaction.atomic():
        record(actor, "card.check_out", actor.unit, purpose="回访")
        record(actor, "card.return", actor.unit)
        record(None, "insight.run", customers=5000)


def test_a_whole_chain_is_whole(shen_yaqin: User) -> None:
    three_entries(shen_yaqin)
    assert verify() is None
    assert head() == (3, AuditEntry.objects.get(seq=3).hash)
    assert AuditEntry.objects.get(seq=1).detail == {"purpose": "回访"}


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE audit_auditentry SET verb='card.forget' WHERE seq=2", ChainFault(2, "changed")),
        ("UPDATE audit_auditentry SET actor=NULL WHERE seq=1", ChainFault(1, "changed")),
        ("DELETE FROM audit_auditentry WHERE seq=2", ChainFault(2, "missing")),
        ("UPDATE audit_auditentry SET previous=hash WHERE seq=3", ChainFault(3, "broken")),
    ],
)
def test_a_changed_row_is_named(shen_yaqin: User, damage: str, fault: ChainFault) -> None:
    three_entries(shen_yaqin)
    with connection.cursor() as cursor:
        cursor.execute(damage)
    assert verify() == fault


def test_a_cut_tail_shows_against_the_witness(shen_yaqin: User) -> None:
    three_entries(shen_yaqin)
    witness = head()
    AuditEntry.objects.filter(seq=3).delete()
    assert verify() is None, "the chain alone cannot see it"
    assert verify(witness) == ChainFault(3, "missing")


def test_an_act_that_fails_leaves_no_entry(shen_yaqin: User) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(shen_yaqin, "card.check_out", shen_yaqin.unit)
        raise ZeroDivisionError
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        record(None, "insight.run")
    assert AuditEntry.objects.count() == 0


def test_the_witness_is_asked(shen_yaqin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    assert witness.last() is None
    three_entries(shen_yaqin)
    witness.write()
    with (tmp_path / "audit-witness.jsonl").open("a") as file:
        file.write('["2026-11-20T')  # a crash in the middle of a line
    assert witness.last() == head()
    AuditEntry.objects.filter(seq=3).delete()
    assert check(shen_yaqin, witness.last()) == ChainFault(3, "missing")


def test_a_cut_tail_goes_on_showing(shen_yaqin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    three_entries(shen_yaqin)
    assert witness.write()
    AuditEntry.objects.filter(seq=3).delete()
    kept = (tmp_path / "audit-witness.jsonl").read_text()
    assert not witness.write()  # the hour's job does not write over what gives it away
    assert (tmp_path / "audit-witness.jsonl").read_text() == kept
    assert verify(witness.last()) == ChainFault(3, "missing")
