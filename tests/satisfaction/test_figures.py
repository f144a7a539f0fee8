"""What answers say: means, shares, NPS, gaps, importance; and the figure an improvement cycle takes before and after."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.complaints import entering
from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.satisfaction import answering, figures, measures, waves
from liuke.satisfaction.models import Invitation
from liuke.satisfaction.results import results
from liuke.satisfaction.seven import came, seven
from liuke.satisfaction.silent import silent
from liuke.team.folk import set_folk
from liuke.team.queries import pack
from tests.satisfaction.world import DAY, asked, bought, survey, token, wave, wish


def test_gaps_have_three_verdicts():
    told = {name: figures.gap(pairs) for name, pairs in {"up": [(3, 4), (4, 4)], "even": [(4, 3), (3, 4)], "down": [(5, 3)]}.items()}
    assert {name: (gap.value, gap.verdict) for name, gap in told.items()} == {
        "up": (Fraction(1, 2), "exceeds"), "even": (0, "satisfied"), "down": (-2, "unacceptable")
    }  # fmt: skip
    assert not told["down"].sure and figures.gap([]) is None


def test_the_widest_gap_is_the_weakest():
    told = {"empathy": [(4, 4)] * 29 + [(4, 3)], "responsiveness": [(5, 3), (5, 4)] * 15, "few": [(5, 1)] * 29, "fine": [(3, 4)] * 30}
    gaps = [(key, figures.gap(pairs)) for key, pairs in told.items()]
    worst, other = figures.weakest(gaps, 30)
    assert (worst[0], other[0]) == ("responsiveness", "empathy") and not figures.level(worst[1], other[1])
    near = figures.gap([(5, 3), (5, 4)] * 14 + [(5, 4)] * 2)
    assert near.value > worst[1].value and figures.level(worst[1], near)


def test_nps_and_csat():
    found = figures.nps([10, 9, 8, 7, 6, 0])
    assert (found.promoters, found.passives, found.detractors, found.value) == (2, 2, 2, 0)
    assert figures.nps([9] * 50).margin == 0 and figures.nps([]) is None
    assert (figures.csat([5, 4, 3, 1]).count, figures.csat([5, 4, 3, 1]).value) == (2, 0.5)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_a_mean_lies_within_its_ratings(ratings):
    found = figures.mean(ratings)
    assert min(ratings) <= found.exact <= max(ratings) and found.exact * len(ratings) == sum(ratings)
    assert found.margin is None or found.margin >= 0
    assert figures.mean(ratings, len(ratings) + 1).margin is None or figures.mean(ratings, len(ratings) + 1).margin <= found.margin


def test_what_is_important_and_poor_comes_first():
    points, cut_i, cut_p = figures.quadrants([("wait", 0.8, 2.0), ("manner", 0.7, 4.5), ("coffee", 0.1, 2.5), ("poster", 0.2, 4.8)])
    assert {point.key: point.quadrant for point in points} == {"wait": "improve", "manner": "keep", "coffee": "spare", "poster": "enough"}
    assert (round(cut_i, 2), round(cut_p, 2)) == (0.45, 3.45)
    assert figures.correlation([(1, 2), (2, 4), (3, 6)]) == pytest.approx(1) and figures.correlation([(1, 2), (1, 3), (1, 4)]) is None


def people(cast, n: int = 8) -> None:
    for place in range(n):
        bought(cast.chen, f"客{place}")


def test_a_measure_is_taken_by_one_definition(cast):
    people(cast)
    made = wave(cast, "servqual")
    for place, row in enumerate(Invitation.objects.order_by("pk")):
        sent = {"reliability.es": ["5"], "reliability.ps": ["3" if place % 2 else "4"], "empathy.es": ["3"], "empathy.ps": ["3"]}
        answering.answer(answering.asked(token(row.customer)), sent)
    gap = measures.measure(cast.zhao, "gap.reliability", cast.binjiang, DAY, DAY)
    assert (gap.value, gap.n, gap.scale) == (-1.5, 8, (-4, 4))
    assert measures.measure(cast.zhao, "score", None, DAY, DAY).value == 3.25
    assert measures.measure(cast.zhao, "score", cast.beijing, DAY, DAY) == measures.Measure("score", None, 0, None, (1, 5))
    assert measures.measure(cast.zhao, "score", None, DAY - timedelta(9), DAY - timedelta(1)).n == 0
    with pytest.raises(KeyError):
        measures.measure(cast.zhao, "gap.nothing", None, DAY, DAY)
    found = results(cast.zhao, made, 30)
    assert {key: gap.verdict for key, gap in found.gaps} == {"reliability": "unacceptable", "empathy": "satisfied"}
    assert found.partial == 8 and results(cast.zhou, made, 30).n == 0


def test_seven_indicators_say_where_they_come_from(cast):
    people(cast, 4)
    regular = Customer.objects.get(name="客0")
    Deal.objects.create(customer=regular, on=DAY - timedelta(5), amount_cents=32_000, staff=cast.chen, unit=regular.unit)
    Deal.objects.create(customer=regular, on=DAY, amount_cents=-2_000, kind="refund", came=False, staff=cast.chen, unit=regular.unit)
    gone = bought(cast.chen, "早就不来", DAY - timedelta(500))
    for who in (regular, gone):
        entering.enter(cast.lin, text="等了两个小时没人管", channel="telephone", customer_id=who.pk)
    wave(cast, "three_levels")
    answering.answer(answering.asked(token(regular)), {"overall": ["5"], "recommend": ["9"], "awareness": ["0"], "cheaper": ["2"]})
    found = {row.key: row for row in seven(cast.zhao, cast.binjiang, DAY)}
    assert list(found) == ["reputation", "awareness", "repurchase", "amount", "price_sensitivity", "complaint", "recommendation"]
    assert (found["repurchase"].share.count, found["repurchase"].n, found["repurchase"].how) == (1, 4, "deals")
    assert found["amount"].cents == (4 * 68_000 + 32_000 - 2_000) // 5
    assert [(one.customer, one.days, one.cents) for one in came(cast.zhao, cast.binjiang, DAY) if one.complained] == [
        (regular.pk, 2, 98_000)
    ]
    assert (found["complaint"].share.count, found["complaint"].how) == (1, "complaints")
    assert (found["awareness"].share.value, found["price_sensitivity"].share.value, found["recommendation"].share.value) == (1, 0, 1)
    assert not found["reputation"].known and seven(cast.zhao, cast.beijing, DAY)[2].share is None


def test_the_silent_are_an_estimate_and_folk_numbers_stand_apart(cast):
    people(cast, 10)
    wave(cast)
    for place, row in enumerate(Invitation.objects.order_by("pk")[:4]):
        answering.answer(answering.asked(token(row.customer)), {"overall": ["2" if place < 2 else "5"]})
    entering.enter(
        cast.lin, text="等了两个小时没人管", channel="telephone", customer_id=asked(Customer.objects.get(name="客0")).customer_id
    )
    found = silent(cast.zhao, None, DAY)
    assert (found.unhappy.count, found.unhappy.n, found.customers, found.complained) == (2, 4, 10, 1)
    assert found.people[1] == 5 and found.silent[1] == 4 and found.silent[0] < 4 < found.silent[2]
    assert found.by_folk == (25, 24, 6, 4)
    set_folk(cast.zhao, pack(), "to_rival", found.folk[0].value * 2, "本店 2025 年回访")
    assert silent(cast.zhao, None, DAY).by_folk == (25, 24, 6, 3)


def test_a_survey_that_is_put_away_asks_nobody(cast):
    from liuke.kernel.refusal import Refused
    from liuke.satisfaction import building

    people(cast, 2)
    made = survey(cast)
    building.put_away(cast.xu, made.pk)
    with pytest.raises(Refused) as refused:
        waves.launch(cast.xu, wish(made, cast.group.pk))
    assert refused.value.code == "survey.put_away"
    building.take_out(cast.xu, made.pk)
    waves.launch(cast.xu, wish(made, cast.group.pk))
