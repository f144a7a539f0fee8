"""Several people at the pool and at one person's customers at once: one is first, the others are told, nothing is done twice."""

import pytest

from liuke.audit.actions import verify
from liuke.customers.models import Customer, FieldChange
from liuke.keepers import actions, handing, nightly
from liuke.keepers.models import HandOver, PoolEntry
from liuke.keepers.sharing import Asked
from liuke.kernel.refusal import Refused
from liuke.packs.limits import Cards
from liuke.team.queries import pack
from tests.cast import assemble, card
from tests.keepers.world import old
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def noon():
    """Threads have a clock of their own."""


def codes(results):
    return sorted(each.code for each in results if isinstance(each, Refused))


def test_two_claim_one_customer_and_one_is_told_who_has_him():
    cast = assemble()
    for turn in range(5):
        old(None, f"客户{turn}", unit=cast.binjiang)
        nightly.run()
        entry = PoolEntry.objects.get(customer__name=f"客户{turn}")
        first, second = at_once(
            lambda entry=entry: actions.claim(cast.chen, entry.pk), lambda entry=entry: actions.claim(cast.lin, entry.pk)
        )
        [won] = [each for each in (first, second) if isinstance(each, PoolEntry)]
        [lost] = [each for each in (first, second) if not isinstance(each, PoolEntry)]
        assert isinstance(lost, Refused) and lost.code == "pool.taken", lost
        assert str(lost) == f"慢了一步，{won.taken_by.name}刚刚接走了这位客户。"
        kept = Customer.objects.get(pk=entry.customer_id)
        assert (kept.owner, kept.version) == (won.taken_by, 2)
    assert FieldChange.objects.count() == 5
    assert verify() is None


def test_one_person_s_claims_never_pass_the_quota(monkeypatch):
    cast = assemble()
    few = pack().model_copy(update={"cards": Cards(pool_quota=2)})
    monkeypatch.setattr("liuke.keepers.queries.current_pack", lambda: few)
    for place in range(6):
        old(None, f"客户{place}", unit=cast.binjiang)
    nightly.run()
    ids = list(PoolEntry.objects.values_list("pk", flat=True))
    results = at_once(*[lambda pk=pk: actions.claim(cast.chen, pk) for pk in ids])
    assert codes(results) == ["pool.quota"] * 4, results
    assert Customer.objects.filter(owner=cast.chen).count() == 2


def test_a_claim_and_its_undo_and_another_claim():
    cast = assemble()
    old(None, "田伟", unit=cast.binjiang)
    nightly.run()
    done = actions.claim(cast.chen, PoolEntry.objects.get().pk)
    results = at_once(*[lambda: actions.undo_claim(cast.chen, done.pk)] * 3)
    assert codes(results) == ["pool.undone"] * 2, results
    assert PoolEntry.objects.filter(left_on=None).count() == 1


def test_two_nights_at_once_are_one():
    cast = assemble()
    for place in range(4):
        old(cast.chen, f"客户{place}")
        old(None, f"没人管{place}", unit=cast.binjiang)
    results = at_once(nightly.run, nightly.run)
    assert not [each for each in results if isinstance(each, Exception)], results
    assert sum(night.warned for night in results) == 4 and sum(night.fell for night in results) == 4
    assert PoolEntry.objects.count() == 8


def test_one_person_s_customers_are_handed_over_once():
    cast = assemble()
    for place in range(30):
        card(cast.chen, f"客户{place}")
    results = at_once(
        lambda: handing.hand_over(cast.he, Asked(person=cast.chen.pk, to=[cast.zhou.pk])),
        lambda: handing.hand_over(cast.zhao, Asked(person=cast.chen.pk, to=[cast.lin.pk])),
    )
    [made] = [each for each in results if isinstance(each, HandOver)]
    assert codes(results) == ["handover.none"], results
    assert made.count == 30 and HandOver.objects.count() == 1
    back = at_once(*[lambda: handing.undo(cast.zhao, made.pk)] * 2)
    assert codes(back) == ["handover.undone"], back
    assert Customer.objects.filter(owner=cast.chen).count() == 30
    assert verify() is None


def test_a_claim_and_an_assignment_of_the_same_customer():
    cast = assemble()
    old(None, "田伟", unit=cast.binjiang)
    nightly.run()
    entry = PoolEntry.objects.get()
    results = at_once(lambda: actions.claim(cast.chen, entry.pk), lambda: actions.assign(cast.he, [entry.pk], cast.zhou.pk))
    assert codes(results) == ["pool.taken"], results
    assert Customer.objects.get().version == 2


def test_a_claim_while_the_night_runs():
    cast = assemble()
    for place in range(5):
        old(None, f"客户{place}", unit=cast.binjiang)
    nightly.run()
    ids = list(PoolEntry.objects.values_list("pk", flat=True))
    results = at_once(nightly.run, *[lambda pk=pk: actions.claim(cast.chen, pk) for pk in ids[:3]])
    assert not [each for each in results if isinstance(each, Exception)], results
    assert PoolEntry.objects.filter(left_why="claimed").count() == 3
