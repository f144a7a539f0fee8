"""核查 as the people in it meet it: the analyst calls, the supervisor reads the figures, the owner confirms what did not change."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers import actions as customers
from liuke.customers.models import Customer, FieldChange
from liuke.team.models import Company
from liuke.verification import actions, counting
from liuke.verification.actions import Said
from liuke.verification.labels import State
from liuke.verification.models import FieldCheck, SampleCard
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.verification.conftest import NOON
from tests.web.pages import text

RIGHT = Said("right")


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db) -> Cast:
    Company.objects.create(name="启程汽车服务集团")
    return assemble()


@pytest.fixture
def kept(cast) -> Customer:
    return card(
        cast.chen, "张书远", "13800001234", hobbies="钓鱼", gender="male", birth_month=8, birth_day=15, confirmed_on=date(2026, 10, 1)
    )


@pytest.fixture
def drawn(kept) -> SampleCard:
    card(kept.owner, "王淑芬", "13800005678")
    actions.draw()
    return SampleCard.objects.get(customer=kept)


def enter(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def filled(*lines) -> None:
    """Done cards of this week: (customer, checked, right)."""
    for customer, checked, right in lines:
        SampleCard.objects.filter(customer=customer).update(state=State.DONE, checked=checked, right=right)


# ── the week ─────────────────────────────────────────────────────────────────


def test_before_the_draw_the_analyst_may_draw(cast, kept):
    client = enter(cast.xu)
    assert "<h1>这周的卡还没抽</h1>" in client.get("/verification/").content.decode().replace(' class="lk-s20"', "")
    assert client.post("/verification/draw/").status_code == 302
    assert "这周 1 张，还有 1 张没核" in text(client.get("/verification/"))
    assert enter(cast.he).post("/verification/draw/").status_code == 404


def test_the_number_is_not_in_the_page_before_it_is_opened(cast, drawn):
    client = enter(cast.xu)
    page = client.get(f"/verification/?open={drawn.pk}")
    assert "138****1234" in text(page) and "138 0000 1234" not in page.content.decode() and "13800001234" not in page.content.decode()
    assert "电话：138****1234" in text(page) and "爱好：钓鱼" in text(page) and "生日：8月15日" in text(page)
    assert client.post(f"/verification/cards/{drawn.pk}/number/").status_code == 302
    assert "138 0000 1234" in text(client.get(f"/verification/?open={drawn.pk}"))
    assert AuditEntry.objects.filter(verb="card.numbers_read").exists()


def test_saving_goes_on_to_the_next_card(cast, kept, drawn):
    client = enter(cast.xu)
    client.post(f"/verification/cards/{drawn.pk}/number/")
    sent = {
        "version": "1",
        "said_name": "right",
        "said_phone": "right",
        "said_hobbies": "wrong",
        "value_hobbies": "下棋",
        "said_gender": "unreached",
    }
    answer = client.post(f"/verification/cards/{drawn.pk}/", sent)
    other = SampleCard.objects.get(customer__name="王淑芬")
    assert answer.url == f"/verification/?state=waiting&open={other.pk}"
    assert "张书远：问了 3 项，2 项对" in text(client.get(answer.url))
    kept.refresh_from_db()
    assert (kept.hobbies, CheckOut.objects.get().returned_at is not None) == ("下棋", True)
    done = text(client.get(f"/verification/?state=done&open={drawn.pk}"))
    assert "2 ÷ 3 项对" in done and "3 项里 2 项对" in done and "爱好不对，改了" in done


def test_a_refusal_keeps_what_was_typed(cast, kept, drawn):
    client = enter(cast.xu)
    answer = client.post(f"/verification/cards/{drawn.pk}/", {"version": "1", "said_phone": "wrong", "value_phone": "1380000"})
    assert answer.status_code == 422
    assert 'value="1380000"' in answer.content.decode()
    nothing = client.post(f"/verification/cards/{drawn.pk}/", {"version": "1", "said_name": "unreached"})
    assert nothing.status_code == 422 and "至少问到一项再存" in text(nothing)
    assert (FieldCheck.objects.count(), FieldChange.objects.count(), SampleCard.objects.filter(state="waiting").count()) == (0, 0, 2)


def test_nobody_answers(cast, drawn):
    client = enter(cast.xu)
    client.post(f"/verification/cards/{drawn.pk}/missed/")
    assert "没接，明天再打" in text(client.get(f"/verification/?open={drawn.pk}"))
    with time_machine.travel(NOON + timedelta(days=1)):
        client = enter(cast.xu)
        assert "没接，今天再打" in text(client.get("/verification/?state=waiting"))


def test_in_the_quiet_hours_it_says_so(cast, drawn):
    with time_machine.travel(NOON + timedelta(hours=11)):
        assert "现在是 21:00–09:00，不给客户打电话" in text(enter(cast.xu).get("/verification/"))


# ── the figures ──────────────────────────────────────────────────────────────


def test_too_few_are_not_called_a_share(cast, kept, drawn):
    filled((kept, 21, 17))
    page = text(enter(cast.xu).get("/verification/report/"))
    assert "近 13 周只核了 21 项，17 项对，样本太少，说不准" in page
    assert "17 ÷ 21 样本太少" in page
    assert "%" not in page.split("95% 的把握")[1].split("不到 60%")[0].split("17 ÷ 21")[0]


def test_accuracy_and_completeness_open_what_is_behind_them(cast, kept, drawn):
    zhou = card(cast.zhou, "刘建军", "13800003333", completeness=80)
    Customer.objects.filter(pk=kept.pk).update(completeness=40)
    SampleCard.objects.create(sample=drawn.sample, customer=zhou, owner=cast.zhou, unit=cast.jiangning)
    filled((kept, 81, 74), (zhou, 40, 40))
    counting.count(whole=False)
    client = enter(cast.he)
    assert client.get("/verification/").url == "/verification/report/"
    answer = client.get("/verification/report/")
    page, html = text(answer), answer.content.decode().replace("&amp;", "&")
    assert "卡上写的，94.2%是对的：近 13 周核了 121 项" in page
    assert "陈思远 杭州滨江店 91.4% 83.2%–95.8% 1 7" in page
    assert page.index("陈思远 杭州滨江店") < page.index("周倩文 南京江宁店")
    assert f'href="/verification/fields/?weeks=13&owner={cast.chen.pk}"' in html
    assert f'href="/verification/fields/?weeks=13&owner={cast.chen.pk}&wrong=1"' in html
    assert f'href="/customers/?owner={cast.chen.pk}&complete=0-59"' in html
    units = text(client.get("/verification/report/?by=unit&weeks=4"))
    assert "华东区 启程汽车服务集团 94.2%" in units and "杭州滨江店 华东区 91.4%" in units
    listed = text(client.get(f"/customers/?owner={cast.chen.pk}&complete=0-59"))
    assert "完整度 0% 到 59%" in listed


def test_a_supervisor_of_elsewhere_sees_none_of_it(cast, kept, drawn):
    filled((kept, 81, 74))
    cast.he.scope = cast.north
    cast.he.save()
    client = enter(cast.he)
    assert "近 13 周还没有核过卡" in text(client.get("/verification/report/"))
    assert client.get(f"/verification/fields/?unit={cast.binjiang.pk}").status_code == 404
    assert "没有核过的字段" in text(client.get(f"/verification/fields/?owner={cast.chen.pk}"))


def test_the_rows_behind_an_accuracy(cast, kept, drawn):
    actions.save(cast.xu, drawn.pk, {"name": RIGHT, "hobbies": Said("wrong", "下棋")}, 1)
    client = enter(cast.he)
    page = text(client.get(f"/verification/fields/?owner={cast.chen.pk}"))
    assert "核过 2 项" in page and "张书远 姓名 对" in page and "张书远 爱好 不对，改了" in page
    wrong = text(client.get(f"/verification/fields/?owner={cast.chen.pk}&wrong=1"))
    assert "不对的 1 项" in wrong and "张书远 姓名" not in wrong


def test_the_pages_cost_the_same_however_many(cast, drawn, django_assert_max_num_queries):
    client = enter(cast.xu)
    for place in range(12):
        one = card(cast.zhou, f"来客{place}", f"1380000{4000 + place}")
        SampleCard.objects.create(sample=drawn.sample, customer=one, owner=cast.zhou, unit=cast.jiangning)
    with django_assert_max_num_queries(20):
        client.get(f"/verification/?open={drawn.pk}")
    with django_assert_max_num_queries(16):
        client.get("/verification/report/")


# ── on the card ──────────────────────────────────────────────────────────────


def test_the_card_says_what_is_missing_and_when_it_was_checked(cast, kept, drawn):
    actions.save(cast.xu, drawn.pk, {"name": RIGHT, "phone": RIGHT, "hobbies": RIGHT}, 1)
    client = enter(cast.chen)
    answer = client.get(f"/customers/{kept.pk}/")
    assert "资料完整 53%" in text(answer)
    assert f'href="/customers/{kept.pk}/edit/?field=family#f-family"' in answer.content.decode()
    assert re.search(r"爱好\s*钓鱼 已核 11月4日", text(answer))
    form = client.get(f"/customers/{kept.pk}/edit/?field=family").content.decode()
    assert re.search(r'<details class="lk-more-f" open><summary>这个人', form)
    customers.edit(cast.chen, kept.pk, {"hobbies": "下棋"}, 1)
    assert not re.search(r"爱好\s*下棋 已核", text(client.get(f"/customers/{kept.pk}/")))


def test_a_change_is_taken_back_from_its_history(cast, kept):
    customers.edit(cast.chen, kept.pk, {"hobbies": "下棋", "phone": "13900002222"}, 1)
    client = enter(cast.chen)
    page = client.get(f"/customers/{kept.pk}/history/")
    assert "爱好：钓鱼 → 下棋" in text(page) and "138****1234 → 139****2222、138****1234" in text(page)
    assert "13900002222" not in page.content.decode()
    change = FieldChange.objects.get(field="hobbies")
    back = client.post(f"/customers/history/{change.pk}/undo/")
    assert "张书远：爱好改回去了" in text(client.get(back.url))
    kept.refresh_from_db()
    assert kept.hobbies == "钓鱼"
    client.post(f"/customers/history/{change.pk}/undo/")
    assert "后来又改过，现在是钓鱼" in text(client.get(back.url))
    assert enter(cast.xu).post(f"/customers/history/{change.pk}/undo/").status_code == 404
    assert enter(cast.ding).post(f"/customers/history/{change.pk}/undo/").status_code == 404


# ── stale cards ──────────────────────────────────────────────────────────────


@pytest.fixture
def old(cast):
    return card(cast.chen, "葛建华", "13800009012", confirmed_on=date(2026, 3, 1))


def test_stale_cards_stand_on_the_owners_day_and_in_his_list(cast, kept, old):
    client = enter(cast.chen)
    today = client.get("/today/")
    assert "您有 1 张卡超过 180 天没核实" in text(today)
    assert "/customers/?owner=me&amp;stale=1" in today.content.decode()
    listed = client.get("/customers/?owner=me&stale=1")
    assert "葛建华" in text(listed) and "张书远" not in text(listed) and "180 天没核实" in text(listed)


def test_one_click_confirms_and_one_takes_it_back(cast, old):
    client = enter(cast.chen)
    where = "/customers/?owner=me&stale=1"
    answer = client.post(f"/customers/{old.pk}/confirmation/", {"back": where})
    assert answer.url == where
    old.refresh_from_db()
    assert old.confirmed_on == date(2026, 11, 4)
    back = re.search(r'action="(/customers/\d+/confirmation/[^"]*)"', client.get(where).content.decode())[1].replace("&amp;", "&")
    assert client.post(back).url == where
    old.refresh_from_db()
    assert old.confirmed_on == date(2026, 3, 1)
    assert client.post(f"/customers/{old.pk}/confirmation/?undo=1&on=2027-01-01").status_code == 302
    assert client.post(f"/customers/{old.pk}/confirmation/?undo=1&on=yesterday").status_code == 400
    old.refresh_from_db()
    assert old.confirmed_on == date(2026, 3, 1)


# ── in the browser ───────────────────────────────────────────────────────────


@pytest.fixture
def noon_of_now():
    """The browser has its own clock: these tests stand in the present."""
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_analyst_checks_a_card(live, sign_in, axe, fits, cast, drawn):
    sign_in(cast.xu)
    live.goto("/verification/")
    axe(live)
    live.get_by_role("link", name="张书远").click()
    live.get_by_role("button", name="看全号，打电话").click()
    live.get_by_role("link", name="138 0000 1234").wait_for()
    live.get_by_role("group", name="姓名：张书远").get_by_role("radio", name="对", exact=True).check()
    hobbies = live.get_by_role("group", name="爱好：钓鱼")
    assert not live.get_by_label("爱好应该是").is_visible()
    hobbies.get_by_role("radio", name="不对", exact=True).check()
    live.get_by_label("爱好应该是").fill("下棋")
    axe(live)
    live.get_by_role("button", name="存下，核下一张").click()
    live.get_by_text("张书远：问了 2 项，1 项对").wait_for()
    assert Customer.objects.get(name="张书远").hobbies == "下棋"
    live.get_by_role("heading", name="王淑芬").wait_for()
    live.set_viewport_size(PHONE)
    fits(live)
    axe(live)
    live.goto("/verification/?state=all")
    fits(live)
    axe(live)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_owner_confirms_what_did_not_change(live, sign_in, axe, fits, cast, old):
    sign_in(cast.chen)
    live.set_viewport_size(PHONE)
    live.goto("/today/")
    live.get_by_role("link", name="1 张卡").click()
    live.get_by_role("button", name="葛建华：确认没变").wait_for()
    fits(live)
    axe(live)
    live.get_by_role("button", name="葛建华：确认没变").click()
    live.get_by_text("葛建华的资料记为今天核实").wait_for()
    assert Customer.objects.get(name="葛建华").confirmed_on == date(2026, 11, 4)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_supervisor_reads_the_accuracy(live, sign_in, axe, fits, cast, kept, drawn):
    filled((kept, 81, 74))
    counting.count(whole=True)
    sign_in(cast.he)
    live.goto("/verification/report/")
    axe(live)
    live.set_viewport_size(PHONE)
    fits(live)
    axe(live)
    live.get_by_role("link", name="91.4%").click()
    live.get_by_role("heading", name="核过 0 项").wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_card_and_its_history(live, sign_in, axe, fits, cast, kept):
    customers.edit(cast.chen, kept.pk, {"hobbies": "下棋"}, 1)
    sign_in(cast.chen)
    live.goto(f"/customers/{kept.pk}/")
    axe(live)
    live.get_by_role("link", name="家庭情况").click()
    live.get_by_label("家庭情况").wait_for()
    live.goto(f"/customers/{kept.pk}/history/")
    axe(live)
    live.set_viewport_size(PHONE)
    fits(live)
    live.get_by_role("button", name="撤销：爱好").click()
    live.get_by_text("张书远：爱好改回去了").wait_for()
