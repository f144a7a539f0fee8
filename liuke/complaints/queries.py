"""Reads of complaints: who complains, one case, the board and the list."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from liuke.complaints.models import Complaint


def complaining() -> QuerySet[Any]:
    """Open complaints of known customers: nothing is sold to them, and they stay with who looks after them."""
    return Complaint.objects.open().filter(customer__isnull=False)
