"""Who has a say before a promise is opened again: the room it was made in, by what the promise is `about`."""

from __future__ import annotations

from collections.abc import Callable

from liuke.promises.models import Promise

_GUARDS: dict[str, Callable[[Promise], None]] = {}


def register(about: str, guard: Callable[[Promise], None]) -> None:
    """Have `guard` asked, inside the transaction of the act; a Refused it raises stops it. Once per kind; again replaces it."""
    _GUARDS[about] = guard


def ask(promise: Promise) -> None:
    if guard := _GUARDS.get(promise.about):
        guard(promise)
