"""The made-up customers: exact numbers, the same for the same day, nothing in the future, telephones that are nobody's."""

import re
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from random import Random

import pytest

from liuke.analytics.days import day_number
from liuke.demo.lives import generate, outline
from liuke.demo.rounds import rounds
from liuke.demo.rows import Life
from liuke.demo.twins import PAIRS, otherwise
from liuke.kernel.credit_code import parse_credit_code
from liuke.kernel.phone import parse_phones
from liuke.kernel.pinyin import sort_key
from liuke.kernel.plate import parse_plate
from liuke.trials.rules import assign

MONDAY = date(2026, 11, 16)
DAYS = [
    date(2026, 11, 1),  # the first of a month: everybody who is counted came today
    date(2024, 2, 29),
    date(2026, 12, 31),
    date(2027, 2, 8),  # two days after New Year: the stores are shut
    MONDAY,
]
every_day = pytest.mark.parametrize("today", DAYS, ids=str)


@lru_cache(maxsize=8)
def lives(today: date) -> list[Life]:
    return generate(today, outline(today))


def fingerprint(found: list[Life]) -> str:
    rows = [
        (life.store, life.rep, life.kind, life.opened, life.card, life.phones, life.contacts, life.assets, life.deals, life.contracts,
         life.events, life.talks)
        for life in found
    ]  # fmt: skip
    return sha256(repr(rows).encode()).hexdigest()


@every_day
def test_five_thousand_customers_of_whom_two_hundred_came_this_month(today: date) -> None:
    found = lives(today)
    first = today.replace(day=1)
    came = [life for life in found if any(first <= deal.on and deal.kind != "refund" for deal in life.deals)]
    assert len(found) == 5000
    assert len(came) == 200


def test_tiers_are_named_in_words() -> None:
    said = [contract.name for life in lives(MONDAY) for contract in life.contracts if contract.kind == "membership"]
    raised = [event.note for life in lives(MONDAY) for event in life.events if event.kind == "tier_raised"]
    assert {"银卡会员", "金卡会员", "白金会员"} <= set(said)
    assert "升为金卡" in raised
    assert not re.search("[a-z]", "".join(said + raised))


@every_day
def test_nothing_has_happened_later_than_today(today: date) -> None:
    for life in lives(today):
        assert life.opened <= today
        assert all(life.opened <= deal.on <= today for deal in life.deals)
        assert all(event.on <= today for event in life.events)
        assert all(talk.on < today for talk in life.talks)


@every_day
def test_telephones_are_distinct_readable_and_nobodys(today: date) -> None:
    numbers = [number for life in lives(today) for number in [*life.phones, *(contact.phone for contact in life.contacts)]]
    assert len(numbers) > 5000
    shared = len(numbers) - len(set(numbers))
    assert 15 < shared <= PAIRS  # some are on file twice, as everywhere
    assert all(re.fullmatch(r"\+861[3-9]\d000[01][1-9]\d{3}", number) for number in numbers)
    assert [parse_phones(number)[0].e164 for number in numbers] == numbers


@every_day
def test_plates_and_credit_codes_are_distinct_and_well_formed(today: date) -> None:
    found = lives(today)
    plates = [car.plate for life in found for car in life.assets]
    codes = [life.card["credit_code"] for life in found if life.kind == "organisation"]
    assert len(set(plates)) == len(plates)
    assert [parse_plate(plate) for plate in plates] == plates
    assert len(set(codes)) == len(codes)
    assert [parse_credit_code(code) for code in codes] == codes


def test_the_same_day_gives_the_same_data_and_another_day_other_data() -> None:
    assert fingerprint(generate(MONDAY, outline(MONDAY))) == fingerprint(generate(MONDAY, outline(MONDAY)))
    other = MONDAY + timedelta(days=1)
    assert fingerprint(generate(other, outline(other))) != fingerprint(generate(MONDAY, outline(MONDAY)))


def test_every_store_has_the_customers_it_should_have() -> None:
    counted = [sum(life.store == store for life in lives(MONDAY)) for store in range(9)]
    assert counted == [820, 470, 414, 640, 480, 430, 760, 530, 456]


@every_day
def test_work_orders_are_numbered_once_and_their_lines_sum_up(today: date) -> None:
    deals = [deal for life in lives(today) for deal in life.deals]
    assert len({deal.number for deal in deals}) == len(deals)
    for deal in deals:
        assert sum(line.quantity * line.unit_cents for line in deal.lines) == deal.cents
        assert (deal.cents < 0) == (deal.kind == "refund")
        assert (deal.cents == 0) == (deal.kind == "service")


@every_day
def test_contracts_end_after_they_begin_and_packages_are_not_overdrawn(today: date) -> None:
    for life in lives(today):
        for contract in life.contracts:
            assert contract.starts_on <= contract.ends_on
            assert contract.cents >= 0
            assert contract.times_left is None or (contract.times_total is not None and 0 <= contract.times_left < contract.times_total)


