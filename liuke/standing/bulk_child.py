"""Child process of `bulk`: appends the Arrow stream on its standard input to a SQLite table in one transaction. Imports no Django."""

import sys

import adbc_driver_sqlite.dbapi as sqlite
import pyarrow as pa


def main(database: str, table: str) -> None:
    with pa.ipc.open_stream(sys.stdin.buffer) as rows, sqlite.connect(database) as link, link.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=60000")
        cursor.fetchall()
        cursor.adbc_ingest(table, rows, mode="append")
        link.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
