"""Personal data as the custodian meets it: the card's panel, the file, the erasure, the periods."""

import io
import re
import zipfile
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.duplicates.models import DuplicatePair
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.privacy.models import Consent, PersonalRequest, RetentionRule, RetentionRun
from liuke.privacy.retention import apply
from liuke.team.models import User
from tests.browser import PHONE
from tests.cast import assemble, card
from tests.web.pages import text

pytestmark = pytest.mark.django_db
LONG_AGO = date(2019, 3, 5)


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def person(cast):
    return card(cast.chen, "张书远", "13812345678", wechat="zhang_sy")


def old(cast, name, **fields) -> Customer:
    made = card(cast.chen, name, opened_on=LONG_AGO, **fields)
    Customer.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=2500))
    return made


def enter(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_card_shows_every_purpose_and_what_it_rests_on(cast, person):
    page = text(enter(cast.chen).get(f"/customers/{person.pk}/"))
    panel = page[page.index("同意与偏好") :]
    for word in ("打电话", "发微信", "优惠和活动", "邮寄信函", "发短信", "满意度调查"):
        assert word in panel
    assert panel.count("没问过") == 6
    assert "一般可以，他说不要就停" in panel and "没有反对" not in panel


def test_a_word_is_written_down_from_the_card_and_taken_back(cast, person):
    client = enter(cast.chen)
    said = {"purpose": "marketing", "given": "0", "source": "spoken", "on": clock.today().isoformat()}
    answer = client.post(f"/customers/{person.pk}/consents/new/", said, follow=True)
    assert "张书远：不同意优惠和活动" in text(answer)
    page = text(answer)
    assert page.count("他不要优惠和活动，这一项也算在内") == 2
    row = Consent.objects.get()
    assert (row.given, row.source, row.on, row.by) == (False, "spoken", clock.today(), cast.chen)
    assert "撤销了张书远的这一条" in text(client.post(f"/consents/{row.pk}/undo/", follow=True))
    row.refresh_from_db()
    assert row.undone_at is not None
    assert "这一条已经撤销过了。" in text(client.post(f"/consents/{row.pk}/undo/", follow=True))


def test_a_wrong_word_is_refused_beside_its_field(cast, person):
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    answer = enter(cast.chen).post(
        f"/customers/{person.pk}/consents/new/", {"purpose": "mail", "given": "1", "source": "spoken", "on": tomorrow}
    )
    assert answer.status_code == 422
    assert "日期在今天以后。" in text(answer)
    assert not Consent.objects.exists()


def test_who_may_not_record_reads(cast, person):
    client = enter(cast.xu)
    answer = client.get(f"/customers/{person.pk}/consents/")
    assert answer.status_code == 200
    assert "记成同意" not in text(answer)
    assert client.post(f"/customers/{person.pk}/consents/new/", {"purpose": "mail", "given": "1", "source": "spoken"}).status_code == 404
    assert not Consent.objects.exists()


def test_the_file_is_handed_to_who_asked_and_kept_nowhere(cast, person):
    client = enter(cast.fang)
    page = text(client.get(f"/customers/{person.pk}/personal-file/"))
    assert "把张书远的全部资料做成文件" in page
    answer = client.post(f"/customers/{person.pk}/personal-file/", {"reason": "本人到店要的"})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert "138 1234 5678" in packed.read("个人信息.json").decode()
    assert PersonalRequest.objects.get().reason == "本人到店要的"
    assert "本人到店要的" in text(client.get(f"/customers/{person.pk}/personal-file/"))


def test_without_a_reason_there_is_no_file(cast, person):
    answer = enter(cast.fang).post(f"/customers/{person.pk}/personal-file/", {"reason": ""})
    assert answer.status_code == 422
    assert "请写给谁、做什么用" in text(answer)
    assert not PersonalRequest.objects.exists()
    assert not AuditEntry.objects.filter(verb="privacy.file").exists()


def test_the_erasure_says_what_it_will_do_and_does_it(cast, person):
    client = enter(cast.fang)
    Deal.objects.create(customer=person, on=clock.today(), amount_cents=1000, unit=person.unit)
    page = text(client.get(f"/customers/{person.pk}/erasure/"))
    assert "电话删掉 1 条" in page
    assert "成交留着 1 条" in page
    assert "删了不能恢复" in page
    wrong = client.post(f"/customers/{person.pk}/erasure/", {"reason": "客户来信要求", "number": "K1"})
    assert wrong.status_code == 422
    assert f"客户编号不对。请照着写：{person.number}" in text(wrong)
    assert Customer.objects.get(pk=person.pk).name == "张书远"
    done = client.post(f"/customers/{person.pk}/erasure/", {"reason": "客户来信要求", "number": person.number}, follow=True)
    assert f"{person.number}的个人信息已经删除" in text(done)
    assert f"<h1>已删除 {person.number}</h1>" in done.content.decode()
    assert "删除了个人信息，只留成交和金额。" in text(done)
    again = client.post(f"/customers/{person.pk}/erasure/", {"reason": "客户来信要求", "number": person.number})
    assert again.status_code == 422
    assert "已经删除过了" in text(again)
    assert PersonalRequest.objects.filter(kind="erasure").count() == 1


def test_the_page_tells_the_finding_the_requests_and_the_withdrawals(cast, person):
    old(cast, "李建国")
    client = enter(cast.fang)
    client.post(f"/customers/{person.pk}/personal-file/", {"reason": "本人到店要的"})
    enter(cast.chen).post(
        f"/customers/{person.pk}/consents/new/",
        {"purpose": "sms", "given": "0", "source": "written", "on": clock.today().isoformat()},
    )
    answer = client.get("/privacy/")
    page = text(answer)
    assert "<h1>1 位客户过了保存期限，等您看</h1>" in answer.content.decode()
    assert "要了自己的资料" in page
    assert "不同意发短信" in page
    assert "1,095 天" in page


def test_days_are_changed_and_put_back(cast):
    client = enter(cast.fang)
    answer = client.post("/privacy/rules/interaction_texts/", {"days": "730", "on": "1"}, follow=True)
    assert "联系记录里写的话留 730 天" in text(answer)
    row = RetentionRule.objects.get()
    assert (row.key, row.days, row.on, row.by) == ("interaction_texts", 730, True, cast.fang)
    assert AuditEntry.objects.get(verb="privacy.rule").detail == {"rule": "interaction_texts", "old": 1825, "new": 730}
    client.post("/privacy/rules/interaction_texts/back/1825/1/")
    assert RetentionRule.objects.get().days == 1825
    wrong = client.post("/privacy/rules/interaction_texts/", {"days": "0", "on": "1"})
    assert wrong.status_code == 422
    assert RetentionRule.objects.get().days == 1825


def test_prospects_are_listed_ticked_and_erased(cast, person):
    li, zhao = old(cast, "李建国"), old(cast, "赵新民")
    client = enter(cast.fang)
    page = text(client.get("/privacy/rules/prospects/"))
    assert "李建国" in page
    assert "张书远" not in page
    wrong = client.post("/privacy/prospects/erasure/", {"pick": [li.pk, person.pk], "reason": "过了保存期限", "sure": "1"})
    assert wrong.status_code == 422
    assert Customer.objects.get(pk=li.pk).name == "李建国"
    done = client.post("/privacy/prospects/erasure/", {"pick": [li.pk, person.pk], "reason": "过了保存期限", "sure": "2"}, follow=True)
    assert "删除了 1 位的个人信息，1 位没动" in text(done)
    assert Customer.objects.get(pk=li.pk).erased
    assert not Customer.objects.get(pk=zhao.pk).erased
    assert not Customer.objects.get(pk=person.pk).erased


def test_the_history_says_what_was_dropped(cast, person):
    at = timezone.now() - timedelta(days=2000)
    Interaction.objects.create(customer=person, at=at, on=at.date(), way="phone", outcome="reached", summary="问了保养", by=cast.chen)
    page = text(enter(cast.fang).get("/privacy/rules/interaction_texts/"))
    assert "张书远" in page
    apply()
    assert RetentionRun.objects.get().counts["interaction_texts"] == 1
    assert "联系记录里写的话 1 条" in text(enter(cast.fang).get("/privacy/"))


def test_the_number_of_queries_does_not_grow_with_rows(cast, person, django_assert_max_num_queries):
    client = enter(cast.fang)
    for name in ("李建国", "赵新民", "孙玉兰", "周春来"):
        old(cast, name)
    with django_assert_max_num_queries(40):
        client.get("/privacy/")
    with django_assert_max_num_queries(40):
        client.get("/privacy/rules/prospects/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_the_browser_a_word_takes_two_clicks(live, sign_in, axe, fits, cast, person, theme):
    live.emulate_media(color_scheme=theme)
    sign_in(cast.chen)
    live.goto(f"/customers/{person.pk}/")
    line = live.locator("#lk-consents details", has_text="邮寄信函")
    line.locator("summary").click()
    axe(live)
    line.get_by_role("button", name="不同意").click()
    live.wait_for_selector("#lk-undo >> text=张书远：不同意邮寄信函")
    assert not Consent.objects.get().given
    live.locator("#lk-undo").get_by_role("button", name="撤销").click()
    live.wait_for_selector("#lk-undo >> text=撤销了张书远的这一条")
    live.set_viewport_size(PHONE)
    live.goto(f"/customers/{person.pk}/")
    fits(live)
    live.goto(f"/customers/{person.pk}/consents/")
    fits(live)
    axe(live)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_the_browser_the_custodian_goes_through_the_periods_and_an_erasure(live, sign_in, axe, fits, cast, person, theme):
    old(cast, "李建国")
    live.emulate_media(color_scheme=theme)
    sign_in(cast.fang)
    live.goto("/privacy/")
    axe(live)
    fits(live)
    live.get_by_role("link", name="没买过，也没联系的客户").click()
    axe(live)
    live.goto(f"/customers/{person.pk}/erasure/")
    axe(live)
    live.get_by_label("为什么删除").fill("客户来信要求")
    live.get_by_label(f"照着写客户编号：{person.number}").fill(person.number)
    live.get_by_role("button", name=f"删除 {person.number}的个人信息").click()
    live.wait_for_selector(f"h1 >> text=已删除 {person.number}")
    axe(live)
    for address in ("/privacy/", "/privacy/rules/prospects/", f"/customers/{person.pk}/"):
        live.set_viewport_size(PHONE)
        live.goto(address)
        fits(live)
        axe(live)


def twins(cast, person) -> Customer:
    """Another card that may be the same person, and one out of the reader's hands that is not."""
    other = card(cast.zhou, "张书远", "13900005678", number="K004595")
    DuplicatePair.objects.create(a=min(person, other, key=lambda one: one.pk), b=max(person, other, key=lambda one: one.pk), score=0.7)
    return other


def test_the_erasure_names_the_other_card_of_a_pair_before_and_after(cast, person):
    other = twins(cast, person)
    decided = card(cast.zhou, "张舒远", number="K7")
    DuplicatePair.objects.create(a=person, b=decided, score=0.6, state="apart")
    client, where = enter(cast.fang), f"/customers/{person.pk}/erasure/"
    before = client.get(where)
    assert "还有 1 张卡可能是同一个人：K004595。不会一起删，是同一个人的话请也去删。" in text(before)
    assert f'<a href="/customers/{other.pk}/">K004595</a>' in before.content.decode()
    after = client.post(where, {"reason": "客户来信要求", "number": person.number}, follow=True)
    assert "还有 1 张卡可能是同一个人：K004595，没有一起删。" in text(after)
    assert f'<a href="/customers/{other.pk}/">K004595</a>' in after.content.decode()
    assert not DuplicatePair.objects.filter(state="open").exists()
    other.refresh_from_db()
    assert (other.name, other.erased) == ("张书远", False)
    client.post(f"/customers/{other.pk}/erasure/", {"reason": "客户来信要求", "number": other.number})
    assert "可能是同一个人" not in text(client.get(where))
    stranger = enter(cast.fang)
    assert "可能是同一个人" not in text(stranger.get(where))


def test_a_card_out_of_sight_is_not_named_at_an_erasure(cast, person):
    twins(cast, person)
    User.objects.filter(pk=cast.fang.pk).update(unit=cast.binjiang)
    assert "可能是同一个人" not in text(enter(User.objects.get(pk=cast.fang.pk)).get(f"/customers/{person.pk}/erasure/"))


def inside(answer) -> str:
    """The page without the frame, whose list of keys has words of every page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.findall(r"(?s)<main.*</main>", answer.content.decode())[0]))


def test_an_erased_card_shows_the_money_and_asks_for_nothing(cast, person):
    Deal.objects.create(customer=person, on=date(2026, 3, 5), amount_cents=128_000, unit=person.unit)
    client = enter(cast.fang)
    client.post(f"/customers/{person.pk}/erasure/", {"reason": "客户来信要求", "number": person.number})
    answer = client.get(f"/customers/{person.pk}/")
    page, code = inside(answer), answer.content.decode()
    assert "删除了个人信息，只留成交和金额。" in page and "¥1,280" in page
    for word in ("完整 ", "没核实过", "今天核实", "导出他的全部资料", "同意与偏好", "改资料", "借卡", "下次联系", "没有电话", "他这个人"):
        assert word not in page, word
    for address in ("personal-file", "consents", "confirmation", "/edit/"):
        assert f"/customers/{person.pk}/{address}" not in code
    assert client.get(f"/customers/{person.pk}/personal-file/").status_code == 404
    assert client.post(f"/customers/{person.pk}/personal-file/", {"reason": "本人到店要的"}).status_code == 404
    assert client.get(f"/customers/{person.pk}/consents/").status_code == 404
    sales = enter(cast.chen)
    own = inside(sales.get(f"/customers/{person.pk}/"))
    for word in ("记一笔", "记一单", "改资料", "今天核实", "补一句"):
        assert word not in own, word
    assert "个人信息已经删除，卡上不能再写" in text(sales.post(f"/customers/{person.pk}/confirmation/", follow=True))
    assert Customer.objects.get(pk=person.pk).confirmed_on is None
