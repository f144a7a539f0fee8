import json
import time

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from liuke.analytics.churn import additive, scores
from liuke.analytics.churn.additive import Additive, learn
from liuke.analytics.churn.bins import Numbers, Words, binning
from liuke.analytics.churn.logit import FAR, Line, calibrate, log_odds, probability

from . import real


def made(n=3000, seed=1):
    """Leaving depends on `absent` (rising), `plan` and on whether `spend` is missing; `noise` means nothing."""
    rng = np.random.default_rng(seed)
    features = {
        "absent": rng.exponential(60, n),
        "spend": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        "plan": rng.choice(np.array(["月付", "年付", ""], object), n, p=[0.5, 0.4, 0.1]),
        "noise": rng.normal(size=n),
        "same": np.ones(n),
    }
    odds = features["absent"] / 40 - 1.5 + (features["plan"] == "月付") - 2 * np.isnan(features["spend"])
    return features, rng.random(n) < probability(odds)


def test_tables_say_what_the_trees_say():
    features, left = made()
    names = ("absent", "spend", "plan", "noise")
    bins = tuple(binning(features[name]) for name in names)
    rows = additive._rows([b.codes(features[name]) for name, b in zip(names, bins, strict=True)], bins)
    model = additive.boost(rows, bins, left, np.ones(len(left)), np.arange(len(left)) % 5 == 0, [1, 0, 0, 0], 0)
    base, tables = additive.tables_of(model, bins)
    ours = Additive(names, bins, tuple(tables), base, 0, 0, 0)
    unseen, _ = made(seed=2)
    unseen["plan"][:50] = "从没见过"
    unseen_rows = additive._rows([b.codes(unseen[name]) for name, b in zip(names, bins, strict=True)], bins)
    np.testing.assert_allclose(ours.log_odds(unseen), model.decision_function(unseen_rows), atol=1e-9)
    assert np.ptp(ours.log_odds(unseen)) > 2


def test_what_is_learned():
    features, left = made()
    model = learn(features, left, rising={"absent"})
    unseen, gone = made(seed=2)
    found = scores.scores_of(model.predict(unseen), gone)
    assert found.auc > 0.75 and found.ece < 0.03
    assert model.names == ("absent", "spend", "plan", "noise")
    assert (model.rows, model.left) == (3000, int(left.sum()))
    absent = model.tables[0]
    assert (np.diff(absent[:-1]) >= 0).all() and absent[-2] - absent[0] > 1
    spend = model.tables[1]
    assert spend[-1] < spend[:-1].min() - 1


def test_the_parts_add_up_and_are_0_on_average():
    features, left = made()
    model = learn(features, left)
    parts = model.parts(features)
    np.testing.assert_allclose(model.base + sum(parts.values()), model.log_odds(features), atol=1e-12)
    assert all(abs(part.mean()) < 1e-9 for part in parts.values())


def test_the_same_again_and_the_same_from_json():
    features, left = made(800)
    model = learn(features, left, seed=3)
    text = json.dumps(model.to_json(), allow_nan=False)
    assert text == json.dumps(learn(features, left, seed=3).to_json())
    back = Additive.from_json(json.loads(text))
    assert json.dumps(back.to_json()) == text
    np.testing.assert_array_equal(back.predict(features), model.predict(features))


def test_weights_count_like_rows():
    features, left = made(600)
    weight = np.where(left, 3.0, 1.0)
    model = learn(features, left, weight)
    assert np.average(model.predict(features), weights=weight) == pytest.approx(np.average(left, weights=weight), abs=0.02)


def test_rows_of_one_customer_are_on_one_side():
    left = np.arange(400) % 3 == 0
    group = np.arange(400) // 4
    part = additive._split(left, group, 0)
    assert all(len(set(part[group == g])) == 1 for g in range(100))
    assert np.bincount(part).tolist() == [80] * 5


