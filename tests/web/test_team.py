"""People and units, as the administrator works with them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.team import actions
from liuke.team.labels import Role
from liuke.team.models import Company, Unit, User
from tests.browser import PHONE
from tests.cast import Cast, assemble

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    return assemble()


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.root, backend=BACKEND)
    return client


def told(client: Client, address: str = "/team/") -> str:
    """The line after an act."""
    found = re.search(r'<div class="lk-undo" data-lk-undo><span>(.*?)</span>', client.get(address).content.decode())
    return found[1] if found else ""


def refusal(answer: Any) -> str:
    assert answer.status_code == 422
    found = re.search(r'role="alert"><div class="lk-note lk-bad">.*?<span>(.*?)</span>', answer.content.decode(), re.DOTALL)
    assert found
    return found[1]


def test_everybody_by_unit(admin: Client, cast: Cast) -> None:
    actions.deactivate(cast.root, cast.lin)
    page = admin.get("/team/").content.decode()
    assert "<h1>8 人在用，1 人已停用</h1>" in page
    assert "启程汽车服务集团，6 个单位" in page
    assert re.search(r"林倩.*?已停用", page, re.DOTALL)


def test_the_page_asks_no_more_with_more_people(admin: Client, cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            admin.get("/team/")
        return len(asked)

    few = queries()
    for n in range(30):
        User.objects.create(username=f"u{n}", name=f"新人{n}", role=Role.REP, unit=cast.binjiang, scope=cast.east)
    Unit.objects.create(name="苏州园区店", kind="store", parent=cast.east)
    assert queries() == few


def test_adding_a_person(admin: Client, cast: Cast) -> None:
    answer = admin.post("/team/people/new/", {"username": "luqi", "name": "陆琪", "role": "rep", "unit": cast.binjiang.pk, "scope": ""})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    password = re.search(r'id="password">([a-z0-9]{12})<', answer.content.decode())
    assert password
    made = User.objects.get(username="luqi")
    assert made.check_password(password[1])
    assert made.password_given
    assert password[1] not in admin.get(f"/team/people/{made.pk}/").content.decode(), "shown once"


def test_a_person_who_cannot_be_added(admin: Client, cast: Cast) -> None:
    before = User.objects.count()
    answer = admin.post("/team/people/new/", {"username": "linqian", "name": "林倩二", "role": "rep", "unit": cast.binjiang.pk})
    assert refusal(answer) == "登录名“linqian”已经有人用。"
    assert 'value="林倩二"' in answer.content.decode(), "what was typed is kept"
    nowhere = admin.post("/team/people/new/", {"username": "new", "name": "新人", "role": "rep", "unit": "x"})
    assert refusal(nowhere) == "请给“新人”选一个单位。"
    assert User.objects.count() == before


def test_changing_a_person(admin: Client, cast: Cast) -> None:
    address = f"/team/people/{cast.chen.pk}/"
    answer = admin.post(address, {"name": "陈思远", "role": "supervisor", "unit": cast.east.pk, "scope": ""})
    assert answer["Location"] == address
    assert told(admin, address) == "陈思远的资料存好了"
    cast.chen.refresh_from_db()
    assert (cast.chen.role, cast.chen.unit) == ("supervisor", cast.east)


def test_nobody_promotes_himself_by_adding_fields(admin: Client, cast: Cast) -> None:
    before = User.objects.filter(pk=cast.chen.pk).values().get()
    more = {"is_superuser": "1", "is_staff": "1", "username": "root", "is_active": ""}
    admin.post(f"/team/people/{cast.chen.pk}/", {"name": "陈思远", "role": "rep", "unit": cast.binjiang.pk, **more})
    assert User.objects.filter(pk=cast.chen.pk).values().get() == before
    own = admin.post(f"/team/people/{cast.root.pk}/", {"name": "管理员", "role": "manager", "unit": cast.group.pk})
    assert refusal(own) == "不能改自己的岗位，请另一位管理员来改。"


def test_letting_go_and_back(admin: Client, cast: Cast) -> None:
    address = f"/team/people/{cast.chen.pk}/"
    rep = Client()
    rep.force_login(cast.chen, backend=BACKEND)
    assert admin.post(f"{address}leave/")["Location"] == address
    assert told(admin, address) == "陈思远停用了，登录已断开"
    assert rep.get("/me/").status_code == 302
    assert "已停用" in admin.get(address).content.decode()
    admin.post(f"{address}back/")
    assert told(admin, address) == "陈思远恢复了，用原来的密码登录"
    assert User.objects.get(pk=cast.chen.pk).is_active


def test_a_refused_act_is_said(admin: Client, cast: Cast) -> None:
    address = f"/team/people/{cast.root.pk}/"
    for act, said in (
        ("leave", "不能停用自己。"),
        ("password", "自己的密码请在“我”那一页改。"),
        ("two-factor", "自己的两步验证请在“我”那一页关。"),
    ):
        admin.post(f"{address}{act}/")
        assert told(admin, address) == said
    assert User.objects.get(pk=cast.root.pk).is_active


def test_a_new_password(admin: Client, cast: Cast) -> None:
    answer = admin.post(f"/team/people/{cast.chen.pk}/password/")
    password = re.search(r'id="password">([a-z0-9]{12})<', answer.content.decode())
    assert password
    assert User.objects.get(pk=cast.chen.pk).check_password(password[1])


def test_units(admin: Client, cast: Cast) -> None:
    admin.post("/team/units/new/", {"name": "苏州园区店", "kind": "store", "parent": cast.east.pk})
    suzhou = Unit.objects.get(name="苏州园区店")
    assert told(admin) == "加了苏州园区店"
    admin.post(f"/team/units/{suzhou.pk}/", {"name": "苏州工业园店", "kind": "store", "parent": cast.north.pk})
    suzhou.refresh_from_db()
    assert (suzhou.name, suzhou.path) == ("苏州工业园店", f"{cast.north.path}{suzhou.pk}/")
    under_itself = admin.post(f"/team/units/{cast.east.pk}/", {"name": "华东区", "kind": "region", "parent": cast.binjiang.pk})
    assert refusal(under_itself) == "不能移到自己下面。"
    form = admin.get(f"/team/units/{cast.east.pk}/").content.decode()
    assert f'value="{cast.binjiang.pk}"' not in form, "a place under itself is not even offered"


def test_the_company(admin: Client, cast: Cast) -> None:
    admin.post("/team/company/", {"name": "启程汽车", "pack": "retail"})
    assert Company.objects.values_list("name", "pack").get() == ("启程汽车", "retail")
    assert refusal(admin.post("/team/company/", {"name": "", "pack": "retail"})) == "请写公司名称。"
    assert refusal(admin.post("/team/company/", {"name": "启程", "pack": "nope"})) == "没有叫“nope”的行业包。"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_people(live: Any, axe: Any, fits: Any, sign_in: Any, theme: str) -> None:
    Company.objects.create(name="启程汽车服务集团")
    cast = assemble()
    actions.deactivate(cast.root, cast.lin)
    sign_in(cast.root)
    live.emulate_media(color_scheme=theme)
    person, unit = f"/team/people/{cast.lin.pk}/", f"/team/units/{cast.east.pk}/"
    for size in (PHONE, {"width": 1440, "height": 900}):
        live.set_viewport_size(size)
        for address in ("/team/", "/team/people/new/", person, unit, "/team/company/"):
            live.goto(address)
            axe(live)
            fits(live)
