"""The lists themselves; importing this makes them known."""

from liuke.exchange.exports.lists import (
    audit,
    check_outs,
    customers,
    duplicates,
    green_lost,
    imports,
    outgoing,
    people,
    pool,
    tasks,
    visits,
)

__all__ = ["audit", "check_outs", "customers", "duplicates", "green_lost", "imports", "outgoing", "people", "pool", "tasks", "visits"]
