import pytest

from liuke.customers.models import Customer
from liuke.customers.queries import sees_all, visible, visible_ids
from liuke.team.labels import UnitKind
from liuke.team.models import Unit
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    made = assemble()
    for owner, name in ((made.chen, "张书远"), (made.zhou, "罗志强"), (made.ding, "彭玉兰")):
        card(owner, name)
    return made


def test_who_sees_all_sees_every_card_and_nobody_else_is_said_to(cast):
    for user in (cast.chen, cast.lin, cast.he, cast.xu, cast.fang, cast.zhao, cast.root):
        assert sees_all(user) == (Customer.objects.visible_to(user).count() == 3), user
    assert [user.name for user in (cast.chen, cast.he, cast.xu, cast.zhao, cast.root) if sees_all(user)] == ["许文涛", "赵国平"]


def test_a_second_company_beside_the_first_ends_it(cast):
    other = Unit.objects.create(name="另一家", kind=UnitKind.GROUP)
    card(None, "别家的", unit=other)
    assert not sees_all(cast.zhao)
    assert Customer.objects.visible_to(cast.zhao).count() == 3


def test_who_was_cut_off_sees_nothing(cast):
    cast.zhao.is_active = False
    assert not sees_all(cast.zhao)
    with pytest.raises(Customer.DoesNotExist):
        visible(cast.zhao, Customer.objects.get(name="张书远").pk)


def test_ids_out_of_sight_fall_away(cast):
    every = list(Customer.objects.values_list("pk", flat=True))
    seen = visible_ids(cast.he, [*every, 999999])
    assert [Customer.objects.get(pk=one).name for one in seen] == ["罗志强", "张书远"]
