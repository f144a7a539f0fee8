import pytest

from liuke.exchange.datasets import DATASETS
from liuke.exchange.datasets.field import foreign, in_wan, plain
from liuke.exchange.heading import match_columns
from liuke.interactions.labels import Direction, Outcome, Way


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=list(DATASETS))
def test_no_word_names_two_fields(dataset):
    owners: dict[str, str] = {}
    for each in dataset.fields:
        for word in each.words:
            assert owners.setdefault(plain(word), each.code) == each.code, word


def test_a_real_shop_matches_by_itself():
    heading = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID".split(",")
    match = match_columns(heading, DATASETS["deals"], {})
    assert match.columns == {"number": [0], "code": [1], "item": [2], "quantity": [3], "on": [4], "unit_price": [5], "customer_number": [6]}
    assert not match.unknown and not match.doubled


@pytest.mark.parametrize(
    ("heading", "word"),
    [("结算金额（万元）*", "结算金额"), ("Customer ID", "customerid"), ("ｃｕｓｔｏｍｅｒ＿ｉｄ", "customerid"),
     ("*手机号码：", "手机号码"),
     ("金额元", "金额"), ("元", "元"), ("（备注）", "备注")],
)  # fmt: skip
def test_what_does_not_matter_in_a_heading(heading, word):
    assert plain(heading) == word


@pytest.mark.parametrize("heading", ["金额（万元）", "金额(单位：万元)", "成交金额万元", "金额/万", "金额【万】"])
def test_ten_thousands(heading):
    assert in_wan(heading) and plain(heading) in ("金额", "成交金额", "金额万")


def test_plain_amounts_are_not_ten_thousands():
    assert not any(map(in_wan, ["金额", "金额（元）", "万科金额", "千元"]))
    assert foreign("Amount (USD)") and not foreign("Amount (CNY)")


def test_choices_are_those_of_the_models():
    fields = {each.code: set(each.choices.values()) for each in DATASETS["interactions"].fields if each.choices}
    assert fields == {"direction": set(Direction.values), "way": set(Way.values), "outcome": set(Outcome.values)}
    from liuke.customers.labels import Channel, Gender, Kind, Level
    from liuke.deals.labels import DealKind

    fields = {each.code: set(each.choices.values()) for each in DATASETS["customers"].fields if each.choices}
    assert fields == {
        "kind": set(Kind.values),
        "gender": set(Gender.values),
        "channel": set(Channel.values),
        "service_need": set(Level.values),
    }
    assert set(DATASETS["deals"].field("kind").choices.values()) == set(DealKind.values)
