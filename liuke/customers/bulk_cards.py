"""The cards of a change of many: read, compared, written, each with its history. In batches, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from liuke.customers import completeness
from liuke.customers.bulk_fields import INSIGHT, BulkField, kept
from liuke.customers.labels import Kind
from liuke.customers.models import BulkEditRow, Customer, FactChange, FieldChange
from liuke.kernel.batches import batches
from liuke.team.models import User
from liuke.team.queries import pack

BATCH = 500


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


def same(field: BulkField, one: Any, other: Any) -> bool:
    """Nothing is nothing, however it is kept."""
    return kept(field, one) == kept(field, other) or (one in ("", None) and other in ("", None))


def read_cards(cards: QuerySet[Customer], ids: Sequence[int], field: BulkField) -> Iterator[Found]:
    """Those of the cards, in batches of ids."""
    for some in batches(ids):
        for row in cards.filter(pk__in=some).order_by("pk").values_list("pk", "name", "kind", "version", "extra", field.column):
            yield Found(*row)


def last_changes(ids: Sequence[int], field: BulkField) -> dict[int, int]:
    """The version in which the field of each card was last changed."""
    found: dict[int, int] = {}
    for some in batches(ids):
        rows = FieldChange.objects.filter(customer__in=some, field=field.key).order_by().values("customer").annotate(last=Max("version"))
        found |= {row["customer"]: row["last"] for row in rows}
    return found


def write(actor: User, field: BulkField, todo: list[tuple[Found, Any]]) -> None:
    """Give each card its new value, with the history, and what insight and completeness have to know."""
    now, trade = timezone.now(), pack()
    counts = any(field.key in completeness.weights(trade, kind) for kind in Kind.values)
    for some in batches(todo):
        ids = [one.pk for one, _value in some]
        if field.extra is None and len({value for _one, value in some}) == 1:
            Customer.objects.filter(pk__in=ids).update(**{field.column: some[0][1]})
        else:
            cards = (Customer(pk=one.pk, **{field.column: _stored(field, one.stored(field), value)}) for one, value in some)
            Customer.objects.bulk_update(cards, [field.column])
        own = {"next_contact_by": actor} if field.key == "next_contact_on" else {}
        Customer.objects.filter(pk__in=ids).update(version=F("version") + 1, updated_at=now, **own)
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


def tell_rows(became: dict[str, list[int]]) -> None:
    """What became of the rows; those that were changed with their card's version after it."""
    now = Subquery(Customer.objects.filter(pk=OuterRef("customer")).values("version"))
    for state, ids in became.items():
        for some in batches(ids):
            BulkEditRow.objects.filter(pk__in=some).update(state=state, **({"version": now} if state == BulkEditRow.State.DONE else {}))
