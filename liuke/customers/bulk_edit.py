"""One field of many cards at once: a look beforehand, the change, and the way back as a whole.

What was looked at is what is changed: the look gives a seal over the cards found and what the field holds in each. Where either is
another when the change is asked for, it is refused with both numbers. Cards that change between asking and a job's turn stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers import completeness
from liuke.customers.bulk_fields import INSIGHT, BulkField, field_of, kept, read, unkept
from liuke.customers.labels import Kind
from liuke.customers.locks import lock_cards
from liuke.customers.models import BulkEdit, BulkEditRow, Customer, FactChange, FieldChange
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
_BATCH = 500
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


@dataclass(frozen=True)
class Found:
    """One card as it is read: what the column holds, its version, its kind."""

    pk: int
    name: str
    kind: str
    version: int
    extra: Any
    column: Any

    @property
    def erased(self) -> bool:
        """Of whom only the money is left (Customer.erased): he is not edited."""
        return "erased" in (self.extra or {})

    def stored(self, field: BulkField) -> Any:
        return self.extra if field.extra else self.column


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
        batch_size=_BATCH,
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
    for one in _read(Customer.objects.visible_to(actor), sorted(ids), field):
        old = field.value_in(one.stored(field))
        total += 1
        seal.update(json.dumps([one.pk, one.kind, kept(field, old)], sort_keys=True).encode())
        if not field.fits(one.kind):
            lacking += 1
        elif one.erased:
            erased += 1
        elif _same(field, old, value):
            already += 1
        else:
            change.append(one)
            if not _same(field, old, field.nothing):
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


def _same(field: BulkField, one: Any, other: Any) -> bool:
    """Nothing is nothing, however it is kept."""
    return kept(field, one) == kept(field, other) or (one in ("", None) and other in ("", None))


def _read(cards: QuerySet[Customer], ids: Sequence[int], field: BulkField) -> Iterator[Found]:
    for some in _batches(ids):
        for row in cards.filter(pk__in=some).order_by("pk").values_list("pk", "name", "kind", "version", "extra", field.column):
            yield Found(*row)


def _apply(made: BulkEdit, field: BulkField) -> None:
    """Change the cards whose field still holds what it held when asked; the caller holds `made`."""
    actor, value = made.by, unkept(field, made.value)
    rows = list(made.rows.filter(state=Row.WAITING).order_by("customer_id"))
    ids = [row.customer_id for row in rows]
    lock_cards(ids)
    cards = {one.pk: one for one in _read(Customer.objects.visible_to(actor), ids, field)}
    todo: list[tuple[Found, Any]] = []
    became: dict[str, list[int]] = {}
    for row in rows:
        one = cards.get(row.customer_id)
        if one is None:
            state = Row.UNSEEN
        elif one.erased or not _same(field, kept(field, field.value_in(one.stored(field))), row.old):
            state = Row.CHANGED
        else:
            state = Row.DONE
            todo.append((one, value))
        became.setdefault(state, []).append(row.pk)
    _write(actor, field, todo)
    _keep(became)
    made.state, made.done_at, made.changed, made.kept = BulkEdit.State.DONE, timezone.now(), len(todo), len(rows) - len(todo)
    made.save(update_fields=["state", "done_at", "changed", "kept"])
    record(actor, "customer.bulk_edit", made, fields=[field.key], customers=made.changed, kept=made.kept)


def _take_back(actor: User, made: BulkEdit, field: BulkField) -> None:
    value = unkept(field, made.value)
    rows = list(made.rows.filter(state=Row.DONE).order_by("customer_id"))
    ids = [row.customer_id for row in rows]
    lock_cards(ids)
    cards = {one.pk: one for one in _read(Customer.objects.visible_to(actor), ids, field)}
    if len(cards) < len(rows):
        raise Refused("bulk.not_all_seen", "这次改的有 %(n)s 位您看不到，一位都没动，请看得到全部的人来撤销。", n=len(rows) - len(cards))
    since = _last_changes(ids, field)
    todo: list[tuple[Found, Any]] = []
    became: dict[str, list[int]] = {}
    for row in rows:
        one = cards[row.customer_id]
        if one.erased or not _same(field, field.value_in(one.stored(field)), value) or since.get(one.pk, 0) > (row.version or 0):
            state = Row.STAYED
        else:
            state = Row.BACK
            todo.append((one, unkept(field, row.old)))
        became.setdefault(state, []).append(row.pk)
    _write(actor, field, todo)
    _keep(became)
    made.state, made.undone_by, made.undone_at, made.kept = BulkEdit.State.UNDONE, actor, timezone.now(), len(rows) - len(todo)
    made.save(update_fields=["state", "undone_by", "undone_at", "kept", "failure"])
    record(actor, "customer.bulk_undo", made, fields=[field.key], customers=len(todo), kept=made.kept)


def _keep(became: dict[str, list[int]]) -> None:
    """What became of the rows; those that were changed with their card's version after it."""
    now = Subquery(Customer.objects.filter(pk=OuterRef("customer")).values("version"))
    for state, ids in became.items():
        for some in _batches(ids):
            BulkEditRow.objects.filter(pk__in=some).update(state=state, **({"version": now} if state == Row.DONE else {}))


def _last_changes(ids: Sequence[int], field: BulkField) -> dict[int, int]:
    """The version in which the field of each card was last changed."""
    found: dict[int, int] = {}
    for some in _batches(ids):
        rows = FieldChange.objects.filter(customer__in=some, field=field.key).order_by().values("customer").annotate(last=Max("version"))
        found |= {row["customer"]: row["last"] for row in rows}
    return found


def _write(actor: User, field: BulkField, todo: list[tuple[Found, Any]]) -> None:
    """Give each card its new value, with the history, and what insight and completeness have to know."""
    now, trade = timezone.now(), pack()
    counts = any(field.key in completeness.weights(trade, kind) for kind in Kind.values)
    for start in range(0, len(todo), _BATCH):
        some = todo[start : start + _BATCH]
        ids = [one.pk for one, _value in some]
        if field.extra is None and len({value for _one, value in some}) == 1:
            Customer.objects.filter(pk__in=ids).update(**{field.column: some[0][1]})
        else:
            cards = (Customer(pk=one.pk, **{field.column: _stored(field, one.stored(field), value)}) for one, value in some)
            Customer.objects.bulk_update(cards, [field.column])
        Customer.objects.filter(pk__in=ids).update(version=F("version") + 1, updated_at=now)
        FieldChange.objects.bulk_create(
            FieldChange(
                customer_id=one.pk,
                field=field.key,
                old=field.history(field.value_in(one.stored(field))),
                new=field.history(value),
                version=one.version + 1,
                by=actor,
            )
            for one, value in some
        )
        if field.key in INSIGHT:
            FactChange.objects.bulk_create(FactChange(customer_id=pk) for pk in ids)
        if counts:
            completeness.refresh(ids)


def _stored(field: BulkField, before: Any, value: Any) -> Any:
    """What the column holds with the field's new value; a field of the pack that is cleared is not there."""
    if field.extra is None:
        return value
    rest = {name: held for name, held in (before or {}).items() if name != field.extra.key}
    return rest if value is None else {**rest, field.extra.key: value}


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
