import pytest

from liuke.audit.models import AuditEntry
from liuke.customers import handover
from liuke.customers.models import Customer, FactChange, FieldChange, Transfer, TransferRow
from liuke.kernel.refusal import Refused
from liuke.team.labels import Role
from liuke.team.models import User
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db


def keepers():
    return dict(Customer.objects.values_list("name", "owner__name"))


def counts():
    return tuple(model.objects.count() for model in (Transfer, TransferRow, FieldChange, FactChange, AuditEntry))


@pytest.fixture
def cast():
    made = assemble()
    card(made.chen, "张书远")
    card(made.chen, "葛建华")
    card(made.zhou, "罗志强")
    card(None, "田伟", unit=made.binjiang)
    card(made.ding, "彭玉兰")
    return made


def ids(*names):
    return list(Customer.objects.filter(name__in=names).values_list("pk", flat=True))


def test_the_preview_tells_what_will_happen_and_does_nothing(cast):
    before, kept = counts(), keepers()
    seen = handover.preview(cast.he, ids("张书远", "葛建华", "罗志强", "田伟", "彭玉兰"), cast.zhou.pk)
    assert [one.name for one in seen.cards] == ["葛建华", "田伟", "张书远"]
    assert (seen.already, seen.unit_changes, seen.givers) == (1, 3, (("陈思远", 2), ("", 1)))
    assert (counts(), keepers()) == (before, kept)


def test_cards_move_with_their_store_and_leave_history(cast):
    done = handover.transfer(cast.he, ids("张书远", "田伟", "罗志强"), cast.zhou.pk, "休产假")
    assert keepers() == {"张书远": "周倩文", "葛建华": "陈思远", "罗志强": "周倩文", "田伟": "周倩文", "彭玉兰": "丁磊"}
    assert set(done.rows.values_list("customer__name", "old_owner__name", "old_unit__name", "new_unit__name")) == {
        ("张书远", "陈思远", "杭州滨江店", "南京江宁店"),
        ("田伟", None, "杭州滨江店", "南京江宁店"),
    }
    assert set(FieldChange.objects.values_list("customer__name", "old", "new")) == {("张书远", "陈思远", "周倩文"), ("田伟", "", "周倩文")}
    assert set(FactChange.objects.values_list("customer__name", flat=True)) == {"张书远", "田伟"}
    assert Customer.objects.get(name="张书远").version == 2


def test_undo_gives_back_what_nobody_touched_since(cast):
    done = handover.transfer(cast.he, ids("张书远", "葛建华", "田伟"), cast.zhou.pk)
    handover.transfer(cast.he, ids("葛建华"), cast.lin.pk)
    result = handover.undo_transfer(cast.he, done.pk)
    assert result.back == 2
    assert [one.name for one in result.stayed] == ["葛建华"]
    assert keepers() == {"张书远": "陈思远", "葛建华": "林倩", "罗志强": "周倩文", "田伟": None, "彭玉兰": "丁磊"}
    assert Customer.objects.get(name="田伟").unit == cast.binjiang
    before = counts()
    with pytest.raises(Refused, match="已经撤销过了"):
        handover.undo_transfer(cast.he, done.pk)
    assert counts() == before


@pytest.mark.parametrize(
    ("who", "names", "to", "code"),
    [
        ("chen", ["张书远"], "zhou", "permission"),
        ("xu", ["张书远"], "zhou", "permission"),
        ("he", [], "zhou", "transfer.none"),
        ("he", ["彭玉兰"], "zhou", "transfer.none"),  # another region: does not exist for her
        ("he", ["张书远"], "ding", "transfer.to"),
        ("he", ["张书远"], None, "transfer.to"),
        ("zhao", ["张书远"], "xu", "transfer.to"),  # an analyst keeps no cards
        ("he", ["张书远"], "chen", "transfer.nothing"),
    ],
)
def test_refusals_change_nothing(cast, who, names, to, code):
    before, kept = counts(), keepers()
    with pytest.raises(Refused) as refused:
        handover.transfer(getattr(cast, who), ids(*names), getattr(cast, to).pk if to else None)
    assert refused.value.code == code
    assert (counts(), keepers()) == (before, kept)


