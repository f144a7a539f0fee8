"""What stands masked on a card neither narrows nor orders the customer list: refused in words, nothing shown, on the log."""

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from liuke.audit.models import AuditEntry
from liuke.customers.fields import SEALED_NAMES
from liuke.web.customers.sealed_filters import asked_of
from tests.cast import assemble, card
from tests.web.customers.test_customers import browser, text


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/customers/", "/customers/counts/", "/customers/totals/"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("phone=1780", "电话"), ("sort=phone", "电话"), ("sort=-phone", "电话"), ("phone__startswith=178", "电话"),
        ("phones__digest=0a", "电话"), ("wechat=z", "微信"), ("sort=name,-wechat", "微信"), ("contacts__wechat=z", "微信"),
        ("sort=name&sort=-address", "地址"), ("grade=A&Address=x", "地址"),
    ],
)  # fmt: skip
def test_a_sealed_field_is_refused_and_on_the_log_once(address: str, query: str, field: str) -> None:
    cache.clear()  # what was written down a moment ago is not written down again
    cast = assemble()
    card(cast.chen, "张书远", "17800001780", wechat="zsy", address="滨江路 1 号")
    client = browser(cast.chen)
    for _try in range(2):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert f"<h1>不能按{field}筛选或排序</h1>" in text(answer)
        assert "张书远" not in text(answer) and "1780" not in text(answer)
    entry = AuditEntry.objects.get(verb="filter.sealed")
    assert (entry.actor, len(entry.detail["fields"])) == (cast.chen.pk, 1)
    assert "1780" not in str(entry.detail)
    assert "想按遮住的字段筛选或排序客户" in text(browser(cast.zhao).get("/audit/"))


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["nothing=1", "sort=number", "q=phone", "sort=-name", "grade=A&cols=phone", "telephone=1"])
def test_any_other_unknown_key_is_left_out(query: str) -> None:
    cast = assemble()
    assert browser(cast.chen).get(f"/customers/?{query}").status_code == 200
    assert not AuditEntry.objects.filter(verb="filter.sealed").exists()


@given(st.text(), st.sampled_from(sorted(SEALED_NAMES)), st.sampled_from(["", "-", "+", " -"]))
def test_however_it_is_wrapped(value: str, name: str, sign: str) -> None:
    assert asked_of([value, f"{name}__contains"], []) != ""
    assert asked_of([], [value.replace(",", ""), f"risk,{sign}{name.upper()}"]) != ""
    assert asked_of(["q", "grade"], ["-risk", "name"]) == ""
