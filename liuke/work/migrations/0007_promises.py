"""Open promise tasks become promises with a task: what was promised is a row of its own from now on."""

from datetime import date
from typing import Any

from django.db import migrations

FALLBACK = "上回答应的事"


def _texts(apps: Any) -> dict[tuple[str, str], str]:
    """What the pack's choices promise, by (playbook, choice). A pack that cannot be read is none: then the fallback stands."""
    from liuke.packs.loader import load_pack

    company = apps.get_model("team", "Company").objects.order_by("pk").first()
    try:
        pack = load_pack(company.pack if company else "auto_dealer")
    except Exception:
        return {}
    return {
        (playbook.key, choice.key): choice.promise("zh")
        for playbook in pack.playbooks
        for choice in pack.follow_ups_of(playbook)
        if choice.promise is not None
    }


def promises_of_tasks(apps: Any, schema_editor: Any) -> None:
    task_model, promise_model = apps.get_model("work", "Task"), apps.get_model("promises", "Promise")
    waiting = task_model.objects.filter(kind="promise", state="open", about="").order_by("pk").select_related("assigned_by", "assignee")
    if not waiting.exists():
        return
    texts = _texts(apps)
    for task in waiting.iterator(chunk_size=500):
        by = task.assigned_by or task.assignee
        made_on: date = min(task.created_for, task.due_on)
        made = promise_model.objects.create(
            customer_id=task.customer_id,
            by=by,
            keeper_id=task.assignee_id,
            text=texts.get((task.playbook, task.follow_up), FALLBACK)[:200],
            made_on=made_on,
            due_on=task.due_on,
            about="work.task",
            about_id=task.pk,
        )
        task.about, task.about_id = "promises.promise", made.pk
        task.reasons = [["promise", {"text": made.text, "sure": True, "by": by.pk, "name": by.name}]]
        task.save(update_fields=["about", "about_id", "reasons"])


def tasks_alone(apps: Any, schema_editor: Any) -> None:
    """The way back: the tasks stand without their promises again; the rows go with the room's own migration."""
    apps.get_model("work", "Task").objects.filter(kind="promise", about="promises.promise").update(about="", about_id=None)


class Migration(migrations.Migration):
    dependencies = [
        ("promises", "0001_initial"),
        ("team", "0003_preference"),
        ("work", "0006_meeting_and_hotline"),
    ]

    operations = [migrations.RunPython(promises_of_tasks, tasks_alone)]
