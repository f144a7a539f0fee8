"""Many rows into a table at the speed of the database: executemany on SQLite, COPY on PostgreSQL. Inside the caller's transaction."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

BATCH = 900


def stamp() -> str:
    """Now, as this database keeps a time."""
    now = timezone.now().astimezone(dt.UTC)
    return now.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if connection.vendor == "sqlite" else "+00:00")


def plain(value: Any) -> Any:
    """A value as both databases take it in bulk."""
    if isinstance(value, dt.datetime):
        text = value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return text if connection.vendor == "sqlite" else f"{text}+00:00"
    return value.isoformat() if isinstance(value, dt.date) else value


def reserve(model: type[models.Model], count: int) -> Iterator[int]:
    """`count` primary keys nobody else will get."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The write lock is ours (transactions begin IMMEDIATE), so the next numbers are too.
            cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
            used = (cursor.fetchone() or [0])[0] or 0
            cursor.execute(f'SELECT max(id) FROM "{table}"')  # noqa: S608 - our own table name
            first = max(used, cursor.fetchone()[0] or 0) + 1
            return iter(range(first, first + count))
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return iter([row[0] for row in cursor.fetchall()])


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows of `columns` (attribute names); every other column gets the model's default, times are now.

    Dates and decimals are given as text or as Python values; the database checks them like any other.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    given = [fields[name] for name in columns]
    rest = [field for name, field in fields.items() if name not in columns and not field.primary_key]
    now = stamp()
    tail = tuple(_default(field, now) for field in rest)
    names = ", ".join(f'"{field.column}"' for field in chain(given, rest))
    table = model._meta.db_table
    filled = (row + tail for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * (len(given) + len(tail)))
            # Django's own cursor would rewrite every row's parameters; the connection underneath takes them as they are.
            connection.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', filled)  # noqa: S608
        else:
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in filled:
                    copy.write_row(row)


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Set `columns` of rows given as (*values, id)."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    sets = ", ".join(f'"{fields[name].column}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {sets} WHERE "id" = %s', list(rows))  # noqa: S608


def batches(values: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """Pieces small enough for one statement."""
    left = iter(values)
    while piece := list(islice(left, size)):
        yield piece


def _default(field: models.Field[Any, Any], now: str) -> Any:
    if isinstance(field, models.DateTimeField):
        return None if field.null else now
    if isinstance(field, models.JSONField):
        return "{}" if field.default is dict else "[]" if field.default is list else None
    if field.has_default():
        return field.get_default()
    if field.null:
        return None
    return "" if isinstance(field, models.CharField | models.TextField) else 0
