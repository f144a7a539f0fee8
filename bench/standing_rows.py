"""Writing a run's rows: what the product does, against a bare bulk load of the same rows into the same table.

    python bench/standing_rows.py [--customers 1000000] [--rounds 3]

SQLite: `standing.bulk.insert` (Arrow file, child process) against ADBC's ingest alone. With LIUKE_DATABASE_URL set to a PostgreSQL database
that may be filled and dropped: `standing.bulk.insert` (COPY) against COPY of the finished CSV text alone. Each side starts from an empty
table with all its indexes; the counts are checked; medians and their ratio are printed as one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

ROOT = Path(__file__).resolve().parent.parent


def rows(n: int) -> pa.Table:
    """As `standing.actions.standing_rows` gives them, generated."""
    rng = np.random.default_rng(7)
    day = (date(2026, 11, 20) - date(1970, 1, 1)).days
    last = (day - rng.integers(0, 900, n)).astype(np.int32)
    cents = rng.integers(0, 2_000_000, n)
    dates = pa.array(last).cast(pa.date32())
    letters = pa.array(rng.choice(["A", "B", "C"], n))
    stages = pa.array(rng.choice(list("ABCDE"), n))
    score = pa.array(rng.integers(1, 6, n).astype(np.int8))
    return pa.table(
        {
            "run_id": pa.array(np.full(n, 1)), "customer_id": pa.array(rng.permutation(n) + 1), "first_deal": dates, "last_deal": dates,
            "deal_days": pa.array(rng.integers(1, 40, n)), "amount_all_cents": pa.array(cents * 3), "amount_12m_cents": pa.array(cents),
            "last6_cents": pa.array(cents // 2), "prev6_cents": pa.array(cents // 3), "r": score, "f": score, "m": score,
            "cycle_days": pa.array(rng.random(n) * 200), "elapsed_cycles": pa.array(rng.random(n) * 5), "abc": letters,
            "attitude": pa.array(rng.choice(["loyal", "none"], n)), "type": pa.array(rng.choice(["key", "general"], n)),
            "tags": pa.array(rng.choice(["key", "general"], n)), "stage": stages, "stage_by_rule": stages,
            "stage_code": pa.array(rng.choice(["D.elapsed", "B.deals"], n)), "stage_since": dates, "rule_since": dates,
            "evidence_on": dates,
            "evidence_kind": pa.array([""] * n), "leave_share": pa.array(rng.random(n)),
            "leave_assumed": pa.array(rng.random(n) < 0.1), "expected_cents": pa.array(cents),
            "value_at_risk_cents": pa.array(cents // 4),
        }
    ).sort_by("customer_id")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as folder:
        os.environ |= {"LIUKE_DATA": folder, "DJANGO_SETTINGS_MODULE": "liuke.site.settings"}
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from liuke.standing import bulk
        from liuke.standing.models import Standing

        call_command("migrate", verbosity=0)
        table = Standing._meta.db_table
        data = rows(options.customers)
        with connection.cursor() as cursor:  # the rows name customers and a run that are not there: only the load is measured
            if connection.vendor == "postgresql":
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL')
        plain = bare_copy if connection.vendor == "postgresql" else bare_ingest
        ready = as_csv(data) if connection.vendor == "postgresql" else bulk._iso_dates(data)
        sides: dict[str, Callable[[], object]] = {
            "liuke": lambda: bulk.insert(table, data),
            "bare": lambda: plain(table, ready, data.column_names),
        }
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, load in sides.items():
                empty(table)
                start = time.perf_counter()
                own = load()
                seconds[name].append(own if isinstance(own, float) else time.perf_counter() - start)
                with connection.cursor() as cursor:
                    cursor.execute(f'SELECT count(*), sum(value_at_risk_cents) FROM "{table}"')
                    found = cursor.fetchone()
                assert (found[0], int(found[1])) == (options.customers, int(pa.compute.sum(data["value_at_risk_cents"]).as_py())), found
        medians = {name: round(statistics.median(values), 2) for name, values in seconds.items()}
        ratio = round(medians["liuke"] / medians["bare"], 2)
        print(json.dumps({"database": connection.vendor, "rows": options.customers, **medians, "ratio": ratio, "goal": 1.5}))


def empty(table: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'TRUNCATE "{table}"' if connection.vendor == "postgresql" else f'DELETE FROM "{table}"')
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def as_csv(data: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(data, sink, pa.csv.WriteOptions(include_header=False))
    return bytes(sink.getvalue())


def bare_copy(table: str, text: bytes, names: list[str]) -> None:
    """COPY of finished CSV text."""
    from django.db import connection

    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor, cursor.cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT csv)') as copy:
        for start in range(0, len(text), 1 << 20):
            copy.write(text[start : start + (1 << 20)])


def bare_ingest(table: str, data: pa.Table, names: list[str]) -> float:
    """ADBC alone, seconds: in a process of its own (a second SQLite library must not share one), timed inside it from connect to commit, so
    that the bare side pays neither the start of the process nor the reading of the rows."""
    from django.db import connection

    code = (
        "import sys, time, pyarrow.feather as f, adbc_driver_sqlite.dbapi as s\n"
        "t = f.read_table(sys.argv[3], memory_map=True)\n"
        "begin = time.perf_counter()\n"
        "with s.connect(sys.argv[1]) as l, l.cursor() as c:\n"
        "    c.adbc_ingest(sys.argv[2], t, mode='append'); l.commit()\n"
        "print(time.perf_counter() - begin)\n"
    )
    with tempfile.NamedTemporaryFile(suffix=".arrow") as file:
        pa.feather.write_feather(data, file.name, compression="uncompressed")
        command = [sys.executable, "-c", code, str(connection.settings_dict["NAME"]), table, file.name]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
