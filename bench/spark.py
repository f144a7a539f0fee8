"""The whole grading of a base on Spark, local mode, two threads: our functions by mapInArrow against the same definitions in Spark SQL.

Generates the data of bench/grades.py (seeded) in a temporary folder. Each side runs in a process and a session of its own, in turn, from
the same Parquet files to a Parquet result: once to warm the session, then the run that counts. Every column of every row is compared
first. The SQL is the tests' oracle with Spark's own `median`; Spark takes it as it stands but for the sign of whole division.
"""

from __future__ import annotations

import argparse
import json
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
import pyarrow.parquet as pq

from bench.grades import AS_OF, FIRST, OTHERS, differences
from liuke.analytics import mirror
from liuke.analytics.days import months_before_all
from liuke.analytics.engines import spark
from liuke.analytics.engines.session import session
from liuke.analytics.thresholds import Thresholds
from tests.analytics.engines import UNASKED
from tests.analytics.oracle import query

ROOT = Path(__file__).resolve().parents[1]
GOAL = 2.0
OPTIONS = {"spark.driver.memory": "4g"}


def deal_files(folder: Path) -> list[str]:
    return [str(folder / "mirror" / month.file) for month in mirror.live(folder / "mirror").values() if month.file]


def one(side: str, folder: Path, warm: bool) -> None:
    """In a child: seconds from the files to the result."""
    cluster = session("local[2]", OPTIONS | {"spark.local.dir": str(folder / "spill")})
    others = {name: str(folder / f"{name}.parquet") for name in OTHERS}
    result = str(folder / f"{side}.rows")

    def ours() -> None:
        found = spark.grade_spark(cluster, deal_files(folder), others, AS_OF, Thresholds(), work=str(folder / "work"))
        found.frame.write.mode("overwrite").parquet(result)

    def sql() -> None:
        cluster.read.parquet(*deal_files(folder)).createOrReplaceTempView("deals")
        for name, path in others.items():
            cluster.read.parquet(path).createOrReplaceTempView(name)
        days = np.arange(FIRST, AS_OF + 1, dtype=np.int32)
        cluster.createDataFrame(pa.table({"day": days, "back12": months_before_all(days, 12)})).createOrReplaceTempView("cal")
        cluster.sql(_spark_sql(query(AS_OF, Thresholds(), div="DIV", native_median=True))).write.mode("overwrite").parquet(result)

    run = ours if side == "liuke" else sql
    if warm:
        run()
    start = time.perf_counter()
    run()
    print(json.dumps({"seconds": time.perf_counter() - start}))
    cluster.stop()


def _spark_sql(text: str) -> str:
    """Without the order: the result is a set of rows on both sides."""
    rows, order = text.rsplit("ORDER BY", 1)
    assert order.strip() == "customer_id"
    return rows


def measure(side: str, folder: Path, *, warm: bool) -> float:
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder), *(["--warm"] if warm else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def in_order(folder: Path, side: str) -> Path:
    path = folder / f"{side}.result"
    table = pq.read_table(folder / f"{side}.rows").sort_by("customer_id")
    pq.write_table(table.select([name for name in table.column_names if name not in UNASKED]), path)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--deals", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cold", action="store_true", help="do not warm the session first")
    parser.add_argument("--folder", type=Path, help="keep the generated data here and use it again")
    parser.add_argument("--side", choices=["liuke", "sql"], help=argparse.SUPPRESS)
    parser.add_argument("--warm", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        one(args.side, args.folder, args.warm)
        return 0
    folder = args.folder or Path(tempfile.mkdtemp(prefix="spark-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "contracts.parquet").exists():
            size = ["--customers", str(args.customers), "--deals", str(args.deals)]
            generate = [sys.executable, str(ROOT / "bench/grades.py"), "--side", "generate", "--folder", str(folder), *size]
            subprocess.run(generate, check=True)
        return report(folder, args.runs, not args.cold)
    finally:
        if not args.folder:
            shutil.rmtree(folder)


def report(folder: Path, runs: int, warm: bool) -> int:
    found: dict[str, list[float]] = {"liuke": [], "sql": []}
    for number in range(runs):
        for side, results in found.items():
            results.append(measure(side, folder, warm=warm))
        if not number:
            wrong = differences(*(in_order(folder, side) for side in found))
            print("answers:", f"DIFFER in {', '.join(wrong)}" if wrong else "equal in every column of every row")
            if wrong:
                return 1
    middle = {side: statistics.median(results) for side, results in found.items()}
    for side, results in found.items():
        print(f"{'Spark SQL' if side == 'sql' else side:10}{middle[side]:8.1f} s  (best {min(results):.1f})")
    ratio = middle["sql"] / middle["liuke"]
    print(f"Spark SQL / liuke: {ratio:.1f} x (goal {GOAL:g} x)")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
