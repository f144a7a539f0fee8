"""Many rows into one table, as fast as the database takes them.

PostgreSQL: COPY inside the current transaction. SQLite: `executemany` inside the current transaction for few rows; for very many, a
child process with its own connection (a second SQLite library inside one process would drop the first one's file locks). Rows written
by the child are committed on their own, so the caller makes them visible only afterwards, by a row of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
from django.db import connection, transaction

CHILD_ROWS = 200_000
BATCH = 50_000


def insert(table: str, rows: pa.Table) -> None:
    """Append `rows` (column names are the table's; dates as date32, the id column left out) to a table of ours."""
    if connection.vendor == "postgresql":
        _copy(table, rows)
    elif rows.num_rows < CHILD_ROWS or connection.in_atomic_block or not Path(str(connection.settings_dict["NAME"])).is_file():
        _executemany(table, rows)
    else:
        _child(table, rows)


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


def _child(table: str, rows: pa.Table) -> None:
    with tempfile.TemporaryDirectory(prefix="liuke-") as folder:
        file = Path(folder) / "rows.arrow"
        pa.feather.write_feather(_iso_dates(rows), str(file), compression="uncompressed")
        command = [sys.executable, "-m", "liuke.standing.bulk_child", str(connection.settings_dict["NAME"]), table, str(file)]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"bulk load of {table} failed: {done.stderr[-500:]}")
