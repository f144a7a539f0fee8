"""The morning's lists of a whole company, ready before work. Run: python -m bench.morning [--staff N] [--each N] [--json]

A throw-away database (SQLite, or the empty one of LIUKE_DATABASE_URL) is filled with N members of staff and their customers: a standing
for each, a signal for every second, a contact in the last month for every fifth, a day for the next contact for nine in ten. Then in turn:
plan (the first morning: every task is made), next contact, what is overdue, every member's list; then the next morning, with every figure
new. `plain`: the same tasks without rule, budget, reason or audit: one join, sorted, written by executemany into a table without
indexes. Printed: seconds by the clock and of the process's own work, rows, and the peak of memory. Goals: 60 × 5,000 under 10 s,
1,000 × 1,000 (a million customers) under 3 minutes and 4 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

SIGNALS = ("overdue_visit", "insurance_30", "late_visit", "spend_drops", "package_low")
SLOTS = {"recency_days": 212, "cycle_days": 74.0, "days_left('insurance')": 21, "last6_cents": 38000, "prev6_cents": 142000}
GOALS = {60: (10.0, 4000), 1000: (180.0, 4000)}
STORE = 20


def insert(model: Any, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """Rows by the database's own bulk way; columns that are not named and may not be empty get the model's own default."""
    from django.db import connection
    from django.db.models import DateTimeField
    from django.utils import timezone

    now, fields = timezone.now(), columns.split()
    rest = [f for f in model._meta.concrete_fields if f.column not in fields and not f.primary_key and not f.null]
    values = [now if isinstance(f, DateTimeField) else f.get_db_prep_save(f.get_default(), connection) for f in rest]
    names = [*fields, *(f.column for f in rest)]
    quoted, marks = ",".join(f'"{name}"' for name in names), ",".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {model._meta.db_table} ({quoted}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, *values))
        else:
            cursor.executemany(f"INSERT INTO {model._meta.db_table} ({quoted}) VALUES ({marks})", ((*row, *values) for row in rows))


def fill(staff: int, customers: int, today: date, seed: int = 7) -> None:
    """The same company every time: stores of 20 people with a supervisor each, customers shared out evenly."""
    from django.db import transaction
    from django.utils import timezone

    from liuke.customers.models import Customer
    from liuke.interactions.models import Interaction
    from liuke.standing.models import Book, Run, Signal, Standing
    from liuke.team.models import Unit, User

    dice, now = random.Random(seed), timezone.now()
    group = Unit.objects.create(name="启程汽车服务集团", kind="group")
    stores = [Unit.objects.create(name=f"{n}店", kind="store", parent=group) for n in range(-(-staff // STORE))]
    reps = [User.objects.create(username=f"rep{n}", name=f"业务员{n}", role="rep", unit=stores[n // STORE]) for n in range(staff)]
    for n, store in enumerate(stores):
        User.objects.create(username=f"sup{n}", name=f"主管{n}", role="supervisor", unit=store)
    User.objects.create(username="manager", name="赵国平", role="manager", unit=group)
    book = Book.objects.create(began_on=today)
    Run.objects.create(as_of=today, book=book, pack="auto_dealer", started_at=now, finished_at=now, customers=customers, latest=True)
    slots = json.dumps(SLOTS)

    def cards() -> Iterable[Sequence[object]]:
        for n in range(1, customers + 1):
            rep = reps[n % staff]
            soon = today + timedelta(days=dice.randrange(60)) if n % 10 else None
            yield n, f"C{n:07d}", "person", f"客户{n}", rep.unit_id, rep.pk, today - timedelta(days=900), soon, "kehu", f"c{n:07d}"

    def standings() -> Iterable[Sequence[object]]:
        for n in range(1, customers + 1):
            stage = dice.choice("ABCDDE")
            risk = int(dice.paretovariate(1.2) * 10_000) if stage in "CD" else dice.randrange(0, 5000)
            last = today - timedelta(days=dice.randrange(0, 700))
            yield (
                book.pk,
                n,
                today,
                last,
                last,
                5,
                74.0,
                dice.choices("ABC", (2, 3, 5))[0],
                "general",
                stage,
                stage,
                "D.elapsed",
                today,
                today,
                risk,
            )

    with transaction.atomic():
        insert(Customer, "id number kind name unit_id owner_id opened_on next_contact_on pinyin search", cards())
        insert(
            Standing,
            "book_id customer_id since first_deal last_deal deal_days cycle_days abc type stage stage_by_rule stage_code stage_since "
            "rule_since value_at_risk_cents",
            standings(),
        )
        signalled = ((n, SIGNALS[n % 5], "churn", 2, slots, "{}", today) for n in range(1, customers + 1, 2))
        insert(Signal, "customer_id key family severity slots first_slots started_on", signalled)
        days = ((n, today - timedelta(days=dice.randrange(1, 30))) for n in range(1, customers + 1, 5))
        talks = ((n, now - (today - on), on, "out", "phone", True, "reached", 1) for n, on in days)
        insert(Interaction, "customer_id at on direction way two_way outcome by_id", talks)


def look_over() -> None:
    """As a run of insight leaves them: with the database's own figures of its tables (standing.bulk.look_over)."""
    from liuke.customers.models import Customer
    from liuke.interactions.models import Interaction
    from liuke.standing.bulk import look_over as look
    from liuke.standing.models import Signal, Standing

    for model in (Customer, Interaction, Signal, Standing):
        look(model._meta.db_table)


