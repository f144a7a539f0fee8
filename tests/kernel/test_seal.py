"""Sealing, opening, digests."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel.seal import Ring, Unreadable, digest, fingerprint, key_of, new_index_key, new_key, seal, sealed, unseal

OLD, NEW = new_key(), new_key()
RING = Ring({OLD[0]: OLD[1], NEW[0]: NEW[1]}, NEW[0], (new_index_key(),))
PLACE = "customers.phone.number"


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_sealed_opens(text):
    made = seal(RING, text, PLACE)
    assert unseal(RING, made, PLACE) == text
    assert made == "" if not text else (sealed(made) and key_of(made) == NEW[0])


def test_a_seal_hides_its_text_and_is_new_every_time():
    first, second = seal(RING, "+8613812345678", PLACE), seal(RING, "+8613812345678", PLACE)
    assert first != second and "5678" not in first


def test_an_older_key_still_opens():
    made = seal(dataclasses.replace(RING, current=OLD[0]), "微信号", PLACE)
    assert key_of(made) == OLD[0] and unseal(RING, made, PLACE) == "微信号"


@pytest.mark.parametrize("why, spoil, place", [
    ("not sealed", lambda made: "+8613812345678", PLACE),
    ("key missing", lambda made: made.replace(NEW[0], "ffffff"), PLACE),
    ("changed", lambda made: made[:-6] + "AAAAA=", PLACE),
    ("changed", lambda made: made[:20], PLACE),
    ("changed", lambda made: made, "customers.customer.wechat"),
])  # fmt: skip
def test_what_does_not_open_says_why_and_nothing_else(why, spoil, place):
    with pytest.raises(Unreadable) as said:
        unseal(RING, spoil(seal(RING, "+8613812345678", PLACE)), place)
    assert said.value.why == why and "138" not in str(said.value)


def test_a_digest_is_the_same_for_the_same_text_key_and_use_only():
    key, other = new_index_key(), new_index_key()
    found = digest(key, "phone", "+8613812345678")
    assert found == digest(key, "phone", "+8613812345678") and len(found) == 32
    assert len({found, digest(key, "last4", "+8613812345678"), digest(other, "phone", "+8613812345678")}) == 3
    assert digest(key, "phone", "") == ""


def test_a_fingerprint_tells_keys_apart_and_not_what_they_are():
    assert fingerprint(OLD[1]) != fingerprint(NEW[1]) and OLD[1].hex() not in fingerprint(OLD[1])
