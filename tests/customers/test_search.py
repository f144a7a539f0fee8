import pytest
from django.db import connection

from liuke.customers.models import Customer
from liuke.customers.search import matching
from liuke.deals.actions import enter_asset
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def found(user, text):
    condition = matching(text)
    assert condition is not None
    return set(Customer.objects.visible_to(user).filter(condition).values_list("name", flat=True))


@pytest.fixture
def cast():
    made = assemble()
    card(made.chen, "张书远", "13812345678", number="C-1001")
    card(made.chen, "张三", "13912340417")
    card(made.chen, "单雄信", "0571-88886666")
    card(made.zhou, "王伟", "13700002041")
    card(made.ding, "张伟", "13600005678")
    return made


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("张", {"张书远", "张三"}),
        ("书远", {"张书远"}),
        ("张书远", {"张书远"}),
        ("张远", set()),
        ("zhangshuyuan", {"张书远"}),
        ("zhang san", {"张三"}),
        ("zhang", {"张书远", "张三"}),
        ("zs", {"张书远", "张三"}),
        ("zsy", {"张书远"}),
        ("ZSY", {"张书远"}),
        ("shan xiong", {"单雄信"}),
        ("5678", {"张书远"}),
        ("13812345678", {"张书远"}),
        ("+86 138 1234 5678", {"张书远"}),
        ("0571-88886666", {"单雄信"}),
        ("c-1001", {"张书远"}),
        ("C1001", {"张书远"}),
        ("1381234567", set()),
        ("' OR 1=1 --", set()),
        ('"*', None),
        ("", None),
    ],
)
def test_a_rep_finds_his_own_by_what_is_at_hand(cast, typed, names):
    if names is None:
        assert matching(typed) is None
    else:
        assert found(cast.chen, typed) == names


def test_sight_limits_what_is_found(cast):
    assert found(cast.he, "张") == {"张书远", "张三"}
    assert found(cast.he, "伟") == {"王伟"}
    assert found(cast.zhao, "伟") == {"王伟", "张伟"}
    assert found(cast.zhao, "5678") == {"张书远", "张伟"}
    assert found(cast.root, "张") == set()


def test_a_plate_finds_the_card_and_its_province_alone_does_not(cast):
    kept = Customer.objects.get(name="张三")
    enter_asset(cast.chen, kept.pk, "北辰 7", "浙A·7B23Q")
    for typed in ("浙A7B23Q", "浙a·7b23q", "A7B23Q", "7B23Q", "7b23"):
        assert found(cast.chen, typed) == {"张三"}, typed
    assert found(cast.chen, "浙") == set()


def test_rows_written_in_bulk_changed_and_deleted_are_followed(cast):
    kept = card(cast.chen, "彭玉兰")
    assert found(cast.chen, "pyl") == {"彭玉兰"}
    Customer.objects.filter(pk=kept.pk).update(search="钟 明 zhongming zm")
    assert found(cast.chen, "pyl") == set()
    assert found(cast.chen, "zm") == {"彭玉兰"}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET search = %s WHERE id = %s", ["曹 丽 萍 clp", kept.pk])
    assert found(cast.chen, "clp") == {"彭玉兰"}
    kept.delete()
    assert found(cast.chen, "clp") == set()


@pytest.mark.only_db("sqlite")
def test_the_index_is_whole_after_all_migrations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'customers_customer' ORDER BY name")
        assert [row[0] for row in cursor.fetchall()] == ["customers_fts_delete", "customers_fts_insert", "customers_fts_update"]
        # Raises when index and table disagree.
        cursor.execute("INSERT INTO customers_fts(customers_fts, rank) VALUES ('integrity-check', 1)")