def test_nothing_to_learn_from():
    left = np.arange(100) < 30
    model = learn({"same": np.zeros(100)}, left)
    np.testing.assert_allclose(model.predict({"same": np.zeros(7)}), 0.3)
    with pytest.raises(ValueError, match="five of each"):
        learn({"x": np.arange(100.0)}, np.arange(100) < 4)


def test_values_never_seen_are_answered():
    features, left = made(800)
    model = learn(features, left)
    odd = {
        "absent": np.array([-np.inf, np.inf, np.nan, 1e300]),
        "spend": np.array([np.nan, 0.0, 1e9, -1e9]),
        "plan": np.array(["x", None, "", "月付"], object),
        "noise": np.zeros(4),
    }
    assert np.isfinite(model.predict(odd)).all()
    with pytest.raises(KeyError, match="plan"):
        model.predict({"absent": np.zeros(1), "spend": np.zeros(1)})


def test_from_json_refuses_a_table_that_does_not_fit():
    features, left = made(300)
    raw = learn(features, left).to_json()
    raw["features"][0]["table"].pop()
    with pytest.raises(ValueError, match="absent"):
        Additive.from_json(raw)


def test_bins():
    few = Numbers.of(np.array([3.0, 1, np.nan, 1, 2]))
    assert few.edges == (1.5, 2.5)
    assert few.codes(np.array([1.0, 1.5, 2, 9, np.nan])).tolist() == [0, 1, 1, 2, 3]
    many = Numbers.of(np.random.default_rng(0).normal(size=10_000))
    assert np.bincount(many.codes(np.random.default_rng(0).normal(size=10_000))).tolist()[:-1] == pytest.approx([156] * 63, abs=2)
    assert len(many.edges) == 63
    assert Numbers.of(np.full(5, np.nan)).size == 2
    words = Words.of(np.array(["b", "a", "a", None, ""], object))
    assert words.words == ("a", "b")
    assert words.codes(np.array(["a", "b", "c", None, ""], object)).tolist() == [0, 1, 2, 3, 3]


def test_log_odds_and_back():
    p = np.array([0.0, 1e-9, 0.3, 0.5, 1.0])
    np.testing.assert_allclose(probability(log_odds(p)), p, atol=1e-12)
    assert log_odds(np.array([0.0, 1.0])).tolist() == [-FAR, FAR]
    assert probability(np.array([-800.0, 800.0])).tolist() == [0.0, 1.0]


def test_calibration_finds_the_line():
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, 50_000)
    line = calibrate(odds, rng.random(50_000) < probability(0.4 + 0.7 * odds))
    assert (line.intercept, line.slope) == (pytest.approx(0.4, abs=0.04), pytest.approx(0.7, abs=0.03))
    everybody = calibrate(np.zeros(50), np.ones(50, bool))
    assert 1 < everybody.intercept < 10 and Line(**everybody.to_json()) == everybody


@pytest.mark.slow
def test_contract_customers(shared_data):
    """Telco churn: five-fold, repeated, nothing resampled before the split."""
    features, left = real.telco(shared_data("telco_churn.csv.gz"))
    assert np.isnan(features["TotalCharges"]).sum() == 11
    found = []
    for seed in (0, 1):
        for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(left, left):
            model = learn({name: column[train] for name, column in features.items()}, left[train])
            found.append(scores.scores_of(model.predict({name: column[test] for name, column in features.items()}), left[test]))
    assert np.mean([one.auc for one in found]) >= 0.845
    assert np.mean([one.ece for one in found]) < 0.03


@pytest.mark.slow
def test_a_million_customers_take_less_than_the_trees_by_far():
    rng = np.random.default_rng(0)
    features = {f"x{i}": rng.normal(size=1_000_000) for i in range(15)}
    bins = tuple(Numbers.of(features[name][:10_000]) for name in features)
    model = Additive(tuple(features), bins, tuple(rng.normal(size=b.size) for b in bins), 0.0, 0, 0, 0)
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        model.predict(features)
        best = min(best, time.process_time() - start)
    assert best < 2.0
