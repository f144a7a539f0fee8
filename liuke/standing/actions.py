"""Verbs: compute everybody's standing and keep it as rows; refresh the few whose facts changed; thin old history."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from liuke.analytics import snapshot
from liuke.analytics.days import day_number
from liuke.analytics.summary import Cuts
from liuke.analytics.tables import Tables, numbers
from liuke.audit.actions import record
from liuke.customers.models import Customer, FactChange, Phone
from liuke.deals.mirror import among
from liuke.deals.models import Contract, Deal
from liuke.kernel import clock
from liuke.kernel.memory import give_back
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.standing import bulk
from liuke.standing.computing import Change, Computed, Day, Ints, compute, compute_some, folder
from liuke.standing.fitting import REFIT_DAYS, churn_of, fit_anew, in_force, train_here
from liuke.standing.models import FOREVER, Book, ChurnFit, LeaveOverride, Run, Signal, StageChange, Standing
from liuke.standing.on_spark import SPARK, compute_on_spark, train_on_spark
from liuke.standing.overriding import score_overrides
from liuke.standing.queries import current_run, run_before, run_on, standings
from liuke.standing.rows import standing_rows
from liuke.standing.signalling import evaluate_signals, keep_signals, update_signals
from liuke.standing.turn import PATIENCE, turn
from liuke.team.queries import pack as pack_in_use

DAILY_KEPT = 40
"""Days of daily runs kept; older ones are thinned to the last of each month and those asked for by hand."""
AT_ONCE = 500
BATCH = 500


def run(
    as_of: date,
    pack: Pack | None = None,
    *,
    keep: bool = False,
    full: bool = False,
    model: str | None = None,
    refit_days: int = REFIT_DAYS,
    engine: str = "",
) -> Run:
    """Compute and store the standing of every customer as of a day; a day computed before is replaced.

    A day after the newest run goes on from it: only months, customers and rows with something new are touched. `full` computes everything
    from the start (the same rows come out). The churn model is chosen and fitted anew every `refit_days`, or when `model` is given:
    a key of LeaveBy, which is then kept to, or "auto".
    `engine` "spark": facts and judgements are computed by Spark (standing.on_spark), always from the start.
    Rows become visible all at once when the run is finished; a crash leaves an unfinished run that nobody sees and the next run removes.
    Refused ("insight.busy") while another run is under way, ("insight.future") for a day to come.
    """
    if as_of > clock.today(settings.TIME_ZONE):
        raise Refused("insight.future", "基准日 %(day)s 还没到。", day=as_of.isoformat())
    with turn(PATIENCE) as mine:
        if not mine:
            raise Refused("insight.busy", "另一次洞察正在算，请稍等再试。")
        return _run(as_of, pack or pack_in_use(), keep, full, model, refit_days, engine)


def _run(as_of: date, pack: Pack, keep: bool, full: bool, model: str | None, refit_days: int, engine: str) -> Run:
    _clear()
    started = timezone.now()
    # Read before the facts: what they mark is in the facts, and a mark that comes later stays for the next time.
    marks = list(FactChange.objects.values_list("pk", "customer_id"))
    previous, newest = run_before(as_of), not Run.objects.filter(finished_at__isnull=False, as_of__gt=as_of).exists()
    ours = newest and pack.key == pack_in_use().key  # another pack, or a past day, is for looking: nobody's day follows it
    fit = in_force(as_of, pack, refit_days) if model is None else None
    if fit is None:
        fit = fit_anew(as_of, pack, model or "", train_on_spark if engine == SPARK else train_here)
        fit.save()
        give_back()
    changed = None
    if ours and not full and run_on(as_of) is None:
        changed = np.unique(np.array([customer for _, customer in marks], np.int64))
    if engine == SPARK:
        day: Day | Computed = compute_on_spark(as_of, pack, churn_of(fit), previous)
    else:
        day = compute(as_of, pack, fit, churn_of(fit), previous, changed)
    try:
        if previous is None or day.dirty is None:
            fresh = _new_book(day, started, pack, fit)
        else:
            fresh = Run(as_of=as_of, book_id=previous.book_id, pack=pack.key, started_at=started)
        fresh.kept, fresh.fit, fresh.snapshot = keep, fit, day.snapshot if ours else ""
        found = _signals(day, pack) if ours else None
        _finish(fresh, previous, day, found, pack, [pk for pk, _ in marks])
    except BaseException:
        _clear()
        raise
    if ours:
        score_overrides(as_of)
    if fresh.book_id != (previous and previous.book_id):  # many rows are new, and those of an import that came before
        for table in (Customer._meta.db_table, Phone._meta.db_table, Signal._meta.db_table, Contract._meta.db_table):
            bulk.look_over(table)
    newest_run = current_run()
    snapshot.sweep(folder(), snapshot.opened(folder(), newest_run.snapshot) if newest_run else None)
    thin(as_of)
    return fresh


def _clear() -> None:
    """It is our turn, so whoever began what is not finished is dead."""
    Run.objects.filter(finished_at=None).delete()
    empty = list(Book.objects.exclude(pk__in=Run.objects.values("book")).values_list("pk", flat=True))
    Standing.objects.filter(book__in=empty).delete()
    Book.objects.filter(pk__in=empty).delete()


def _new_book(day: Day | Computed, started: datetime, pack: Pack, fit: ChurnFit) -> Run:
    """Write everybody's rows, shard by shard, where no page sees them yet."""
    book = Book.objects.create(began_on=day.as_of)
    fresh = Run.objects.create(as_of=day.as_of, book=book, pack=pack.key, started_at=started, fit=fit)
    with bulk.writer(Standing._meta.db_table, day.customers) as write:
        for part in day.parts():
            write(standing_rows(book.pk, day.as_of, part()[0]))
    bulk.look_over(Standing._meta.db_table)
    return fresh


