"""What customers have forbidden, as the rooms above know it: whoever makes contacts asks here before it makes one.

The room that keeps customers' words (privacy) registers itself in its AppConfig.ready(), as movers do (work.handing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Asked = Callable[[str, Iterable[int]], set[int]]

_ASKED: list[Asked] = []


def register(asked: Asked) -> None:
    """Have `asked(purpose, customers)` name those who must not be approached for a purpose of the pack (phone, wechat, sms …). It raises
    KeyError for a purpose that the pack does not know."""
    if asked not in _ASKED:
        _ASKED.append(asked)


def refusing(purpose: str, customers: Iterable[int]) -> set[int]:
    """Those of the customers who must not be approached so; nobody for a way that nobody is asked about (a visit, a letter)."""
    ids = list(customers)
    found: set[int] = set()
    for asked in _ASKED:
        try:
            found |= asked(purpose, ids)
        except KeyError:
            continue
    return found
