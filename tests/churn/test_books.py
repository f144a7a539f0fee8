"""The books: they balance by name, both rates are exact, a number is the list behind it, and what comes late is told."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest

from liuke.analytics.days import date_of, day_number
from liuke.churn.books import PARTS, Books, Period, period_of
from liuke.churn.keeping import keep
from liuke.churn.models import BookChange, BooksRun, LossReason, Stay
from liuke.churn.reasons import record_reason, split, withdraw_reason
from liuke.churn.retention import cohorts, kept
from liuke.customers.models import Customer, Event
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.kernel.refusal import Refused
from tests.cast import Cast
from tests.churn.conftest import TODAY, Came, deal, told

pytestmark = pytest.mark.django_db
YEAR = Period(date(2026, 1, 1), TODAY)


def names(books: Books, what: str, period: Period) -> Counter[int]:
    return Counter(books.who[books.names(what, period)].tolist())


def test_500_customers_25_lost_who_bought_three_times_the_average(cast: Cast) -> None:
    cards = [Customer(number=f"C{n}", name=f"客户{n}", unit=cast.binjiang, owner=cast.chen, opened_on=date(2025, 1, 1)) for n in range(500)]
    Customer.objects.bulk_create(cards)
    bought = date(2025, 11, 3)
    touch_months([bought])
    Deal.objects.bulk_create(
        [Deal(customer=one, on=bought, amount_cents=5_700 if n < 25 else 1_700, kind="sale", came=True) for n, one in enumerate(cards)]
    )
    Event.objects.bulk_create([Event(customer=one, kind="told_leaving", on=date(2026, 3, 3)) for one in cards[:25]])
    keep()
    found = Books().balance(YEAR)
    assert (found.opening, found.new, found.returned, found.lost, found.closing) == (500, 0, 0, 25, 475)
    assert (found.absolute, found.relative) == (Fraction(5, 100), Fraction(15, 100))


def test_every_month_balances_by_name_for_one_who_leaves_three_times(cast: Cast, came: Came) -> None:
    starts = [date(2020, 3, 1), date(2022, 3, 1), date(2024, 3, 1), date(2026, 3, 1)]
    zhang = came("张书远", *(first + timedelta(30 * n) for first in starts for n in range(6)))
    li = came("李芳", *(date(2020, 1, 5) + timedelta(40 * n) for n in range(62)))
    keep()
    books = Books()
    for month in Period(date(2019, 12, 1), TODAY).months():
        part = {what: names(books, what, month) for what in PARTS}
        assert part["opening"] + part["new"] + part["returned"] == part["closing"] + part["lost"]
        found = books.balance(month)
        assert found.opening + found.new + found.returned - found.lost == found.closing
    for last in (date_of(int(day)) for day in books.ended[books.who == zhang.pk] if day < day_number(TODAY)):
        for edge in (Period(last, last + timedelta(9)), Period(last - timedelta(9), last)):
            found = books.balance(edge)
            assert (found.lost, found.opening + found.new + found.returned - found.closing) == (1, 1)
    whole = books.balance(Period(date(2019, 12, 1), TODAY))
    assert (whole.opening, whole.new, whole.returned, whole.lost, whole.closing) == (0, 2, 3, 3, 2)
    assert names(books, "lost", Period(date(2019, 12, 1), TODAY)) == Counter({zhang.pk: 3})
    assert li.pk in names(books, "closing", YEAR)


def test_groups_add_up_to_the_whole(cast: Cast, came: Came) -> None:
    came("老客", *(date(2024, 1, 5) + timedelta(60 * n) for n in range(15)))
    gone = came("走了", *(date(2024, 1, 5) + timedelta(60 * n) for n in range(12)), owner=cast.zhou)
    told(gone, date(2026, 5, 1))
    came("新来", date(2026, 6, 1), owner=cast.ding)
    keep()
    books = Books()
    whole = books.balance(YEAR)
    assert (whole.opening, whole.new, whole.lost, whole.closing) == (2, 1, 1, 2)
    for by in ("grade", "type", "unit", "owner", "cohort"):
        rows = books.by(by, YEAR)
        for part in (*PARTS, "bought_all_cents", "bought_lost_cents", "value_cents"):
            assert sum(getattr(row, part) for row in rows) == getattr(whole, part), (by, part)
    assert {row.key: row.opening for row in books.by("grade", YEAR)} == {"": 0, "A": 2}
    assert {row.key: row.lost for row in books.by("unit", YEAR)}[str(cast.jiangning.pk)] == 1


def test_a_deal_imported_late_moves_the_books_and_it_is_told(cast: Cast, came: Came) -> None:
    zhang = came("张书远", *(date(2023, 1, 1) + timedelta(30 * n) for n in range(6)))
    first = keep()
    lost_on = Stay.objects.get(customer=zhang).ended_on
    assert lost_on == date(2023, 1, 1) + timedelta(150 + 365 + 6)
    assert (first.changed, keep().pk) == (0, first.pk)
    record_reason(cast.chen, zhang.pk, lost_on, "rival")
    deal(zhang, date(2023, 9, 1))
    again = keep()
    assert (again.changed, BooksRun.objects.count()) == (1, 2)
    moved = Stay.objects.get(customer=zhang).ended_on
    assert moved > lost_on
    change = BookChange.objects.get()
    assert (change.was[-1], change.now[-1]) == (["lost", lost_on.isoformat()], ["lost", moved.isoformat()])
    assert LossReason.objects.get().lost_on == moved
    deal(zhang, TODAY - timedelta(3))
    keep()
    assert list(Stay.objects.filter(customer=zhang).order_by("began_on").values_list("returned", flat=True)) == [False, True]
    assert LossReason.objects.get().lost_on == moved


def test_a_line_is_about_the_same_people_from_its_first_point_to_its_last(cast: Cast, came: Came) -> None:
    early = [came(f"早{n}", date(2025, 1, 10)) for n in range(15)]
    late = [came(f"晚{n}", date(2025, 12, 20)) for n in range(15)]
    for one in early[:10]:
        told(one, date(2025, 3, 1))
    deal(early[0], date(2025, 8, 1))
    came("一个人", date(2024, 5, 1))
    keep()
    books = Books()
    lonely, line = cohorts(books, day_number(TODAY))
    # The last one came eleven months ago: nine months are known of all thirty, though the first came twenty-two months ago.
    assert (lonely.points, line.customers, line.points) == ((), 30, ((0, 30), (3, 20), (6, 20), (9, 21)))
    for months, here in line.points:
        assert len(kept(books, 2025, months)) == here
    assert set(books.who[kept(books, 2025, 9)].tolist()) == {one.pk for one in [early[0], *early[10:], *late]}


def test_a_supervisor_sees_the_own_region(cast: Cast, came: Came) -> None:
    here, far = came("张书远", date(2025, 6, 1)), came("马超", date(2025, 6, 1), owner=cast.ding)
    keep()
    assert names(Books(cast.he), "opening", YEAR) == Counter([here.pk])
    assert names(Books(cast.zhao), "opening", YEAR) == Counter([here.pk, far.pk])
    assert names(Books(cast.zhao, cast.beijing.path or ""), "opening", YEAR) == Counter([far.pk])
    assert names(Books(cast.root), "opening", YEAR) == Counter()


def test_bad_days_are_refused() -> None:
    for start, end, code in (
        (TODAY, TODAY - timedelta(1), "churn.backwards"),
        (TODAY + timedelta(1), TODAY + timedelta(2), "churn.future"),
    ):
        with pytest.raises(Refused) as refused:
            period_of(start, end, TODAY)
        assert refused.value.code == code
    assert period_of(TODAY, TODAY + timedelta(30), TODAY).end == TODAY


def test_reasons_are_asked_and_facts_known(cast: Cast, came: Came) -> None:
    asked, died, unknown = (came(name, date(2025, 12, 1)) for name in ("问过", "去世", "没问"))
    for who, kind in ((asked, "told_leaving"), (died, "died"), (unknown, "moved_away")):
        told(who, date(2026, 4, 1), kind)
    silent = came("没说", date(2025, 12, 2))
    told(silent, date(2026, 4, 1))
    keep()
    record_reason(cast.chen, asked.pk, date(2026, 4, 1), "details", "indifference", "没人理我")
    found = split(Books(), YEAR)
    assert (found.lost, found.known, found.reasons["natural"], found.reasons["details"]) == (4, 3, 2, 1)
    assert (found.whys["indifference"], found.whys["died"], found.whys["moved"]) == (1, 1, 1)
    with pytest.raises(Refused):
        record_reason(cast.chen, asked.pk, date(2026, 4, 2), "details")
    with pytest.raises(Customer.DoesNotExist):
        record_reason(cast.ding, asked.pk, date(2026, 4, 1), "rival")
    assert LossReason.objects.count() == 1
    again = record_reason(cast.chen, asked.pk, date(2026, 4, 1), "rival")
    assert list(LossReason.objects.filter(withdrawn_at=None)) == [again]
    withdraw_reason(cast.chen, again.pk)
    assert split(Books(), YEAR).reasons["rival"] == 0


def test_a_constant_number_of_queries(cast: Cast, came: Came, django_assert_num_queries: object) -> None:
    came("一位", date(2025, 6, 1))
    keep()
    for _ in range(2):
        with django_assert_num_queries(6):  # type: ignore[operator]
            books = Books(cast.he)
            books.balance(YEAR)
            books.by("owner", YEAR)
        for n in range(30):
            came(f"多{n}", date(2025, 6, 1), date(2025, 9, 1))
        keep()
