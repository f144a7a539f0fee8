"""What the wizard on the web needs beside the verbs: what a dry run or a load found, kept beside the file until it is looked at.

It lies in the data folder under the name of the upload, readable by its owner only, with telephones and their like masked.
"""

import gzip
import json
import os
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connection, transaction

from liuke.exchange import actions, engine, undoing
from liuke.exchange.datasets.field import Field
from liuke.exchange.errors import write_errors
from liuke.exchange.labels import State
from liuke.exchange.models import Load
from liuke.exchange.parsers import Bad, Column, Reading
from liuke.exchange.reading_right import read_right
from liuke.exchange.report import Options, Progress, Refusal, Report
from liuke.exchange.storage import path_of
from liuke.exchange.table import Table, check_columns
from liuke.kernel import clock
from liuke.kernel.masks import mask_address, mask_id, mask_wechat
from liuke.kernel.phone import mask_phone
from liuke.kernel.plate import mask_plate
from liuke.kernel.refusal import Refused, shown
from liuke.team.models import User

KEPT_PER_REASON = 300
KEPT_CHANGES = 200
UNDO_TRIED = 5_000  # rows up to which an undo is tried, and rolled back, to say beforehand what would stay
_LONG_NUMBER = re.compile(r"[0-9０-９]{9,}[Xx]?")  # telephones, identity cards, bank accounts


@dataclass
class ColumnSeen:
    """One column: its heading, the field it goes to ("" for none), its first value as it is written and as it is read (kind, value)."""

    heading: str
    field: str
    written: str = ""
    read: tuple[str, Any] = ("", "")


@dataclass
class Seen:
    """`refused`: a sample of the refused rows as (row, column, written, code, message, slots). `problem`: (code, message, slots) of why the
    file cannot be loaded as its columns are matched now; without `columns` it cannot be used at all. `undone`: what an undo did."""

    columns: list[ColumnSeen] = field(default_factory=list)
    heading_row: int = 0
    missing: list[list[str]] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    problem: list[Any] | None = None
    refused: list[list[Any]] = field(default_factory=list)
    changes: list[list[Any]] = field(default_factory=list)
    right: dict[str, int] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    right_whole: bool = True
    undone: dict[str, Any] | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        columns = [ColumnSeen(each["heading"], each["field"], each["written"], tuple(each["read"])) for each in kept["columns"]]
        return cls(**{**kept, "columns": columns})


def seen(load: Load) -> Seen | None:
    """What was found the last time; None while nothing has been."""
    try:
        return Seen.of(json.loads(_beside(load, "seen.json").read_text("utf-8")))
    except FileNotFoundError:
        return None


def check(load: Load, mapping: Mapping[str, str], options: Options) -> Seen:
    """The dry run with everything the page shows. A file that cannot be used is told in `problem`, never raised."""
    found = Seen()
    today = clock.today()
    Load.objects.filter(pk=load.pk).update(state=State.UPLOADED, done=0, failure="")
    load.state, load.mapping, load.options, load.failure = State.UPLOADED, dict(mapping), options.as_json(), ""
    try:
        with engine.open_file(path_of(load.stored), engine.dataset_of(load.dataset), mapping, strict=False) as table:
            _look(table, today, found)
            check_columns(table)
            right = read_right(table, today)
            found.right, found.dates, found.right_whole = dict(right.counts), list(right.dates.values()), right.whole
        report = actions.check(load, mapping, options, _progress(load, 0))
        _keep_report(load, report, found)
    except Refused as refused:
        found.problem = _plain(refused)
        load.state = State.UPLOADED if found.columns else State.FAILED
        load.failure, load.counts, load.reasons, load.warnings = str(refused)[:500], {}, {}, []
        load.save()
    _keep(load, found)
    return found


def begin(load: Load) -> bool:
    """Marks a checked file as being loaded, so that a stop of the machine cannot forget it. False when somebody else was faster."""
    return bool(Load.objects.filter(pk=load.pk, state=State.CHECKED).update(state=State.LOADING, done=0, failure=""))


def run(actor: User | None, load: Load) -> Report:
    """Loads a checked file and keeps what was refused. Raises Refused."""
    found = seen(load) or Seen()
    report = actions.run(actor, load, _progress(load, int(load.counts.get("rows", 0))))
    _keep_report(load, report, found)
    _keep(load, found)
    return report


def undo(actor: User, load: Load) -> undoing.Undone:
    """Takes a load back and keeps the list of what stayed. Raises Refused."""
    undone = actions.undo(actor, load.pk)
    found = seen(load) or Seen()
    found.undone = {"deleted": undone.deleted, "restored": undone.restored, "kept": undone.kept[:KEPT_PER_REASON], "stays": len(undone.kept)}
    _keep(load, found)
    return undone


def try_undo(actor: User, load: Load) -> undoing.Undone | None:
    """What an undo would do now, by doing it and rolling it back; None where the load is too large for that."""
    if int(load.counts.get("rows", 0)) > UNDO_TRIED:
        return None
    with transaction.atomic():
        undone = undoing.take_back(load, actor)
        transaction.set_rollback(True)
    return undone


def errors_file(load: Load) -> Path | None:
    """The refused rows as an Excel file, written when first asked for. None where no row was refused."""
    target, refusals = _beside(load, "errors.xlsx"), _refusals(load)
    if not refusals:
        return None
    if not target.exists():
        half = _beside(load, f"errors.{os.getpid()}.part")
        with engine.open_file(path_of(load.stored), engine.dataset_of(load.dataset), load.mapping) as table:
            write_errors(table, refusals, half)
        half.chmod(0o600)
        half.replace(target)
    return target


