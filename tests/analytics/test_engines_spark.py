"""The rows of Spark, of the process and of plain SQL are the same; so are the cuts and the fits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liuke.analytics import mirror
from liuke.analytics.assign import assign
from liuke.analytics.churn.book import Book, history, thin
from liuke.analytics.churn.choice import choose
from liuke.analytics.churn.fit import MODELS, NotFitted, fit
from liuke.analytics.churn.history import History
from liuke.analytics.churn.predict import Churn
from liuke.analytics.churn.typical import typical_of
from liuke.analytics.days import date_of, day_number
from liuke.analytics.engines import rows, session, spark
from liuke.analytics.engines.histories import SparkHistories, fit_spark
from liuke.analytics.engines.population import SparkPopulation, sample_spark, train_spark
from liuke.analytics.facts import facts
from liuke.analytics.grade import grade
from liuke.analytics.summary import cuts_of, summarise
from liuke.analytics.tables import Tables, numbers
from liuke.analytics.thresholds import Thresholds
from liuke.kernel.refusal import Refused
from tests.analytics.bases import TODAY, cards, contracts, deals, events, regular
from tests.analytics.engines import by_sqlite, same
from tests.analytics.samples import base

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow
AS_OF = day_number(date(2025, 3, 31))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Spark on two threads of this machine, started elsewhere: its executors find our code only where it was sent."""
    try:
        session.check()
    except Refused as missing:
        pytest.skip(f"Spark: {missing}")
    options = {"spark.sql.shuffle.partitions": "4", "spark.sql.execution.arrow.maxRecordsPerBatch": "700"}
    with contextlib.chdir(tmp_path_factory.mktemp("spark")):
        found = session.session("local[2]", options)
    yield found
    found.stop()


