"""The conditions of a saved view may hold a number that was searched for: they become a sealed column."""

from django.db import migrations

from liuke.vault.fields import SealedTextField
from liuke.vault.sealing import seal_columns


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_segment"), ("vault", "0001_initial")]

    operations = [
        migrations.AlterField("savedview", "query", SealedTextField(max_length=1000, verbose_name="条件")),
        migrations.RunPython(seal_columns("segments.savedview", "query"), migrations.RunPython.noop),
    ]
