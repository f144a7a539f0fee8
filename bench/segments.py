"""How long it takes to count segments at 1,000,000 customers. Run: python -m bench.segments [--customers N] [--times N] [--keep DIR]

The same made-up company as bench/pages.py (SQLite in a folder, or the empty database of LIUKE_DATABASE_URL). Each segment has three
conditions, joined in different ways, and is counted as a manager who sees everybody, as a supervisor who sees a third, and as a rep.
Printed: customers, median and 95th percentile in milliseconds. The goal: under one second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.pages import fill, p95

D, GOLD = {"ask": "stage", "op": "in", "is": ["D"]}, {"ask": "tier", "op": "in", "is": ["gold"]}
MONEY = {"ask": "amount_12m", "op": "ge", "a": 500_000}
CALLED = {"ask": "contacts", "has": "yes", "when": "last", "n": 90}
SEGMENTS: dict[str, dict[str, Any]] = {
    "three figures": {"all": [D, MONEY, {"ask": "last_deal", "when": "before", "n": 90}]},
    "a grade, a contract, no contact": {
        "all": [
            {"ask": "grade", "op": "in", "is": ["A"]},
            {"ask": "contracts", "state": "expires", "n": 60, "kinds": ["insurance"]},
            {"none": [CALLED]},
        ]
    },
    "a store, money, a contact": {"all": [{"ask": "unit", "op": "in", "is": ["5"]}, MONEY, CALLED]},
    "name, tier, opened": {
        "all": [{"ask": "name", "op": "contains", "text": "伟"}, GOLD, {"ask": "opened_on", "when": "before", "n": 365}]
    },
    "any of stage, money, signal": {"any": [D, MONEY, {"ask": "signals", "state": "open", "keys": ["not_back"]}]},
    "a stage, not a tier, three deals": {
        "all": [D, {"none": [GOLD]}, {"ask": "deals", "measure": "count", "op": "ge", "times": 3, "when": "last", "n": 365}]
    },
    "a tier, a stage, deals by content": {"all": [GOLD, D, {"ask": "deals", "measure": "yes", "when": "last", "n": 365, "text": "保养"}]},
}


def measure(times: int) -> float:
    """Prints the table; returns the worst 95th percentile, in milliseconds."""
    from liuke.packs.loader import load_pack
    from liuke.segments.asking import Asked
    from liuke.segments.catalogue import catalogue
    from liuke.segments.compiling import compile_node, count
    from liuke.segments.conditions import read
    from liuke.standing.queries import current_run
    from liuke.team.models import User

    known, run, worst = catalogue(load_pack("auto_dealer")), current_run(), 0.0
    assert run is not None
    print(f"{'segment':36} {'who':11} {'customers':>9} {'median':>8} {'p95':>8}")
    for name, data in SEGMENTS.items():
        node = read(data, known)
        for username in ("manager", "supervisor", "rep7"):
            user = User.objects.select_related("unit", "scope").get(username=username)
            spent, found = [], 0
            for _ in range(times):
                start = time.perf_counter()
                found = count(compile_node(node, known, Asked(run.as_of, run, user, {})), user)
                spent.append((time.perf_counter() - start) * 1000)
            worst = max(worst, p95(spent))
            print(f"{name:36} {username:11} {found:9,} {statistics.median(spent):8.0f} {p95(spent):8.0f}", flush=True)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--keep", help="a folder for the data, used again when it is there")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(wanted.keep or folder)
        data.mkdir(parents=True, exist_ok=True)
        os.environ |= {"LIUKE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "liuke.site.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from liuke.customers.models import Customer
        from liuke.vault import keys

        call_command("migrate", verbosity=0)
        keys.make()
        if not Customer.objects.exists():
            start = time.perf_counter()
            fill(wanted.customers)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            print(f"{wanted.customers:,} customers made in {time.perf_counter() - start:.0f} s, {connection.vendor}")
        print(f"worst 95th percentile: {measure(wanted.times):.0f} ms")


if __name__ == "__main__":
    main()
