"""An opened file of a known kind: its heading matched to fields, its rows in chunks of columns, totals and footers left out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from liuke.exchange.datasets.field import Dataset, in_wan, plain
from liuke.exchange.heading import Heading, find_heading, signature
from liuke.exchange.limits import LIMITS, Limits
from liuke.exchange.readers import open_source
from liuke.exchange.readers.coded import Coded
from liuke.exchange.readers.guarded import Guarded
from liuke.exchange.readers.source import Batch, Defect, Note, Source
from liuke.exchange.words import refuse

_TOTAL = re.compile(
    r"(?:(?:本页|全部|以上|金额|数量)?(?:合|总|小|共|累)\s*计|grand\s*total|sub\s*-?total|total|总数)(?:[(（][^()（）]{1,6}[)）])?\s*(?:[:：].*)?",
    re.S,
)
_FOOTER = re.compile(
    r"(?:制表|打印|导出|审核|填表|编制|复核|备注|说明|注|数据来源|统计)[^:：]{0,6}[:：].*"
    r"|(?:第\s*\d+\s*页|共\s*\d+\s*[条页行笔]).*"
    r"|[-—=*_ ]{3,}",
    re.S,
)
_MEMORY = 20_000


@dataclass
class Chunk:
    """Rows as columns: `cells[j][i]` is the text of column j in row `numbers[i]`."""

    numbers: Sequence[int]
    cells: Sequence[Sequence[str]]
    defects: dict[int, list[Defect]] = field(default_factory=dict)


class Table:
    """`skipped` and `notes` are complete when the chunks ran out."""

    def __init__(self, source: Source, dataset: Dataset, heading: Heading, limits: Limits) -> None:
        self.source, self.dataset, self.heading, self.limits = source, dataset, heading, limits
        self.columns = heading.match.columns
        self.headings = heading.texts
        self.epoch = 1904 if source.epoch_1904 else 1900
        self.skipped = 0
        self.own_notes: list[Note] = []
        self.notes: list[Note] = []

    @property
    def signature(self) -> str:
        return signature(self.headings)

    @property
    def mapping(self) -> dict[str, str]:
        """Heading → field code, of the columns that are read."""
        return {self.headings[j]: code for code, columns in self.columns.items() for j in columns}

    def wan(self, code: str) -> bool:
        """Whether the amounts of this field's column are in 万元."""
        return any(in_wan(self.headings[j]) for j in self.columns.get(code, ()))

    def heading_of(self, code: str) -> str:
        """How the file itself calls the column of a field; its label where it has none."""
        columns = self.columns.get(code)
        return self.headings[columns[0]] if columns else self.dataset.field(code).label

    def chunks(self) -> Iterator[Chunk]:
        """All rows under the heading but blank ones, totals, footers and repeated headings. Raises Refused `file.*`."""
        width = len(self.headings)
        self.skipped = rows = 0
        self.source.blank = 0
        del self.source.notes[:]
        suspicious = _Suspicion(plain(self.headings[0]))
        read = sorted({j for columns in self.columns.values() for j in columns})
        row = self.heading.row
        index = self.heading.sheet.index
        batches = self.source.batches(index, width, row) if isinstance(self.source, Guarded) else self.source.batches(index, width)
        for batch in batches:
            if batch.numbers[0] <= row:
                _drop_until(batch, row)
                if not len(batch.numbers):
                    continue
            if batch.columns is not None:
                chunk = self._by_columns(batch, batch.columns, suspicious, read)
                rows += len(chunk.numbers)
                self._count(rows)
                if len(chunk.numbers):
                    yield chunk
                continue
            lead = [line[0] for line in batch.rows]
            doubtful = [i for i, text in enumerate(lead) if suspicious[text]]
            gone = {i for i in doubtful if self._skips(batch.rows[i], batch.numbers[i], read, batch.defects.get(i, ()))}
            if gone:
                self.skipped += len(gone)
                batch = _without(batch, gone)
                if not batch.rows:
                    continue
            rows += len(batch.rows)
            self._count(rows)
            yield Chunk(batch.numbers, list(zip(*batch.rows, strict=True)), batch.defects)
        self.skipped += self.source.blank
        self.notes = [*self.own_notes, *self.source.notes]

    def _count(self, rows: int) -> None:
        if rows > self.limits.rows:
            raise refuse("file.too_many_rows", limit=self.limits.rows)

    def _by_columns(self, batch: Batch, columns: list[Coded], suspicious: "_Suspicion", read: list[int]) -> Chunk:
        lead = columns[0]
        doubtful = lead.where([k for k, text in enumerate(lead.values) if suspicious[text]])
        gone = [i for i in doubtful if self._skips([column[i] for column in columns], batch.numbers[i], read)]
        if not gone:
            return Chunk(batch.numbers, columns)
        self.skipped += len(gone)
        kept = np.ones(len(lead), dtype=bool)
        kept[gone] = False
        left = set(gone)
        numbers = [number for i, number in enumerate(batch.numbers) if i not in left]
        return Chunk(numbers, [Coded(column.values, column.codes[kept]) for column in columns])

    def _skips(self, line: list[str], number: int, read: list[int], defects: Sequence[Defect] = ()) -> bool:
        filled = [cell.strip() for cell in line if cell.strip()]
        if defects:
            # A total is mostly a formula, often without its stored value: what is wrong with its cells does not matter. A row whose very
            # text cannot be trusted, or that says nothing else, is refused and never skipped.
            return bool(filled) and all(each.code.startswith("cell.") for each in defects) and self._ends(line, filled)
        if not filled:
            return True
        if [plain(cell) for cell in line] == [plain(text) for text in self.headings]:
            return True
        if self._ends(line, filled):
            return True
        if not any(line[j].strip() for j in read):
            if not any(note.code == "far_rows" for note in self.own_notes):
                self.own_notes.append(Note("far_rows", {"row": number}))
            return True
        return False

    def _ends(self, line: list[str], filled: list[str]) -> bool:
        """Whether this is a total or a footer."""
        lacks = any(not any(line[j].strip() for code in group for j in self.columns.get(code, ())) for group in self.dataset.needs)
        if _TOTAL.fullmatch(filled[0].lower()) and (lacks or line[0].strip() == filled[0]):
            return True
        return len(filled) <= 2 and bool(_FOOTER.fullmatch(filled[0])) and (lacks or len(filled) == 1)

    def close(self) -> None:
        self.source.close()

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Suspicion(dict[str, bool]):
    """Which first cells make a row worth a second look. Remembered, since most files repeat them."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.heading = heading

    def __missing__(self, text: str) -> bool:
        if len(self) > _MEMORY:
            self.clear()
        bare = text.strip()
        answer = not bare or bool(_TOTAL.fullmatch(bare.lower())) or bool(_FOOTER.fullmatch(bare)) or plain(bare) == self.heading
        self[text] = answer
        return answer


def _drop_until(batch: Batch, row: int) -> None:
    gone = sum(1 for number in batch.numbers if number <= row)
    batch.numbers, batch.rows = batch.numbers[gone:], batch.rows[gone:]
    if batch.columns is not None:
        batch.columns = [column[gone:] for column in batch.columns]
    batch.defects = {i - gone: found for i, found in batch.defects.items() if i >= gone}


def _without(batch: Batch, gone: set[int]) -> Batch:
    kept = [i for i in range(len(batch.rows)) if i not in gone]
    new = {old: i for i, old in enumerate(kept)}
    defects = {new[i]: found for i, found in batch.defects.items() if i in new}
    return Batch([batch.numbers[i] for i in kept], [batch.rows[i] for i in kept], defects)


def open_table(
    path: Path,
    dataset: Dataset,
    *,
    given: Mapping[str, str] | None = None,
    remembered: Mapping[str, Mapping[str, str]] | None = None,
    limits: Limits = LIMITS,
    strict: bool = True,
) -> Table:
    """The file as a table of this kind. `given`: heading → field code ("" leaves the column out).

    With `strict` (the command line) columns that are missing or doubled are refused; without it (the wizard) the table is given back so
    that a person can match the columns. Raises Refused `file.*`.
    """
    source = open_source(path, limits)
    try:
        said = {plain(heading): code for heading, code in (given or {}).items()}
        sheets = source.heads()
        heading = find_heading(sheets, dataset, said, remembered or {})
        table = Table(source, dataset, heading, limits)
        table.own_notes = [*source.notes, *_first_notes(table, source)]
        others = [sheet.name for sheet in sheets if sheet is not heading.sheet and any(map(any, sheet.head.rows))]
        if others:
            table.own_notes.append(Note("other_sheets", {"name": heading.sheet.name, "names": "、".join(others[:10])}))
        if strict:
            check_columns(table)
        return table
    except BaseException:
        source.close()
        raise


def check_columns(table: Table) -> None:
    """Refuses what cannot be loaded as it is matched now: `file.missing_columns`, `file.two_columns_one_field`."""
    match, dataset = table.heading.match, table.dataset
    for code, columns in match.doubled.items():
        names = [table.headings[j] for j in columns]
        raise refuse(
            "file.two_columns_one_field", field=dataset.field(code).label, columns="、".join(names), first=names[0], field_code=code
        )
    missing = match.missing(dataset)
    if missing:
        words = "；".join("或".join(dataset.field(code).label for code in group) for group in missing)
        raise refuse("file.missing_columns", row=table.heading.row, columns=words, example=missing[0][0])


def _first_notes(table: Table, source: Source) -> list[Note]:
    notes: list[Note] = []
    if source.kind == "csv" and source.detail["encoding"] not in ("utf-8", "utf-8-sig"):
        notes.append(Note("encoding", {"encoding": source.detail["encoding"].upper()}))
    if table.heading.above:
        notes.append(Note("title_rows", {"row": table.heading.row, "count": table.heading.above}))
    unknown = [table.headings[j] for j in table.heading.match.unknown]
    if unknown:
        notes.append(Note("unknown_columns", {"columns": "、".join(unknown[:50])}))
    for each in table.dataset.fields:
        if each.kind == "amount" and table.wan(each.code):
            notes.append(Note("wan", {"column": table.heading_of(each.code)}))
    return notes
