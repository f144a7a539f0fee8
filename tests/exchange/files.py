"""Makes spreadsheets, good and hostile, byte by byte where a library would be too polite."""

import gzip
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import xlwt
from openpyxl import Workbook

TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    return write(path, text.encode(encoding))


def packed(path: Path, content: bytes) -> Path:
    return write(path, gzip.compress(content, mtime=0))


def xlsx(path: Path, rows: Iterable[Sequence[object]], **sheets: Iterable[Sequence[object]]) -> Path:
    """A workbook by openpyxl: the first sheet, then further ones by name."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "Sheet1"
    for row in rows:
        page.append(list(row))
    for name, more in sheets.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(list(row))
    book.save(path)
    return path


def raw_xlsx(
    path: Path,
    sheet: str,
    *,
    workbook: str = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>',
    members: dict[str, str] | None = None,
    shared: Sequence[str] = (),
) -> Path:
    """A workbook of one sheet whose XML is given: for what no library would write."""
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS,
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook {NS}>{workbook}</workbook>',
        "xl/_rels/workbook.xml.rels": RELS.replace('officeDocument"', 'worksheet"').replace("xl/workbook.xml", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?><worksheet {NS}>{sheet}</worksheet>',
    }
    if shared:
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        parts["xl/sharedStrings.xml"] = f'<?xml version="1.0"?><sst {NS}>{items}</sst>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**parts, **(members or {})}.items():
            archive.writestr(name, text)
    return path


def text_row(number: int, *cells: str, hidden: bool = False) -> str:
    inner = "".join(
        f'<c r="{chr(65 + j)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
        for j, text in enumerate(cells)
    )
    mark = ' hidden="1"' if hidden else ""
    return f'<row r="{number}"{mark}>{inner}</row>'


def xls(path: Path, rows: Iterable[Sequence[object]], *, epoch_1904: bool = False) -> Path:
    book = xlwt.Workbook()
    book.dates_1904 = epoch_1904
    sheet = book.add_sheet("Sheet1")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None:
                sheet.write(i, j, value)
    book.save(str(path))
    return path


def bomb(path: Path, size: int) -> Path:
    """A workbook whose one sheet unpacks to `size` bytes of blanks."""
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELS)
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            block = b" " * (1 << 22)
            for _ in range(size // len(block)):
                part.write(block)
    return write(path, zeros.getvalue())
