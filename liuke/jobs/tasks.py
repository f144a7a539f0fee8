"""What the worker does: thin calls of the domain's verbs. Each may run twice with the effect of once."""

import json
from datetime import date

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from liuke.audit.actions import head
from liuke.exchange.actions import resume_loads
from liuke.kernel import clock
from liuke.standing import actions as standing
from liuke.work import actions as work


@task()
def run_insight(as_of: str = "") -> int:
    """Everybody's standing as of a date (ISO; today when empty), then the tasks that follow from it. The number of customers."""
    day = date.fromisoformat(as_of) if as_of else clock.today()
    run = standing.run(day)
    if run.as_of == clock.today():
        work.plan(run.as_of)
    return run.customers


@task()
def catch_up() -> int:
    """Refresh the customers whose facts changed since insight last looked. How many."""
    return standing.catch_up()


@task()
def resume_imports() -> int:
    """Take up loads that a stop of the machine interrupted. How many."""
    return resume_loads()


@task()
def witness_audit() -> None:
    """Write the newest link of the audit chain to a file outside the database, so that a cut tail shows."""
    newest = head()
    if newest is not None:
        with (settings.DATA / "audit-witness.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps([timezone.now().isoformat(), *newest]) + "\n")
