from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln, hyp2f1

from liuke.analytics.churn.dropout import deals_to_come


def one(shape, y, a, bottom):
    return float(deals_to_come(np.array([shape]), np.array([y]), a, np.array([bottom]))[0])


def published(shape, y, a, bottom):
    """As eq. (10) of the paper has it; of use only well away from a = 1."""
    c = a + bottom - 1
    return c / (a - 1) * (1 - (1 + y) ** -shape * hyp2f1(shape, bottom, c, y / (1 + y)))


def integrated(shape, y, a, bottom):
    """The mean of g by adaptive quadrature, with the ends of the Beta density as its weight."""
    mean = quad(
        lambda p: -np.expm1(-shape * np.log1p(p * y)) / p if p else shape * y,
        0,
        1,
        weight="alg",
        wvar=(a - 1, bottom - 1),
        epsabs=0,
        epsrel=1e-10,
        limit=500,
    )
    return mean[0] * np.exp(-betaln(a, bottom))


@given(
    st.integers(0, 30),
    st.floats(0.1, 5),
    st.floats(0.01, 5),
    st.floats(0.05, 0.9) | st.floats(1.1, 5),
    st.floats(0.5, 8),
)
@settings(max_examples=200, deadline=None)
def test_it_is_the_published_formula(x, r, y, a, b):
    assume(abs(a + b + x - 1) > 0.05)  # where the published form fails as it does at a = 1
    assert one(r + x, y, a, b + x) == pytest.approx(published(r + x, y, a, b + x), rel=1e-7)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@given(st.floats(0.1, 40), st.floats(1e-6, 200), st.floats(0.1, 20), st.floats(0.1, 60))
@settings(max_examples=200, deadline=None)
def test_it_is_the_mean_over_the_probability_of_leaving(shape, y, a, bottom):
    assert one(shape, y, a, bottom) == pytest.approx(integrated(shape, y, a, bottom), rel=1e-7)


@pytest.mark.parametrize("bottom", [0.4, 2.426, 30.0])
def test_there_is_no_step_at_a_equal_to_one(bottom):
    """The published form is 0/0 there; from both sides the limit is the value."""
    below, at, above = (one(2.243, 4.5, a, bottom) for a in (1 - 1e-7, 1.0, 1 + 1e-7))
    assert below > at > above
    assert below - at == pytest.approx(at - above, rel=1e-3)
    assert at == pytest.approx(integrated(2.243, 4.5, 1.0, bottom), rel=1e-8)


# Each from ₂F₁ in 60 digits, rounded to 13.
@pytest.mark.parametrize(
    ("shape", "y", "a", "bottom", "value"),
    [
        (5000.243, 39 / 4.414, 0.793, 5002.426, 14620.20232682),
        (5000.243, 0.25, 0.793, 5002.426, 1141.979894366),
        (0.243, 8.8, 0.2, 0.3, 1.201659365938),
        (0.243, 10000.0, 0.793, 0.1, 2.362290877152),
        (2.2, 1e-09, 0.793, 4.0, 2.199999999418e-9),
        (1e-06, 3.0, 0.793, 2.426, 2.348763662396e-6),
        (100000.0, 0.01, 1000.0, 3000.0, 4.003003003003),
        (3.0, 5.0, 200.0, 0.5, 0.9978418513733),
        (3.0, 5.0, 0.1, 5000.0, 14.99700554144),
        (3.0, 500.0, 3.0, 3.0, 2.499942272923),
        (5.675, 0.013, 0.72, 0.117, 0.07110500754836),
        (0.01, 5.0, 0.01, 0.01, 0.03367414431038),
    ],
)
def test_far_corners(shape, y, a, bottom, value):
    assert one(shape, y, a, bottom) == pytest.approx(value, rel=1e-8)


@given(st.floats(1e-6, 1e5), st.just(0.0) | st.floats(1e-200, 1e6), st.floats(1e-6, 1e9), st.floats(1e-6, 1e9))
@settings(max_examples=200, deadline=None)
def test_anywhere_it_is_finite_and_between_its_bounds(shape, y, a, bottom):
    """Never more deals than of one who does not leave, A·y; nor more than until he leaves, the mean of 1/p."""
    got = one(shape, y, a, bottom)
    assert 0 <= got <= shape * y * (1 + 1e-9)
    if a > 1:
        assert got <= (a + bottom - 1) / (a - 1) * (1 + 1e-5)


def test_many_at_once_are_each_as_alone():
    rng = np.random.default_rng(0)
    x = np.sort(rng.integers(0, 9, 80))
    y = rng.uniform(0, 9, 80)
    got = deals_to_come(0.24 + x, y, 0.8, 2.4 + x)
    alone = [one(0.24 + x[i], y[i], 0.8, 2.4 + x[i]) for i in range(80)]
    assert got == pytest.approx(alone, rel=1e-9)
    assert deals_to_come(np.zeros(0), np.zeros(0), 0.8, np.zeros(0)).tolist() == []
