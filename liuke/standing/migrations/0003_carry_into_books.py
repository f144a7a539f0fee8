"""Every run so far becomes a book of its own, with its rows."""

from typing import Any

from django.db import migrations

WHOLE = "CAST(cycle_days AS {whole})"
UP = f"({WHOLE} + CASE WHEN cycle_days > {WHOLE} THEN 1 ELSE 0 END)"
DUE = {
    "sqlite": "date(last_deal, '+' || " + UP.format(whole="INTEGER") + " || ' days')",
    "postgresql": "last_deal + floor(cycle_days)::int + CASE WHEN cycle_days > floor(cycle_days) THEN 1 ELSE 0 END",
}


def carry(apps: Any, schema_editor: Any) -> None:
    due = DUE[schema_editor.connection.vendor]
    for statement in (
        "INSERT INTO standing_book (id, began_on) SELECT id, as_of FROM standing_run",
        "UPDATE standing_run SET book_id = id",
        "UPDATE standing_standing SET book_id = run_id, since = (SELECT as_of FROM standing_run r WHERE r.id = run_id), "  # noqa: S608
        "model_share = leave_share, leave_by = CASE WHEN leave_share IS NULL THEN '' WHEN leave_assumed THEN 'prior' ELSE 'band' END, "
        f"due_on = CASE WHEN last_deal IS NULL OR cycle_days IS NULL THEN NULL ELSE {due} END",
    ):
        schema_editor.execute(statement)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "SELECT setval(pg_get_serial_sequence('standing_book', 'id'), COALESCE((SELECT MAX(id) FROM standing_book), 1))"
        )


class Migration(migrations.Migration):
    dependencies = [("standing", "0002_books")]

    operations = [migrations.RunPython(carry, migrations.RunPython.noop)]
