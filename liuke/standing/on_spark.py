"""The same run on Apache Spark: it reads the mirror where Spark can, computes there, and gives the rows back to be stored."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from django.conf import settings

from liuke.analytics import mirror
from liuke.analytics.churn.predict import Churn
from liuke.analytics.summary import Cuts
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from liuke.packs.schema import Pack
from liuke.standing.computing import Computed, look
from liuke.standing.models import Run

if TYPE_CHECKING:
    from liuke.analytics.churn.choice import Chosen

SPARK = "spark"


def compute_on_spark(as_of: date, pack: Pack, churn: Churn | None, previous: Run | None) -> Computed:
    """Everybody's rows, the very ones that `computing.compute` gives. Raises Refused where Spark cannot be started."""
    from liuke.analytics.engines.session import session
    from liuke.analytics.engines.spark import grade_spark, rows_in_order

    started = session()

    def grade(others: Tables, day: int) -> tuple[pa.Table, Cuts]:
        with mirror.snapshot(settings.MIRROR):  # its files stay while they are read
            found = grade_spark(started, _deals(), others, day, pack.thresholds, work=_store("spark"), churn=churn)
            return rows_in_order(found.frame), found.cuts

    return look(as_of, pack.thresholds, churn, previous, grade)


def train_on_spark(others: Tables, as_of_day: int, horizon_days: int, thresholds: Thresholds, asked: str | None) -> Chosen:
    """The choice of a churn model with the purchase models fitted by Spark jobs."""
    from liuke.analytics.engines.population import train_spark
    from liuke.analytics.engines.session import session
    from liuke.analytics.engines.spark import facts_spark

    with mirror.snapshot(settings.MIRROR):
        found = facts_spark(session(), _deals(), others, as_of_day, thresholds, work=_store("spark"))
        return train_spark(found, _deals(), others, horizon_days, asked=asked)


def _deals() -> list[str]:
    """The live files of the mirror, where Spark sees them."""
    return [_store("mirror", month.file) for month in mirror.live(settings.MIRROR).values() if month.file]


def _store(*path: str) -> str:
    """A place under the setting LIUKE_SPARK_STORE, or under the data folder. The mirror is expected in `mirror` there."""
    from liuke.analytics.engines.session import store

    base = store(Path(settings.MIRROR).parent)
    return "/".join([base.rstrip("/"), *path])
