"""The figures of a signal's sentence, written so that what is kept changes only when a fact does.

A figure that the calendar moves is kept as the day it counts from, and reckoned for the day it is read:

    {"since": 20415}                  days since that day            recency_days, opened_days, days_since, days_expired
    {"until": 20800}                  days to that day               days_left
    {"cycle": 74.0, "since": 20415}   days since that day ÷ 74       elapsed_cycles

Days are numbers since 1970-01-01. So is every sum, difference and multiple of such terms, a straight line over the days; an expression
that is none, one that stands still, and a figure below zero on the day it is written are kept as plain values.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .conditions import Condition, value_of
from .evidence import Context

Floats = NDArray[np.float64]
_COUNT_UP = frozenset({"recency_days", "opened_days", "days_since", "days_expired"})
_COUNT_DOWN = frozenset({"days_left"})
_CYCLES = "elapsed_cycles"
_DATED = _COUNT_UP | _COUNT_DOWN | {_CYCLES}
_DIGITS = 6


def figure(kept: object, day: int) -> object:
    """The figure on a day; of a kept count None when the day lies before its beginning or after its end: it says nothing then.

    >>> figure({"since": 20415}, 20627)
    212
    >>> figure({"until": 20800}, 20801) is None
    True
    """
    if not isinstance(kept, Mapping):
        return kept
    passed = day - kept["since"] if "since" in kept else kept["until"] - day
    value = round(passed / kept.get("cycle", 1), _DIGITS)
    if value < 0:
        return None
    return int(value) if float(value).is_integer() else value


def texts(expressions: Mapping[str, Condition], context: Context, on: NDArray[np.int64]) -> pa.Array:
    """One JSON object a customer of `on` (places in the context): each name with its figure as it is to be kept.

    Names in the order in which PostgreSQL keeps them (the shorter first), so that both databases give back the same text.
    """
    names = sorted(expressions, key=lambda name: (len(name.encode()), name.encode()))
    if not names:
        return pa.array(["{}"]).take(pa.array(np.zeros(len(on), np.int64)))
    parts: list[Any] = []
    for at, name in enumerate(names):
        parts += [f"{', ' if at else '{'}{json.dumps(name, ensure_ascii=False)}: ", _kept(expressions[name], context, on)]
    return pc.binary_join_element_wise(*parts, "}", "")


# ── the line over the days ───────────────────────────────────────────────────


class _Line(NamedTuple):
    """start + slope · day; slope None: it stands still. Neither depends on the day the context is of."""

    start: Any
    slope: Any


def _kept(expression: Condition, context: Context, on: NDArray[np.int64]) -> pa.Array:
    """JSON texts, one a customer of `on`."""
    plain = np.asarray(expression.value(context))[on]
    if not _dated(expression.tree):
        return _json(plain)
    with np.errstate(divide="ignore", invalid="ignore"):
        line = _line(expression.tree, context)
        if line is None or line.slope is None:
            return _json(plain)
        n = len(context)
        start, slope = (np.broadcast_to(np.asarray(part, np.float64), (n,))[on] for part in line)
        now = plain.astype(np.float64)
        counts = np.isfinite(start) & np.isfinite(slope) & (slope != 0) & (now >= 0)
        base, cycle = -start / slope, 1 / np.abs(slope)
    short_of_one = cycle < 1  # of these every digit counts
    base, cycle = (np.where(short_of_one, value, np.round(value, _DIGITS)) for value in (base, cycle))
    counts &= np.isfinite(base) & np.isfinite(cycle)
    word = pa.array(np.where(slope > 0, ', "since": ', ', "until": '))
    first = pa.array(np.where(slope > 0, '{"since": ', '{"until": '))
    long = pc.binary_join_element_wise('{"cycle": ', _number(cycle), word, _number(base), "}", "")
    short = pc.binary_join_element_wise(first, _number(base), "}", "")
    return pc.if_else(pa.array(counts), pc.if_else(pa.array(cycle == 1), short, long), _json(plain))


def _dated(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id in _DATED for node in ast.walk(tree))


def _line(node: ast.expr, context: Context) -> _Line | None:
    """The line of an expression, or None when it has none (a product of two counts, a comparison of them)."""
    if not _dated(node):
        return _Line(_plain(node, context), None)
    match node:
        case ast.Name(id=name) if name == _CYCLES:
            return _cycles(context)
        case ast.Name():
            return _Line(_plain(node, context) - context.as_of_day, 1.0)
        case ast.Call(func=ast.Name(id=name)) if name in _COUNT_UP:
            return _Line(_plain(node, context) - context.as_of_day, 1.0)
        case ast.Call(func=ast.Name(id=name)) if name in _COUNT_DOWN:
            return _Line(_plain(node, context) + context.as_of_day, -1.0)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            line = _line(operand, context)
            return line and _times(line, -1.0)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(_line(left, context), op, _line(right, context))
    return None


def _joined(a: _Line | None, op: ast.operator, b: _Line | None) -> _Line | None:
    if a is None or b is None:
        return None
    match op:
        case ast.Add():
            return _sum(a, b)
        case ast.Sub():
            return _sum(a, _times(b, -1.0))
        case ast.Mult() if b.slope is None:
            return _times(a, b.start)
        case ast.Mult() if a.slope is None:
            return _times(b, a.start)
        case ast.Div() if b.slope is None:
            return _times(a, 1 / b.start)
    return None


def _times(line: _Line, factor: Any) -> _Line:
    return _Line(line.start * factor, None if line.slope is None else line.slope * factor)


def _sum(a: _Line, b: _Line) -> _Line:
    slope = b.slope if a.slope is None else a.slope if b.slope is None else a.slope + b.slope
    return _Line(a.start + b.start, slope)


def _cycles(context: Context) -> _Line | None:
    """Recency ÷ cycle, from the day of the last deal: reckoned from elapsed_cycles itself it would tremble from day to day."""
    if not {"recency_days", "cycle_days"} <= context.names:
        return None
    slope = 1 / _as_number(context.column("cycle_days"))
    return _Line((_as_number(context.column("recency_days")) - context.as_of_day) * slope, slope)


def _plain(node: ast.expr, context: Context) -> Any:
    return _as_number(value_of(node, context))


def _as_number(value: Any) -> Any:
    array = np.asarray(value)
    return np.full(array.shape, np.nan) if array.dtype.kind in "OUS" else array.astype(np.float64)


# ── as JSON ──────────────────────────────────────────────────────────────────


def _json(values: NDArray[Any]) -> pa.Array:
    """Numbers without more than six decimals, whole ones as such, a missing one as null; flags; texts."""
    if values.dtype.kind == "b":
        return pc.if_else(pa.array(values.astype(bool)), "true", "false")
    if values.dtype.kind in "OUS":
        words = pc.dictionary_encode(pa.array([None if value is None else str(value) for value in values.tolist()], pa.string()))
        said = pa.array([json.dumps(word, ensure_ascii=False) for word in words.dictionary.to_pylist()], pa.string())
        return pc.fill_null(said.take(words.indices), "null")
    return _number(np.round(values.astype(float), _DIGITS).astype(np.float64))


def _number(values: Floats) -> pa.Array:
    there = np.isfinite(values)
    whole = there & (values == np.floor(values)) & (np.abs(values) < 2**53)
    integers = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    decimals = pa.array(np.where(there, values, 0.0)).cast(pa.string())
    return pc.if_else(pa.array(whole), integers, pc.if_else(pa.array(there), decimals, "null"))
