"""One field of many cards at once: a look beforehand, the change, and the way back as a whole.

What was looked at is what is changed: the look gives a seal over the cards found and what the field holds in each. Where either is
another when the change is asked for, it is refused with both numbers. Cards that change between asking and a job's turn stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.bulk_cards import BATCH, Found, last_changes, read_cards, same, tell_rows, write
from liuke.customers.bulk_fields import BulkField, field_of, kept, read, unkept
from liuke.customers.locks import lock_cards
from liuke.customers.models import BulkEdit, BulkEditRow, Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues, pack

MOST = 20_000
"""Cards of one change: one transaction, for whose cards others wait. A matter of the machine and not of the trade, so not in the pack."""
AT_ONCE = 2_000
"""Up to here it is done while the page waits; beyond by a job."""
NAMED = 200
Row = BulkEditRow.State


@dataclass(frozen=True)
class Preview:
    """What a change would do. `total` cards found, of which `change` would change (`cards`: name and old value of the first of them),
    `already` have the value, `lacking` have no such field, `erased` are no longer edited. `overwritten`: (old value in words, cards), the
    most frequent first. `seal`: what to give to `ask`."""

    field: BulkField
    value: Any
    total: int
    change: int
    already: int
    lacking: int
    erased: int
    overwritten: tuple[tuple[str, int], ...]
    cards: tuple[tuple[str, str], ...]
    seal: str

    @property
    def overwrites(self) -> int:
        return sum(n for _old, n in self.overwritten)


class Moved(Refused):
    """Since the look the list or what stands in its cards has changed; nothing was done."""

    def __init__(self, before: int, now: int) -> None:
        if before != now:
            super().__init__(
                "bulk.moved", "名单变了：刚才 %(before)s 位，现在 %(now)s 位。一位都没改，请再看一遍。", before=before, now=now
            )
        else:
            super().__init__("bulk.moved", "这 %(now)s 位里有人的资料刚变过。一位都没改，请再看一遍。", before=before, now=now)


def preview(actor: User, customer_ids: Iterable[int], key: str, typed: str, clear: bool = False) -> Preview:
    """What `ask` would do with the same arguments; the same refusals. Ids out of sight do not exist."""
    require(actor, "bulk.edit")
    field = field_of(key, pack())
    value = read(field, typed, clear, clock.today())
    return _look(actor, _ids(customer_ids), field, value)[0]


@transaction.atomic
def ask(actor: User, customer_ids: Iterable[int], key: str, typed: str, clear: bool = False, *, seal: str, query: str = "") -> BulkEdit:
    """Set the field for these cards. Up to AT_ONCE are changed before this returns; more are left waiting for `work_off`.

    Refuses: the permission, a field or value that there is not, no cards, too many, nothing to change; Moved.
    """
    require(actor, "bulk.edit")
    field = field_of(key, pack())
    value = read(field, typed, clear, clock.today())
    ids = _ids(customer_ids)
    lock_cards(ids)
    seen, change = _look(actor, ids, field, value)
    if seen.seal != seal:
        raise Moved(_total_of(seal), seen.total)
    if not change:
        raise Refused("bulk.nothing", "没有要改的：这 %(n)s 位本来就是这样。", n=seen.total)
    made = BulkEdit.objects.create(by=actor, field=key, value=kept(field, value), query=query[:1000])
    BulkEditRow.objects.bulk_create(
        (BulkEditRow(bulk=made, customer_id=one.pk, old=kept(field, field.value_in(one.stored(field)))) for one in change),
        batch_size=BATCH,
    )
    record(actor, "customer.bulk_ask", made, fields=[key], customers=len(change))
    if len(change) <= AT_ONCE:
        _apply(made, field)
    return made


@transaction.atomic
def work_off(bulk_id: int) -> BulkEdit | None:
    """Do what waits: the change, or its way back. None where it is done already, or another process is at it and was faster."""
    made = BulkEdit.objects.select_for_update(no_key=True).filter(pk=bulk_id).first()
    if made is None or made.state not in (BulkEdit.State.WAITING, BulkEdit.State.UNDOING):
        return None
    by = made.by if made.state == BulkEdit.State.WAITING else made.undone_by
    assert by is not None
    try:
        require(by, "bulk.edit")
        field = field_of(made.field, pack())
        if made.state == BulkEdit.State.WAITING:
            _apply(made, field)
        else:
            _take_back(by, made, field)
    except Refused as refused:
        made.state = BulkEdit.State.FAILED if made.state == BulkEdit.State.WAITING else BulkEdit.State.DONE
        made.failure = str(refused)[:200]
        made.save(update_fields=["state", "failure"])
    return made


@transaction.atomic
def undo(actor: User, bulk_id: int) -> BulkEdit:
    """Put back what the field held in each card. A card whose field was changed since stays, and is told (rows with STAYED).

    Up to AT_ONCE at once, more by `work_off`. Refuses: not yet done, undone already, and where the actor does not see every card of it;
    raises BulkEdit.DoesNotExist for one that is not there for the actor.
    """
    require(actor, "bulk.edit")
    made = visible_edits(actor).select_for_update(no_key=True, of=("self",)).get(pk=bulk_id)
    if made.state in (BulkEdit.State.UNDONE, BulkEdit.State.UNDOING):
        raise Refused("bulk.undone", "这次修改已经撤销过了。")
    if made.state != BulkEdit.State.DONE:
        raise Refused("bulk.not_done", "这次修改还没做完，等它做完再撤销。")
    made.undone_by, made.failure = actor, ""
    if made.changed > AT_ONCE:
        made.state = BulkEdit.State.UNDOING
        made.save(update_fields=["state", "undone_by", "failure"])
    else:
        _take_back(actor, made, field_of(made.field, pack()))
    return made


def visible_edits(user: User) -> QuerySet[BulkEdit]:
    """The changes this user may look at: his own, and those of his people. Which cards of them he sees is asked of each card."""
    if not may(user, "bulk.edit"):
        return BulkEdit.objects.none()
    return BulkEdit.objects.filter(Q(by=user) | Q(by__in=colleagues(user)))


def rows_seen(user: User, made: BulkEdit, state: str) -> QuerySet[BulkEditRow]:
    """The cards of a change in this state that the user sees, by name."""
    cards = Customer.objects.visible_to(user)
    return made.rows.filter(state=state, customer__in=cards.values("pk")).select_related("customer").order_by("customer__pinyin", "pk")


def waiting(older_than_seconds: int) -> list[int]:
    """Changes that wait longer than a job usually takes."""
    limit = timezone.now() - timedelta(seconds=older_than_seconds)
    states = (BulkEdit.State.WAITING, BulkEdit.State.UNDOING)
    return list(BulkEdit.objects.filter(state__in=states, at__lt=limit).order_by("pk").values_list("pk", flat=True))


def _ids(customer_ids: Iterable[int]) -> list[int]:
    ids = list(islice(dict.fromkeys(customer_ids), MOST + 1))
    if not ids:
        raise Refused("bulk.none", "请先选中客户。")
    if len(ids) > MOST:
        raise Refused("bulk.many", "一次最多改 %(n)s 位，请先加条件，分几次改。", n=f"{MOST:,}")
    return ids


def _look(actor: User, ids: list[int], field: BulkField, value: Any) -> tuple[Preview, list[Found]]:
    change: list[Found] = []
    overwritten: Counter[str] = Counter()
    total = already = lacking = erased = 0
    seal = hashlib.sha256(json.dumps([field.key, kept(field, value)]).encode())
    for one in read_cards(Customer.objects.visible_to(actor), sorted(ids), field):
        old = field.value_in(one.stored(field))
        total += 1
        seal.update(json.dumps([one.pk, one.kind, kept(field, old)], sort_keys=True).encode())
        if not field.fits(one.kind):
            lacking += 1
        elif one.erased:
            erased += 1
        elif same(field, old, value):
            already += 1
        else:
            change.append(one)
            if not same(field, old, field.nothing):
                overwritten[field.words(old)] += 1
    if not total:
        raise Refused("bulk.none", "请先选中客户。")
    return Preview(
        field=field,
        value=value,
        total=total,
        change=len(change),
        already=already,
        lacking=lacking,
        erased=erased,
        overwritten=tuple(overwritten.most_common()),
        cards=tuple((one.name, field.words(field.value_in(one.stored(field)))) for one in change[:NAMED]),
        seal=f"{total}.{seal.hexdigest()}",
    ), change


def _total_of(seal: str) -> int:
    first = seal.partition(".")[0]
    return int(first) if first.isascii() and first.isdigit() and len(first) < 10 else 0


def _apply(made: BulkEdit, field: BulkField) -> None:
    """Change the cards whose field still holds what it held when asked; the caller holds `made`."""
    actor, value = made.by, unkept(field, made.value)
    rows = list(made.rows.filter(state=Row.WAITING).order_by("customer_id"))
    ids = [row.customer_id for row in rows]
    lock_cards(ids)
    cards = {one.pk: one for one in read_cards(Customer.objects.visible_to(actor), ids, field)}
    todo: list[tuple[Found, Any]] = []
    became: dict[str, list[int]] = {}
    for row in rows:
        one = cards.get(row.customer_id)
        if one is None:
            state = Row.UNSEEN
        elif one.erased or not same(field, kept(field, field.value_in(one.stored(field))), row.old):
            state = Row.CHANGED
        else:
            state = Row.DONE
            todo.append((one, value))
        became.setdefault(state, []).append(row.pk)
    write(actor, field, todo)
    tell_rows(became)
    made.state, made.done_at, made.changed, made.kept = BulkEdit.State.DONE, timezone.now(), len(todo), len(rows) - len(todo)
    made.save(update_fields=["state", "done_at", "changed", "kept"])
    record(actor, "customer.bulk_edit", made, fields=[field.key], customers=made.changed, kept=made.kept)


def _take_back(actor: User, made: BulkEdit, field: BulkField) -> None:
    value = unkept(field, made.value)
    rows = list(made.rows.filter(state=Row.DONE).order_by("customer_id"))
    ids = [row.customer_id for row in rows]
    lock_cards(ids)
    cards = {one.pk: one for one in read_cards(Customer.objects.visible_to(actor), ids, field)}
    if len(cards) < len(rows):
        raise Refused("bulk.not_all_seen", "这次改的有 %(n)s 位您看不到，一位都没动，请看得到全部的人来撤销。", n=len(rows) - len(cards))
    since = last_changes(ids, field)
    todo: list[tuple[Found, Any]] = []
    became: dict[str, list[int]] = {}
    for row in rows:
        one = cards[row.customer_id]
        if one.erased or not same(field, field.value_in(one.stored(field)), value) or since.get(one.pk, 0) > (row.version or 0):
            state = Row.STAYED
        else:
            state = Row.BACK
            todo.append((one, unkept(field, row.old)))
        became.setdefault(state, []).append(row.pk)
    write(actor, field, todo)
    tell_rows(became)
    made.state, made.undone_by, made.undone_at, made.kept = BulkEdit.State.UNDONE, actor, timezone.now(), len(rows) - len(todo)
    made.save(update_fields=["state", "undone_by", "undone_at", "kept", "failure"])
    record(actor, "customer.bulk_undo", made, fields=[field.key], customers=len(todo), kept=made.kept)
