"""The made-up lives as rows of the database, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from liuke.customers.models import Contact, Customer, Event, Phone
from liuke.customers.phones import COLUMNS as PHONE_COLUMNS
from liuke.customers.phones import phone_row
from liuke.customers.rules import index_text
from liuke.deals.models import Asset, Contract, Deal, DealLine
from liuke.deals.rules import came
from liuke.demo.company import Store
from liuke.demo.rows import Life, Place
from liuke.interactions.models import Interaction
from liuke.kernel import pinyin

HUNDRED = Decimal(100)
OPENED_AT, ENTERED_AT, TODAY_AT = time(10, 30), time(17, 30), time(0, 5)

Rows = list[dict[str, Any]]


def write(lives: Sequence[Life], stores: Sequence[Store], places: Sequence[Place], today: date) -> None:
    """Insert everything, ids counted from 1 in order; inside the caller's transaction, into tables that are empty."""
    scribe = _Scribe(stores, places, today)
    for life in lives:
        scribe.add(life)
    for model, rows in scribe.rows.items():
        insert(model, rows)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(scribe.rows)):
            cursor.execute(statement)


def insert(model: type[Model], rows: Iterable[Mapping[str, Any]], batch: int = 20_000) -> None:
    """Rows by attname, with the model's defaults for what is left out. Unlike `bulk_create` it takes the times as they are given."""
    rows = list(rows)
    # A key that no row gives is the database's to give: PostgreSQL takes no NULL for it.
    given = any(model._meta.pk.attname in row for row in rows)
    fields = [field for field in model._meta.concrete_fields if given or not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own
    every = [
        tuple(field.get_db_prep_save(row[field.attname] if field.attname in row else field.get_default(), connection) for field in fields)
        for row in rows
    ]
    with connection.cursor() as cursor:
        for start in range(0, len(every), batch):
            cursor.executemany(sql, every[start : start + batch])


class _Scribe:
    """Turns lives into rows and counts the ids."""

    def __init__(self, stores: Sequence[Store], places: Sequence[Place], today: date) -> None:
        self.stores, self.places, self.today = stores, places, today
        self.zone = ZoneInfo(settings.TIME_ZONE)
        models: tuple[type[Model], ...] = (Customer, Phone, Contact, Asset, Deal, DealLine, Contract, Event, Interaction)
        self.rows: dict[type[Model], Rows] = {model: [] for model in models}

    def add(self, life: Life) -> None:
        store = self.stores[life.store]
        customer = self._customer(life, store)
        for position, phone in enumerate(life.phones):
            self._put(Phone, **dict(zip(PHONE_COLUMNS, phone_row(customer, phone, position), strict=True)))
        for contact in life.contacts:
            self._put(Contact, customer_id=customer, name=contact.name, title=contact.title, phone=contact.phone, remarks=contact.remarks)
        assets = [
            self._put(
                Asset,
                customer_id=customer,
                name=car.name,
                identifier=car.plate,
                year=car.year,
                mileage=car.mileage or None,
                acquired_on=car.acquired_on,
                gone_on=car.gone_on,
            )
            for car in life.assets
        ]
        self._deals(life, store, customer, assets)
        for contract in life.contracts:
            self._put(
                Contract,
                customer_id=customer,
                kind=contract.kind,
                name=contract.name,
                asset_id=None if contract.asset is None else assets[contract.asset],
                starts_on=contract.starts_on,
                ends_on=contract.ends_on,
                ended_on=contract.ended_on,
                amount_cents=contract.cents,
                times_total=contract.times_total,
                times_left=contract.times_left,
                unit_id=store.unit.pk,
                staff_id=self._who(life, life.rep or 0, contract.starts_on),
                created_at=self._at(min(contract.starts_on, life.opened), ENTERED_AT),
            )
        for event in life.events:
            by = self._who(life, event.by, event.on)
            at = self._at(event.on, ENTERED_AT)
            self._put(Event, customer_id=customer, kind=event.kind, on=event.on, value=event.value, note=event.note, by_id=by, at=at)
        for talk in life.talks:
            self._put(
                Interaction,
                customer_id=customer,
                at=self._at(talk.on, talk.at),
                on=talk.on,
                direction="out" if talk.outgoing else "in",
                way=talk.way,
                two_way=talk.answered,
                asked=talk.asked,
                outcome=talk.outcome,
                summary=talk.summary,
                by_id=self._who(life, talk.by, talk.on),
            )

    def _customer(self, life: Life, store: Store) -> int:
        card = life.card
        number = f"K{len(self.rows[Customer]) + 1:06d}"
        aliases = "\n".join(car.plate for car in life.assets if car.gone_on is None)
        opened = self._at(life.opened, OPENED_AT)
        return self._put(
            Customer,
            **{**card, "extra": card.get("extra", {})},
            number=number,
            kind=life.kind,
            phone=life.phones[0] if life.phones else "",
            unit_id=store.unit.pk,
            owner_id=None if life.rep is None else store.reps[life.rep].pk,
            opened_on=life.opened,
            pinyin=pinyin.sort_key(card["name"])[:300],
            search=index_text(card["name"], number, aliases),
            aliases=aliases,
            created_at=opened,
            updated_at=opened,
        )

    def _deals(self, life: Life, store: Store, customer: int, assets: Sequence[int]) -> None:
        for deal in life.deals:
            pk = self._put(
                Deal,
                number=deal.number,
                customer_id=customer,
                on=deal.on,
                kind=deal.kind,
                amount_cents=deal.cents,
                came=came(deal.kind, deal.cents),
                content=deal.content,
                unit_id=store.unit.pk,
                staff_id=self._who(life, deal.by, deal.on),
                asset_id=None if deal.asset is None else assets[deal.asset],
                created_at=self._at(deal.on, ENTERED_AT),
            )
            for position, line in enumerate(deal.lines, 1):
                self._put(
                    DealLine,
                    deal_id=pk,
                    position=position,
                    code=line.code,
                    name=line.name,
                    quantity=Decimal(line.quantity),
                    unit_price=Decimal(line.unit_cents) / HUNDRED,
                )

    def _put(self, model: type[Model], **values: Any) -> int:
        rows = self.rows[model]
        rows.append({"id": len(rows) + 1, **values})
        return len(rows)

    def _who(self, life: Life, by: int, on: date) -> int:
        """The member of staff: -1 is the service agent; after a rep has left it is his neighbour."""
        store, place = self.stores[life.store], self.places[life.store]
        if by < 0:
            return store.agent.pk
        if by == place.gone and place.gone_on is not None and on > place.gone_on:
            return store.reps[0].pk
        return store.reps[by % len(store.reps)].pk

    def _at(self, on: date, at: time) -> datetime:
        """A time of that day; of today, which has hardly begun, its first minutes."""
        return datetime.combine(on, at if on < self.today else TODAY_AT, self.zone).astimezone(UTC)
