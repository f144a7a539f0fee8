"""`liuke privacy retention` and `file`."""

import json
import stat
import zipfile
from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from liuke.audit.models import AuditEntry
from liuke.cli import privacy as command
from liuke.interactions.models import Interaction
from liuke.privacy.models import PersonalRequest, RetentionRun
from tests.cast import assemble, card


@pytest.fixture
def run(db):
    cast = assemble()
    person = card(cast.chen, "张书远", "13812345678", number="K000001")
    at = timezone.now() - timedelta(days=2000)
    Interaction.objects.create(customer=person, at=at, on=at.date(), way="phone", outcome="reached", summary="问了保养")
    app = typer.Typer()
    command.register(app)
    return lambda *words: CliRunner().invoke(app, ["privacy", *words])


def test_a_dry_run_counts_and_changes_nothing(run):
    answer = run("retention", "--dry-run")
    assert answer.exit_code == 0
    assert "联系记录里写的话：会清理 1\n" in answer.stdout
    assert Interaction.objects.get().summary == "问了保养"
    assert (RetentionRun.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_periods_are_gone_through(run):
    assert json.loads(run("retention", "--json").stdout)["interaction_texts"] == 1
    assert Interaction.objects.get().summary == ""
    assert "联系记录里写的话：清理了 0\n" in run("retention").stdout


def test_the_file_is_written_for_its_owner_s_eyes(run, tmp_path):
    out = tmp_path / "张书远.zip"
    answer = run("file", "K000001", str(out), "--as", "fangmin", "--reason", "本人来信要的")
    assert answer.exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "138 1234 5678" in zipfile.ZipFile(out).read("个人信息.json").decode()
    assert PersonalRequest.objects.get().by.username == "fangmin"
    again = run("file", "K000001", str(out), "--as", "fangmin", "--reason", "本人来信要的")
    assert (again.exit_code, PersonalRequest.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("number", "who", "reason", "told"),
    [
        ("K000001", "nobody", "本人要的", "没有登录名是“nobody”的人。"), ("K9", "fangmin", "本人要的", "没有找到编号是“K9”的客户。"),
        ("K000001", "admin", "本人要的", "没有找到编号是“K000001”的客户。"),
        ("K000001", "chensiyuan", "本人要的", "您的岗位不能做这件事。"),
        ("K000001", "fangmin", "", "请写给谁、做什么用，比如“本人到店要的”。"),
    ],
)  # fmt: skip
def test_refusals_write_no_file(run, tmp_path, number, who, reason, told):
    answer = run("file", number, str(tmp_path / "out.zip"), "--as", who, "--reason", reason)
    assert (answer.exit_code, answer.stderr.strip()) == (2, told)
    assert list(tmp_path.iterdir()) == []
    assert not PersonalRequest.objects.exists()
