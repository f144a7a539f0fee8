"""Purchase histories on Spark: models fitted by sums over partitions, so that the driver never sees a customer.

Each partition keeps its distinct histories; an evaluation of the likelihood is one job, in which every partition gives back one value,
one gradient and one Hessian. The search starts from about as many histories as `fit` takes in the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..churn.fit import ENOUGH, Fit, Floats, Model, Totals, every, fit_sums
from ..churn.history import WEEK, History, of_days
from ..churn.newton import Sums
from . import rows
from .spark import SparkFacts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Batches = Iterable[pa.RecordBatch]
_PARTS = "parts array<binary>"
_LOT = 2_000_000
"""Customers whose histories are counted at once."""


@dataclass(frozen=True)
class SparkHistories:
    """The histories of all customers with a deal day, distinct within a partition; kept by Spark between the jobs until `release`."""

    frame: DataFrame

    @classmethod
    def of(cls, found: SparkFacts) -> SparkHistories:
        """x = deal days less one, t_x and T in whole days, T up to the facts' day."""
        day = found.as_of_day

        def count(batches: Batches) -> Iterator[pa.RecordBatch]:
            held: list[History] = []
            for batch in batches:
                first, last, days = (batch.column(name).to_numpy().astype(np.int64) for name in ("first_day", "last_day", "deal_days"))
                has = days > 0
                held.append(of_days(days[has] - 1, (last - first)[has], day - first[has])[0])
                if sum(map(len, held)) > _LOT:
                    held = [History.merge(held)]
            if held:
                yield _row(History.merge(held))

        frame = found.frame.select("first_day", "last_day", "deal_days").mapInArrow(count, _PARTS)
        return cls(frame.persist())

    def release(self) -> None:
        """Spark may forget them."""
        self.frame.unpersist()

    @cached_property
    def counted(self) -> tuple[Totals, int]:
        """(of all customers, how many distinct histories with x > 0)."""

        def totals(batches: Batches) -> Iterator[pa.RecordBatch]:
            for part in _histories(batches):
                found = [part.customers, part.repeaters, len(part) - part.first_repeat, int(part.age.max(initial=0))]
                yield pa.record_batch([pa.array([x]) for x in found], ["customers", "repeaters", "distinct", "oldest"])

        found = self.frame.mapInArrow(totals, "customers bigint, repeaters bigint, distinct bigint, oldest bigint").toArrow().to_pylist()
        customers, repeaters, distinct = (sum(row[name] for row in found) for name in ("customers", "repeaters", "distinct"))
        return Totals(customers, repeaters, any(row["oldest"] for row in found)), distinct

    @property
    def totals(self) -> Totals:
        """Of all customers."""
        return self.counted[0]

    def sums(self, model: Model, theta: Floats) -> Sums:
        """Log-likelihood of all customers with its derivatives by the logarithms of the parameters: one job."""

        def kernel(batches: Batches) -> Iterator[pa.RecordBatch]:
            for part in _histories(batches):
                with np.errstate(all="ignore"):  # far out the sums are not finite, and the search turns back
                    found = model.sums(theta, part)
                flat = np.concatenate([[found.value], found.gradient, np.ravel(found.hessian)])
                yield pa.record_batch({"sums": pa.array([flat.tolist()], pa.list_(pa.float64()))})

        k = len(theta)
        total = np.zeros(1 + k + k * k)
        for row in self.frame.mapInArrow(kernel, "sums array<double>").toArrow()["sums"]:
            total += np.array(row.as_py())
        return Sums(float(total[0]), total[1 : k + 1], total[k + 1 :].reshape(k, k))

    def thinned(self) -> History:
        """About ENOUGH of the histories with x > 0, each standing for those left out, and all with x = 0."""
        stride = max(1, self.counted[1] // ENOUGH)

        def thin(batches: Batches) -> Iterator[pa.RecordBatch]:
            for part in _histories(batches):
                yield _row(every(part, stride))

        return History.merge(list(_histories(self.frame.mapInArrow(thin, _PARTS).toArrow().to_batches())))


def fit_spark(model: Model, histories: SparkHistories, *, least_repeaters: int = 0) -> Fit:
    """`churn.fit.fit` of all customers on Spark; the same parameters to the last digits. Raises NotFitted as it does."""
    few = [histories.thinned()]
    return fit_sums(
        model,
        histories.totals,
        lambda theta: histories.sums(model, theta),
        few,
        lambda theta: model.sums(theta, few[0]),
        least_repeaters,
    )


def _row(part: History) -> pa.RecordBatch:
    days = [part.frequency, np.rint(part.times * WEEK)[part.recency], np.rint(part.times * WEEK)[part.age], part.weight]
    return pa.record_batch({"parts": pa.array([[rows.packed(column) for column in days]], pa.list_(pa.binary()))})


def _histories(batches: Batches) -> Iterator[History]:
    for batch in batches:
        for row in batch.column("parts"):
            frequency, recency, age, weight = (rows.unpacked(part.as_py()) for part in row)
            times = np.arange(int(age.max(initial=0)) + 1) / WEEK
            yield History(frequency, recency.astype(np.int32), age.astype(np.int32), weight, times)
