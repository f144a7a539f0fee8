"""What a look through everybody finds, keeps and closes; and the look around a few cards."""

from datetime import date

import pytest
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.deals.models import Asset
from liuke.duplicates import scanning
from liuke.duplicates.labels import PairState
from liuke.duplicates.models import DuplicatePair, DuplicateScan
from liuke.kernel.refusal import Refused
from tests.cast import Cast, assemble, card

pytestmark = pytest.mark.django_db
BORN = {"birth_year": 1985, "birth_month": 4, "birth_day": 12}


@pytest.fixture
def cast() -> Cast:
    return assemble()


def pairs() -> dict[tuple[str, str], tuple[str, list[str]]]:
    return {
        (pair.a.name, pair.b.name): (pair.state, pair.reasons) for pair in DuplicatePair.objects.select_related("a", "b").order_by("a", "b")
    }


def company(cast: Cast, name: str, **fields: object) -> Customer:
    return card(cast.chen, name, kind="organisation", **fields)


def test_each_way_to_be_a_duplicate_is_found(cast: Cast) -> None:
    card(cast.chen, "张书远", "13800001234")
    card(cast.zhou, "张太太", "138 0000 1234")
    card(cast.chen, "李晓梅", **BORN)
    card(cast.ding, "李小梅", **BORN)
    card(cast.chen, "王淑芬", address="浙江省杭州市滨江区江南大道288号1幢2单元301室")
    card(cast.zhou, "王淑芬", address="杭州滨江江南大道２８８-1-2-301")
    card(cast.chen, "陈晓明", "13900005678", **BORN)
    card(cast.zhou, "程晓明", "13700005678", **BORN)
    company(cast, "杭州远航物流有限公司")
    company(cast, "远航物流（杭州）有限公司")
    company(cast, "一号公司", credit_code="91330100MA27XYZ123")
    company(cast, "二号公司", credit_code="91330100MA27XYZ123")
    for name in ("何美玲", "郑海涛"):
        Asset.objects.create(customer=card(cast.chen, name), name="帕萨特", identifier="浙A7123Q")
    assert scanning.scan().pairs == 7
    assert pairs() == {
        ("张书远", "张太太"): ("open", ["phone"]),
        ("李晓梅", "李小梅"): ("open", ["birthday", "sound"]),
        ("王淑芬", "王淑芬"): ("open", ["address", "name"]),
        ("陈晓明", "程晓明"): ("open", ["birthday", "last4", "similar"]),
        ("杭州远航物流有限公司", "远航物流（杭州）有限公司"): ("open", ["company"]),
        ("一号公司", "二号公司"): ("open", ["credit_code"]),
        ("何美玲", "郑海涛"): ("open", ["plate"]),
    }


def test_what_is_no_duplicate_is_left_alone(cast: Cast) -> None:
    card(cast.chen, "张书远", "13800001234")
    card(cast.chen, "张书远", "13800005678")  # the same name alone
    card(cast.chen, "李晓梅", **BORN)
    card(cast.chen, "赵国庆", **BORN)  # the same birthday alone
    card(cast.chen, "远航", "13611112222")
    company(cast, "远航", phone="13611112222")  # a person and an organisation
    company(cast, "上海顺达贸易有限公司")
    company(cast, "杭州顺达贸易有限公司")  # in two towns
    gone = card(cast.chen, "何美玲")
    Asset.objects.create(customer=gone, name="帕萨特", identifier="浙A7123Q", gone_on=date(2025, 1, 1))
    Asset.objects.create(customer=card(cast.chen, "郑海涛"), name="帕萨特", identifier="浙A7123Q")
    assert scanning.scan().pairs == 0
    assert not DuplicatePair.objects.exists()


def test_two_credit_codes_are_two_companies_even_with_one_telephone(cast: Cast) -> None:
    company(cast, "远航物流有限公司", phone="057188880000", credit_code="91330100MA27XYZ123")
    company(cast, "远航物流有限公司", phone="057188880000", credit_code="91330100MA27ABC456")
    assert scanning.scan().pairs == 0


def test_a_switchboard_is_told_and_not_paired(cast: Cast) -> None:
    for n in range(51):
        card(cast.chen, chr(97 + n // 26) * 4 + chr(97 + n % 26) * 4, "057188880000")
    look = scanning.scan()
    assert (look.pairs, look.customers) == (0, 51)
    [[code, count, some]] = [each for each in look.crowded if each[0] == "phone"]
    assert (code, count, len(some)) == ("phone", 51, 5)


def test_a_decision_stays_until_another_kind_of_evidence_comes(cast: Cast) -> None:
    one, other = card(cast.chen, "张书远", "13800001234"), card(cast.zhou, "张淑媛", "13800001234")
    scanning.scan()
    DuplicatePair.objects.update(state=PairState.APART, decided_reasons=["phone", "sound"], decided_at=timezone.now())
    scanning.scan()
    assert DuplicatePair.objects.get().state == PairState.APART
    Customer.objects.filter(pk=other.pk).update(name="张书远", pinyin=one.pinyin)  # names agree more closely: nothing new
    scanning.scan()
    assert DuplicatePair.objects.get().state == PairState.APART
    Customer.objects.update(**BORN)
    scanning.scan()
    assert DuplicatePair.objects.get().state == PairState.OPEN


def test_a_pair_whose_cause_is_gone_is_closed_and_comes_back(cast: Cast) -> None:
    card(cast.chen, "张书远", "13800001234")
    other = card(cast.zhou, "何美玲", "13800001234")
    scanning.scan()
    kept = other.phones.get()
    kept.delete()
    scanning.scan()
    assert DuplicatePair.objects.get().state == PairState.GONE
    kept.save(force_insert=True)
    scanning.scan()
    assert DuplicatePair.objects.get().state == PairState.OPEN


def test_looking_around_a_few_cards_writes_the_same_pairs(cast: Cast) -> None:
    card(cast.chen, "张书远", "13800001234")
    card(cast.chen, "李晓梅", **BORN)
    card(cast.chen, "赵国庆", "13611112222")
    new = [card(cast.zhou, "张太太", "13800001234"), card(cast.zhou, "李小梅", **BORN)]
    assert scanning.look_at([one.pk for one in new]) == 2
    assert scanning.look_at([one.pk for one in new]) == 2
    found = pairs()
    scanning.scan()
    assert pairs() == found == {("张书远", "张太太"): ("open", ["phone"]), ("李晓梅", "李小梅"): ("open", ["birthday", "sound"])}


def test_looking_around_many_cards_looks_at_everybody(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "AT_ONCE", 1)
    ids = [card(cast.chen, "张书远", "13800001234").pk, card(cast.chen, "张太太", "13800001234").pk]
    assert scanning.look_at(ids) == 1
    assert DuplicateScan.objects.count() == 1
    assert scanning.look_at([]) == 0


def test_a_scan_is_on_the_log_and_asked_for_by_who_may(cast: Cast) -> None:
    look = scanning.scan(cast.fang)
    entry = AuditEntry.objects.get(verb="duplicates.scan")
    assert (entry.actor, entry.object, entry.detail) == (cast.fang.pk, look.pk, {"customers": 0, "pairs": 0})
    with pytest.raises(Refused) as refused:
        scanning.scan(cast.chen)
    assert refused.value.code == "permission"
    assert DuplicateScan.objects.count() == 1
