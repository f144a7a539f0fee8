"""Evidence and score: the same from both sides, never less with more for it, never more with more against it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.duplicates.rules import AGAINST, FOR, HARD, Evidence, Facts, evidence, new_kind, proposed, score, similarity

texts = st.sampled_from(["", "甲", "乙"])
sets = st.frozensets(st.sampled_from(["x", "y"]), max_size=2)
facts = st.builds(
    Facts,
    person=st.booleans(),
    name=st.sampled_from(["", "张书远", "张淑媛", "李洋"]),
    sound=st.sampled_from(["", "zhang shu yuan", "zhang shu yun", "li yang"]),
    core=st.sampled_from(["", "远航物流", "远航物流园", "顺达"]),
    places=st.frozensets(st.sampled_from(["杭州", "上海"]), max_size=1),
    birthday=st.one_of(st.none(), st.tuples(st.sampled_from([None, 1985, 1986]), st.sampled_from([4, 5]), st.just(12), st.booleans())),
    gender=st.sampled_from(["", "male", "female"]),
    phones=sets,
    last4=sets,
    address=texts,
    credit_code=texts,
    plates=sets,
)
found = st.lists(st.sampled_from([Evidence(code, weight) for code, weight in (FOR | AGAINST).items()]), unique=True, max_size=8)


@given(facts, facts)
def test_evidence_is_the_same_from_both_sides(a: Facts, b: Facts) -> None:
    assert evidence(a, b) == evidence(b, a)
    told = evidence(a, b)
    assert 0 <= score(told) <= 1
    assert len({one.code for one in told}) == len(told)
    assert all(0 < one.weight < 1 for one in told)


@given(found, st.sampled_from(sorted(FOR)), st.sampled_from(sorted(AGAINST)))
def test_more_for_it_never_lowers_and_more_against_never_raises(told: list[Evidence], good: str, bad: str) -> None:
    codes = {one.code for one in told}
    if good not in codes:
        assert score([*told, Evidence(good, FOR[good])]) >= score(told)
    if bad not in codes:
        assert score([*told, Evidence(bad, AGAINST[bad])]) <= score(told)
    assert score(told) == pytest.approx(score(reversed(told)))


@given(facts)
def test_a_person_and_an_organisation_are_never_one(a: Facts) -> None:
    other = Facts(**{**a.__dict__, "person": not a.person})
    assert evidence(a, other) == ()
    assert not proposed(())


def test_the_weights_that_are_documented() -> None:
    def of(**fields: object) -> tuple[float, bool]:
        told = evidence(Facts(**fields), Facts(**fields))  # type: ignore[arg-type]
        return round(score(told), 4), proposed(told)

    assert of(phones=frozenset("x")) == (0.6, True)
    assert of(name="张书远", sound="zhang shu yuan") == (0.4, False)
    assert of(name="张书远", sound="zhang shu yuan", birthday=(1985, 4, 12, False)) == (0.64, True)
    assert of(name="张书远", sound="zhang shu yuan", birthday=(None, 4, 12, False)) == (0.49, False)
    assert of(birthday=(1985, 4, 12, False), address="甲") == (0.64, True)
    man, woman = Facts(phones=frozenset("x"), gender="male"), Facts(phones=frozenset("x"), gender="female")
    assert round(score(evidence(man, woman)), 4) == 0.51
    assert proposed(evidence(man, woman))  # one telephone is always worth a look
    assert frozenset({"phone", "credit_code", "plate"}) == HARD


def test_names_nearly_alike_count_more_the_closer_they_are() -> None:
    close = evidence(Facts(name="a", sound="chen xiao ming"), Facts(name="b", sound="cheng xiao ming"))
    looser = evidence(Facts(name="a", sound="zhang shu yuan"), Facts(name="b", sound="zhang shu yun"))
    assert [one.code for one in close] == [one.code for one in looser] == ["similar"]
    assert similarity("chen xiao ming", "cheng xiao ming") > similarity("zhang shu yuan", "zhang shu yun")
    assert 0.2 > close[0].weight > looser[0].weight > 0.1


def test_what_is_news_to_who_said_that_they_are_two() -> None:
    assert not new_kind(["phone", "name"], ["phone", "sound"])
    assert not new_kind(["phone", "other_birthday"], ["phone"])
    assert new_kind(["phone", "birthday"], ["phone"])
    assert not new_kind(["birthday"], ["birth_day"])
