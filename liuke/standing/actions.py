"""Verbs: compute everybody's standing and keep it as rows; refresh the few whose facts changed; thin old history."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.analytics.summary import Cuts
from liuke.audit.actions import record
from liuke.customers.models import FactChange
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.standing import bulk
from liuke.standing.computing import Computed, compute, compute_some
from liuke.standing.models import Run, StageChange, Standing
from liuke.standing.queries import current_run, run_before
from liuke.standing.signalling import update_signals
from liuke.standing.turn import PATIENCE, turn
from liuke.team.queries import pack as pack_in_use

DAILY_KEPT = 40
"""Days of daily runs kept; older ones are thinned to the last of each month and those asked for by hand."""
AT_ONCE = 500


def run(as_of: date, pack: Pack | None = None, *, keep: bool = False) -> Run:
    """Compute and store the standing of every customer as of a day; a day computed before is replaced.

    Rows become visible all at once when the run is finished; a crash leaves an unfinished run that nobody sees and the next run removes.
    Refused ("insight.busy") while another run is under way, ("insight.future") for a day to come.
    """
    if as_of > clock.today(settings.TIME_ZONE):
        raise Refused("insight.future", "基准日 %(day)s 还没到。", day=as_of.isoformat())
    with turn(PATIENCE) as mine:
        if not mine:
            raise Refused("insight.busy", "另一次洞察正在算，请稍等再试。")
        return _run(as_of, pack or pack_in_use(), keep)


def _run(as_of: date, pack: Pack, keep: bool) -> Run:
    Run.objects.filter(finished_at=None).delete()  # it is our turn, so whoever began these is dead
    fresh = Run.objects.create(as_of=as_of, pack=pack.key, started_at=timezone.now(), kept=keep)
    try:
        # Read before the facts: what they mark is in the facts, and a mark that comes later stays for the next time.
        marks = list(FactChange.objects.values_list("pk", flat=True))
        computed = compute(as_of, pack.thresholds, run_before(as_of))
        bulk.insert(Standing._meta.db_table, standing_rows(fresh, computed.rows))
        _finish(fresh, computed, pack, marks)
    except BaseException:
        Run.objects.filter(pk=fresh.pk, finished_at=None).delete()
        raise
    thin(as_of)
    return fresh


def standing_rows(run: Run, rows: pa.Table) -> pa.Table:
    """The columns of the standing table, from what `compute` gives."""
    day = pa.date32()
    run_ids = pa.array([run.pk], pa.int64()).take(pa.array([0] * rows.num_rows, pa.int32()))
    columns = {
        "run_id": run_ids,
        "customer_id": rows["customer_id"],
        "first_deal": rows["first_day"].cast(day),
        "last_deal": rows["last_day"].cast(day),
        **{name: rows[name] for name in ("deal_days", "amount_all_cents", "amount_12m_cents", "last6_cents", "prev6_cents")},
        **{name: rows[name] for name in ("r", "f", "m", "cycle_days", "elapsed_cycles", "abc", "attitude", "type", "tags", "stage")},
        "stage_by_rule": rows["stage_by_rule"],
        "stage_code": rows["stage_rule_code"],
        "stage_since": rows["stage_since"],
        "rule_since": rows["rule_since"],
        "evidence_on": rows["evidence_day"].cast(day),
        "evidence_kind": pc.fill_null(rows["evidence_kind"], ""),
        "leave_share": rows["leave_share"],
        "leave_assumed": rows["leave_share_prior"],
        "expected_cents": rows["expected_12m_cents"],
        "value_at_risk_cents": rows["value_at_risk_cents"],
    }
    return pa.table(columns).combine_chunks()


def refresh(customers: list[int]) -> int:
    """Bring the standing of a few customers up to date in the newest run, at once, against that run's cuts. How many rows.

    The caller has the turn: a whole run that began before would replace these rows by older ones.
    """
    newest = current_run()
    if newest is None or not customers:
        return 0
    pack = pack_in_use()
    last = Deal.objects.filter(customer__in=customers).order_by("-on").values_list("on", flat=True).first()
    as_of = min(max(newest.as_of, last or newest.as_of), clock.today(settings.TIME_ZONE))
    computed = compute_some(customers, as_of, Cuts.from_json(json.dumps(newest.cuts)), pack.thresholds, run_before(newest.as_of))
    with transaction.atomic():
        Standing.objects.filter(run=newest, customer__in=customers).delete()
        bulk.insert(Standing._meta.db_table, standing_rows(newest, computed.rows))
        _keep_changes(computed, customers, newest.as_of)
        update_signals(computed, pack, customers, newest.as_of)
    return int(computed.rows.num_rows)


def catch_up(customers: list[int] | None = None) -> list[int]:
    """Refresh the customers whose facts changed since insight last looked (of these only, when given), a bounded number at a time. Who.

    While a whole run is under way nobody: the marks stay for the next time.
    """
    waiting = FactChange.objects.order_by("pk")
    if customers is not None:
        waiting = waiting.filter(customer__in=customers)
    with turn() as mine:
        if not mine:
            return []
        marks = list(waiting.values_list("pk", "customer_id")[:AT_ONCE])
        changed = sorted({customer for _, customer in marks})
        refresh(changed)
        FactChange.objects.filter(pk__in=[pk for pk, _ in marks]).delete()
    return changed


def thin(as_of: date) -> int:
    """Remove daily runs older than DAILY_KEPT days that are neither the last of their month nor asked for. How many."""
    old = Run.objects.filter(as_of__lt=as_of - timedelta(days=DAILY_KEPT), kept=False, finished_at__isnull=False)
    last_of_month: dict[str, date] = {}
    for day in Run.objects.filter(finished_at__isnull=False).values_list("as_of", flat=True):
        month = f"{day:%Y-%m}"
        last_of_month[month] = max(day, last_of_month.get(month, day))
    gone = [row.pk for row in old if last_of_month[f"{row.as_of:%Y-%m}"] != row.as_of]
    Standing.objects.filter(run__in=gone).delete()
    Run.objects.filter(pk__in=gone).delete()
    return len(gone)


def _finish(fresh: Run, computed: Computed, pack: Pack, marks: list[int]) -> None:
    """The switch: one short transaction in which the old rows of the day go and the new ones become visible."""
    with transaction.atomic():
        same_day = list(Run.objects.filter(as_of=fresh.as_of, finished_at__isnull=False))
        Standing.objects.filter(run__in=same_day).delete()
        Run.objects.filter(pk__in=[row.pk for row in same_day]).delete()
        newest = not Run.objects.filter(finished_at__isnull=False, as_of__gt=fresh.as_of).exists()
        fresh.kept = fresh.kept or any(row.kept for row in same_day)
        fresh.finished_at, fresh.customers = timezone.now(), computed.rows.num_rows
        fresh.cuts = json.loads(computed.cuts.to_json())
        fresh.save()
        if newest and pack.key == pack_in_use().key:  # another pack is for looking: nobody's day follows it
            _keep_changes(computed)
            update_signals(computed, pack)
            for start in range(0, len(marks), 500):
                FactChange.objects.filter(pk__in=marks[start : start + 500]).delete()
        record(None, "insight.run", fresh, as_of=fresh.as_of, customers=fresh.customers, pack=fresh.pack)


def _keep_changes(computed: Computed, customers: list[int] | None = None, since: date | None = None) -> None:
    """Write the changes of the shown stage; those since `since` (as_of when not given) that no longer hold, their facts being gone, go."""
    days = {change.on for change in computed.changes}
    touched = [change.customer_id for change in computed.changes]
    for start in range(0, len(touched), 500):
        StageChange.objects.filter(customer__in=touched[start : start + 500], on__in=days).delete()
    kept = StageChange.objects.filter(on__gte=since or computed.as_of)
    left = list(kept if customers is None else kept.filter(customer__in=customers))
    rows = computed.rows.filter(pc.is_in(computed.rows["customer_id"], pa.array([row.customer_id for row in left], pa.int64())))
    holds = set(zip(*(rows[name].to_pylist() for name in ("customer_id", "stage", "stage_since")), strict=True))
    stale = [row.pk for row in left if (row.customer_id, row.new, row.on) not in holds]
    for start in range(0, len(stale), 500):
        StageChange.objects.filter(pk__in=stale[start : start + 500]).delete()
    StageChange.objects.bulk_create(
        [
            StageChange(customer_id=change.customer_id, on=change.on, old=change.old, new=change.new, cause=change.cause)
            for change in computed.changes
        ],
        batch_size=1000,
    )
