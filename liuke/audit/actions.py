"""Writing to the log, and checking it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.utils import timezone

from liuke.audit.models import AuditEntry
from liuke.audit.rules import GENESIS, entry_hash

CHAIN_LOCK = 0x4C49554B45  # one writer at a time extends the chain on PostgreSQL; SQLite has one writer anyway


def hold_chain() -> None:
    """Be the only one who writes to the log until the end of the transaction. `record` does this by itself.

    An act that changes a unique column calls it before: the change takes the row's key, which whoever has the log may need when he commits.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def record(actor: models.Model | None, verb: str, obj: models.Model | None = None, **detail: object) -> AuditEntry:
    """Append one entry in the caller's transaction. `actor` None is the system itself. Personal values are masked by the caller.

    Raises RuntimeError outside a transaction: an act and its entry stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit.record({verb!r}) outside a transaction")
    hold_chain()
    last = AuditEntry.objects.order_by("-seq").values("seq", "hash").first()
    seq, previous = (last["seq"] + 1, last["hash"]) if last else (1, GENESIS)
    plain = json.loads(json.dumps(detail, default=str, ensure_ascii=False))
    kind = obj._meta.label_lower if obj is not None else ""
    ids = (actor.pk if actor is not None else None, obj.pk if obj is not None else None)
    at = timezone.now()
    return AuditEntry.objects.create(
        seq=seq,
        at=at,
        actor=ids[0],
        verb=verb,
        kind=kind,
        object=ids[1],
        detail=plain,
        previous=previous,
        hash=entry_hash(previous, seq, at, ids[0], verb, kind, ids[1], plain),
    )


@dataclass(frozen=True)
class ChainFault:
    """The first entry that does not fit: `seq` and why ("changed", "missing", "broken")."""

    seq: int
    why: str


def verify(expected_last: tuple[int, str] | None = None) -> ChainFault | None:
    """Walk the chain; None when it is whole. `expected_last` (seq, hash), kept outside the database, also shows a tail cut off."""
    previous, due = GENESIS, 1
    for entry in _entries():
        if entry.seq != due:
            return ChainFault(due, "missing")
        if entry.previous != previous:
            return ChainFault(entry.seq, "broken")
        if entry.hash != entry_hash(previous, entry.seq, entry.at, entry.actor, entry.verb, entry.kind, entry.object, entry.detail):
            return ChainFault(entry.seq, "changed")
        if expected_last and entry.seq == expected_last[0] and entry.hash != expected_last[1]:
            return ChainFault(entry.seq, "changed")
        previous, due = entry.hash, entry.seq + 1
    if expected_last and due <= expected_last[0]:
        return ChainFault(due, "missing")
    return None


def _entries() -> Iterator[AuditEntry]:
    return AuditEntry.objects.order_by("seq").iterator(chunk_size=2000)


def head() -> tuple[int, str] | None:
    """(seq, hash) of the newest entry: what a witness outside the database writes down."""
    with transaction.atomic():
        last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    return last


def check(actor: models.Model, witnessed: tuple[int, str] | None = None) -> ChainFault | None:
    """Walk the chain up to its present end, against what was witnessed outside, and write down what was found. The walk holds no lock."""
    last = head()
    fault = verify(witnessed)
    with transaction.atomic():
        record(actor, "audit.verify", upto=last[0] if last else 0, fault=fault.seq if fault else None, why=fault.why if fault else "")
    return fault