def _signals(day: Day | Computed, pack: Pack) -> pa.Table:
    """Of everybody, shard by shard: conditions may rest on the date alone."""

    def of(part: Callable[[], tuple[pa.Table, Tables]]) -> pa.Table:
        return evaluate_signals(*part(), day.as_of, pack)

    with ThreadPoolExecutor(2) as pool:
        found = pa.concat_tables(pool.map(of, day.parts()))
    if isinstance(day, Day):
        snapshot.write_signals(day.kept, found)
    return found


def _keep_signals(day: Day | Computed, found: pa.Table, pack: Pack) -> None:
    """Of everybody, or of those only whose signals are not what they were in the files that the run went on from."""
    news = day.news if isinstance(day, Day) else None
    last = news.since.signals() if news else None
    if news is None or last is None:
        keep_signals(found, day.as_of, pack)
        return
    counted = pa.concat_tables([last, found]).group_by(found.column_names).aggregate([([], "count_all")])
    once = counted.filter(pc.equal(counted["count_all"], 1))
    some = np.union1d(numbers(once, "customer_id"), news.ids)
    keep_signals(snapshot.only(found, some), day.as_of, pack, some.tolist())


def _finish(fresh: Run, previous: Run | None, day: Day | Computed, found: pa.Table | None, pack: Pack, marks: list[int]) -> None:
    """The switch: one transaction in which the old rows of the day go and the new ones become visible."""
    with transaction.atomic():
        same_day = Run.objects.filter(as_of=fresh.as_of, finished_at__isnull=False)
        fresh.kept = fresh.kept or same_day.filter(kept=True).exists()
        _drop(same_day.values_list("pk", flat=True))
        if day.dirty is not None and previous is not None:
            _turn_over(fresh, day, day.dirty)
            Run.objects.filter(pk=previous.pk).update(latest=False)
        fresh.finished_at = timezone.now()
        fresh.customers, fresh.cuts = day.customers, json.loads(day.cuts.to_json())
        fresh.save()
        if found is not None:
            _keep_changes(day)
            _keep_signals(day, found, pack)
            for start in range(0, len(marks), BATCH):
                FactChange.objects.filter(pk__in=marks[start : start + BATCH]).delete()
        record(None, "insight.run", fresh, as_of=fresh.as_of, customers=fresh.customers, pack=fresh.pack)


def _turn_over(fresh: Run, day: Day | Computed, dirty: Ints) -> None:
    """In the book that the run goes on with: the rows of these customers end, their new ones begin."""
    where, ids = among(dirty.tolist())
    with connection.cursor() as cursor:
        # The plus keeps the database from going through the whole book instead of by customer.
        sql = f"UPDATE {Standing._meta.db_table} SET until = %s WHERE {where} AND +book_id = %s AND until = %s"  # noqa: S608
        cursor.execute(sql, [fresh.as_of.isoformat(), *ids, fresh.book_id, FOREVER.isoformat()])
    bulk.insert(Standing._meta.db_table, standing_rows(fresh.book_id, fresh.as_of, day.rows_of(dirty)))


def _drop(runs: Iterable[int]) -> None:
    """Take runs away, and with them the books that no other run goes on with."""
    gone = list(Run.objects.filter(pk__in=list(runs)))
    Run.objects.filter(pk__in=[run.pk for run in gone]).delete()
    books = {run.book_id for run in gone}
    books -= set(Run.objects.filter(book__in=books).values_list("book", flat=True))
    Standing.objects.filter(book__in=books).delete()
    Book.objects.filter(pk__in=books).delete()


