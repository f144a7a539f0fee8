"""A backtest's result keeps primary keys; who and what they are, for whoever reads it outside of a page."""

from __future__ import annotations

from typing import Any

from liuke.customers.models import Customer
from liuke.standing.labels import Grade
from liuke.team.models import Unit, User


def named(result: dict[str, Any]) -> dict[str, Any]:
    """The result with the "name" of every grade, unit and owner, and "customer_no" and "name" of every customer called safe who left; None
    of what is there no more. All keys stay as they are. A constant number of queries."""
    names: dict[str, dict[Any, str]] = {
        "grade": {grade.value: str(grade.label) for grade in Grade},
        "unit": dict(Unit.objects.values_list("pk", "name")),
        "owner": dict(User.objects.values_list("pk", "name")),
    }
    groups = {by: [{**row, "name": names[by].get(row["key"])} for row in rows] for by, rows in result["groups"].items()}
    lost = result["green_lost"]
    cards = {
        pk: (number, name)
        for pk, number, name in Customer.objects.filter(pk__in=[row["customer"] for row in lost]).values_list("pk", "number", "name")
    }
    people = []
    for row in lost:
        number, name = cards.get(row["customer"], (None, None))
        people.append({**row, "customer_no": number, "name": name})
    return {**result, "groups": groups, "green_lost": people}
