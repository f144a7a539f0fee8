"""Two people at the same two cards at once: one merge, the other is told; nothing is lost and nobody waits for ever."""

from datetime import date

import pytest
from django.conf import settings

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.customers.actions import record_event
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event
from liuke.deals.models import Deal
from liuke.duplicates.merging import merge
from liuke.duplicates.models import Merge
from liuke.duplicates.undoing import undo_merge
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from tests.cast import assemble, card
from tests.threads import at_once, times

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DATA", tmp_path)


def two(cast):
    keep, away = card(cast.chen, "张书远", "13800001234"), card(cast.zhou, "张书远", "13900005678")
    Deal.objects.create(customer=away, on=date(2026, 3, 5), amount_cents=100)
    return keep, away


def refusal(results):
    [problem] = [each for each in results if isinstance(each, Exception)]
    assert isinstance(problem, Refused), problem
    return problem.code


def test_the_same_merge_twice():
    cast = assemble()
    keep, away = two(cast)
    assert refusal(at_once(lambda: merge(cast.fang, keep.pk, away.pk), lambda: merge(cast.zhao, keep.pk, away.pk))) == "duplicates.gone"
    assert (Merge.objects.count(), Customer.objects.count(), Deal.objects.get().customer_id) == (1, 1, keep.pk)
    assert sorted(AuditEntry.objects.filter(verb__startswith="duplicates.").values_list("verb", flat=True)) == [
        "duplicates.merge",
        "duplicates.refused",
    ]
    assert verify() is None


def test_each_into_the_other():
    cast = assemble()
    keep, away = two(cast)
    assert refusal(at_once(lambda: merge(cast.fang, keep.pk, away.pk), lambda: merge(cast.zhao, away.pk, keep.pk))) == "duplicates.gone"
    assert (Merge.objects.count(), Customer.objects.count()) == (1, 1)


def test_the_same_undo_twice():
    cast = assemble()
    keep, away = two(cast)
    done = merge(cast.fang, keep.pk, away.pk)
    assert refusal(at_once(lambda: undo_merge(cast.fang, done.pk), lambda: undo_merge(cast.zhao, done.pk))) == "duplicates.undone"
    assert (Customer.objects.count(), Deal.objects.get().customer_id) == (2, away.pk)


@pytest.mark.only_db("pg")
def test_what_others_write_meanwhile_is_on_the_survivor_or_refused():
    cast = assemble()
    keep, away = two(cast)
    writing = times(20, lambda turn: record_event(cast.zhao, away.pk, EventKind.NEED_MET, clock.today()))
    problems, done = at_once(writing, lambda: merge(cast.fang, keep.pk, away.pk))
    assert isinstance(done, Merge), done
    assert Event.objects.count() == Event.objects.filter(customer=keep).count() == 20 - len(problems)
    assert verify() is None
