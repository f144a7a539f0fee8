import json

import numpy as np
import pyarrow as pa
import pytest

from liuke.analytics.churn import choice
from liuke.analytics.churn.book import Book, DealDays, sampled, thin, together
from liuke.analytics.churn.choice import Chosen, choose, parts, predict
from liuke.analytics.churn.features import FLAGS, NUMBERS
from liuke.analytics.churn.landmarks import window_days
from liuke.analytics.churn.logit import probability
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds

from .real import tables_of

DAY = 20_000


def shop(customers=900, days=900, seed=0, *, dying=True, cents=10_000) -> Tables:
    """A made shop: everybody buys at a rate of his own from his first day, and (dying) leaves at a time of his own."""
    rng = np.random.default_rng(seed)
    who, when = [], []
    for number in range(customers):
        first = rng.integers(0, days - 30)
        rate = rng.gamma(0.8, 1 / 60)
        life = rng.exponential(rng.gamma(2, 120)) if dying else np.inf
        t = 0.0
        while first + t < days and t <= life:
            who.append(number + 1)
            when.append(int(first + t))
            t += rng.exponential(1 / max(rate, 1e-4))
    return tables_of(who, np.array(when) + DAY - days + 1, rng.integers(cents // 2, cents * 2, len(who)))


def simple_shop(seed, *, angry=0.0, customers=900, days=900) -> Book:
    """A shop as MBG/NBD has it: a rate for each, and after each deal a chance to leave. Of the deals, `angry` end with an open
    complaint, and nobody who has one comes again: the rhythm cannot know of that."""
    rng = np.random.default_rng(seed)
    who, when, complaint = [], [], []
    for number in range(1, customers + 1):
        t, rate, leaves = float(rng.integers(0, days - 200)), rng.gamma(2, 1 / 60), rng.beta(1, 9)
        while t < days:
            who.append(number)
            when.append(int(t))
            if rng.random() < angry:
                complaint.append((number, int(t)))
                break
            if rng.random() < leaves:
                break
            t += rng.exponential(1 / rate)
    first = DAY - days + 1
    deals = tables_of(who, np.array(when) + first, [10_000] * len(who)).deals
    events = {
        "customer_id": pa.array([number for number, _ in complaint], pa.int64()),
        "day": pa.array([first + t for _, t in complaint], pa.int32()),
        "kind": pa.array(["severe_complaint_opened"] * len(complaint), pa.string()),
        "value": pa.nulls(len(complaint), pa.int64()),
    }
    return Book(Tables(deals, events=pa.table(events)), Thresholds())


@pytest.fixture(scope="module")
def by_rhythm():
    return simple_shop(3)


@pytest.fixture(scope="module")
def long_shop():
    return Book(shop(), Thresholds())


@pytest.fixture(scope="module")
def chosen(long_shop):
    return choose(long_shop, DAY, 120)


def of(book, day):
    then = book.at(day)
    return then.frequency, then.recency_days, then.age_days, then.features


def test_the_likeliest_model_is_under_the_choice(chosen):
    assert set(chosen.fits) == {"bgnbd", "mbgnbd", "paretonbd"} and not chosen.not_fitted
    assert chosen.base == max(chosen.fits, key=lambda key: chosen.fits[key].log_likelihood)
    assert chosen.customers == 900 and chosen.repeaters == chosen.fits["bgnbd"].repeaters > 300
    assert (chosen.window_days, chosen.past_day) == (120, DAY - 120)
    assert chosen.outcomes > 600 and 0 < chosen.outcomes_left < chosen.outcomes
    assert set(chosen.past) == {"bgnbd", "mbgnbd", "paretonbd", "band", "absent", "line", "additive"}
    assert chosen.value is not None and chosen.additive is not None and chosen.learned_days == 120


def test_where_only_the_rhythm_decides_nothing_takes_over(by_rhythm):
    chosen = choose(by_rhythm, DAY, 120)
    assert (chosen.key, chosen.base, chosen.why) == ("mbgnbd", "mbgnbd", "best_likelihood")
    assert chosen.line is None and chosen.additive is not None
    assert chosen.past["additive"].log_loss > chosen.past["mbgnbd"].log_loss


@pytest.mark.parametrize("seed", [1, 2])
def test_where_a_complaint_decides_the_supervised_model_takes_over(seed):
    book = simple_shop(seed, angry=0.1)
    chosen = choose(book, DAY, 120)
    assert (chosen.key, chosen.why, chosen.line) == ("additive", "beats_others", None)
    complaint = of(book, DAY)[3]["complaint"] == 1
    moved = parts(chosen, *of(book, DAY), 120)["complaint"]
    assert moved[complaint].min() > 1 > 0 > moved[~complaint].max(), "log-odds"


CONDITIONS = {
    # line better than the model, supervised better than the rival, than the bands, AUC difference: (line is used, supervised takes over)
    "all": ((False, True, True, 0.0), (False, True)),
    "all_against_the_line": ((True, True, True, 0.0), (True, True)),
    "not_the_rival": ((False, False, True, 0.0), (False, False)),
    "not_the_line": ((True, False, True, 0.0), (True, False)),
    "not_the_bands": ((False, True, False, 0.0), (False, False)),
    "auc_lower_within_its_error": ((False, True, True, -0.01), (False, True)),
    "auc_lower_beyond_its_error": ((False, True, True, -0.011), (False, False)),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_correction_takes_over_only_where_it_beats_all_others(by_rhythm, monkeypatch, case):
    (line, over_rival, over_bands, difference), (line_used, takes_over) = CONDITIONS[case]
    asked, ranked = [], []

    def better(a, b, test):
        asked.append((a, b))
        if len(asked) == 1:
            return line
        return over_rival if any(b is one for one in asked[0]) else over_bands

    def auc(a, b, left):
        ranked.append((a, b))
        return difference, 0.01

    monkeypatch.setattr(choice, "_better", better)
    monkeypatch.setattr(choice, "auc_difference", auc)
    found = choose(by_rhythm, DAY, 120)
    assert (found.line is not None, found.key == "additive") == (line_used, takes_over)
    assert found.why == ("beats_others" if takes_over else "best_likelihood")
    (straight, plain), *others = asked
    rival, loser = (straight, plain) if line else (plain, straight)
    assert ranked[0][1] is rival and all(a is ranked[0][0] and b is not loser for a, b in others)


def test_better_is_by_more_than_one_standard_error():
    class Test:
        left = np.array([True, False] * 50)

    sure = np.where(Test.left, 0.8, 0.2)
    unsure = np.full(100, 0.5)
    mixed = np.where(np.arange(100) % 10 < 5, sure, 1 - sure)  # right in half of the cases
    assert choice._better(sure, unsure, Test) and not choice._better(unsure, sure, Test)
    assert not choice._better(sure, sure, Test)
    assert not choice._better(mixed, unsure, Test)
    slightly = np.where(np.arange(100) < 54, sure, 1 - sure)  # in 54 of 100: lower on the mean than `mixed`, not by one error
    assert not choice._better(slightly, mixed, Test)


def test_nothing_later_is_looked_at(long_shop):
    """The same choice from a book in which the later rows do not exist."""
    day = DAY - 150
    deals = long_shop.tables.deals
    cut = Book(Tables(deals.filter(np.asarray(deals["day"]) <= day)), Thresholds())
    with_later, without = (choose(book, day, 100).to_json() for book in (long_shop, cut))
    assert with_later == without


def test_a_choice_survives_json(chosen, long_shop):
    text = json.dumps(chosen.to_json(), allow_nan=False)
    back = Chosen.from_json(json.loads(text))
    assert json.dumps(back.to_json()) == text
    for key in ("additive", chosen.base):
        one, other = (choice.replace(c, key=key) for c in (chosen, back))
        np.testing.assert_array_equal(predict(one, *of(long_shop, DAY), 120).leave, predict(other, *of(long_shop, DAY), 120).leave)


@pytest.mark.parametrize("days", [30, 120, 365])
def test_the_parts_add_up(chosen, long_shop, days):
    for key in ("additive", chosen.base):
        one = choice.replace(chosen, key=key)
        found = predict(one, *of(long_shop, DAY), days)
        np.testing.assert_allclose(probability(sum(parts(one, *of(long_shop, DAY), days).values())), found.leave, atol=1e-9)
        for column in (found.leave, found.alive, found.deals):
            assert np.isfinite(column).all() and (column >= 0).all()
        assert (found.leave <= 1).all() and (found.alive <= 1).all()


def test_longer_ahead_fewer_leave(chosen, long_shop):
    for key in ("additive", chosen.base):
        leave = [predict(choice.replace(chosen, key=key), *of(long_shop, DAY), days).leave.mean() for days in (30, 120, 365)]
        assert leave[0] > leave[1] > leave[2]


def test_asked_for(long_shop, chosen):
    for key in ("bgnbd", "paretonbd"):
        asked = choose(long_shop, DAY, 120, asked=key)
        assert (asked.key, asked.base, asked.why, asked.additive) == (key, key, "asked_for", None)
    band = choose(long_shop, DAY, 120, asked="band")
    assert (band.key, band.why) == ("band", "asked_for")
    with pytest.raises(ValueError, match="band"):
        predict(band, *of(long_shop, DAY), 120)
    additive = choose(long_shop, DAY, 120, asked="additive")
    assert (additive.key, additive.why) == ("additive", "asked_for")
    with pytest.raises(ValueError, match="features"):
        predict(additive, *of(long_shop, DAY)[:3], None, 120)


def test_asked_for_what_there_is_not(by_rhythm):
    other = choose(by_rhythm, DAY, 120, asked="no_such_model")
    assert (other.key, other.why) == ("mbgnbd", "asked_not_fitted")


BAD = {
    "no_customers": tables_of([], [], []),
    "one_customer": tables_of([1], [DAY - 50], [100]),
    "nobody_repeats": tables_of(range(400), DAY - np.arange(400), [100] * 400),
    "one_day": tables_of(range(400), [DAY] * 400, [100] * 400),
    "few_repeaters": tables_of([*range(400), *range(150)], [*(DAY - np.arange(400) - 9), *[DAY - 3] * 150], [100] * 550),
    "negative_only": tables_of(range(400), [DAY - 5] * 400, [-100] * 400),
    "later": tables_of(range(400), [DAY + 5] * 400, [100] * 400),
}
WHY = {"one_customer": "nobody_repeats", "negative_only": "no_customers", "later": "no_customers"}


@pytest.mark.parametrize("case", BAD)
def test_too_little_gives_the_rules_and_why(case):
    chosen = choose(Book(BAD[case], Thresholds()), DAY, 180)
    assert (chosen.key, chosen.why) == ("band", WHY.get(case, case))
    assert chosen.base is None and set(chosen.not_fitted) == {"bgnbd", "mbgnbd", "paretonbd"}
    assert Chosen.from_json(json.loads(json.dumps(chosen.to_json(), allow_nan=False))) == chosen


def test_a_short_past_is_not_tested():
    chosen = choose(Book(shop(800, days=35), Thresholds()), DAY, 365, least_repeaters=50)
    assert chosen.why == "best_likelihood" and chosen.past_day is None and chosen.additive is None


def test_windows():
    assert window_days(0, 1000, 365) == 182  # twice the window is not three times: a half of the horizon
    assert window_days(0, 1095, 365) == 365
    assert window_days(0, 190, 180) == 60
    assert window_days(0, 40, 180) is None and window_days(0, 0, 30) is None and window_days(5, 0, 30) is None
    assert window_days(0, 400, 3650) is None


def test_deal_days_between():
    table = tables_of([1, 1, 1, 1, 2, 3], [10, 10, 12, 15, 12, 9], [5, 5, 5, 5, 5, -5])
    days = DealDays(table.deals)
    ids = np.array([0, 1, 2, 3, 9])
    assert days.between(ids, 10, 15).tolist() == [0, 2, 1, 0, 0]
    assert days.between(ids, 9, 14).tolist() == [0, 2, 1, 0, 0]
    assert days.between(ids, -100, 100).tolist() == [0, 3, 1, 0, 0]
    assert days.between(ids, 15, 400).tolist() == [0] * 5
    assert DealDays(table.deals.slice(0, 0)).between(ids, 0, 9).tolist() == [0] * 5


def test_a_sample_is_the_same_customers_on_every_day():
    ids = np.arange(20_000)
    kept = sampled(ids, 0.25)
    assert kept.mean() == pytest.approx(0.25, abs=0.01)
    assert (sampled(ids[::-1], 0.25)[::-1] == kept).all() and sampled(ids, 1.0).all()
    assert (sampled(ids, 0.1) <= kept).all()
    tables = shop(300)
    some = thin(tables, 0.5)
    assert 100 < len(set(some.deals["customer_id"].to_pylist())) < 200
    assert together([some, thin(tables, 0)]).deals.equals(some.deals)
    assert together([]).deals.num_rows == 0


def test_features_of_a_moment(long_shop):
    then = long_shop.at(DAY - 300)
    assert set(then.features) == {*FLAGS, *NUMBERS}
    assert all(len(column) == len(then) and column.dtype == np.float64 for column in then.features.values())
    np.testing.assert_array_equal(then.features["absent_days"], then.absent_days)
    np.testing.assert_array_equal(then.features["deal_days"], then.frequency + 1)
    np.testing.assert_array_equal(then.features["tenure_days"], then.age_days)
    assert np.isfinite(then.features["elapsed_cycles"]).all() and ((then.year_share >= 0) & (then.year_share <= 1)).all()
    assert not any(then.features[name].any() for name in FLAGS if name != "zombie")
