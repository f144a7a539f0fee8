"""The list a bulk edit was asked from may hold a number that was searched for: it becomes a sealed column."""

from django.db import migrations

from liuke.vault.fields import SealedTextField
from liuke.vault.sealing import seal_columns


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_bulk_edit"), ("vault", "0001_initial")]

    operations = [
        migrations.AlterField("bulkedit", "query", SealedTextField(blank=True, max_length=1000, verbose_name="名单")),
        migrations.RunPython(seal_columns("customers.bulkedit", "query"), migrations.RunPython.noop),
    ]
