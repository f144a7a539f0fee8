"""The pool's page: what one may know before claiming, claiming in two clicks and back, what a supervisor does there."""

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.customers.models import Customer
from liuke.keepers.models import PoolEntry, PoolExclusion
from liuke.keepers.nightly import run
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.keepers.world import NOON, insight, old
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
    """Three in the pool of 杭州滨江店, one of it worth most; one of 陈思远's on the way there; one in another region."""
    for name in ("田伟", "何美玲", "欧阳山"):
        old(None, name, unit=cast.binjiang, phone="13812345678" if name == "田伟" else "")
    old(cast.chen, "张书远", 300)
    old(None, "孙莉", unit=cast.beijing)
    insight({"田伟": 503_200, "何美玲": 90_000, "张书远": 700_000})
    run()
    return cast


@pytest.fixture
def pooled(db, noon) -> Cast:
    return fill(assemble())


def entry(name):
    return PoolEntry.objects.filter(customer__name=name).order_by("-pk").first()


def test_a_rep_sees_what_one_needs_to_choose_and_nothing_else(pooled):
    answer = enter(pooled.chen).get("/pool/")
    page = text(answer)
    assert "<h1>公海里 3 位，您还能认领 20 位</h1>" in answer.content.decode()
    assert page.index("田*") < page.index("何*玲") < page.index("欧阳*")
    assert "¥5,032" in page and "212 天前" in page and "74 天" in page and "没有业务员" in page
    for hidden in ("田伟", "何美玲", "欧阳山", "孙", "5678", "C0001"):
        assert hidden not in page, hidden
    beside = enter(pooled.chen).get(f"/pool/{entry('田伟').pk}/preview/", headers={"HX-Request": "true"})
    assert "没有业务员，今天进的公海。" in text(beside) and "认领以后看得到整张卡" in text(beside)
    for hidden in ("田伟", "5678", f"/customers/{entry('田伟').customer_id}/"):
        assert hidden not in beside.content.decode(), hidden
    assert enter(pooled.chen).get(f"/customers/{entry('田伟').customer_id}/").status_code == 404
    assert enter(pooled.chen).get(f"/pool/{entry('孙莉').pk}/preview/").status_code == 404


def test_a_supervisor_sees_who_it_is(pooled):
    page = text(enter(pooled.he).get("/pool/"))
    assert "田伟" in page and "何美玲" in page and "孙莉" not in page
    assert "孙莉" in text(enter(pooled.zhao).get("/pool/"))
    for user in (pooled.xu, pooled.fang, pooled.root):
        assert enter(user).get("/pool/").status_code == 404


def test_filters_order_and_pages(pooled):
    client = enter(pooled.he)
    assert "田伟" in text(client.get("/pool/?stage=D")) and "欧阳山" not in text(client.get("/pool/?stage=D"))
    assert "没有符合的客户" in text(client.get("/pool/?grade=C"))
    assert "没有符合的客户" in text(client.get("/pool/?why=silent"))
    assert text(client.get("/pool/?sort=nonsense&stage=Q&page=x&view=?")) == text(client.get("/pool/"))
    assert "第 2 页" in text(client.get("/pool/?page=2"))


def test_claimed_and_taken_back_within_the_line(pooled):
    client, taken = enter(pooled.chen), entry("田伟")
    page = text(client.post(f"/pool/{taken.pk}/claim/", follow=True))
    assert "认领了田伟，先打个电话认识一下" in page and "田伟" in page
    assert "我认领的 1" in text(client.get("/pool/"))
    assert "田伟" in text(client.get("/pool/?view=claimed"))
    assert "还能认领 19 位" in text(client.get("/pool/"))
    page = text(client.post(f"/pool/{taken.pk}/claim/undo/", follow=True))
    assert "撤销了认领，客户还在公海" in page and "田*" in page
    assert Customer.objects.get(name="田伟").owner is None


def test_who_comes_second_reads_who_was_first(pooled):
    taken = entry("田伟").pk
    enter(pooled.lin).post(f"/pool/{taken}/claim/")
    assert "慢了一步，林倩刚刚接走了这位客户。" in text(enter(pooled.chen).post(f"/pool/{taken}/claim/", follow=True))
    assert enter(pooled.chen).post(f"/pool/{entry('孙莉').pk}/claim/").status_code == 404


def test_who_is_on_the_way_there(pooled):
    page = text(enter(pooled.chen).get("/pool/?view=warned"))
    assert "7 天内进公海：1 位" in page and "张书远" in page and "11月27日" in page
    assert "1 位很久没联系，最早 11月27日进公海。" in text(enter(pooled.chen).get("/today/"))
    contact = {"way": "phone", "direction": "out", "outcome": "reached", "summary": "聊了聊"}
    enter(pooled.chen).post(f"/customers/{entry('张书远').customer_id}/interactions/new/", contact)
    assert "没有快进公海的客户" in text(enter(pooled.chen).get("/pool/?view=warned"))
    assert "进公海。" not in text(enter(pooled.chen).get("/today/"))
    assert "没有快进公海的客户" in text(enter(pooled.zhou).get("/pool/?view=warned"))


