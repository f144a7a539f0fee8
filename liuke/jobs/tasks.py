"""What the worker does: thin calls of the domain's verbs. Each may run twice with the effect of once."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from liuke.audit import witness
from liuke.care import nightly as caring
from liuke.custody import exporting, told
from liuke.customers import bulk_edit as bulk
from liuke.customers.models import Customer
from liuke.duplicates import scanning
from liuke.exchange import wizard
from liuke.exchange.actions import resume_loads
from liuke.exchange.exports import making
from liuke.exchange.labels import State
from liuke.exchange.mapping import options_of
from liuke.exchange.models import Load, LoadRow
from liuke.jobs import repair
from liuke.keepers import handing, nightly
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.notices import actions as notices
from liuke.notify import actions as channels
from liuke.notify import collecting, sending
from liuke.playbooks.queries import pack
from liuke.privacy import retention
from liuke.privacy.labels import RuleKey
from liuke.standing import actions as standing
from liuke.standing import backtesting
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS
from liuke.trials import actions as trials
from liuke.verification import actions as sampling
from liuke.verification import counting
from liuke.visits import nightly as visits
from liuke.work import actions as work
from liuke.work import measuring, next_contact, promising, raising

YEAR = 365


@task()
def run_insight(as_of: str = "") -> int:
    """Everybody's standing as of a date (ISO; today when empty), then the tasks that follow from it. The number of customers."""
    day = date.fromisoformat(as_of) if as_of else clock.today()
    told = "insight.failed"
    try:
        run = standing.run(day)
        if run.as_of == clock.today():
            told = "insight.unplanned"
            work.plan(run.as_of)
    except Exception:
        # Who reads the figures, or works by the lists, must know that they are yesterday's; the cause is in the log.
        people = User.objects.filter(is_active=True, role__in=PERMISSIONS["insight.run"] | PERMISSIONS["notify.manage"])
        notices.tell(people.values_list("pk", flat=True), told, urgent=True, about=told)
        raise
    return run.customers


@task()
def break_promises() -> int:
    """What was promised and not done within the days of grace is broken, before insight looks at the day. How many."""
    return promising.break_overdue()


@task()
def look_at_rounds(as_of: str = "") -> int:
    """One look at every round that measures a playbook (ISO date; today when empty); what has an answer is reckoned with from the next plan
    on. Then the first rounds of playbooks that are to have one and can say something. How many looks."""
    looks = measuring.look_at_all(date.fromisoformat(as_of) if as_of else None)
    trials.open_due(pack())
    return len(looks)


@task()
def catch_up() -> int:
    """Refresh the customers whose facts changed since insight last looked, and their tasks. How many."""
    return len(work.catch_up())


@task()
def keep_next_contacts() -> int:
    """A day for the next contact for everybody, and reminders for those whose day has come. How many reminders."""
    return next_contact.keep(clock.today()).reminded


@task()
def raise_overdue() -> int:
    """What should not have waited and is days late goes up to whoever supervises. How many tasks."""
    return raising.raise_overdue(clock.today())


@task()
def check_import(load_id: int) -> None:
    """The dry run of an uploaded file. Nothing to do where it was checked, loaded or dropped meanwhile."""
    load = Load.objects.select_related("actor").filter(pk=load_id, state=State.UPLOADED).first()
    if load is None:
        return
    try:
        wizard.check(load, load.mapping, options_of(load.options))
    except Exception:
        # Nothing was written; the page says so and offers to try again, and the cause is in the log.
        Load.objects.filter(pk=load_id).update(state=State.FAILED, failure="")
        raise


@task()
def load_import(load_id: int, user_id: int) -> int:
    """Loads a checked file, then everybody's standing at once. The number of rows written; 0 where another process was faster."""
    load = Load.objects.filter(pk=load_id, state=State.LOADING).first()
    if load is None:
        return 0
    try:
        report = wizard.run(User.objects.get(pk=user_id), load)
    except Refused:
        # The load keeps the reason, and the page shows it.
        return 0
    run_insight.enqueue()
    repair.keep_books.enqueue()
    look_for_duplicates.enqueue(load_id)
    return report.created + report.updated


@task()
def look_for_duplicates(load_id: int) -> int:
    """Look at once for duplicates of the cards that a load brought or changed. How many pairs with them wait."""
    changed = LoadRow.objects.filter(load=load_id, kind="customer").values_list("object_id", flat=True)
    return scanning.look_at([*Customer.objects.filter(load_id=load_id).values_list("pk", flat=True), *changed])


@task()
def scan_duplicates() -> int:
    """Look through everybody for duplicates. How many pairs wait."""
    return scanning.scan().pairs


