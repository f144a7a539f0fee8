"""Conditions on a pack's own fields, which stand in one JSON column of the card. As in asking: what is empty fits nothing but "empty"."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThanOrEqual, IContains, LessThanOrEqual

from liuke.segments.algebra import Cards, Cond
from liuke.segments.asking import Asked, Make, size
from liuke.segments.conditions import Leaf


def text(key: str) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        told = Coalesce(KT(f"extra__{key}"), Value(""), output_field=TextField())
        op, words = leaf.word("op"), Value(leaf.word("text"))
        if op == "contains":
            return Cards(Q(IContains(told, leaf.word("text"))))
        empty = Q(Exact(told, Value("")))
        return Cards({"is": Q(Exact(told, words)), "empty": empty, "filled": ~empty}[op])

    return make


def choice(key: str) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        told = Coalesce(KT(f"extra__{key}"), Value(""), output_field=TextField())
        found = Q(pk__in=[])
        for code in leaf.words("is"):
            found |= Q(Exact(told, Value(code)))
        return Cards(~found if leaf.word("op") == "not" else found)

    return make


def flag(key: str) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        yes = Q(**{f"extra__{key}__isnull": False, f"extra__{key}": True})
        return Cards(yes if leaf.word("op") == "yes" else ~yes)

    return make


def number(key: str) -> Make:
    def make(leaf: Leaf, _asked: Asked) -> Cond:
        there = Q(**{f"extra__{key}__isnull": False})
        op = leaf.word("op")
        if op in ("empty", "filled"):
            return Cards(there if op == "filled" else ~there)
        return Cards(there & size(leaf, f"extra__{key}"))

    return make


def day(key: str) -> Make:
    """Days stand as ISO text, which sorts as they do."""

    def make(leaf: Leaf, asked: Asked) -> Cond:
        told = Coalesce(KT(f"extra__{key}"), Value(""), output_field=TextField())
        empty = Q(Exact(told, Value("")))
        when, n = leaf.word("when"), timedelta(days=leaf.number("n") or 0)
        if when in ("empty", "filled"):
            return Cards(empty if when == "empty" else ~empty)
        first, last = {
            "last": (asked.today - n, asked.today),
            "before": (date.min, asked.today - n - timedelta(days=1)),
            "next": (asked.today, asked.today + n),
            "between": (leaf.day("from") or date.min, leaf.day("to") or date.max),
        }[when]
        inside = Q(GreaterThanOrEqual(told, Value(first.isoformat()))) & Q(LessThanOrEqual(told, Value(last.isoformat())))
        return Cards(~empty & inside)

    return make
