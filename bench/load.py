"""Loading a real file of half a million order lines, beside the plainest thing that could be done with it.

    python bench/load.py FILE.csv.gz [--runs 3] [--json]

ours: `liuke import deals FILE --create-customers` on a new database: every check, deals and their lines, customers, search index, audit.
base: pandas.read_csv + DataFrame.to_sql of the same rows into a new SQLite file, no check, no index.

Each run is a process of its own; both take turns; times are of the work alone (no imports), in seconds; memory is the peak of the process.
Goal: ours ≤ 3 × base, under 700 MB. Exit code 1 when it is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RATIO, MEGABYTES = 3.0, 700


def ours(file: str) -> dict[str, object]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from liuke.exchange import actions
    from liuke.exchange.report import Options
    from liuke.team.labels import UnitKind
    from liuke.team.models import Unit

    Unit.objects.create(name="总部", kind=UnitKind.GROUP)
    start, used = time.perf_counter(), time.process_time()
    report = actions.load_file(None, Path(file), "deals", {}, Options(create_customers=True))
    return measured(start, used) | report.counts()


def base(file: str) -> dict[str, object]:
    import sqlite3

    import pandas

    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "base.sqlite3") as connection:
        start, used = time.perf_counter(), time.process_time()
        frame = pandas.read_csv(file)
        frame.to_sql("lines", connection, index=False)
        connection.commit()
        return measured(start, used) | {"rows": len(frame)}


def measured(start: float, used: float) -> dict[str, object]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used, "megabytes": round(max(peak, children))}


def run(what: str, file: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as data:
        environment = os.environ | {
            "LIUKE_DATA": data,
            "LIUKE_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "liuke.site.settings",
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, __file__, file, "--only", what], env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=["ours", "base"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        sys.stdout.write(json.dumps((ours if given.only == "ours" else base)(given.file)) + "\n")
        return 0
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "base": []}
    for _ in range(given.runs):
        for what, results in runs.items():
            results.append(run(what, given.file))
    table = {
        what: {key: round(statistics.median(result[key] for result in results), 2) for key in ("seconds", "cpu", "megabytes")}
        for what, results in runs.items()
    }
    ratio = table["ours"]["seconds"] / table["base"]["seconds"]
    cpu_ratio = table["ours"]["cpu"] / table["base"]["cpu"]
    kept = ratio <= RATIO and table["ours"]["megabytes"] < MEGABYTES
    summary = {"runs": given.runs, **table, "ratio": round(ratio, 2), "cpu_ratio": round(cpu_ratio, 2), "goal_kept": kept}
    if given.json:
        sys.stdout.write(json.dumps(summary) + "\n")
    else:
        for what in ("base", "ours"):
            row = table[what]
            sys.stdout.write(f"{what}  {row['seconds']:7.2f} s  {row['cpu']:7.2f} s cpu  {row['megabytes']:6.0f} MB\n")
        sys.stdout.write(f"ratio {ratio:.2f} (cpu {cpu_ratio:.2f}); goal ≤ {RATIO:g}, < {MEGABYTES} MB: {'kept' if kept else 'missed'}\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
