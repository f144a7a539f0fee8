"""Consent: the last word counts, a withdrawal at once; who is left out of what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs.loader import load_pack
from liuke.packs.privacy import Privacy
from liuke.privacy.consent import record_consent, undo_consent
from liuke.privacy.models import Consent
from liuke.privacy.queries import consents, opted_out
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
TODAY = clock.today()
PURPOSES = ["phone", "wechat", "marketing", "mail", "sms", "survey"]


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def person(cast):
    return card(cast.chen, "张书远", "13812345678")


def say(cast, person, purpose, given, days_ago=0, source="spoken"):
    return record_consent(cast.chen, person.pk, purpose, given, source, TODAY - timedelta(days=days_ago))


def stands(person) -> dict[str, tuple[bool | None, bool]]:
    return {one.purpose.key: (one.word.given if one.word else None, one.allowed) for one in consents(person)}


def test_nobody_asked_nobody_objected(person):
    assert list(stands(person)) == PURPOSES
    assert set(stands(person).values()) == {(None, True)}
    assert opted_out("mail", [person.pk]) == set()


def test_the_word_said_last_counts_whenever_it_was_written_down(cast, person):
    say(cast, person, "mail", True, 10)
    say(cast, person, "mail", False, 5)
    say(cast, person, "mail", True, 8)
    assert stands(person)["mail"] == (False, False)
    assert opted_out("mail", [person.pk]) == {person.pk}
    say(cast, person, "mail", True, 5)  # of one day the one written down last
    assert stands(person)["mail"] == (True, True)
    assert opted_out("mail", [person.pk]) == set()


def test_no_offers_means_no_mailings_and_no_text_messages(cast, person):
    say(cast, person, "mail", True, 3)
    say(cast, person, "marketing", False)
    assert {purpose for purpose in PURPOSES if opted_out(purpose, [person.pk])} == {"marketing", "mail", "sms"}
    assert {key for key, (_said, allowed) in stands(person).items() if not allowed} == {"marketing", "mail", "sms"}
    assert opted_out("service", [person.pk]) == set()


def test_left_alone_means_left_out_of_all_but_service(person):
    Customer.objects.filter(pk=person.pk).update(do_not_contact=True)
    person.refresh_from_db()
    assert all(opted_out(purpose, [person.pk]) == {person.pk} for purpose in PURPOSES)
    assert opted_out("service", [person.pk]) == set()
    assert not any(one.allowed for one in consents(person))


def test_where_the_pack_asks_for_consent_silence_is_no(monkeypatch, cast, person):
    whole = load_pack("auto_dealer")
    strict = Privacy(purposes=tuple(each.model_copy(update={"needs_consent": each.key == "sms"}) for each in whole.privacy.purposes))
    monkeypatch.setattr("liuke.privacy.queries.pack", lambda: whole.model_copy(update={"privacy": strict}))
    assert opted_out("sms", [person.pk]) == {person.pk}
    assert opted_out("mail", [person.pk]) == set()
    say(cast, person, "sms", True)
    assert opted_out("sms", [person.pk]) == set()


def test_a_purpose_that_is_none_is_a_mistake(person):
    with pytest.raises(KeyError):
        opted_out("fax", [person.pk])


def test_what_was_written_by_mistake_is_taken_back_and_stays_on_record(cast, person):
    say(cast, person, "survey", True, 2)
    row = say(cast, person, "survey", False)
    undo_consent(cast.chen, row.pk)
    assert stands(person)["survey"] == (True, True)
    assert Consent.objects.count() == 2
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["consent.record", "consent.record", "consent.undo"]
    with pytest.raises(Refused) as told:
        undo_consent(cast.chen, row.pk)
    assert told.value.code == "consent.undone"
    with pytest.raises(Consent.DoesNotExist):
        undo_consent(cast.he, row.pk)


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("xu", {}, "permission"), ("root", {}, "permission"), ("chen", {"purpose": "fax"}, "consent.purpose"),
        ("chen", {"source": "imported"}, "consent.source"), ("chen", {"source": ""}, "consent.source"),
        ("chen", {"on": TODAY + timedelta(days=1)}, "consent.future"), ("chen", {"note": "长" * 201}, "text.too_long"),
    ],
)  # fmt: skip
def test_refusals_change_nothing(cast, person, who, given, code):
    asked = {"purpose": "mail", "given": False, "source": "spoken"} | given
    with pytest.raises(Refused) as told:
        record_consent(getattr(cast, who), person.pk, **asked)
    assert told.value.code == code
    assert (Consent.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_card_out_of_sight_is_not_there(cast, person):
    with pytest.raises(Customer.DoesNotExist):
        record_consent(cast.ding, person.pk, "mail", False, "spoken")
    assert not Consent.objects.exists()


def test_who_is_left_out_takes_as_many_queries_for_one_as_for_hundreds(cast, person):
    many = [card(cast.chen, f"客户{n}").pk for n in range(60)]
    opted_out("mail", [person.pk])
    with CaptureQueriesContext(connection) as one:
        opted_out("mail", [person.pk])
    with CaptureQueriesContext(connection) as sixty:
        opted_out("mail", many)
    assert len(one) == len(sixty)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"part_of": "fax"}, "没有叫 fax 的同意事项"), ({"key": "mail"}, "mail 用了两次"), ({"key": "fax"}, "同意事项里少了 phone"),
        ({"part_of": "phone"}, "没有叫 phone 的同意事项"), ({"part_of": "sms"}, "同意事项只分两层"),
    ],
)  # fmt: skip
def test_a_pack_s_purposes_must_fit_together(change, said):
    purposes = Privacy().purposes
    with pytest.raises(ValueError, match=said):
        Privacy(purposes=(purposes[0].model_copy(update=change), *purposes[1:]))
