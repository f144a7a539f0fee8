"""The full-text index over `Customer.search`, kept by the database itself, so that rows loaded in bulk are found too.

SQLite: an FTS5 table without a copy of the text, followed by triggers. PostgreSQL: a GIN index over the same words. A migration that makes
Django rebuild customers_customer on SQLite (anything beyond adding a nullable column) drops the triggers: it ends with
`migrations.RunPython(index.install, index.remove)` again. tests/customers/test_index.py fails when that was forgotten.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

TABLE = "customers_fts"

SQLITE = (
    """CREATE VIRTUAL TABLE customers_fts USING fts5(
        search, content='customers_customer', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0', prefix='1 2 3', columnsize=0)""",
    """CREATE TRIGGER customers_fts_insert AFTER INSERT ON customers_customer BEGIN
        INSERT INTO customers_fts(rowid, search) VALUES (new.id, new.search); END""",
    """CREATE TRIGGER customers_fts_delete AFTER DELETE ON customers_customer BEGIN
        INSERT INTO customers_fts(customers_fts, rowid, search) VALUES ('delete', old.id, old.search); END""",
    """CREATE TRIGGER customers_fts_update AFTER UPDATE OF search ON customers_customer WHEN old.search IS NOT new.search BEGIN
        INSERT INTO customers_fts(customers_fts, rowid, search) VALUES ('delete', old.id, old.search);
        INSERT INTO customers_fts(rowid, search) VALUES (new.id, new.search); END""",
    "INSERT INTO customers_fts(customers_fts) VALUES ('rebuild')",
)
SQLITE_GONE = (
    "DROP TRIGGER IF EXISTS customers_fts_insert",
    "DROP TRIGGER IF EXISTS customers_fts_delete",
    "DROP TRIGGER IF EXISTS customers_fts_update",
    "DROP TABLE IF EXISTS customers_fts",
)
POSTGRESQL = ("CREATE INDEX customers_fts ON customers_customer USING gin (to_tsvector('simple', search))",)
POSTGRESQL_GONE = ("DROP INDEX IF EXISTS customers_fts",)


def install(apps: Any, schema_editor: Any) -> None:
    """Build the index anew from what is on file (a RunPython step)."""
    remove(apps, schema_editor)
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL_GONE if schema_editor.connection.vendor == "postgresql" else SQLITE_GONE:
        schema_editor.execute(statement, params=None)


def compact(cursor: Any) -> None:
    """Drop from the index what it still keeps of words that are no longer on any card. SQLite marks words as gone and takes them out
    later; this takes them out now, and reads the whole index once. PostgreSQL's vacuum does the same by itself."""
    if connection.vendor == "sqlite":
        cursor.execute(f"INSERT INTO {TABLE}({TABLE}) VALUES ('optimize')")  # noqa: S608 -- a name of our own
