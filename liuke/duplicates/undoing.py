"""Taking a merge back as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from liuke.audit.actions import hold_chain, record
from liuke.customers import completeness
from liuke.customers.locks import hold_numbers, lock_cards
from liuke.customers.models import Customer, FactChange
from liuke.deals.actions import index_assets
from liuke.deals.mirror import touch_months
from liuke.duplicates.merging import PATIENCE, write_down
from liuke.duplicates.models import Merge
from liuke.duplicates.storing import Store, model_of, plain, put_back, read
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.standing.models import FOREVER, Run, Standing
from liuke.standing.queries import current_run
from liuke.standing.turn import turn
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import units_in_scope


@dataclass(frozen=True)
class Undone:
    """What came of taking a merge back. `stayed`: fields of the survivor that somebody changed since, left as they are."""

    merge: Merge
    stayed: tuple[str, ...]


def undo_merge(actor: User, merge_id: int) -> Undone:
    """Put both cards back as they were, with all their rows under their old keys.

    What somebody changed since stays and is told; what was added since stays with the survivor. Refuses (and writes it on the log): twice,
    before a later merge of the same card was undone, when a number was given away meanwhile. Merge.DoesNotExist for one out of sight.
    """
    try:
        with turn(PATIENCE) as mine:
            if not mine:
                raise Refused("duplicates.busy", "正在算洞察，请过几分钟再撤销。")
            with transaction.atomic():
                return _undo(actor, merge_id)
    except Refused as refused:
        write_down(actor, refused, merge=merge_id)


def _undo(actor: User, merge_id: int) -> Undone:
    require(actor, "duplicates.merge")
    keep_id = Merge.objects.visible_to(actor).values_list("keep", flat=True).get(pk=merge_id)
    lock_cards([keep_id])
    done = Merge.objects.visible_to(actor).select_related("keep").get(pk=merge_id)
    _may_undo(actor, done)
    store = Store(**done.store)
    keep, card = done.keep, store.card
    hold_chain()
    hold_numbers(card["number"])
    stayed = _restore(keep, store)
    _free(card["number"])
    put_back("customers.customer", [card])
    for label, columns in store.moved.items():
        for column, keys in columns.items():
            _move_back(label, column, keys, keep.pk, card["id"])
    _change_back(store)
    _until_now(store)
    for label, rows in store.removed.items():
        put_back(label, rows)
    for label, keys in store.made.items():
        model_of(label)._base_manager.filter(pk__in=keys).delete()
    _judged_back(keep, store)
    for one in Customer.objects.filter(pk__in=[keep.pk, card["id"]]):
        index_assets(one)
        FactChange.objects.create(customer=one)
    completeness.refresh([keep.pk, card["id"]])
    touch_months([date.fromisoformat(f"{month}-01") for month in store.months])
    Merge.objects.filter(pk=done.pk).update(undone_at=timezone.now(), undone_by=actor, store=None)
    record(actor, "duplicates.unmerge", keep, merge=done.pk, away=card["id"], stayed=sorted(stayed))
    return Undone(done, tuple(stayed))


def _may_undo(actor: User, done: Merge) -> None:
    if done.undone_at is not None:
        raise Refused("duplicates.undone", "这次合并已经撤销过了。")
    later = Merge.objects.standing().filter(keep=done.keep_id, pk__gt=done.pk).order_by("-pk").first()
    if later is not None:
        raise Refused("duplicates.later", "后来又有一张卡并到了这里（%(number)s），请先撤销那一次。", number=later.away_number)
    if not done.store:
        raise Refused("duplicates.erased", "并掉的那张卡的资料已经删除，撤不回来了。")
    if not units_in_scope(actor).filter(pk=done.store["card"]["unit_id"]).exists():
        raise Merge.DoesNotExist


def _restore(keep: Customer, store: Store) -> list[str]:
    """The survivor's columns that are as the merge left them become what they were. Those that are not."""
    stayed, values = [], {}
    for name, (before, after) in store.kept.items():
        if plain(getattr(keep, name)) == after:
            values[name] = read(Customer, name, before)
        else:
            stayed.append(name)
    if keep.next_contact_by_id is None:  # the grade's: whatever moved it since moves it again, from the facts of this card alone
        values |= {name: read(Customer, name, before) for name, before in store.next_day.items()}
        stayed = [name for name in stayed if name not in store.next_day]
    if (parent := values.get("parent_id")) not in (None, store.card["id"]) and not Customer.objects.filter(pk=parent).exists():
        values["parent_id"] = None
    if "number" in values:
        _free(values["number"], keep)
    for name, value in values.items():
        setattr(keep, name, value)
    keep.version += 1
    keep.index()
    keep.save()
    return stayed


def _free(number: str, but: Customer | None = None) -> None:
    if Customer.objects.filter(number=number).exclude(pk=but.pk if but else 0).exists():
        raise Refused("duplicates.number_taken", "客户编号“%(number)s”已经给了别的卡，请先改掉那张的编号。", number=number)


def _move_back(label: str, column: str, keys: list[int], keep: int, away: int) -> None:
    """Rows that are still the survivor's."""
    for some in batches(keys):
        model_of(label)._base_manager.filter(**{"pk__in": some, column: keep}).update(**{column: away})


def _change_back(store: Store) -> None:
    """Rows that are as the merge left them, the last change first; of neighbours changed alike all in one statement.

    Where the way back is taken meanwhile (the customer has a new open task), the row stays as it is.
    """
    for (label, columns), entries in groupby(reversed(store.changed), lambda entry: (entry[0], entry[2])):
        model, keys = model_of(label), [entry[1] for entry in entries]
        before, after = (
            {(column := _column(model, name)): read(model, column, pair[side]) for name, pair in columns.items()} for side in (0, 1)
        )
        for some in batches(keys):
            rows = model._base_manager.filter(pk__in=some).filter(_as(after))
            with suppress(IntegrityError), transaction.atomic():
                rows.update(**before)


def _column(model: Any, name: str) -> str:
    return str(model._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name).attname)


def _as(values: Mapping[str, Any]) -> Q:
    found = Q()
    for name, value in values.items():
        found &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    return found


def _until_now(store: Store) -> None:
    """What insight said of the card that comes back held until the first run that was made without it."""
    for row in store.removed.get(Standing._meta.label_lower, []):
        if row["until"] == FOREVER.isoformat() and store.run_on is not None:
            without = Run.objects.filter(finished_at__isnull=False, book=row["book_id"], as_of__gt=store.run_on).order_by("as_of").first()
            row["until"] = without.as_of.isoformat() if without else row["until"]


def _judged_back(keep: Customer, store: Store) -> None:
    """As long as no run came in between, what insight said of the survivor; else it is worked out anew from the facts."""
    run = current_run()
    if (run.pk if run else None) != store.run:
        return
    for label, rows in store.judged.items():
        model_of(label)._base_manager.filter(customer=keep).delete()
        put_back(label, rows)
