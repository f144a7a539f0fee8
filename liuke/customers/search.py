"""Finding cards by what is at hand: a name, its sound or initials, a telephone number or its last four digits, a plate, a number."""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from liuke.customers.index import TABLE
from liuke.customers.models import Customer, Phone
from liuke.customers.rules import code
from liuke.kernel import pinyin
from liuke.kernel.phone import parse_phones
from liuke.kernel.refusal import Refused
from liuke.vault.digests import digests

SHORTEST_NUMBER = 7
_FIGURES = re.compile("[a-z0-9]")


def matching(text: str, column: str = "pk") -> Q | None:
    """Condition on rows whose `column` is a customer's id; None when nothing is asked for. To be joined with the sight of the user.

    One subquery, whatever was typed, so that a list stays one statement.
    """
    found = _subquery(text)
    if found is None:
        return None
    sql, parameters = found
    return Q(**{f"{column}__in": RawSQL(sql, parameters)})  # noqa: S611 -- our own text, values as parameters


def asks_for_number(text: str) -> bool:
    """Whether this looks for something that is shown masked: names have no figures, telephone numbers and plates have."""
    return any(sign.isdigit() for sign in text)


def _subquery(text: str) -> tuple[str, list[object]] | None:
    parts: list[str] = []
    parameters: list[object] = []
    digits = text.strip().replace(" ", "").replace("-", "")
    if digits.isascii() and digits.isdigit() and len(digits) == 4:
        for found in digests("last4", [digits]):
            parts.append(f"SELECT customer_id FROM {Phone._meta.db_table} WHERE last4_digest = %s")  # noqa: S608
            parameters.append(found)
    for found in digests("phone", _numbers(text, digits)):
        parts.append(f"SELECT customer_id FROM {Phone._meta.db_table} WHERE digest = %s")  # noqa: S608
        parameters.append(found)
    if words := _words(text):
        parts.append(_full_text())
        parameters.append(words)
    return (" UNION ".join(parts), parameters) if parts else None


def _numbers(text: str, digits: str) -> list[str]:
    """The telephone numbers typed, in normal form; none when it is something else."""
    if len(digits.lstrip("+")) < SHORTEST_NUMBER or not digits.lstrip("+").isdigit():
        return []
    try:
        return [phone.e164 for phone in parse_phones(text)]
    except Refused:
        return []


def _words(text: str) -> str:
    """The full-text query: what the name rules make of it, or the whole as one word (a plate with its province)."""
    whole = code(text[: pinyin.MAX_QUERY])
    if whole.isascii() or not _FIGURES.search(whole):  # not a plate: the name rules say it all
        whole = ""
    if connection.vendor == "postgresql":
        asked = pinyin.ts_query(text)
        return f"({asked}) | '{whole}':*" if asked and whole else asked
    asked = pinyin.fts5_query(text)
    return f'({asked}) OR "{whole}"*' if asked and whole else asked


def _full_text() -> str:
    if connection.vendor == "postgresql":
        return f"SELECT id FROM {Customer._meta.db_table} WHERE to_tsvector('simple', search) @@ to_tsquery('simple', %s)"  # noqa: S608
    return f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s"  # noqa: S608
