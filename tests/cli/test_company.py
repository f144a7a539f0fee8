"""`liuke doctor`: what it finds broken it says, and the exit code tells a script."""

import pytest
import typer
from django.db import connection, transaction
from typer.testing import CliRunner

from liuke.audit.actions import record
from liuke.cli import company as command
from liuke.team.models import User
from liuke.vault import keys
from tests.cast import assemble, card


@pytest.fixture
def doctor(db):
    cast = assemble()
    for n in range(3):
        with transaction.atomic():
            record(cast.root, "company.edit", cast.group, fields=[n])
    app = typer.Typer()
    command.register(app)
    return lambda: CliRunner().invoke(app, ["doctor"])


def damaged(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_all_is_well(doctor):
    answer = doctor()
    assert answer.exit_code == 0, answer.stdout
    assert "✓ 审计链完整" in answer.stdout
    assert "✗" not in answer.stdout


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE audit_auditentry SET actor=NULL WHERE seq=2", "✗ 审计链在第 2 条断开（changed）"),
        ("DELETE FROM audit_auditentry WHERE seq=2", "✗ 审计链在第 2 条断开（missing）"),
        ("UPDATE audit_auditentry SET previous='0' WHERE seq=3", "✗ 审计链在第 3 条断开（broken）"),
    ],
)
def test_a_broken_audit_chain_ends_with_one(doctor, damage, said):
    damaged(damage)
    answer = doctor()
    assert answer.exit_code == 1
    assert [line for line in answer.stdout.splitlines() if line.startswith("✗")] == [said]


def test_a_company_without_an_administrator_ends_with_one(doctor):
    User.objects.filter(username="admin").update(is_active=False)
    answer = doctor()
    assert answer.exit_code == 1
    assert [line for line in answer.stdout.splitlines() if line.startswith("✗")] == ["✗ 有管理员"]


def test_what_is_not_sealed_ends_with_one(doctor):
    kept = card(User.objects.get(username="chensiyuan"), "张书远", phone="13812345678")
    assert "✓ 钥匙对得上，电话、微信、地址都加了密" in doctor().stdout
    damaged(f"UPDATE customers_customer SET wechat='zhang_sy' WHERE id={kept.pk}")
    answer = doctor()
    assert answer.exit_code == 1
    assert [line for line in answer.stdout.splitlines() if line.startswith("✗")] == ["✗ 有 1 个值没有加密"]


def test_keys_of_another_company_end_with_one(doctor, settings, tmp_path):
    settings.KEYS = tmp_path / "keys.json"
    answer = doctor()
    settings.KEYS = settings.DATA / "keys.json"
    keys.look_again()
    assert answer.exit_code == 1
    assert "✗ 找不到钥匙文件" in answer.stdout
