"""Grade and type of everybody as of a past day: computed as insight would have, kept as a file until something it rests on changes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Count, Max
from numpy.typing import NDArray

from liuke.analytics.days import day_number
from liuke.analytics.grade import grade_mirror
from liuke.analytics.stages import letters
from liuke.analytics.tables import numbers
from liuke.churn.keeping import state_of
from liuke.customers.models import Customer, Event
from liuke.deals.mirror import sync
from liuke.interactions.models import Interaction
from liuke.standing.reading import tables
from liuke.team.queries import pack as pack_in_use

KEPT = 40
"""Files of that many days stay."""
COLUMNS = {"grade": "abc", "type": "type"}


@dataclass(frozen=True)
class Profile:
    """By rising customer id: the grade and the type as of a day; "" for who had no deal day by then."""

    ids: NDArray[np.int64]
    grade: NDArray[np.str_]
    type: NDArray[np.str_]

    def of(self, by: str, who: NDArray[np.int64]) -> NDArray[np.str_]:
        """The grade or type of these customers."""
        values: NDArray[Any] = getattr(self, by)
        if not len(self.ids):
            return np.full(len(who), "", "U1")
        place = np.minimum(np.searchsorted(self.ids, who), len(self.ids) - 1)
        return np.where(self.ids[place] == who, values[place], "")


def folder() -> Path:
    """Where the files lie."""
    return Path(settings.DATA) / "churn"


def profile(day: date) -> Profile:
    """As of the end of a day. From its file where nothing has changed since it was written, else computed and written."""
    pack = pack_in_use()
    rests_on: list[object] = [
        state_of(day, pack),
        *(sorted(model.objects.aggregate(Count("pk"), Max("pk")).items()) for model in (Event, Interaction)),
    ]
    rests_on.append(sorted(Customer.objects.filter(key_account=True).values_list("pk", flat=True)))
    mark = hashlib.sha256(repr(rests_on).encode()).hexdigest()[:16]
    path = folder() / f"{day.isoformat()}-{mark}.parquet"
    try:
        return _read(pq.read_table(path))
    except FileNotFoundError:
        pass
    sync()
    rows, _cuts = grade_mirror(settings.MIRROR, tables(), day_number(day), pack.thresholds)
    kept = rows.filter(pa.array(numbers(rows, "deal_days") > 0)).select(["customer_id", *COLUMNS.values()]).sort_by("customer_id")
    folder().mkdir(parents=True, exist_ok=True)
    spare = path.with_suffix(f".{token_hex(4)}.tmp")
    pq.write_table(kept, spare)
    os.replace(spare, path)
    _sweep(path)
    return _read(kept)


def _read(table: pa.Table) -> Profile:
    return Profile(numbers(table, "customer_id").astype(np.int64), letters(table["abc"]), letters(table["type"]))


def _sweep(newest: Path) -> None:
    """The same day's older files go, and the oldest of too many."""
    files = sorted(folder().glob("*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
    for number, path in enumerate(files):
        if path != newest and (number >= KEPT or path.name[:10] == newest.name[:10]):
            path.unlink(missing_ok=True)
