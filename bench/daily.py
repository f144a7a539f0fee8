"""The whole of `insight run` on a large base, from the start and on an ordinary day after it: seconds, peak memory, rows written.

Generates cards and deals (seeded) straight into a SQLite database, runs insight from the start (files, model, rows, signals), lets a
day pass on which 0.1 % of the customers changed, and runs the next day. Each run is a process of its own, as the nightly one is.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
AS_OF = date(2026, 11, 20)
SPAN = 1_825


def django(folder: Path) -> None:
    os.environ |= {"LIUKE_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "liuke.site.settings", "LIUKE_DATABASE_URL": ""}
    import django as framework

    framework.setup()


def generate(folder: Path, customers: int, deals: int) -> None:
    """Cards and deals of a base in which people come at their own pace, for their own time."""
    django(folder)
    import numpy as np
    import pyarrow as pa
    from django.core.management import call_command
    from django.utils import timezone

    from liuke.analytics import mirror
    from liuke.analytics.days import day_number
    from liuke.customers.models import Customer
    from liuke.deals.models import Deal, MirrorMonth
    from liuke.standing import bulk
    from liuke.team.models import Unit, User

    call_command("migrate", verbosity=0)
    unit = Unit.objects.create(name="总店", path="/1/")
    User.objects.create(username="chensiyuan", name="陈思远", unit=unit)
    rng = np.random.default_rng(11)
    first = day_number(AS_OF) - SPAN
    weight = rng.gamma(0.8, 1.0, customers)
    count = rng.multinomial(deals - customers, weight / weight.sum()) + 1
    start = rng.integers(0, SPAN - 25, customers)
    life = np.minimum(SPAN - start, (rng.exponential(700, customers) + 1).astype(int)).clip(1)
    day0 = (first + start).astype(np.int32)
    now = pa.scalar(timezone.now().replace(tzinfo=None).isoformat(sep=" "))

    def filled(model: type, many: int, **columns: object) -> pa.Table:
        """The columns given, and what is left out: the model's default, else an empty text, a nought or nothing."""
        out = {}
        for field in model._meta.local_concrete_fields:
            if field.column in columns:
                out[field.column] = columns[field.column]
                continue
            if field.primary_key:
                continue
            if field.null:
                value = pa.scalar(None, pa.string())
            elif field.get_internal_type() == "DateTimeField":
                value = now
            elif field.get_internal_type() == "JSONField":
                value = pa.scalar("{}")
            elif field.has_default() and not callable(field.default):
                value = pa.scalar(field.default)
            else:
                value = pa.scalar(field.get_default()) if isinstance(field.get_default(), (str, int, bool)) else pa.scalar("")
            out[field.column] = pa.repeat(value, many)
        return pa.table(out)

    ids = np.arange(1, customers + 1)
    number = pa.array([f"C{n:07d}" for n in ids])
    with bulk.writer(Customer._meta.db_table, customers) as write:
        write(
            filled(
                Customer, customers, id=ids, number=number, name=number, pinyin=number, unit_id=pa.repeat(unit.pk, customers),
                opened_on=pa.array(day0).cast(pa.date32()),
            )
        )  # fmt: skip
    who = np.repeat(ids, count)
    day = (first + 1 + start[who - 1] + (rng.random(deals) * life[who - 1]).astype(np.int64)).astype(np.int32)
    cents = np.rint(np.exp(rng.normal(3.5, 0.9, deals) + rng.normal(0, 0.5, customers)[who - 1]) * 100).astype(np.int64).clip(1)
    with bulk.writer(Deal._meta.db_table, deals) as write:
        for low in range(0, deals, 1_000_000):
            part = slice(low, low + 1_000_000)
            many = len(who[part])
            numbers = pa.array([f"D{n}" for n in range(low, low + many)])
            write(
                filled(
                    Deal, many, customer_id=who[part], on=pa.array(day[part]).cast(pa.date32()), amount_cents=cents[part],
                    came=pa.repeat(True, many), kind=pa.repeat("sale", many), number=numbers,
                )
            )  # fmt: skip
    month = day.astype("datetime64[D]").astype("datetime64[M]")
    order = np.argsort(month, kind="stable")
    edges = np.flatnonzero(np.append(True, np.diff(month[order].astype(int)) > 0))
    for rows in np.split(order, edges[1:]):
        table = pa.table({"customer_id": who[rows], "day": day[rows], "cents": cents[rows], "came": pa.repeat(True, len(rows))})
        mirror.write_month(folder / "mirror", str(month[rows[0]]), 1, table)
        MirrorMonth.objects.create(month=str(month[rows[0]]), changed=1)


