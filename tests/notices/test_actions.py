"""Leaving word: told once while unread, anew after it was read, read by oneself alone."""

import pytest

from liuke.notices import words
from liuke.notices.actions import read, tell
from liuke.notices.models import Notice
from liuke.notices.queries import of, unread_count
from tests.cast import Cast


@pytest.fixture
def said(monkeypatch):
    monkeypatch.setattr(words, "_SAYINGS", {"late": lambda slots: f"{slots['n']} 件过了期"})


def test_everybody_is_told_once(cast: Cast, said):
    assert tell([cast.he.pk, cast.lin.pk, cast.he.pk], "late", slots={"n": 3}, link="/today/") == 2
    assert [(n.user_id, n.key, n.slots, n.link) for n in of(cast.he)] == [(cast.he.pk, "late", {"n": 3}, "/today/")]
    assert words.sentence("late", {"n": 3}) == "3 件过了期"


def test_the_same_is_brought_up_to_date_while_it_is_unread(cast: Cast, said):
    tell([cast.he.pk], "late", slots={"n": 3}, about="week 47")
    tell([cast.he.pk, cast.lin.pk], "late", slots={"n": 5}, about="week 47")
    assert [n.slots for n in of(cast.he)] == [{"n": 5}] == [n.slots for n in of(cast.lin)]
    read(cast.he)
    tell([cast.he.pk], "late", slots={"n": 6}, about="week 47")
    assert [(n.slots["n"], n.read_at is None) for n in of(cast.he)] == [(6, True), (5, False)]


def test_what_is_about_nothing_is_told_each_time(cast: Cast, said):
    tell([cast.he.pk], "late", slots={"n": 1})
    tell([cast.he.pk], "late", slots={"n": 1})
    assert unread_count(cast.he) == 2


def test_one_reads_only_ones_own(cast: Cast, said):
    tell([cast.he.pk, cast.lin.pk], "late", slots={"n": 3})
    his = of(cast.he).get()
    assert read(cast.lin, [his.pk]) == 0 and unread_count(cast.he) == 1
    assert read(cast.he, [his.pk]) == 1 and unread_count(cast.he) == 0 and unread_count(cast.lin) == 1
    assert read(cast.he) == 0


def test_a_key_that_nobody_says_is_a_fault(cast: Cast, said):
    with pytest.raises(KeyError):
        tell([cast.he.pk], "unknown")
    assert not Notice.objects.exists()


def test_a_notice_of_a_room_that_is_gone_is_not_shown(cast: Cast, said, monkeypatch):
    tell([cast.he.pk], "late", slots={"n": 3})
    monkeypatch.setattr(words, "_SAYINGS", {})
    assert list(of(cast.he)) == [] and unread_count(cast.he) == 0 and words.sentence("late", {"n": 3}) == ""
