"""How groups of the books are called."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from liuke.standing.labels import CustomerType, Grade
from liuke.team.models import Unit, User


def group_names(by: str, keys: Iterable[str]) -> dict[str, str]:
    """Key → what a reader calls it. One query for units and owners."""
    wanted = list(keys)
    if by == "grade":
        return {key: str(Grade(key).label) if key else gettext("期初还没成交") for key in wanted}
    if by == "type":
        return {key: str(CustomerType(key).label) if key else gettext("期初还没成交") for key in wanted}
    if by == "cohort":
        return {key: gettext("%(year)s 年来的") % {"year": key} for key in wanted}
    if by in ("unit", "owner"):
        model = Unit if by == "unit" else User
        names = {str(pk): name for pk, name in model._default_manager.filter(pk__in=[int(key) for key in wanted]).values_list("pk", "name")}
        return {key: names.get(key, gettext("没有业务员")) for key in wanted}
    return {key: key for key in wanted}
