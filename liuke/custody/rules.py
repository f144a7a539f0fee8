"""What may leave the house, and who says so. No database, no clock."""

from __future__ import annotations

from datetime import timedelta

KEPT = timedelta(days=1)
"""How long a file may be fetched after it was made."""
LONG_WAIT = timedelta(hours=4)
"""An asker who waits longer than this for a yes or no waits too long."""
CLEAR = {"mailing": "mailing.make"}
"""Who may ask for whole numbers or addresses, where that is another permission than export.clear: by list."""
XLSX_ROWS = 1_048_575
"""Rows of one sheet under its heading."""


def clear_permission(listing: str) -> str:
    """The permission that asking for a list with whole numbers needs."""
    return CLEAR.get(listing, "export.clear")


def needs_approval(rows: int, clear: bool, threshold: int, taken: int = 0) -> bool:
    """Whether somebody else must agree: whole numbers always, masked ones above `threshold` rows.

    `taken`: rows of the same list that this person took out within a day without anybody's word; a long list cut in pieces is no shorter.
    """
    return clear or rows + taken > threshold


def most_rows(agreed: int | None, clear: bool, threshold: int, taken: int = 0) -> int:
    """How many rows the file may have without asking (again). `agreed`: the rows somebody said yes to, None when nobody was asked.

    A list may grow by a tenth between the yes and the file.
    """
    free = 0 if clear else max(threshold - taken, 0)
    return free if agreed is None else max(free, agreed + agreed // 10)


def may_decide(decider: int, asker: int, decider_path: str, asker_path: str) -> bool:
    """Whether one person may say yes or no to another's: never to one's own, and only over what lies in his own sight (paths of units)."""
    return decider != asker and bool(decider_path) and asker_path.startswith(decider_path)
