"""While a file is made: may it (still) be, how many rows may be in it, and what of a person's data."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.exports_seen import taken
from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.custody.queries import Details
from liuke.custody.rules import KEPT, clear_permission, most_rows
from liuke.custody.told import tell_failed, tell_made
from liuke.customers.models import Customer
from liuke.customers.queries import phones_of
from liuke.kernel.masks import mask_address, mask_wechat
from liuke.kernel.phone import mask_phone, show_phone
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack


def begin(export_id: int) -> Export | None:
    """Take an export up that may be made now, or was left half way by a process that died; None for any other.

    The asker's rights are asked for once more: without them it fails.
    """
    making = Export.objects.filter(pk=export_id, state__in=(ExportState.APPROVED, ExportState.MAKING))
    if not making.update(state=ExportState.MAKING, done=0, failure=""):
        return None
    export = Export.objects.select_related("actor__unit", "actor__scope", "decided_by").get(pk=export_id)
    if not may(export.actor, "export.ask") or (export.clear and not may(export.actor, clear_permission(export.listing))):
        fail(export, "export.rights")
        return None
    return export


def allowed(export: Export) -> int:
    """The most rows that may be in this file without asking (again)."""
    before = taken(export.actor, export.listing, but=export.pk)
    return most_rows(export.agreed if export.decided_by_id else None, export.clear, pack().cards.export_rows, before)


def opens(export: Export) -> bool:
    """Whether this file may hold whole numbers: they were asked for, and somebody else said yes."""
    agreed = export.agreed is not None and export.decided_by_id is not None and export.decided_by_id != export.actor_id
    return bool(export.clear and agreed and export.state == ExportState.MAKING)


def reach(export: Export, cards: Sequence[Customer]) -> dict[int, Details]:
    """How to reach these customers, whole where the file may have it so, masked elsewhere. By customer id; one query.

    The caller writes whole ones down with `ready`.
    """
    whole, numbers = opens(export), phones_of([card.pk for card in cards])
    found = {}
    for card in cards:
        phones = numbers.get(card.pk) or ([card.phone] if card.phone else [])
        if whole:
            found[card.pk] = Details(tuple(show_phone(n) for n in phones), card.wechat, card.address, True)
        else:
            found[card.pk] = Details(tuple(mask_phone(n) for n in phones), mask_wechat(card.wechat), mask_address(card.address))
    return found


def sight(user: User) -> str:
    """What a person may see, as one word: his role and the root of his sight."""
    unit = user.scope_unit
    return f"{user.role} {unit.path if unit else ''}"


@transaction.atomic
def ready(export: Export, rows: int, opened: Sequence[int] = ()) -> bool:
    """The file is there. `opened`: ids of the customers whose whole numbers are in it, written down in one entry.

    False if it was withdrawn meanwhile.
    """
    now = timezone.now()
    made = Export.objects.filter(pk=export.pk, state=ExportState.MAKING).update(
        state=ExportState.READY, made_rows=rows, done=rows, made_at=now, expires_at=now + KEPT, sight=sight(export.actor)
    )
    if not made:
        return False
    if opened:
        record(export.actor, "export.numbers_read", export, customers=list(opened), rows=len(opened))
    record(None, "export.make", export, list=export.listing, rows=rows, clear=export.clear)
    tell_made(export)
    return True


@transaction.atomic
def ask_again(export: Export, rows: int) -> None:
    """The list has grown beyond what was agreed to: somebody must look at it (again)."""
    grown = Export.objects.filter(pk=export.pk, state=ExportState.MAKING)
    if grown.update(state=ExportState.WAITING, rows=rows, agreed=None, decided_by=None, decided_at=None, asked_at=timezone.now(), done=0):
        record(None, "export.again", export, list=export.listing, rows=rows, before=export.rows)


@transaction.atomic
def fail(export: Export, why: str) -> None:
    """It could not be made; `why` is the code of a rule, or "error"."""
    if Export.objects.filter(pk=export.pk, state=ExportState.MAKING).update(state=ExportState.FAILED, failure=why):
        record(None, "export.fail", export, list=export.listing, rule=why)
        tell_failed(export)
