"""Planning everybody's tasks, and server time of today. Run: python -m bench.today [--customers N] [--times N]

The throw-away database of bench.pages, a signal for every second customer. Printed: seconds of the first plan (everything is made),
of the second with every figure changed, and of the third (nothing to do); then median and 95th percentile of each page, and its queries.
The goals: a minute for 100,000 customers, and a 95th percentile under 100 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time

SIGNALS = ("overdue_visit", "insurance_30", "late_visit", "spend_drops", "package_low")


def prepare() -> None:
    """Signals of the pack in use in place of the made-up ones, and a sight for everybody's owner."""
    from django.utils import timezone

    from liuke.customers.models import Customer
    from liuke.standing.models import Signal

    Signal.objects.all().delete()
    slots = {"recency_days": 212, "cycle_days": 74.0, "days_left('insurance')": 21, "last6_cents": 38000, "prev6_cents": 142000}
    today = timezone.localdate()
    ids = Customer.objects.order_by("pk").values_list("pk", flat=True)
    rows = [
        Signal(customer_id=pk, key=SIGNALS[pk % len(SIGNALS)], family="churn", severity=2, slots=slots, started_on=today)
        for pk in ids
        if pk % 2
    ]
    Signal.objects.bulk_create(rows, batch_size=5000)


def plans() -> None:
    from django.db.models import F
    from django.utils import timezone

    from liuke.standing.models import Standing
    from liuke.work.actions import plan

    for name in ("first", "all figures new", "nothing new"):
        if name == "all figures new":
            Standing.objects.update(value_at_risk_cents=F("value_at_risk_cents") + 100)
        start = time.perf_counter()
        done = plan(timezone.localdate())
        print(f"plan, {name:16} {time.perf_counter() - start:6.1f} s  {done}", flush=True)


def pages(times: int) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from liuke.team.models import User
    from liuke.work.models import Task

    user = User.objects.get(username="rep7")
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    tasks = Task.objects.filter(assignee=user)
    print(f"open tasks of one person: {tasks.count()}")
    one = tasks.order_by("-value_per_minute_cents").values_list("pk", flat=True)[0]
    for address in ("/today/", f"/today/{one}/", "/today/left/"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        asked = len(queries)
        assert answer.status_code == 200, (address, answer.status_code)
        spent = []
        for _ in range(times):
            start = time.perf_counter()
            client.get(address)
            spent.append((time.perf_counter() - start) * 1000)
        spent.sort()
        tail = spent[min(int(len(spent) * 0.95), len(spent) - 1)]
        print(f"{address:16} {statistics.median(spent):7.1f} ms {tail:7.1f} ms {asked:4} queries {len(answer.content):7} bytes", flush=True)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--customers", type=int, default=100_000)
    reader.add_argument("--times", type=int, default=40)
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as folder:
        os.environ |= {
            "LIUKE_DATA": folder,
            "LIUKE_DATABASE_URL": "",
            "LIUKE_SECRET_KEY": "only for the bench",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "liuke.site.settings"),
        }
        import django

        django.setup()
        from django.core.management import call_command

        from bench.pages import as_served, fill

        call_command("migrate", verbosity=0)
        fill(asked.customers)
        prepare()
        print(f"{asked.customers:,} customers")
        plans()
        as_served()
        pages(asked.times)


if __name__ == "__main__":
    main()
