"""The customers of the papers: the CDNOW cohort, its sample, and the sample's summary as the papers give it."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liuke.analytics.churn.history import History, of_days, of_times

Find = Callable[[str], Path]
CALIBRATION = date(1997, 9, 30)


def customers(path: Path, day_column: int, until: date = CALIBRATION) -> tuple[NDArray[np.int64], ...]:
    """(x, t_x in days, T in days) of each customer, in the order of his first line, from the blank-separated file of purchases;
    purchases of one day are one."""
    days: dict[str, set[int]] = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            words = line.split()
            if words and words[0].isdigit():
                text = words[day_column]
                days.setdefault(words[0], set()).add(date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal())
    end = until.toordinal()
    rows = []
    for all_days in days.values():
        seen = [day for day in all_days if day <= end]
        first = min(all_days)
        rows.append((len(seen) - 1, max(seen) - first, end - first))
    x, last, age = np.array(rows, np.int64).T
    return x, last, age


def sample(find: Find) -> History:
    """2,357 customers, in exact days."""
    return of_days(*customers(find("cdnow_sample.txt.gz"), 2))[0]


def everybody(find: Find) -> History:
    """23,570 customers, in exact days."""
    return of_days(*customers(find("cdnow_master.txt.gz"), 1))[0]


def summary(find: Find) -> History:
    """The sample again, in weeks rounded to two places."""
    with gzip.open(find("cdnow_customers_summary.csv.gz"), "rt") as lines:
        rows = [(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in csv.DictReader(lines)]
    return of_times(*np.array(rows).T)[0]
