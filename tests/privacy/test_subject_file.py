"""A customer's own file: everything, in words, whole; about nobody else; on the log; no cell runs."""

import io
import json
import re
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.interactions.actions import record
from liuke.kernel.refusal import Refused
from liuke.privacy.catalogue import KINDS
from liuke.privacy.erasing import erase
from liuke.privacy.models import PersonalRequest
from liuke.privacy.subject_file import dossier, subject_file
from tests.cast import card
from tests.privacy.world import ADDRESS, NAME, WECHAT, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def opened(body: bytes) -> tuple[dict, zipfile.ZipFile]:
    packed = zipfile.ZipFile(io.BytesIO(body))
    assert packed.namelist() == ["个人信息.xlsx", "个人信息.json"]
    return json.loads(packed.read("个人信息.json")), packed


def made(world: World) -> dict:
    return opened(subject_file(world.cast.fang, world.person.pk, "本人到店要的"))[0]


def test_everything_of_every_room_stands_in_it_whole(world):
    told = made(world)
    card = {row["项目"]: row["内容"] for row in told["客户卡"]}
    assert (card["姓名"], card["电话"], card["微信"], card["地址"]) == (NAME, "138 1234 5678", WECHAT, ADDRESS)
    assert (card["性别"], card["出生年"], card["爱好"], card["业务员"], card["门店"]) == ("男", 1985, "打高尔夫", "陈思远", "杭州滨江店")
    assert told["电话"] == [{"号码": "138 1234 5678"}]
    assert told["成交"][0]["金额（元）"] == "1280"
    assert told["接触"][0]["经过"] == f"{NAME}说138-1234-5678已停用"
    assert told["接触"][0]["结果"] == "接通"
    assert told["联系人"][0] | {} == {
        "客户": "杭州启明物流有限公司", "本人的卡": NAME, "姓名": NAME, "职务": "车队长", "电话": "138 1234 5678", "微信": WECHAT,
        "备注": "",
    }  # fmt: skip
    assert told["同意"][0]["事项"] == "优惠和活动"
    assert told["任务"][1]["原因"] == "212天没来，通常74天一次。"
    assert told["洞察的判断"][0]["判断"] == "阶段"
    assert any("68%" in row["依据"].replace(" ", "") for row in told["洞察的判断"])
    assert [row["借阅人"] for row in told["谁借过这张卡"]] == ["陈思远", "陈思远"]
    assert "陈思远给您建了卡" in [row["做了什么"] for row in told["谁看过，谁改过"]]
    assert told["说明"]["客户编号"] == world.person.number


def test_every_heading_is_chinese(world):
    for sheet in dossier(world.person):
        for name in (sheet.name, *sheet.columns):
            assert re.search("[\u4e00-\u9fff]", name), (sheet.name, name)


def test_no_two_sheets_and_no_two_columns_are_called_the_same(world):
    names = [str(kind.heading) for kind in KINDS]
    assert len(set(names)) == len(names)
    for sheet in dossier(world.person):
        assert len(set(sheet.columns)) == len(sheet.columns), sheet.name
        assert all(len(row) == len(sheet.columns) for row in sheet.rows)


def test_nobody_else_is_named_in_it(world):
    pytest.importorskip("liuke.duplicates.models")
    from liuke.duplicates.models import DuplicatePair

    a, b = sorted((world.person, card(world.cast.chen, "张书苑")), key=lambda one: one.pk)
    DuplicatePair.objects.create(a=a, b=b, score=0.7)
    told = made(world)
    assert told["疑似重复"][0]["另一张卡"] == "另一位客户"
    assert "张书苑" not in json.dumps(told, ensure_ascii=False)
    assert "王淑芬" not in json.dumps(told, ensure_ascii=False)


def test_formulas_are_harmless_in_the_workbook(world):
    record(world.cast.chen, world.person.pk, "phone", "reached", '=HYPERLINK("http://example.com","点我")')
    _, packed = opened(subject_file(world.cast.fang, world.person.pk, "本人到店要的"))
    with zipfile.ZipFile(io.BytesIO(packed.read("个人信息.xlsx"))) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert sum("<f>" in sheet for sheet in sheets) == 0
        assert "'=HYPERLINK" in book.read("xl/sharedStrings.xml").decode()


def test_it_is_kept_what_for_and_written_down(world):
    made(world)
    asked = PersonalRequest.objects.get()
    assert (asked.kind, asked.customer, asked.by, asked.reason) == ("file", world.person, world.cast.fang, "本人到店要的")
    entry = AuditEntry.objects.get(verb="privacy.file")
    assert (entry.actor, entry.object, entry.detail) == (
        world.cast.fang.pk, world.person.pk, {"request": asked.pk, "rows": sum(asked.counts.values())},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "pk", "reason", "error"),
    [
        ("chen", None, "本人要的", Refused), ("xu", None, "本人要的", Refused), ("fang", None, " ", Refused),
        ("fang", 987_654_321, "本人要的", Customer.DoesNotExist),
    ],
)  # fmt: skip
def test_refusals_leave_no_trace(world, who, pk, reason, error):
    entries = AuditEntry.objects.count()
    with pytest.raises(error):
        subject_file(getattr(world.cast, who), pk or world.person.pk, reason)
    assert (PersonalRequest.objects.count(), AuditEntry.objects.count()) == (0, entries)


def test_after_an_erasure_there_is_no_file_and_the_sheets_have_what_is_left(world):
    erase(world.cast.fang, world.person.pk, "客户来信要求", world.person.number)
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused) as refused:
        made(world)
    assert refused.value.code == "customer.erased"
    assert (PersonalRequest.objects.filter(kind="file").count(), AuditEntry.objects.count()) == (0, entries)
    sheets = {sheet.name: sheet for sheet in dossier(Customer.objects.get(pk=world.person.pk))}
    assert ("姓名", f"已删除 {world.person.number}") in sheets["客户卡"].rows
    assert len(sheets["成交"].rows) == 1
    assert "电话" not in sheets
    assert NAME not in str(sheets)


def test_the_number_of_queries_does_not_grow_with_rows(world):
    dossier(world.person)
    with CaptureQueriesContext(connection) as few:
        dossier(world.person)
    for _n in range(12):
        record(world.cast.chen, world.person.pk, "phone", "reached", "问了保养")
    with CaptureQueriesContext(connection) as many:
        dossier(world.person)
    assert len(many) == len(few)
