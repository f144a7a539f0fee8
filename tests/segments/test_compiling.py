"""Conditions in the database against the same in plain Python, over random small bases; each line of the catalogue at least once."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.customers.models import Customer, Event
from liuke.deals.models import Deal
from liuke.interactions.models import Interaction
from liuke.packs.loader import load_pack
from liuke.segments import compiling, happened, queries
from liuke.segments.asking import Asked
from liuke.segments.catalogue import catalogue
from liuke.segments.compiling import compile_node
from liuke.segments.conditions import Node, read, write
from liuke.segments.filters import Filter
from liuke.segments.models import Segment
from liuke.standing.models import Run
from liuke.team.models import User
from tests.cast import Cast, assemble, card
from tests.segments.oracle import Base
from tests.segments.trees import TODAY, leaf, trees
from tests.standing_rows import a_run, a_standing

pytestmark = pytest.mark.django_db
PACK = load_pack("auto_dealer")
with translation.override("zh-hans"):
    KNOWN = catalogue(PACK)
TOLD = [
    "tier", "remarks", "completeness", "opened_on", "next_contact_on", "stage", "amount_12m", "cycle_days", "cycles", "last_deal", "deals",
    "contacts", "events",
]  # fmt: skip
"""What tests/segments/oracle.py can judge."""


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(datetime(2026, 11, 20, 4, tzinfo=timezone.get_fixed_timezone(0))), translation.override("zh-hans"):
        yield


@pytest.fixture
def cast() -> Cast:
    return assemble()


def fill(cast: Cast, dice: random.Random, size: int = 14) -> tuple[Base, Run]:
    """A few customers of two regions with this and that, some of whom insight has not looked at."""
    run = a_run(TODAY - timedelta(days=1))
    base = Base(TODAY, run.as_of)

    def ago(most: int = 420, least: int = -30) -> date:
        return TODAY - timedelta(days=dice.randrange(least, most))

    for n in range(size):
        kept = card(
            dice.choice([cast.chen, cast.zhou, cast.ding]), f"客{n}", tier=dice.choice(["", "silver", "gold"]),
            remarks=dice.choice(["", "轮胎旧了", "老客户 X%", "A_b", "'；--"]), completeness=dice.choice([None, 0, 40, 100]),
            opened_on=ago(), next_contact_on=dice.choice([None, ago(60, -60)]),
        )  # fmt: skip
        base.cards.append(kept)
        if dice.random() < 0.8:
            last = dice.choice([None, ago(400, 0)])
            base.standing[kept.pk] = a_standing(
                run, kept, abc="A", type="general", stage=dice.choice("ABCDE"), stage_by_rule="A", stage_code="A", stage_since=TODAY,
                rule_since=TODAY, last_deal=last, cycle_days=dice.choice([10.0, 74.5, 20.0]) if last else None,
                amount_12m_cents=dice.randrange(-5, 400),
            )  # fmt: skip
        base.deals += [
            Deal(
                customer=kept, on=ago(400, 0), kind=dice.choice(["sale", "service", "refund"]), amount_cents=dice.randrange(-200, 400),
                content=dice.choice(["小保养", "换轮胎", ""]), unit=dice.choice([None, kept.unit]),
            )
            for _ in range(dice.randrange(4))
        ]  # fmt: skip
        base.contacts += [
            Interaction(
                customer=kept, at=timezone.now(), on=ago(400, 0), way=dice.choice(["phone", "visit"]),
                undone_at=dice.choice([None, None, timezone.now()]),
            )
            for _ in range(dice.randrange(3))
        ]  # fmt: skip
        base.events += [
            Event(customer=kept, kind=dice.choice(["satisfaction", "price_asked"]), on=ago(400, 0), value=dice.choice([None, 1, 3, 5]))
            for _ in range(dice.randrange(3))
        ]
    Deal.objects.bulk_create(base.deals)
    Interaction.objects.bulk_create(base.contacts)
    Event.objects.bulk_create(base.events)
    return base, run


@contextmanager
def thrown_away() -> Iterator[None]:
    """What is written inside is taken back, whatever happens."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def found(node: Node, run: Run | None, user: User | None) -> tuple[set[int], int]:
    made = compile_node(node, KNOWN, Asked(TODAY, run, user, {}))
    return set(compiling.customers(made, user).values_list("pk", flat=True)), compiling.count(made, user)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=trees(KNOWN, TOLD), seed=st.integers(0, 10**6), few=st.sampled_from([0, 5, 10**6]))
def test_the_database_finds_what_the_plain_rows_say(cast: Cast, monkeypatch: Any, data: dict[str, Any], seed: int, few: int) -> None:
    for name in ("FEW", "FEW_OF_MANY"):
        monkeypatch.setattr(happened, name, few)
    monkeypatch.setattr(compiling, "FEW_OF_MANY", few)
    with thrown_away():
        base, run = fill(cast, random.Random(seed))
        node = read(data, KNOWN)
        for user in (None, cast.zhao, cast.he, cast.chen):
            seen = base.cards if user is None else list(Customer.objects.visible_to(user))
            wanted = {one.pk for one in seen if base.fits(node, one)}
            assert found(node, run, user) == (wanted, len(wanted))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=trees(KNOWN, TOLD), seed=st.integers(0, 10**6))
