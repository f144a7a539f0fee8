"""Why on the card, and a person's own word: as each role, as a fragment, with a way back."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from liuke.customers.models import FactChange
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.standing import actions as standing
from liuke.standing.models import LeaveOverride, Run
from liuke.standing.queries import current_run, standings
from tests.cast import assemble, card
from tests.standing.test_why import fitted

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
EDITORS = ("chen", "lin", "he", "zhao")
READERS = ("xu", "fang")
BLIND = ("ding", "root")


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def zhang(cast):
    """212 days away where 75 are usual, judged by a model."""
    customer = card(cast.chen, "张书远", "13812345678")
    bought(customer, 512, 440, 362, 284, 212)
    fitted(clock.today() - timedelta(days=10))
    standing.run(clock.today())
    return customer


def bought(customer, *days_ago):
    for days in days_ago:
        on = clock.today() - timedelta(days=days)
        touch_months([on])
        Deal.objects.create(customer=customer, on=on, amount_cents=50_000, kind="sale")


def browser(user):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def text(answer):
    return answer.content.decode()


def share_of(customer):
    return standings(current_run()).get(customer=customer).leave_share


def ask(client, customer, **typed):
    whole = {"percent": "12", "reason": "已说定年底来换胎", "expires": (clock.today() + timedelta(days=30)).isoformat(), **typed}
    return client.post(f"/customers/{customer.pk}/leave-override/new/", whole)


# ── reading ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["chen", "lin", "xu"])
def test_a_number_in_a_reason_is_covered(cast, zhang, who):
    ask(browser(cast.chen), zhang, reason="他说有事打 13900001234")
    assert LeaveOverride.objects.get().reason == "他说有事打 13900001234"
    page = text(browser(getattr(cast, who)).get(f"/customers/{zhang.pk}/why/"))
    assert "理由：“他说有事打 139****34”" in page and "13900001234" not in page


@pytest.mark.parametrize("who", [*EDITORS, *READERS])
def test_who_sees_the_card_sees_why(cast, zhang, who):
    page = text(browser(getattr(cast, who)).get(f"/customers/{zhang.pk}/why/", **HTMX))
    assert "<html" not in page
    evidence = ("多久没来", "<b>212 天</b>没来，<b>2.8 个周期</b>；常见 40 天，0.5 个。", "BG/NBD 模型", "按 4,800 位客户")
    for words in ("和常见的客户比", "怎样会低些", "今天来一次", *evidence):
        assert words in page
    assert ("您知道得更多？改概率" in page) is (who in EDITORS)


@pytest.mark.parametrize("who", BLIND)
def test_out_of_sight_it_is_not_there(cast, zhang, who):
    client = browser(getattr(cast, who))
    before = (LeaveOverride.objects.count(), FactChange.objects.count())
    assert client.get(f"/customers/{zhang.pk}/why/", **HTMX).status_code == 404
    assert client.get(f"/customers/{zhang.pk}/leave-override/new/").status_code == 404
    assert ask(client, zhang).status_code == 404
    assert (LeaveOverride.objects.count(), FactChange.objects.count()) == before


def test_without_script_it_is_a_page(cast, zhang):
    page = text(browser(cast.chen).get(f"/customers/{zhang.pk}/why/"))
    assert "张书远一年内不再来的可能：" in page
    assert 'aria-label="为什么"' in page


def test_the_card_and_the_pane_lead_to_it_at_no_cost(cast, zhang):
    client = browser(cast.chen)
    for address, more in ((f"/customers/{zhang.pk}/", {}), (f"/customers/{zhang.pk}/preview/", HTMX)):
        with CaptureQueriesContext(connection) as asked:
            page = text(client.get(address, **more))
        assert f'hx-get="/customers/{zhang.pk}/why/"' in page
        assert "为什么是 " in page
        assert not [query for query in asked if "leaveoverride" in query["sql"]]


def test_on_a_phone_the_risk_stands_above_what_happened(cast, zhang):
    page = text(browser(cast.chen).get(f"/customers/{zhang.pk}/"))
    assert page.count('id="why"') == page.count('id="lk-why"') == 1
    told = page.index('<div class="lk-only-m" id="why">')
    assert told < page.index("不再来", told) < page.index(f'<a href="/customers/{zhang.pk}/why/">', told) < page.index('id="lk-timeline"')


@pytest.mark.parametrize(("run", "words"), [(False, "洞察还没有算过"), (True, "还没有成交，谈不上流失")])
def test_nobody_is_told_a_number_that_is_not_there(cast, run, words):
    never = card(cast.chen, "没买过")
    if run:
        standing.run(clock.today())
    page = text(browser(cast.chen).get(f"/customers/{never.pk}/why/"))
    assert words in page
    assert "没买过还没有流失概率" in page
    assert "nan" not in page.lower()


def test_where_the_rule_took_over_it_says_why(cast):
    customer = card(cast.chen, "吴启明")
    bought(customer, 284, 212)
    standing.run(clock.today())
    page = text(browser(cast.chen).get(f"/customers/{customer.pk}/why/", **HTMX))
    assert "没来。一年前没有人停在这里，先用行业包的假设" in page
    assert "回头客不到 200 位，模型学不准：按同样周期数的老客户算，" in page


# ── saying ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", EDITORS)
def test_a_word_counts_at_once_and_can_be_taken_back(cast, zhang, who):
    client, before = browser(getattr(cast, who)), share_of(zhang)
    answer = ask(client, zhang)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/customers/{zhang.pk}/#why")
    assert share_of(zhang) == 0.12
    said = LeaveOverride.objects.get()
    page = text(client.get(f"/customers/{zhang.pk}/"))
    assert "张书远：流失概率改成 12%" in page and f"/leave-overrides/{said.pk}/withdraw/" in page
    assert "人工判断流失概率 12%" in page
    why = text(client.get(f"/customers/{zhang.pk}/why/", **HTMX))
    assert f"{getattr(cast, who).name} 今天改成 <b>12%</b>" in why
    assert "理由：“已说定年底来换胎”" in why
    assert client.post(f"/leave-overrides/{said.pk}/withdraw/").headers["Location"] == f"/customers/{zhang.pk}/#why"
    assert share_of(zhang) == before
    assert "撤回了改过的流失概率" in text(client.get(f"/customers/{zhang.pk}/"))
    assert client.post(f"/leave-overrides/{said.pk}/restore/").status_code == 302
    assert share_of(zhang) == 0.12


@pytest.mark.parametrize("who", READERS)
def test_who_only_reads_may_not_say(cast, zhang, who):
    client = browser(getattr(cast, who))
    assert client.get(f"/customers/{zhang.pk}/leave-override/new/").status_code == 404
    assert ask(client, zhang).status_code == 404
    assert not LeaveOverride.objects.exists()


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"percent": ""}, "概率请填 1 到 99 的整数。"),
        ({"percent": "12.5"}, "概率请填 1 到 99 的整数。"),
        ({"percent": "100"}, "概率请填 1 到 99 的整数。"),
        ({"percent": "-3"}, "概率请填 1 到 99 的整数。"),
        ({"reason": "  "}, "请写理由：您知道什么。"),
        ({"expires": ""}, "请填日期。"),
        ({"expires": "2020-01-01"}, "有效期请定在明天到 180 天之内。"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(cast, zhang, typed, error):
    answer = ask(browser(cast.chen), zhang, **typed)
    page = text(answer)
    assert answer.status_code == 422
    assert error in page
    assert "reason" in typed or "已说定年底来换胎" in page
    assert not LeaveOverride.objects.exists()


def test_the_undo_on_the_card_loads_it_again(cast, zhang):
    """To the same address with another place in it a browser would not go."""
    client = browser(cast.chen)
    ask(client, zhang)
    answer = client.post(f"/leave-overrides/{LeaveOverride.objects.get().pk}/withdraw/", **HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/customers/{zhang.pk}/")


def test_withdrawn_twice_it_says_so(cast, zhang):
    client = browser(cast.chen)
    ask(client, zhang)
    said = LeaveOverride.objects.get()
    client.post(f"/leave-overrides/{said.pk}/withdraw/")
    client.post(f"/leave-overrides/{said.pk}/withdraw/")
    assert "这条判断已经不算数了。" in text(client.get("/customers/"))


def test_a_form_for_who_has_no_probability_yet(cast):
    never = card(cast.chen, "没买过")
    assert Run.objects.count() == 0
    assert "还没有流失概率" in text(browser(cast.chen).get(f"/customers/{never.pk}/leave-override/new/"))
