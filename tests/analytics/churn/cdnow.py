"""The customers of the papers: the CDNOW cohort, its 1/10 sample, and the sample's summary as the papers give it."""

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
CALIBRATION = date(1997, 9, 30)  # week 39


def deal_days(path: Path) -> list[dict[int, int]]:
    """Cents by day of each customer, in the order of the file; blank-separated lines that end in date, number of CDs, dollars."""
    customers: dict[str, dict[int, int]] = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            words = line.split()
            if words and words[0].isdigit():
                text = words[-3]
                day = date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
                days = customers.setdefault(words[0], {})
                days[day] = days.get(day, 0) + round(float(words[-1]) * 100)
    return list(customers.values())


def histories(path: Path, until: date = CALIBRATION) -> tuple[NDArray[np.int64], ...]:
    """(x, t_x in days, T in days) of each customer."""
    end = until.toordinal()
    rows = []
    for days in deal_days(path):
        seen, first = [day for day in days if day <= end], min(days)
        rows.append((len(seen) - 1, max(seen) - first, end - first))
    return tuple(np.array(rows, np.int64).T)


def repeat_values(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(x, mean dollars of a repeat deal day, 0 without one) of each customer in the calibration."""
    end = CALIBRATION.toordinal()
    rows = []
    for days in deal_days(path):
        first = min(days)
        cents = [value for day, value in days.items() if first < day <= end]
        rows.append((len(cents), sum(cents) / 100 / len(cents) if cents else 0.0))
    x, mean = zip(*rows, strict=True)
    return np.array(x, np.int64), np.array(mean)


def sample(find: Find) -> History:
    """2,357 customers, in exact days."""
    return of_days(*histories(find("cdnow_sample.txt.gz")))[0]


def everybody(find: Find, until: date = CALIBRATION) -> History:
    """23,570 customers, in exact days."""
    return of_days(*histories(find("cdnow_master.txt.gz"), until))[0]


def summary(find: Find) -> History:
    """The sample again, in weeks rounded to two places."""
    with gzip.open(find("cdnow_customers_summary.csv.gz"), "rt") as lines:
        rows = [(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in csv.DictReader(lines)]
    return of_times(*np.array(rows).T)[0]
