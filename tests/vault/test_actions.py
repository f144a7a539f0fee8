"""Keys that fit, keys that are changed, keys that are gone."""

import dataclasses

import pytest
from django.db import connection

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FieldChange, Phone
from liuke.customers.phones import renew_digests, with_last4, with_number
from liuke.kernel import seal
from liuke.kernel.refusal import Refused
from liuke.vault import actions, keys
from liuke.vault.models import SealKey
from liuke.vault.sealing import register
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(db, settings, tmp_path):
    """A file of keys of the test's own, with the keys the database was made with; afterwards the old ones count again.

    A test that empties all tables when it is over (transaction=True) takes the fingerprints with it: the database is told of them again.
    """
    before = keys.look_again()
    register(SealKey, before)
    settings.KEYS = tmp_path / "keys.json"
    keys.keep(before)
    yield
    settings.KEYS = settings.DATA / "keys.json"
    keys.look_again()


@pytest.fixture
def zhang():
    made = card(assemble().chen, "张书远", phone="13812345678", wechat="zhang_sy")
    FieldChange.objects.create(customer=made, field="wechat", old="旧号", new="zhang_sy")
    return made


def names_in_use():
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM customers_customer UNION ALL SELECT number FROM customers_phone")
        return {seal.key_of(value) for (value,) in cursor.fetchall()}


def test_the_keys_fit(zhang):
    actions.check()
    assert actions.count() == actions.Count({keys.ring().current: 5}, 0)


def test_keys_of_another_database_are_refused(zhang, settings):
    settings.KEYS.unlink()
    with pytest.raises(Refused) as missing:
        actions.check()
    assert missing.value.code == "vault.no_keys" and not settings.KEYS.exists()  # none is made in passing
    keys.make()
    with pytest.raises(Refused) as wrong:
        actions.check()
    assert wrong.value.code == "vault.wrong_keys"


@pytest.mark.parametrize("text", ["", "{}", '{"keys": {"a": "AAAA"}, "current": "a", "index": ["AAAA"]}', "nonsense"])
def test_half_a_file_is_refused(settings, text):
    settings.KEYS.write_text(text)
    with pytest.raises(Refused) as refused:
        keys.look_again()
    assert refused.value.code == "vault.bad_keys" and settings.KEYS.read_text() == text


def test_a_fresh_key_seals_everything_again(zhang):
    old = keys.ring().current
    assert actions.rotate(None, wait=0) == 5
    new = keys.ring().current
    assert new != old and names_in_use() == {new} and actions.count() == actions.Count({new: 5}, 0)
    zhang.refresh_from_db()
    assert (zhang.phone, zhang.wechat, FieldChange.objects.get().old) == ("+8613812345678", "zhang_sy", "旧号")
    assert [row.retired_at is None for row in SealKey.objects.filter(name__in=[old, new]).order_by("pk")] == [False, True]
    assert AuditEntry.objects.get(verb="keys.rotate").detail == {"values": 5}
    assert old in keys.ring().keys  # an old backup still opens


def test_a_change_that_was_broken_off_goes_on_with_the_same_key(zhang, monkeypatch):
    monkeypatch.setattr(actions, "_reseal", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        actions.rotate(None, wait=0)
    monkeypatch.undo()
    begun = keys.ring().current
    assert Customer.objects.get().phone == "+8613812345678"  # both keys open in between
    actions.rotate(None, wait=0)
    assert keys.ring().current == begun and names_in_use() == {begun}
    assert SealKey.objects.filter(use="seal", retired_at=None).count() == 1


def test_a_stop_between_the_file_and_the_database_locks_nobody_out(zhang):
    before = keys.ring().current
    keys.keep(dataclasses.replace(keys.ring(), keys={**keys.ring().keys, "ffff00": b"1" * 32}, current="ffff00"))  # as the stop left it
    actions.check()
    actions.rotate(None, wait=0)
    assert keys.ring().current == "ffff00" != before and names_in_use() == {"ffff00"}
    assert SealKey.objects.get(use="seal", retired_at=None).name == "ffff00"


def test_a_value_written_meanwhile_is_not_overwritten(zhang, monkeypatch):
    def write_in_between(model, field, rows, ring):
        if model is Customer and field.column == "wechat":
            Customer.objects.update(wechat="新号")
        return kept(model, field, rows, ring)

    kept = actions._reseal
    monkeypatch.setattr(actions, "_reseal", write_in_between)
    actions.rotate(None, wait=0)
    assert Customer.objects.get().wechat == "新号"


def test_numbers_are_found_while_the_index_changes_keys(zhang):
    def found():
        return [Phone.objects.filter(asked).count() for asked in (with_number(["+8613812345678"]), with_last4("5678"))]

    before = Phone.objects.get().digest
    actions.begin_index_change()
    assert found() == [1, 1] and Phone.objects.get().digest == before
    actions.begin_index_change()  # taken up again: still two keys, not three
    assert len(keys.ring().index) == 2
    assert renew_digests() == 1
    actions.end_index_change(None, 1)
    assert found() == [1, 1] and Phone.objects.get().digest != before and len(keys.ring().index) == 1
    actions.check()


def test_only_a_key_that_opens_nothing_can_be_forgotten(zhang):
    old = keys.ring().current
    for name, code in ((old, "vault.key_in_use"), ("nobody", "vault.unknown_key")):
        with pytest.raises(Refused) as refused:
            actions.forget(None, name)
        assert refused.value.code == code
    assert list(keys.look_again().keys) == [old]
    actions.rotate(None, wait=0)
    actions.forget(None, old)
    assert list(keys.look_again().keys) == [keys.ring().current]
    actions.check()
