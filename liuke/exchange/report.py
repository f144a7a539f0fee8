"""What a dry run or a load found, free of any door: counts, refusals with row numbers, warnings."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liuke.exchange.readers.source import Note
from liuke.exchange.words import WARNINGS
from liuke.kernel.refusal import Refused

Progress = Callable[[str, int], None]
"""Called with a stage ("read", "match", "write") and how many rows of it are done."""


def silent(stage: str, done: int) -> None:
    """The progress nobody looks at."""


@dataclass(frozen=True)
class Options:
    """`stores` and `staff` say what an unknown name in the file means here (name in the file → name in the system). A member of staff may
    mean nobody (""): who left long ago and has no successor."""

    create_customers: bool = False
    stores: Mapping[str, str] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"create_customers": self.create_customers, "stores": dict(self.stores), "staff": dict(self.staff)}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused row: its number, the column as the file calls it ("" for the whole row), what was written, and why."""

    row: int
    column: str
    written: str
    refused: Refused

    @property
    def code(self) -> str:
        return self.refused.code

    @property
    def reason(self) -> str:
        return str(self.refused)


@dataclass
class Report:
    """`rows` = created + updated + unchanged + refused, but where a deal has several lines: there rows and refused count lines, the others
    deals. Blank rows, totals and footers are `skipped` and not among the rows. `changes`: samples of (row, name, field, old, new).

    `changed_fields`: how many fields of rows on file get another value."""

    dataset: str
    id: int | None = None
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    customers_created: int = 0
    changed_fields: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    mapping: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    unknown_stores: list[str] = field(default_factory=list)
    unknown_staff: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len(self.refusals)

    @property
    def reasons(self) -> dict[str, int]:
        """Code of the rule → rows it refused, most first."""
        return dict(Counter(refusal.code for refusal in self.refusals).most_common())

    def sentences(self) -> dict[str, str]:
        """Code of the rule → the first sentence it said."""
        found: dict[str, str] = {}
        for refusal in self.refusals:
            found.setdefault(refusal.code, refusal.reason)
        return found

    def warn(self, code: str, **slots: str | int) -> None:
        self.warnings.append(Note(code, slots))

    def counts(self) -> dict[str, int]:
        names = ("rows", "created", "updated", "unchanged", "refused", "skipped", "customers_created", "changed_fields")
        return {name: getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints. The first eight keys are fixed."""
        return {
            "id": self.id,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "reasons": self.reasons,
            "skipped": self.skipped,
            "warnings": [sentence(note) for note in self.warnings],
            "reason_texts": self.sentences(),
            "customers_created": self.customers_created,
            "mapping": self.mapping,
        }


def sentence(note: Note) -> str:
    """A warning in Chinese."""
    return WARNINGS[note.code] % note.slots
