"""The list, the card, entry, hand-over and search as each person meets them."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers.models import Contact, Customer, Event, FieldChange, Phone
from liuke.deals.actions import enter_asset, enter_contract, enter_deal
from liuke.deals.models import Contract, Deal
from liuke.interactions.models import Interaction
from liuke.keepers.models import HandOver
from liuke.kernel import clock
from liuke.segments.models import SavedView
from liuke.standing.models import Signal, StageChange, Standing
from liuke.team.queries import pack
from tests.cast import assemble, card
from tests.standing_rows import a_run, a_standing

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cast():
    return assemble()


def browser(user):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def text(answer):
    return answer.content.decode()


def judged(customer, run, **columns):
    values = {
        "last_deal": run.as_of - timedelta(days=212), "deal_days": 16, "amount_12m_cents": 682000, "cycle_days": 74.0,
        "due_on": run.as_of - timedelta(days=138), "abc": "A", "attitude": "switcher", "type": "key", "stage": "D", "stage_by_rule": "D",
        "stage_code": "D.elapsed", "stage_since": run.as_of, "rule_since": run.as_of, "leave_share": 0.68, "expected_cents": 740000,
        "value_at_risk_cents": 503200, **columns,
    }  # fmt: skip
    return a_standing(run, customer, **values)


@pytest.fixture
def run():
    return a_run(clock.today())


# ── the list ─────────────────────────────────────────────────────────────────


def test_the_list_shows_what_insight_said_most_at_risk_first(cast, run):
    judged(card(cast.chen, "张书远", "13812345678"), run)
    judged(card(cast.chen, "葛建华", "13800001111"), run, value_at_risk_cents=487000, abc="B", stage="C")
    page = text(browser(cast.he).get("/customers/"))
    assert page.index("张书远") < page.index("葛建华")
    assert "¥5,032" in page and "212 天前" in page and "2.9" in page
    assert "2 位" in page and "¥9,902" in page
    assert "13812345678" not in page and "138 1234 5678" not in page


FILTERS = [
    ("", {"张书远", "葛建华", "罗志强", "田伟", "新来的"}),
    ("grade=A", {"张书远", "田伟"}),
    ("grade=A,B&stage=D", {"张书远"}),
    ("stage=C", {"葛建华"}),
    ("type=key", {"张书远", "葛建华", "田伟"}),
    ("attitude=loyal", {"罗志强"}),
    ("last=180-", {"张书远", "葛建华", "罗志强"}),
    ("last=-30", {"田伟"}),
    ("last=never", set()),
    ("risk=4000", {"张书远", "葛建华"}),
    ("owner=none", {"田伟"}),
    ("signal=insurance_30", {"张书远"}),
    ("expires=insurance:60", {"罗志强"}),
    ("expires=30", {"罗志强"}),
    ("tier=gold", {"葛建华"}),
    ("next=today", {"葛建华"}),
    ("next=late", {"田伟"}),
    ("outcome=came", {"田伟"}),
    ("outcome=overdue", {"张书远", "葛建华"}),
    ("moved=lost", {"罗志强"}),
    ("then=C&stage=D", {"张书远"}),
    ("q=zsy", {"张书远"}),
    ("q=zsy&grade=B", set()),
    ("kind=organisation", set()),
    ("grade=Z&nonsense=1", {"张书远", "葛建华", "罗志强", "田伟", "新来的"}),
]


@pytest.mark.parametrize("few", [5000, 0], ids=["sorted", "walked"])
def test_the_gone_are_no_risk(cast, run, few, monkeypatch):
    monkeypatch.setattr("liuke.segments.queries.FEW", few)
    monkeypatch.setattr("liuke.segments.queries.PAGE", 2)
    luo = card(cast.zhou, "罗志强")
    judged(luo, run, stage="E", value_at_risk_cents=9_990_000)
    judged(card(cast.zhou, "彭玉兰"), run, stage="E", value_at_risk_cents=8_880_000)
    judged(card(cast.chen, "张书远"), run)
    judged(card(cast.chen, "葛建华"), run, value_at_risk_cents=487000, stage="C")
    judged(card(cast.chen, "田伟"), run, value_at_risk_cents=0, stage="A")
    client = browser(cast.he)
    for sort, order in (("-risk", "张书远 葛建华 田伟 罗志强 彭玉兰"), ("risk", "田伟 葛建华 张书远 彭玉兰 罗志强")):
        pages = [text(client.get(f"/customers/?sort={sort}&page={page}")) for page in (1, 2, 3)]
        found = [name for page in pages for name in re.findall(r"data-lk-open[^>]*>([^<]+)</a>", page)]
        assert found == order.split(), sort
    summed = pages[0] if few else text(client.get("/customers/totals/", **HTMX))
    assert "5 位" in summed and "风险合计 <b>¥9,902</b>" in summed
    assert few or "/customers/totals/?" in pages[0]  # the page comes first and asks for the sums
    assert "".join(pages).count(">已走</span>") == 2
    pages += [text(client.get(f"/customers/{luo.pk}/{part}", **HTMX)) for part in ("", "preview/")]
    assert "¥99,900" not in "".join(pages)
    assert ">1 位" in text(client.get("/customers/?risk=4900" if few else "/customers/totals/?risk=4900"))


def test_the_customers_of_one_load(cast, run):
    for name, load in (("张书远", 7), ("何美玲", 8)):
        one = card(cast.chen, name, "")
        Customer.objects.filter(pk=one.pk).update(load_id=load)
    page = text(browser(cast.chen).get("/customers/?load=7"))
    assert "张书远" in page
    assert "何美玲" not in page
    assert "第 7 次建的" in page


@pytest.mark.parametrize("sort", ["-risk", "name", "-last", "next"])
def test_filters_are_addresses(cast, run, sort):
    before = a_run(run.as_of.replace(day=1) - timedelta(days=1))
    zhang, ge = card(cast.chen, "张书远"), card(cast.chen, "葛建华", tier="gold", next_contact_on=clock.today())
    luo = card(cast.zhou, "罗志强")
    tian = card(None, "田伟", unit=cast.binjiang, next_contact_on=clock.today() - timedelta(days=1))
    card(cast.ding, "彭玉兰")
    judged(zhang, run)
    judged(ge, run, stage="C", value_at_risk_cents=487000, abc="B")
    judged(luo, run, stage="E", abc="C", attitude="loyal", type="fan", value_at_risk_cents=10000)
    judged(tian, run, stage="B", last_deal=run.as_of, due_on=run.as_of + timedelta(days=74), value_at_risk_cents=500)
    for one, stage in ((zhang, "C"), (ge, "C"), (luo, "D"), (tian, "B")):
        judged(one, before, stage=stage)
    Signal.objects.create(customer=zhang, key="insurance_30", family="churn", severity=2, started_on=run.as_of)
    for ends in (10, 400):  # renewed already
        Contract.objects.create(customer=ge, kind="insurance", starts_on=date(2025, 1, 1), ends_on=clock.today() + timedelta(days=ends))
    Contract.objects.create(customer=luo, kind="insurance", starts_on=date(2025, 1, 1), ends_on=clock.today() + timedelta(days=20))
    card(cast.chen, "新来的")  # after the run: no standing yet
    client = browser(cast.he)
    for query, names in FILTERS:
        page = text(client.get(f"/customers/?{query}&sort={sort}"))
        found = {name for name in ("张书远", "葛建华", "罗志强", "田伟", "彭玉兰", "新来的") if f">{name}</a>" in page}
        assert found == names, query
        assert f">{len(names)} 位" in page, query


def test_every_role_sees_its_own_and_an_administrator_has_no_list(cast, run):
    for owner, name in ((cast.chen, "张书远"), (cast.zhou, "罗志强"), (cast.ding, "彭玉兰")):
        judged(card(owner, name), run)
    seen = {
        cast.chen: {"张书远"}, cast.lin: {"张书远"}, cast.he: {"张书远", "罗志强"},
        cast.xu: {"张书远", "罗志强", "彭玉兰"}, cast.zhao: {"张书远", "罗志强", "彭玉兰"},
    }  # fmt: skip
    for user, names in seen.items():
        page = text(browser(user).get("/customers/"))
        assert {name for name in ("张书远", "罗志强", "彭玉兰") if name in page} == names
        assert f">{len(names)} 位" in page
    assert browser(cast.root).get("/customers/").status_code == 404


def test_pages_follow_each_other_and_newcomers_stand_at_the_end(cast, run):
    for place in range(52):
        judged(card(cast.chen, f"甲{place}"), run, value_at_risk_cents=1000 * place)
    card(cast.chen, "新来的")
    client = browser(cast.chen)
    first, second = text(client.get("/customers/")), text(client.get("/customers/?page=2"))
    assert "新来的" not in first and ">甲51</a>" in first and ">53 位" in first
    assert [name for name in ("甲1", "甲0", "新来的") if f">{name}</a>" in second] == ["甲1", "甲0", "新来的"]
    assert second.index("甲0") < second.index("新来的")
    assert client.get("/customers/?page=99").status_code == 200


def fill(cast, run, many):
    made = []
    for place in range(many):
        one = card(cast.chen, f"客户{place}", f"1381{place:07d}")
        judged(one, run, value_at_risk_cents=place)
        Signal.objects.create(
            customer=one, key="insurance_30", family="churn", severity=2, started_on=run.as_of, slots={"days_left('insurance')": 20}
        )
        enter_contract(cast.chen, one.pk, "insurance", date(2025, 1, 1), date(2026, 12, 31))
        made.append(one)
    return made


@pytest.mark.parametrize(
    "address", ["/customers/", "/customers/?sort=name", "/customers/?owner=none", "/customers/counts/", "/customers/?q=kh"]
)
def test_no_more_queries_for_fifty_rows_than_for_five(cast, run, address, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(cast.he)
    fill(cast, run, 5)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
        count = len(few)
    Standing.objects.all().delete()
    Signal.objects.all().delete()
    Customer.objects.all().delete()
    fill(cast, run, 50)
    with django_assert_num_queries(count):
        client.get(address)


def test_views_are_kept_and_dropped(cast, run):
    judged(card(cast.chen, "张书远"), run)
    client = browser(cast.he)
    assert client.post("/customers/views/new/?grade=A&stage=D", {"name": " "}).status_code == 422
    assert SavedView.objects.count() == 0
    client.post("/customers/views/new/?grade=A&stage=D", {"name": "要盯的"})
    view = SavedView.objects.get()
    assert (view.user, view.query) == (cast.he, "grade=A&stage=D")
    assert "要盯的" in text(client.get("/customers/"))
    assert "要盯的" not in text(browser(cast.zhao).get("/customers/"))
    assert browser(cast.zhao).post(f"/customers/views/{view.pk}/removal/").status_code == 404
    client.post(f"/customers/views/{view.pk}/removal/")
    assert SavedView.objects.count() == 0


def test_counts_of_the_views(cast, run):
    judged(card(cast.chen, "张书远"), run)
    judged(card(cast.chen, "葛建华"), run, stage="C", due_on=run.as_of + timedelta(days=74), last_deal=run.as_of)
    page = text(browser(cast.he).get("/customers/counts/", **HTMX))
    assert '全部 <span class="lk-q">2</span>' in page
    assert 'A 级在衰退 <span class="lk-q">1</span>' in page


# ── the card ─────────────────────────────────────────────────────────────────


@pytest.fixture
def kept(cast, run):
    made = card(cast.chen, "张书远", "13812345678", gender="male", hobbies="钓鱼", wechat="zhang_sy")
    judged(made, run)
    StageChange.objects.create(customer=made, on=run.as_of - timedelta(days=20), old="C", new="D", cause="D.elapsed")
    for place in range(4):
        enter_deal(cast.chen, made.pk, date(2026, 4, 22) - timedelta(days=74 * place), 328000, content="大保养")
    enter_asset(cast.chen, made.pk, "北辰 7", "浙A·7B23Q", year=2021, mileage=68240)
    return made


def test_the_card_says_who_why_and_what_happened(cast, kept):
    page = text(browser(cast.chen).get(f"/customers/{kept.pk}/"))
    for words in ("张书远", "先生", "138****5678", "已过 2.9 个周期", "¥5,032", "来过 4 次", "¥13,120", "浙A·7****Q", "钓鱼", "大保养"):
        assert words in page, words
    for secret in ("13812345678", "138 1234 5678", "zhang_sy", "7B23"):
        assert secret not in page, secret


def test_the_card_says_since_when_and_the_gravest_signal_only(cast, kept, run):
    Standing.objects.filter(customer=kept).update(stage_since=run.as_of - timedelta(days=20))
    for place, key in enumerate(("insurance_30", "overdue_visit")):
        Signal.objects.create(customer=kept, key=key, family="churn", severity=place + 1, started_on=run.as_of)
    for ends in (-30, 400, 20):
        Contract.objects.create(
            customer=kept, kind="insurance", name=f"到期{ends}", starts_on=date(2025, 1, 1), ends_on=clock.today() + timedelta(days=ends)
        )
    page = text(browser(cast.chen).get(f"/customers/{kept.pk}/"))
    on = run.as_of - timedelta(days=20)
    assert f"{on.month}月{on.day}日改判" in page
    assert page.count("信号：") == 1 + 2, "one beside the name, two in the timeline"
    assert page.rindex("到期20<") < page.rindex("到期400<") < page.rindex("到期-30<")
    StageChange.objects.all().delete()
    assert "改判" not in text(browser(cast.chen).get(f"/customers/{kept.pk}/"))


@pytest.mark.parametrize(("own", "left"), [(None, 2), (1, 1), (9, 2)])
def test_the_allowance_is_the_smaller_one(cast, kept, own, left):
    Customer.objects.filter(pk=kept.pk).update(monthly_contacts=own)
    assert f"还可 {left} 次" in text(browser(cast.chen).get(f"/customers/{kept.pk}/"))


ABOUT = (
    "", "preview/", "edit/", "interactions/new/", "deals/new/", "events/new/", "contracts/new/", "assets/new/", "check-outs/new/",
    "check-outs/",
)  # fmt: skip


@pytest.mark.parametrize("address", ABOUT)
def test_a_card_out_of_sight_does_not_exist(cast, kept, address):
    assert browser(cast.chen).get(f"/customers/{kept.pk}/{address}", **HTMX).status_code == 200
    for user in (cast.ding, cast.zhou, cast.root):
        assert browser(user).get(f"/customers/{kept.pk}/{address}", **HTMX).status_code == 404
    assert browser(cast.chen).get(f"/customers/999999/{address}", **HTMX).status_code == 404
    assert "张书远" not in text(browser(cast.ding).get(f"/customers/?open={kept.pk}"))


@pytest.mark.parametrize(
    "act", ["edit/", "interactions/new/", "deals/new/", "events/new/", "check-outs/new/", "next-contact/", "confirmation/"]
)
def test_nobody_acts_on_a_card_out_of_sight(cast, kept, act):
    acts = AuditEntry.objects.exclude(verb="door.missing")
    entries = acts.count()
    assert browser(cast.ding).post(f"/customers/{kept.pk}/{act}", {"name": "别人", "purpose": "看看"}).status_code == 404
    assert acts.count() == entries


def test_the_timeline_is_filtered_paged_and_masked(cast, kept):
    client = browser(cast.chen)
    client.post(f"/customers/{kept.pk}/edit/", {"phone": "13900001111", "version": 1, "name": "张书远"})
    every = text(client.get(f"/customers/{kept.pk}/"))
    assert "阶段 <b>成熟 → 衰退</b>" in every and "成交 <b>¥3,280</b>" in every
    assert "改了电话：138****5678 → 139****1111、138****5678" in every
    only = text(client.get(f"/customers/{kept.pk}/?kind=deals", HTTP_HX_TARGET="lk-timeline", **HTMX))
    assert only.count("大保养") == 4 and "阶段 <b>" not in only and "<html" not in only
    for place in range(30):
        enter_deal(cast.chen, kept.pk, date(2025, 1, 1) + timedelta(days=place), 100 + place, content=f"第{place}单")
    first, second = (text(client.get(f"/customers/{kept.pk}/?kind=deals&page={page}")) for page in (1, 2))
    assert "第29单" in first and "第0单" not in first
    assert "第0单" in second and "第29单" not in second


def test_the_card_asks_no_more_the_more_happened(cast, kept, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(cast.chen)
    client.get(f"/customers/{kept.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/customers/{kept.pk}/")
        count = len(few)
    for place in range(30):
        enter_deal(cast.chen, kept.pk, date(2025, 1, 1) + timedelta(days=place), 100 + place)
        client.post(f"/customers/{kept.pk}/interactions/new/", {"way": "phone", "outcome": "reached", "direction": "out"})
    client.get(f"/customers/{kept.pk}/")
    with django_assert_num_queries(count):
        client.get(f"/customers/{kept.pk}/")


def test_markup_in_what_people_wrote_is_text(cast, run):
    odd = card(cast.chen, "<b>张</b>**三**", hobbies="<script>alert(1)</script>")
    enter_deal(cast.chen, odd.pk, date(2026, 1, 1), 100, content="**<i>大</i>** %(amount)s")
    page = text(browser(cast.chen).get(f"/customers/{odd.pk}/"))
    assert "<script>alert" not in page and "<i>大" not in page and "<b>张" not in page
    assert "**&lt;i&gt;大&lt;/i&gt;** %(amount)s" in page


def test_borrowing_opens_the_numbers_and_returning_closes_them(cast, kept):
    client = browser(cast.chen)
    assert client.post(f"/customers/{kept.pk}/check-outs/new/", {"purpose": ""}).status_code == 422
    assert CheckOut.objects.count() == 0
    client.post(f"/customers/{kept.pk}/check-outs/new/", {"purpose": "下午去拜访"})
    page = text(client.get(f"/customers/{kept.pk}/"))
    assert "138 1234 5678" in page and "zhang_sy" in page and "浙A·7B23Q" in page
    assert "138 1234 5678" not in text(browser(cast.he).get(f"/customers/{kept.pk}/"))
    client.post(f"/check-outs/{CheckOut.objects.get().pk}/return/")
    assert "138 1234 5678" not in text(client.get(f"/customers/{kept.pk}/"))
    assert "下午去拜访" in text(browser(cast.he).get(f"/customers/{kept.pk}/check-outs/"))


def test_next_contact_in_one_click_and_back(cast, kept):
    client, tomorrow = browser(cast.chen), clock.today() + timedelta(days=1)
    page = text(client.post(f"/customers/{kept.pk}/next-contact/", {"on": tomorrow.isoformat()}, follow=True))
    kept.refresh_from_db()
    assert kept.next_contact_on == tomorrow
    assert f"/customers/{kept.pk}/next-contact/?undo=1&amp;on=" in page
    client.post(f"/customers/{kept.pk}/next-contact/?undo=1&on=")
    kept.refresh_from_db()
    assert kept.next_contact_on is None
    client.post(f"/customers/{kept.pk}/next-contact/", {"on": "2020-01-01"})
    kept.refresh_from_db()
    assert kept.next_contact_on is None
    assert client.post(f"/customers/{kept.pk}/next-contact/", {"on": "morgen"}).status_code == 400


# ── entry ────────────────────────────────────────────────────────────────────


def test_a_card_with_two_fields(cast):
    client = browser(cast.chen)
    client.post("/customers/new/", {"name": "张三", "phone": "139 1234 0417", "boxes": "do_not_contact"})
    made = Customer.objects.get()
    assert (made.name, made.owner, made.phone) == ("张三", cast.chen, "+8613912340417")


def test_wrong_fields_come_back_beside_what_was_typed(cast):
    answer = browser(cast.chen).post("/customers/new/", {"name": "", "phone": "1391234", "hobbies": "钓鱼"})
    page = text(answer)
    assert answer.status_code == 422
    assert "手机号少了 4 位" in page and 'value="钓鱼"' in page
    assert Customer.objects.count() == 0


def test_a_known_number_asks_first(cast):
    card(cast.zhou, "罗志强", "13700002041", hobbies="喝茶")
    client = browser(cast.chen)
    typed = {"name": "罗小强", "phone": "13700002041"}
    answer = client.post("/customers/new/", typed)
    assert answer.status_code == 409
    assert "这个号码已经有人在跟：周倩文，南京江宁店。" in text(answer)
    assert "罗志强" not in text(answer) and "喝茶" not in text(answer)
    assert Customer.objects.count() == 1
    client.post("/customers/new/", {**typed, "even_if_known": "1"})
    assert Customer.objects.count() == 2


def test_two_at_one_card_see_both_values(cast, kept):
    browser(cast.lin).post(f"/customers/{kept.pk}/edit/", {"name": "张书远", "hobbies": "越野", "version": 1})
    client = browser(cast.chen)
    answer = client.post(f"/customers/{kept.pk}/edit/", {"name": "张书远", "hobbies": "喝茶", "family": "女儿", "version": 1})
    page = text(answer)
    assert answer.status_code == 409
    assert "留林倩的：越野" in page and "用我的：喝茶" in page
    kept.refresh_from_db()
    assert (kept.hobbies, kept.family) == ("越野", "")
    client.post(f"/customers/{kept.pk}/edit/", {"hobbies": "喝茶", "family": "女儿", "version": kept.version, "keep_hobbies": "theirs"})
    kept.refresh_from_db()
    assert (kept.hobbies, kept.family) == ("越野", "女儿")
    assert FieldChange.objects.filter(field="hobbies").count() == 1


def test_an_edit_form_holds_no_sealed_value_and_empty_leaves_it(cast, kept):
    client = browser(cast.chen)
    page = text(client.get(f"/customers/{kept.pk}/edit/"))
    assert "zhang_sy" not in page and "138 1234 5678" not in page and "138****5678" in page
    client.post(f"/customers/{kept.pk}/edit/", {"name": "张书远", "wechat": "", "phone": "", "version": 1, "boxes": ""})
    kept.refresh_from_db()
    assert (kept.wechat, Phone.objects.filter(customer=kept).count()) == ("zhang_sy", 1)


def test_a_deal_is_entered_and_taken_back(cast, kept):
    client = browser(cast.chen)
    before = Deal.objects.count()
    assert client.post(f"/customers/{kept.pk}/deals/new/", {"kind": "sale", "amount": "一千", "on": "2026-01-02"}).status_code == 422
    assert client.post(f"/customers/{kept.pk}/deals/new/", {"kind": "sale", "amount": "0", "on": "2026-01-02"}).status_code == 422
    assert Deal.objects.count() == before
    page = text(client.post(f"/customers/{kept.pk}/deals/new/", {"kind": "sale", "amount": "1.2万", "on": "2026-01-02"}, follow=True))
    deal = Deal.objects.latest("pk")
    assert (deal.amount_cents, deal.on) == (1200000, date(2026, 1, 2))
    assert f"/deals/{deal.pk}/undo/" in page
    assert browser(cast.he).post(f"/deals/{deal.pk}/undo/").status_code == 404
    client.post(f"/deals/{deal.pk}/undo/")
    assert Deal.objects.count() == before


def test_a_contact_an_event_a_contract_an_asset(cast, kept):
    client, base = browser(cast.chen), f"/customers/{kept.pk}"
    assert client.post(f"{base}/interactions/new/", {"way": "phone", "direction": "out"}).status_code == 422
    tomorrow = clock.today() + timedelta(days=1)
    client.post(
        f"{base}/interactions/new/",
        {"way": "phone", "direction": "out", "outcome": "reached", "summary": "明天再打", "next": tomorrow.isoformat()},
    )
    contact = Interaction.objects.get()
    kept.refresh_from_db()
    assert (contact.summary, contact.two_way, kept.next_contact_on) == ("明天再打", True, tomorrow)
    client.post(f"/interactions/{contact.pk}/undo/")
    contact.refresh_from_db()
    assert contact.undone_at is not None
    assert "明天再打" not in text(client.get(f"{base}/"))
    assert client.post(f"{base}/events/new/", {"kind": "satisfaction", "value": "9", "on": "2026-01-01"}).status_code == 422
    client.post(f"{base}/events/new/", {"kind": "satisfaction", "value": "2", "on": "2026-01-01", "note": "没人管我"})
    assert Event.objects.get().value == 2
    assert client.post(f"{base}/contracts/new/", {"kind": "insurance", "starts": "2026-02-01", "ends": "2026-01-01"}).status_code == 422
    client.post(f"{base}/contracts/new/", {"kind": "insurance", "starts": "2026-01-01", "ends": "2026-12-31", "amount": "4,200"})
    assert Contract.objects.get().amount_cents == 420000
    assert client.post(f"{base}/assets/new/", {"name": "北辰 5", "identifier": "没牌", "kind": "vehicle"}).status_code == 422
    client.post(f"{base}/assets/new/", {"name": "北辰 5", "identifier": "浙A12345", "kind": "vehicle", "year": "2023"})
    assert "浙a12345" in Customer.objects.get(pk=kept.pk).search


# ── hand-over and search ─────────────────────────────────────────────────────


def test_ticked_rows_are_looked_at_moved_and_moved_back(cast, kept):
    other = card(cast.chen, "葛建华")
    client = browser(cast.he)
    assert "转交 2 位客户" in text(client.get(f"/customers/transfers/new/?pick={kept.pk}&pick={other.pk}"))
    look = text(client.get(f"/customers/transfers/new/?pick={kept.pk}&pick={other.pk}&to={cast.zhou.pk}"))
    assert "把 2 位交给周倩文" in look and "其中 2 位换到接手人的门店" in look
    assert set(Customer.objects.values_list("owner", flat=True)) == {cast.chen.pk}
    page = text(client.post("/handovers/new/", {"pick": [kept.pk, other.pk], "to": cast.zhou.pk, "back": "/customers/"}, follow=True))
    assert set(Customer.objects.values_list("owner", flat=True)) == {cast.zhou.pk}
    assert "2 位交给了周倩文" in page
    done = HandOver.objects.get().pk
    client.post(f"/handovers/{done}/undo/")
    assert set(Customer.objects.values_list("owner", flat=True)) == {cast.chen.pk}
    assert browser(cast.chen).get(f"/customers/transfers/new/?pick={kept.pk}").status_code == 404


def test_a_way_back_to_elsewhere_is_not_taken(cast, kept):
    answer = browser(cast.chen).post(f"/customers/{kept.pk}/check-outs/new/", {"purpose": "打电话", "back": "//evil.example/"})
    assert answer["Location"] == f"/customers/{kept.pk}/"


def test_the_palette_finds_what_one_may_see_and_what_one_can_do(cast, kept):
    card(cast.ding, "张三")
    page = text(browser(cast.chen).get("/palette/?q=zs", **HTMX))
    assert "张书远" in page and "张三" not in page and "1 位" in page
    assert "<b>z</b>hang <b>s</b>hu yuan" in page and "138****5678" in page
    acts = text(browser(cast.chen).get(f"/palette/?q=@{kept.pk}", **HTMX))
    assert "记一笔" in acts and "转交" not in acts
    assert "转交" in text(browser(cast.he).get(f"/palette/?q=@{kept.pk}", **HTMX))
    assert "记一笔" not in text(browser(cast.ding).get(f"/palette/?q=@{kept.pk}", **HTMX))
    assert browser(cast.chen).get("/palette/?q=zs")["Location"] == "/customers/?q=zs"
    assert "客户" in text(browser(cast.chen).get("/palette/?q=kh", **HTMX))


# ── numbers typed into free text ─────────────────────────────────────────────

FREE = {
    name: f"{word} 13900001234"
    for name, word in (
        ("remarks", "他爱人电话"), ("family", "女儿"), ("avoid", "不打"), ("best_time", "晚上打"), ("hobbies", "球友"),
        ("occupation", "秘书"), ("personality", "急，找弟弟"),
    )
}  # fmt: skip


@pytest.fixture
def told(cast, kept):
    """张书远's card with a number in every text."""
    browser(cast.chen).post(f"/customers/{kept.pk}/edit/", {**FREE, "version": 1})
    kept.refresh_from_db()
    assert {name: getattr(kept, name) for name in FREE} == FREE
    Interaction.objects.create(customer=kept, at=timezone.now(), on=clock.today(), way="phone", direction="out", summary="让打 13900001234")
    Event.objects.create(customer=kept, kind="told_leaving", on=clock.today(), note="新号 139-0000-1234")
    enter_deal(cast.chen, kept.pk, clock.today(), 100, content="送到 13900001234")
    return kept


