"""Facts and grades of 1,000,000 customers with 20,000,000 deals, against the same definitions in DuckDB SQL.

Generates the data (seeded) in a temporary folder, then measures each side in a process of its own, in turn, both from the
same Parquet mirror to a result table in memory; compares every column of every row; prints the median of the runs.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from liuke.analytics import mirror
from liuke.analytics.days import months_before_all
from liuke.analytics.grade import grade_mirror
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from tests.analytics.engines import UNASKED

FIRST, SPAN = 18_600, 1_825
AS_OF = FIRST + SPAN
OTHERS = ("customers", "events", "contacts", "contracts")


def generate(folder: Path, customers: int, deals: int) -> None:
    """Deals of a base in which people come at their own pace, for their own time, and a few send things back."""
    rng = np.random.default_rng(11)
    weight = rng.gamma(0.8, 1.0, customers)
    count = rng.multinomial(deals - customers, weight / weight.sum()) + 1
    start = rng.integers(0, SPAN - 25, customers)
    life = np.minimum(SPAN - start, (rng.exponential(700, customers) + 1).astype(int)).clip(1)
    who = np.repeat(np.arange(1, customers + 1, dtype=np.int64), count)
    day = (FIRST + 1 + start[who - 1] + (rng.random(deals) * life[who - 1]).astype(np.int64)).astype(np.int32)
    cents = np.rint(np.exp(rng.normal(3.5, 0.9, deals) + rng.normal(0, 0.5, customers)[who - 1]) * 100).astype(np.int64).clip(1)
    refund = rng.random(deals) < 0.01
    cents[refund] *= -1
    month = day.astype("datetime64[D]").astype("datetime64[M]")
    order = np.argsort(month, kind="stable")
    edges = np.flatnonzero(np.append(True, np.diff(month[order].astype(int)) > 0))
    for rows in np.split(order, edges[1:]):
        table = pa.table({"customer_id": who[rows], "day": day[rows], "cents": cents[rows], "came": ~refund[rows]})
        mirror.write_month(folder / "mirror", str(month[rows[0]]), 1, table)
    n = customers // 5

    def someone() -> np.ndarray:
        return rng.integers(1, customers + 1, n)

    def some_day() -> pa.Array:
        return pa.array(FIRST + rng.integers(0, SPAN + 1, n), pa.int32())

    kinds = [
        "satisfaction",
        "recommend",
        "price_asked",
        "need_recorded",
        "need_met",
        "tier_raised",
        "told_leaving",
        "referral_bought",
        "bought_elsewhere",
    ]
    tables = {
        "customers": pa.table(
            {
                "customer_id": np.arange(1, customers + 1),
                "opened_day": pa.array(FIRST + start, pa.int32()),
                "key_account": rng.random(customers) < 0.01,
                "owner_left": rng.random(customers) < 0.02,
            }
        ),
        "events": pa.table(
            {"customer_id": someone(), "day": some_day(), "kind": rng.choice(kinds, n).astype(object), "value": rng.integers(1, 6, n)}
        ),
        "contacts": pa.table({"customer_id": someone(), "day": some_day(), "two_way": rng.random(n) < 0.5}),
        "contracts": pa.table(
            {
                "customer_id": someone(),
                "kind": rng.choice(["insurance", "package"], n).astype(object),
                "start_day": pa.array(np.full(n, FIRST), pa.int32()),
                "end_day": pa.array(FIRST + rng.integers(365, SPAN + 365, n), pa.int32()),
                "ended_day": pa.array(np.full(n, FIRST), pa.int32(), mask=np.ones(n, bool)),
                "asset_gone": np.zeros(n, bool),
                "remaining": pa.array(np.zeros(n), pa.int32()),
            }
        ),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")


def ours(folder: Path) -> pa.Table:
    empty = Tables(pa.table({"customer_id": [], "day": [], "cents": [], "came": []}))
    others = Tables(empty.deals, *(pq.read_table(folder / f"{name}.parquet") for name in OTHERS))
    return grade_mirror(folder / "mirror", others, AS_OF, Thresholds())[0]


def duckdb_sql(folder: Path) -> pa.Table:
    import duckdb

    from tests.analytics.oracle import query

    with duckdb.connect(config={"threads": 2, "temp_directory": str(folder / "spill")}) as db:
        files = [str(folder / "mirror" / month.file) for month in mirror.live(folder / "mirror").values() if month.file]
        db.execute(f"CREATE VIEW deals AS SELECT * FROM read_parquet({files!r})")
        for name in OTHERS:
            db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{folder / name}.parquet')")
        days = np.arange(FIRST, AS_OF + 1, dtype=np.int32)
        db.register("cal", pa.table({"day": days, "back12": months_before_all(days, 12)}))
        return db.sql(query(AS_OF, Thresholds(), div="//", native_median=True)).to_arrow_table()


def one(side: str, folder: Path, keep: Path | None) -> None:
    """Run in a child: the time from the files to the table, then the peak memory of the process."""
    begin, cpu = time.perf_counter(), time.process_time()
    table = ours(folder) if side == "liuke" else duckdb_sql(folder)
    spent, busy = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    if keep:
        pq.write_table(table, keep)
    print(json.dumps({"seconds": spent, "cpu": busy, "peak_mb": peak, "rows": table.num_rows}))


def measure(side: str, folder: Path, keep: Path | None = None) -> dict[str, float]:
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder), *(["--keep", str(keep)] if keep else [])]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def differences(a: Path, b: Path) -> list[str]:
    """Columns of two result files that are not equal in every row; displayed ratios to 1e-12."""
    wrong = []
    left_file, right_file = pq.ParquetFile(a), pq.ParquetFile(b)
    for name in [name for name in left_file.schema_arrow.names if name not in UNASKED]:
        left, right = left_file.read([name])[name], right_file.read([name])[name]
        if pa.types.is_floating(left.type):
            near = pc.less_equal(pc.abs(pc.subtract(left, right.cast(left.type))), 1e-12 * 1e4)
            equal = left.null_count == right.null_count and pc.all(near).as_py() is True and near.null_count == left.null_count
        else:
            equal = left.equals(right.cast(left.type))
        if not equal:
            wrong.append(name)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--deals", type=int, default=20_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep the generated data here and use it again")
    parser.add_argument("--side", choices=["liuke", "duckdb", "generate"], help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side == "generate":
        generate(args.folder, args.customers, args.deals)
        return 0
    if args.side:
        one(args.side, args.folder, args.keep)
        return 0
    folder = args.folder or Path(tempfile.mkdtemp(prefix="grades-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "contracts.parquet").exists():
            size = ["--customers", str(args.customers), "--deals", str(args.deals)]
            subprocess.run([sys.executable, __file__, "--side", "generate", "--folder", str(folder), *size], check=True)
        return report(folder, args.runs)
    finally:
        if not args.folder:
            shutil.rmtree(folder)


def report(folder: Path, runs: int) -> int:
    a, b = folder / "liuke.result", folder / "duckdb.result"
    measure("liuke", folder, a)  # the first pair warms the page cache and settles that the answers are equal
    measure("duckdb", folder, b)
    wrong = differences(a, b)
    print("answers:", f"DIFFER in {', '.join(wrong)}" if wrong else "equal in every column of every row")
    if wrong:
        return 1
    found = {side: [] for side in ("liuke", "duckdb")}
    for _ in range(runs):
        for side, results in found.items():
            results.append(measure(side, folder))
    print(f"{'':8}{'seconds':>10}{'best':>8}{'cpu':>8}{'peak MB':>10}")
    middle = {side: statistics.median(r["seconds"] for r in results) for side, results in found.items()}
    for side, results in found.items():
        cpu, peak = statistics.median(r["cpu"] for r in results), max(r["peak_mb"] for r in results)
        print(f"{side:8}{middle[side]:10.2f}{min(r['seconds'] for r in results):8.2f}{cpu:8.2f}{peak:10.0f}")
    print(f"DuckDB / liuke: {middle['duckdb'] / middle['liuke']:.1f} x (goal 2 x; memory under 1500 MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
