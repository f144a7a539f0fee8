"""The month's books: they balance, count only what the reader sees, and are told apart as the customer list tells them."""

from datetime import date, timedelta

import pytest
import time_machine

from liuke.customers.models import Customer
from liuke.packs.loader import load_pack
from liuke.segments.filtering import standing_conditions
from liuke.segments.filters import read
from liuke.standing import actions
from liuke.standing.flow import Flow, compare_with, flow
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from tests.standing.conftest import AS_OF, Bought, deal, happened, insured

pytestmark = pytest.mark.django_db
AUTO = load_pack("auto_dealer")
LAST_MONTH = date(2026, 10, 31)


@pytest.fixture
def books(bought: Bought, chen_siyuan: User) -> Flow:
    """Last month's end and today: one who came, one who left, one who returned, one slipping away, a prospect, a new card."""
    came = bought("来过", 434, 360, 286, 212, 138, 64)
    gone, back = bought("走了", 400, 300, 45), bought("回来", 400, 300, 100)
    happened(back, "told_leaving", 60)
    slipping = bought("在走", 500, 400, 100)
    bought("没买过", opened=200)
    bought("新建档", opened=5)
    with time_machine.travel(f"{LAST_MONTH}T10:00:00+08:00", tick=False):
        actions.run(LAST_MONTH, AUTO)
    deal(came, 3)
    deal(back, 2)
    happened(gone, "moved_away", 1)
    insured(slipping, -40)
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF, AUTO)
    run = current_run()
    assert run
    return flow(chen_siyuan, run)


def test_the_books_balance(books: Flow) -> None:
    assert (books.on_file, books.active, books.new, books.lost, books.returned) == (6, 2, 1, 1, 1)
    assert (books.kept_then, books.kept_now) == (4, 5)
    assert books.kept_then + books.new + books.returned - books.lost == books.kept_now
    assert sum(books.count(outcome=code) for code in ("came", "not_yet", "never", "overdue", "gone")) == books.on_file


def test_every_number_is_the_list_behind_it(books: Flow) -> None:
    run = current_run()
    assert run
    assert compare_with(run).as_of == LAST_MONTH
    for stream in books.streams:
        wanted = read({"then": stream.then, "stage": stream.now, "outcome": stream.outcome})
        conditions, extra = standing_conditions(wanted, run)
        assert standings(run).annotate(**extra).filter(*conditions).count() == stream.customers
    for moved, number in (("back", books.returned), ("lost", books.lost)):
        conditions, extra = standing_conditions(read({"moved": moved}), run)
        assert standings(run).annotate(**extra).filter(*conditions).count() == number


def test_a_month_begins_on_its_first_day(bought: Bought, chen_siyuan: User) -> None:
    bought("一日来的", 205, 143, 81, 19)
    bought("上月末来的", 206, 144, 82, 20)
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        actions.run(AS_OF, AUTO)
    run = current_run()
    assert run
    conditions, extra = standing_conditions(read({"outcome": "came"}), run)
    came = standings(run).annotate(**extra).filter(*conditions)
    assert list(came.values_list("customer__name", "last_deal")) == [("一日来的", date(2026, 11, 1))]
    assert (flow(chen_siyuan, run).active, flow(chen_siyuan, run).count(outcome="not_yet")) == (1, 1)


@pytest.mark.usefixtures("books")
def test_who_is_gone_is_no_risk(chen_siyuan: User) -> None:
    run = current_run()
    assert run
    standings(run).update(value_at_risk_cents=0)
    standings(run).filter(customer__name__in=["走了", "在走"]).update(value_at_risk_cents=70_000)
    assert flow(chen_siyuan, run).at_risk() == 70_000
    assert flow(chen_siyuan, run).top_cents == 70_000


def test_others_see_nothing_of_it(books: Flow) -> None:
    elsewhere = Unit.objects.create(name="成都高新店")
    stranger = User.objects.create(username="x", name="钱程", role=Role.REP, unit=elsewhere)
    run = current_run()
    assert run
    theirs = flow(stranger, run)
    assert (theirs.on_file, theirs.at_risk(), theirs.signals, theirs.stores, theirs.without_owner) == (0, 0, (), (), 0)


def test_a_customer_whose_owner_left_is_counted_once(books: Flow, chen_siyuan: User) -> None:
    run = current_run()
    assert run
    chief = User.objects.create(username="chief", name="赵国平", role=Role.MANAGER, unit=chen_siyuan.unit)
    Customer.objects.filter(name="来过").update(owner=None)
    assert flow(chief, run).without_owner == 1
    User.objects.filter(pk=chen_siyuan.pk).update(is_active=False)
    assert flow(chief, run).without_owner == 6


def test_the_same_number_of_queries_for_more_customers(books: Flow, bought: Bought, chen_siyuan: User, django_assert_num_queries) -> None:
    run = current_run()
    assert run
    with django_assert_num_queries(9):
        flow(chen_siyuan, run)
    for n in range(30):
        bought(f"多{n}", 30 + n)
    with time_machine.travel(f"{AS_OF + timedelta(days=1)}T10:00:00+08:00", tick=False):
        actions.run(AS_OF + timedelta(days=1), AUTO)
    later = current_run()
    assert later
    with django_assert_num_queries(9):
        assert flow(chen_siyuan, later).on_file == 36