def pages_of(told):
    base = f"/customers/{told.pk}/"
    return [base, f"{base}?kind=changes", f"/customers/?open={told.pk}", f"{base}history/"]


@pytest.mark.parametrize("who", ["chen", "lin", "xu"])
def test_a_number_in_free_text_is_covered_for_everybody(cast, told, who):
    client = browser(getattr(cast, who))
    for address in pages_of(told):
        page = text(client.get(address))
        assert "13900001234" not in page and "139-0000-1234" not in page, address
        assert "139****34" in page, address
    card_page = text(client.get(f"/customers/{told.pk}/"))
    for words in (*FREE.values(), "让打 13900001234", "新号 13900001234", "送到 13900001234"):
        assert words.replace("13900001234", "139****34") in card_page
    form = client.get(f"/customers/{told.pk}/edit/")
    assert (form.status_code == 404) == (who == "xu")
    assert "13900001234" not in text(form)
    assert text(form).count("139****34") == (0 if who == "xu" else len(FREE))


def test_who_has_the_card_out_reads_free_text_as_written(cast, told):
    client = browser(cast.chen)
    client.post(f"/customers/{told.pk}/check-outs/new/", {"purpose": "打电话"})
    for address in [*pages_of(told), f"/customers/{told.pk}/edit/"]:
        assert "13900001234" in text(client.get(address)), address
    assert "13900001234" not in text(browser(cast.lin).get(f"/customers/{told.pk}/"))


