"""The road of a file through the wizard, and every place where it may leave it."""

import io
import re
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import openpyxl
import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import expect

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.exchange import wizard
from liuke.exchange.models import Load
from liuke.jobs import tasks
from tests.browser import DESKTOP, PHONE
from tests.cast import Cast, assemble, card
from tests.web import messy

pytestmark = pytest.mark.django_db
GB = "客户姓名,手机\n王伟,13812345678\n"


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=True):
        yield


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(settings, "UPLOADS", tmp_path / "uploads")
    return tmp_path / "uploads"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def enter(client):
    def enter(user, language="zh-hans"):
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        return client

    return enter


def send(client: Client, body: bytes, name: str = "滨江店_客户.xlsx", kind: str = "customers"):
    return client.post("/imports/new/", {"dataset": kind, "file": SimpleUploadedFile(name, body)})


def upload(client: Client, body: bytes, name: str = "滨江店_客户.xlsx", kind: str = "customers") -> Load:
    answer = send(client, body, name, kind)
    assert answer.status_code == 302, text(answer)
    load = Load.objects.latest("pk")
    assert answer.url == f"/imports/{load.pk}/"
    return load


def text(answer) -> str:
    """What a reader sees: no tags, blanks joined."""
    body = re.sub(r"<(script|style|svg|template)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def heading(answer) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.content.decode(), flags=re.DOTALL)
    assert found
    return unescape(re.sub(r"<[^>]+>", "", found[1])).strip()


def columns(page, **chosen: str) -> dict[str, str]:
    """The columns form as a browser would send it, with some selects changed (by heading)."""
    html = page.content.decode()
    form = {"columns": "1"}
    for match in re.finditer(r'“([^”]*)”对到</label><select[^>]*name="(col-\d+)">(.*?)</select>', html, flags=re.DOTALL):
        picked = re.search(r'value="([^"]*)" selected', match[3])
        form[match[2]] = chosen.get(match[1], picked[1] if picked else "")
    return form


# ── the road ─────────────────────────────────────────────────────────────────


def test_the_whole_road(cast, enter):
    client = enter(cast.xu)
    assert "还没有导入过文件" in text(client.get("/imports/"))
    load = upload(client, messy.workbook())
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "30 行里，25 行可以导入，5 行要改"
    seen = text(page)
    assert "还什么都没写进系统" in seen
    assert Customer.objects.count() == 0
    assert "导入 25 行" in seen
    assert "8 列，7 列已对上" in seen
    assert "表头在第 3 行" in seen
    assert load.name in seen

    answer = client.post(f"/imports/{load.pk}/run/")
    assert (answer.status_code, answer.url) == (302, f"/imports/{load.pk}/")
    page = client.get(answer.url)
    assert heading(page) == "导入了 25 行，5 行要改"
    assert Customer.objects.filter(load_id=load.pk).count() == 25
    wen = Customer.objects.get(name="周文斌")
    assert (wen.phone, wen.unit, wen.owner, wen.birth_lunar, wen.opened_on) == (
        "+8613800001200",
        cast.binjiang,
        cast.chen,
        True,
        date(2024, 3, 1),
    )
    waiting = DBTaskResult.objects.order_by("enqueued_at").values_list("task_path", "args_kwargs__args")
    assert list(waiting) == [
        (tasks.run_insight.module_path, []),
        (tasks.look_for_duplicates.module_path, [load.pk]),
    ]
    assert "撤销这次导入" in text(page)

    row = text(client.get("/imports/"))
    assert "滨江店_客户.xlsx" in row and "许文涛" in row and "已导入" in row


def test_refused_rows_are_told_with_row_column_what_was_written_and_why(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    page = client.get(f"/imports/{load.pk}/")
    rows = re.findall(
        r'<tr><td class="lk-r lk-q">(\d+)</td><td>(.*?)</td><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>', page.content.decode()
    )
    assert rows == [
        ("6", "电话", "138****126", "手机号少了 1 位"),
        ("9", "建档日期", "2026/2/30", "没有这一天：2026/2/30"),
        ("12", "客户姓名", "（空）", "没有姓名，也没有客户编号"),
        ("20", "所属门店", "没有这家店", "没有这个门店：没有这家店"),
        ("25", "建档日期", "2062-05-11", "日期 2062-05-11 还没到"),
    ]
    assert "全部 5" in text(page) and "日期读不出 2" in text(page) and "电话不对 1" in text(page)
    narrowed = client.get(f"/imports/{load.pk}/?why=date").content.decode()
    assert re.findall(r'<tr><td class="lk-r lk-q">(\d+)</td>', narrowed) == ["9", "25"]
    assert "手机号少了" not in narrowed


def test_what_was_read_right_is_counted(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    seen = text(client.get(f"/imports/{load.pk}/"))
    assert "电话里的全角数字、＋86、空格、横线 19 格" in seen
    assert re.search(r"日期写法 2 种，如 2024年3月1日、2024-03-02 28 格", seen)
    assert "农历生日 1 格" in seen
    assert "车牌里的空格、点和小写字母 30 格" in seen
    assert re.search(r"空行、合计和页脚，没有当成数据 [12] 行", seen)
    assert "表头在第 3 行，上面的 1 行没有读" in seen


def test_personal_data_is_masked(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    html = client.get(f"/imports/{load.pk}/").content.decode()
    assert "138****1200" in html and "浙A·5****0" in html
    assert "13800001200" not in html and "1380000126" not in html
    load = upload(
        client, messy.sheet(("姓名", "微信", "地址", "联系人电话2"), ("王伟", "wangwei888", "浙江省杭州市西湖区文一路 1 号", "13812345678"))
    )
    html = client.get(f"/imports/{load.pk}/").content.decode()
    assert "wangwei888" not in html and "文一路" not in html and "13812345678" not in html
    assert "138****78" in html


def test_the_error_file_has_the_refused_rows_and_their_reasons(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    answer = client.get(f"/imports/{load.pk}/errors.xlsx")
    assert answer.status_code == 200
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0].values)
    assert rows[0] == (*messy.HEADINGS, "行号", "原因")
    assert [row[-2] for row in rows[1:]] == [6, 9, 12, 20, 25]
    assert rows[1][1] == "1380000126" and rows[1][-1] == "电话：手机号少了 1 位"


def test_the_error_file_outlives_the_load(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    client.post(f"/imports/{load.pk}/run/")
    answer = client.get(f"/imports/{load.pk}/errors.xlsx")
    assert len(list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0].values)) == 6


def test_without_refused_rows_there_is_no_error_file(cast, enter):
    client = enter(cast.xu)
    load = upload(client, GB.encode(), "客户.csv")
    assert client.get(f"/imports/{load.pk}/errors.xlsx").status_code == 404
    assert heading(client.get(f"/imports/{load.pk}/")) == "1 行都可以导入"


def test_the_same_file_again_changes_nothing(cast, enter):
    client = enter(cast.xu)
    first = upload(client, GB.encode(), "客户.csv")
    client.post(f"/imports/{first.pk}/run/")
    again = upload(client, GB.encode(), "客户.csv")
    page = client.get(f"/imports/{again.pk}/")
    assert heading(page) == "1 行都已经在系统里，没有要改的"
    client.post(f"/imports/{again.pk}/run/")
    assert Customer.objects.count() == 1


def test_an_update_shows_what_changes(cast, enter):
    card(cast.chen, "王伟", "13812345678", number="C1", hobbies="钓鱼")
    client = enter(cast.xu)
    load = upload(client, messy.sheet(("客户编号", "姓名", "爱好"), ("C1", "王伟", "登山")))
    seen = text(client.get(f"/imports/{load.pk}/"))
    assert "改了什么" in seen and "2 王伟 爱好 钓鱼 登山" in seen
    assert Customer.objects.get().hobbies == "钓鱼"


def test_figures_open_what_is_behind_them(cast, enter):
    card(cast.chen, "王伟", "13812345678", number="C1", hobbies="钓鱼")
    client = enter(cast.xu)
    body = messy.sheet(
        ("客户编号", "姓名", "手机", "爱好"), ("C1", "王大伟", "13900001111", "登山"), ("C2", "李娜", "", ""), ("C3", "张强", "138", "")
    )
    load = upload(client, body)
    page = client.get(f"/imports/{load.pk}/")
    html = page.content.decode()
    assert "共改 3 处" in text(page)
    assert 'href="#changes"' in html and 'id="changes"' in html and 'href="#refused"' in html and 'id="refused"' in html
    assert "/customers/?load=" not in html  # nothing is created yet
    client.post(f"/imports/{load.pk}/run/")
    page = client.get(f"/imports/{load.pk}/")
    assert f'href="/customers/?load={load.pk}"' in page.content.decode() and "共改 3 处" in text(page)
    seen = text(client.get(f"/customers/?load={load.pk}"))
    assert "李娜" in seen and "王大伟" not in seen
    # A deal that makes a customer says so, with the way to the card.
    heads = ("客户编号", "姓名", "日期", "金额")
    load = upload(client, messy.sheet(heads, ("C9", "孙丽", "2026-03-05", "10")), "成交.xlsx", "deals")
    page = client.get(f"/imports/{load.pk}/")
    client.post(f"/imports/{load.pk}/check/", columns(page) | {"create_customers": "1"})
    client.post(f"/imports/{load.pk}/run/")
    html = client.get(f"/imports/{load.pk}/").content.decode()
    assert re.search(rf'<a href="/customers/\?load={load.pk}">新建客户 1 位</a>', html)
    client.post(f"/imports/{load.pk}/undo/")
    assert f"/customers/?load={load.pk}" not in client.get(f"/imports/{load.pk}/").content.decode()


# ── columns put right ────────────────────────────────────────────────────────


def test_a_column_is_matched_by_hand_and_remembered(cast, enter):
    client = enter(cast.xu)
    body = messy.sheet(("谁呀", "手机"), ("王伟", "13812345678"))
    load = upload(client, body)
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "先把列对上，再试运行"
    assert "列名一个也认不出" in text(page) and "还差：姓名或客户编号" in text(page)
    answer = client.post(f"/imports/{load.pk}/check/", columns(page, 谁呀="name"))
    page = client.get(answer.url)
    assert heading(page) == "1 行都可以导入"
    client.post(f"/imports/{load.pk}/run/")
    assert Customer.objects.get().name == "王伟"
    again = upload(client, body)
    assert heading(client.get(f"/imports/{again.pk}/")) == "1 行都已经在系统里，没有要改的"


def test_a_column_may_be_left_out(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    page = client.get(f"/imports/{load.pk}/")
    answer = client.post(f"/imports/{load.pk}/check/", columns(page, 电话="", 建档日期=""))
    page = client.get(answer.url)
    assert heading(page) == "30 行里，28 行可以导入，2 行要改"
    assert "8 列，5 列已对上" in text(page)


def test_a_known_column_may_be_meant_otherwise(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.sheet(("姓名", "性格"), ("王伟", "登山")))
    page = client.get(f"/imports/{load.pk}/")
    answer = client.post(f"/imports/{load.pk}/check/", columns(page, 性格="hobbies"))
    assert heading(client.get(answer.url)) == "1 行都可以导入"
    client.post(f"/imports/{load.pk}/run/")
    assert (Customer.objects.get().hobbies, Customer.objects.get().personality) == ("登山", "")


def test_a_correction_by_fragment_answers_with_the_wizard_alone(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    page = client.get(f"/imports/{load.pk}/")
    answer = client.post(f"/imports/{load.pk}/check/", columns(page, 电话=""), follow=True, headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="lk-import"')
    assert "29 行可以导入" not in text(answer) and "26 行可以导入，4 行要改" in text(answer)


def test_two_columns_of_one_field_are_asked(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.sheet(("姓名", "客户姓名", "手机"), ("王伟", "王先生", "13812345678")))
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "先把列对上，再试运行"
    assert "有不止一列对到：姓名" in text(page)
    assert "/run/" not in page.content.decode()
    answer = client.post(f"/imports/{load.pk}/check/", columns(page, 客户姓名=""))
    assert heading(client.get(answer.url)) == "1 行都可以导入"


def test_columns_of_the_same_name_are_asked(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.sheet(("姓名", "微信", "微信"), ("王伟", "a1", "b2")))
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "这个文件还不能导入"
    assert "有重复的列名：微信" in text(page) and "不读重名的列，其余照读" in text(page)
    answer = client.post(f"/imports/{load.pk}/check/", {"drop": "微信"})
    assert heading(client.get(answer.url)) == "1 行都可以导入"


def test_unknown_customers_are_created_when_asked(cast, enter):
    client = enter(cast.xu)
    body = messy.sheet(("客户编号", "姓名", "日期", "金额"), ("C7", "王伟", "2026-03-05", "￥1,280.00"))
    load = upload(client, body, "成交.xlsx", "deals")
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "1 行都要改，一行也导不进去"
    assert "认不出客户" not in page.content.decode()  # one reason needs no chips
    assert "没有这位客户：C7" in text(page)
    assert 'action="' + f"/imports/{load.pk}/run/" not in page.content.decode()
    answer = client.post(f"/imports/{load.pk}/check/", columns(page) | {"create_customers": "1"})
    page = client.get(answer.url)
    assert heading(page) == "1 行都可以导入"
    assert "新建客户 1 位" in text(page)
    client.post(f"/imports/{load.pk}/run/")
    assert (Customer.objects.get().number, Deal.objects.get().amount_cents) == ("C7", 128_000)


def test_unknown_customers_are_asked_about_only_where_there_are_some(cast, enter):
    card(cast.chen, "王伟", "13812345678", number="C7")
    client = enter(cast.xu)
    heads = ("客户编号", "姓名", "日期", "金额")
    load = upload(client, messy.sheet(heads, ("C7", "王伟", "2026-03-05", "10")), "成交.xlsx", "deals")
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "1 行都可以导入"
    assert "系统里没有的" not in text(page)
    load = upload(client, messy.sheet(heads, ("C7", "王伟", "2026-03-05", "10"), ("C8", "李娜", "2026-03-05", "10")), "成交.xlsx", "deals")
    page = client.get(f"/imports/{load.pk}/")
    assert "系统里没有的客户" in text(page)
    form = columns(page) | {"create_customers": "1"}
    page = client.get(client.post(f"/imports/{load.pk}/check/", form).url)
    # Chosen, it can still be taken back.
    assert heading(page) == "2 行都可以导入" and "系统里没有的客户" in text(page)
    # While the columns are not matched nothing is known of customers; the choice is kept meanwhile.
    page = client.get(client.post(f"/imports/{load.pk}/check/", form | columns(page, 金额="")).url)
    assert "系统里没有的客户" not in text(page)
    assert '<input type="hidden" name="create_customers" value="1">' in page.content.decode()


def test_an_unknown_store_is_told_who_it_is(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.sheet(("姓名", "手机", "门店", "业务员"), ("王伟", "13812345678", "滨江", "小陈")))
    page = client.get(f"/imports/{load.pk}/")
    assert "门店“滨江”是" in text(page)
    form = columns(page) | {"store-name": "滨江", "store-means": "杭州滨江店"}
    page = client.get(client.post(f"/imports/{load.pk}/check/", form).url)
    assert "员工“小陈”是" in text(page)
    form = columns(page) | {"store-name": "滨江", "store-means": "杭州滨江店", "staff-name": "小陈", "staff-means": "chensiyuan"}
    page = client.get(client.post(f"/imports/{load.pk}/check/", form).url)
    assert heading(page) == "1 行都可以导入"
    client.post(f"/imports/{load.pk}/run/")
    made = Customer.objects.get()
    assert (made.unit, made.owner) == (cast.binjiang, cast.chen)


def test_staff_who_left_may_be_nobody(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.sheet(("姓名", "手机", "业务员"), ("王伟", "13812345678", "老周")))
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "1 行都要改，一行也导不进去"
    nobody = re.search(r'<option value="([^"]+)">不归任何人</option>', page.content.decode())
    assert nobody
    form = columns(page) | {"staff-name": "老周", "staff-means": nobody[1]}
    page = client.get(client.post(f"/imports/{load.pk}/check/", form).url)
    assert heading(page) == "1 行都可以导入"
    # It stays chosen, and may be taken back.
    assert re.search(r'<option value="[^"]+" selected>不归任何人</option>', page.content.decode())
    page = client.get(client.post(f"/imports/{load.pk}/check/", form | {"staff-means": ""}).url)
    assert heading(page) == "1 行都要改，一行也导不进去"
    client.post(f"/imports/{load.pk}/check/", form)
    client.post(f"/imports/{load.pk}/run/")
    assert Customer.objects.get().owner is None


def test_files_are_dropped_after_thirty_days(cast, enter, folder):
    client = enter(cast.xu)
    done = upload(client, messy.workbook())
    client.post(f"/imports/{done.pk}/run/")
    left = upload(client, GB.encode(), "b.csv")
    under_way = upload(client, GB.encode(), "c.csv")
    Load.objects.filter(pk=under_way.pk).update(state="loading")
    assert tasks.forget_uploads.func() == 0
    with time_machine.travel(datetime(2026, 12, 20, 1, tzinfo=UTC), tick=True):
        client.force_login(cast.xu, backend=settings.AUTHENTICATION_BACKENDS[0])
        fresh = upload(client, GB.encode(), "d.csv")
        assert tasks.forget_uploads.func() == 0
    with time_machine.travel(datetime(2026, 12, 20, 3, tzinfo=UTC), tick=True):
        assert tasks.forget_uploads.func() == 2
        assert tasks.forget_uploads.func() == 0
        kept = {path.name.partition(".")[0] for path in folder.iterdir() if path.name.partition(".")[2] != "seen.json"}
        assert kept == {under_way.stored, fresh.stored}
        assert Customer.objects.filter(load_id=done.pk).count() == 25
        client.force_login(cast.xu, backend=settings.AUTHENTICATION_BACKENDS[0])
        page = client.get(f"/imports/{done.pk}/")
        assert heading(page) == "导入了 25 行，5 行要改" and "只存 30 天" in text(page)
        assert "errors.xlsx" not in page.content.decode()
        assert client.get(f"/imports/{done.pk}/errors.xlsx").status_code == 404
        assert "导入的文件已经不在了，请重新上传" in text(client.get(f"/imports/{left.pk}/"))
        # What was loaded can still be taken back.
        client.post(f"/imports/{done.pk}/undo/")
        done.refresh_from_db()
        assert (done.state, Customer.objects.count()) == ("undone", 0)


# ── files that cannot be used ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("a.pdf", b"%PDF-1.7 hello", "这是 PDF，不是表格文件"),
        ("a.xlsx", b"PK\x03\x04 broken", "文件坏了"),
        ("a.csv", b"\x00\x01\x02\x03" * 40, ""),
        ("a.csv", '姓名,手机\n王伟,"138\n李四,139\n'.encode(), "引号没有收尾"),
        ("a.csv", "今天天气很好\n".encode(), "找不到表头"),
        ("a.csv", "姓名,手机\n".encode(), "只有表头"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_three_sentences(cast, enter, name, body, why):
    client = enter(cast.xu)
    load = upload(client, body, name)
    page = client.get(f"/imports/{load.pk}/")
    seen = text(page)
    assert why in seen
    assert "什么都没" in seen and "换文件" in seen
    assert heading(page) in ("这个文件还不能导入", "列对上了，内容还不能导入")
    assert "/run/" not in page.content.decode()
    client.post(f"/imports/{load.pk}/run/")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"dataset": "customers"}, "还没有选文件"),
        ({"dataset": "users", "file": "x"}, "还没有选这是什么表"),
        ({"dataset": "customers", "file": ""}, "文件是空的"),
    ],
)
def test_an_upload_that_is_refused(cast, enter, folder, form, why):
    client = enter(cast.xu)
    if "file" in form:
        form = form | {"file": SimpleUploadedFile("a.csv", form["file"].encode() or b"")}
    answer = client.post("/imports/new/", form)
    assert answer.status_code == 422
    assert why in text(answer) or "还没有选文件" in text(answer)
    assert "什么都没有写进系统" in text(answer)
    assert Load.objects.count() == 0
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_file_name_is_text(cast, enter):
    client = enter(cast.xu)
    load = upload(client, GB.encode(), "<img src=x onerror=alert(1)>.csv")
    for address in ("/imports/", f"/imports/{load.pk}/"):
        html = client.get(address).content.decode()
        assert "<img src=x" not in html and "&lt;img src=x onerror=alert(1)&gt;.csv" in html
    body = messy.sheet(("姓名", "<b>x</b>", "手机"), ("<script>alert(1)</script>", "<i>", "12"))
    html = client.get(f"/imports/{upload(client, body).pk}/").content.decode()
    assert "<script>alert" not in html and "<i>" not in html and "&lt;b&gt;x&lt;/b&gt;" in html


def test_uploads_lie_under_names_nobody_can_guess(cast, enter, folder):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    kept = sorted(path.name for path in folder.iterdir())
    assert all(name.startswith(load.stored) for name in kept) and len(load.stored) == 48
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir() if not path.name.endswith(".lock")} == {0}


# ── undo ─────────────────────────────────────────────────────────────────────


def test_undo_says_what_it_will_do_then_does_it(cast, enter):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    client.post(f"/imports/{load.pk}/run/")
    kept = Customer.objects.get(name="周文斌")
    Deal.objects.create(customer=kept, on=date(2026, 11, 1), amount_cents=10_000)
    page = client.get(f"/imports/{load.pk}/undo/")
    seen = text(page)
    assert "这次新建的 25 条会删去" in seen
    assert "有 1 条会留着" in seen
    assert Customer.objects.count() == 25
    client.post(f"/imports/{load.pk}/undo/")
    assert list(Customer.objects.values_list("name", flat=True)) == ["周文斌"]
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "这次导入已撤销"
    assert f"客户 {kept.number}" in text(page) and "留下 1 行" in text(page)
    assert "已撤销" in text(client.get("/imports/"))
    # A second time there is nothing to take back.
    assert client.post(f"/imports/{load.pk}/undo/").status_code == 302
    assert Customer.objects.count() == 1


def test_nothing_is_undone_before_it_is_loaded(cast, enter):
    client = enter(cast.xu)
    load = upload(client, GB.encode(), "a.csv")
    assert client.get(f"/imports/{load.pk}/undo/").status_code == 302
    client.post(f"/imports/{load.pk}/undo/")
    load.refresh_from_db()
    assert load.state == "checked"


# ── who may ──────────────────────────────────────────────────────────────────


def test_a_supervisors_load_touches_only_his_units(cast, enter):
    far = card(cast.ding, "丁远", "13900001111", number="B1", hobbies="跑步")
    client = enter(cast.he)
    body = messy.sheet(
        ("客户编号", "姓名", "门店", "爱好"), ("B1", "丁远", "", "游泳"), ("N1", "新客", "北京朝阳店", ""), ("N2", "近客", "杭州滨江店", "")
    )
    load = upload(client, body)
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "3 行里，1 行可以导入，2 行要改"
    assert "跑步" not in page.content.decode()
    client.post(f"/imports/{load.pk}/run/")
    far.refresh_from_db()
    assert far.hobbies == "跑步"
    assert set(Customer.objects.values_list("number", flat=True)) == {"B1", "N2"}


def test_another_supervisors_load_is_not_there(cast, enter):
    client = enter(cast.xu)
    load = upload(client, GB.encode(), "a.csv")
    client = enter(cast.he)
    pages = ("", "progress/", "undo/", "errors.xlsx")
    assert {client.get(f"/imports/{load.pk}/{page}").status_code for page in pages} == {404}
    assert {client.post(f"/imports/{load.pk}/{act}/").status_code for act in ("check", "run", "undo")} == {404}
    assert "a.csv" not in text(client.get("/imports/"))
    load.refresh_from_db()
    assert load.state == "checked" and Customer.objects.count() == 0


def test_the_custodian_sees_a_load_but_only_its_maker_loads_it(cast, enter):
    load = upload(enter(cast.he), GB.encode(), "a.csv")
    client = enter(cast.fang)
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "1 行都可以导入" and "等何静导入" in text(page)
    assert "/run/" not in page.content.decode() and '<fieldset class="lk-stack" disabled>' in page.content.decode()
    assert {client.post(f"/imports/{load.pk}/{act}/").status_code for act in ("check", "run")} == {404}
    assert Customer.objects.count() == 0
    enter(cast.he).post(f"/imports/{load.pk}/run/")
    assert Customer.objects.get().unit == cast.east


@pytest.mark.parametrize("name", ["chen", "lin", "root"])
def test_roles_without_the_permission_find_nothing(cast, enter, name):
    load = upload(enter(cast.xu), GB.encode(), "a.csv")
    client = enter(getattr(cast, name))
    addresses = ("/imports/", "/imports/new/", f"/imports/{load.pk}/", "/imports/template/deals.xlsx")
    assert {client.get(address).status_code for address in addresses} == {404}
    assert client.post(f"/imports/{load.pk}/run/").status_code == 404
    assert Customer.objects.count() == 0


# ── long files ───────────────────────────────────────────────────────────────


@pytest.fixture
def long_files(monkeypatch):
    monkeypatch.setattr(wizard, "quick", lambda load: False)


def work() -> list[str]:
    """Does the jobs that wait, oldest first; their names."""
    done = []
    for job in DBTaskResult.objects.filter(status="READY").order_by("enqueued_at"):
        name = job.task_path.rpartition(".")[2]
        DBTaskResult.objects.filter(pk=job.pk).update(status="SUCCESSFUL")
        done.append(name)
        if name != "run_insight":
            import_string(job.task_path).func(*job.args_kwargs["args"])
    return done


def test_a_long_file_is_read_and_loaded_by_jobs(cast, enter, long_files):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "正在试运行" and "可以离开这一页" in text(page)
    assert f'hx-get="/imports/{load.pk}/progress/" hx-trigger="every 1s"' in page.content.decode()
    assert client.get(f"/imports/{load.pk}/progress/").content.decode().strip().startswith('<div id="lk-progress"')
    assert work() == ["check_import"]
    done = client.get(f"/imports/{load.pk}/progress/")
    assert done.headers["HX-Redirect"] == f"/imports/{load.pk}/"
    assert heading(client.get(f"/imports/{load.pk}/")) == "30 行里，25 行可以导入，5 行要改"

    client.post(f"/imports/{load.pk}/run/")
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "正在导入 25 行"
    assert Customer.objects.count() == 0
    client.post(f"/imports/{load.pk}/run/")  # pressed twice
    assert work() == ["load_import"]
    assert heading(client.get(f"/imports/{load.pk}/")) == "导入了 25 行，5 行要改"
    assert work() == ["run_insight", "keep_books", "look_for_duplicates"]


def test_a_dry_run_that_was_cut_off_is_offered_again(cast, enter, long_files):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    DBTaskResult.objects.all().delete()
    seen = text(client.get(f"/imports/{load.pk}/"))
    assert "试运行断了，什么都没有写进系统" in seen and "再试一次" in seen
    client.post(f"/imports/{load.pk}/check/")
    assert work() == ["check_import"]
    assert heading(client.get(f"/imports/{load.pk}/")) == "30 行里，25 行可以导入，5 行要改"


def test_a_load_that_was_cut_off_is_taken_up_by_itself(cast, enter, long_files):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())
    work()
    client.post(f"/imports/{load.pk}/run/")
    DBTaskResult.objects.all().delete()
    assert "几分钟内会自己接着导入" in text(client.get(f"/imports/{load.pk}/"))
    assert tasks.resume_imports.func() == 1
    assert work() == ["run_insight", "keep_books", "look_for_duplicates"]
    assert heading(client.get(f"/imports/{load.pk}/")) == "导入了 25 行，5 行要改"


