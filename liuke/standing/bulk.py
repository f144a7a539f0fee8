"""Many rows into one table, as fast as the database takes them.

PostgreSQL: COPY inside the current transaction. SQLite: `executemany` inside the current transaction for few rows; for very many, a
child process with its own connection (a second SQLite library inside one process would drop the first one's file locks). Rows written
by the child are committed on their own, so the caller makes them visible only afterwards, by a row of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
from django.db import connection, transaction

CHILD_ROWS = 200_000
BATCH = 50_000


def insert(table: str, rows: pa.Table) -> None:
    """Append `rows` (column names are the table's; dates as date32, the id column left out) to a table of ours."""
    with writer(table, rows.num_rows) as write:
        write(rows)


@contextmanager
def writer(table: str, many: int) -> Iterator[Callable[[pa.Table], None]]:
    """Yields a function that appends rows, as `insert` takes them; about `many` will come, in parts of one schema."""
    if connection.vendor == "postgresql":
        yield lambda rows: _copy(table, rows)
    elif many < CHILD_ROWS or connection.in_atomic_block or not Path(str(connection.settings_dict["NAME"])).is_file():
        yield lambda rows: _executemany(table, rows)
    else:
        with _child(table) as write:
            yield write


def look_over(table: str) -> None:
    """Let the database see what a table holds now, by a sample: without it, it may go through everything where a few rows are meant."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute(f'ANALYZE "{table}"')


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _copy(table: str, rows: pa.Table) -> None:
    sql = f'COPY "{table}" ({_quoted(rows.column_names)}) FROM STDIN (FORMAT csv)'
    options = pa.csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor:
        driver: Any = cursor.cursor
        with driver.copy(sql) as copy:
            for batch in rows.to_batches(BATCH):
                sink = pa.BufferOutputStream()
                pa.csv.write_csv(pa.Table.from_batches([batch]), sink, options)
                copy.write(memoryview(sink.getvalue()))


def _executemany(table: str, rows: pa.Table) -> None:
    plain = _iso_dates(rows)
    marks = ", ".join(["%s"] * plain.num_columns)
    sql = f'INSERT INTO "{table}" ({_quoted(plain.column_names)}) VALUES ({marks})'  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:  # one commit, not one a row
        for batch in plain.to_batches(BATCH):
            cursor.executemany(sql, list(zip(*(column.to_pylist() for column in batch.columns), strict=True)))


def _iso_dates(rows: pa.Table) -> pa.Table:
    """SQLite keeps dates as text."""
    fields = [pa.field(field.name, pa.string()) if pa.types.is_date(field.type) else field for field in rows.schema]
    return rows.cast(pa.schema(fields))


@contextmanager
def _child(table: str) -> Iterator[Callable[[pa.Table], None]]:
    """Yields the writer of a stream that the child appends meanwhile; it has all rows, or none, when the block ends."""
    command = [sys.executable, "-m", "liuke.standing.bulk_child", str(connection.settings_dict["NAME"]), table]
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as child:  # noqa: S603
        stream: Any = None

        def write(rows: pa.Table) -> None:
            nonlocal stream
            plain = _iso_dates(rows)
            stream = stream or pa.ipc.new_stream(child.stdin, plain.schema)
            stream.write_table(plain, max_chunksize=BATCH)

        try:
            yield write
            if stream:
                stream.close()
        except BrokenPipeError:  # the child has said why
            pass
        except BaseException:
            child.kill()  # half a stream would be taken for a whole one
            raise
        if child.stdin:
            with suppress(BrokenPipeError):
                child.stdin.close()
        if child.wait():
            said.seek(0)
            raise RuntimeError(f"bulk load of {table} failed: {said.read().decode(errors='replace')[-500:]}")