def test_scores_stay_in_their_range() -> None:
    for life in lives(MONDAY):
        for event in life.events:
            if event.kind == "satisfaction":
                assert event.value in (1, 2, 3, 4, 5)
            elif event.kind == "recommend":
                assert event.value in range(11)
            else:
                assert event.value is None


def test_lives_are_not_of_one_mould() -> None:
    found = [life for life in lives(MONDAY) if not life.fixed]
    without = sum(not life.visits for life in found) / len(found)
    once = sum(len(life.visits) == 1 for life in found) / len(found)
    organisations = sum(life.kind == "organisation" for life in found) / len(found)
    gaps = sorted((b.on - a.on).days for life in found for a, b in pairwise(life.visits))
    refunds = sum(deal.kind == "refund" for life in found for deal in life.deals) / sum(len(life.deals) for life in found)
    assert 0.08 < without < 0.14
    assert 0.25 < once < 0.45
    assert 0.03 < organisations < 0.05
    assert gaps[len(gaps) // 10] < 100 < gaps[len(gaps) // 2] < 220 < gaps[len(gaps) * 9 // 10]
    assert 0.005 < refunds < 0.02
    assert {life.fate for life in found} == {"", "drop", "told", "moved", "died", "closed"}
    assert len({(len(life.visits), life.temper.cycle, life.opened) for life in found}) > 4900


def test_the_well_known_customer_is_as_everybody_tells_him() -> None:
    [zhang] = [life for life in lives(MONDAY) if life.card["name"] == "张书远" and life.fixed]
    [insurance] = [c for c in zhang.contracts if c.kind == "insurance" and c.ends_on >= MONDAY]
    [package] = [c for c in zhang.contracts if c.kind == "service_package"]
    assert (zhang.store, zhang.rep, zhang.phones) == (0, 0, ["+8613800005678"])
    assert len(zhang.deals) == 16
    assert sum(deal.cents for deal in zhang.deals) == 2_393_000
    assert zhang.deals[-1].content == "前刹车片、四轮定位"
    assert zhang.deals[-1].cents == 328_000
    assert (MONDAY - zhang.deals[-1].on).days == 212
    assert (insurance.ends_on - MONDAY).days == 21
    assert package.times_left == 2
    assert [event.value for event in zhang.events if event.kind == "satisfaction"] == [5, 5, 5, 5, 5, 2]


def test_his_cycle_is_told_by_insight_as_seventy_four_days() -> None:
    """m_pop and his own rhythm together: (2 × m_pop + 15 × 60) ÷ 17."""
    found = lives(MONDAY)
    intervals = sorted(
        (b - a).days
        for life in found
        for days in [sorted({deal.on for deal in life.deals if deal.kind != "refund"})]
        for a, b in pairwise(days)
    )
    m_pop = (intervals[len(intervals) // 2] + intervals[(len(intervals) - 1) // 2]) / 2
    [zhang] = [life for life in found if life.card["name"] == "张书远" and life.fixed]
    days = [day_number(deal.on) for deal in zhang.deals]
    own = sorted(b - a for a, b in pairwise(days))[7]
    assert own == 60
    assert 72 <= (2 * m_pop + 15 * own) / 17 <= 76


def test_a_name_heard_otherwise_sounds_the_same() -> None:
    for name in ("李静", "王伟", "陈丽芳"):
        heard = {otherwise(name, Random(seed)) for seed in range(20)}
        assert name not in heard and {sort_key(each).rsplit(" ", 1)[0] for each in heard} == {sort_key(name).rsplit(" ", 1)[0]}
    assert otherwise("静安", Random(1)) == "静安"


@every_day
def test_the_past_rounds_are_as_they_truly_were(today: date) -> None:
    """Groups by the product's own rule; one playbook brings a tenth more back, the other nobody; nothing in the month that is counted."""
    entered = [(pk, life, one) for pk, life in enumerate(lives(today), 1) for one in life.entered]
    for made in rounds(today):
        mine = [(pk, life, one) for pk, life, one in entered if one.playbook == made.told.playbook]
        assert 800 < len(mine) <= made.told.people
        alone = [one for _, _, one in mine if one.arm == "alone"]
        assert abs(len(alone) - len(mine) * made.told.share) < 4
        assert all(one.contact is None for one in alone)
        assert all(made.opened_on <= one.on <= made.last_on for _, _, one in mine)
        assert not any(life.fixed for _, life, _ in mine)
        taken: dict[str, int] = {}
        for day in sorted({one.on for _, _, one in mine}):
            new = [(pk, one) for pk, _, one in mine if one.on == day]
            found = assign(made.seed, made.told.share, taken, [(pk, one.stratum) for pk, one in new])
            for pk, one in new:
                assert found[pk] == (one.stratum, one.arm)
                taken[one.stratum] = taken.get(one.stratum, 0) + 1
        for _, life, one in mine:
            back = [deal.on for deal in life.deals if deal.kind != "refund" and 0 < (deal.on - one.on).days <= made.told.window]
            assert (min(back) if back else None) == one.came
            assert one.came is None or one.came < today.replace(day=1)
