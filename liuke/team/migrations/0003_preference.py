import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("team", "0002_password_given")]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, verbose_name="名称")),
                ("value", models.JSONField(verbose_name="选的")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谁的",
                    ),
                ),
            ],
            options={
                "verbose_name": "偏好",
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="preference_once")],
            },
        ),
    ]