def forget(folder: Path) -> None:
    """What an earlier bench on the same folder left: its runs, and the deals of its days."""
    django(folder)
    from django.core.management import call_command

    from liuke.customers.models import FactChange
    from liuke.deals.mirror import touch_months
    from liuke.deals.models import Deal
    from liuke.standing.models import Book, ChurnFit, Run, Signal, StageChange, Standing

    call_command("migrate", verbosity=0)
    for model in (Run, ChurnFit, Standing, Book, Signal, StageChange, FactChange):
        model.objects.all()._raw_delete("default")
    if Deal.objects.filter(on__gt=AS_OF).delete()[0]:
        touch_months([AS_OF])


def news(folder: Path, share: float, day: date) -> int:
    """A deal, with its marks, for so large a share of the customers. How many."""
    django(folder)
    import numpy as np

    from liuke.customers.models import Customer, FactChange
    from liuke.deals.mirror import touch_months
    from liuke.deals.models import Deal

    customers = Customer.objects.count()
    rng = np.random.default_rng(day.toordinal())
    some = rng.choice(customers, int(customers * share), replace=False) + 1
    number = Deal.objects.order_by("-pk").values_list("pk", flat=True)[0]
    same = {"on": day, "amount_cents": 5_000, "came": True, "kind": "sale"}
    Deal.objects.bulk_create([Deal(customer_id=int(pk), number=f"N{number + n}", **same) for n, pk in enumerate(some)], batch_size=500)
    FactChange.objects.bulk_create([FactChange(customer_id=int(pk)) for pk in some], batch_size=500)
    touch_months([day])
    return len(some)


def run(folder: Path, day: date, full: bool, profile: bool) -> None:
    django(folder)
    import time_machine

    from liuke.standing import actions
    from liuke.standing.models import Standing

    with time_machine.travel(f"{day}T05:30:00+08:00", tick=True):
        begin, cpu = time.perf_counter(), time.process_time()
        if profile:
            import cProfile

            with cProfile.Profile() as watched:
                done = actions.run(day, full=full)
            watched.dump_stats(str(folder / f"{day}.prof"))
        else:
            done = actions.run(day, full=full)
        spent, busy = time.perf_counter() - begin, time.process_time() - cpu
    written = Standing.objects.filter(since=day, book=done.book_id).count()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": spent, "cpu": busy, "peak_mb": peak, "child_mb": child, "rows": written, "model": done.fit.key}))


def apart(folder: Path, *words: object) -> dict[str, float]:
    command = [sys.executable, __file__, "--folder", str(folder), *map(str, words)]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--deals", type=int, default=20_000_000)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the generated data here and use it again")
    parser.add_argument("--profile", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=["generate", "forget", "full", "day"], help=argparse.SUPPRESS)
    parser.add_argument("--ahead", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    day = AS_OF + timedelta(days=args.ahead)
    if args.step == "generate":
        generate(args.folder, args.customers, args.deals)
        return 0
    if args.step == "forget":
        forget(args.folder)
        return 0
    if args.step:
        run(args.folder, day, args.step == "full", args.profile)
        return 0
    folder = args.folder or Path(tempfile.mkdtemp(prefix="daily-"))
    try:
        if not (folder / "liuke.sqlite3").exists():
            size = ["--customers", str(args.customers), "--deals", str(args.deals)]
            subprocess.run([sys.executable, __file__, "--folder", str(folder), "--step", "generate", *size], check=True)
        subprocess.run([sys.executable, __file__, "--folder", str(folder), "--step", "forget"], check=True)
        more = ["--profile"] if args.profile else []
        print(f"{'':22}{'seconds':>9}{'cpu':>8}{'peak MB':>9}{'rows':>11}   model")
        first = apart(folder, "--step", "full", *more)
        full = apart(folder, "--step", "full", *more)
        for name, one in (("whole, model fitted", first), ("whole, model known", full)):
            print(f"{name:22}{one['seconds']:9.2f}{one['cpu']:8.2f}{one['peak_mb']:9.0f}{one['rows']:11,}   {one['model']}")
        for ahead in range(1, args.days + 1):
            news(folder, 0.001, AS_OF + timedelta(days=ahead))
            one = apart(folder, "--step", "day", "--ahead", ahead, *more)
            print(
                f"{'a day, 0.1 % changed':22}{one['seconds']:9.2f}{one['cpu']:8.2f}{one['peak_mb']:9.0f}{one['rows']:11,}"
                f"   {first['seconds'] / one['seconds']:.1f} x and {full['seconds'] / one['seconds']:.1f} x quicker (goal 10 x)"
            )
        return 0
    finally:
        if not args.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    raise SystemExit(main())
