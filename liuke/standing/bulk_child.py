"""Child process of `bulk`: appends an Arrow file to a SQLite table in one transaction. Imports no Django."""

import sys

import adbc_driver_sqlite.dbapi as sqlite
import pyarrow as pa


def main(database: str, table: str, file: str) -> None:
    with pa.memory_map(file) as source, pa.ipc.open_file(source) as reader, sqlite.connect(database) as link, link.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=60000")
        cursor.fetchall()
        rows = pa.Table.from_batches([reader.get_batch(i) for i in range(reader.num_record_batches)], reader.schema)
        cursor.adbc_ingest(table, rows, mode="append")
        link.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
