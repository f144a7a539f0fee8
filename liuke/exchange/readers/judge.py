"""What a file is, told by its first bytes and its zip directory, never by its name."""

import gzip
import struct
import zipfile
from pathlib import Path

from liuke.exchange.limits import Limits
from liuke.exchange.words import refuse

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GZIP = b"\x1f\x8b"
# First bytes of what people upload by mistake, and the word for it.
PROGRAMS = (b"\x7fELF", b"MZ\x90")
KNOWN = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"{\\rtf", "RTF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"SQLite format 3", "SQLite"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"PAR1", "Parquet"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def kind_of(path: Path, limits: Limits) -> str:
    """`csv`, `xlsx`, `xls`, `html` or `gzip`; anything else is refused with what to save it as."""
    size = path.stat().st_size
    if size == 0:
        raise refuse("file.empty")
    if size > limits.file:
        raise refuse("file.too_big", size=_mb(size), limit=_mb(limits.file))
    with path.open("rb") as file:
        start = file.read(65536)
    if start.startswith(GZIP):
        _check_gzip(path, limits)
        return "gzip"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(path, limits)
    if start.startswith(OLE):
        return _kind_of_ole(path)
    if start.startswith(PROGRAMS):
        raise refuse("file.not_a_table/program")
    for mark, word in KNOWN:
        if start.startswith(mark):
            raise refuse("file.not_a_table", what=word)
    return _kind_of_text(start)


def _kind_of_text(start: bytes) -> str:
    text = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if text.startswith((b"mime-version:", b"from:")) and b"multipart/related" in text:
        raise refuse("file.not_a_table", what="MHTML")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text and text.startswith(b"<?xml"):
        raise refuse("file.not_a_table", what="XML 电子表格 2003")
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<style", b"<body", b"<div", b"<!--")) or (
        text.startswith(b"<?xml") and b"<html" in text
    ):
        return "html"
    if text.startswith((b"<?xml", b"<svg")):
        raise refuse("file.not_a_table", what="XML")
    if text.startswith((b'{"', b"[{", b"{\r\n", b"{\n")):
        raise refuse("file.not_a_table", what="JSON")
    # Control characters other than white space are what no text has; NUL is left to the encoding (UTF-16) and to the row.
    odd = sum(1 for byte in start if byte < 32 and byte not in (0, 9, 10, 11, 12, 13, 26, 27))
    if odd > max(8, len(start) // 100):
        raise refuse("file.not_a_table/binary")
    return "csv"


def _kind_of_zip(path: Path, limits: Limits) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            start = (
                archive.read("mimetype")[:80] if "mimetype" in archive.NameToInfo and archive.getinfo("mimetype").file_size < 200 else b""
            )
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError, struct.error) as error:
        raise refuse("file.broken", what="zip") from error
    if len(members) > limits.members:
        raise refuse("file.too_many_members", members=len(members), limit=limits.members)
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked:
        raise refuse("file.unpacks_too_big", size=_mb(unpacked), limit=_mb(limits.unpacked))
    names = {member.filename.replace("\\", "/").lower() for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise refuse("file.password")
    if "xl/workbook.bin" in names:
        raise refuse("file.not_a_table", what=".xlsb")
    if start.startswith(b"application/vnd.oasis"):
        raise refuse("file.not_a_table", what=".ods")
    if "[content_types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx"
    for folder, word in (("word/", "Word"), ("ppt/", "PowerPoint"), ("index/", "Numbers")):
        if any(name.startswith(folder) for name in names):
            raise refuse("file.not_a_table", what=word)
    raise refuse("file.zip")


def _kind_of_ole(path: Path) -> str:
    """An OLE file is .xls when it has a Workbook stream; a workbook under a password is OLE too, whatever its extension."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise refuse("file.password")
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "WORKBOOK")) or "Book\0".encode("utf-16-le") in content:
        return "xls"
    word = "Word" if "WordDocument".encode("utf-16-le") in content else "OLE"
    raise refuse("file.not_a_table", what=word)


def _check_gzip(path: Path, limits: Limits) -> None:
    """The last four bytes of gzip are the unpacked size (mod 4 GiB): a true bomb is refused without being opened."""
    with path.open("rb") as file:
        file.seek(-4, 2)
        unpacked = struct.unpack("<I", file.read(4))[0]
    if unpacked > limits.unpacked:
        raise refuse("file.unpacks_too_big", size=_mb(unpacked), limit=_mb(limits.unpacked))


def unpack_gzip(path: Path, into: Path, limits: Limits) -> None:
    """Copies the inside of `path` to `into`, stopping at the limit whatever the trailer claims."""
    done = 0
    try:
        with gzip.open(path, "rb") as packed, into.open("wb") as plain:
            while block := packed.read(1 << 20):
                done += len(block)
                if done > limits.unpacked:
                    raise refuse("file.unpacks_too_big", size=_mb(done), limit=_mb(limits.unpacked))
                plain.write(block)
    except (OSError, EOFError) as error:
        raise refuse("file.broken", what="gzip") from error


def _mb(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB" if size >= 10_000_000 else f"{size / 1_000_000:,.1f} MB"
