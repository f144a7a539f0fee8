"""A person's word on a probability: what it needs, what it does at once, what its withdrawal leaves, and how it is scored."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.analytics.days import day_number
from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FactChange
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.standing.models import FOREVER, Book, LeaveOverride, Run, Standing
from liuke.standing.overriding import in_force, override, overrides_table, restore_override, score_overrides, withdraw_override
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda tz="": TODAY)


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def zhang(cast):
    return judged(card(cast.chen, "张书远"))


def judged(customer, share=0.56):
    """With a row that says so much."""
    book = Book.objects.first() or Book.objects.create(began_on=TODAY)
    now = timezone.now()
    if not Run.objects.exists():
        Run.objects.create(as_of=TODAY, book=book, pack="auto_dealer", started_at=now, finished_at=now)
    Standing.objects.create(
        book=book, customer=customer, since=TODAY, until=FOREVER, abc="A", type="key", stage="D", stage_by_rule="D", stage_code="D.elapsed",
        stage_since=TODAY, rule_since=TODAY, leave_share=share, leave_by="bgnbd" if share else "", model_share=share,
    )  # fmt: skip
    return customer


def rows(*customers):
    return overrides_table([one.pk for one in customers] if customers else None).to_pylist()


def everything():
    return (list(LeaveOverride.objects.values()), FactChange.objects.count(), AuditEntry.objects.count())


# ── saying ───────────────────────────────────────────────────────────────────


def test_a_word_keeps_what_the_model_said_and_reaches_insight_at_once(cast, zhang):
    said = override(cast.chen, zhang.pk, 20, " 已说定年底来换胎 ", TODAY + 30 * DAY)
    assert (said.share, said.model_share, said.reason, said.by, said.on) == (0.2, 0.56, "已说定年底来换胎", cast.chen, TODAY)
    assert list(FactChange.objects.values_list("customer", "caught_up")) == [(zhang.pk, False)]
    entry = AuditEntry.objects.get(verb="leave.override")
    assert (entry.object, entry.detail) == (zhang.pk, {"override": said.pk, "share": "20%", "expires": "2026-12-20"})
    assert rows(zhang) == [{
        "customer_id": zhang.pk, "from_day": day_number(TODAY), "until_day": day_number(TODAY) + 30, "share": 0.2,
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "reason", "days", "code"),
    [
        (0, "要走", 30, "override.share"),
        (100, "要走", 30, "override.share"),
        (-5, "要走", 30, "override.share"),
        (50, "", 30, "override.reason"),
        (50, " ​ ", 30, "override.reason"),
        (50, "长" * 201, 30, "text.too_long"),
        (50, "要走", 0, "override.expires"),
        (50, "要走", -1, "override.expires"),
        (50, "要走", 181, "override.expires"),
    ],
)
def test_a_refusal_leaves_nothing(cast, zhang, percent, reason, days, code):
    with pytest.raises(Refused) as refused:
        override(cast.chen, zhang.pk, percent, reason, TODAY + days * DAY)
    assert refused.value.code == code
    assert everything() == ([], 0, 0)


@pytest.mark.parametrize(("percent", "days"), [(1, 1), (99, 180)])
def test_the_ends_are_taken(cast, zhang, percent, days):
    assert override(cast.chen, zhang.pk, percent, "知道", TODAY + days * DAY).share == percent / 100


def test_without_a_probability_there_is_nothing_to_say(cast):
    never, unseen = judged(card(cast.chen, "没买过"), share=None), card(cast.chen, "刚建的")
    for customer in (never, unseen):
        with pytest.raises(Refused) as refused:
            override(cast.chen, customer.pk, 20, "知道", TODAY + DAY)
        assert refused.value.code == "override.nothing"
    assert everything() == ([], 0, 0)


@pytest.mark.parametrize("who", ["xu", "fang", "root"])
def test_who_may_not_edit_a_card_may_not_say(cast, zhang, who):
    with pytest.raises(Refused) as refused:
        override(getattr(cast, who), zhang.pk, 20, "知道", TODAY + DAY)
    assert refused.value.code == "permission"
    assert everything() == ([], 0, 0)


def test_out_of_sight_it_does_not_exist(cast, zhang):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    before = everything()
    for act in (
        lambda: override(cast.ding, zhang.pk, 30, "知道", TODAY + DAY),
        lambda: withdraw_override(cast.ding, said.pk),
        lambda: restore_override(cast.ding, said.pk),
    ):
        with pytest.raises(Customer.DoesNotExist):
            act()
    assert everything() == before


# ── one at a time ────────────────────────────────────────────────────────────


def at(monkeypatch, day):
    monkeypatch.setattr(clock, "today", lambda tz="": day)


def test_the_newest_counts_and_the_one_before_it_does_not_come_back_when_it_is_over(cast, zhang, monkeypatch):
    first = override(cast.chen, zhang.pk, 20, "知道", TODAY + 90 * DAY)
    at(monkeypatch, TODAY + 10 * DAY)
    second = override(cast.he, zhang.pk, 70, "听说要搬走", TODAY + 20 * DAY)
    start = day_number(TODAY)
    assert [(row["from_day"] - start, row["until_day"] - start, row["share"]) for row in rows(zhang)] == [(0, 9, 0.2), (10, 20, 0.7)]
    assert in_force(zhang, TODAY + 9 * DAY) == first
    assert in_force(zhang, TODAY + 20 * DAY) == second
    assert in_force(zhang, TODAY + 21 * DAY) is None


def test_of_two_on_one_day_the_later_counts(cast, zhang):
    override(cast.chen, zhang.pk, 20, "知道", TODAY + 90 * DAY)
    override(cast.chen, zhang.pk, 30, "看错了", TODAY + 90 * DAY)
    held = [row for row in rows(zhang) if row["from_day"] <= day_number(TODAY) <= row["until_day"]]
    assert [row["share"] for row in held] == [0.3]


def test_words_of_others_are_apart(cast, zhang):
    wang = judged(card(cast.chen, "王淑芬"))
    override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    override(cast.chen, wang.pk, 30, "知道", TODAY + DAY)
    assert [row["share"] for row in rows(wang)] == [0.3]
    assert [row["share"] for row in rows()] == [0.2, 0.3]
    assert overrides_table([]).num_rows == 0


# ── taking back ──────────────────────────────────────────────────────────────


def test_withdrawn_it_counts_no_more_and_undone_it_counts_again(cast, zhang):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    withdraw_override(cast.he, said.pk)
    assert rows(zhang) == []
    assert in_force(zhang, TODAY) is None
    restore_override(cast.he, said.pk)
    assert in_force(zhang, TODAY) == said
    assert list(AuditEntry.objects.order_by("seq").values_list("verb", flat=True)) == [
        "leave.override", "leave.override_withdraw", "leave.override_restore",
    ]  # fmt: skip
    assert FactChange.objects.count() == 3


def test_what_is_over_or_taken_back_is_not_taken_back(cast, zhang, monkeypatch):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    with pytest.raises(Refused):
        restore_override(cast.chen, said.pk)
    withdraw_override(cast.chen, said.pk)
    before = everything()
    with pytest.raises(Refused):
        withdraw_override(cast.chen, said.pk)
    at(monkeypatch, TODAY + 2 * DAY)
    with pytest.raises(Refused):
        restore_override(cast.chen, said.pk)
    assert everything() == before


steps = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 99), st.integers(1, 180)), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.integers(1, 99), st.integers(1, 180))
def test_after_a_withdrawal_all_is_as_before(cast, zhang, monkeypatch, said, percent, days):
    """Whatever had been said before."""
    LeaveOverride.objects.all().delete()
    on = TODAY
    at(monkeypatch, on)
    for wait, share, length in said:
        on += wait * DAY
        at(monkeypatch, on)
        override(cast.chen, zhang.pk, share, "知道", on + length * DAY)
    before, held = rows(zhang), in_force(zhang, on)
    mine = override(cast.chen, zhang.pk, percent, "知道", on + days * DAY)
    assert in_force(zhang, on) == mine
    withdraw_override(cast.chen, mine.pk)
    assert (rows(zhang), in_force(zhang, on)) == (before, held)


# ── scoring ──────────────────────────────────────────────────────────────────


def came(customer, on, cents=50_000):
    Deal.objects.create(customer=customer, on=on, amount_cents=cents, kind="sale" if cents > 0 else "refund", came=cents > 0)


@pytest.fixture
def others(cast):
    """Somebody else's deals, to a day: until a week after the last one what happens is known."""
    somebody = card(cast.chen, "老客")
    return lambda on: came(somebody, on)


