"""Completeness 完整度: the database's expression against plain arithmetic, for one card and for many."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.customers import actions, completeness
from liuke.customers.models import Customer
from liuke.packs import load_pack
from liuke.packs.limits import CARD_FIELDS
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
PACKS = {key: load_pack(key) for key in ("auto_dealer", "retail")}
COLUMNS = [name for name in CARD_FIELDS if name not in ("birthday", "phone")]


def oracle(kept: Customer, pack) -> int:
    """Said once more, without the database."""
    weights = dict(pack.cards.weights.organisation if kept.kind == "organisation" else pack.cards.weights.person)
    have = {name: bool(getattr(kept, name)) for name in CARD_FIELDS if name not in ("name", "birthday")}
    have |= {"name": kept.name_known and kept.name != "", "birthday": kept.birth_month is not None}
    for field in pack.fields:
        if field.on == ("organisation" if kept.kind == "organisation" else "customer"):
            weights[f"extra.{field.key}"] = field.weight
            have[f"extra.{field.key}"] = kept.extra.get(field.key) not in (None, "")
    share = Fraction(100 * sum(weight for name, weight in weights.items() if have.get(name)), sum(weights.values()))
    return int(share + Fraction(1, 2))


@pytest.fixture
def kept(db):
    return card(assemble().chen, "张书远", "13800001234")


extras = st.dictionaries(
    st.sampled_from([field.key for pack in PACKS.values() for field in pack.fields]), st.sampled_from([None, "", 0, 3, "L", True, False])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pack=st.sampled_from(sorted(PACKS)),
    kind=st.sampled_from(["person", "organisation"]),
    said=st.sets(st.sampled_from(COLUMNS)),
    phone=st.booleans(),
    known=st.booleans(),
    month=st.sampled_from([None, 1, 12]),
    extra=extras,
)
def test_the_expression_is_the_arithmetic(kept, pack, kind, said, phone, known, month, extra):
    for name in COLUMNS:
        setattr(kept, name, ("张书远" if name == "name" else "high" if name == "service_need" else "有") if name in said else "")
    kept.kind, kept.name_known, kept.birth_month, kept.extra = kind, known, month, extra
    kept.phone = "+8613800001234" if phone else ""
    kept.save()
    found = completeness.of(kept, PACKS[pack])
    assert found.percent == oracle(kept, PACKS[pack])
    assert (found.percent == 100) == (found.missing == ())


def test_what_is_missing_comes_with_its_weight(kept):
    found = completeness.of(kept, PACKS["auto_dealer"])
    assert found.percent == 32  # name 3 and phone 3 of 19
    assert [lack.field for lack in found.missing[:2]] == ["birthday", "family"]
    assert [lack.points for lack in found.missing[:3]] == [11, 11, 5]
    assert "extra.drives_himself" not in [lack.field for lack in found.missing]  # counts nothing


def test_a_company_is_judged_as_one():
    firm = card(assemble().chen, "杭州云栖物流", "0571-88886666", kind="organisation", extra={"fleet_size": 12})
    assert completeness.of(firm, PACKS["auto_dealer"]).percent == 50  # 3 + 3 + 1 of 14


def test_whoever_writes_a_card_writes_its_completeness():
    cast = assemble()
    made = actions.create(cast.chen, {"name": "何美玲", "phone": "13800007777"})
    assert Customer.objects.get().completeness == 32
    actions.edit(cast.chen, made.pk, {"family": "有个女儿", "hobbies": "钓鱼"}, 1)
    assert Customer.objects.get().completeness == 47
    actions.edit(cast.chen, made.pk, {"hobbies": ""}, 2)
    assert Customer.objects.get().completeness == 42


def test_other_weights_are_another_fingerprint_and_mending_writes_only_what_is_wrong(kept):
    cast_card = card(kept.owner, "王淑芬", birth_month=3, opened_on=date(2024, 1, 5))
    assert completeness.mend() == 2
    assert [one.completeness for one in Customer.objects.order_by("pk")] == [32, 26]
    assert completeness.mend() == 0
    Customer.objects.filter(pk=cast_card.pk).update(completeness=99)
    assert completeness.mend() == 1
    assert completeness.fingerprint(PACKS["auto_dealer"]) != completeness.fingerprint(PACKS["retail"])
    same = PACKS["auto_dealer"].model_copy(update={"name": PACKS["retail"].name})
    assert completeness.fingerprint(same) == completeness.fingerprint(PACKS["auto_dealer"])


def test_every_field_a_pack_may_weigh_is_on_the_card():
    columns = {field.name for field in Customer._meta.concrete_fields}
    assert set(CARD_FIELDS) - {"birthday"} <= columns
