"""From now on a number is found by its digests. Apart from 0006: PostgreSQL does not change a table in the transaction that changed its rows."""

from django.db import migrations, models

from liuke.customers import index


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_seal")]

    operations = [
        migrations.RemoveField("phone", "last4"),
        migrations.AddIndex("phone", models.Index(fields=["digest"], name="phone_digest")),
        migrations.AddIndex("phone", models.Index(fields=["last4_digest"], name="phone_last4")),
        migrations.AddConstraint("phone", models.UniqueConstraint(fields=["customer", "digest"], name="phone_once")),
        # Changing columns made SQLite build the table anew, without the triggers of the full-text index.
        migrations.RunPython(index.install, index.remove),
    ]
