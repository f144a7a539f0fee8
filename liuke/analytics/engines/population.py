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
from ..churn.book import SAMPLE, Book, sampled
from ..churn.choice import Chosen, choose
from ..churn.fit import MODELS, Fit, NotFitted
from ..churn.population import Fits
from ..churn.typical import Lived
from ..facts import Facts
from ..tables import Tables
from . import rows
from .histories import SparkHistories, fit_spark
from .spark import Source, SparkFacts, frame_of, together

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class SparkPopulation:
    """A `churn.population.Population`."""

    found: SparkFacts

    @cached_property
    def histories(self) -> SparkHistories:
        return SparkHistories.of(self.found)

    @property
    def customers(self) -> int:
        return self.histories.totals.customers

    @property
    def repeaters(self) -> int:
        return self.histories.totals.repeaters

    @cached_property
    def typical(self) -> Lived | None:
        """As `churn.typical.typical_of`: lower medians, found as any boundary is."""
        searches = [Search(Question(name, Fraction(1, 2))) for name in ("repeats", "span_days", "silence_days")]
        while spans := spans_of(searches):
            narrow(searches, spans, self.found.total(partial(_lived, spans=spans), ("deal_days", "first_day", "last_day")))
        values = [search.answer for search in searches if search.answer is not None]
        return Lived(*values) if values else None

    def fits(self, least_repeaters: int) -> Fits:
        """Every purchase model, by jobs."""
        fits: dict[str, Fit] = {}
        wrong: dict[str, str] = {}
        for key, model in MODELS.items():
            try:
                fits[key] = fit_spark(model, self.histories, least_repeaters=least_repeaters)
            except NotFitted as error:
                wrong[key] = error.code
        return fits, wrong


def train_spark(
    found: SparkFacts,
    deals: Source,
    others: Tables | Mapping[str, Source],
    horizon_days: int,
    *,
    asked: str | None = None,
    sample: int = SAMPLE,
) -> Chosen:
    """`churn.training.train` on Spark, as of the day of the facts: the purchase models are fitted to all customers by jobs; the past is
    looked at in a sample of about `sample` of them, here. `deals`, `others`: what the facts were made of."""
    session = found.frame.sparkSession
    cards = others.customers if isinstance(others, Tables) else others.get("customers")
    number = 0 if cards is None else cards.num_rows if isinstance(cards, pa.Table) else frame_of(session, cards).count()
    book = Book(sample_spark(session, deals, others, found.as_of_day, customers=number, most=sample), found.thresholds)
    population = SparkPopulation(found)
    try:
        return choose(book, found.as_of_day, horizon_days, parts=population, asked=asked)
    finally:
        population.histories.release()


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
