"""The clocks of a complaint: the dates of 2026 by hand, and any others against a walk minute by minute."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.complaints.clock import Hours, call_back_on, limits
from liuke.kernel.refusal import Refused
from liuke.kernel.workdays import works
from liuke.packs.complaints import Complaints

CHINA = ZoneInfo("Asia/Shanghai")
RULE = Complaints()
DAY = Hours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=CHINA)


def found(received: str, severity: str = "ordinary", raised: str = "", pauses: tuple[tuple[str, str], ...] = (), hours: Hours = DAY):
    spans = [(at(start), at(end) if end else None) for start, end in pauses]
    return limits(at(received), severity, hours, RULE, raised=at(raised) if raised else None, pauses=spans)


def due(*args, **kwargs):
    said = found(*args, **kwargs)
    return tuple(f"{each:%m-%d %H:%M}" if each else None for each in (said.answer_due, said.resolve_due))


@pytest.mark.parametrize(
    ("received", "severity", "more", "answer", "resolve"),
    [
        # Wednesday 30 September, then seven days off; Saturday 10 October is worked.
        ("09-30T17:30", "ordinary", {}, "10-08 10:30", "10-10 18:00"),
        ("09-30T17:30", "severe", {}, "09-30 18:00", "10-01 17:30"),
        ("09-30T22:40", "ordinary", {}, "10-08 11:00", "10-12 18:00"),
        ("09-30T22:40", "severe", {}, "09-30 23:10", "10-01 22:40"),
        ("10-10T10:15", "ordinary", {}, "10-10 12:15", "10-14 18:00"),
        ("10-10T10:15", "severe", {}, "10-10 10:45", "10-11 10:15"),
        # A Sunday that is worked; the days off in between are those of the Mid-autumn festival.
        ("09-20T16:00", "ordinary", {}, "09-20 18:00", "09-23 18:00"),
        ("11-17T16:00", "ordinary", {}, "11-17 18:00", "11-20 18:00"),
        ("11-17T16:01", "ordinary", {}, "11-18 09:01", "11-20 18:00"),
        ("11-17T08:59", "ordinary", {}, "11-17 11:00", "11-20 18:00"),
        ("11-17T09:00", "ordinary", {}, "11-17 11:00", "11-20 18:00"),
        ("11-17T17:59", "ordinary", {}, "11-18 10:59", "11-20 18:00"),
        ("11-17T18:00", "ordinary", {}, "11-18 11:00", "11-23 18:00"),
        ("11-21T12:00", "ordinary", {}, "11-23 11:00", "11-26 18:00"),
        # Paused twice: 2 h 30 of a Wednesday afternoon, then a night and 1 h of the morning, of which 1 h is worked.
        ("11-17T10:00", "ordinary", {"pauses": (("11-18T14:00", "11-18T16:30"), ("11-19T20:00", "11-20T10:00"))},
         "11-17 12:00", "11-23 12:30"),
        ("11-17T10:00", "severe", {"pauses": (("11-17T12:00", "11-17T13:00"), ("11-17T22:00", "11-18T06:00"))},
         "11-17 10:30", "11-18 19:00"),
        # Over a closing and a holiday only the hours that are worked count; a whole day of them falls on a closing time.
        ("09-29T10:00", "ordinary", {"pauses": (("09-30T17:00", "10-08T10:00"),)}, "09-29 12:00", "10-10 11:00"),
        ("11-17T10:00", "ordinary", {"pauses": (("11-18T09:00", "11-18T18:00"),)}, "11-17 12:00", "11-23 18:00"),
        ("11-17T10:00", "ordinary", {"pauses": (("11-17T19:00", "11-18T08:00"),)}, "11-17 12:00", "11-20 18:00"),
        # Before the first answer a pause moves the resolution only; once the limit has come it moves nothing.
        ("11-17T10:00", "ordinary", {"pauses": (("11-17T10:30", "11-17T15:30"),)}, "11-17 12:00", "11-23 14:00"),
        ("11-17T10:00", "ordinary", {"pauses": (("11-20T18:00", "11-23T12:00"),)}, "11-17 12:00", "11-20 18:00"),
        ("11-17T10:00", "severe", {"pauses": (("11-18T10:00", "11-18T12:00"),)}, "11-17 10:30", "11-18 10:00"),
        # Raised: severe from then on, never later than it was.
        ("11-17T10:00", "ordinary", {"raised": "11-17T10:20"}, "11-17 10:50", "11-18 10:20"),
        ("11-17T10:00", "ordinary", {"raised": "11-20T09:00"}, "11-17 12:00", "11-20 18:00"),
        ("11-17T10:00", "ordinary", {"raised": "11-17T11:45"}, "11-17 12:00", "11-18 11:45"),
        ("09-30T17:30", "ordinary", {"raised": "10-03T08:00"}, "10-03 08:30", "10-04 08:00"),
        # Raised while paused: of the pause only what comes after counts.
        ("11-17T10:00", "ordinary", {"raised": "11-17T14:00", "pauses": (("11-17T13:00", "11-17T16:00"),)},
         "11-17 12:00", "11-18 16:00"),
        ("11-17T10:00", "ordinary", {"raised": "11-19T12:00", "pauses": (("11-18T13:00", "11-18T16:00"),)},
         "11-17 12:00", "11-20 12:00"),
        # A pause that still stands: no limit until it ends.
        ("11-17T10:00", "ordinary", {"pauses": (("11-18T13:00", ""),)}, "11-17 12:00", None),
        ("11-17T10:00", "severe", {"pauses": (("11-18T13:00", ""),)}, "11-17 10:30", "11-18 10:00"),
    ],
)  # fmt: skip
def test_due_at_the_minute(received, severity, more, answer, resolve):
    assert due(received, severity, **more) == (answer, resolve)


def test_what_is_left_while_the_clock_stands():
    assert found("11-17T10:00", pauses=(("11-18T13:00", ""),)).left == timedelta(hours=23)
    assert found("11-17T10:00", "severe", pauses=(("11-17T16:00", ""),)).left == timedelta(hours=18)
    assert found("11-17T10:00").left is None


def test_the_manager_hears_when_half_the_limit_more_has_passed():
    said = found("11-17T16:30")
    assert (said.answer_due, said.answer_manager) == (at("11-18T09:30"), at("11-18T10:30"))
    assert (said.resolve_due, said.resolve_manager) == (at("11-20T18:00"), at("11-24T13:30"))
    # Raised: what came before it came by the ordinary clock; nothing is dated before the raising that was not due by then.
    for raised, answer, resolve in (
        ("11-18T10:10", "11-18T10:10", "11-19T22:10"), ("11-18T11:00", "11-18T10:30", "11-19T23:00"),
        ("11-24T10:00", "11-18T10:30", "11-24T10:00"), ("11-24T14:00", "11-18T10:30", "11-24T13:30"),
    ):  # fmt: skip
        late = found("11-17T16:30", raised=raised)
        assert (late.answer_manager, late.resolve_manager) == (at(answer), at(resolve))
    said = found("11-17T16:30", "severe")
    assert (said.answer_manager, said.resolve_manager) == (at("11-17T17:15"), at("11-19T04:30"))


def test_the_companys_own_days_and_hours():
    own = Hours(time(10), time(20), {date(2026, 11, 18): False, date(2026, 11, 21): True})
    assert due("11-17T19:30", hours=own) == ("11-19 11:30", "11-21 20:00")


@pytest.mark.parametrize(
    ("told", "asked"), [("11-17", "11-20"), ("11-18", "11-23"), ("09-28", "10-08"), ("10-07", "10-10"), ("10-08", "10-12")]
)
def test_the_call_back_falls_on_a_working_day(told, asked):
    assert call_back_on(date.fromisoformat(f"2026-{told}"), RULE) == date.fromisoformat(f"2026-{asked}")


def test_a_year_whose_make_up_days_are_not_known_says_so():
    received = datetime(2026, 12, 31, 17, 30, tzinfo=CHINA)
    said = limits(received, "ordinary", DAY, RULE)
    assert (said.unknown_years, found("12-01T10:00").unknown_years) == ((2027,), ())
    some = limits(received, "ordinary", Hours(changes={date(2027, 1, 1): False}), RULE)
    assert some.unknown_years == (2027,)  # one day of it does not make it known
    by_hand = limits(received, "ordinary", Hours(changes={date(2027, 1, 1): False}, known=frozenset({2027})), RULE)
    assert by_hand.unknown_years == ()
    assert (said.answer_due.day, by_hand.answer_due.day) == (1, 4)


@pytest.mark.parametrize(
    ("pauses", "raised", "code"),
    [
        ((("11-18T10:00", "11-18T12:00"), ("11-18T11:00", "11-18T13:00")), "", "complaint.pause_overlap"),
        ((("11-18T10:00", ""), ("11-18T11:00", "11-18T13:00")), "", "complaint.pause_overlap"),
        ((("11-18T10:00", "11-18T09:00"),), "", "complaint.pause_order"),
        ((("11-17T09:00", "11-18T09:00"),), "", "complaint.pause_before"),
        ((), "11-17T09:59", "complaint.raised_before"),
    ],
)
def test_what_cannot_be(pauses, raised, code):
    with pytest.raises(Refused) as refused:
        found("11-17T10:00", raised=raised, pauses=pauses)
    assert refused.value.code == code


# ── minute by minute ─────────────────────────────────────────────────────────

MINUTE = timedelta(minutes=1)


def walk(received, severity, raised, pauses):
    """The same, slowly: each minute is looked at by itself."""

    def open_at(moment):
        return works(moment.date()) and time(9) <= moment.time() < time(18)

    def paused(moment):
        return any(start <= moment < end for start, end in pauses)

    def run(start, minutes, counts):
        moment, left = start, minutes
        while left:
            left -= counts(moment)
            moment += MINUTE
        return moment

    first = received
    while not open_at(first):
        first += MINUTE
    answer = run(received, 120, open_at)
    day, left = first.date(), 3
    while left:
        day += timedelta(1)
        left -= works(day)
    close, budget, moment = datetime.combine(day, time(18), CHINA), 0, received
    while moment < close:
        budget += open_at(moment)
        moment += MINUTE
    resolve = run(received, budget, lambda each: open_at(each) and not paused(each))
    since = raised or (received if severity == "severe" else None)
    if since:
        answer = min(answer, since + 30 * MINUTE)
        resolve = min(resolve, run(since, 24 * 60, lambda each: not paused(each)))
    return answer, resolve


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.integers(0, 80 * 24 * 60),
    severity=st.sampled_from(["ordinary", "severe"]),
    raised=st.none() | st.integers(0, 4000),
    gaps=st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 2500)), max_size=3),
)
def test_against_a_walk_minute_by_minute(minutes, severity, raised, gaps):
    received = at("08-20T00:00") + minutes * MINUTE
    pauses, moment = [], received
    for gap, length in gaps:
        start = moment + gap * MINUTE
        moment = start + length * MINUTE
        pauses.append((start, moment))
    since = received + raised * MINUTE if raised is not None else None
    said = limits(received, severity, DAY, RULE, raised=since, pauses=pauses)
    if since:
        severity = "ordinary"
    assert (said.answer_due, said.resolve_due) == walk(received, severity, since, pauses)