def waits(job: Task[..., Any], load_id: int) -> bool:
    """Whether a job of this load is queued or being done now."""
    jobs = DBTaskResult.objects.filter(task_path=job.module_path, status__in=("READY", "RUNNING"))
    return bool(jobs.filter(args_kwargs__args__0=load_id).exists())


@task()
def run_backtest(backtest_id: int) -> None:
    """Compute a backtest that was asked for; nothing to do where it is done."""
    backtesting.work_off(backtest_id)


@task()
def monthly_backtest() -> int:
    """The newest year whose outcome is known, against what was said at its start. The backtest's id; 0 where the data do not allow one."""
    day = backtesting.newest_day(YEAR)
    if day is None:
        return 0
    try:
        with transaction.atomic():  # one that waits without a job would wait for ever
            asked = backtesting.ask(None, day, YEAR)
            run_backtest.enqueue(asked.pk)
    except Refused:
        # Somebody's own is being computed, and the page shows that one; the next month has its own.
        return 0
    return asked.pk


@task()
def resume_imports() -> int:
    """Take up loads that a stop of the machine interrupted, then everybody's standing and duplicates at once. How many."""
    cut_off = list(Load.objects.filter(state=State.LOADING).values_list("pk", flat=True))
    resumed = resume_loads()
    if resumed:
        run_insight.enqueue()
        repair.keep_books.enqueue()
    for load_id in Load.objects.filter(pk__in=cut_off, state=State.LOADED).order_by("pk").values_list("pk", flat=True):
        look_for_duplicates.enqueue(load_id)
    return resumed


@task()
def forget_uploads() -> int:
    """Drop the uploaded files that are no longer needed, unless the company keeps them. How many."""
    days = retention.upload_days()
    return wizard.forget_old(timezone.now(), days) if days is not None else 0


@task()
def apply_retention() -> int:
    """Drop what has outlived its days (privacy.retention). How many rows."""
    counts = retention.apply()
    return sum(count for key, count in counts.items() if key != RuleKey.PROSPECTS)


@task()
def make_export(export_id: int) -> bool:
    """Make the file of an export that was agreed to; nothing to do where it is there, withdrawn, or being made by another."""
    return making.make(export_id)


@task()
def tend_exports() -> int:
    """Files past their day go, and what a stop of the machine left is made. How many exports were touched."""
    return exporting.expire(timezone.now()) + making.resume(lambda export_id: waits(make_export, export_id))


@task()
def bulk_edit(bulk_id: int) -> int:
    """Do a change of many cards that waits, or its way back. How many were changed; nothing to do where it is done."""
    made = bulk.work_off(bulk_id)
    return made.changed if made else 0


@task()
def resume_bulk_edits() -> int:
    """Do the changes whose job a stop of the machine took away. How many."""
    return sum(1 for pk in bulk.waiting(600) if bulk.work_off(pk) is not None)


@task()
def draw_sample() -> int:
    """The cards to be checked this week; drawn once. How many."""
    return sampling.draw().cards.count()


@task()
def plan_care(as_of: str = "") -> int:
    """Whose day it is (ISO; today when empty) becomes a task, what is past its days is none any more. How many tasks were made."""
    return caring.run(date.fromisoformat(as_of) if as_of else clock.today()).made


@task()
def keep_pool(as_of: str = "") -> int:
    """Covers whose day has come end, then the pool of a day (ISO; today when empty): warn, let fall, take off. How many fell."""
    day = date.fromisoformat(as_of) if as_of else clock.today()
    handing.end_covers(day)
    return nightly.run(day).fell


@task()
def count_completeness() -> int:
    """Add completeness up by store and owner; every card is looked at first where the weights are others. How many cards."""
    return counting.count()


@task()
def mend_completeness() -> int:
    """Every card's completeness looked at and put right, then added up. How many cards."""
    return counting.count(whole=True)


@task()
def tend_visits() -> int:
    """Visits that cannot be made any more drop out, changed addresses find their area. How many visits."""
    return visits.tend(clock.today())


@task()
def draft_visits() -> int:
    """Drafts of next week's visits, for their people to confirm. How many."""
    return visits.draft_weeks(clock.today())


@task()
def send_notices() -> int:
    """What is new is written up for outside the house, and what is due is sent. How many messages went."""
    collecting.collect()
    return sending.send_due().sent


@task()
def remind_of_cards() -> int:
    """Who has cards out past their time hears of it. How many people."""
    return told.remind(timezone.now())


@task()
def forget_notices() -> int:
    """Drop old notices, and what was sent of them. How many."""
    return notices.forget(timezone.now()) + channels.forget(timezone.now())


@task()
def witness_audit() -> None:
    """Write the newest link of the audit chain to a file outside the database, so that a cut tail shows."""
    witness.write()
