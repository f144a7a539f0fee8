"""Who waits for whom when several people write at once. The order is always: cards, numbers, the audit log."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from django.db import connection

from liuke.customers.models import Customer
from liuke.kernel.batches import batches

_NUMBERS = 0x4C4B4E  # keeps these apart from the other locks of the database


def lock_cards(ids: Iterable[int]) -> None:
    """Hold these cards until the end of the transaction; read them, and whether the actor sees them, afterwards.

    Without their keys: whoever writes something on a card needs its key only, and may hold the audit log, which we shall wait for.
    By primary key and without joins: PostgreSQL looks again at a row it waited for, but not at the rows joined to it.
    SQLite has one writer at a time anyway.
    """
    if not connection.features.has_select_for_update:
        return
    wanted = sorted({pk for pk in ids if 0 < pk < 2**63})
    for some in batches(wanted):
        cards = Customer.objects.filter(pk__in=some).order_by("pk")
        list(cards.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def hold_numbers(*numbers: str) -> None:
    """Nobody else may enter one of these (telephone numbers, codes) until the end of the transaction: look, then write.

    What is read afterwards includes what the one before us wrote. SQLite has one writer at a time anyway.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({zlib.crc32(number.encode()) - 2**31 for number in numbers if number})
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_NUMBERS, key])
