import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def planned(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """A planned visit must be seen on its day, whether an hour was agreed or not."""
    apps.get_model("work", "Task").objects.filter(kind="visit", state="open").update(must=True)


class Migration(migrations.Migration):
    dependencies = [
        ("work", "0009_kinds_of_repair"),
    ]

    operations = [
        migrations.AddField(
            model_name="result",
            name="along",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="work.result", verbose_name="随哪次拜访记的"
            ),
        ),
        migrations.AddField(
            model_name="result",
            name="next_to",
            field=models.DateField(null=True, verbose_name="下次联系改到"),
        ),
        migrations.RunPython(planned, migrations.RunPython.noop, elidable=True),
    ]
