"""The lists themselves; importing this makes them known."""

from liuke.exchange.exports.lists import audit, check_outs, customers, green_lost, imports, outgoing, people, tasks

__all__ = ["audit", "check_outs", "customers", "green_lost", "imports", "outgoing", "people", "tasks"]
