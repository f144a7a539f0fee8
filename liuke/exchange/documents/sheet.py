"""A4 sheets: what stands where is written down first, then drawn in one go, when it is known which characters the fonts must bring."""

from __future__ import annotations

import io
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import hypot

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from liuke.exchange.documents import breaking
from liuke.exchange.documents.fonts import MISSING, chain, face_of

WIDTH, HEIGHT = 595.28, 841.89
MARGIN = 48.0
BODY = 10.5
"""Points. ui.md §11: 10.5 pt."""
MM = 72 / 25.4
INK, FAINT, MARK = 0.0, 0.38, 0.90
"""Shades, 0 black and 1 white: text, what is said beside it (5.2 : 1 at least), the watermark."""
_DIAGONAL = 52


@dataclass(frozen=True)
class Words:
    """A run of text at a point, from the lower left, in points."""

    x: float
    y: float
    text: str
    size: float = BODY
    bold: bool = False
    shade: float = INK


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    shade: float = 0.75
    dash: bool = False


@dataclass
class Sheets:
    """Pages in the making. y counts from the top, as one writes."""

    title: str
    author: str = ""
    pages: list[list[Words | Rule]] = field(default_factory=list)

    def page(self) -> None:
        self.pages.append([])

    def drop(self) -> None:
        """Take the last page away again: what was set on it only to be measured."""
        self.pages.pop()

    def say(self, x: float, y: float, text: str, size: float = BODY, *, bold: bool = False, shade: float = INK) -> float:
        """One line with its base at y; gives where it ends."""
        plain = printable(text)
        self.pages[-1].append(Words(x, y, plain, size, bold, shade))
        return x + width(plain, size, bold)

    def say_right(self, x: float, y: float, text: str, size: float = BODY, *, bold: bool = False, shade: float = INK) -> None:
        """One line that ends at x."""
        self.say(x - width(printable(text), size, bold), y, text, size, bold=bold, shade=shade)

    def write(
        self, x: float, y: float, wide: float, text: str, size: float = BODY, *, bold: bool = False, shade: float = INK,
        leading: float = 1.6, most: int = 0,
    ) -> float:  # fmt: skip
        """A paragraph; gives the base of the line below it. `most`: lines at most, the last one then ends with …"""
        found = self.lines(text, wide, size, bold)
        if most and len(found) > most:
            last = found[most - 1]
            while last and width(last + "…", size, bold) > wide:
                last = last[:-1]
            found = [*found[: most - 1], last + "…"]
        for line in found:
            self.say(x, y, line, size, bold=bold, shade=shade)
            y += size * leading
        return y

    def lines(self, text: str, wide: float, size: float = BODY, bold: bool = False) -> list[str]:
        """A paragraph as the lines it would take."""
        return breaking.lines(printable(text), wide, lambda piece: width(piece, size, bold))

    def rule(self, y: float, x1: float = MARGIN, x2: float = WIDTH - MARGIN, *, shade: float = 0.75, dash: bool = False) -> None:
        self.pages[-1].append(Rule(x1, y, x2, y, shade, dash))

    def pdf(self, watermark: str = "", foot: Callable[[int, int], tuple[str, str]] | None = None) -> bytes:
        """The document. `watermark` goes across every page; `foot`(page, of how many) gives what stands left and right at its bottom."""
        if foot is not None:
            for number, page in enumerate(self.pages, 1):
                left, right = (printable(text) for text in foot(number, len(self.pages)))
                page.append(Rule(MARGIN, HEIGHT - 40, WIDTH - MARGIN, HEIGHT - 40))
                page.append(Words(MARGIN, HEIGHT - 27, left, 8, False, FAINT))
                page.append(Words(WIDTH - MARGIN - width(right, 8), HEIGHT - 27, right, 8, False, FAINT))
        return _drawn(self, printable(watermark))


