"""Two people at once on one case, and two cards of one customer that become one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from liuke.churn import cases, offering
from liuke.churn.keeping import keep
from liuke.churn.labels import State
from liuke.churn.models import LossReason, Stay, WinBack
from liuke.churn.reasons import record_reason
from liuke.duplicates.merging import merge
from liuke.duplicates.undoing import undo_merge
from liuke.kernel.refusal import Refused
from liuke.work.models import Task
from tests.cast import Cast
from tests.churn.conftest import TODAY
from tests.threads import at_once

Lost = Callable[..., Stay]


@pytest.mark.django_db(transaction=True)
def test_two_open_one_case_and_two_decide_one_offer(cast: Cast, lost: Lost) -> None:
    loss = lost("张书远", cents=60_000)
    answers = at_once(*(lambda who=who: cases.open_case(who, loss.customer_id, loss.ended_on) for who in (cast.chen, cast.lin, cast.he)))
    assert [isinstance(each, Refused) for each in answers].count(False) == 1
    case = WinBack.objects.get()
    assert Task.objects.open().filter(about="churn.winback").count() == 1
    record_reason(cast.chen, loss.customer_id, loss.ended_on, "rival")
    asked = offering.offer(cast.chen, case.pk, "service", "免费大保养", 150_000)
    said = at_once(lambda: offering.decide(cast.he, asked.pk, True), lambda: offering.decide(cast.zhao, asked.pk, False, "太多了"))
    assert sorted(isinstance(each, Refused) for each in said) == [False, True]


@pytest.mark.django_db
def test_two_cards_become_one_and_two_again(cast: Cast, lost: Lost) -> None:
    one, other = lost("张书远"), lost("张书元", TODAY - timedelta(9))
    for loss in (one, other):
        cases.open_case(cast.chen, loss.customer_id, loss.ended_on)
        record_reason(cast.chen, loss.customer_id, loss.ended_on, "rival")
    done = merge(cast.zhao, one.customer_id, other.customer_id, {})
    keep()
    assert list(Stay.objects.values_list("customer_id", flat=True).distinct()) == [one.customer_id]
    assert sorted(WinBack.objects.values_list("customer_id", "state")) == [(one.customer_id, State.DROPPED), (one.customer_id, State.OPEN)]
    assert LossReason.objects.filter(customer=one.customer_id).count() == 2
    undo_merge(cast.zhao, done.pk)
    keep()
    assert sorted(WinBack.objects.values_list("customer_id", "state")) == [(one.customer_id, "open"), (other.customer_id, "open")]
    assert Stay.objects.filter(customer=other.customer_id).exists()
