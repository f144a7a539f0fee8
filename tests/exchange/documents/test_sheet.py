"""A document brings its characters along: they can be drawn, searched and copied, whatever the name."""

from __future__ import annotations

import re
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from liuke.exchange.documents import fonts, sheet
from liuke.exchange.documents.fonts import MISSING, Installed, Named
from liuke.exchange.documents.sheet import Sheets, printable, width

RARE = "㛃𠮷喆彧翀龘䶮㐂𰻝·"


def document(*texts: str, bold: bool = False, **how: Any) -> bytes:
    made = Sheets("试印")
    for text in texts:
        made.page()
        made.write(48, 60, 480, text, bold=bold)
    return made.pdf(**how)


def read(pdf: bytes) -> list[str]:
    return [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


def fonts_of(pdf: bytes) -> list[Any]:
    found = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]["/Font"]
    return [found[name].get_object() for name in found]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine without a Chinese font."""
    known = (fonts.chain, fonts.face_of, sheet._set, sheet._width)
    monkeypatch.setattr(fonts, "_files", dict)
    for each in known:
        each.cache_clear()
    yield
    for each in known:
        each.cache_clear()


@pytest.mark.parametrize("bold", [False, True])
def test_rare_names_are_drawn_and_can_be_copied(bold: bool) -> None:
    pdf = document(f"王{RARE}家", bold=bold)
    assert read(pdf) == [f"王{RARE}家"]
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts_of(pdf) if "/FontDescriptor" in font), "the font is inside"


def test_more_characters_than_one_font_of_a_document_holds() -> None:
    text = "".join(chr(0x4E00 + n * 7) for n in range(700))
    assert read(document(text)) == [text]


def test_one_document_after_another_has_its_own_characters() -> None:
    assert read(document("甲乙丙")) == ["甲乙丙"]
    assert read(document("丁戊己")) == ["丁戊己"]


def test_several_at_once() -> None:
    texts = ["".join(chr(0x4E00 + place * 50 + n) for n in range(50)) for place in range(6)]
    found: dict[int, list[str]] = {}

    def make(place: int) -> None:
        found[place] = read(document(texts[place]))

    threads = [threading.Thread(target=make, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {place: [text] for place, text in enumerate(texts)}


def test_what_no_font_has_is_a_mark_and_not_a_hole() -> None:
    assert printable("张\U000f0000\U0001f9ff三") in (f"张{MISSING}三", f"张{MISSING}\U0001f9ff三")
    assert printable("e\u0301\u200b\x07张\ufe0f\t。") == "é张 。"


def test_another_script_is_set_in_another_font() -> None:
    assert read(document("Łukasz Ŵ 张三")) == ["ŁukaszŴ张三"]


def test_the_watermark_and_the_foot_stand_on_every_page() -> None:
    pages = read(document("一", "二", "三", watermark="陈思远 03:40", foot=lambda n, m: ("陈思远打印", f"第 {n} 页，共 {m} 页")))
    assert [page.count("陈思远03:40") >= 12 for page in pages] == [True] * 3
    assert all(f"第{n}页，共3页" in page for n, page in enumerate(pages, 1))


def test_a_page_without_a_watermark_has_none() -> None:
    assert read(document("一")) == ["一"]


def test_widths_are_those_of_the_font() -> None:
    assert width("张三", 10) == pytest.approx(20)
    assert 4 < width("1", 10) < 7


def test_without_a_chinese_font_the_document_names_one(bare: None) -> None:
    assert fonts.chain(False)[0] == Named()
    pdf = document("张书远，13812345678 喆䶮", watermark="陈思远")
    assert "/STSong-Light" in {str(font["/BaseFont"]) for font in fonts_of(pdf)}
    assert "𠮷" not in printable("𠮷野") and printable("𠮷野") == f"{MISSING}野"


def test_a_broken_font_is_as_good_as_none(tmp_path: Path) -> None:
    broken = tmp_path / "msyh.ttc"
    broken.write_bytes(b"ttcf" + bytes(40))
    assert fonts._read(broken) is None


def test_this_machine_has_a_simplified_font() -> None:
    first = fonts.chain(False)[0]
    if not isinstance(first, Installed):
        pytest.skip("no Chinese font here: apt-get install fonts-noto-cjk")
    assert first.has("留") and first.has("A") and first.width("留") == pytest.approx(1000)
