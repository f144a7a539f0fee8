"""Sealed columns: plain in Python, sealed in the database, asked for nothing but whether they are empty."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection

from liuke.customers.models import Contact, Customer, FieldChange, Phone
from liuke.exchange.models import Load, LoadRow
from liuke.kernel import seal
from liuke.kernel.seal import Unreadable
from liuke.vault.keys import ring
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def stored(model, column):
    """What the database holds, as it is."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM {model._meta.db_table} ORDER BY id')
        return [value for (value,) in cursor.fetchall()]


@pytest.fixture
def zhang():
    made = card(assemble().chen, "张书远", phone="13812345678", wechat="zhang_sy", address="杭州市滨江区闻涛路 188 号")
    made.refresh_from_db()
    return made


def test_what_is_personal_stands_sealed(zhang):
    Contact.objects.create(customer=zhang, name="沈经理", phone="+8613900000001", wechat="shen")
    FieldChange.objects.create(customer=zhang, field="phone", old="+8613800000000", new="+8613812345678")
    load = Load.objects.create(dataset="customers", name="客户.csv", stored="x", sha256="0" * 64, size=1)
    LoadRow.objects.create(load=load, kind="customer", object_id=zhang.pk, version=2, before={"phone": "+8613800000000"})
    assert (zhang.phone, zhang.wechat, zhang.address) == ("+8613812345678", "zhang_sy", "杭州市滨江区闻涛路 188 号")
    assert LoadRow.objects.get().before == {"phone": "+8613800000000"}
    assert list(FieldChange.objects.values_list("old", "new")) == [("+8613800000000", "+8613812345678")]
    columns = [
        (Customer, "phone"), (Customer, "wechat"), (Customer, "address"), (Phone, "number"), (Contact, "phone"), (Contact, "wechat"),
        (FieldChange, "old"), (FieldChange, "new"), (LoadRow, "before"),
    ]  # fmt: skip
    for model, column in columns:
        values = stored(model, column)
        assert values and all(seal.sealed(value) for value in values), (model, column)
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest, last4_digest FROM customers_phone")
        assert all("5678" not in value and len(value) == 32 for value in cursor.fetchone())


def test_the_same_number_is_sealed_differently_each_time(zhang):
    assert len({*stored(Phone, "number"), *stored(Customer, "phone")}) == 2


def test_empty_stays_empty_and_may_be_asked_for(zhang):
    without = card(zhang.owner, "李静")
    assert stored(Customer, "phone")[1] == ""
    assert list(Customer.objects.filter(phone="")) == [without]
    assert list(Customer.objects.exclude(phone="")) == [zhang]


@pytest.mark.parametrize("asked", [{"phone": "+8613812345678"}, {"phone__startswith": "+86138"}, {"phone__in": ["x"]}, {"wechat__gt": ""}])
def test_nothing_else_can_be_asked_of_a_sealed_column(zhang, asked):
    with pytest.raises(FieldError):
        Customer.objects.filter(**asked).exists()


def test_a_value_moved_to_another_column_does_not_open(zhang):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET wechat = phone")
    with pytest.raises(Unreadable) as said:
        Customer.objects.get()
    assert "138" not in str(said.value)


def test_a_value_that_is_not_sealed_is_an_error_not_a_value(zhang):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET phone = '+8613812345678'")
    with pytest.raises(Unreadable) as said:
        Customer.objects.get()
    assert "138" not in str(said.value)


def test_the_ring_is_the_file_outside_the_database(settings):
    assert settings.KEYS.exists() and settings.KEYS.stat().st_mode & 0o077 == 0
    assert ring().current in settings.KEYS.read_text()
