"""What the wizard on the web needs beside the verbs: what a dry run or a load found, kept beside the file until it is looked at.

It lies in the data folder under the name of the upload, readable by its owner only, with telephones and their like masked.
"""

import gzip
import json
import os
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from liuke.exchange import actions, engine, storage, undoing
from liuke.exchange.datasets.field import Field
from liuke.exchange.errors import write_errors
from liuke.exchange.labels import State
from liuke.exchange.models import Load
from liuke.exchange.reading_right import read_right
from liuke.exchange.report import Options, Progress, Refusal, Report
from liuke.exchange.seen import Seen, look, look_bare, plain, veiled
from liuke.exchange.storage import held, path_of
from liuke.exchange.table import check_columns
from liuke.exchange.words import refuse
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.notices.actions import tell
from liuke.team.models import User

KEPT_PER_REASON = 300
KEPT_CHANGES = 200
KEPT_DAYS = 30
UNDO_TRIED = 5_000  # rows up to which an undo is tried, and rolled back, to say beforehand what would stay

# Rules that look at the system and not at a cell: the fields they are about, and which of their slots holds what was written.
_ABOUT = {
    "unknown.store": (("unit",), "name"),
    "unknown.staff": (("owner", "staff"), "name"),
    "staff.ambiguous": (("owner", "staff"), "name"),
    "deal.unknown_customer": (("customer_number", "customer_name", "phone", "plate"), "customer"),
    "customer.no_name": (("name", "number"), ""),
    "payment.unknown_deal": (("deal_number",), "number"),
}


def seen(load: Load) -> Seen | None:
    """What was found the last time; None while nothing has been."""
    try:
        return Seen.of(json.loads(_beside(load, "seen.json").read_text("utf-8")))
    except FileNotFoundError:
        return None


def check(load: Load, mapping: Mapping[str, str], options: Options) -> Seen:
    """The dry run with everything the page shows. A file that cannot be used is told in `problem`, never raised."""
    found = Seen(given=dict(mapping))
    today = clock.today()
    free = Load.objects.filter(pk=load.pk, state__in=(State.UPLOADED, State.CHECKED, State.FAILED))
    if not free.update(state=State.UPLOADED, done=0, failure=""):
        # Somebody loads it meanwhile: what its dry run found stays.
        return seen(load) or found
    load.state, load.mapping, load.options, load.failure = State.UPLOADED, dict(mapping), options.as_json(), ""
    try:
        with engine.open_file(path_of(load.stored), engine.dataset_of(load.dataset), mapping, strict=False) as table:
            look(table, today, found)
            check_columns(table)
            right = read_right(table, today)
            found.right, found.dates, found.right_whole = dict(right.counts), list(right.dates.values()), right.whole
        report = actions.check(load, mapping, options, _progress(load, 0))
        _keep_report(load, report, found)
    except Refused as refused:
        found.problem = plain(refused)
        if refused.code == "file.no_heading":
            look_bare(path_of(load.stored), engine.dataset_of(load.dataset), found)
        load.state = State.UPLOADED if found.columns else State.FAILED
        load.failure, load.counts, load.reasons, load.warnings = str(refused)[:500], {}, {}, []
        load.save()
    if not mapping:
        _write(_beside(load, "guess.json"), json.dumps({each.heading: each.field for each in found.columns}, ensure_ascii=False).encode())
    _keep(load, found)
    return found


def changed(load: Load, wanted: Mapping[str, str]) -> dict[str, str]:
    """Of the columns as a person wants them, those that were not matched so by themselves: only these are said, the rest is found again."""
    try:
        guess: dict[str, str] = json.loads(_beside(load, "guess.json").read_text("utf-8"))
    except FileNotFoundError:
        guess = {}
    return {heading: code for heading, code in wanted.items() if code != guess.get(heading, "")}


def begin(load: Load) -> bool:
    """Marks a checked file as being loaded, so that a stop of the machine cannot forget it. False when somebody else was faster."""
    return bool(Load.objects.filter(pk=load.pk, state=State.CHECKED).update(state=State.LOADING, done=0, failure=""))


def run(actor: User | None, load: Load) -> Report:
    """Loads a checked file and keeps what was refused. Raises Refused."""
    found = seen(load) or Seen()
    try:
        report = actions.run(actor, load, _progress(load, int(load.counts.get("rows", 0))))
    except Exception:
        if actor is not None:
            tell([actor.pk], "import.failed", link=f"/imports/{load.pk}/", about=f"import:{load.pk}")
        raise
    _keep_report(load, report, found)
    _keep(load, found)
    return report


