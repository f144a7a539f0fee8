"""Finds the heading among the first rows, and says which column is which field."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from liuke.exchange.datasets.field import Dataset, foreign, plain
from liuke.exchange.readers.source import Sheet
from liuke.exchange.words import refuse


@dataclass
class Match:
    """`columns`: field code → its columns (more than one only for fields that take several). `doubled`: fields with too many columns."""

    columns: dict[str, list[int]] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)
    doubled: dict[str, list[int]] = field(default_factory=dict)

    def missing(self, dataset: Dataset) -> list[tuple[str, ...]]:
        """Groups of which no field has a column."""
        return [group for group in dataset.needs if not any(code in self.columns or code in self.doubled for code in group)]


@dataclass
class Heading:
    """Where the heading stands: sheet, row number, its texts and what they were matched to."""

    sheet: Sheet
    row: int
    texts: list[str]
    match: Match
    above: int


def signature(texts: list[str]) -> str:
    """The same for files that come from the same place: a hash of the heading's words in order."""
    return hashlib.sha256("\x1f".join(plain(text) for text in texts).encode()).hexdigest()


def match_columns(texts: list[str], dataset: Dataset, given: Mapping[str, str]) -> Match:
    """Columns by what was said (`given`: plain heading → field code, "" for a column to be left out), then by words, then by weak words."""
    found: dict[str, list[int]] = {}
    taken: set[int] = set()
    said: set[str] = set()
    names = [plain(text) for text in texts]
    for i, name in enumerate(names):
        if name and name in given:
            taken.add(i)
            if given[name]:
                found.setdefault(given[name], []).append(i)
                said.add(given[name])
    strong = {
        plain(word): each
        for each in reversed(dataset.fields)
        for word in (each.code, each.label, *each.words)
        if word in each.words or word not in each.weak
    }
    weak = {plain(word): each for each in reversed(dataset.fields) for word in each.weak}
    for words, only_free in ((strong, False), (weak, True)):
        free = {each.code for each in dataset.fields} - found.keys() if only_free else None
        for i, name in enumerate(names):
            each = words.get(name)
            if i in taken or each is None or each.code in said or (free is not None and each.code not in free):
                continue
            if each.kind in ("amount", "exact") and foreign(texts[i]):
                continue
            found.setdefault(each.code, []).append(i)
            taken.add(i)
    match = Match(unknown=[i for i, text in enumerate(texts) if i not in taken and text.strip()])
    for code, columns in found.items():
        if len(columns) > 1 and not dataset.field(code).several:
            match.doubled[code] = columns
        else:
            match.columns[code] = columns
    return match


def find_heading(sheets: list[Sheet], dataset: Dataset, given: Mapping[str, str], remembered: Mapping[str, Mapping[str, str]]) -> Heading:
    """The heading of the first sheet that has one with everything needed; else of the one that comes nearest.

    `remembered`: signature of a heading → what its columns were matched to last time. Raises Refused `file.no_heading`,
    `file.two_headings`, `file.duplicate_headings`, `file.no_rows`.
    """
    best: tuple[int, Heading, int] | None = None
    for sheet in sheets:
        fitting: tuple[int, Heading, int] | None = None
        for i, row in enumerate(sheet.head.rows):
            if i in sheet.head.defects and any(defect.code.startswith("row.") for defect in sheet.head.defects[i]):
                continue
            texts = _trimmed(row)
            if not any(texts):
                continue
            said = {**remembered.get(signature(texts), {}), **given}
            match = match_columns(texts, dataset, said)
            score = len(match.columns) + len(match.doubled)
            if score == 0:
                continue
            above = sum(1 for earlier in sheet.head.rows[:i] if any(cell.strip() for cell in earlier))
            candidate = (score, Heading(sheet, sheet.head.numbers[i], texts, match, above), i)
            if not match.missing(dataset) and (fitting is None or score > fitting[0]):
                fitting = candidate
            if best is None or score > best[0]:
                best = candidate
        if fitting is not None:
            return _checked(fitting[1], fitting[2], dataset)
    if best is None or best[0] < 2:
        required = "；".join("或".join(dataset.field(code).label for code in group) for group in dataset.needs)
        raise refuse("file.no_heading", dataset=dataset.label, required=required)
    return _checked(best[1], best[2], dataset)


def _checked(heading: Heading, at: int, dataset: Dataset) -> Heading:
    rows, numbers = heading.sheet.head.rows, heading.sheet.head.numbers
    words = {plain(word) for each in dataset.fields for word in (each.label, each.code, *each.words)}
    for other in (at - 1, at + 1):
        if not 0 <= other < len(rows) or abs(numbers[other] - heading.row) != 1:
            continue
        cells = _trimmed(rows[other])
        told = [j for j, text in enumerate(cells) if plain(text) in words]
        filled = [j for j, text in enumerate(cells) if text.strip()]
        # The other row names columns that this one leaves without a name, or is itself mostly made of names of columns.
        fills_gap = any(j >= len(heading.texts) or not heading.texts[j].strip() for j in told)
        repeats = cells == heading.texts
        if not repeats and told and (fills_gap or (len(told) >= 2 and 2 * len(told) >= len(filled) and other > at)):
            first, second = sorted((numbers[other], heading.row))
            raise refuse("file.two_headings", first=first, second=second)
    # The same words twice: which of the two is meant must be asked, unless neither is read.
    seen: dict[str, list[int]] = {}
    for j, text in enumerate(heading.texts):
        if plain(text):
            seen.setdefault(" ".join(text.split()).lower(), []).append(j)
    read = {j for columns in [*heading.match.columns.values(), *heading.match.doubled.values()] for j in columns}
    twice = [heading.texts[columns[0]].strip() for columns in seen.values() if len(columns) > 1 and read & set(columns)]
    if twice:
        raise refuse("file.duplicate_headings", columns="、".join(twice[:10]))
    return heading


def _trimmed(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return [cell.strip() for cell in row[:end]]