def test_the_list_by_a_segment_shows_the_same(cast: Cast, monkeypatch: Any, data: dict[str, Any], seed: int) -> None:
    monkeypatch.setattr(queries, "FEW", random.Random(seed).choice([0, 5000]))
    with thrown_away():
        base, run = fill(cast, random.Random(seed))
        # Cards opened after the run stand at the end of the list.
        Customer.objects.filter(pk__in=base.standing).update(created_at=run.started_at - timedelta(hours=1))
        node = read(data, KNOWN)
        row = Segment.objects.create(owner=cast.he, name="一组", conditions=write(node))
        for more in ({}, {"tier": "gold"}, {"stage": "C,D"}):
            wanted = Filter({"segment": str(row.pk), **more})
            page = queries.page(cast.he, wanted, run, PACK, TODAY)
            seen = [one for one in Customer.objects.visible_to(cast.he) if base.fits(node, one)]
            if "tier" in more:
                seen = [one for one in seen if one.tier == "gold"]
            if "stage" in more:
                seen = [one for one in seen if one.pk in base.standing and base.standing[one.pk].stage in "CD"]
            assert {shown.id for shown in page.rows} == {one.pk for one in seen}
            assert (page.total if page.total is not None else queries.totals(cast.he, wanted, run, TODAY)[0]) == len(seen)


@pytest.mark.parametrize("key", [key for key in KNOWN.entries if key != "segment"])
def test_every_line_of_the_catalogue_and_its_contrary_share_out_everybody(cast: Cast, key: str) -> None:
    base, run = fill(cast, random.Random(7))
    everybody = {one.pk for one in base.cards}

    @settings(max_examples=6, deadline=None)
    @given(data=leaf(KNOWN.entries[key]))
    def check(data: dict[str, Any]) -> None:
        node = read(data, KNOWN)
        fits, n = found(node, run, None)
        not_fits, not_n = found(read({"none": [data]}, KNOWN), run, None)
        assert fits | not_fits == everybody and not fits & not_fits
        assert (n, not_n) == (len(fits), len(not_fits))
        assert found(read({"any": [data, {"none": [data]}]}, KNOWN), run, None)[0] == everybody
        assert found(read({"all": [data, {"none": [data]}]}, KNOWN), run, None) == (set(), 0)
        assert found(node, None, None)[0] <= everybody  # before the first run

    check()


def names(cast: Cast, run: Run | None, data: dict[str, Any], user: User | None = None) -> set[str]:
    made = compile_node(read(data, KNOWN), KNOWN, Asked(TODAY, run, user, {}))
    return set(compiling.customers(made, user).values_list("name", flat=True))


def test_birthdays_of_sun_and_moon_as_they_are_celebrated(cast: Cast) -> None:
    card(cast.chen, "公历今天", birth_month=11, birth_day=20)
    card(cast.chen, "公历第七天", birth_month=11, birth_day=27)
    card(cast.chen, "公历第八天", birth_month=11, birth_day=28)
    card(cast.chen, "昨天", birth_month=11, birth_day=19)
    # 2026-11-20 is the 12th of the tenth month
    card(cast.chen, "农历十月十二", birth_month=10, birth_day=12, birth_lunar=True)
    card(cast.chen, "农历十月廿九", birth_month=10, birth_day=29, birth_lunar=True)
    card(cast.chen, "公历十月十二", birth_month=10, birth_day=12)
    card(cast.chen, "没填")
    card(cast.chen, "只有月份", birth_month=11)
    assert names(cast, None, {"ask": "birthday", "op": "next", "n": 7}) == {"公历今天", "公历第七天", "农历十月十二"}
    assert names(cast, None, {"ask": "birthday", "op": "next", "n": 0}) == {"公历今天", "农历十月十二"}
    assert names(cast, None, {"ask": "birthday", "op": "empty"}) == {"没填", "只有月份"}


def test_sealed_fields_are_asked_whether_they_are_filled(cast: Cast) -> None:
    card(cast.chen, "有", "13800001234", wechat="wx1", address="滨江路 1 号")
    card(cast.chen, "没有")
    for key in ("phone.filled", "wechat.filled", "address.filled"):
        assert names(cast, None, {"ask": key, "op": "filled"}) == {"有"}
        assert names(cast, None, {"ask": key, "op": "empty"}) == {"没有"}


def test_a_pack_s_own_fields(cast: Cast) -> None:
    for name, extra in (("十二台", {"fleet_size": 12}), ("九台", {"fleet_size": 9}), ("自己开", {"drives_himself": True}), ("没写", {})):
        card(cast.chen, name, extra=extra)
    assert names(cast, None, {"ask": "extra.fleet_size", "op": "ge", "a": 10}) == {"十二台"}
    assert names(cast, None, {"ask": "extra.fleet_size", "op": "between", "a": 9, "b": 12}) == {"十二台", "九台"}
    assert names(cast, None, {"ask": "extra.fleet_size", "op": "empty"}) == {"自己开", "没写"}
    assert names(cast, None, {"ask": "extra.drives_himself", "op": "no"}) == {"十二台", "九台", "没写"}


def test_me_is_the_reader(cast: Cast) -> None:
    card(cast.chen, "陈的")
    card(cast.zhou, "周的")
    asked = {"ask": "owner", "op": "in", "is": ["me"]}
    assert names(cast, None, asked, cast.chen) == {"陈的"}
    assert names(cast, None, asked, cast.zhou) == {"周的"}
    assert names(cast, None, asked, cast.he) == set()


def test_as_many_queries_for_many_customers_as_for_few(cast: Cast) -> None:
    data = {"all": [{"ask": "stage", "op": "in", "is": ["C", "D"]}, {"ask": "contacts", "has": "no", "when": "last", "n": 90}]}
    counted = []
    for size in (3, 40):
        with thrown_away():
            _base, run = fill(cast, random.Random(3), size)
            with CaptureQueriesContext(connection) as asked:
                found(read(data, KNOWN), run, cast.he)
            counted.append(len(asked))
    assert counted[0] == counted[1]
