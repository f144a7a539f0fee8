"""A company that has been working for a while: what stood in the clear is sealed by the upgrade, and nothing is lost."""

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from liuke.kernel import seal

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("customers", "0004_organisations"), ("exchange", "0001_initial")]


@pytest.fixture
def at():
    """`at(targets)`: the database as it was then, and its models; at the end everything is up to date again."""

    def go(targets):
        executor = MigrationExecutor(connection)
        executor.migrate(targets)
        return MigrationExecutor(connection).loader.project_state(targets).apps

    yield go
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_the_upgrade_seals_what_is_on_file(at):
    apps = at(BEFORE)
    unit = apps.get_model("team", "Unit").objects.create(name="杭州滨江店", kind="store", path="/1/")
    made = apps.get_model("customers", "Customer").objects.create(
        number="C1", name="张书远", phone="+8613812345678", wechat="zhang_sy", address="闻涛路 188 号", unit=unit,
        opened_on=date(2024, 1, 5), search="张 书 远 zhang shu yuan",
    )  # fmt: skip
    apps.get_model("customers", "Customer").objects.create(number="C2", name="李静", unit=unit, opened_on=date(2024, 1, 5))
    for place, number in enumerate(("+8613812345678", "+8657188886666")):
        apps.get_model("customers", "Phone").objects.create(customer=made, number=number, last4=number[-4:], position=place)
    apps.get_model("customers", "FieldChange").objects.create(customer=made, field="phone", old="+8657188886666", new="+8613812345678")
    load = apps.get_model("exchange", "Load").objects.create(dataset="customers", name="客户.csv", stored="x", sha256="0" * 64, size=1)
    apps.get_model("exchange", "LoadRow").objects.create(load=load, kind="customer", object_id=made.pk, version=2, before={"phone": "旧"})

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    from liuke.customers.models import Customer, FieldChange, Phone
    from liuke.customers.phones import with_last4, with_number
    from liuke.customers.search import matching
    from liuke.exchange.models import LoadRow

    now = Customer.objects.get(number="C1")
    assert (now.phone, now.wechat, now.address) == ("+8613812345678", "zhang_sy", "闻涛路 188 号")
    assert Customer.objects.get(number="C2").phone == ""
    assert list(Phone.objects.filter(with_number(["+8657188886666"])).values_list("customer", "position")) == [(made.pk, 1)]
    assert Phone.objects.filter(with_last4("5678")).count() == 1
    assert (FieldChange.objects.get().old, LoadRow.objects.get().before) == ("+8657188886666", {"phone": "旧"})
    assert list(Customer.objects.filter(matching("书远"))) == [now]  # the full-text index is still there
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT phone FROM customers_customer WHERE number = 'C1' UNION ALL SELECT number FROM customers_phone "
            "UNION ALL SELECT old FROM customers_fieldchange UNION ALL SELECT before FROM exchange_loadrow"
        )
        stored = [value for (value,) in cursor.fetchall()]
    assert len(stored) == 5 and all(seal.sealed(value) for value in stored)