def test_a_job_that_breaks_tells_the_page(cast, enter, long_files, monkeypatch):
    client = enter(cast.xu)
    load = upload(client, messy.workbook())

    def broken(*_args):
        raise MemoryError

    monkeypatch.setattr(wizard, "check", broken)
    with pytest.raises(MemoryError):
        tasks.check_import.func(load.pk)
    page = client.get(f"/imports/{load.pk}/")
    assert heading(page) == "这个文件还不能导入" and "试运行时系统出了错" in text(page)
    assert "再试一次" in text(page)


# ── the rest ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["customers", "deals", "contracts", "payments", "interactions"])
def test_each_template_can_be_brought_in_as_it_is(cast, enter, kind):
    card(cast.chen, "周文斌", "13800001264", number="A0001")
    client = enter(cast.xu)
    body = client.get(f"/imports/template/{kind}.xlsx").content
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    page = client.get(f"/imports/{upload(client, body, f'{kind}.xlsx', kind).pk}/")
    assert heading(page) == "1 行都可以导入", text(page)


def test_an_unknown_template_is_not_there(cast, enter):
    assert enter(cast.xu).get("/imports/template/secrets.xlsx").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_speaks_both_languages(cast, enter, language):
    client = enter(cast.xu, language)
    load = upload(client, messy.workbook())
    lang = f'<html lang="{"zh-Hans" if language == "zh-hans" else "en"}"'
    for address in ("/imports/", "/imports/new/", f"/imports/{load.pk}/"):
        answer = client.get(address)
        assert answer.status_code == 200 and lang in answer.content.decode(), address
    client.post(f"/imports/{load.pk}/run/")
    for address in (f"/imports/{load.pk}/", f"/imports/{load.pk}/undo/"):
        answer = client.get(address)
        assert answer.status_code == 200 and lang in answer.content.decode(), address


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
        return len(seen)


