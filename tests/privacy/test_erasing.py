"""The person goes, the money stays; nowhere is he found again; what a rule refuses leaves everything as it was."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers import completeness, index
from liuke.customers.actions import confirm, edit, record_event, set_next_contact
from liuke.customers.freshness import stale
from liuke.customers.models import Contact, Customer, Event, FactChange, Phone
from liuke.customers.search import matching
from liuke.deals.actions import enter_asset, enter_contract
from liuke.deals.models import Asset, Contract, Deal, Payment
from liuke.duplicates.models import Merge
from liuke.duplicates.reading import facts_of, keys_of_all
from liuke.interactions.actions import record
from liuke.interactions.models import Interaction
from liuke.keepers.facts import may_be_due
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.privacy.erasing import erase, preview
from liuke.privacy.models import PersonalRequest
from liuke.privacy.queries import erased_on
from liuke.standing.models import Standing
from liuke.verification import counting
from liuke.work.models import Enrolment, Task
from tests.privacy.world import NAME, PHONE, TRACES, World, build, every_row, found_in_models, found_in_tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def gone(world: World, **how) -> PersonalRequest:
    return erase(world.cast.fang, world.person.pk, "客户来信要求", world.person.number, **how)


def test_the_search_of_this_test_finds_him_before():
    build()
    found = "\n".join(found_in_models(TRACES))
    for label in ("customers.customer.name", "customers.phone.number", "customers.fieldchange.new", "interactions.interaction.summary",
                  "work.result.note", "deals.deal.content", "deals.dealline.name", "exchange.loadrow.before", "privacy.consent.note",
                  "segments.savedview.name", "standing.leaveoverride.reason", "custody.checkout.purpose", "work.task.reasons"):  # fmt: skip
        assert label in found, label
    assert "customers_customer.search" in "\n".join(found_in_tables(TRACES))


def test_nowhere_is_he_found_again(world):
    gone(world)
    assert found_in_models(TRACES) == []
    with connection.cursor() as cursor:
        index.compact(cursor)
    assert found_in_tables(TRACES) == []


def test_the_card_says_that_it_was_erased(world):
    gone(world)
    card = Customer.objects.get(pk=world.person.pk)
    assert (card.name, card.name_known, card.do_not_contact, card.erased) == (f"已删除 {world.person.number}", False, True, True)
    assert erased_on(card) == clock.today()
    assert (card.number, card.unit, card.owner, card.opened_on) == (
        world.person.number, world.person.unit, world.person.owner, world.person.opened_on,
    )  # fmt: skip
    assert (card.phone, card.birth_year, card.family, card.aliases, card.extra) == ("", None, "", "", {"erased": clock.today().isoformat()})
    assert not Phone.objects.filter(customer=card).exists()
    assert not Contact.objects.filter(person=card).exists()
    assert erased_on(world.other) is None


def test_money_days_and_figures_stay(world):
    money = [(Deal, "amount_cents"), (Payment, "amount_cents"), (Contract, "amount_cents"), (Standing, "amount_12m_cents")]
    before = [model.objects.aggregate(n=Sum(column))["n"] for model, column in money]
    days = list(Deal.objects.values_list("on", "kind", "came"))
    talks = list(Interaction.objects.values_list("on", "way", "outcome", "two_way", "by"))
    standing = list(Standing.objects.values())
    gone(world)
    assert [model.objects.aggregate(n=Sum(column))["n"] for model, column in money] == before
    assert list(Deal.objects.values_list("on", "kind", "came")) == days
    assert list(Interaction.objects.values_list("on", "way", "outcome", "two_way", "by")) == talks
    assert list(Standing.objects.values()) == standing
    assert Deal.objects.get().content == "＊ 换右前大灯，＊自取"
    assert FactChange.objects.filter(customer=world.person).exists()


def test_what_was_open_is_stopped(world):
    gone(world)
    assert not Task.objects.open().filter(customer=world.person).exists()
    assert Task.objects.get(pk=world.task.pk).stopped_why == "quiet"
    assert not Enrolment.objects.filter(customer=world.person, ended_on=None).exists()
    assert not CheckOut.objects.filter(customer=world.person, returned_at=None).exists()


def test_it_is_on_the_log_by_number_only_and_the_chain_holds(world):
    done = gone(world)
    entry = AuditEntry.objects.get(verb="privacy.erase")
    assert (entry.actor, entry.object) == (world.cast.fang.pk, world.person.pk)
    assert entry.detail == {"request": done.pk, "rows": sum(done.counts.values())}
    assert done.counts["customers.phone"] == 1
    assert done.counts["interactions.interaction"] == 1
    assert verify() is None
    for row in AuditEntry.objects.all():
        assert NAME not in str(row.detail)


def test_nothing_of_anybody_else_changes(world):
    def others():
        return [
            row for label, rows in every_row(("customers.customer", "customers.phone", "deals.deal", "interactions.interaction")).items()
            for row in rows
            if row.get("customer_id", row["id"] if label == "customers.customer" else None) not in (world.person.pk,)
        ]  # fmt: skip

    before = others()
    gone(world)
    assert others() == before
    assert "王淑芬" in "\n".join(found_in_models(["王淑芬"]))


def test_search_finds_the_number_and_no_longer_the_person(world):
    def found(text):
        return list(Customer.objects.filter(matching(text)).values_list("pk", flat=True))

    assert found(NAME) == found("zhangshuyuan") == found(PHONE) == found("浙A7123Q") == [world.person.pk]
    gone(world)
    assert found(NAME) == found("zhangshuyuan") == found(PHONE) == found("5678") == found("浙A7123Q") == []
    assert found(world.person.number) == [world.person.pk]


def test_a_number_that_is_his_telephone_is_given_up(world):
    Customer.objects.filter(pk=world.person.pk).update(number=PHONE)
    erase(world.cast.fang, world.person.pk, "客户来信要求", PHONE)
    card = Customer.objects.get(pk=world.person.pk)
    assert card.number == f"D{card.pk:06d}"
    assert found_in_models(TRACES) == []


def test_beforehand_it_is_said_what_will_happen(world):
    told = preview(world.cast.fang, world.person.pk)
    said = {str(effect.heading): (effect.count, effect.gone) for effect in told.effects}
    assert said["电话"] == (1, True)
    assert said["接触"] == (1, False)
    assert {str(effect.heading): effect.count for effect in told.stays}["成交"] == 1
    assert (told.open_tasks, told.contracts, told.complaint) == (1, 0, False)
    gone(world)
    with pytest.raises(Refused, match="已经删除过"):
        preview(world.cast.fang, world.person.pk)


def refused(world, code, error=Refused, who=None, **changes):
    """The same act refused by this rule, and not a row changed."""
    given = {"customer_id": world.person.pk, "reason": "客户来信要求", "number": world.person.number} | changes
    before = every_row()
    with pytest.raises(error) as told:
        erase(who or world.cast.fang, **given)
    if error is Refused:
        assert told.value.code == code
    assert every_row() == before


@pytest.mark.parametrize("who", ["chen", "lin", "he", "xu", "root"])
def test_only_the_custodian_and_the_manager(world, who):
    refused(world, "permission", who=getattr(world.cast, who))


def test_a_card_out_of_sight_is_not_there(world):
    world.cast.fang.scope = world.cast.north
    world.cast.fang.save()
    refused(world, "", Customer.DoesNotExist)
    refused(world, "", Customer.DoesNotExist, who=world.cast.zhao, customer_id=987_654_321)


def test_the_number_is_typed_the_reason_given_and_tells_nobody(world):
    refused(world, "erase.number", number="K000000")
    refused(world, "erase.reason", reason=" ")
    refused(world, "erase.reason_tells", reason=f"{NAME}来信要求")
    refused(world, "erase.reason_tells", reason="138 1234 5678 来电要求")


def test_twice_is_refused(world):
    gone(world)
    refused(world, "erase.twice")


def test_an_open_complaint_holds_it_up(world):
    record_event(world.cast.lin, world.person.pk, "severe_complaint_opened", clock.today())
    refused(world, "erase.complaint")
    record_event(world.cast.lin, world.person.pk, "severe_complaint_closed", clock.today())
    gone(world)


def test_a_running_contract_holds_it_up_until_the_customer_knows(world):
    enter_contract(world.cast.chen, world.person.pk, "membership", clock.today(), clock.today() + timedelta(days=365), "金卡")
    refused(world, "erase.contract")
    gone(world, allowed=True)
    assert Contract.objects.filter(customer=world.person, ends_on__gte=clock.today()).count() == 1


def test_the_copy_that_an_undone_merge_keeps_goes_too(world):
    done = Merge.objects.create(
        keep=world.other, away=world.person.pk, away_number=world.person.number, store={"card": {"name": NAME}}, by=world.cast.fang
    )
    gone(world)
    done.refresh_from_db()
    assert done.store is None
    assert found_in_models([NAME]) == []


def test_nothing_more_is_written_on_the_card(world):
    gone(world)
    with pytest.raises(Refused) as told:
        edit(world.cast.he, world.person.pk, {"name": NAME}, Customer.objects.get(pk=world.person.pk).version)
    assert told.value.code == "customer.erased"
    assert found_in_models([NAME]) == []


def test_an_erased_card_is_no_work_for_anybody(world):
    card = world.person
    Customer.objects.filter(pk__in=[card.pk, world.other.pk]).update(opened_on=date(2019, 3, 5), confirmed_on=None, owner=None)
    today = clock.today()
    people = Customer.objects.filter(kind="person")
    assert set(people.filter(stale(today)).values_list("pk", flat=True)) == {card.pk, world.other.pk}
    assert may_be_due(today, 90, 7).filter(pk=world.other.pk).exists()
    counted = counting.count(whole=True)
    assert facts_of([card.pk]).keys() == {card.pk}
    gone(world)
    Customer.objects.filter(pk=card.pk).update(completeness=7)
    assert set(people.filter(stale(today)).values_list("pk", flat=True)) == {world.other.pk}
    assert list(Event.objects.filter(stale(today, "customer__"), customer=card)) == []
    assert counting.count(whole=True) == counted - 1
    completeness.refresh([card.pk])
    assert Customer.objects.get(pk=card.pk).completeness is None
    assert not may_be_due(today, 90, 7).filter(pk=card.pk).exists()
    assert facts_of([card.pk]) == {}
    assert card.pk not in keys_of_all().ids and world.other.pk in keys_of_all().ids


@pytest.mark.parametrize(
    "act",
    [
        lambda cast, pk: record(cast.fang, pk, "phone", "reached", "他女儿上小学", permission="customer.read"),
        lambda cast, pk: record_event(cast.chen, pk, "told_leaving", clock.today(), note="要搬家"),
        lambda cast, pk: confirm(cast.chen, pk),
        lambda cast, pk: set_next_contact(cast.chen, pk, clock.today()),
        lambda cast, pk: enter_asset(cast.chen, pk, "朗逸", "浙A7123Q"),
    ],
    ids=("contact", "event", "confirmation", "next_contact", "asset"),
)
def test_nothing_is_written_on_an_erased_card(world, act):
    gone(world)
    before, log = found_in_models(("已删除",)), AuditEntry.objects.count()
    rows = (Interaction.objects.count(), Event.objects.count(), Asset.objects.count())
    with pytest.raises(Refused) as refused:
        act(world.cast, world.person.pk)
    assert refused.value.code == "customer.erased"
    assert (Interaction.objects.count(), Event.objects.count(), Asset.objects.count()) == rows
    assert (found_in_models(("已删除",)), AuditEntry.objects.count()) == (before, log)
