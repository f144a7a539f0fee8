"""The pages of visits: a day on the road on a telephone, a week planned at a desk, what may not be seen."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.visits import changing, planning
from liuke.visits.labels import VisitState
from liuke.visits.models import Visit
from liuke.web.visits.words import Row
from tests.browser import PHONE
from tests.visits.world import NEXT, NOON, TODAY, World, world
from tests.web.pages import enter, text


@pytest.fixture(autouse=True)
def chinese():
    cache.clear()
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def town(db) -> World:
    with time_machine.travel(NOON, tick=False):
        made = world()
        made.customer("张书远", 700_000, address="滨盛路 8 号", phone="13800001234")
        yield made


def test_a_week_is_drafted_confirmed_and_taken_back(town):
    client = enter(town.cast.chen)
    page = text(client.get("/visits/week/?of=2026-11-23"))
    assert "下一周还没有排拜访" in page
    answer = client.post("/visits/week/draft/", {"of": "2026-11-23", "minutes": "120"}, follow=True)
    assert "下一周的草稿：1 家，还没排定" in text(answer)
    assert "滨盛路 8 号" not in text(answer) and "滨盛路片" in text(answer)
    plan = Visit.objects.get().plan
    assert "排定了 1 家" in text(client.post(f"/visits/plans/{plan.pk}/confirm/", {"back": "/visits/week/?of=2026-11-23"}, follow=True))
    assert "又是草稿了" in text(client.post(f"/visits/plans/{plan.pk}/reopen/", follow=True))


def test_a_customer_who_went_elsewhere_is_told_without_his_name(town):
    zhang = Customer.objects.get()
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    Customer.objects.filter(pk=zhang.pk).update(owner=town.cast.zhou)
    page = text(enter(town.cast.chen).get("/visits/"))
    assert "一位客户换了人负责，不用您去了" in page and "张书远" not in page
    answer = enter(town.cast.chen).post(f"/visits/{visit.pk}/start/", follow=True)
    assert "客户换了人负责，这次拜访已经从计划里去掉" in text(answer)
    assert not Interaction.objects.exists()


def test_somebody_elses_plan_is_named_when_two_want_one_customer(town):
    zhang = Customer.objects.get()
    changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, NEXT)
    answer = enter(town.cast.lin).post("/visits/add/", {"customer": zhang.pk, "on": NEXT.isoformat()}, follow=True)
    assert "这一周陈思远已经排了拜访这位客户" in text(answer)
    assert Visit.objects.count() == 1


def test_the_today_page_and_the_card_know_of_the_visit(town):
    zhang = Customer.objects.get()
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    client = enter(town.cast.chen)
    assert "A级客户，30天去一次，还没去过" in text(client.get("/")) or "A级客户" in text(client.get("/today/"))
    client.get(f"/customers/{zhang.pk}/")
    visit.refresh_from_db()
    assert visit.read_at == NOON


@pytest.mark.parametrize(
    ("fields", "leads_to"),
    [({"outcome": "deal", "deal": "1"}, "deal"), ({"outcome": "deal"}, "visits"), ({"outcome": "reached", "deal": "1"}, "visits")],
    ids=["deal", "deal-without", "met"],
)
def test_a_deal_on_a_visit_goes_on_to_its_amount(town, fields, leads_to):
    zhang = Customer.objects.get()
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, TODAY)
    planning.confirm(town.cast.chen, visit.plan_id)
    client = enter(town.cast.chen)
    assert "成交的，接着记这笔成交" in text(client.get(f"/visits/{visit.pk}/"))
    answer = client.post(f"/visits/{visit.pk}/result/", {"note": "当场定了保养套餐", **fields})
    assert answer.url == {"deal": f"/customers/{zhang.pk}/deals/new/", "visits": "/visits/"}[leads_to]
    visit.refresh_from_db()
    assert (visit.state, visit.outcome) == ("done", fields["outcome"])


def test_the_review_says_until_when_its_deals_are_counted(town):
    page = text(enter(town.cast.chen).get("/visits/review/?of=2026-10"))
    assert "之后成交，从第一次去算起，到最后一次去满 30 天。要到12月1日才算完，现在的数还会多。" in page
    assert "才算完" not in text(enter(town.cast.chen).get("/visits/review/?of=2026-09"))
    assert "没有片区的" in text(enter(town.cast.chen).get("/visits/review/?of=2026-11"))


def test_a_week_costs_the_same_for_few_and_many(town):
    client = enter(town.cast.chen)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/visits/week/?of=2026-11-23").status_code == 200
        return len(seen)

    planning.draft(town.cast.chen, town.cast.chen.pk, NEXT)
    cost()
    few = cost()
    for n in range(9):
        town.customer(f"客户{n}", address="长河路 3 号")
    planning.draft(town.cast.chen, town.cast.chen.pk, NEXT)
    assert Visit.objects.count() == 10
    assert cost() == few


@pytest.mark.parametrize(
    "path", ["/visits/due/", "/visits/areas/", "/visits/areas/customers/", "/visits/meetings/", "/visits/meetings/new/", "/visits/review/",
             "/visits/review/?by=person&of=2026-Q4", "/visits/review/rows/?what=customers"],
)  # fmt: skip
def test_every_page_opens_for_who_plans_and_who_oversees(town, path):
    for user in (town.cast.chen, town.cast.he):
        assert enter(user).get(path).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_visit_on_a_telephone_from_the_card_to_the_result(live, sign_in, axe, fits):
    town = world()
    zhang = town.customer("张书远", 700_000, address="滨盛路 8 号", phone="13800001234")
    today = clock.today()
    visit = changing.add(town.cast.chen, town.cast.chen.pk, zhang.pk, today)
    planning.confirm(town.cast.chen, visit.plan_id)
    sign_in(town.cast.chen)
    live.set_viewport_size(PHONE)
    live.goto("/visits/")
    assert live.inner_text("h1") == "今天去 1 家"
    axe(live)
    fits(live)
    live.click("button:has-text('借今天的卡')")
    live.wait_for_selector("#lk-undo:has-text('借出了今天要去的 1 张卡')")
    live.click("a:has-text('看卡')")
    live.wait_for_selector("h1:has-text('张书远')")
    live.goto("/visits/")
    live.click("button:has-text('出发')")
    live.wait_for_selector("#lk-undo:has-text('出发去张书远那里')")
    live.click("button:has-text('到了')")
    live.wait_for_selector("h1:has-text('拜访张书远')")
    axe(live)
    fits(live)
    live.fill("#f-note", "看了车，约了下周到店")
    live.fill("#f-next", "+7")
    live.click("button:has-text('写好，还卡')")
    live.wait_for_selector("#lk-undo:has-text('张书远')")
    done = Visit.objects.get()
    assert (done.state, done.outcome) == ("done", "reached")
    assert done.read_at is not None and done.started_at is not None and done.read_at <= done.started_at
    assert done.check_out is not None and done.check_out.returned_at is not None
    assert Customer.objects.get(pk=zhang.pk).next_contact_on == today + timedelta(7)
    for path in ("/visits/week/", "/visits/due/", "/visits/review/", "/visits/areas/", "/visits/meetings/new/"):
        live.goto(path)
        axe(live)
        fits(live)
    assert timezone.now() >= done.started_at


@pytest.mark.parametrize(("outcome", "tone"), [("reached", "good"), ("deal", "good"), ("not_reached", "")], ids=["met", "deal", "not_met"])
def test_only_who_was_met_is_ticked(outcome: str, tone: str) -> None:
    assert Row(Visit(state=VisitState.DONE, outcome=outcome), 1, "", "", "", "").tone == tone
