"""Many rows into a table at the speed of the database: executemany on SQLite, COPY on PostgreSQL. Inside the caller's transaction."""

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

from liuke.vault.fields import SealedTextField

VALUES = 480


@contextlib.contextmanager
def room() -> Iterator[None]:
    """Memory for one large transaction on SQLite, so that its pages are written once rather than again and again."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        kept = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute("PRAGMA cache_size=-65536")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size={int(kept)}")


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
    rows = _sealed(given, rows)
    rest = [field for name, field in fields.items() if name not in columns and not field.primary_key]
    now = stamp()
    tail = tuple(_default(field, now) for field in rest)
    names = ", ".join(f'"{field.column}"' for field in chain(given, rest))
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _insert_sqlite(f'INSERT INTO "{table}" ({names}) VALUES ', len(given), tail, rows)  # noqa: S608 - names of our own models
        else:
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row + tail)


def _insert_sqlite(start: str, width: int, tail: tuple[Any, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Some hundred values a statement: twice as fast as row by row, and the defaults are written into the statement once."""
    one = "(" + ", ".join(["?"] * width + [_literal(value) for value in tail]) + ")"
    at_once = max(1, VALUES // width)
    # Django's own cursor would look at every parameter; the connection underneath takes them as they are.
    raw = connection.connection
    whole = start + ", ".join([one] * at_once)
    left = iter(rows)
    while piece := list(islice(left, at_once)):
        statement = whole if len(piece) == at_once else start + ", ".join([one] * len(piece))
        raw.execute(statement, list(chain.from_iterable(piece)))


def _literal(value: Any) -> str:
    """A default of our own models as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value))


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Set `columns` of rows given as (*values, id)."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    sets = ", ".join(f'"{fields[name].column}" = %s' for name in columns)
    rows = _sealed([fields[name] for name in columns], rows)
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{model._meta.db_table}" SET {sets} WHERE "id" = %s', list(rows))  # noqa: S608


def _sealed(given: Sequence[models.Field[Any, Any]], rows: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    """The rows with what belongs into sealed columns sealed."""
    sealers = [(place, field) for place, field in enumerate(given) if isinstance(field, SealedTextField)]
    return (_with_seals(row, sealers) for row in rows) if sealers else rows


def _with_seals(row: tuple[Any, ...], sealers: list[tuple[int, SealedTextField]]) -> tuple[Any, ...]:
    cells = list(row)
    for place, field in sealers:
        cells[place] = field.seal(cells[place])
    return tuple(cells)


def _default(field: models.Field[Any, Any], now: str) -> Any:
    if isinstance(field, models.DateTimeField):
        return None if field.null else now
    if isinstance(field, SealedTextField):
        return ""
    if isinstance(field, models.JSONField):
        return "{}" if field.default is dict else "[]" if field.default is list else None
    if field.has_default():
        return field.get_default()
    if field.null:
        return None
    return "" if isinstance(field, models.CharField | models.TextField) else 0
