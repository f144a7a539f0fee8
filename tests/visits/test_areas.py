"""Areas: found from the address when it is read, kept as an id, changed by hand in bulk; meetings; the route review."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.team.queries import pack
from liuke.visits import areas, meetings, review
from liuke.visits.models import Area, Meeting, Placement
from liuke.visits.queries import due_list, reading_rate
from tests.visits.world import NEXT, TODAY, met


def area_name(customer: Customer) -> str | None:
    row = Placement.objects.filter(customer=customer).select_related("area").first()
    return row.area.name if row and row.area else None


def test_an_address_is_found_when_areas_or_cards_change_and_stands_nowhere_else(town):
    zhang = town.customer("张书远", address="滨江区滨盛路 8 号")
    assert areas.unread() == 1
    assert area_name(zhang) == "滨盛路片"
    assert areas.unread() == 0
    Customer.objects.filter(pk=zhang.pk).update(version=9)
    moved = Customer.objects.get(pk=zhang.pk)
    moved.address = "滨江区长河路 3 号"
    moved.save()
    assert areas.unread() == 1
    assert area_name(zhang) == "长河片"
    areas.save(town.cast.he, areas.Typed(town.cast.binjiang.pk, "滨盛路片", "滨盛路 长河路 3 号".replace(" 3 号", "")), town.riverside.pk)
    assert area_name(zhang) in ("滨盛路片", "长河片")
    with connection.cursor() as cursor:
        cursor.execute("SELECT words, name FROM visits_area UNION ALL SELECT CAST(area_id AS VARCHAR(20)), '' FROM visits_placement")
        assert not any("8 号" in str(value) for row in cursor.fetchall() for value in row)


def test_a_closed_area_lets_its_customers_go_and_takes_them_back(town):
    zhang = town.customer("张书远", address="滨盛路 8 号")
    areas.unread()
    areas.close(town.cast.he, town.riverside.pk)
    assert area_name(zhang) is None
    areas.reopen(town.cast.he, town.riverside.pk)
    assert area_name(zhang) == "滨盛路片"


def test_by_hand_in_bulk_and_back(town):
    zhang, tian = town.customer("张书远", address="滨盛路 8 号"), town.customer("田伟")
    areas.unread()
    done = areas.place(town.cast.chen, [zhang.pk, tian.pk], town.south.pk)
    assert done.count == 2
    assert (area_name(zhang), area_name(tian)) == ("长河片", "长河片")
    areas.find_areas([zhang.pk, tian.pk])
    assert area_name(zhang) == "长河片"  # said by somebody: an address does not move it
    with pytest.raises(Placement.DoesNotExist):
        areas.place_undo(town.cast.lin, done.move)
    assert areas.place_undo(town.cast.chen, done.move) == 2
    assert (area_name(zhang), area_name(tian)) == ("滨盛路片", None)
    with pytest.raises(Refused):
        areas.place_undo(town.cast.chen, done.move)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (areas.Typed(None, "新片"), "area.unit"),
        (areas.Typed(0, " "), "area.name"),
        (areas.Typed(0, "长河片"), "area.known"),
        (areas.Typed(0, "新片", home=True), "area.home"),
        (areas.Typed(0, "新片", latitude="30"), "area.middle"),
    ],
    ids=["unit", "name", "known", "home", "middle"],
)
def test_areas_that_are_refused(town, typed, code):
    if typed.unit == 0:
        typed = areas.Typed(town.cast.binjiang.pk, typed.name, typed.words, typed.latitude, typed.longitude, typed.home)
    with pytest.raises(Refused) as problem:
        areas.save(town.cast.he, typed)
    assert problem.value.code == code
    assert Area.objects.count() == 2


def test_areas_of_others_are_not_there(town):
    far = Area.objects.create(unit=town.cast.beijing, name="朝阳路片")
    with pytest.raises(Area.DoesNotExist):
        areas.save(town.cast.he, areas.Typed(town.cast.binjiang.pk, "新片"), far.pk)
    assert not Area.objects.visible_to(town.cast.chen).filter(pk=far.pk).exists()
    with pytest.raises(Refused):
        areas.save(town.cast.chen, areas.Typed(town.cast.binjiang.pk, "新片"))


# ── meetings ─────────────────────────────────────────────────────────────────


def test_a_meeting_is_a_contact_on_every_card_and_goes_with_one_act(town):
    zhang, tian = town.customer("张书远"), town.customer("田伟")
    guests = [meetings.Guest(zhang.pk, "王经理", "想要月结"), meetings.Guest(tian.pk)]
    made = meetings.hold(town.cast.chen, TODAY - timedelta(2), "年底座谈", guests, place="二楼", said="都关心续保")
    contacts = Interaction.objects.order_by("customer")
    assert [(one.way, one.two_way, one.asked, one.summary) for one in contacts] == [
        ("meeting", True, True, "客户会议“年底座谈”：想要月结"), ("meeting", True, True, "客户会议“年底座谈”：都关心续保"),
    ]  # fmt: skip
    meetings.undo(town.cast.chen, made.pk)
    assert not Interaction.objects.filter(undone_at__isnull=True).exists()
    with pytest.raises(Refused):
        meetings.undo(town.cast.chen, made.pk)


@pytest.mark.parametrize(
    ("days", "topic", "said", "times", "code"),
    [(1, "会", "话", 1, "meeting.future"), (0, " ", "话", 1, "meeting.topic"), (0, "会", "", 1, "meeting.said"),
     (0, "会", "话", 0, "meeting.nobody"), (0, "会", "话", 2, "meeting.twice")],
    ids=["future", "topic", "said", "nobody", "twice"],
)  # fmt: skip
def test_meetings_that_are_refused(town, days, topic, said, times, code):
    guest = meetings.Guest(town.customer("张书远").pk)
    with pytest.raises(Refused) as problem:
        meetings.hold(town.cast.chen, TODAY + timedelta(days), topic, [guest] * times, said=said)
    assert problem.value.code == code
    assert not Meeting.objects.exists() and not Interaction.objects.exists()


def test_nobody_out_of_sight_comes_to_a_meeting(town):
    far = town.customer("葛建华", owner=town.cast.ding)
    with pytest.raises(Customer.DoesNotExist):
        meetings.hold(town.cast.chen, TODAY, "座谈", [meetings.Guest(far.pk)], said="话")
    assert not Meeting.objects.exists()


# ── review ───────────────────────────────────────────────────────────────────


def test_the_review_counts_visits_deals_after_them_and_value_by_area(town):
    near, south = town.customer("张书远", address="滨盛路 8 号"), town.customer("田伟", address="长河路 3 号")
    town.customer("葛建华", owner=town.cast.ding)
    areas.unread()
    for days in (4, 8, 12):
        met(near, days)
    met(near, 5, two_way=False, outcome="not_reached")
    met(south, 6)
    for on, cents in ((TODAY - timedelta(13), 100_00), (TODAY - timedelta(12), 200_00), (TODAY, 300_00)):
        Deal.objects.create(customer=near, unit=near.unit, on=on, amount_cents=cents, came=True)
    period = review.period_of("2026-11", TODAY)
    assert review.review(town.cast.he, period).known_on == date(2026, 12, 31)
    found = review.review(town.cast.he, period)
    lines = {line.name: line for line in found.lines}
    assert (lines["滨盛路片"].visits, lines["滨盛路片"].visited, lines["滨盛路片"].deals, lines["滨盛路片"].brought_cents) == (
        3,
        1,
        2,
        500_00,
    )
    assert (lines["长河片"].visits, lines["长河片"].customers, lines["长河片"].value_cents) == (1, 1, 682_000)
    assert set(lines) == {"滨盛路片", "长河片"}  # nobody of another region
    people = review.review(town.cast.he, period, "person")
    assert [(line.name, line.visits) for line in people.lines] == [("陈思远", 4)]
    assert review.visits_in(town.cast.he, period, "area").filter(key=town.riverside.pk).count() == 3


def test_a_deal_counts_for_thirty_days_after_the_last_visit_whatever_the_month(town):
    near = town.customer("张书远", address="滨盛路 8 号")
    last = (TODAY.replace(day=1) - timedelta(1)).replace(day=20)  # of the month before
    met(near, (TODAY - last).days)
    for days, cents in ((-1, 1_00), (0, 10_00), (30, 100_00), (31, 1000_00)):
        Deal.objects.create(customer=near, unit=near.unit, on=last + timedelta(days), amount_cents=cents, came=True)
    period = review.period_of(f"{last:%Y-%m}", TODAY)
    with time_machine.travel(f"{TODAY + timedelta(60)} 04:00+00:00", tick=False):
        found = review.review(town.cast.he, period)
        assert (found.deals, found.brought_cents) == (2, 110_00)
        assert sorted(review.deals_after(town.cast.he, period, "area").values_list("amount_cents", flat=True)) == [10_00, 100_00]


def test_periods():
    assert review.period_of("2026-Q4", TODAY) == review.Period("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))
    assert review.period_of("2026-02", TODAY) == review.Period("2026-02", date(2026, 2, 1), date(2026, 2, 28))
    assert review.period_of("nonsense", TODAY).key == "2026-10"
    assert review.period_of("2026-Q9", TODAY).key == "2026-10"


def test_suggestions_say_where_too_often_and_where_too_seldom():
    lines = [
        review.Line(1, "长河片", visits=24, value_cents=10_000_00),
        review.Line(2, "滨盛路片", visits=6, value_cents=80_000_00),
        review.Line(review.NOBODY, "", visits=0, value_cents=900_000_00),
    ]
    assert [(word.line.name, word.often) for word in review.suggest(lines[:2])] == [("长河片", True), ("滨盛路片", False)]
    # Those without an area are part of the whole: nine tenths of the money live there.
    told = [(word.line.name, word.often, round(word.value_share, 2)) for word in review.suggest(lines)]
    assert told == [("", False, 0.91), ("长河片", True, 0.01), ("滨盛路片", True, 0.08)]
    assert review.suggest(lines[:1]) == []
    few = [review.Line(1, "长河片", visits=29, value_cents=1), review.Line(2, "滨盛路片", visits=0, value_cents=100)]
    assert review.suggest(few) == []


# ── figures ──────────────────────────────────────────────────────────────────


def test_the_reads_cost_the_same_for_few_and_many(town):
    def cost() -> list[int]:
        counts = []
        for read in (
            lambda: due_list(town.cast.chen, NEXT, TODAY, pack()),
            lambda: review.review(town.cast.he, review.period_of("2026-11", TODAY)),
            lambda: reading_rate([town.cast.chen.pk], TODAY, TODAY),
        ):
            with CaptureQueriesContext(connection) as seen:
                read()
            counts.append(len(seen))
        return counts

    town.customer("张书远", address="滨盛路 8 号")
    pack()
    few = cost()
    for n in range(15):
        met(town.customer(f"客户{n}", address="长河路 3 号"), 3 + n)
    areas.unread()
    assert cost() == few
