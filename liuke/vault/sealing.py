"""Steps of migrations: keys there before the first value is sealed, and what stood in the clear sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from liuke.kernel import seal
from liuke.vault import keys

BATCH = 2000


def make_keys(apps: Any, schema_editor: Any) -> None:
    """See to it that there are keys. Refuses to make new ones where the database knows of others: its values could not be read."""
    known = {row.fingerprint for row in apps.get_model("vault", "SealKey").objects.filter(use="seal", retired_at=None)}
    ring = keys.ring() if known else keys.make()
    register(apps.get_model("vault", "SealKey"), ring)


def register(model: Any, ring: seal.Ring) -> None:
    """Let the database know which keys it is sealed with, by their fingerprints."""
    for name, key in ring.keys.items():
        model.objects.get_or_create(name=name, defaults={"use": "seal", "fingerprint": seal.fingerprint(key)})
    for key in ring.index:
        mark = seal.fingerprint(key)
        model.objects.get_or_create(name=f"index-{mark[:8]}", defaults={"use": "index", "fingerprint": mark})


def seal_columns(label: str, *columns: str) -> Callable[[Any, Any], None]:
    """A RunPython step that seals what stands in the clear in these columns of a model ("customers.customer")."""

    def step(apps: Any, schema_editor: Any) -> None:
        model = apps.get_model(label)
        ring, table = keys.ring(), model._meta.db_table
        sets = ", ".join(f'"{column}" = %s' for column in columns)
        with schema_editor.connection.cursor() as cursor:
            for rows in _pieces(cursor, table, columns):
                changed = [
                    (
                        *(
                            _sealed(ring, value, f"{model._meta.label_lower}.{column}")
                            for column, value in zip(columns, row[1:], strict=True)
                        ),
                        row[0],
                    )
                    for row in rows
                    if any(value and not seal.sealed(value) for value in row[1:])
                ]
                if changed:
                    cursor.executemany(f'UPDATE "{table}" SET {sets} WHERE id = %s', changed)  # noqa: S608 -- names of our own models

    return step


def _sealed(ring: seal.Ring, value: str | None, place: str) -> str | None:
    return value if not value or seal.sealed(value) else seal.seal(ring, value, place)


def _pieces(cursor: Any, table: str, columns: Sequence[str]) -> Iterator[list[Any]]:
    names, last = ", ".join(f'"{column}"' for column in columns), 0
    while True:
        cursor.execute(f'SELECT id, {names} FROM "{table}" WHERE id > %s ORDER BY id LIMIT {BATCH}', [last])  # noqa: S608
        rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield rows