def outcome(said):
    said.refresh_from_db()
    return said.left, said.scored_on


def test_a_deal_within_a_year_settles_it_on_that_day(cast, zhang):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    came(zhang, TODAY)  # that day's was known
    assert score_overrides(TODAY + 40 * DAY) == 0
    came(zhang, TODAY + 35 * DAY)
    came(zhang, TODAY + 38 * DAY)
    assert score_overrides(TODAY + 34 * DAY) == 0
    assert score_overrides(TODAY + 40 * DAY) == 1
    assert outcome(said) == (False, TODAY + 35 * DAY)
    assert score_overrides(TODAY + 400 * DAY) == 0


def test_a_year_without_a_deal_says_that_he_left(cast, zhang, others, monkeypatch):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    came(zhang, TODAY + 50 * DAY, cents=-50_000)  # money back is no visit
    others(date(2027, 11, 18))
    at(monkeypatch, date(2027, 11, 20))
    assert score_overrides(date(2027, 11, 20)) == 0
    at(monkeypatch, date(2027, 11, 21))
    assert score_overrides(date(2027, 11, 21)) == 1
    assert outcome(said) == (True, date(2027, 11, 21))


@pytest.mark.parametrize(("on", "left"), [(date(2027, 11, 20), False), (date(2027, 11, 21), True)])
def test_the_last_day_of_the_year_counts(cast, zhang, on, left, monkeypatch):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    came(zhang, on)
    at(monkeypatch, date(2028, 1, 1))
    score_overrides(date(2028, 1, 1))
    assert outcome(said)[0] is left


