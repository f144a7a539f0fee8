from __future__ import annotations

import numpy as np
import pytest

from liuke.analytics.churn.bgnbd import MODEL
from liuke.analytics.churn.fit import MODELS, Fit, NotFitted, fit, thinned
from liuke.analytics.churn.history import of_days, of_times
from liuke.analytics.churn.newton import Sums
from tests.analytics.churn.simulated import lives


def some(customers=3_000, seed=0):
    life = lives(customers, seed, days=True)
    return of_days(life.frequency, life.recency, life.age)[0]


def test_models_in_their_order():
    assert list(MODELS) == ["bgnbd", "mbgnbd", "paretonbd"]
    assert [MODELS[key].key for key in MODELS] == list(MODELS)
    assert len(MODELS) == 3
    with pytest.raises(KeyError):
        MODELS["history"]


@pytest.mark.parametrize(
    ("customers", "code"),
    [
        ([], "no_customers"),
        ([(0, 0, 0)] * 500, "one_day"),
        ([(0, 0, 30)] * 500, "nobody_repeats"),
        ([(1, 5, 30)] * 199 + [(0, 0, 30)] * 900, "few_repeaters"),
    ],
)
def test_too_little_to_go_by(customers, code):
    columns = np.array(customers, np.int64).reshape(-1, 3).T
    with pytest.raises(NotFitted) as refused:
        fit(MODEL, [of_days(*columns)[0]], least_repeaters=200)
    assert refused.value.code == code


def test_no_parts_at_all():
    with pytest.raises(NotFitted) as refused:
        fit(MODEL, [])
    assert refused.value.code == "no_customers"


def test_a_part_without_customers_changes_nothing():
    history = some()
    assert fit(MODEL, [of_days([], [], [])[0], history]).parameters == pytest.approx(fit(MODEL, [history]).parameters, rel=1e-12)


def test_enough_repeat_customers_are_enough():
    history = some()
    assert fit(MODEL, [history], least_repeaters=history.repeaters).repeaters == history.repeaters
    with pytest.raises(NotFitted) as refused:
        fit(MODEL, [history], least_repeaters=history.repeaters + 1)
    assert refused.value.code == "few_repeaters"


@pytest.mark.filterwarnings("error")
def test_a_likelihood_without_a_maximum():
    """Deals at no distance in time from the first: the rate has no bound, and the fit says so without a warning."""
    with pytest.raises(NotFitted) as refused:
        fit(MODEL, [of_times([1, 2, 0, 0], [0, 0, 0, 0], [3.0, 4.0, 5.0, 0.0])[0]])
    assert refused.value.code == "no_convergence"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("customer", [(1, 5, 9), (40, 90, 90), (5_000, 5_000, 5_000)])
def test_one_customer_is_fitted_or_refused(customer):
    history = of_days(*([value] for value in customer))[0]
    try:
        found = fit(MODEL, [history])
    except NotFitted as refused:
        assert refused.code == "no_convergence"
    else:
        assert np.isfinite(list(found.parameters.values())).all()
        assert set(found.standard_errors.values()) == {None}
        assert np.isfinite(MODEL.expected(found.parameters, history, 52.0)).all()


def test_there_and_back_as_json():
    found = fit(MODEL, [some()])
    assert Fit.from_json(found.to_json()) == found
    vague = Fit("bgnbd", {"r": 1.0}, {"r": None}, -1.0, 1, 1, 3, 0.0)
    assert Fit.from_json(vague.to_json()) == vague


def test_many_histories_are_thinned_for_a_start():
    history = some(400_000, 4)
    (few,) = thinned([history])
    assert len(few) < len(history) / 4
    assert few.weight[: few.first_repeat].tolist() == history.weight[: history.first_repeat].tolist()
    assert few.repeaters == pytest.approx(history.repeaters, rel=0.03)
    few_parts = [some(3_000)]
    assert thinned(few_parts) is few_parts


def test_a_start_from_few_ends_where_a_start_from_nothing_does(monkeypatch):
    history = some(400_000, 4)
    found = fit(MODEL, [history])
    monkeypatch.setattr("liuke.analytics.churn.fit.ENOUGH", 10**9)
    plain = fit(MODEL, [history])
    assert found.evaluations < plain.evaluations
    assert found.parameters == pytest.approx(plain.parameters, rel=1e-8)
    assert found.largest_gradient < 1e-6


def test_where_few_lead_astray_the_whole_is_climbed_from_nothing():
    history = some(400_000, 4)

    class Misled:
        """Sends the search on the thinned histories to where nothing is finite."""

        key, names, start = MODEL.key, MODEL.names, MODEL.start

        def sums(self, theta_log, part):
            if part is history:
                return MODEL.sums(theta_log, part)
            return Sums(float(theta_log.sum()), np.ones(4), -1e-6 * np.eye(4))

    found = fit(Misled(), [history])
    assert found.parameters == pytest.approx(fit(MODEL, [history]).parameters, rel=1e-8)
