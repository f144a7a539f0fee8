"""A whole base on Spark as a model is chosen for it: fits, the typical customer, and a sample of its past that fits into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ..boundary import Ints, Question, Search, Span, count, narrow, spans_of
from ..churn.book import SAMPLE, sampled
from ..churn.fit import MODELS, Fit, NotFitted
from ..churn.typical import Lived
from ..facts import Facts
from ..tables import Tables
from . import rows
from .histories import SparkHistories, fit_spark
from .spark import Source, SparkFacts, together

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class SparkPopulation:
    """Customers with a deal day: how many, how many came again, what they are like, and the purchase models fitted to all of them."""

    found: SparkFacts

    @cached_property
    def histories(self) -> SparkHistories:
        return SparkHistories.of(self.found)

    @property
    def customers(self) -> int:
        return self.histories.totals[0]

    @property
    def repeaters(self) -> int:
        return self.histories.totals[1]

    @cached_property
    def typical(self) -> Lived | None:
        """As `churn.typical.typical_of`: lower medians, found as any boundary is."""
        searches = [Search(Question(name, Fraction(1, 2))) for name in ("repeats", "span_days", "silence_days")]
        while spans := spans_of(searches):
            narrow(searches, spans, self.found.total(partial(_lived, spans=spans), ("deal_days", "first_day", "last_day")))
        values = [search.answer for search in searches if search.answer is not None]
        return Lived(*values) if values else None

    def fits(self, least_repeaters: int) -> tuple[dict[str, Fit], dict[str, str]]:
        """(fits by the model's key, codes of those that could not be fitted)."""
        fits: dict[str, Fit] = {}
        wrong: dict[str, str] = {}
        for key, model in MODELS.items():
            try:
                fits[key] = fit_spark(model, self.histories, least_repeaters=least_repeaters)
            except NotFitted as error:
                wrong[key] = error.code
        return fits, wrong


def sample_spark(
    session: SparkSession, deals: Source, others: Tables | Mapping[str, Source], as_of_day: int, *, customers: int, most: int = SAMPLE
) -> Tables:
    """All rows up to a day of about `most` of the `customers`, in memory: the very ones that `churn.book.thin` takes."""
    share = most / max(customers, 1)

    def thin(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch.filter(pa.array(sampled(batch.column(rows.WHO).to_numpy(), share)))

    everything = together(session, deals, others, as_of_day)
    return rows.tables_of(everything.mapInArrow(thin, everything.schema).toArrow())


def _lived(facts: Facts, spans: Sequence[Span]) -> list[Ints]:
    first, last, days = (facts.column(name).astype(np.int64) for name in ("first_day", "last_day", "deal_days"))
    has = days > 0
    values = {"repeats": days - 1, "span_days": last - first, "silence_days": facts.as_of_day - last}
    return count({name: value[has] for name, value in values.items()}, spans)
