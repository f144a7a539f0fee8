"""Seals what stands in the clear, and gives every number what it is found by from now on."""

from typing import Any

from django.db import migrations

from liuke.kernel.phone import last4
from liuke.vault.digests import digest
from liuke.vault.sealing import BATCH, seal_columns


def add_digests(apps: Any, schema_editor: Any) -> None:
    """Before the numbers are sealed: from what stands in the clear."""
    table, last = apps.get_model("customers", "Phone")._meta.db_table, 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(f'SELECT id, number FROM "{table}" WHERE id > %s ORDER BY id LIMIT {BATCH}', [last])  # noqa: S608 -- our own table
            rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            found = [(digest("phone", number), digest("last4", last4(number)), pk) for pk, number in rows]
            cursor.executemany(f'UPDATE "{table}" SET digest = %s, last4_digest = %s WHERE id = %s', found)  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_sealed")]

    operations = [
        migrations.RunPython(add_digests, migrations.RunPython.noop),
        migrations.RunPython(seal_columns("customers.phone", "number"), migrations.RunPython.noop),
        migrations.RunPython(seal_columns("customers.customer", "phone", "wechat", "address"), migrations.RunPython.noop),
        migrations.RunPython(seal_columns("customers.contact", "phone", "wechat"), migrations.RunPython.noop),
        migrations.RunPython(seal_columns("customers.fieldchange", "old", "new"), migrations.RunPython.noop),
    ]