def quick(load: Load) -> bool:
    """Whether a file is small enough to be read while a person waits: some thousands of rows."""
    import zipfile

    path = path_of(load.stored)
    try:
        with zipfile.ZipFile(path) as book:
            return sum(member.file_size for member in book.infolist()) < 3_000_000
    except (zipfile.BadZipFile, ValueError, OSError):
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return not packed and load.size < 400_000


# ── looking at the columns ───────────────────────────────────────────────────


def _look(table: Table, today: date, found: Seen) -> None:
    match = table.heading.match
    codes = {j: code for code, columns in [*match.columns.items(), *match.doubled.items()] for j in columns}
    head = table.heading.sheet.head
    first = [row for row, number in zip(head.rows, head.numbers, strict=True) if number > table.heading.row]
    for j, heading in enumerate(table.headings):
        written = next((row[j].strip() for row in first if j < len(row) and row[j].strip()), "")
        if not heading.strip() and not written:
            continue
        each = table.dataset.field(codes[j]) if j in codes else None
        found.columns.append(ColumnSeen(heading.strip(), codes.get(j, ""), veiled(each, written), _as_read(each, written, table, today)))
    found.heading_row = table.heading.row
    found.missing = [list(group) for group in match.missing(table.dataset)]
    found.doubled = list(match.doubled)


def _as_read(each: Field | None, written: str, table: Table, today: date) -> tuple[str, Any]:
    """(kind, value) for the page to write: "bad" with a refusal; "same" where it stands as it is written."""
    if each is None or not written or (each.kind == "choice" and not each.choices):
        return "same", ""
    value = Column(each, Reading(today, table.epoch, table.wan(each.code)))[written]
    if isinstance(value, Bad):
        return "bad", _plain(value.refused)
    if value is None:
        return "empty", ""
    match each.kind:
        case "phone":
            return "text", "、".join(map(mask_phone, value)) if isinstance(value, tuple) else ""
        case "date":
            return "date", str(value)
        case "moment":
            day, hour, minute = value  # type: ignore[misc, attr-defined]
            return "moment", [day.isoformat(), f"{hour:02}:{minute:02}"]
        case "amount":
            return "money", value
        case "plate":
            return "text", mask_plate(str(value))
    return "same", ""


def veiled(each: Field | None, text: str) -> str:
    """What a page may repeat of a cell: one line, cut short, no telephone or the like in full."""
    line = shown(text, 40)
    if each is not None:
        match each.kind, each.code:
            case "phone", _:
                digits = re.sub(r"\D", "", line)
                return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 8 else "****"
            case "plate", _:
                return line[:2] + "****" if len(line) > 3 else "****"
            case "credit_code", _:
                return mask_id(line)
            case _, "address":
                return mask_address(line)
            case _, "wechat":
                return mask_wechat(line)
    return _LONG_NUMBER.sub(lambda hit: f"{hit[0][:3]}****{hit[0][-2:]}", line)


# ── keeping ──────────────────────────────────────────────────────────────────


def _keep_report(load: Load, report: Report, found: Seen) -> None:
    dataset = engine.dataset_of(load.dataset)
    fields = {heading: dataset.field(code) for heading, code in report.mapping.items()}
    kept: Counter[str] = Counter()
    found.refused = []
    for refusal in report.refusals:
        if kept[refusal.code] < KEPT_PER_REASON:
            kept[refusal.code] += 1
            each = fields.get(refusal.column)
            # Telephones and their like were masked when they were refused; the rest is veiled here.
            masked = each is not None and (each.kind == "phone" or each.code in ("address", "wechat"))
            written = refusal.written if masked else veiled(each, refusal.written)
            found.refused.append([refusal.row, refusal.column, written, *_plain(refusal.refused)])
    found.changes = [
        [row, name, code, veiled(_field(dataset.fields, code), old), veiled(_field(dataset.fields, code), new)]
        for row, name, code, old, new in report.changes[:KEPT_CHANGES]
    ]
    lines = [[each.row, each.column, *_plain(each.refused)] for each in report.refusals]
    _write(_beside(load, "refused.gz"), gzip.compress(json.dumps(lines, ensure_ascii=False, default=str).encode(), 3))
    _beside(load, "errors.xlsx").unlink(missing_ok=True)


def _field(fields: tuple[Field, ...], code: str) -> Field | None:
    return next((each for each in fields if each.code == code), None)


def _refusals(load: Load) -> list[Refusal]:
    try:
        lines = json.loads(gzip.decompress(_beside(load, "refused.gz").read_bytes()))
    except FileNotFoundError:
        return []
    return [Refusal(row, column, "", Refused(code, message, **slots)) for row, column, code, message, slots in lines]


def _keep(load: Load, found: Seen) -> None:
    _write(_beside(load, "seen.json"), json.dumps(asdict(found), ensure_ascii=False, default=str).encode())


def forget(load: Load) -> None:
    """Drops what the last dry run found, as a new one begins."""
    _beside(load, "seen.json").unlink(missing_ok=True)


def _write(path: Path, body: bytes) -> None:
    half = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
    half.replace(path)


def _beside(load: Load, ending: str) -> Path:
    folder: Path = settings.UPLOADS
    return folder / f"{load.stored}.{ending}"


def _plain(refused: Refused) -> list[Any]:
    return [refused.code, refused.message, refused.slots]


def _progress(load: Load, total: int) -> Progress:
    """Rows read so far, for the page that waits; within the load's own transaction nobody could see them."""
    last = [0.0]

    def tell(stage: str, done: int) -> None:
        now = time.monotonic()
        if stage == "read" and not connection.in_atomic_block and (now - last[0] >= 1 or done >= total > 0):
            last[0] = now
            Load.objects.filter(pk=load.pk).update(done=done)

    return tell
