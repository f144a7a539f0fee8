"""Rows of customers.Phone: the sealed number with what it is found by. Whoever writes numbers, one by one or in bulk, makes them here."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from liuke.customers.models import Phone
from liuke.kernel.phone import last4
from liuke.vault.digests import digest, digests

COLUMNS = ("customer_id", "number", "digest", "last4_digest", "position")


def phone_row(customer_id: int, number: str, position: int) -> tuple[int, str, str, str, int]:
    """The values of COLUMNS for a number in normal form."""
    return customer_id, number, digest("phone", number), digest("last4", last4(number)), position


def phone(customer_id: int, number: str, position: int) -> Phone:
    """One row, not yet saved."""
    return Phone(**dict(zip(COLUMNS, phone_row(customer_id, number, position), strict=True)))


def with_number(numbers: Iterable[str]) -> Q:
    """Condition on Phone rows: one of these numbers in normal form."""
    return Q(digest__in=digests("phone", numbers))


def with_last4(figures: str) -> Q:
    """Condition on Phone rows: a number that ends with these four figures."""
    return Q(last4_digest__in=digests("last4", [figures]))


def renew_digests() -> int:
    """Find every number by the index key that is in front now. How many rows. Piece by piece, while people work."""
    done, last = 0, 0
    while rows := list(Phone.objects.filter(pk__gt=last).order_by("pk")[:1000]):
        last = rows[-1].pk
        for row in rows:
            row.digest, row.last4_digest = digest("phone", row.number), digest("last4", last4(row.number))
        Phone.objects.bulk_update(rows, ["digest", "last4_digest"], batch_size=200)
        done += len(rows)
    return done
