"""A text that reads as severe: told at once, counted from the receipt once it is confirmed; a true worsening counts from its moment."""

from datetime import timedelta

import pytest

from liuke.complaints import classifying, entering, handling, minutely, queries
from liuke.complaints.models import CaseNote, Classification, Complaint
from liuke.notices.models import Notice
from tests.complaints.conftest import NOON, enter
from tests.complaints.test_way import refuse

BRAKES = "刹车失灵，差点出事"


def told():
    found = Notice.objects.unread().filter(key="complaint.perhaps_severe").order_by("user__username")
    return list(found.values_list("user__username", "urgent"))


def shown(cast):
    return [row.perhaps_severe for row in queries.listed(cast.hejing)]


def test_entered_the_supervisor_hears_of_it_and_the_desk_where_another_entered_it(cast, xu):
    made = enter(cast, xu, text=BRAKES)
    assert made.severity == "ordinary" and shown(cast) == [True]
    assert told() == [("hejing", True)]  # 林倩 entered it herself
    Notice.objects.all().delete()
    entering.enter_public(cast.store.pk, BRAKES)
    assert told() == [("hejing", True), ("linqian", True)]


@pytest.mark.parametrize(("fields", "sure"), [({"text": "发票一直没开"}, None), ({"severity": "ordinary"}, None), ({}, 0.79)])
def test_nothing_is_told_of_what_is_clear_or_unsure(cast, xu, fields, sure):
    made = enter(cast, xu, **{"text": BRAKES, **fields})
    if sure is None:
        assert told() == [] and shown(cast) == [False]
    else:
        Classification.objects.filter(complaint=made, axis="severity").update(confidence=sure)
        assert shown(cast) == [False]
        Classification.objects.filter(complaint=made, axis="severity").update(confidence=0.8)
        assert shown(cast) == [True]


@pytest.mark.parametrize("value", ["severe", "ordinary"])
def test_once_somebody_has_said_what_it_is_nobody_has_to_look(cast, xu, value):
    made = enter(cast, xu, text=BRAKES)
    classifying.confirm(cast.linqian, made.pk, "severity", value)
    assert told() == [] and shown(cast) == [False]


@pytest.mark.parametrize("way", ["confirm", "confirm_all"])
def test_said_for_the_first_time_it_was_severe_from_the_receipt(cast, xu, noon, way):
    made = enter(cast, xu, text=BRAKES)
    noon.shift(timedelta(hours=5))
    if way == "confirm":
        row = classifying.confirm(cast.linqian, made.pk, "severity", "severe")
    else:
        row = classifying.confirm_all(cast.linqian, made.pk)
    assert (row.severity, row.raised_at) == ("severe", None)
    assert (row.answer_due, row.resolve_due) == (NOON + timedelta(minutes=30), NOON + timedelta(hours=24))


@pytest.mark.parametrize("said", ["ordinary", ""])
def test_grown_worse_it_is_severe_from_that_moment_with_the_reason(cast, xu, noon, said):
    made = enter(cast, xu, text=BRAKES, severity=said)
    noon.shift(timedelta(hours=1))
    if said:
        refuse("complaint.use_raise", lambda: classifying.confirm(cast.linqian, made.pk, "severity", "severe"))
    refuse("complaint.why_severe", lambda: handling.raise_to_severe(cast.linqian, made.pk, why=" "))
    row = handling.raise_to_severe(cast.linqian, made.pk, why="他说今天又失灵了，撞了护栏")
    line = CaseNote.objects.get(complaint=row, kind="raised")
    assert (line.text, minutely.run().told) == ("他说今天又失灵了，撞了护栏", 0)  # no limit of before the raising is told
    assert row.raised_at == NOON + timedelta(hours=1)
    # half an hour on; and a day on, which is sooner than the third working day
    assert (row.answer_due, row.resolve_due) == (NOON + timedelta(minutes=90), NOON + timedelta(hours=25))
    assert Complaint.objects.get().raised_at == row.raised_at
