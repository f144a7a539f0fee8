"""What is said of a customer's contracts and of a kind: every state in its words, and how many queries it takes."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.deals.models import Asset, Contract
from liuke.packs.loader import load_pack
from liuke.standing.models import ChurnFit
from liuke.standing.renewal_words import NO_MODEL, kind_sentence, kinds_of, model_words, renewal_lines
from tests.standing.conftest import AS_OF
from tests.standing.renewals import kept, kind

AUTO = load_pack("auto_dealer")


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def customer(bought):
    return bought("张书远", 212)


def insured(customer, ends_in, terms=1, **values):
    """Contracts of a year each that follow one another, the last ending so many days after AS_OF; that one."""
    for back in range(terms - 1, -1, -1):
        ends = AS_OF + timedelta(days=ends_in - 365 * back)
        last = Contract.objects.create(
            customer=customer, **{"kind": "insurance", "starts_on": ends - timedelta(days=364), "ends_on": ends, **values}
        )
    return last


def lines(customer, fit):
    return renewal_lines(list(Contract.objects.filter(customer=customer).order_by("pk")), fit, AS_OF, AUTO)


# ── of a customer ──


def test_a_running_contract_with_a_price(customer):
    last = insured(customer, 41, 3, amount_cents=420_000)
    told = lines(customer, kept(kind()))
    left, worth = 1.0, 0.0
    for place in range(4000):  # (β + t - 1) / (α + β + t - 1) again and again, the first in 41 days
        left *= (5 + place) / (6 + place)
        worth += left * 4200 * 1.1 ** -((41 + 365 * place) / 365.25)
    assert told == {
        last.pk: (
            "第 3 次续约还有 41 天：到过这一次的 557 位里 70% 续了，预计不续的可能 17%。",
            f"往后 10 次里预计续 5.2 次；每次按 ¥4,200，往后的续约折到今天约值 ¥{round(worth):,}。",
        )
    }


@pytest.mark.parametrize(
    ("ends_in", "terms", "expected"),
    [
        (41, 1, ("第 1 次续约还有 41 天：到过这一次的 1,000 位里 73% 续了，预计不续的可能 25%。", "往后 10 次里预计续 4 次。")),
        (0, 2, ("第 2 次续约，今天到期：到过这一次的 700 位里 80% 续了，预计不续的可能 20%。", "往后 10 次里预计续 4.7 次。")),
        (9, 4, ("第 4 次续约还有 9 天：到过这一次的 20 位里续了 15 位，预计不续的可能 14%。", "往后 10 次里预计续 5.6 次。")),
        (9, 5, ("第 5 次续约还有 9 天：还没有人到过这一次，预计不续的可能 13%。", "往后 10 次里预计续 5.9 次。")),
        # a quarter will not; of the others half would have by now: 1/4 ÷ (1/4 + 3/4 × 1/2)
        (-5, 1, ("第 1 次续约过了 5 天，还没续：到过这一次的 1,000 位里 73% 续了，预计不续的可能 40%。",)),
        (-30, 1, ("第 1 次续约过了 30 天，还没续：到过这一次的 1,000 位里 73% 续了，预计不续的可能 超过 99%。",)),
        (-31, 1, None),
    ],
)
def test_how_it_stands(customer, ends_in, terms, expected):
    last = insured(customer, ends_in, terms)
    assert lines(customer, kept(kind())) == ({last.pk: expected} if expected else {})


@pytest.mark.parametrize("why", NO_MODEL)
def test_without_a_model_what_was_seen_and_why(customer, why):
    last = insured(customer, 41)
    told = lines(customer, kept(kind(fit=None, why=why, at_risk=(45,), lost=(18,), years={})))
    assert told == {last.pk: (f"第 1 次续约还有 41 天：到过这一次的 45 位里 60% 续了，{NO_MODEL[why]}。",)}


def test_signed_ahead(customer):
    last = insured(customer, 20, amount_cents=420_000)
    insured(customer, 385)
    assert lines(customer, kept(kind())) == {last.pk: ("第 1 次续约已经签好。",)}


def test_each_vehicle_has_its_own_count(customer):
    old, new = (Asset.objects.create(customer=customer, name=name) for name in ("北辰 7", "远山 S5"))
    first, second = insured(customer, 41, 3, asset=old), insured(customer, 41, 1, asset=new)
    told = lines(customer, kept(kind()))
    assert {pk: line[0][:7] for pk, line in told.items()} == {first.pk: "第 3 次续约", second.pk: "第 1 次续约"}


def test_of_these_nothing_is_said(customer):
    insured(customer, 41, kind="warranty")
    insured(customer, 41, kind="unheard_of")
    insured(customer, 41, ended_on=AS_OF - timedelta(days=2))
    gone = Asset.objects.create(customer=customer, name="北辰 7", gone_on=AS_OF - timedelta(days=9))
    insured(customer, 41, asset=gone)
    assert lines(customer, kept(kind())) == {}


def test_nothing_without_a_run_or_with_a_fit_of_before(customer):
    insured(customer, 41)
    assert lines(customer, None) == lines(customer, kept(renewals={})) == lines(customer, kept()) == {}
    assert renewal_lines([], kept(kind()), AS_OF, AUTO) == {}


@pytest.mark.parametrize(("contracts", "queries"), [(0, 0), (1, 2), (6, 2)])
def test_two_queries_however_many(customer, contracts, queries):
    pk = kept(kind()).pk
    for _ in range(contracts):
        insured(customer, 41, asset=Asset.objects.create(customer=customer, name="北辰 7"))
    rows = list(Contract.objects.filter(customer=customer))
    fit = ChurnFit.objects.defer("chosen", "renewals").get(pk=pk)
    with CaptureQueriesContext(connection) as asked:
        assert len(renewal_lines(rows, fit, AS_OF, AUTO)) == contracts
    assert len(asked) == queries


def test_in_english(customer):
    last = insured(customer, 1, 3, amount_cents=420_000)
    with translation.override("en"):
        told = lines(customer, kept(kind()))[last.pk]
    assert told[0] == "Renewal 3 in 1 day: 70% of the 557 who came this far renewed, chance of not renewing 17%."
    assert re.fullmatch(r"Of the next 10, 5\.2 are expected; at ¥4,200 each, all to come are worth about ¥[\d,]+ today\.", told[1])


# ── of a kind ──


@pytest.mark.parametrize(
    ("at_risk", "lost", "expected"),
    [
        ((1000, 700, 600, 500), (270, 140, 60, 45), "第 1 次续约最险，100 位里走 27 位；到第 4 次，只走 9 位。"),
        ((1000, 900, 600), (100, 300, 180), "第 2 次续约最险，100 位里走 33 位；第 1 次只走 10 位。"),
        ((1000, 700, 500), (270, 189, 135), "每次续约都差不多，100 位里走 27 位上下。"),
        ((1000,), (270,), "第 1 次续约，100 位里走 27 位。"),
        ((29, 20), (9, 3), "到过期的只有 29 位，走了 9 位，还说不准。"),
        ((), (), "到过期的只有 0 位，走了 0 位，还说不准。"),
    ],
)
def test_where_most_leave(at_risk, lost, expected):
    assert kind_sentence(kind(at_risk=at_risk, lost=lost, years={})) == expected


def test_what_the_model_rests_on():
    assert model_words(kind()) == "续约模型（sBG），按到过期的 1,000 位算；卡片上往后的钱，一年按 10% 折到今天。"
    assert model_words(kind(fit=None, why="nobody_left")) == "还没有人不续，先不预计。"


@pytest.mark.django_db
def test_the_kinds_in_the_packs_order():
    fit = kept(kind("membership"), kind("unheard_of"), kind("insurance"), kind("compulsory"))
    assert [one.kind for one in kinds_of(fit, AUTO)] == ["insurance", "compulsory", "membership"]