def refresh(customers: list[int]) -> int:
    """Bring the standing of a few customers up to date in the newest run, at once, against that run's cuts and model. How many rows.

    The caller has the turn: a whole run that began before would replace these rows by older ones.
    """
    newest = current_run()
    if newest is None or not customers:
        return 0
    pack = pack_in_use()
    last = Deal.objects.filter(customer__in=customers).order_by("-on").values_list("on", flat=True).first()
    said = LeaveOverride.objects.filter(customer__in=customers, withdrawn_at=None).aggregate(on=Max("on"))["on"]
    as_of = min(max(newest.as_of, last or newest.as_of, said or newest.as_of), clock.today(settings.TIME_ZONE))
    cuts, before = Cuts.from_json(json.dumps(newest.cuts)), run_before(newest.as_of)
    computed = compute_some(customers, as_of, cuts, pack.thresholds, churn_of(newest.fit), before)
    with transaction.atomic():
        now = standings(newest).filter(customer__in=customers)
        now.filter(since=newest.as_of).delete()
        now.update(until=newest.as_of)
        bulk.insert(Standing._meta.db_table, standing_rows(newest.book_id, newest.as_of, computed.rows))
        _keep_changes(computed, customers, newest.as_of)
        update_signals(computed, pack, customers, newest.as_of)
    return int(computed.rows.num_rows)


def catch_up(customers: list[int] | None = None) -> list[int]:
    """Refresh the customers whose facts changed since insight last looked (of these only, when given), a bounded number at a time. Who.

    While a whole run is under way nobody: the marks stay for the next time.
    """
    waiting = FactChange.objects.filter(caught_up=False).order_by("pk")
    if customers is not None:
        waiting = waiting.filter(customer__in=customers)
    with turn() as mine:
        if not mine:
            return []
        marks = list(waiting.values_list("pk", "customer_id")[:AT_ONCE])
        changed = sorted({customer for _, customer in marks})
        refresh(changed)
        FactChange.objects.filter(pk__in=[pk for pk, _ in marks]).update(caught_up=True)
    return changed


def thin(as_of: date) -> int:
    """Remove daily runs older than DAILY_KEPT days that are neither the last of their month nor asked for. How many."""
    old = Run.objects.filter(as_of__lt=as_of - timedelta(days=DAILY_KEPT), kept=False, finished_at__isnull=False)
    last_of_month: dict[str, date] = {}
    for day in Run.objects.filter(finished_at__isnull=False).values_list("as_of", flat=True):
        month = f"{day:%Y-%m}"
        last_of_month[month] = max(day, last_of_month.get(month, day))
    gone = [row for row in old if last_of_month[f"{row.as_of:%Y-%m}"] != row.as_of]
    _drop([row.pk for row in gone])
    for book in {row.book_id for row in gone}:
        _thin_rows(book)
    return len(gone)


def _thin_rows(book: int) -> None:
    """Of a book that lost runs, the rows that held on no day of a run that is left."""
    days = sorted(Run.objects.filter(book=book).values_list("as_of", flat=True))
    for before, after in pairwise([date.min, *days, FOREVER] if days else []):  # a row is seen on a day when since <= day < until
        Standing.objects.filter(book=book, since__gt=before, until__lte=after).delete()


def _keep_changes(computed: Computed | Day, customers: list[int] | None = None, since: date | None = None) -> None:
    """Write the changes of the shown stage; those since `since` (as_of when not given) that no longer hold, their facts being gone, go."""
    days = {change.on for change in computed.changes}
    touched = [change.customer_id for change in computed.changes]
    for start in range(0, len(touched), BATCH):
        StageChange.objects.filter(customer__in=touched[start : start + BATCH], on__in=days).delete()
    kept = StageChange.objects.filter(on__gte=since or computed.as_of)
    left = list(kept if customers is None else kept.filter(customer__in=customers))
    ids = np.unique(np.array([row.customer_id for row in left], np.int64))
    rows = computed.rows_of(ids)
    holds = set(zip(*(rows[name].to_pylist() for name in ("customer_id", "stage", "stage_since")), strict=True))
    stale = [row.pk for row in left if (row.customer_id, row.new, day_number(row.on)) not in holds]
    for start in range(0, len(stale), BATCH):
        StageChange.objects.filter(pk__in=stale[start : start + BATCH]).delete()
    StageChange.objects.bulk_create([_stage_change(change) for change in computed.changes], batch_size=1000)


def _stage_change(change: Change) -> StageChange:
    return StageChange(customer_id=change.customer_id, on=change.on, old=change.old, new=change.new, cause=change.cause)