def test_given_back_with_a_reason_and_taken_back(pooled):
    kept = card(pooled.chen, "罗志强")
    client, address = enter(pooled.chen), f"/customers/{kept.pk}/pool/"
    assert address in client.get(f"/customers/{kept.pk}/").content.decode()
    assert client.post(address, {"reason": ""}).status_code == 422
    page = text(client.post(address, {"reason": "顾不过来，电话 13812345678"}, follow=True))
    assert "罗志强退回了公海" in page
    seen = text(enter(pooled.he).get(f"/pool/{entry('罗志强').pk}/preview/", headers={"HX-Request": "true"}))
    assert "顾不过来，电话 138****78" in seen
    again = text(client.get(f"/pool/{entry('罗志强').pk}/preview/", headers={"HX-Request": "true"}))
    assert "刚从您名下进的公海，12月20日起能再认领" in again and "顾不过来" not in again
    undone = client.post(f"/pool/{entry('罗志强').pk}/return/undo/", headers={"HX-Request": "true"})
    assert (undone.status_code, undone.headers["HX-Redirect"]) == (204, f"/customers/{kept.pk}/")
    kept.refresh_from_db()
    assert kept.owner == pooled.chen


def test_a_supervisor_assigns_and_keeps_out(pooled):
    client = enter(pooled.he)
    ids = [entry("田伟").pk, entry("何美玲").pk]
    page = text(client.post("/pool/assignments/", {"pick": ids, "to": pooled.zhou.pk}, follow=True))
    assert "2 位分派给了周倩文" in page
    done = entry("田伟").transfer_id
    assert "2 位回到了公海" in text(client.post(f"/pool/assignments/{done}/undo/", follow=True))
    assert "请选分派给谁" in text(client.post("/pool/assignments/", {"pick": ids}, follow=True))
    kept = Customer.objects.get(name="田伟")
    assert client.post(f"/customers/{kept.pk}/pool/exclusion/", {"reason": "", "until": ""}).status_code == 422
    assert client.post(f"/customers/{kept.pk}/pool/exclusion/", {"reason": "老朋友", "until": "2026-11-20"}).status_code == 422
    page = text(client.post(f"/customers/{kept.pk}/pool/exclusion/", {"reason": "老朋友", "until": "2026-12-31"}, follow=True))
    assert "田伟留到 12月31日，不进公海" in page
    assert "老朋友" in text(client.get("/pool/?view=kept"))
    assert "公海里" in text(enter(pooled.chen).get("/pool/?view=kept"))
    client.post(f"/pool/exclusions/{PoolExclusion.objects.get().pk}/lift/")
    assert "没有留着的客户" in text(client.get("/pool/?view=kept"))


def test_the_number_of_queries_does_not_grow(pooled):
    client = enter(pooled.he)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/pool/").status_code == 200
        return len(queries)

    client.get("/pool/")
    before = asked()
    for place in range(30):
        old(None, f"客户{place}", unit=pooled.binjiang)
    run()
    assert asked() == before


def test_in_english(pooled):
    client = enter(pooled.chen)
    assert client.get("/pool/", headers={"accept-language": "en"}).status_code == 200


# ── as met in a browser ──


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_customer_is_claimed_in_two_clicks(live, sign_in, axe, fits, size, theme):
    cast = assemble()
    for name in ("田伟", "何美玲"):
        old(None, name, unit=cast.binjiang)
    insight({"田伟": 503_200, "何美玲": 90_000})
    run()
    sign_in(cast.chen)
    live.emulate_media(color_scheme=theme)
    if size:
        live.set_viewport_size(size)
    live.goto("/pool/")
    axe(live)
    fits(live)
    live.click("text=田*")
    live.wait_for_selector("#lk-beside h2")
    axe(live)
    fits(live)
    live.click("#lk-beside button:has-text('认领')")
    live.wait_for_selector("#lk-undo button")
    assert live.inner_text("h1") == "田伟"
    live.click("#lk-undo button")
    live.wait_for_selector("#lk-undo:has-text('撤销了认领')")
    assert Customer.objects.get(name="田伟").owner is None


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_supervisor_ticks_and_assigns(live, sign_in, axe, fits):
    cast = assemble()
    for name in ("田伟", "何美玲"):
        old(None, name, unit=cast.binjiang)
    run()
    sign_in(cast.he)
    live.goto("/pool/")
    live.locator("[data-lk-pick]").nth(0).click()
    live.locator("[data-lk-pick]").nth(1).click()
    axe(live)
    live.select_option(".lk-bulk select", label="周倩文，南京江宁店")
    live.click(".lk-bulk button:has-text('分派')")
    live.wait_for_selector("#lk-undo:has-text('2 位分派给了周倩文')")
    assert live.inner_text("h1") == "公海里没有客户"
    live.goto("/pool/?view=kept")
    axe(live)
    fits(live)
