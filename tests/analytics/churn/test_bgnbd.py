from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from liuke.analytics.churn.bgnbd import MODEL
from liuke.analytics.churn.fit import fit
from liuke.analytics.churn.history import of_times
from tests.analytics.churn import cdnow

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


@pytest.fixture(scope="module")
def paper():
    """The customer of the paper's example."""
    return of_times([2], [30.43], [38.86])[0]


def test_the_sample_of_the_paper(shared_data, paper):
    """Fader, Hardie & Lee 2005: r .243, α 4.414, a .793, b 2.426, LL −9582.4; on the purchases' exact days."""
    found = fit(MODEL, [cdnow.sample(shared_data)])
    assert (found.key, found.customers, found.repeaters) == ("bgnbd", 2357, 946)
    assert {name: round(value, 3) for name, value in found.parameters.items()} == PUBLISHED
    assert found.parameters == pytest.approx({"r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}, abs=1e-6)
    assert found.log_likelihood == pytest.approx(-9582.42921, abs=1e-5)
    assert found.largest_gradient < 1e-6
    assert MODEL.expected(found.parameters, paper, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    assert MODEL.alive(found.parameters, paper)[0] == pytest.approx(0.72661, abs=5e-6)


def test_the_summary_of_the_sample(shared_data):
    found = fit(MODEL, [cdnow.summary(shared_data)])
    assert {name: round(value, 3) for name, value in found.parameters.items()} == PUBLISHED
    assert found.log_likelihood == pytest.approx(-9582.42556, abs=5e-6)


def test_the_holdout_of_the_sample(shared_data):
    """1,653.4 deals expected in weeks 40 to 78 (1,882 came)."""
    some = cdnow.sample(shared_data)
    found = fit(MODEL, [some])
    assert MODEL.expected(found.parameters, some, 39.0) @ some.weight == pytest.approx(1653.4, abs=0.05)


@pytest.mark.parametrize(
    ("until", "values", "value"),
    [
        (cdnow.CALIBRATION, (0.25162, 4.78894, 0.72343, 2.16109), -95368.4439),
        (date(1998, 6, 30), (0.26713, 5.98649, 0.48352, 2.11161), -173425.9163),
    ],
)
def test_the_whole_cohort(shared_data, until, values, value):
    found = fit(MODEL, [cdnow.everybody(shared_data, until)])
    assert found.customers == 23_570
    assert tuple(found.parameters.values()) == pytest.approx(values, abs=1e-5)
    assert found.log_likelihood == pytest.approx(value, abs=1e-4)


def test_standard_errors_are_the_curvature_of_the_likelihood(shared_data):
    """Against the inverse of the information by the parameters themselves, from differences of the likelihood."""
    some = cdnow.sample(shared_data)
    found = fit(MODEL, [some])
    at = np.array(list(found.parameters.values()))
    step = at * 2e-4

    def value(*moves):
        return MODEL.sums(np.log(at + sum(np.eye(4)[k] * step[k] * sign for k, sign in moves)), some).value

    information = np.empty((4, 4))
    for i in range(4):
        for j in range(4):
            corners = sum(p * q * value((i, p), (j, q)) for p in (1, -1) for q in (1, -1))
            information[i, j] = -corners / (4 * step[i] * step[j])
    expected = np.sqrt(np.diag(np.linalg.inv(information)))
    assert list(found.standard_errors.values()) == pytest.approx(expected, rel=1e-3)


def test_the_customer_of_the_paper(paper):
    assert MODEL.expected(PUBLISHED, paper, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    alive = MODEL.alive(PUBLISHED, paper)[0]
    wait = ((4.414 + 38.86) / (4.414 + 38.86 + 39)) ** (0.243 + 2)
    assert MODEL.silent(PUBLISHED, paper, 39.0)[0] == pytest.approx(1 - alive * (1 - wait), rel=1e-12)


def test_a_new_customer():
    """E[X(t)] as in the authors' sheet, on the parameters to six places."""
    values = {"r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}
    sheet = {0.1429: 0.0078, 1: 0.0532, 3: 0.1506, 31.8571: 1.0405, 32: 1.0437, 78: 1.8576}
    for weeks, deals in sheet.items():
        assert MODEL.expected_new(values, weeks) == pytest.approx(deals, abs=5e-4)


def test_without_a_repeat_deal_a_customer_is_alive_for_certain():
    some = of_times([0, 0], [0, 0], [1.0, 500.0])[0]
    assert MODEL.alive(PUBLISHED, some).tolist() == [1.0, 1.0]