def nasty() -> Tables:
    """A random base, and customers of the kind that breaks things."""
    some = base(23, 1200, AS_OF)
    many = 10**6
    sold = [
        *[(many + 1, AS_OF - back // 3, 10.01) for back in range(3000)],  # one customer larger than a lot
        (many + 2, AS_OF, 1e13), (many + 2, AS_OF - 40, -1e13), (many + 3, AS_OF - 400, -5e12),
        *regular(many + 4, 30, 12, AS_OF - 52, 1e13),
        (many + 5, AS_OF + 1, 50), (many + 5, AS_OF + 400, 50),  # nothing yet
        (2**62, AS_OF - 3, 20), (-5, AS_OF - 3, 20), (0, AS_OF - 31, 20),
        *[(many + 6, AS_OF - 10, 0)] * 3,
    ]  # fmt: skip
    happened = events((many + 7, AS_OF - 3, "told_leaving"), (many + 1, AS_OF, "recommend", 10), (-5, AS_OF - 1, "新事：带,和\"'"))
    agreed = contracts({"customer_id": 0, "end_day": AS_OF - 40, "start_day": AS_OF - 400, "kind": "保险"})
    return Tables(
        pa.concat_tables([some.deals, deals(*sold)]),
        pa.concat_tables([some.customers, cards((many + 7, AS_OF - 90, True), (many + 8, AS_OF + 1), (many + 9, AS_OF))]),
        pa.concat_tables([some.events, happened]),
        some.contacts,
        pa.concat_tables([some.contracts, agreed]),
    )


def lived() -> Tables:
    """1,500 customers as the models think of them."""
    rng = np.random.default_rng(5)
    rate, leaves = rng.gamma(0.6, 1 / 45, 1500), rng.exponential(500, 1500)
    sold = []
    for who in range(1500):
        age = int(rng.integers(30, 700))
        times = np.cumsum(rng.exponential(1 / rate[who], 60))
        sold += [(who, AS_OF - age + int(t), 10.0) for t in [0.0, *times[times < min(age, leaves[who])]]]
    return Tables(deals(*sold))


@pytest.mark.parametrize("partitions", [None, 3])
def test_spark_the_process_and_sql_give_the_same_rows(cluster: SparkSession, tmp_path: Path, partitions: int | None) -> None:
    tables, thresholds = nasty(), Thresholds()
    expected, cuts = grade(tables, AS_OF, thresholds)
    found = spark.grade_spark(cluster, tables.deals, tables, AS_OF, thresholds, work=str(tmp_path), partitions=partitions)
    ours = spark.rows_in_order(found.frame)
    assert found.cuts == cuts
    assert ours.schema == expected.schema
    assert repr(ours.to_pylist()) == repr(expected.to_pylist())
    assert len(set(ours["stage_rule_code"].to_pylist())) >= 18
    if partitions is None:
        same(ours, by_sqlite(tables, AS_OF, thresholds))


def test_small_lots_and_the_mirror_s_files_give_the_same(cluster: SparkSession, tmp_path: Path) -> None:
    tables, thresholds = base(31, 900, AS_OF), Thresholds()
    months: dict[str, list[int]] = {}
    for place, day in enumerate(tables.deals["day"].to_pylist()):
        months.setdefault(f"{date_of(day):%Y-%m}", []).append(place)
    for month, places in months.items():
        mirror.write_month(tmp_path / "mirror", month, 1, tables.deals.take(places))
    for name in ("customers", "events", "contacts", "contracts"):
        pq.write_table(getattr(tables, name), tmp_path / f"{name}.parquet")
    files = [str(tmp_path / "mirror" / month.file) for month in mirror.live(tmp_path / "mirror").values() if month.file]
    others = {name: str(tmp_path / f"{name}.parquet") for name in ("customers", "events", "contacts", "contracts")}
    found = spark.facts_spark(cluster, files, others, AS_OF, thresholds, work=f"{tmp_path}/work/", lot_rows=150)
    frame = spark.assign_spark(found, cuts_of(found, thresholds), thresholds)
    frame.write.parquet(str(tmp_path / "result"))
    written = pq.read_table(tmp_path / "result").sort_by("customer_id")
    assert repr(written.to_pylist()) == repr(grade(tables, AS_OF, thresholds)[0].to_pylist())


def test_many_partitions_add_to_the_same_cuts(cluster: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "_FEW", 4)
    tables, thresholds = base(8, 600, AS_OF), Thresholds()
    found = spark.facts_spark(cluster, tables.deals, tables, AS_OF, thresholds, work=str(tmp_path))
    many = spark.SparkFacts(found.frame.repartition(5), AS_OF, thresholds)
    assert many.frame.rdd.getNumPartitions() == 5
    expected = summarise([facts(tables, AS_OF, thresholds)], thresholds)
    assert cuts_of(many, thresholds) == cuts_of(found, thresholds) == expected


def test_what_a_model_is_chosen_by_is_the_same_by_jobs(cluster: SparkSession, tmp_path: Path) -> None:
    tables, thresholds = lived(), Thresholds()
    found = spark.facts_spark(cluster, tables.deals, tables, AS_OF, thresholds, work=str(tmp_path), partitions=3)
    population = SparkPopulation(found)
    whole = history(facts(tables, AS_OF, thresholds))
    assert (population.customers, population.repeaters) == (whole.customers, whole.repeaters) == (1500, whole.repeaters)
    assert population.typical == typical_of([whole])
    fits, wrong = population.fits(200)
    assert (list(fits), wrong) == (list(MODELS), {})
    for key, by_jobs in fits.items():
        expected = fit(MODELS[key], [whole])
        assert by_jobs.parameters == pytest.approx(expected.parameters, rel=1e-6)
        assert by_jobs.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
        assert by_jobs.standard_errors == pytest.approx(expected.standard_errors, rel=1e-4)
        assert by_jobs.largest_gradient < 1e-6
    merged = population.histories.thinned()
    assert isinstance(merged, History) and merged.customers == 1500, "few enough to be kept whole"
    assert population.fits(1500) == ({}, dict.fromkeys(MODELS, "few_repeaters"))
    population.histories.release()


def test_a_choice_by_jobs_is_that_of_the_process(cluster: SparkSession, tmp_path: Path) -> None:
    tables, thresholds = lived(), Thresholds()
    tables = replace(tables, customers=cards(*[(who, AS_OF - 700) for who in range(1500)]))
    found = spark.facts_spark(cluster, tables.deals, tables, AS_OF, thresholds, work=str(tmp_path), partitions=2)
    chosen = train_spark(found, tables.deals, {"customers": tables.customers}, 180, asked="mbgnbd", sample=300)
    whole = history(facts(tables, AS_OF, thresholds))
    expected = choose(Book(thin(tables, 300 / 1500), thresholds), AS_OF, 180, parts=[whole], asked="mbgnbd")
    assert (chosen.key, chosen.why, chosen.customers, chosen.repeaters) == ("mbgnbd", "asked_for", 1500, whole.repeaters)
    assert (chosen.typical, chosen.not_fitted) == (expected.typical, expected.not_fitted)
    assert chosen.value is not None and expected.value is not None
    assert chosen.value.parameters == pytest.approx(expected.value.parameters, rel=1e-5)
    assert chosen.fits.keys() == expected.fits.keys()
    churn, cuts = Churn.from_json(chosen.to_json()), cuts_of(found, thresholds)
    rows_there = spark.rows_in_order(spark.assign_spark(found, cuts, thresholds, churn)).to_pylist()
    assert repr(rows_there) == repr(assign(facts(tables, AS_OF, thresholds), cuts, thresholds, churn).to_pylist())
    assert {row["leave_by"] for row in rows_there} == {"mbgnbd"}


def test_the_sample_is_that_of_the_process(cluster: SparkSession) -> None:
    tables = base(12, 800, AS_OF)
    n = tables.customers.num_rows
    sample = sample_spark(cluster, tables.deals, tables, AS_OF, customers=n, most=150)
    expected = thin(replace(tables, deals=tables.deals.filter(pa.array(numbers(tables.deals, "day") <= AS_OF))), 150 / n)
    assert 100 < sample.customers.num_rows < 200
    for name in rows.SCHEMAS:
        mine, other = (sorted(map(repr, getattr(one, name).to_pylist())) for one in (sample, expected))
        assert mine == other, name


@pytest.mark.parametrize(
    ("sold", "code"),
    [([(1, AS_OF - 9, -5)], "no_customers"), ([(1, AS_OF, 5), (2, AS_OF, 5)], "one_day"), ([(1, AS_OF - 9, 5)], "nobody_repeats")],
)
def test_what_cannot_be_fitted_is_said_as_in_the_process(cluster: SparkSession, tmp_path: Path, sold: list[Any], code: str) -> None:
    found = spark.facts_spark(cluster, deals(*sold), {}, AS_OF, Thresholds(), work=str(tmp_path), partitions=2)
    with pytest.raises(NotFitted, match=code):
        fit_spark(MODELS["bgnbd"], SparkHistories.of(found))


def test_the_executors_run_the_code_that_was_sent(cluster: SparkSession) -> None:
    def where(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import liuke.analytics.assign

        yield from (pa.record_batch({"file": [liuke.analytics.assign.__file__]}) for _ in batches)

    files = cluster.range(3).mapInArrow(where, "file string").toArrow()["file"].to_pylist()
    assert files and all(".zip" in file and "liuke-" in file for file in files), "not from a folder that only this machine has"


def test_nobody_is_graded_where_nobody_is(cluster: SparkSession, tmp_path: Path) -> None:
    found = spark.grade_spark(cluster, deals((1, AS_OF + 5, 10)), {}, AS_OF, Thresholds(), work=str(tmp_path))
    assert (found.frame.count(), found.cuts.n, found.cuts.r, found.cuts.abc_a) == (0, 0, (), None)
    assert found.cuts == summarise([facts(Tables(deals()), AS_OF, Thresholds())], Thresholds())


def test_a_missing_column_and_an_unknown_table_are_named(cluster: SparkSession, tmp_path: Path) -> None:
    some = deals((1, TODAY, 10))
    with pytest.raises(KeyError, match="cents"):
        spark.facts_spark(cluster, some.drop_columns(["cents"]), {}, TODAY, Thresholds(), work=str(tmp_path))
    with pytest.raises(KeyError, match="visits"):
        spark.facts_spark(cluster, some, {"visits": some}, TODAY, Thresholds(), work=str(tmp_path))
    assert not list(tmp_path.iterdir())
    assert rows.SCHEMAS.keys() >= {"deals", "customers", "events", "contacts", "contracts"}
