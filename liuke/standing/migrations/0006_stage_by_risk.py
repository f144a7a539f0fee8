from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("standing", "0005_renewals")]

    operations = [
        migrations.RemoveIndex("standing", "standing_stage"),
        migrations.AddIndex(
            "standing",
            models.Index(fields=["book", "until", "stage", "-value_at_risk_cents"], name="standing_stage_risk"),
        ),
    ]
