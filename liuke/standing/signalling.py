"""Signals as rows: opened when the pack's condition holds, closed when it no longer does, never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liuke.analytics.days import day_number
from liuke.analytics.signals import evaluate
from liuke.packs.schema import Pack
from liuke.standing.computing import Computed
from liuke.standing.models import Signal


def update_signals(computed: Computed, pack: Pack, customers: Sequence[int] | None = None) -> tuple[int, int]:
    """Open, refresh and close signals from what was computed (of everybody, or of `customers`). (opened, closed).

    Call inside the transaction that makes the standing visible.
    """
    raise NotImplementedError
