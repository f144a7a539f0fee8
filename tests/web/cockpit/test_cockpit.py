"""The cockpit: the finding as a sentence, every number opens its list, and the list holds exactly so many."""

import re
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from liuke.customers.models import Customer
from liuke.packs.loader import load_pack
from liuke.standing import actions
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from tests.standing.conftest import AS_OF, Bought, bought, chen_siyuan, deal, happened, insured, mirror_folder, store

__all__ = ["bought", "chen_siyuan", "mirror_folder", "store"]
pytestmark = pytest.mark.django_db
AUTO = load_pack("auto_dealer")
LINK = re.compile(r'<a class="lk-n[^"]*" href="(/customers/[^"]*)"[^>]*>(?:<b>)?([\d,]+)(?:</b>)?</a>')


@pytest.fixture
def company(bought: Bought, chen_siyuan: User) -> User:
    """A month with everything in it; the general manager looks."""
    came = bought("来过", 434, 360, 286, 212, 138, 64)
    gone, back = bought("走了", 400, 300, 45), bought("回来", 400, 300, 100)
    happened(back, "told_leaving", 60)
    slipping = bought("在走", 500, 400, 100, cents=120_000)
    bought("没买过", opened=200)
    bought("新建档", opened=5)
    with time_machine.travel("2026-10-31T10:00:00+08:00", tick=False):
        actions.run(date(2026, 10, 31), AUTO)
    deal(came, 3)
    deal(back, 2)
    happened(gone, "moved_away", 1)
    insured(slipping, -40)
    Customer.objects.filter(name="没买过").update(owner=None)
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF, AUTO)
    return User.objects.create(username="zhaoguoping", name="赵国平", role=Role.MANAGER, unit=chen_siyuan.unit)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False)
def test_every_number_opens_a_list_of_exactly_so_many(company: User) -> None:
    client = signed_in(company)
    found = LINK.findall(page(client, "/cockpit/"))
    assert len(found) >= 12
    for address, number in found:
        listed = re.search(r"([\d,]+) 位", page(client, address.replace("&amp;", "&")).split("lk-foot", 1)[-1])
        assert listed, address
        assert listed.group(1) == number, address


@time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False)
def test_the_title_is_the_finding(company: User) -> None:
    text = re.sub(r"<[^>]+>", "", page(signed_in(company), "/cockpit/"))
    assert "档案 6 位，本月成交 2 位。没来的 4 位里，" in text
    assert "账是平的：4 ＋新 1 ＋回 1 −失 1 ＝ 5" in text


@time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False)
def test_a_unit_out_of_sight_does_not_exist(company: User) -> None:
    other = Unit.objects.create(name="成都高新店")
    client = signed_in(company)
    assert client.get(f"/cockpit/?unit={other.pk}").status_code == 404
    assert client.get("/cockpit/?unit=x").status_code == 404
    assert client.get(f"/cockpit/?unit={company.unit_id}").status_code == 200


def test_before_the_first_run_it_says_what_will_be_here(store: Unit) -> None:
    analyst = User.objects.create(username="xuwentao", name="许文涛", role=Role.ANALYST, unit=store)
    text = page(signed_in(analyst), "/cockpit/")
    assert "还没有算过" in text
    assert "导入文件" in text
