"""Hand-overs as pages: whose, to whom, a look beforehand, the act and its way back; the briefs; what each side is told."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.keepers import handing
from liuke.keepers.models import HandOver
from liuke.keepers.sharing import Asked
from liuke.team.models import User
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.keepers.world import DAY, NOON, contact, insight, task
from tests.web.pages import enter, text


@pytest.fixture(autouse=True)
def chinese():
    cache.clear()
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def fill(cast: Cast) -> Cast:
    zhang = card(cast.chen, "张书远", "13812345678", avoid="别在上班时间打", family="女儿上小学", remarks="老地址 13812345678")
    card(cast.chen, "葛建华")
    card(cast.ding, "孙莉")
    insight({"张书远": 503_200})
    contact(zhang, 30, summary="问了轮胎，回电 13812345678", by=cast.chen)
    task(zhang, TaskKind.PROMISE, follow_up="quote")
    task(zhang)
    return cast


@pytest.fixture
def hands(db, noon) -> Cast:
    return fill(assemble())


def test_looked_at_then_done_and_undone(hands):
    client, chen, zhou = enter(hands.he), hands.chen.pk, hands.zhou.pk
    assert "把一个人的客户交给别人" in text(client.get("/handovers/new/"))
    assert "把陈思远的客户交给别人" in text(client.get(f"/handovers/new/?person={chen}"))
    look = text(client.get(f"/handovers/new/?person={chen}&to={zhou}&look=1&tell=1&reason=调走"))
    assert "把 2 位交给周倩文" in look and "其中 2 位换到接手人的门店" in look and "会多出 2 个“跟客户说一声”的任务" in look
    assert set(Customer.objects.filter(owner=chen).values_list("name", flat=True)) == {"张书远", "葛建华"}
    page = text(client.post("/handovers/new/", {"person": chen, "to": zhou, "tell": "1", "reason": "调走"}, follow=True))
    assert "2 位交给了周倩文" in page and "陈思远的 2 位客户换了人负责" in page and "调走" in page
    made = HandOver.objects.get()
    assert Task.objects.filter(kind=TaskKind.HAND_OVER, assignee=hands.zhou).count() == 2
    assert "给周倩文 2 位" in text(client.get("/handovers/"))
    page = text(client.post(f"/handovers/{made.pk}/undo/", follow=True))
    assert "2 位还给了原来的业务员" in page and "这次交接撤销了，还回 2 位" in page
    assert "这次交接已经撤销过了。" in text(client.post(f"/handovers/{made.pk}/undo/", follow=True))
    assert Customer.objects.filter(owner=chen).count() == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"person": "chen"}, "请选交给谁。"),
        ({"person": "chen", "to": "chen"}, "不能交接给陈思远自己。"),
        ({"person": "chen", "to": "ding"}, "请选交给谁。"),
        ({"person": "ding", "to": "zhou"}, "请选要交出客户的人。"),
        ({"person": "chen", "to": "zhou", "kind": "cover"}, "请填哪天回来。"),
        ({"person": "chen", "to": "zhou", "kind": "cover", "until": "2026-11-20"}, "回来的日子要在今天以后。"),
        ({"person": "zhou", "to": "lin"}, "没有可以交接的客户"),
    ],
)
def test_a_refusal_stands_beside_its_field(hands, asked, said):
    data = {name: getattr(hands, value).pk if name in ("person", "to") else value for name, value in asked.items()}
    client = enter(hands.he)
    answer = client.post("/handovers/new/", data)
    assert answer.status_code == 422 and said in text(answer)
    assert said in text(client.get("/handovers/new/", {**data, "look": "1"}))
    assert HandOver.objects.count() == 0
    assert AuditEntry.objects.filter(verb="keepers.refused", detail__rule__startswith="handover.").count() == 1


def test_a_cover_is_told_on_both_sides_and_when_it_is_over(hands):
    back = DAY + timedelta(14)
    client = enter(hands.he)
    client.post(
        "/handovers/new/", {"person": hands.chen.pk, "to": hands.zhou.pk, "kind": "cover", "until": back.isoformat(), "reason": "休产假"}
    )
    made = HandOver.objects.get()
    assert "您的 2 位客户由别人代管，12月4日还给您。" in text(enter(hands.chen).get("/today/"))
    assert "您替陈思远代管客户，12月4日还回去。" in text(enter(hands.zhou).get("/today/"))
    assert "陈思远的 2 位客户正由别人代管" in text(enter(hands.chen).get(f"/handovers/{made.pk}/"))
    assert "1 次代管还没到期" in text(enter(hands.zhou).get("/handovers/"))
    assert enter(hands.ding).get(f"/handovers/{made.pk}/").status_code == 404
    assert "没有交接过客户" in text(enter(hands.ding).get("/handovers/"))
    page = text(client.post(f"/handovers/{made.pk}/end/", follow=True))
    assert "代管结束，2 位还回去了" in page
    assert "代管结束，2 位客户还给您了。" in text(enter(hands.chen).get("/today/"))
    assert "您替陈思远代管的客户还回去了。" in text(enter(hands.zhou).get("/today/"))


def test_the_task_to_tell_the_customer_stands_in_today_and_closes(hands):
    handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
    client = enter(hands.zhou)
    page = text(client.get("/today/"))
    assert "新接手的客户里，2 位还没跟他说。" in page
    assert "原来是陈思远负责，11月20日起交给您，还没跟客户说。" in page
    assert "1 位要先说一声换了人" in page
    told = Task.objects.get(kind=TaskKind.HAND_OVER, customer__name="张书远")
    rail = text(client.get(f"/today/{told.pk}/", headers={"HX-Request": "true"}))
    assert "原来是陈思远负责" in rail and "跟客户说过了" in rail
    done = text(client.post(f"/today/{told.pk}/outcome/", {"go": "reached:"}, headers={"HX-Request": "true"}))
    assert "张书远：接通，跟客户说过了" in done
    told.refresh_from_db()
    assert told.state == "done"
    other = Task.objects.get(kind=TaskKind.HAND_OVER, customer__name="葛建华")
    client.post(f"/today/{other.pk}/outcome/", {"go": "not_reached:"}, headers={"HX-Request": "true"})
    assert Task.objects.get(kind=TaskKind.HAND_OVER, state="open").due_on == DAY + timedelta(1)


def test_briefs_hold_what_to_know_with_numbers_covered(hands):
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
    page = text(enter(hands.zhou).get(f"/handovers/{made.pk}/briefs/"))
    known = ("2 位客户的接手说明", "138****5678", "别在上班时间打", "女儿上小学", "问了轮胎，回电 138****78", "答应过的", "¥5,032")
    for said in known:
        assert said in page, said
    assert "13812345678" not in page
    assert "没有您看得到的客户" in text(enter(hands.chen).get(f"/handovers/{made.pk}/briefs/"))
    assert enter(hands.ding).get(f"/handovers/{made.pk}/briefs/").status_code == 404
    before = AuditEntry.objects.count()
    paper = enter(hands.zhou).get(f"/handovers/{made.pk}/briefs/?print=1")
    assert "lk-watermark" in paper.content.decode() and "周倩文" in text(paper)
    entry = AuditEntry.objects.order_by("-seq").first()
    assert (AuditEntry.objects.count(), entry.verb, len(entry.detail["customers"])) == (before + 1, "handover.print", 2)


def test_the_number_of_queries_does_not_grow(hands):
    def asked(n):
        for place in range(n):
            kept = card(hands.chen, f"客户{n}{place}")
            task(kept)
            contact(kept, 3, summary="聊了聊", by=hands.chen)
        made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
        client = enter(hands.he)
        client.get("/handovers/")
        counted = []
        for address in (f"/handovers/{made.pk}/briefs/", f"/handovers/{made.pk}/", "/handovers/", "/handovers/new/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counted.append(len(queries))
        handing.undo(hands.he, made.pk)
        return counted

    asked(1)
    assert asked(1) == asked(12)


def test_who_has_left_with_customers_is_listed_for_the_supervisor(hands):
    User.objects.filter(pk=hands.chen.pk).update(is_active=False, left_on=DAY)
    page = enter(hands.he).get("/handovers/")
    assert "离职了，名下还有客户" in text(page) and f"/handovers/new/?person={hands.chen.pk}&amp;kind=for_good" in page.content.decode()
    assert "离职了" not in text(enter(hands.zhou).get("/handovers/"))
    assert "何静" in text(enter(hands.root).get(f"/team/people/{hands.chen.pk}/"))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_whose_to_the_briefs(live, sign_in, axe, fits, theme):
    cast = fill(assemble())
    live.emulate_media(color_scheme=theme)
    sign_in(cast.he)
    live.goto("/handovers/")
    axe(live)
    live.click("text=新的交接")
    axe(live)
    live.select_option("select[name=person]", label="陈思远，2 位")
    live.check("label:has-text('周倩文，南京江宁店') input")
    live.click("button:has-text('先看一遍')")
    live.wait_for_selector("h1:has-text('把 2 位交给周倩文')")
    axe(live)
    fits(live)
    live.click("button:has-text('交出 2 位')")
    live.wait_for_selector("#lk-undo button")
    axe(live)
    live.click("text=全部接手说明")
    live.wait_for_selector("article")
    axe(live)
    live.set_viewport_size(PHONE)
    fits(live)
    axe(live)
    live.go_back()
    fits(live)
    live.goto("/handovers/new/")
    fits(live)
    axe(live)
