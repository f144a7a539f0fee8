"""Deals of real shops, read straight from the files, as the tables that analytics takes."""

import csv
import gzip
from datetime import date

import numpy as np
import pyarrow as pa

from liuke.analytics.days import day_number
from liuke.analytics.tables import Tables


def tables_of(customer, day, cents) -> Tables:
    cents = np.asarray(cents, np.int64)
    deals = {"customer_id": np.asarray(customer, np.int64), "day": pa.array(np.asarray(day), pa.int32()), "cents": cents, "came": cents > 0}
    return Tables(pa.table(deals))


def cdnow(path) -> Tables:
    """id [, id in the sample], yyyymmdd, CDs, dollars; blank-separated."""
    rows = []
    with gzip.open(path, "rt") as file:
        for line in file:
            *ids, day, _, dollars = line.split()
            if ids[0].isdigit():
                number = date(int(day[:4]), int(day[4:6]), int(day[6:]))
                rows.append((int(ids[0]), day_number(number), round(float(dollars) * 100)))
    return tables_of(*zip(*rows, strict=True))


def online_retail(path) -> Tables:
    """Invoices of known customers; C… invoices are negative: refunds."""
    total: dict[tuple[int, str, str], float] = {}
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            if row["CustomerID"]:
                key = int(float(row["CustomerID"])), row["InvoiceNo"], row["InvoiceDate"][:10]
                total[key] = total.get(key, 0.0) + float(row["Quantity"]) * float(row["UnitPrice"])
    return tables_of(*zip(*((who, day_number(date.fromisoformat(day)), round(100 * v)) for (who, _, day), v in total.items()), strict=True))


def telco(path):
    """(features by name, bool[n] left)."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    def column(name):
        values = [row[name].strip() for row in rows]
        try:
            return np.array([float(value) if value else np.nan for value in values])
        except ValueError:
            return np.array(values, object)

    features = {name: column(name) for name in rows[0] if name not in ("customerID", "Churn")}
    return features, np.array([row["Churn"] == "Yes" for row in rows])
