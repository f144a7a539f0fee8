"""打印资料包 from the page of cards that are out: ticked cards as a PDF, refusals, what stands in the log."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from pypdf import PdfReader

from liuke.audit.models import AuditEntry
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.keepers.test_check_outs import enter, lend


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def test_the_ticked_cards_come_as_a_pdf(cast: Cast) -> None:
    outs = [lend(cast.chen, card(cast.chen, name, "13812345678")) for name in ("张书远", "王淑芬", "𠮷野家")]
    answer = enter(cast.chen).post("/check-outs/pack/", {"pick": [outs[0].pk, outs[2].pk]})
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert "attachment" in answer["Content-Disposition"]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "张书远" in text and "𠮷野家" in text and "王淑芬" not in text
    assert AuditEntry.objects.get(verb="card.print").detail["customers"] == [outs[0].customer_id, outs[2].customer_id]


def test_without_a_card_that_is_out_there_is_no_button(cast: Cast) -> None:
    lend(cast.chen, card(cast.chen, "张书远"), -1)
    assert "打印资料包" not in enter(cast.chen).get("/check-outs/").content.decode()


@pytest.mark.parametrize("pick", [[], ["x"], ["-1"]])
def test_nothing_ticked_says_so(cast: Cast, pick: list[str]) -> None:
    lend(cast.chen, card(cast.chen, "张书远"))
    client = enter(cast.chen)
    assert client.post("/check-outs/pack/", {"pick": pick})["Location"] == "/check-outs/"
    assert "先选要印哪几张卡。" in client.get("/check-outs/").content.decode()
    assert not AuditEntry.objects.filter(verb="card.print").exists()


def test_a_guessed_id_does_not_exist(cast: Cast) -> None:
    theirs = lend(cast.lin, card(cast.chen, "张书远"))
    assert enter(cast.chen).post("/check-outs/pack/", {"pick": [theirs.pk]}).status_code == 404
    assert not AuditEntry.objects.filter(verb="card.print").exists()


def test_one_that_has_ended_says_so(cast: Cast) -> None:
    late = lend(cast.chen, card(cast.chen, "张书远"), -1)
    client = enter(cast.chen)
    client.post("/check-outs/pack/", {"pick": [late.pk]})
    assert "选中的卡都已经到时间或者还了" in client.get("/check-outs/").content.decode()
    assert not AuditEntry.objects.filter(verb="card.print").exists()


@pytest.mark.browser
@pytest.mark.parametrize("view", ["desktop", "phone"])
def test_choosing_and_printing_in_the_browser(cast: Cast, live: Any, sign_in: Any, view: str) -> None:
    for name in ("张书远", "王淑芬"):
        lend(cast.chen, card(cast.chen, name, "13812345678"))
    sign_in(cast.chen)
    if view == "phone":
        live.set_viewport_size(PHONE)
    live.goto("/check-outs/")
    live.get_by_role("checkbox", name="选中：王淑芬").uncheck()
    found = Axe().run(live).response["violations"]
    assert [violation["id"] for violation in found] == []
    with live.expect_download() as arriving:
        live.get_by_role("button", name="打印资料包").click()
    pages = PdfReader(arriving.value.path()).pages
    assert len(pages) == 1
    assert "张书远" in pages[0].extract_text()
    assert arriving.value.suggested_filename.startswith("拜访资料包")