@pytest.mark.parametrize(("last", "settled"), [(date(2027, 11, 12), 0), (date(2027, 11, 13), 1)])
def test_nobody_has_left_of_whose_year_the_end_is_unknown(cast, zhang, others, monkeypatch, last, settled):
    """Deals of a week later are counted as known: a holiday is no gap."""
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    others(last)
    at(monkeypatch, date(2028, 1, 1))
    assert score_overrides(date(2028, 1, 1)) == settled
    assert outcome(said)[0] is (True if settled else None)


def test_without_any_deal_nothing_is_known(cast, zhang, monkeypatch):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    at(monkeypatch, date(2028, 1, 1))
    assert score_overrides(date(2028, 1, 1)) == 0
    assert outcome(said) == (None, None)


def test_a_deal_brought_in_later_is_judged_again(cast, zhang, others, monkeypatch):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    others(date(2027, 12, 30))
    at(monkeypatch, date(2028, 1, 1))
    score_overrides(date(2028, 1, 1))
    assert outcome(said) == (True, date(2027, 11, 21))
    came(zhang, date(2026, 12, 28))
    assert score_overrides(date(2028, 1, 1)) == 1
    assert outcome(said) == (False, date(2026, 12, 28))


@pytest.mark.parametrize(("now", "left"), [(date(2027, 1, 10), (None, None)), (date(2028, 1, 1), (True, date(2027, 11, 21)))])
def test_a_deal_taken_back_is_judged_again(cast, zhang, others, monkeypatch, now, left):
    said = override(cast.chen, zhang.pk, 20, "知道", TODAY + DAY)
    came(zhang, TODAY + 35 * DAY)
    others(now - DAY)
    at(monkeypatch, now)
    score_overrides(now)
    assert outcome(said) == (False, TODAY + 35 * DAY)
    Deal.objects.filter(customer=zhang).delete()
    score_overrides(now)
    assert outcome(said) == left


def test_what_was_taken_back_is_not_scored(cast, zhang, others, monkeypatch):
    said, kept = (override(cast.chen, zhang.pk, 20, "知道", TODAY + 90 * DAY) for _ in range(2))
    came(zhang, TODAY + 35 * DAY)
    at(monkeypatch, TODAY + 40 * DAY)
    assert score_overrides(TODAY + 40 * DAY) == 2
    withdraw_override(cast.chen, said.pk)
    assert score_overrides(TODAY + 40 * DAY) == 1
    assert (outcome(said), outcome(kept)) == ((None, None), (False, TODAY + 35 * DAY))


def test_the_number_of_queries_does_not_grow_with_the_words(cast, zhang, others, monkeypatch, django_assert_num_queries):
    others(date(2027, 12, 30))
    for days in range(1, 5):
        override(cast.chen, zhang.pk, 20, "知道", TODAY + days * DAY)
    at(monkeypatch, date(2028, 1, 1))
    with CaptureQueriesContext(connection) as asked:
        assert score_overrides(date(2028, 1, 1)) == 4
    came(zhang, TODAY + DAY)
    with django_assert_num_queries(len(asked)):
        assert score_overrides(date(2028, 1, 1)) == 4
    with django_assert_num_queries(2):  # nothing to write
        assert score_overrides(date(2028, 1, 1)) == 0