def measured(name: str, act: Callable[[], Any], shown: list[dict[str, Any]]) -> Any:
    start, used = time.perf_counter(), time.process_time()
    came = act()
    row = {"what": name, "seconds": round(time.perf_counter() - start, 2), "cpu": round(time.process_time() - used, 2)}
    shown.append(row | {"came": str(came)})
    print(f"{name:34} {row['seconds']:8.2f} s {row['cpu']:8.2f} s cpu  {came}", file=sys.stderr, flush=True)
    return came


def plain() -> str:
    """The least that makes a list: customers with a signal, by money at risk, one row each."""
    from django.db import connection

    from liuke.customers.models import Customer
    from liuke.standing.models import Signal, Standing

    tables = [model._meta.db_table for model in (Signal, Customer, Standing)]
    with connection.cursor() as cursor:
        columns = "customer int, who int, key text, slots text, cents bigint, due date"
        cursor.execute(f"CREATE TEMPORARY TABLE plain ({columns})")
        cursor.execute(
            "SELECT s.customer_id, c.owner_id, s.key, s.slots, t.value_at_risk_cents, s.started_on FROM {} s "
            "JOIN {} c ON c.id = s.customer_id JOIN {} t ON t.customer_id = c.id WHERE s.ended_on IS NULL".format(*tables)
        )
        rows = sorted(cursor.fetchall(), key=lambda row: (row[1], -row[4]))
        texts = [(*row[:3], row[3] if isinstance(row[3], str) else json.dumps(row[3]), *row[4:]) for row in rows]
        cursor.executemany("INSERT INTO plain VALUES (%s, %s, %s, %s, %s, %s)", texts)
    return f"{len(rows):,} rows"


def lists(today: date) -> str:
    """Everybody's list, as the page reads it."""
    from liuke.team.models import User
    from liuke.work.queries import today as list_of

    found = [list_of(user, today) for user in User.objects.filter(role="rep").select_related("unit", "scope").order_by("pk")]
    return f"{len(found):,} lists, {sum(each.count for each in found):,} tasks on them, {sum(each.left_count for each in found):,} left"


def mornings(today: date) -> dict[str, Any]:
    from django.db import transaction
    from django.db.models import F

    from liuke.standing.models import Standing
    from liuke.work.actions import plan
    from liuke.work.next_contact import keep
    from liuke.work.raising import raise_overdue

    shown: list[dict[str, Any]] = []
    with transaction.atomic():
        measured("plain", plain, shown)
    totals = {}
    for name in ("first morning", "next morning"):
        if name == "next morning":
            Standing.objects.update(value_at_risk_cents=F("value_at_risk_cents") + 100)
        at = len(shown)
        measured(f"{name}: plan", lambda: plan(today), shown)
        measured(f"{name}: next contact", lambda: keep(today), shown)
        measured(f"{name}: overdue", lambda: raise_overdue(today), shown)
        measured(f"{name}: everybody's list", lambda: lists(today), shown)
        totals[name] = {key: round(sum(row[key] for row in shown[at:]), 1) for key in ("seconds", "cpu")}
    return {"steps": shown, "totals": totals}


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--staff", type=int, default=60)
    reader.add_argument("--each", type=int, default=0, help="customers of each; 0: as the goal says")
    reader.add_argument("--json", action="store_true")
    asked = reader.parse_args()
    customers = asked.staff * asked.each if asked.each else {60: 5000, 1000: 1_000_000}.get(asked.staff, asked.staff * 1000)
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as folder:
        os.environ |= {
            "LIUKE_DATA": folder,
            "LIUKE_DATABASE_URL": os.environ.get("LIUKE_DATABASE_URL", ""),
            "LIUKE_SECRET_KEY": "only for the bench",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "liuke.site.settings"),
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.utils import timezone

        call_command("migrate", verbosity=0)
        today = timezone.localdate()
        fill(asked.staff, customers, today)
        look_over()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        found = mornings(today)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds, megabytes = GOALS.get(asked.staff, (0.0, 4000))
    kept = all(total["seconds"] <= seconds for total in found["totals"].values()) and peak <= megabytes if seconds else None
    summary = {"staff": asked.staff, "customers": customers, "megabytes": peak, "megabytes_filled": before, **found, "goal_kept": kept}
    if asked.json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        for name, total in found["totals"].items():
            print(f"{name}: {total['seconds']:.1f} s, {total['cpu']:.1f} s cpu")
        print(f"{asked.staff:,} staff × {customers:,} customers, {peak:,} MB; goal {seconds:g} s, {megabytes:,} MB: {kept}")
    return 0 if kept is not False else 1


if __name__ == "__main__":
    sys.exit(main())
