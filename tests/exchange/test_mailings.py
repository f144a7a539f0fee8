"""The files of a run: one page for each letter, addresses that no spreadsheet runs, and who changed his mind in between."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from pypdf import PdfReader

from liuke.audit.models import AuditEntry
from liuke.custody import export_files, exporting
from liuke.custody.labels import ExportState
from liuke.customers.models import Customer
from liuke.exchange.exports import making
from liuke.exchange.mailings import ADDRESSES, LETTERS, member
from liuke.kernel.refusal import Refused
from liuke.mailing.actions import Draft, ask
from liuke.mailing.models import Mailing
from liuke.segments.filters import Filter
from liuke.team.models import Company, User
from tests.cast import Cast, assemble, card

ADDRESS = "浙江省杭州市滨江区江南大道 100 号 3 幢 2 单元 501 室 310051"
TEXT = Draft("多谢惠顾", "多谢您", "尊敬的{称呼}：\n您上次来是{上次来店}。电话{业务员电话}。\n祝您平安。", "0571-88886666")


@pytest.fixture(autouse=True)
def chinese(settings: Any, tmp_path: Any) -> Any:
    settings.DATA = tmp_path
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    return assemble()


def asked(cast: Cast, *names: str, by: User | None = None, **more: Any) -> Mailing:
    for name in names:
        card(cast.chen, name, address=ADDRESS, gender="female")
    return ask(by or cast.he, Filter(), (), TEXT, seen=Customer.objects.count(), **more)


def made(cast: Cast, run: Mailing) -> Mailing:
    """With a yes, and made."""
    exporting.approve(cast.fang, run.export_id, run.letters)
    assert making.make(run.export_id)
    return Mailing.objects.select_related("export").get(pk=run.pk)


def pages(run: Mailing) -> list[str]:
    pdf = member(export_files.path_of(run.export.stored), LETTERS)
    return [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def rows(run: Mailing, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(member(export_files.path_of(run.export.stored), ADDRESSES).decode(encoding))))


def test_a_page_for_each_letter_in_the_lists_order(cast: Cast) -> None:
    run = made(cast, asked(cast, "王㛃", "𠮷野家", "张书远"))
    found = pages(run)
    assert len(found) == 3 == run.export.made_rows
    first = next(page for page in found if "𠮷野家" in page)
    for text in (
        "310051", "浙江省杭州市滨江区江南大道100号3幢2单元501室", "𠮷野家女士收", "多谢您", "尊敬的𠮷野家女士：",
        "电话0571-88886666。", "祝您平安。",
        "杭州滨江店", "陈思远", "启程汽车服务集团", f"第{run.pk}批",
    ):  # fmt: skip
        assert text in first, text
    assert "您上次来是" not in first, "nobody knows when: the sentence is not there"
    assert "〓" not in "".join(found)


def test_addresses_as_a_table(cast: Cast) -> None:
    card(cast.chen, "=HYPERLINK(1)", address="+86 江南大道")
    run = made(cast, asked(cast, "张书远"))
    head, *body = rows(run)
    assert head == ["姓名", "称呼", "邮编", "地址", "门店"]
    assert ["张书远", "张女士", "310051", ADDRESS.removesuffix(" 310051"), "杭州滨江店"] in body
    assert ["'=HYPERLINK(1)", "'=HYPERLINK(1)", "", "'+86 江南大道", "杭州滨江店"] in body


def test_addresses_for_an_old_spreadsheet(cast: Cast) -> None:
    run = made(cast, asked(cast, "王㛃", encoding="gb18030"))
    assert rows(run, "gb18030")[1][0] == "王㛃"


def test_nothing_is_made_without_a_yes(cast: Cast) -> None:
    run = asked(cast, "张书远")
    assert making.make(run.export_id) is False
    assert not export_files.path_of(run.export.stored).exists()


def test_who_changed_his_mind_before_it_was_made_gets_none(cast: Cast) -> None:
    run = asked(cast, "张书远", "王淑芬", "赵六")
    Customer.objects.filter(name="王淑芬").update(do_not_contact=True)
    Customer.objects.filter(name="赵六").update(unit=cast.beijing, owner=cast.ding)
    run = made(cast, run)
    assert len(pages(run)) == 1 == run.letters
    assert run.left_out == {"leave_alone": 1, "unseen": 1}
    opened = AuditEntry.objects.get(verb="export.numbers_read")
    assert opened.detail["customers"] == [Customer.objects.get(name="张书远").pk], "whose address left is on the log"


def test_nobody_left_fails_with_the_rule(cast: Cast) -> None:
    run = asked(cast, "张书远")
    Customer.objects.update(do_not_contact=True)
    exporting.approve(cast.fang, run.export_id, 1)
    assert making.make(run.export_id) is False
    run.export.refresh_from_db()
    assert (run.export.state, run.export.failure) == (ExportState.FAILED, "mailing.nobody")
    assert not list(export_files.folder().glob(f"{run.export.stored}*[!k]"))


def test_an_analyst_fetches_what_was_agreed_to(cast: Cast) -> None:
    run = made(cast, asked(cast, "张书远", by=cast.xu))
    _, path = exporting.file_for(cast.xu, run.export_id)
    assert member(path, LETTERS).startswith(b"%PDF")
    with pytest.raises(exporting.Export.DoesNotExist):  # type: ignore[attr-defined]
        exporting.file_for(cast.fang, run.export_id)


def test_after_a_day_it_is_gone(cast: Cast) -> None:
    run = made(cast, asked(cast, "张书远"))
    exporting.expire(timezone.now() + timedelta(hours=25))
    with pytest.raises(Refused) as refused:
        exporting.file_for(cast.he, run.export_id)
    assert refused.value.code == "export.expired"
    assert not export_files.path_of(run.export.stored).exists()


def test_a_role_lost_in_between_makes_no_file(cast: Cast) -> None:
    run = asked(cast, "张书远", by=cast.xu)
    exporting.approve(cast.fang, run.export_id, 1)
    User.objects.filter(pk=cast.xu.pk).update(role="rep")
    assert making.make(run.export_id) is False
    run.export.refresh_from_db()
    assert (run.export.state, run.export.failure) == (ExportState.FAILED, "export.rights")


def test_a_long_letter_goes_on_another_page(cast: Cast) -> None:
    card(cast.chen, "张书远", address=ADDRESS)
    long = Draft("长信", "", "尊敬的{称呼}：\n" + "\n".join("这一段话很长，要写满几行才够，写完一行再写一行。" * 4 for _ in range(12)))
    run = made(cast, ask(cast.he, Filter(), (), long, seen=1))
    found = pages(run)
    assert len(found) == 2
    assert all(f"第{run.pk}批" in page for page in found)
