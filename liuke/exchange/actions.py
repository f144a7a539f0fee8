"""Verbs on files: receive, check (dry run), load in one go, undo. Free of any door: progress is a callback, results are dataclasses."""

import logging
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.exchange import bulk, engine, undoing
from liuke.exchange.labels import State
from liuke.exchange.mapping import options_of
from liuke.exchange.models import Load
from liuke.exchange.report import Options, Progress, Report, silent
from liuke.exchange.storage import forget, held, keep, path_of
from liuke.exchange.words import refuse
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import tell
from liuke.team.models import User
from liuke.team.permissions import require

SAMPLE_ROWS = 5
LOAD_LOCK = 0x4C49554B46  # one load at a time on PostgreSQL; SQLite has one writer anyway
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ColumnGuess:
    """One column of an uploaded file: heading, the field it was matched to ("" for none), what its first rows say."""

    heading: str
    field: str
    label: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What the wizard shows before the dry run. `problem` is why the file cannot be loaded as it is matched now, if so."""

    sheet: str
    heading_row: int
    columns: tuple[ColumnGuess, ...]
    fields: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]


def receive(actor: User | None, dataset: str, name: str, file: BinaryIO) -> Load:
    """Keeps a copy of an uploaded file. Raises Refused `permission`, `file.empty`, `file.too_big`."""
    _may(actor)
    engine.dataset_of(dataset)
    stored, digest, size = keep(file)
    if not size:
        forget(stored)
        raise refuse("file.empty")
    return Load.objects.create(
        dataset=dataset, name=clean(Path(name).name[-255:], 255), stored=stored, sha256=digest, size=size, actor=actor
    )


def preview(load: Load, mapping: Mapping[str, str] | None = None) -> Preview:
    """Columns with their matches and first rows, for a person to correct. Raises Refused `file.*` where there is no table at all."""
    dataset = engine.dataset_of(load.dataset)
    with engine.open_file(path_of(load.stored), dataset, mapping if mapping is not None else load.mapping, strict=False) as table:
        heading = table.heading
        fields = {j: code for code, columns in [*heading.match.columns.items(), *heading.match.doubled.items()] for j in columns}
        first = [row for row, number in zip(heading.sheet.head.rows, heading.sheet.head.numbers, strict=True) if number > heading.row]
        columns = tuple(
            ColumnGuess(
                text,
                fields.get(j, ""),
                dataset.field(fields[j]).label if j in fields else "",
                tuple(row[j] if j < len(row) else "" for row in first[:SAMPLE_ROWS]),
            )
            for j, text in enumerate(table.headings)
        )
        missing = tuple("或".join(dataset.field(code).label for code in group) for group in heading.match.missing(dataset))
        doubled = tuple(dataset.field(code).label for code in heading.match.doubled)
        known = tuple((each.code, each.label) for each in dataset.fields)
        return Preview(heading.sheet.name, heading.row, columns, known, missing, doubled)


def dry_run(
    path: Path, dataset: str, mapping: Mapping[str, str], options: Options, actor: User | None = None, progress: Progress = silent
) -> Report:
    """What loading this file would do, row by row. Leaves nothing behind. Raises Refused `file.*`."""
    _may(actor)
    with engine.many_objects(), closing(engine.read_file(engine.open_file(path, engine.dataset_of(dataset), mapping), progress)) as read:
        return engine.make_plan(read, actor, options)[1]


def check(load: Load, mapping: Mapping[str, str], options: Options, progress: Progress = silent) -> Report:
    """The dry run of a received file: uploaded or checked → checked, with what was found kept on the load. Raises Refused `file.*`."""
    if load.state not in (State.UPLOADED, State.CHECKED):
        raise _wrong_state(load, "试运行")
    progress = _kept_progress(load, progress)
    report = dry_run(path_of(load.stored), load.dataset, mapping, options, load.actor, progress)
    load.mapping, load.options = dict(mapping), options.as_json()
    _keep_report(load, report)
    load.state = State.CHECKED
    load.save()
    return report


def run(actor: User | None, load: Load, progress: Progress = silent) -> Report:
    """Loads a checked file in one transaction, audit entry and all: everything that is right, or nothing. Raises Refused.

    A process that dies here leaves the load in "loading" and nothing else; `resume_loads` takes it up again.
    """
    _may(actor)
    with held(load.stored) as free:
        if not free:
            raise refuse("file.busy")
        claimed = Load.objects.filter(pk=load.pk, state__in=[State.UPLOADED, State.CHECKED, State.LOADING]).update(state=State.LOADING)
        if not claimed:
            load.refresh_from_db()
            raise _wrong_state(load, "导入")
        try:
            with engine.many_objects():
                return _load(actor, load, _kept_progress(load, progress))
        except BaseException as error:
            # Rolled back as a whole; the load says why, and may be tried again.
            state = State.FAILED if isinstance(error, Refused) and error.code.startswith("file.") else State.CHECKED
            Load.objects.filter(pk=load.pk).update(state=state, failure=str(error)[:500])
            raise


def _load(actor: User | None, load: Load, progress: Progress) -> Report:
    options = options_of(load.options)
    table = engine.open_file(path_of(load.stored), engine.dataset_of(load.dataset), load.mapping)
    with closing(engine.read_file(table, progress)) as read:
        with bulk.room(), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOAD_LOCK])
            progress("match", read.report.rows)
            plan, report = engine.make_plan(read, actor, options)
            progress("write", read.report.rows)
            engine.apply_plan(plan, read, load, actor)
            report.id = load.pk
            load.mapping, load.signature = read.table.mapping, read.table.signature
            _keep_report(load, report)
            load.state, load.loaded_at, load.failure = State.LOADED, timezone.now(), ""
            load.save()
            record(actor, "import.load", load, dataset=load.dataset, file=load.name, sha256=load.sha256, **report.counts())
            if actor is not None:
                slots = {"n": report.created + report.updated, "refused": report.refused}
                tell([actor.pk], "import.done", slots=slots, link=f"/imports/{load.pk}/", about=f"import:{load.pk}")
        return report


def load_file(
    actor: User | None, path: Path, dataset: str, mapping: Mapping[str, str], options: Options, progress: Progress = silent
) -> Report:
    """Receive and load in one step, as the command line does. A file that cannot be used leaves nothing behind. Raises Refused."""
    if not path.is_file():
        raise refuse("file.missing", path=path.name)
    resumable = _interrupted(actor, path, dataset)
    if resumable is not None:
        load = resumable
    else:
        with path.open("rb") as file:
            load = receive(actor, dataset, path.name, file)
    load.mapping, load.options = dict(mapping), options.as_json()
    load.save()
    try:
        return run(actor, load, progress)
    except Refused:
        forget(load.stored)
        load.delete()
        raise


def _interrupted(actor: User | None, path: Path, dataset: str) -> Load | None:
    """The load of this very file that was cut off, if there is one."""
    size = path.stat().st_size
    waiting = Load.objects.filter(dataset=dataset, size=size, actor=actor, state=State.LOADING).order_by("pk")
    if not waiting.exists():
        return None
    import hashlib

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    for load in waiting.filter(sha256=digest):
        with held(load.stored) as free:
            if free:
                return load
    return None


def resume_loads() -> int:
    """Take up loads that a stop of the machine interrupted: nothing of them is in, so they are run from the start. How many."""
    resumed = 0
    for load in Load.objects.filter(state=State.LOADING).select_related("actor").order_by("pk"):
        try:
            run(load.actor, load)
        except Refused as refused:
            if refused.code != "file.busy":
                log.warning("load %s: %s", load.pk, refused.code)
            continue
        resumed += 1
    return resumed


def undo(actor: User | None, load_id: int) -> undoing.Undone:
    """Takes back a load as a whole. Rows changed since stay, and are listed. Raises Refused `load.*`."""
    _may(actor)
    loads = Load.objects.all() if actor is None else Load.objects.visible_to(actor)
    load = loads.filter(pk=load_id).first()
    if load is None:
        raise refuse("load.gone", id=load_id)
    with transaction.atomic():
        load = Load.objects.select_for_update(of=("self",)).get(pk=load.pk)
        if load.state != State.LOADED:
            raise _wrong_state(load, "撤销")
        undone = undoing.take_back(load, actor)
        load.state, load.undone_at = State.UNDONE, timezone.now()
        load.save()
        record(actor, "import.undo", load, deleted=undone.deleted, restored=undone.restored, kept=len(undone.kept))
    return undone


def _may(actor: User | None) -> None:
    if actor is not None:
        require(actor, "import.load")


def _wrong_state(load: Load, verb: str) -> Refused:
    return refuse("load.state", state=str(State(load.state).label), verb=verb)


def _keep_report(load: Load, report: Report) -> None:
    counts: dict[str, Any] = dict(report.counts())
    counts["unknown_stores"], counts["unknown_staff"] = report.unknown_stores[:200], report.unknown_staff[:200]
    load.counts, load.reasons = counts, report.reasons
    load.warnings = [[note.code, note.slots] for note in report.warnings]


def _kept_progress(load: Load, progress: Progress) -> Progress:
    """Reading is outside any transaction, so how far it is can be seen by others; the file's size in rows is not known before."""

    def tell(stage: str, done: int) -> None:
        if stage == "read" and not connection.in_atomic_block and done - tell.last >= 50_000:  # type: ignore[attr-defined]
            tell.last = done  # type: ignore[attr-defined]
            Load.objects.filter(pk=load.pk).update(done=done)
        progress(stage, done)

    tell.last = 0  # type: ignore[attr-defined]
    return tell
