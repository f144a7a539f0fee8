"""What rows were before a load holds telephone numbers and addresses: sealed as well."""

from django.db import migrations

from liuke.vault.fields import SealedJSONField
from liuke.vault.sealing import seal_columns


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial"), ("customers", "0007_digests")]

    operations = [
        migrations.AlterField("loadrow", "before", SealedJSONField(default=dict)),
        migrations.RunPython(seal_columns("exchange.loadrow", "before"), migrations.RunPython.noop),
    ]
