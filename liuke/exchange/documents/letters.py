"""Letters for window envelopes: one page each, the address where the window of a DL envelope shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from liuke.exchange.documents.sheet import FAINT, HEIGHT, MM, WIDTH, Sheets

LEFT, TOP = 25 * MM, 27 * MM
WINDOW = (LEFT, 50 * MM, 85 * MM)
"""Left, top and width of what a window 20 mm from the left and 45 mm from the top shows (DL, folded in three): points."""
_WIDE = WIDTH - LEFT - 22 * MM
_TEXT = 11.0
_LEADING = 1.85


@dataclass(frozen=True)
class Letter:
    """One letter, all filled in. `body`: paragraphs."""

    postcode: str
    address: str
    addressee: str
    subject: str
    body: tuple[str, ...]
    house: str
    sender: str
    signed: str
    day: str


def letters(title: str, run: str, each: Sequence[Letter]) -> bytes:
    """The letters as a PDF, A4. `run`: the small number at the foot, by which the run is found again; there is no watermark on a letter."""
    sheets = Sheets(title)
    for letter in each:
        sheets.page()
        sheets.say(LEFT, TOP, letter.house, 9, shade=FAINT)
        x, y, wide = WINDOW
        if letter.postcode:
            sheets.say(x, y, letter.postcode, 10.5)
            y += 16
        y = _address(sheets, x, y, wide, letter.address)
        sheets.write(x, y + 2, wide, letter.addressee, 12, bold=True, leading=1.3, most=2)
        y = 105 * MM
        if letter.subject:
            y = sheets.write(LEFT, y, _WIDE, letter.subject, 14, bold=True) + 6
        y = _body(sheets, y, letter, run)
        y += 14
        for line in (letter.sender, letter.signed, letter.day):
            if line:
                sheets.say_right(LEFT + _WIDE, y, line, _TEXT)
                y += _TEXT * _LEADING
        _foot(sheets, run)
    return sheets.pdf()


def _address(sheets: Sheets, x: float, y: float, wide: float, address: str) -> float:
    """An address is never cut where a smaller size lets all of it be seen in the window."""
    for size, most in ((10.5, 3), (9.0, 4), (7.5, 5)):
        if len(sheets.lines(address, wide, size)) <= most:
            break
    return sheets.write(x, y, wide, address, size, leading=1.4, most=most)


def _body(sheets: Sheets, y: float, letter: Letter, run: str) -> float:
    for number, paragraph in enumerate(letter.body):
        # The salutation stands at the edge, paragraphs begin two characters in, as letters are written.
        text = paragraph if number == 0 and paragraph.endswith(("：", ":", ",")) else f"　　{paragraph}"
        y = sheets.write(LEFT, y, _WIDE, text, _TEXT, leading=_LEADING) + 2
        if y > HEIGHT - 40 * MM and number + 1 < len(letter.body):
            _foot(sheets, run)
            sheets.page()
            y = TOP
    return y


def _foot(sheets: Sheets, run: str) -> None:
    sheets.say(LEFT, HEIGHT - 12 * MM, _("第 %(run)s 批") % {"run": run}, 7, shade=FAINT)
