"""Files for `liuke model`: a CSV with a heading in its first line, plain or .gz, columns in any order, others ignored."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from liuke.cli.say import fail
from liuke.kernel.refusal import shown

Floats = NDArray[np.float64]
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "frequency": ("frequency", "x"),
    "recency": ("recency", "t_x", "tx"),
    "T": ("t", "t_cal", "age"),
    "monetary": ("monetary", "monetary_value", "m_x", "zbar"),
    "year": ("year", "period", "term"),
    "survived": ("survived", "survivors"),
    "cohort": ("cohort",),
}
"""What each column may be called, in any case of letters; the first name is the promised one."""
MOST_DEALS = 1_000_000
PER = 1000  # of how many customers shares and percentages are, where nobody says


def no(chinese: str, english: str) -> NoReturn:
    """Refuse, in both languages."""
    fail(f"{chinese} / {english}")


def histories(path: Path) -> tuple[Floats, Floats, Floats]:
    """(frequency, recency, T) of each customer, f64[n]: x whole and >= 0, 0 <= t_x <= T, t_x = 0 where x = 0."""
    columns = _read(path, ("frequency", "recency", "T"))
    frequency, recency, age = (_numbers(name, columns[name]) for name in ("frequency", "recency", "T"))
    _whole("frequency", frequency)
    _refuse(recency > age, "recency 比 T 大", "recency is greater than T")
    _refuse((frequency == 0) & (recency > 0), "frequency 是 0 而 recency 不是 0", "frequency is 0 and recency is not")
    return frequency, recency, age


def values(path: Path) -> tuple[Floats, Floats]:
    """(frequency, monetary) of each customer, f64[n]: deals and their mean value, neither negative."""
    columns = _read(path, ("frequency", "monetary"))
    frequency, monetary = (_numbers(name, columns[name]) for name in ("frequency", "monetary"))
    _whole("frequency", frequency)
    return frequency, monetary


@dataclass(frozen=True)
class Survivors:
    """Cohorts of `survived` files in customers, f64[terms + 1] each, the start first; `unit` of the file: count, percent, share;
    `assumed`: the number of customers at the start was in nothing that was given."""

    cohorts: list[Floats]
    unit: str
    assumed: bool


def survivors(path: Path, customers: int | None) -> Survivors:
    """Survivors at the end of each year, of one cohort or (column `cohort`) of several, all in one unit.

    All values up to 1: shares. A % anywhere, or values up to 100 and no other start than 100 in year 0: per cent. Else counts of
    customers. Shares and percentages are of `customers` (1000 where it is not given), and so are counts without a year 0; where
    there is one, `customers` must be the same number.
    """
    columns = _read(path, ("year", "survived"), ("cohort",))
    year, text = _numbers("year", columns["year"]), columns["survived"]
    signs = pc.any(pc.match_substring(text, "%")).as_py()
    value = _numbers("survived", pc.replace_substring(text, "%", "") if signs else text)
    _refuse(year != np.rint(year), "year 不是整数", "year is not a whole number")
    lots = _by_cohort(columns.get("cohort"), len(year))
    in_order = [lot[np.argsort(year[lot], kind="stable")] for lot in lots]
    for lot in in_order:
        begins = int(year[lot[0]])
        if begins > 1 or not np.array_equal(year[lot], np.arange(begins, begins + len(lot))):
            no("year 要从 0 或 1 起，一年一行，不缺不重。", "year: one row a year from 0 or 1, none missing, none twice.")
    starts = [value[lot[0]] for lot in in_order if year[lot[0]] == 0]
    if signs:
        unit, whole = "percent", 100.0
    elif value.max() <= 1:
        unit, whole = "share", 1.0
    elif value.max() <= 100 and all(start == 100 for start in starts):
        unit, whole = "percent", 100.0
    else:
        unit, whole = "count", float(customers or PER)
        _whole("survived", value)
        if customers and any(start != customers for start in starts):
            no(f"第 0 年的人数不是 --customers {customers}。", f"year 0 is not the {customers} of --customers.")
    scale = 1.0 if unit == "count" else (customers or PER) / whole
    cohorts = []
    for lot in in_order:
        # Rounded where multiplying left dust: 63.1 % of 1,000 are 631 customers.
        left = np.round((value[lot] if year[lot[0]] == 0 else np.append(whole, value[lot])) * scale, 9)
        if (np.diff(left) > 0).any():
            no(
                f"survived 不能变多（按{_UNITS[unit]}读，开始 {left[0]:g} 位）。",
                f"survived rises (read as {unit}, {left[0]:g} customers at the start).",
            )
        cohorts.append(left)
    return Survivors(cohorts, unit, customers is None and (unit != "count" or len(starts) < len(lots)))


_UNITS = {"share": "比例", "percent": "百分数", "count": "人数"}


def _by_cohort(column: pa.ChunkedArray | None, rows: int) -> list[NDArray[np.int64]]:
    if column is None:
        return [np.arange(rows)]
    encoded = pc.dictionary_encode(pc.utf8_trim_whitespace(column.combine_chunks())).indices.to_numpy()
    return [np.flatnonzero(encoded == code) for code in range(int(encoded.max()) + 1)]


def _read(path: Path, wanted: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, pa.ChunkedArray]:
    """The wanted columns as text, and those of `optional` that are there."""
    head, _, rows = _bytes(path).partition(b"\n")
    first = head.decode("utf-8", "replace")
    delimiter = max(",;\t", key=first.count)
    names = [re.sub(r"\s+", "_", name.strip().lower()) for name in next(csv.reader([first], delimiter=delimiter), [])]
    places = {}
    for name in (*wanted, *optional):
        found = [i for i, heading in enumerate(names) if heading in HEADINGS[name]]
        if len(found) > 1:
            no(f"第一行里有 {len(found)} 列都是 {name}。", f"{len(found)} columns in the first line are {name}.")
        if found:
            places[name] = str(found[0])
        elif name in wanted:
            no(f"第一行里没有 {name} 这一列。", f"there is no column {name} in the first line.")
    if not rows.strip():
        no("只有表头，没有数据。", "there is a heading, and no row.")
    fields = [str(i) for i in range(len(names))]
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(rows),
            read_options=pyarrow.csv.ReadOptions(column_names=fields),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(places.values()), column_types=dict.fromkeys(fields, pa.string())
            ),
        )
    except pa.ArrowInvalid as fault:
        no(f"这不是整齐的 CSV（{shown(fault, 80)}）。", "this is not a well-formed CSV file.")
    return {name: table[field] for name, field in places.items()}


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError:
        no(f"没有 {path} 这个文件。", "there is no such file.")
    except (OSError, EOFError, zlib.error) as fault:
        no(f"{path} 读不出来（{shown(fault, 60)}）。", "the file cannot be read.")
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not content.strip():
        no(f"{path.name} 是空的。", "the file is empty.")
    return content


def _numbers(name: str, column: pa.ChunkedArray) -> Floats:
    text = pc.utf8_trim_whitespace(column)
    try:
        number = pc.cast(text, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        number = np.array([_number(cell) for cell in text.to_pylist()])
    if (bad := ~np.isfinite(number)).any():
        row = int(bad.argmax())
        cell = shown(text[row].as_py() or "")
        no(f"第 {row + 1} 行数据：{name} 写的是“{cell}”，不是数。", f"data row {row + 1}: {name} is “{cell}”, not a number.")
    _refuse(number < 0, f"{name} 是负数", f"{name} is negative")
    return np.asarray(number, np.float64)


def _number(cell: str) -> float:
    try:
        return float(pc.cast(pa.scalar(cell), pa.float64()).as_py())
    except pa.ArrowInvalid:
        return float("nan")


def _whole(name: str, number: Floats) -> None:
    _refuse(number != np.rint(number), f"{name} 不是整数", f"{name} is not a whole number")
    _refuse(number > MOST_DEALS if name == "frequency" else number > 1e15, f"{name} 太大", f"{name} is too large")


def _refuse(wrong: NDArray[np.bool_], chinese: str, english: str) -> None:
    if wrong.any():
        row = int(wrong.argmax()) + 1
        no(f"第 {row} 行数据：{chinese}。", f"data row {row}: {english}.")