def shown_in_the_form(client, told):
    masked = {name: words.replace("13900001234", "139****34") for name, words in FREE.items()}
    page = text(client.get(f"/customers/{told.pk}/edit/"))
    assert all(words in page for words in masked.values())
    return masked


def test_editing_another_field_keeps_the_numbers(cast, told):
    client = browser(cast.chen)
    typed = {**shown_in_the_form(client, told), "education": "本科", "version": told.version}
    changes = FieldChange.objects.count()
    client.post(f"/customers/{told.pk}/edit/", typed)
    told.refresh_from_db()
    assert {name: getattr(told, name) for name in FREE} == FREE
    assert told.education == "本科" and FieldChange.objects.count() == changes + 1
    client.post(f"/customers/{told.pk}/edit/", {"remarks": "先打 139****34，再发短信", "version": told.version})
    told.refresh_from_db()
    assert told.remarks == "先打 13900001234，再发短信"
    client.post(f"/customers/{told.pk}/edit/", {"remarks": "", "version": told.version})
    told.refresh_from_db()
    assert told.remarks == ""


def test_two_at_one_text_see_both_masked_and_lose_no_number(cast, told):
    version = told.version
    browser(cast.lin).post(f"/customers/{told.pk}/edit/", {"remarks": "改打 13700007777", "version": version})
    client = browser(cast.chen)
    answer = client.post(f"/customers/{told.pk}/edit/", {"remarks": "还是打 139****34", "version": version})
    page = text(answer)
    assert answer.status_code == 409 and "留林倩的：改打 137****77" in page and "用我的：还是打 139****34" in page
    assert "13700007777" not in page and "13900001234" not in page
    told.refresh_from_db()
    client.post(f"/customers/{told.pk}/edit/", {"remarks": "还是打 139****34", "version": told.version, "keep_remarks": "mine"})
    told.refresh_from_db()
    assert told.remarks == "还是打 13900001234"


