"""Seals what stands in the clear, and gives every number what it is found by from now on."""

from typing import Any

from django.db import migrations, models

from liuke.customers import index
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
        migrations.RemoveField("phone", "last4"),
        migrations.AddIndex("phone", models.Index(fields=["digest"], name="phone_digest")),
        migrations.AddIndex("phone", models.Index(fields=["last4_digest"], name="phone_last4")),
        migrations.AddConstraint("phone", models.UniqueConstraint(fields=["customer", "digest"], name="phone_once")),
        # Changing columns made SQLite build the table anew, without the triggers of the full-text index.
        migrations.RunPython(index.install, index.remove),
    ]