def test_queries_do_not_grow_with_rows(cast, enter):
    client = enter(cast.xu)
    small = upload(client, GB.encode(), "a.csv")
    few = queries(client, "/imports/")
    lines = "".join(f"王{i},1381234{i:04d}\n" for i in range(1500)) + "".join(f"李{i},138\n" for i in range(300))
    large = upload(client, ("客户姓名,手机\n" + lines).encode(), "b.csv")
    assert queries(client, f"/imports/{large.pk}/") == queries(client, f"/imports/{small.pk}/") < 20
    for _ in range(5):
        upload(client, GB.encode(), "c.csv")
    assert queries(client, "/imports/") == few < 20


def test_many_refused_rows_are_shown_by_the_ten(cast, enter):
    client = enter(cast.xu)
    lines = "".join(f"李{i},138\n" for i in range(130))
    load = upload(client, ("客户姓名,手机\n" + lines).encode(), "b.csv")
    page = client.get(f"/imports/{load.pk}/")
    assert page.content.decode().count('<td class="lk-r lk-q">') == 10 and "还有 120 行" in text(page)
    page = client.get(f"/imports/{load.pk}/?rows=more")
    assert page.content.decode().count('<td class="lk-r lk-q">') == 100 and "还有 30 行" in text(page)


# ── in the browser ───────────────────────────────────────────────────────────


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_road_in_a_browser(cast, live, sign_in, axe, fits, tmp_path):
    """With keys and mouse as a person would: choose, correct a column, load, look at the result, take it back; on the phone too."""
    file = tmp_path / "滨江店_客户.xlsx"
    file.write_bytes(messy.workbook())
    sign_in(cast.xu)
    live.goto("/imports/")
    axe(live)
    live.get_by_role("link", name="导入文件").first.click()
    axe(live)
    live.get_by_label("文件", exact=True).set_input_files(str(file))
    live.get_by_role("button", name="上传，试运行").click()
    live.get_by_role("heading", name="30 行里，25 行可以导入，5 行要改").wait_for()
    axe(live)
    # A choice is as wide as its word, the arrow right behind it.
    short, long = (live.get_by_label(f"“{name}”对到").bounding_box()["width"] for name in ("电话", "建档日期"))
    assert 50 < short < long < 140
    # A changed column is read again at once, without a new page.
    live.evaluate("window.same = true")
    live.get_by_label("“建档日期”对到").select_option("")
    live.get_by_role("heading", name="30 行里，27 行可以导入，3 行要改").wait_for()
    live.get_by_label("“建档日期”对到").select_option("opened_on")
    live.get_by_role("heading", name="30 行里，25 行可以导入，5 行要改").wait_for()
    assert live.evaluate("window.same") is True
    live.get_by_role("link", name="日期读不出 2").click()
    expect(live.locator("#refused tbody tr")).to_have_count(2)
    live.set_viewport_size(PHONE)
    fits(live)
    axe(live)
    live.get_by_role("button", name="导入 25 行").click()
    live.get_by_role("heading", name="导入了 25 行，5 行要改").wait_for()
    fits(live)
    axe(live)
    live.set_viewport_size(DESKTOP)
    axe(live)
    with live.expect_download() as fetched:
        live.get_by_role("link", name="下载这 5 行改").click()
    assert fetched.value.suggested_filename == "滨江店_客户，要改的行.xlsx"
    live.get_by_role("link", name="撤销这次导入").click()
    axe(live)
    live.get_by_role("button", name="撤销这 25 条").click()
    live.get_by_role("heading", name="这次导入已撤销").wait_for()
    axe(live)
    assert Customer.objects.count() == 0


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_that_waits_opens_the_next_step_by_itself(cast, live, sign_in, axe, fits, monkeypatch, tmp_path):
    monkeypatch.setattr(wizard, "quick", lambda load: False)
    file = tmp_path / "a.csv"
    file.write_text(GB, encoding="utf-8")
    sign_in(cast.xu)
    live.goto("/imports/new/")
    live.get_by_label("文件", exact=True).set_input_files(str(file))
    live.get_by_role("button", name="上传，试运行").click()
    live.get_by_role("heading", name="正在试运行").wait_for()
    axe(live)
    live.set_viewport_size(PHONE)
    fits(live)
    assert work() == ["check_import"]
    live.get_by_role("heading", name="1 行都可以导入").wait_for()
