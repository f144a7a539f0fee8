"""Signals from what was computed to rows: nothing is written on a day when no fact has changed, and the sentence is right all the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.analytics.days import day_number
from liuke.analytics.grade import grade
from liuke.analytics.tables import CONTRACTS, EVENTS, Tables
from liuke.customers.models import Customer
from liuke.packs.loader import load_pack
from liuke.standing.models import Signal
from liuke.standing.reasons import signal_reason
from liuke.standing.signalling import evaluate_signals, keep_signals
from tests.standing.conftest import AS_OF, Bought

pytestmark = pytest.mark.django_db
AUTO = load_pack("auto_dealer")
TODAY = day_number(AS_OF)
LATE = (434, 360, 286, 212)


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


class Books:
    """Deals as days before AS_OF, events and contracts of customers, without the rest of the house."""

    def __init__(self) -> None:
        self.deals: list[tuple[int, int, int, bool]] = []
        self.events: list[tuple[int, int, str, int | None]] = []
        self.contracts: list[tuple[int, str, int, int, None, bool, None]] = []

    def bought(self, card: Customer, *days_ago: int) -> None:
        self.deals += [(card.pk, TODAY - days, 50_000, True) for days in days_ago]

    def insured(self, card: Customer, left: int) -> None:
        self.contracts.append((card.pk, "insurance", TODAY + left - 364, TODAY + left, None, False, None))

    def tables(self) -> Tables:
        def table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
            fields = [field for field in schema if field.name != "asset_id"]
            return pa.table([pa.array([row[at] for row in rows], field.type) for at, field in enumerate(fields)], schema=pa.schema(fields))

        deals = pa.schema([("customer_id", pa.int64()), ("day", pa.int32()), ("cents", pa.int64()), ("came", pa.bool_())])
        return Tables(table(self.deals, deals), events=table(self.events, EVENTS), contracts=table(self.contracts, CONTRACTS))

    def found(self, as_of: date = AS_OF, customers: Sequence[int] | None = None) -> pa.Table:
        tables = self.tables()
        rows, _ = grade(tables, day_number(as_of), AUTO.thresholds)
        rows = rows.sort_by("customer_id")
        if customers is not None:
            rows = rows.filter(pc.is_in(rows["customer_id"], pa.array(customers, pa.int64())))
        return evaluate_signals(rows, tables, as_of, AUTO)

    def keep(self, as_of: date = AS_OF) -> tuple[int, int]:
        return keep_signals(self.found(as_of), as_of, AUTO)

    def between(self, card: Customer, since: date = AS_OF) -> tuple[int, int]:
        return keep_signals(self.found(customers=[card.pk]), AS_OF, AUTO, [card.pk], since)


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def zhang(bought: Bought, books: Books) -> Customer:
    """张书远: four visits 74 days apart, the last 212 days ago; the insurance ends in 21 days."""
    card = bought("张书远")
    books.bought(card, *LATE)
    books.insured(card, 21)
    return card


def kept() -> list[dict[str, object]]:
    return list(Signal.objects.order_by("pk").values())


def open_keys() -> list[str]:
    return sorted(Signal.objects.filter(ended_on=None).values_list("key", flat=True))


def writes(asked: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in asked.captured_queries if re.search(r"\b(INSERT|UPDATE|DELETE|COPY)\b", query["sql"])]


def test_what_is_kept_is_the_day_it_counts_from(books: Books, zhang: Customer) -> None:
    assert books.keep() == (2, 0)
    assert {row.key: row.slots for row in Signal.objects.all()} == {
        "overdue_visit": {"recency_days": {"since": TODAY - 212}, "cycle_days": 74},
        "insurance_30": {"days_left('insurance')": {"until": TODAY + 21}},
    }
    signal = Signal.objects.get(key="overdue_visit")
    assert (signal.family, signal.severity, signal.started_on, signal.at_once, signal.first_slots) == (
        "churn",
        3,
        AS_OF,
        False,
        signal.slots,
    )


def test_a_day_on_which_only_the_date_changes_writes_nothing(books: Books, zhang: Customer) -> None:
    books.keep()
    before = kept()
    for day in (0, 1, 9):
        found = books.found(AS_OF + timedelta(days=day))
        with CaptureQueriesContext(connection) as asked:
            assert keep_signals(found, AS_OF + timedelta(days=day), AUTO) == (0, 0)
        assert writes(asked) == []
    assert kept() == before


def test_the_sentence_counts_on_also_on_a_day_without_a_run(books: Books, zhang: Customer) -> None:
    books.keep()
    overdue, insurance = (Signal.objects.get(key=key) for key in ("overdue_visit", "insurance_30"))
    with time_machine.travel(f"{AS_OF}T10:00:00+08:00", tick=False):
        assert signal_reason(overdue, AUTO) == "212天没来，通常74天一次。"
        assert signal_reason(insurance, AUTO) == "商业险21天后到期，还没续。"
    with time_machine.travel(f"{AS_OF + timedelta(days=20)}T10:00:00+08:00", tick=False):
        assert signal_reason(overdue, AUTO) == "232天没来，通常74天一次。"
        assert signal_reason(insurance, AUTO) == "商业险明天到期，还没续。"
        assert signal_reason(overdue, AUTO, at_start=True) == "212天没来，通常74天一次。"
        assert signal_reason(overdue, AUTO, as_of=AS_OF + timedelta(days=5)) == "217天没来，通常74天一次。"
    with time_machine.travel(f"{AS_OF + timedelta(days=22)}T10:00:00+08:00", tick=False):
        assert signal_reason(insurance, AUTO) == "商业险30天内到期"


def test_rows_of_before_with_plain_figures_still_read_and_are_rewritten_once(books: Books, zhang: Customer) -> None:
    books.keep()
    Signal.objects.filter(key="overdue_visit").update(slots={"recency_days": 211, "cycle_days": 74.0}, first_slots={"recency_days": 211})
    old = Signal.objects.get(key="overdue_visit")
    assert signal_reason(old, AUTO) == "211天没来，通常74天一次。"
    assert signal_reason(old, AUTO, at_start=True) == "211天没来，通常—天一次。"
    assert books.keep() == (0, 0)
    old.refresh_from_db()
    assert (old.slots["recency_days"], old.first_slots) == ({"since": TODAY - 212}, {"recency_days": 211})
    with CaptureQueriesContext(connection) as asked:
        books.keep()
    assert writes(asked) == []


def test_the_same_figures_in_another_order_are_the_same(books: Books, zhang: Customer) -> None:
    books.keep()
    Signal.objects.filter(key="overdue_visit").update(slots={"recency_days": {"since": TODAY - 212}, "cycle_days": 74.0})
    with CaptureQueriesContext(connection) as asked:
        books.keep()
    assert writes(asked) == []


def test_a_changed_fact_changes_its_own_row_only(books: Books, zhang: Customer, bought: Bought) -> None:
    he = bought("何美玲")
    books.bought(he, *LATE)
    books.keep()
    before = {row["id"]: row for row in kept()}
    books.contracts.clear()
    books.insured(zhang, 25)
    assert books.keep() == (0, 0)
    changed = [row for row in kept() if row != before[row["id"]]]
    assert [(row["customer_id"], row["slots"]) for row in changed] == [(zhang.pk, {"days_left('insurance')": {"until": TODAY + 25}})]


def test_what_no_longer_holds_ends_and_going_on_is_no_new_signal(books: Books, zhang: Customer) -> None:
    books.keep(AS_OF - timedelta(days=3))
    before = kept()
    taken, books.contracts = books.contracts, []
    assert books.keep() == (0, 1)
    assert Signal.objects.get(key="insurance_30").ended_on == AS_OF
    books.contracts = taken
    assert books.keep() == (0, 0)
    assert kept() == before


def test_what_ended_before_the_run_begins_anew(books: Books, zhang: Customer) -> None:
    books.keep(AS_OF - timedelta(days=3))
    taken, books.contracts = books.contracts, []
    books.keep(AS_OF - timedelta(days=1))
    books.contracts = taken
    assert books.keep() == (1, 0)
    assert [(row.started_on, row.ended_on) for row in Signal.objects.filter(key="insurance_30").order_by("pk")] == [
        (AS_OF - timedelta(days=3), AS_OF - timedelta(days=1)),
        (AS_OF, None),
    ]


def test_of_several_that_ended_the_last_goes_on(books: Books, zhang: Customer) -> None:
    for ended in (AS_OF + timedelta(days=1), AS_OF):
        Signal.objects.create(customer=zhang, key="insurance_30", family="churn", severity=2, started_on=AS_OF, ended_on=ended)
    assert books.keep() == (1, 0)
    assert [row.ended_on for row in Signal.objects.filter(key="insurance_30").order_by("pk")] == [None, AS_OF]


def test_opened_between_runs_and_taken_back_it_never_was(books: Books, zhang: Customer) -> None:
    books.keep()
    before = kept()
    books.events.append((zhang.pk, TODAY, "told_leaving", None))
    assert books.between(zhang)[0] >= 1
    assert Signal.objects.filter(at_once=True, started_on=AS_OF).exists()
    books.events.clear()
    books.between(zhang)
    assert kept() == before


def test_some_customers_leave_the_others_alone(books: Books, zhang: Customer, bought: Bought) -> None:
    he = bought("何美玲")
    books.bought(he, *LATE)
    books.keep()
    mine = list(Signal.objects.filter(customer=he).values())
    books.bought(zhang, 0)
    books.bought(he, 0)
    books.between(zhang)
    assert Signal.objects.get(customer=zhang, key="overdue_visit").ended_on == AS_OF
    assert list(Signal.objects.filter(customer=he).values()) == mine


def test_a_run_over_some_customers_opens_what_stays(books: Books, zhang: Customer) -> None:
    assert keep_signals(books.found(), AS_OF, AUTO, [zhang.pk]) == (2, 0)
    assert not Signal.objects.filter(at_once=True).exists()


def test_nobody_is_nobody(books: Books, zhang: Customer) -> None:
    books.keep()
    before = kept()
    assert keep_signals(books.found(customers=[]), AS_OF, AUTO, []) == (0, 0)
    assert kept() == before


def test_found_shard_by_shard_it_is_the_same(books: Books, zhang: Customer, bought: Bought) -> None:
    he, wu = bought("何美玲"), bought("吴启明")
    books.bought(he, *LATE)
    books.bought(wu, 9)
    books.insured(wu, 5)
    apart = pa.concat_tables([books.found(customers=[card.pk]) for card in (zhang, he, wu)])
    together = books.found()
    order = [("customer_id", "ascending"), ("signal", "ascending")]
    assert apart.sort_by(order).equals(together.sort_by(order))
    assert together.num_rows >= 4


def test_no_more_queries_for_fifty_than_for_five(books: Books, bought: Bought) -> None:
    def counted(day: date) -> int:
        found = books.found(day)
        with CaptureQueriesContext(connection) as asked:
            keep_signals(found, day, AUTO)
        return len(asked)

    for at in range(5):
        books.bought(bought(f"客户{at}"), *LATE)
    first = counted(AS_OF)
    for at in range(45):
        books.bought(bought(f"又{at}"), *LATE)
    assert counted(AS_OF) == first
    books.deals.clear()
    assert counted(AS_OF) <= first + 2
    assert open_keys() == []
