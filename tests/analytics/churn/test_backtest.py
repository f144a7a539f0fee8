import json

import numpy as np
import pytest

from liuke.analytics.churn.backtest import backtest
from liuke.analytics.churn.book import Book
from liuke.analytics.churn.scores import scores_of
from liuke.analytics.thresholds import Thresholds
from liuke.kernel.refusal import Refused

from .real import tables_of
from .test_choice import BAD, DAY, shop

KEYS = {"model", "auc", "lift_10", "brier", "ece", "predicted_deals", "actual_deals", "chosen"}


@pytest.fixture(scope="module")
def done():
    tables = shop(1200, days=800)
    return tables, backtest(tables, DAY - 120, 120, Thresholds(), known_until=DAY)


def test_the_keys_stay(done):
    _, result = done
    raw = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert set(raw) == {"as_of", "horizon_days", "customers", "left", "chosen", "why", "models", "calibration"}
    assert raw["as_of"] == str(np.datetime64(DAY - 120, "D")) and raw["horizon_days"] == 120
    assert [one["model"] for one in raw["models"]] == ["bgnbd", "mbgnbd", "paretonbd", "additive", "band", "absent"]
    assert all(set(one) == KEYS for one in raw["models"])
    assert [one["model"] for one in raw["models"] if one["chosen"]] == [raw["chosen"]]
    assert all(set(one) == {"n", "predicted", "actual", "low", "high"} for one in raw["calibration"])
    assert sum(one["n"] for one in raw["calibration"]) == raw["customers"]
    absent = raw["models"][-1]
    assert absent["brier"] is absent["ece"] is absent["predicted_deals"] is None and absent["auc"] > 0.5


def test_what_happened_is_counted(done):
    tables, result = done
    who, day = (np.asarray(tables.deals[name]) for name in ("customer_id", "day"))
    known = np.unique(who[day <= DAY - 120])
    assert result.customer_id.tolist() == known.tolist()
    after = {(w, d) for w, d in zip(who.tolist(), day.tolist(), strict=True) if DAY - 120 < d <= DAY}
    came = np.array([sum(1 for w, _ in after if w == c) for c in known.tolist()])
    assert result.deals.tolist() == came.tolist() and result.left.tolist() == (came == 0).tolist()
    assert result.to_json()["models"][0]["actual_deals"] == came.sum()
    assert result.to_json()["left"] == (came == 0).sum()


def test_the_figures_are_those_of_the_chosen_model(done):
    _, result = done
    (chosen,) = [one for one in result.tested if one.model == result.chosen.key]
    assert chosen.scores == scores_of(result.leave, result.left)
    assert chosen.scores.auc > 0.7 and chosen.scores.ece < 0.08


def test_the_choice_does_not_see_the_outcome(done):
    """With another future, the same choice and the same words about everybody."""
    tables, result = done
    deals = tables.deals
    past = deals.filter(np.asarray(deals["day"]) <= DAY - 120)
    other = backtest(type(tables)(past), DAY - 120, 120, Thresholds())
    assert other.left.all() and other.chosen.to_json() == result.chosen.to_json()
    np.testing.assert_array_equal(other.leave, result.leave)
    assert {one.scores.auc for one in other.tested} == {None}


@pytest.mark.parametrize("case", ["one_customer", "nobody_repeats", "one_day", "few_repeaters"])
def test_too_little_gives_the_rules(case):
    result = backtest(BAD[case], DAY, 90, Thresholds(), known_until=DAY + 90)
    raw = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert raw["chosen"] == "band" and raw["why"] in ("nobody_repeats", "one_day", "few_repeaters")
    assert [one["model"] for one in raw["models"]] == ["band", "absent"]


@pytest.mark.parametrize("case", ["no_customers", "negative_only"])
def test_before_the_first_deal(case):
    with pytest.raises(Refused) as refusal:
        backtest(BAD[case], DAY, 90, Thresholds(), known_until=DAY + 90)
    assert refusal.value.code == "backtest.before_first" and str(refusal.value)


def test_deals_that_do_not_span_the_horizon():
    for case, day in (("later", DAY), ("one_day", DAY)):
        with pytest.raises(Refused) as refusal:
            backtest(BAD[case], day, 90, Thresholds(), known_until=DAY + 10)
        assert refusal.value.code == "backtest.too_short" and "90" in str(refusal.value)


def test_the_rule_speaks_of_the_days_looked_at():
    """The share of those in the same band so many days before, who then did not come: counted by hand."""
    book = Book(shop(1200, days=800), Thresholds())
    then, before = book.at(DAY - 90), book.at(DAY - 180)
    share, learned = book.band_share(then, 90)
    stayed = book.deal_days.between(before.customer_id, DAY - 180, DAY - 90) > 0
    assert learned and len(set(then.band.tolist())) > 2
    for number in set(then.band.tolist()):
        mine = before.band == number
        assert set(share[then.band == number].tolist()) == {(~stayed[mine]).sum() / mine.sum()}
    year, learned = book.band_share(then, 365)
    assert learned and (year == then.year_share).all()
    scores = scores_of(share, book.came(then, 90) == 0)
    assert scores.ece < 0.05 < scores_of(year, book.came(then, 90) == 0).ece


def test_an_assumption_about_a_year_is_not_held_against_90_days():
    result = backtest(BAD["few_repeaters"], DAY, 500, Thresholds(), known_until=DAY + 500)
    band, absent = result.to_json()["models"]
    assert (result.chosen.key, band["model"], band["brier"], band["ece"], result.bins) == ("band", "band", None, None, ())
    assert absent["model"] == "absent"
    band = backtest(BAD["few_repeaters"], DAY, 365, Thresholds(), known_until=DAY + 365).to_json()["models"][0]
    assert band["brier"] is not None


def test_an_outcome_that_is_not_known_yet():
    tables = tables_of([1, 1], [DAY - 100, DAY - 5], [5, 5])
    with pytest.raises(Refused) as refusal:
        backtest(tables, DAY - 50, 90, Thresholds(), known_until=DAY)
    assert refusal.value.code == "backtest.outcome" and str(np.datetime64(DAY - 90, "D")) in str(refusal.value)
    assert refusal.value.slots["until"] == str(np.datetime64(DAY - 5, "D")), "the last deal itself"
    with pytest.raises(Refused) as refusal:
        backtest(tables, DAY - 50, 0, Thresholds())
    assert refusal.value.code == "backtest.horizon"


def test_a_large_base_is_learned_from_a_sample():
    result = backtest(shop(1200, days=800), DAY - 120, 120, Thresholds(), sample=900)
    assert 500 < result.chosen.outcomes < 900 < result.chosen.customers == len(result.left)
