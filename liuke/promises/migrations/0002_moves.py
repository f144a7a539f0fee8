from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def count(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """How often each promise that took another's place had been moved until then: a follower is younger than what it follows."""
    promise = apps.get_model("promises", "Promise")
    moves: dict[int, int] = {}
    rows = promise.objects.filter(previous__isnull=False).order_by("pk").values_list("pk", "previous", "previous__state")
    for pk, before, state in rows:
        moves[pk] = moves.get(before or 0, 0) + (state == "moved")
        promise.objects.filter(pk=pk).update(moves=moves[pk])


class Migration(migrations.Migration):
    dependencies = [
        ("promises", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="promise",
            name="moves",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="改过几次期"),
        ),
        migrations.RunPython(count, migrations.RunPython.noop, elidable=True),
    ]
