"""What one has chosen for himself."""

import pytest

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.team.actions import set_preference
from liuke.team.models import Preference, User
from liuke.team.queries import preference, preferences
from tests.cast import assemble

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return assemble()


def test_a_choice_is_ones_own_and_stays(cast):
    set_preference(cast.chen, "customer_columns", ["tier", "risk"])
    again = User.objects.get(pk=cast.chen.pk)
    assert preference(again, "customer_columns") == ["tier", "risk"]
    assert preference(User.objects.get(pk=cast.he.pk), "customer_columns", "usual") == "usual"
    entry = AuditEntry.objects.get(verb="user.preference")
    assert (entry.actor, entry.object, entry.detail) == (cast.chen.pk, cast.chen.pk, {"name": "customer_columns"})


def test_another_choice_takes_its_place_and_none_is_the_usual_again(cast):
    set_preference(cast.chen, "text", "large")
    assert preference(cast.chen, "text") == "large"
    set_preference(cast.chen, "text", "large")  # the same once more is nothing
    assert AuditEntry.objects.filter(verb="user.preference").count() == 1
    set_preference(cast.chen, "text", None)
    assert preferences(cast.chen) == {}
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("text", "huge"), ("keys", "on"), ("keys", 1), ("colour", "red"), ("customer_columns", "tier"), ("customer_columns", ["TIER"]),
        ("customer_columns", [1]), ("customer_columns", ["a"] * 25), ("customer_columns", ["x" * 41]),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused(cast, key, value):
    with pytest.raises(Refused) as refused:
        set_preference(cast.chen, key, value)
    assert refused.value.code == "preference.unknown"
    assert not Preference.objects.exists()
    assert not AuditEntry.objects.exists()


def test_who_has_left_chooses_nothing(cast):
    cast.chen.is_active = False
    with pytest.raises(Refused):
        set_preference(cast.chen, "text", "large")
    assert not Preference.objects.exists()