def test_a_contact_s_remarks_keep_their_number(cast):
    firm = card(cast.chen, "华东机电", kind="organisation")
    at = Contact.objects.create(customer=firm, name="孙立", remarks="分机 13900001234")
    client = browser(cast.chen)
    page = text(client.get(f"/contacts/{at.pk}/edit/"))
    assert "13900001234" not in page and "分机 139****34" in page
    client.post(f"/contacts/{at.pk}/edit/", {"name": "孙立", "title": "采购", "remarks": "分机 139****34"})
    at.refresh_from_db()
    assert (at.title, at.remarks) == ("采购", "分机 13900001234")


# ── the check on entry ───────────────────────────────────────────────────────


def limited(monkeypatch, most):
    few = pack().model_copy(update={"cards": pack().cards.model_copy(update={"number_searches": most})})
    monkeypatch.setattr("liuke.custody.searching.pack", lambda: few)


def test_numbers_cannot_be_tried_by_opening_cards(cast, monkeypatch):
    limited(monkeypatch, 3)
    card(cast.zhou, "罗志强", "13700002041")
    client = browser(cast.chen)
    asked = {"name": "甲", "phone": "13700002041"}
    for _time in range(2):
        assert client.post("/customers/new/", asked).status_code == 409
    answer = client.post("/customers/new/", {"name": "甲", "phone": "13700002041、13700002042"})
    assert answer.status_code == 429 and "一小时里您按号码找了 3 次" in text(answer) and "周倩文" not in text(answer)
    assert 'value="13700002041、13700002042"' in text(answer)
    assert client.get("/customers/", {"q": "2041"}).status_code == 429  # one share for both
    own = card(cast.chen, "自己的")
    answer = client.post(f"/customers/{own.pk}/edit/", {"phone": "13700002041", "version": own.version})
    assert answer.status_code == 429
    own.refresh_from_db()
    assert own.phone == "" and Customer.objects.count() == 2
    client.post("/customers/new/", {"name": "没有电话的"})
    assert Customer.objects.filter(name="没有电话的").exists()


