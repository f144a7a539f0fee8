"""What the frame around a page needs to know: navigation, who is reading, which day the figures stop at.

Plain frozen data, so that the frame can be drawn (and tested) without a request; the view layer fills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation. `key` is compared with Shell.page; `count` None writes no number; `hot` marks a number that is late."""

    key: str
    icon: str
    label: str
    url: str
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under one small head; the first group of a role has no head (label "")."""

    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class Who:
    """The reader: `initial` stands in the round badge, `role` and `unit` are words, `url` opens the own page."""

    initial: str
    name: str
    role: str
    unit: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """The line shown after an act: `text` says what was done, a POST to `url` takes it back ("" when it cannot be)."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """The bell: `url` opens the list, `look_url` asks for news; how many are unread, and whether one cannot wait (shown in red)."""

    url: str
    look_url: str
    count: int = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one answer.

    page: key of the current NavItem. tabs: at most five entries of the phone's bar. as_of: last day in the figures; as_of_text
    overrides the words ("11月20日 06:00"); past: a day before the newest was asked for, so the bar is tinted and acts are hidden.
    An empty *_url leaves its thing out. large, keys: the reader's own choices of text size and single-letter keys.
    """

    nav: tuple[NavGroup, ...] = ()
    tabs: tuple[NavItem, ...] = ()
    who: Who | None = None
    page: str = ""
    today: date | None = None
    as_of: date | None = None
    as_of_text: str = ""
    past: bool = False
    as_of_url: str = ""
    home_url: str = "/"
    search_url: str = "/palette/"
    bell: Ring | None = None
    login_url: str = "/accounts/login/"
    logout_url: str = ""
    undo: Undo | None = None
    user: int = 0
    large: bool = False
    keys: bool = True
