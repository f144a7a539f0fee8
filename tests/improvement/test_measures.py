"""Every figure that a plan may choose is known by its name, has words, and is taken for a unit and its days."""

from datetime import timedelta

import pytest

from liuke.churn.books import Books
from liuke.improvement.measures import FAMILIES, find, name, offered
from liuke.improvement.rules import Window, before
from liuke.kernel.refusal import Refused
from tests.improvement.conftest import TODAY, complained

DAYS = before(TODAY, 30)


def test_each_is_found_named_and_taken(cast):
    for key in offered():
        found = find(key)
        assert found.key == key and name(found)
        got = found.of(cast.he, cast.binjiang, DAYS)
        assert (got.value in (0, None), got.n) == (True, 0), key


def test_a_reason_of_leaving_is_not_the_rate_of_leaving():
    assert find("churn.reason.rival").family == "churn.reason"
    assert find("churn.absolute").family == "churn"
    for wrong in ("churn", "churn.reason", "complaints.product", "satisfaction.", "complaints.count.x"):
        with pytest.raises(Refused):
            find(wrong)
    assert set(FAMILIES) >= {find(key).family for key in offered()}


def test_complaints_of_the_unit_in_the_days(cast):
    complained(cast, 1, 2, cause="price")
    complained(cast, 30, 1, cause="price")
    complained(cast, 31, 5, cause="price")
    complained(cast, 1, 7, cause="price", unit=cast.beijing)
    got = find("complaints.cause.price").of(cast.xu, cast.binjiang, DAYS)
    assert (got.value, got.n) == (3, 3)
    assert find("complaints.count").of(cast.xu, cast.group, DAYS).value == 10


def test_the_rate_of_churn_is_that_of_the_books(cast):
    window = Window(TODAY - timedelta(30), TODAY - timedelta(1))
    assert len(Books(cast.he, cast.binjiang.path or "").who) == 0
    assert find("churn.absolute").of(cast.he, cast.binjiang, window).of == 0