def test_what_the_check_on_entry_told_is_written_down(cast):
    card(cast.zhou, "罗志强", "13700002041", birth_year=1980, birth_month=5, birth_day=6)
    client = browser(cast.chen)
    assert client.post("/customers/new/", {"name": "甲", "phone": "13700002041"}).status_code == 409
    assert client.post("/customers/new/", {"name": "罗志强", "birthday": "1980-05-06"}).status_code == 409
    rows = AuditEntry.objects.filter(verb="customer.known").order_by("seq")
    assert [(row.actor, row.detail) for row in rows] == [(cast.chen.pk, {"by": "number"}), (cast.chen.pk, {"by": "birthday"})]
    assert Customer.objects.count() == 1


def test_a_shop_out_of_sight_is_refused_before_anything_is_told(cast):
    card(cast.zhou, "罗志强", "13700002041")
    client = browser(cast.he)
    for wrong in ({"unit": cast.beijing.pk}, {"unit": cast.binjiang.pk, "owner": cast.ding.pk}):
        answer = client.post("/customers/new/", {"name": "甲", "phone": "13700002041", **wrong})
        assert answer.status_code == 422 and "有人在跟" not in text(answer)
    assert Customer.objects.count() == 1 and not AuditEntry.objects.filter(verb="customer.known").exists()