def test_a_transfer_out_of_sight_does_not_exist(cast):
    done = handover.transfer(cast.zhao, ids("彭玉兰"), cast.zhou.pk)
    handover.undo_transfer(cast.zhao, done.pk)
    again = handover.transfer(cast.zhao, ids("张书远"), cast.ding.pk)
    before = counts()
    with pytest.raises(Transfer.DoesNotExist):
        handover.undo_transfer(cast.he, again.pk)
    assert counts() == before


def test_who_sees_a_part_only_cannot_undo_it(cast):
    done = handover.transfer(cast.zhao, ids("张书远", "葛建华", "彭玉兰"), cast.lin.pk)
    Customer.objects.filter(name="彭玉兰").update(unit=cast.beijing, owner=cast.ding)  # away from 何静's region since
    before, kept = counts(), keepers()
    with pytest.raises(Refused) as refused:
        handover.undo_transfer(cast.he, done.pk)
    assert refused.value.code == "transfer.not_all_seen"
    assert str(refused.value) == "这次转交里有 1 位您看不到，一位都没动，请赵国平来撤销。"
    done.refresh_from_db()
    assert (counts(), keepers(), done.undone_at) == (before, kept, None)
    result = handover.undo_transfer(cast.zhao, done.pk)
    assert (result.back, [one.name for one in result.stayed]) == (2, ["彭玉兰"])
    assert keepers() == kept | {"张书远": "陈思远", "葛建华": "陈思远"}


def test_the_nearest_who_sees_all_is_named(cast):
    store = User.objects.create(username="wufang", name="吴芳", role=Role.SUPERVISOR, unit=cast.binjiang)
    done = handover.transfer(cast.he, ids("张书远", "田伟"), cast.lin.pk)
    Customer.objects.filter(name="田伟").update(unit=cast.jiangning)
    with pytest.raises(Refused, match="请何静来撤销"):
        handover.undo_transfer(store, done.pk)
    User.objects.filter(role__in=[Role.SUPERVISOR, Role.MANAGER]).exclude(pk=store.pk).update(is_active=False)
    before, kept = counts(), keepers()
    with pytest.raises(Refused, match="没有人全看得到") as refused:
        handover.undo_transfer(store, done.pk)
    assert refused.value.code == "transfer.not_all_seen"
    assert (counts(), keepers()) == (before, kept)


def test_a_customer_whose_store_changed_since_stays_and_is_said(cast):
    done = handover.transfer(cast.he, ids("张书远", "葛建华"), cast.zhou.pk)
    Customer.objects.filter(name="葛建华").update(unit=cast.binjiang)  # still 周倩文's, in another store
    result = handover.undo_transfer(cast.he, done.pk)
    assert (result.back, [one.name for one in result.stayed]) == (1, ["葛建华"])
    moved = Customer.objects.get(name="葛建华")
    assert (moved.owner, moved.unit, moved.version) == (cast.zhou, cast.binjiang, 2)
    assert AuditEntry.objects.get(verb="customer.transfer_undo").detail["stayed"] == [moved.pk]


def test_who_has_left_is_not_offered(cast):
    assert [one.name for one in handover.receivers(cast.he)] == ["何静", "林倩", "陈思远", "周倩文"]
    User.objects.filter(pk=cast.zhou.pk).update(is_active=False)
    assert [one.name for one in handover.receivers(cast.he)] == ["何静", "林倩", "陈思远"]
    before, kept = counts(), keepers()
    with pytest.raises(Refused) as refused:
        handover.transfer(cast.he, ids("张书远"), cast.zhou.pk)
    assert refused.value.code == "transfer.to"
    assert (counts(), keepers()) == (before, kept)


def test_statements_do_not_grow_with_the_cards(cast, django_assert_max_num_queries):
    for place in range(60):
        card(cast.chen, f"客户{place}", number=f"N{place}")
    every = list(Customer.objects.filter(owner=cast.chen).values_list("pk", flat=True))
    with django_assert_max_num_queries(20):
        handover.transfer(cast.he, every, cast.zhou.pk)
