"""An organisation on its card: its people, masked until the card is taken out; what belongs to what, as far as the reader sees."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.custody.actions import check_out
from liuke.customers.models import Contact, Customer, FieldChange
from liuke.customers.organisations import add_contact
from liuke.privacy.erasing import erase
from liuke.standing.models import Book, Run, Standing
from tests.browser import PHONE
from tests.cast import assemble, card
from tests.web.pages import text

pytestmark = pytest.mark.django_db
WANG = {"name": "王建国", "title": "采购经理", "phone": "13812345678", "wechat": "wang_jg", "remarks": ""}


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def company(cast):
    return card(cast.chen, "杭州启明物流有限公司", kind="organisation")


def enter(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def panel(client, pk) -> str:
    body = client.get(f"/customers/{pk}/").content.decode()
    part = body[body.index('id="lk-organisation"') : body.index('id="lk-consents"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", part))


def stand(*rows) -> None:
    today, now = date.today(), timezone.now()
    book = Book.objects.create(began_on=today)
    Run.objects.create(as_of=today, book=book, pack="auto_dealer", started_at=now, finished_at=now, customers=len(rows))
    for customer, cents in rows:
        Standing.objects.create(
            book=book, customer=customer, since=today, amount_12m_cents=cents, abc="A", type="general", stage="A", stage_by_rule="A",
            stage_code="A.first", first_deal=today, last_deal=today, deal_days=1, stage_since=today, rule_since=today,
        )  # fmt: skip


def test_numbers_are_masked_until_the_card_is_out(cast, company):
    client = enter(cast.chen)
    answer = client.post(f"/customers/{company.pk}/contacts/new/", WANG, follow=True)
    assert "杭州启明物流有限公司：加了联系人" in text(answer)
    assert "13812345678" not in answer.content.decode()
    assert "王建国 采购经理138****5678 w***" in panel(client, company.pk)
    check_out(cast.chen, company.pk, "打电话")
    assert "138 1234 5678 wang_jg" in panel(client, company.pk)
    assert "138****5678" in panel(enter(cast.he), company.pk)


def test_a_contact_is_changed_removed_and_brought_back(cast, company):
    client = enter(cast.chen)
    add_contact(cast.chen, company.pk, WANG)
    there = Contact.objects.get()
    form = client.get(f"/contacts/{there.pk}/edit/")
    assert "现在是 138****5678" in text(form)
    assert "13812345678" not in form.content.decode()
    client.post(f"/contacts/{there.pk}/edit/", WANG | {"title": "总经理", "phone": "", "wechat": ""})
    there.refresh_from_db()
    assert (there.title, there.phone) == ("总经理", "+8613812345678")
    assert "去掉了联系人王建国" in text(client.post(f"/contacts/{there.pk}/removal/", follow=True))
    assert not Contact.objects.exists()
    change = FieldChange.objects.order_by("-pk").first()
    assert "撤销了杭州启明物流有限公司联系人的改动" in text(client.post(f"/contact-changes/{change.pk}/undo/", follow=True))
    assert Contact.objects.get(pk=there.pk).title == "总经理"
    again = text(client.post(f"/contact-changes/{change.pk}/undo/", follow=True))
    assert "这位联系人后来又改过，没有撤销。" in again


def test_a_wrong_contact_is_refused_beside_its_field(cast, company):
    answer = enter(cast.chen).post(f"/customers/{company.pk}/contacts/new/", WANG | {"name": "", "person": "K999"})
    assert answer.status_code == 422
    assert "请填联系人的姓名。" in text(answer)
    assert "没有找到编号是“K999”的客户。" in text(answer)
    assert not Contact.objects.exists()


def test_a_contact_s_own_card_and_the_organisation_lead_to_each_other(cast, company):
    person = card(cast.chen, "王建国", "13812345678")
    far = card(cast.ding, "葛建华")
    add_contact(cast.chen, company.pk, WANG | {"person": person.number})
    Contact.objects.create(customer=company, person=far, name="葛建华")
    body = enter(cast.chen).get(f"/customers/{company.pk}/").content.decode()
    assert f'<a href="/customers/{person.pk}/">王建国</a>' in body
    assert f"/customers/{far.pk}/" not in body
    assert "杭州启明物流有限公司采购经理" in panel(enter(cast.chen), person.pk)
    assert "杭州启明物流有限公司" not in enter(cast.ding).get(f"/customers/{far.pk}/").content.decode()


def test_the_tree_sums_what_the_reader_sees_and_opens_the_list_behind(cast, company):
    group = card(cast.chen, "启明集团", kind="organisation")
    Customer.objects.filter(pk=company.pk).update(parent=group)
    child = card(cast.zhou, "启明南京", kind="organisation", parent=company)
    stand((group, 100_000), (company, 200_000), (child, 400_000))
    assert "连下级 2 家，12 个月¥7,000" in panel(enter(cast.he), group.pk)
    assert "连下级 1 家，12 个月¥3,000" in panel(enter(cast.chen), group.pk)
    listed = text(enter(cast.he).get(f"/customers/?parent={group.pk}"))
    assert all(name in listed for name in ("启明集团", "杭州启明物流有限公司", "启明南京"))
    assert "启明集团和下级" in listed
    mine = enter(cast.chen).get(f"/customers/?parent={group.pk}").content.decode()
    assert "启明南京" not in mine


def test_what_belongs_to_a_card_out_of_sight_is_not_told(cast, company):
    far = card(cast.ding, "北京远方公司", kind="organisation")
    Customer.objects.filter(pk=company.pk).update(parent=far)
    client = enter(cast.chen)
    assert "北京远方公司" not in client.get(f"/customers/{company.pk}/").content.decode()
    listed = text(client.get(f"/customers/?parent={far.pk}"))
    assert "杭州启明物流有限公司" not in listed
    assert "没有这家" in listed


def test_a_parent_is_set_and_put_back(cast, company):
    group = card(cast.chen, "启明集团", kind="organisation")
    client = enter(cast.chen)
    answer = client.post(f"/customers/{company.pk}/parent/", {"number": group.number}, follow=True)
    assert "杭州启明物流有限公司的上级单位改好了" in text(answer)
    assert "上级启明集团" in panel(client, company.pk)
    refused = client.post(f"/customers/{group.pk}/parent/", {"number": company.number})
    assert refused.status_code == 422
    assert "它已经在这家下面，不能反过来当它的上级。" in text(refused)
    client.post(f"/customers/{company.pk}/parent/?undo=1&number=")
    assert Customer.objects.get(pk=company.pk).parent is None


def test_an_erased_contact_is_gone_from_the_organisation_and_its_history(cast, company):
    person = card(cast.chen, "王建国", "13812345678")
    change = add_contact(cast.chen, company.pk, WANG | {"person": person.number})
    erase(cast.fang, person.pk, "客户来信要求", person.number)
    assert not Contact.objects.exists()
    assert not FieldChange.objects.filter(pk=change.pk).exists()
    assert enter(cast.chen).post(f"/contact-changes/{change.pk}/undo/").status_code == 404
    assert "还没有联系人" in panel(enter(cast.chen), company.pk)


def test_the_card_takes_as_many_queries_for_ten_contacts_as_for_one(cast, company):
    Contact.objects.create(customer=company, name="联系人", person=card(cast.chen, "王建国"))
    client = enter(cast.chen)
    client.get(f"/customers/{company.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/customers/{company.pk}/")
    for place in range(9):
        Contact.objects.create(customer=company, name=f"联系人{place}", person=card(cast.chen, f"客户{place}"))
    with CaptureQueriesContext(connection) as many:
        client.get(f"/customers/{company.pk}/")
    assert len(many) == len(few)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_the_browser(live, sign_in, axe, fits, cast, company, theme):
    group = card(cast.chen, "启明集团", kind="organisation")
    Customer.objects.filter(pk=company.pk).update(parent=group)
    stand((group, 100_000), (company, 200_000))
    live.emulate_media(color_scheme=theme)
    sign_in(cast.chen)
    live.goto(f"/customers/{company.pk}/")
    live.locator("#lk-organisation").get_by_role("link", name="加一位").click()
    axe(live)
    live.get_by_label("姓名", exact=True).fill("王建国")
    live.get_by_label("电话", exact=True).fill("138 1234 5678")
    live.get_by_role("button", name="加上").click()
    live.wait_for_selector("#lk-undo >> text=加了联系人")
    assert "138****5678" in live.locator("#lk-organisation").inner_text()
    axe(live)
    live.get_by_role("button", name="撤销").click()
    live.wait_for_selector("#lk-undo >> text=撤销了杭州启明物流有限公司联系人的改动")
    assert not Contact.objects.exists()
    for width in (PHONE, {"width": 1440, "height": 900}):
        live.set_viewport_size(width)
        live.goto(f"/customers/{group.pk}/")
        fits(live)
        axe(live)
