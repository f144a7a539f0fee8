"""From rows to the column engine: the five tables that insight is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from liuke.analytics.tables import CONTACTS, CONTRACTS, CUSTOMERS, EVENTS, Tables
from liuke.deals.mirror import among, day_number, deals_table, fetch
from liuke.standing.overriding import overrides_table


def tables(customers: Sequence[int] | None = None) -> Tables:
    """Cards, events, contacts, contracts and overrides of everybody, without deals (those come from the mirror); or all six tables of
    some customers.

    `customers` are some ids (their deals are read row by row, so never everybody's).
    """
    where, deals = "", None
    parameters: list[Any] = []
    if customers is not None:
        where, parameters = among(customers)
        deals = deals_table(where, parameters)
    return Tables(
        deals=deals if deals is not None else pa.table({"customer_id": [], "day": [], "cents": [], "came": []}),
        customers=_cards(where, parameters),
        events=_events(where, parameters),
        contacts=_contacts(where, parameters),
        contracts=_contracts(where, parameters),
        overrides=overrides_table(customers),
    )


def contracts_table(customers: Sequence[int]) -> pa.Table:
    """The contracts of some customers alone, as CONTRACTS."""
    return _contracts(*among(customers))


def _and(where: str) -> str:
    return f" WHERE {where}" if where else ""


def _cards(where: str, parameters: list[Any]) -> pa.Table:
    condition = _and(where.replace("customer_id", "c.id"))
    left = "COALESCE(NOT u.is_active, FALSE)"
    sql = f"SELECT c.id, {day_number('c.opened_on')}, c.key_account, {left} FROM customers_customer c LEFT JOIN team_user u ON u.id = c.owner_id{condition}"  # noqa: S608, E501
    return fetch(sql, [*parameters], CUSTOMERS)


def _events(where: str, parameters: list[Any]) -> pa.Table:
    sql = f"SELECT customer_id, {day_number(chr(34) + 'on' + chr(34))}, kind, value FROM customers_event{_and(where)}"  # noqa: S608
    return fetch(sql, [*parameters], EVENTS)


def _contacts(where: str, parameters: list[Any]) -> pa.Table:
    condition = " AND ".join(part for part in ("two_way", "undone_at IS NULL", where) if part)
    sql = f"SELECT customer_id, {day_number(chr(34) + 'on' + chr(34))}, two_way FROM interactions_interaction WHERE {condition}"  # noqa: S608
    return fetch(sql, [*parameters], CONTACTS)


def _contracts(where: str, parameters: list[Any]) -> pa.Table:
    """A contract ends early on its own `ended_on`, or on the day its asset left."""
    condition = _and(where.replace("customer_id", "c.customer_id"))
    ended = f"COALESCE({day_number('c.ended_on')}, {day_number('a.gone_on')})"
    sql = (
        f"SELECT c.customer_id, c.kind, {day_number('c.starts_on')}, {day_number('c.ends_on')}, {ended}, "  # noqa: S608
        f"(a.gone_on IS NOT NULL), c.times_left, c.asset_id FROM deals_contract c LEFT JOIN deals_asset a ON a.id = c.asset_id{condition}"
    )
    return fetch(sql, [*parameters], CONTRACTS)