def printable(text: str) -> str:
    """As it can be set: composed, without marks that have no width; what no font here has is 〓."""
    return "".join(map(_set, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=200_000)
def _set(sign: str) -> str:
    if sign in "\n\t":
        return " " if sign == "\t" else sign
    if unicodedata.category(sign) in ("Cc", "Cf", "Mn", "Me", "Cs", "Co"):
        return ""
    return sign if face_of(sign, False) is not None else MISSING


def width(text: str, size: float, bold: bool = False) -> float:
    """Points."""
    return sum(_width(sign, bold) for sign in text) * size / 1000


@lru_cache(maxsize=200_000)
def _width(sign: str, bold: bool) -> float:
    found = face_of(sign, bold)
    return found[1].width(sign) if found else 1000.0


def _runs(text: str, bold: bool) -> Iterator[tuple[int, str]]:
    """Parts of a text that one font can set, with that font's place."""
    run, now = "", 0
    for sign in text:
        found = face_of(sign, bold)
        number = found[0] if found else 0
        if run and number != now:
            yield now, run
            run = ""
        run, now = run + sign, number
    if run:
        yield now, run


def _drawn(sheets: Sheets, watermark: str) -> bytes:
    wanted: dict[tuple[bool, int], set[str]] = {}
    for words in _all_words(sheets.pages, watermark):
        for number, run in _runs(words.text, words.bold):
            wanted.setdefault((words.bold, number), set()).update(run)
    # The library keeps fonts for the whole process, and takes two subsets of one font for the same: so they are not registered but put
    # into its table under a name of this document's own, and taken away after it.
    stem, names = f"lk-{uuid.uuid4().hex}", {}
    file = io.BytesIO()
    try:
        for (bold, number), signs in wanted.items():
            name = names[bold, number] = f"{stem}-{number}{'b' if bold else ''}"
            pdfmetrics._fonts[name] = chain(bold)[number].embedded(name, sorted(signs | {" "}))
        canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), pageCompression=1)
        canvas.setTitle(sheets.title)
        canvas.setAuthor(sheets.author)
        canvas.setCreator("留客")
        canvas.setProducer("留客")
        for page in sheets.pages:
            if watermark:
                _mark(canvas, watermark, names)
            for each in page:
                _put(canvas, each, names)
            canvas.showPage()
        canvas.save()
    finally:
        for name in names.values():
            pdfmetrics._fonts.pop(name, None)
    return file.getvalue()


def _all_words(pages: Sequence[Sequence[Words | Rule]], watermark: str) -> Iterator[Words]:
    if watermark:
        yield Words(0, 0, watermark)
    for page in pages:
        yield from (each for each in page if isinstance(each, Words))


def _put(canvas: Canvas, each: Words | Rule, names: dict[tuple[bool, int], str]) -> None:
    if isinstance(each, Rule):
        canvas.setStrokeGray(each.shade)
        canvas.setLineWidth(0.6)
        canvas.setDash([2, 2] if each.dash else [])
        canvas.line(each.x1, HEIGHT - each.y1, each.x2, HEIGHT - each.y2)
        return
    canvas.setFillGray(each.shade)
    _text(canvas, each.x, HEIGHT - each.y, each.text, each.size, each.bold, names)


def _text(canvas: Canvas, x: float, y: float, text: str, size: float, bold: bool, names: dict[tuple[bool, int], str]) -> None:
    line = canvas.beginText(x, y)
    for number, run in _runs(text, bold):
        line.setFont(names[bold, number], size)
        line.textOut(run)
    canvas.drawText(line)


def _mark(canvas: Canvas, watermark: str, names: dict[tuple[bool, int], str]) -> None:
    """The watermark: rows along the diagonal over the whole page, so that no corner can be cut off without it."""
    size, wide = 15.0, width(watermark, 15.0)
    step, reach = wide + 70, hypot(WIDTH, HEIGHT)
    canvas.saveState()
    canvas.translate(WIDTH / 2, HEIGHT / 2)
    canvas.rotate(_DIAGONAL)
    canvas.setFillGray(MARK)
    for row in range(-4, 5):
        x = -reach / 2 + (step / 2 if row % 2 else 0) - step
        while x < reach / 2:
            _text(canvas, x, row * 105.0, watermark, size, False, names)
            x += step
    canvas.restoreState()
