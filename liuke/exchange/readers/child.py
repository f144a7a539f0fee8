"""`python -m liuke.exchange.readers.child KIND PATH LIMITS`: reads one file under limits of memory and time, and tells it as JSON lines.

First line: the visible sheets and their first rows. Then one line is read from standard input, which sheet to read and how wide; then
batches of rows; then a closing line. A file that makes the reader crash kills this process, and nothing else.
"""

import json
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from xml.parsers import expat

from liuke.exchange.limits import Limits
from liuke.exchange.readers.raw import Book, RawRow, Stop
from liuke.exchange.words import refuse
from liuke.kernel.refusal import Refused

HEAD = 40
BATCH = 2000
SHEETS = 200
HEAD_SHEETS = 20


def guard(memory: int, seconds: int) -> None:
    """The operating system's own limits, where it has them."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def open_book(kind: str, path: str, limits: Limits) -> Book:
    if kind == "xlsx":
        from liuke.exchange.readers.workbook import Workbook

        return Workbook(path, limits)
    if kind == "xls":
        from liuke.exchange.readers.legacy import LegacyWorkbook

        return LegacyWorkbook(path, limits)
    from liuke.exchange.readers.page import Page

    return Page(path, limits)


def packed(rows: list[RawRow], width: int) -> dict[str, object]:
    """Rows cut or filled to `width` cells; what stands further right is only told by its column."""
    lines: list[list[str]] = []
    beyond: set[int] = set()
    defects: dict[int, list[tuple[str, int, str]]] = {}
    for i, row in enumerate(rows):
        cells = row.cells
        line = [cells.get(j, "") for j in range(width)] if len(cells) > width // 3 else [""] * width
        if len(cells) <= width // 3:
            for j, text in cells.items():
                if j < width:
                    line[j] = text
        beyond.update(j for j in cells if j >= width)
        lines.append(line)
        if row.defects:
            defects[i] = row.defects
    return {"n": [row.number for row in rows], "r": lines, "d": defects, "b": sorted(beyond)[:50]}


def tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")))
    sys.stdout.write("\n")


def batches(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def run(kind: str, path: str, limits: Limits) -> None:
    book = open_book(kind, path, limits)
    if len(book.sheets) > SHEETS:
        raise refuse("file.too_many_sheets", sheets=len(book.sheets), limit=SHEETS)
    heads: list[dict[str, object]] = []
    for i, sheet in enumerate(book.sheets):
        if sheet.visible and len(heads) < HEAD_SHEETS:
            first = list(islice(book.rows(i, 0), HEAD))
            width = max((max(row.cells, default=-1) + 1 for row in first), default=0)
            sheet.merged, sheet.first_merged = 0, ""
            heads.append({"i": i, "name": sheet.name, **packed(first, min(width, limits.columns + 100))})
    hidden = [sheet.name for sheet in book.sheets if not sheet.visible]
    tell({"heads": heads, "hidden": hidden, "epoch_1904": book.epoch_1904, "macros": book.macros})
    sys.stdout.flush()
    order = sys.stdin.readline()
    if not order:
        return
    wanted = json.loads(order)
    hidden_rows = first_hidden = 0
    for batch in batches(book.rows(wanted["sheet"], wanted["after"])):
        for row in batch:
            if row.hidden and row.number > wanted["after"]:
                hidden_rows += 1
                first_hidden = first_hidden or row.number
        tell(packed(batch, wanted["width"]))
    sheet = book.sheets[wanted["sheet"]]
    tell(
        {"end": True, "hidden_rows": hidden_rows, "first_hidden": first_hidden, "merged": sheet.merged, "first_merged": sheet.first_merged}
    )


def main() -> int:
    kind, path, given = sys.argv[1:4]
    limits = Limits(**json.loads(given))
    guard(limits.memory, limits.seconds)
    refused: Refused
    try:
        run(kind, path, limits)
        sys.stdout.flush()
        return 0
    except Stop as stop:
        refused = stop.refused
    except Refused as error:
        refused = error
    except (zipfile.BadZipFile, expat.ExpatError, EOFError, KeyError, ValueError, NotImplementedError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            return 0
        refused = refuse("file.broken", what=kind)
        sys.stderr.write(f"{type(error).__name__}: {error}\n"[:500])
    except MemoryError:
        return 3
    tell({"refused": refused.code, "message": refused.message, "slots": refused.slots})
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
