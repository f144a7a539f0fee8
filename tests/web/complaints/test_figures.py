"""Figures that open their rows; opening hours."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest
from django.utils import translation

from liuke.complaints import classifying, entering
from liuke.complaints.models import DeskHours
from tests.cast import Cast, assemble, card
from tests.web.pages import enter, text


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def test_every_figure_opens_as_many_rows_as_it_says(cast: Cast) -> None:
    zhang = card(cast.chen, "张书远", "13800001234")
    for n in range(3):
        row = entering.enter(cast.lin, text=f"变速箱第{n}次异响", channel="telephone", customer_id=zhang.pk, product="阀体" if n else "")
        classifying.confirm(cast.lin, row.pk, "cause", "product_quality")
    entering.enter(cast.ding, text="别处的事", channel="telephone", customer_id=card(cast.ding, "葛建华").pk)
    client = enter(cast.he)
    html = client.get("/complaints/figures/").content.decode()
    assert "近 90 天 3 件投诉" in html and "阀体" in html
    links = re.findall(r'<a class="lk-n" href="(/complaints/figures/rows/[^"]+)">([\d,]+)', html)
    assert len(links) > 8
    for address, n in links:
        shown = text(client.get(address.replace("&amp;", "&")))
        assert re.search(rf"，{n} 件", shown) and "葛建华" not in shown, address
    for wrong in ("?days=31", f"?unit={cast.beijing.pk}"):
        assert client.get(f"/complaints/figures/{wrong}").status_code == 404
    for wrong in ("?key=x", "?key=x:y", "?by=unit&id=x&cause=service", "?by=person&id=1&cause=x"):
        assert client.get(f"/complaints/figures/rows/{wrong}").status_code == 404
    assert "这段时间没有投诉" in text(client.get("/complaints/figures/", {"unit": cast.jiangning.pk}))


def test_a_store_has_hours_of_its_own_and_gives_them_back(cast: Cast) -> None:
    client = enter(cast.xu)
    sent = {"unit": str(cast.binjiang.pk), "opens": "08:30", "closes": "17:30"}
    for wrong, said in (({"closes": "08:00"}, "关门要比开门晚"), ({"opens": "早上"}, "时间请写成 09:00")):
        answer = client.post("/complaints/hours/", {**sent, **wrong})
        assert answer.status_code == 422 and said in text(answer) and not DeskHours.objects.exists()
    assert client.post("/complaints/hours/", sent).status_code == 302
    kept = DeskHours.objects.get()
    assert (kept.unit, kept.opens, kept.closes) == (cast.binjiang, time(8, 30), time(17, 30))
    client.post("/complaints/hours/", {"unit": str(cast.binjiang.pk), "forget": "1"})
    assert not DeskHours.objects.exists()
    assert enter(cast.lin).get("/complaints/hours/").status_code == 404
    assert 'href="/calendar/"' in enter(cast.root).get("/complaints/hours/").content.decode()
