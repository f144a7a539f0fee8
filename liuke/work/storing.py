"""Many rows of ours at once: an ORM insert spends most of its time on compiling, and a morning makes hundreds of thousands of them.

Inside the caller's transaction. What the database checks (keys, uniqueness) it checks here as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model
from django.db.models.fields import DateField, DateTimeField, DecimalField


def add(model: type[Model], rows: Sequence[Model]) -> None:
    """Insert new rows, as `bulk_create` does; each has its key afterwards."""
    if not rows:
        return
    fields: list[Any] = list(model._meta.concrete_fields)
    for row, key in zip(rows, _keys(model, len(rows)), strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias
    table, names = _quote(model._meta.db_table), ", ".join(_quote(field.column) for field in fields)
    values = _values(fields, rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            driver: Any = cursor.cursor
            with driver.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for each in values:
                    copy.write_row(each)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values))  # noqa: S608


def change(model: type[Model], rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write these columns of rows that are there. A row that is gone stays gone."""
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key: Any = model._meta.pk
    sets = ", ".join(f"{_quote(field.column)} = %s" for field in fields)
    sql = f"UPDATE {_quote(model._meta.db_table)} SET {sets} WHERE {_quote(key.column)} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(_values([*fields, key], rows)))


def _quote(name: str | None) -> str:
    return connection.ops.quote_name(name or "")


def _keys(model: type[Model], many: int) -> list[int]:
    """Keys nobody else gets. PostgreSQL's sequence gives them out; on SQLite nobody else writes before we are done."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [_quote(table), column, many])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        return list(range(first, first + many))


def _values(fields: Sequence[Field[Any, Any]], rows: Sequence[Model]) -> Iterator[tuple[Any, ...]]:
    how = [(field.attname, _reader(field)) for field in fields]
    for row in rows:
        values = row.__dict__
        yield tuple(read(values[name]) if read else values[name] for name, read in how)


@lru_cache(maxsize=4096)
def _decimal(value: object, digits: int, places: int) -> Any:
    return connection.ops.adapt_decimalfield_value(value, digits, places)  # type: ignore[arg-type]


def _reader(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value is given to the database; None: as it is."""
    if isinstance(field, JSONField):
        return lambda value: json.dumps(value, cls=field.encoder, ensure_ascii=False)
    if isinstance(field, DecimalField):
        return lambda value: _decimal(value, field.max_digits, field.decimal_places)
    if isinstance(field, DateTimeField):
        return lambda value: connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
    if isinstance(field, DateField) and connection.vendor == "sqlite":
        return lambda value: value.isoformat() if isinstance(value, date) else value
    return lambda value: str(value) if isinstance(value, str) else value  # a choice's member is its text
