"""Renewals as readers meet them: the section on the page of backtests, and the line on a card's contracts."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.deals.models import Asset, Contract
from liuke.standing.models import Backtest
from liuke.web.backtests.renewal_picture import NARROW, picture
from tests.cast import Cast, assemble, card
from tests.standing.backtests import result
from tests.standing.renewals import kept, kind
from tests.standing_rows import a_run

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def cast() -> Cast:
    return assemble()


def page(user, address: str) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.get(address).content.decode()


def text(html: str) -> str:
    body = re.sub(r"<(script|style|svg|template)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def insured(customer, ends_in: int = 41, **values) -> Contract:
    ends = TODAY + timedelta(days=ends_in)
    return Contract.objects.create(
        customer=customer, **{"kind": "insurance", "starts_on": ends - timedelta(days=364), "ends_on": ends, **values}
    )


# ── the page of backtests ──


def test_a_section_for_each_kind_with_its_sentence_and_rows(cast: Cast) -> None:
    few = kind("service_package", at_risk=(45, 12), lost=(18, 3), years={"2024": ((45, 12), (18, 3))}, fit=None, why="few_customers")
    steep = kind(at_risk=(1000, 700, 600, 500, 20), lost=(270, 140, 60, 45, 5))
    a_run(TODAY, fit=kept(few, steep))
    html = page(cast.zhao, "/backtests/")
    said = text(html)
    assert "续约：商业险 第 1 次续约最险，100 位里走 27 位；到第 4 次，只走 9 位。" in said
    assert "第几次续约 到期 续了 续约率 95% 区间 模型 1 1,000 730 73.0% 70.2%–75.7% 75.0% 2 700 560 80.0% 76.9%–82.8% 80.0%" in said
    assert " 5 20 15 15 ÷ 20 53.1%–88.8% 87.5%" in said
    assert "按哪年开始看 开始的年份 第 1 次 第 2 次 第 3 次 第 4 次 2024 75.0% 80.0% — — 2023 71.7% 80.0% 70.0% 15 ÷ 20" in said
    assert "续约模型（sBG），按到过期的 1,000 位算" in said
    assert "续约：保养套餐 第 1 次续约，100 位里走 40 位。" in said and "到过期的不到 200 位，先不预计。" in said
    assert said.index("续约：商业险") < said.index("续约：保养套餐")
    drawn = re.findall(r"<svg class=\"lk-flow\".*?</svg>", html, flags=re.DOTALL)
    assert len(drawn) == 2, "wide and narrow; of one renewal alone without a model no curve is drawn"
    assert drawn[0].count("<circle") == 5, "at the start and after each renewal that enough came to"
    assert "续过 1 次的还有 73.0%，模型算 75.0%" in drawn[0]
    assert "续过 4 次的还有 47.8%；照模型，续过 10 次的还有 23.1%" in drawn[0]


def test_it_stands_below_a_backtest_too(cast: Cast) -> None:
    a_run(TODAY, fit=kept(kind()))
    Backtest.objects.create(
        as_of=date(2025, 11, 20), horizon_days=365, pack="auto_dealer", state=Backtest.State.DONE, result=result(),
        finished_at=datetime(2026, 11, 19, tzinfo=UTC),
    )  # fmt: skip
    said = text(page(cast.zhao, "/backtests/"))
    assert said.index("绿的却走了") < said.index("续约：商业险")


@pytest.mark.parametrize("kinds", [[], [kind(at_risk=(), lost=(), years={}, fit=None, why="no_customers")]])
def test_no_section_before_a_contract_has_come_to_its_end(cast: Cast, kinds) -> None:
    assert "续约" not in text(page(cast.zhao, "/backtests/"))
    a_run(TODAY, fit=kept(*kinds))
    assert "续约" not in text(page(cast.zhao, "/backtests/"))


def test_a_long_table_is_cut(cast: Cast) -> None:
    a_run(TODAY, fit=kept(kind(at_risk=tuple(range(2000, 700, -100)), lost=(100,) * 13, years={})))
    said = text(page(cast.zhao, "/backtests/"))
    assert "第 12 次以后的没有列。" in said
    assert " 12 900 800 " in said and " 13 800 700 " not in said


def test_the_curve_keeps_within_its_frame() -> None:
    for size in ((560, 250), NARROW):
        drawn = str(picture([1.0, 0.5, 0.25], [1.0, 0.5, 0.25, 0.0], size))
        places = [float(place) for pair in re.findall(r'points="([^"]*)"', drawn) for place in re.findall(r"[\d.]+", pair)]
        assert len(places) == 2 * (3 + 2), "three points seen, and from the last of them on the dashed one"
        assert all(0 <= place <= size[0] for place in places[::2]) and all(12 <= place <= size[1] - 44 for place in places[1::2])
        assert drawn.count("stroke-dasharray") == 1
        assert "polyline" not in str(picture([1.0, 0.5, 0.25], [], size))


def test_in_english(cast: Cast) -> None:
    with translation.override("en"):
        words = str(picture([1.0, 0.5], [1.0, 0.5, 0.25]))
    assert "50.0% are left after renewal 1, 50.0% by the model" in words and not re.search("[一-鿿]", words)


# ── the card ──


def test_the_line_under_a_contract(cast: Cast) -> None:
    made = card(cast.chen, "张书远")
    a_run(TODAY, fit=kept(kind()))
    insured(made, amount_cents=420_000)
    said = text(page(cast.chen, f"/customers/{made.pk}/"))
    assert "商业险 12月31日 到期 第 1 次续约还有 41 天：到过这一次的 1,000 位里 73% 续了，预计不续的可能 25%。" in said
    assert "预计不续的可能 25%。 往后 10 次里预计续 4 次；每次按 ¥4,200，往后的续约折到今天约值 ¥" in said


def test_no_more_queries_for_six_contracts_than_for_one(cast: Cast) -> None:
    made = card(cast.chen, "张书远")
    a_run(TODAY, fit=kept(kind()))
    counts = []
    for _ in range(6):
        insured(made, asset=Asset.objects.create(customer=made, name="北辰 7"))
        page(cast.chen, f"/customers/{made.pk}/")
        with CaptureQueriesContext(connection) as asked:
            said = text(page(cast.chen, f"/customers/{made.pk}/"))
        counts.append((len(asked), said.count("第 1 次续约还有 41 天")))
    assert counts == [(counts[0][0], n) for n in range(1, 7)]


@pytest.mark.parametrize("address", ["/customers/", "/cockpit/"])
def test_a_page_with_the_models_name_does_not_read_its_parts(cast: Cast, address: str) -> None:
    a_run(TODAY, fit=kept(kind()))
    with CaptureQueriesContext(connection) as asked:
        assert "客户" in text(page(cast.zhao, address))
    fits = [query["sql"] for query in asked if "standing_churnfit" in query["sql"]]
    assert fits and not [sql for sql in fits if '"chosen"' in sql or '"renewals"' in sql]
