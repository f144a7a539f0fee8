"""Which encoding a text file is in: asked of the whole file, and refused when it cannot be told."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from liuke.exchange.words import refuse

# Undecodable bytes become this lone surrogate: no real text has it, so the row that carries it can be refused by itself.
MARK = "\udcff"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Words that stand in the headings of every Chinese table: proof that GB18030 is right even where little else is.
HEADING_WORDS = ("姓名", "名称", "客户", "电话", "手机", "日期", "时间", "金额", "单号", "编号", "数量", "单价", "类型", "备注", "门店")
SAMPLE = 1 << 20


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return MARK, error.end
    raise error


codecs.register_error("liuke_mark", _mark)


@dataclass(frozen=True)
class Told:
    """`encoding` as Python names it; `clean` is False when some bytes do not decode or a NUL was met (rows must be looked at)."""

    encoding: str
    clean: bool


def tell(path: Path) -> Told:
    """Raises Refused `file.encoding` when neither a BOM nor the bytes settle it."""
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    for bom, name in BOMS:
        if start.startswith(bom):
            return Told(name, _decodes(path, name) and (name != "utf-8-sig" or not _has_nul(path)))
    if guess := _utf16_without_bom(start):
        return Told(guess, _decodes(path, guess))
    nul = _has_nul(path)
    if _decodes(path, "utf-8"):
        return Told("utf-8", not nul)
    if _decodes(path, "gb18030") and _looks_chinese(start):
        return Told("gb18030", not nul)
    return Told(_nearest(start), False)


def _nearest(start: bytes) -> str:
    """A file with a few broken bytes: the encoding in which nearly all of its non-ASCII text is sound."""
    high = sum(byte >= 128 for byte in start)
    for name in ("utf-8", "gb18030"):
        text = start.decode(name, "liuke_mark")
        broken = text.count(MARK)
        sound = sum(char > "\x7f" and char != MARK for char in text)
        if broken <= max(2, sound // 10) and sound >= 4 * broken and sound and (name == "utf-8" or _looks_chinese(start)):
            return name
    raise refuse("file.encoding", high=high)


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _has_nul(path: Path) -> bool:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if b"\0" in block:
                return True
    return False


def _utf16_without_bom(start: bytes) -> str | None:
    """Commas, digits and line ends are ASCII: in UTF-16 every one of them has a zero byte beside it, always on one side."""
    if len(start) < 4 or start.count(0) < len(start) // 20:
        return None
    for side, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = start[side::2].count(0)
        if zeros > 20 * start[1 - side :: 2].count(0) and any(mark.encode(name) in start for mark in (",", "\t", ";", "\n")):
            return name
    return None


def _looks_chinese(start: bytes) -> bool:
    """Western one-byte text also "decodes" as GB18030, into rare characters. Real Chinese keeps to GB 2312 or four-byte forms."""
    text = start.decode("gb18030", "ignore")
    first = text[:4000]
    if any(word in first for word in HEADING_WORDS):
        return True
    common = rare = 0
    for char in set(text):
        if char <= "\x7f":
            continue
        code = char.encode("gb18030", "ignore")
        if len(code) == 4 or (len(code) == 2 and 0xA1 <= code[0] <= 0xF7 and code[1] >= 0xA1):
            common += 1
        else:
            rare += 1
    return common >= 2 and common >= 2 * rare