def undo(actor: User, load: Load) -> undoing.Undone:
    """Takes a load back and keeps the list of what stayed. Raises Refused."""
    undone = actions.undo(actor, load.pk)
    found = seen(load) or Seen()
    told = {"deleted": undone.deleted, "restored": undone.restored, "stays": len(undone.kept)}
    found.undone = {**told, "kept": undone.kept[:KEPT_PER_REASON]}
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
        given = (seen(load) or Seen()).given
        with engine.open_file(path_of(load.stored), engine.dataset_of(load.dataset), given) as table:
            write_errors(table, refusals, half)
        half.chmod(0o600)
        half.replace(target)
    return target


def busy(load: Load) -> bool:
    """Whether some process is loading this file now."""
    with held(load.stored) as free:
        return not free


def quick(load: Load) -> bool:
    """Whether a file is small enough to be read while a person waits: some thousands of rows."""
    path = path_of(load.stored)
    try:
        with zipfile.ZipFile(path) as book:
            return sum(member.file_size for member in book.infolist()) < 3_000_000
    except (zipfile.BadZipFile, ValueError, OSError):
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return not packed and load.size < 400_000


# ── keeping ──────────────────────────────────────────────────────────────────


def _keep_report(load: Load, report: Report, found: Seen) -> None:
    dataset = engine.dataset_of(load.dataset)
    fields = {heading: dataset.field(code) for heading, code in report.mapping.items()}
    kept: Counter[str] = Counter()
    found.refused = []
    for refusal in report.refusals:
        if kept[refusal.code] < KEPT_PER_REASON:
            kept[refusal.code] += 1
            column, written = _place(refusal, report.mapping)
            each = fields.get(column)
            # Telephones and their like were masked when they were refused; the rest is veiled here.
            masked = each is not None and (each.kind == "phone" or each.code in ("address", "wechat"))
            found.refused.append([refusal.row, column, written if masked else veiled(each, written), *plain(refusal.refused)])
    found.changes = [
        [row, name, code, veiled(_field(dataset.fields, code), old), veiled(_field(dataset.fields, code), new)]
        for row, name, code, old, new in report.changes[:KEPT_CHANGES]
    ]
    lines = [[each.row, each.column, *plain(each.refused)] for each in report.refusals]
    _write(_beside(load, "refused.gz"), gzip.compress(json.dumps(lines, ensure_ascii=False, default=str).encode(), 3))
    _beside(load, "errors.xlsx").unlink(missing_ok=True)


def _place(refusal: Refusal, mapping: Mapping[str, str]) -> tuple[str, str]:
    """Column and what was written. What is refused against the system names no column: the one it is about is found by the rule."""
    if refusal.column or refusal.code not in _ABOUT:
        return refusal.column, refusal.written
    fields, slot = _ABOUT[refusal.code]
    column = next((heading for code in fields for heading, field in mapping.items() if field == code), "")
    return column, str(refusal.refused.slots.get(slot, ""))


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


def gone(load: Load) -> bool:
    """Whether the file of this load was dropped meanwhile."""
    folder: Path = settings.UPLOADS
    return not (folder / load.stored).is_file()


def forget_old(now: datetime, days: int = KEPT_DAYS) -> int:
    """Drop files that lie here longer than `days`, with what was kept beside them: of loads that are done, and of those nobody went on
    with, which then say so. A load under way keeps its file. How many."""
    before = now - timedelta(days=days)
    old = Load.objects.exclude(state=State.LOADING).filter(created_at__lt=before).exclude(loaded_at__gte=before)
    dropped = 0
    for load in old.exclude(undone_at__gte=before):
        if gone(load):
            continue
        storage.forget(load.stored)
        dropped += 1
        if load.state in (State.UPLOADED, State.CHECKED, State.FAILED):
            why = refuse("load.file_gone")
            abandoned = Load.objects.filter(pk=load.pk, state=load.state)
            if abandoned.update(state=State.FAILED, failure=str(why)):
                _keep(load, Seen(problem=plain(why)))
    return dropped


def _write(path: Path, body: bytes) -> None:
    half = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
    half.replace(path)


def _beside(load: Load, ending: str) -> Path:
    folder: Path = settings.UPLOADS
    return folder / f"{load.stored}.{ending}"


def _progress(load: Load, total: int) -> Progress:
    """Rows read so far, for the page that waits; within the load's own transaction nobody could see them."""
    last = [0.0]

    def tell(stage: str, done: int) -> None:
        now = time.monotonic()
        if stage == "read" and not connection.in_atomic_block and (now - last[0] >= 1 or done >= total > 0):
            last[0] = now
            Load.objects.filter(pk=load.pk).update(done=done)

    return tell
