"""Chinese fonts of this machine: which there are, how wide a character is, and the few of them a document needs, to be put inside it.

A document carries its own characters, so that it looks the same wherever it is printed and a rare name is never a blank. Without any
Chinese font here it names Adobe's STSong-Light instead, which viewers replace by one of their own.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable
from reportlab.pdfbase import ttfonts
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

MISSING = "〓"
"""Set in place of a character that no font here has: the printer's mark for a missing type."""

# The regular and the bold of one family, best first; further down what fills gaps (rare characters), then what is better than nothing.
FAMILIES: tuple[tuple[str, str], ...] = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf"),
    ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
    ("PingFang.ttc", "PingFang.ttc"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc"),
    ("Deng.ttf", "Dengb.ttf"),
    ("STHeiti Light.ttc", "STHeiti Medium.ttc"),
    ("simhei.ttf", "simhei.ttf"),
    ("wqy-microhei.ttc", "wqy-microhei.ttc"),
    ("wqy-zenhei.ttc", "wqy-zenhei.ttc"),
    ("DroidSansFallbackFull.ttf", "DroidSansFallbackFull.ttf"),
    ("simsun.ttc", "simsun.ttc"),
    ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc"),
    ("simsunb.ttf", "simsunb.ttf"),
    ("SimsunExtG.ttf", "SimsunExtG.ttf"),
    ("Songti.ttc", "Songti.ttc"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)
_SIMPLIFIED = (" CJK SC", " SC", "YaHei", " GB", "SimSun", "NSimSun")
_RESTRICTED = 0x0002
"""OS/2 fsType: the maker does not allow the font to be put into documents."""
_DROPPED = ["vhea", "vmtx", "VORG", "GPOS", "GSUB", "GDEF", "BASE", "DSIG", "morx", "kern", "gasp"]


class Face(Protocol):
    """One font: what it has and how wide that is, in thousandths of the size."""

    def has(self, sign: str) -> bool: ...

    def width(self, sign: str) -> float: ...

    def embedded(self, name: str, signs: Iterable[str]) -> Any:
        """A reportlab font of this name that holds these characters."""


@dataclass(frozen=True)
class Installed:
    """A font file of this machine; `number` is its place in a collection."""

    path: Path
    number: int
    cmap: dict[int, str] = field(repr=False)
    widths: dict[str, float] = field(repr=False)

    def has(self, sign: str) -> bool:
        return ord(sign) in self.cmap

    def width(self, sign: str) -> float:
        return self.widths[self.cmap[ord(sign)]]

    def embedded(self, name: str, signs: Iterable[str]) -> Any:
        options = subset.Options()
        options.layout_features = []
        options.drop_tables += _DROPPED
        options.name_IDs = [1, 2, 4, 6]
        options.hinting = False
        options.notdef_outline = True
        with TTFont(self.path, fontNumber=self.number, lazy=True) as font:
            maker = subset.Subsetter(options)
            maker.populate(unicodes=[ord(sign) for sign in signs])
            maker.subset(font)
            if "glyf" not in font:
                _to_truetype(font)
            font["cmap"].tables = [table for table in font["cmap"].tables if table.isUnicode()]
            file = io.BytesIO()
            font.save(file)
        file.seek(0)
        return ttfonts.TTFont(name, file)


@dataclass(frozen=True)
class Named:
    """No font here: Adobe's STSong-Light by name, for the viewer to replace. It knows the characters of GBK and Extension A."""

    def has(self, sign: str) -> bool:
        if ord(sign) > 0xFFFF:
            return False
        try:
            return len(sign.encode("gb18030")) < 3 or "\u3400" <= sign <= "\u4dbf"
        except UnicodeEncodeError:
            return False

    def width(self, sign: str) -> float:
        return 500.0 if sign.isascii() else 1000.0

    def embedded(self, name: str, signs: Iterable[str]) -> Any:
        font = UnicodeCIDFont("STSong-Light")
        font.name = font.fontName = name  # it is found by either; the font a viewer looks for is that of its face
        return font


def _to_truetype(font: TTFont) -> None:
    """PostScript outlines as TrueType's: cubic curves approximated by quadratic ones, to a thousandth of the size at most."""
    shapes, order = font.getGlyphSet(), font.getGlyphOrder()
    error = font["head"].unitsPerEm / 1000
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(shapes)
        shapes[name].draw(Cu2QuPen(pen, error, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = outlines = newTable("glyf")
    outlines.glyphOrder, outlines.glyphs = order, glyphs
    profile = font["maxp"]
    profile.tableVersion = 0x00010000
    for limit in (
        "maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions maxComponentElements "
        "maxPoints maxContours maxCompositePoints maxCompositeContours maxComponentDepth"
    ).split():
        setattr(profile, limit, 0)
    profile.maxZones = 1
    font["post"].formatType = 3.0
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"


def _to_unicode(name: str, signs: list[int]) -> str:
    """The table by which text is copied out of a document; characters beyond the first plane as two halves (PDF 32000-1, 9.10.3)."""
    pairs = [f"<{place:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for place, code in enumerate(signs)]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def", f"/CMapName /{name} def", "/CMapType 2 def",
            "1 begincodespacerange", f"<00> <{len(signs) - 1:02X}>", "endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end",
        ]
    )  # fmt: skip


# reportlab writes a character beyond the first plane with five digits there, and a name like 𠮷野 could not be copied or searched.
ttfonts.makeToUnicodeCMap = _to_unicode


class _Chain:
    """The fonts of this machine one after another; the next is opened when a character asks for it. Most documents need the first."""

    def __init__(self, bold: bool) -> None:
        self._rest = iter([names[bold] for names in FAMILIES])
        self._found: list[Face] = []
        self._lock = threading.Lock()

    def __getitem__(self, place: int) -> Face:
        """Raises IndexError behind the last."""
        with self._lock:
            while place >= len(self._found):
                name = next(self._rest, None)
                if name is None and self._found:
                    raise IndexError(place)
                face = _open(name) if name else Named()
                if face is not None and not self._found and not face.has("留"):
                    self._found.append(Named())  # nothing Chinese here
                if face is not None:
                    self._found.append(face)
            return self._found[place]


@lru_cache(maxsize=2)
def chain(bold: bool) -> _Chain:
    """The regular or the bold fonts, the one to set in first, then those that have what it lacks."""
    return _Chain(bold)


@lru_cache(maxsize=200_000)
def face_of(sign: str, bold: bool) -> tuple[int, Face] | None:
    """The first font that has the character, with its place in the chain; None when none has it."""
    fonts = chain(bold)
    for place in range(len(FAMILIES) + 1):
        try:
            face = fonts[place]
        except IndexError:
            return None
        if face.has(sign):
            return place, face
    return None


def _open(name: str) -> Installed | None:
    path = _files().get(name.lower())
    return _read(path) if path else None


@lru_cache(maxsize=16)
def _read(path: Path) -> Installed | None:
    """A font of a file, of a collection the simplified Chinese one; None where it cannot be used."""
    try:
        number = _simplified(path)
        with TTFont(path, fontNumber=number, lazy=True) as font:
            if font["OS/2"].fsType & 0x000F == _RESTRICTED or not ("glyf" in font or "CFF " in font) or "fvar" in font:
                return None
            per_em = font["head"].unitsPerEm
            cmap = {code: name for code, name in font.getBestCmap().items() if code >= 0x20}
            widths = {name: advance * 1000 / per_em for name, (advance, _) in font["hmtx"].metrics.items()}
    except Exception:
        # A broken font is as good as none: the next one is asked.
        return None
    return Installed(path, number, cmap, widths)


def _simplified(path: Path) -> int:
    if path.suffix.lower() not in (".ttc", ".otc"):
        return -1
    with TTCollection(path, lazy=True) as collection:
        names = [str(font["name"].getDebugName(1) or "") for font in collection.fonts]
    for wanted in _SIMPLIFIED:
        for number, name in enumerate(names):
            if wanted in f" {name}" and "Mono" not in name:
                return number
    return 0


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """The font files of this machine that we know how to use, by name in small letters."""
    wanted = {name.lower() for names in FAMILIES for name in names}
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.name.lower() in wanted:
                found.setdefault(path.name.lower(), path)
    return found


def _folders() -> Iterator[Path]:
    if own := os.environ.get("LIUKE_FONTS"):
        yield Path(own)
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        yield Path(os.environ.get("LOCALAPPDATA", "")) / "Microsoft" / "Windows" / "Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library" / "Fonts")
    else:
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local" / "share" / "fonts")
