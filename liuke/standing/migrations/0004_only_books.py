import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("standing", "0003_carry_into_books")]

    operations = [
        migrations.RemoveField(
            model_name="standing",
            name="elapsed_cycles",
        ),
        migrations.RemoveField(
            model_name="standing",
            name="leave_assumed",
        ),
        migrations.RemoveField(
            model_name="standing",
            name="run",
        ),
        migrations.AlterField(
            model_name="run",
            name="book",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="standing.book"),
        ),
        migrations.AlterField(
            model_name="standing",
            name="book",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="standing.book"),
        ),
        migrations.AlterField(
            model_name="standing",
            name="since",
            field=models.DateField(verbose_name="起"),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(fields=["book", "until", "-value_at_risk_cents"], name="standing_risk"),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(fields=["book", "until", "stage", "abc"], name="standing_stage"),
        ),
        migrations.AddConstraint(
            model_name="standing",
            constraint=models.UniqueConstraint(fields=("customer", "book", "since"), name="standing_once"),
        ),
    ]
