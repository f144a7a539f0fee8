"""One made-up customer with everything that happened to him, as plain values: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from random import Random
from typing import Any


@dataclass(frozen=True)
class Place:
    """A store as the generator sees it: how many reps it has, and which of them has left, when."""

    name: str
    plate: str
    customers: int
    reps: int
    gone: int | None = None
    gone_on: date | None = None


@dataclass
class Temper:
    """What makes one customer's life unlike another's.

    cycle: days between two visits; spread: how unevenly they fall (standard deviation of the logarithm); drift: what every interval is
    multiplied by after the one before; care: the satisfaction he tends to, 1 to 5; leave: hazard per visit at average satisfaction;
    price: how much he minds the price (0 to 1); level: price level of what he drives; tidy: how well his owner keeps the card (0 to 1).
    """

    cycle: float
    spread: float
    drift: float
    care: float
    leave: float
    price: float
    level: float
    tidy: float


@dataclass
class Visit:
    """A day on which the customer came, and how he liked it (1.0 to 5.0). `jobs` settles what was done, with the price of each in cents;
    None leaves it to the season."""

    on: date
    mood: float = 4.4
    jobs: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True)
class LineRow:
    code: str
    name: str
    quantity: int
    unit_cents: int


@dataclass
class DealRow:
    """`by` is a place among the store's reps; `asset` one among the customer's assets. `number` is given when all deals are known."""

    on: date
    kind: str
    cents: int
    content: str
    asset: int | None
    by: int
    lines: tuple[LineRow, ...] = ()
    number: str = ""


@dataclass
class AssetRow:
    name: str
    plate: str
    year: int
    mileage: int
    acquired_on: date | None
    gone_on: date | None = None
    level: float = 1.0
    electric: bool = False


@dataclass
class ContractRow:
    kind: str
    name: str
    starts_on: date
    ends_on: date
    cents: int
    asset: int | None = None
    times_total: int | None = None
    times_left: int | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class EventRow:
    """`by`: a place among the store's reps, -1 the store's service agent."""

    kind: str
    on: date
    value: int | None = None
    note: str = ""
    by: int = 0


@dataclass(frozen=True)
class TalkRow:
    """A contact. `outgoing`: we turned to the customer; `answered`: two-way; `by` as in EventRow."""

    on: date
    at: time
    way: str
    outcome: str
    summary: str
    by: int
    outgoing: bool = True
    answered: bool = True
    asked: bool = False


@dataclass
class EnteredRow:
    """His part in a past round of a playbook: since when, grade and group; `contact` the day of the call (None: nobody called), `keen`: he
    took it up, `came` the day he came back within his days."""

    playbook: str
    on: date
    stratum: str = ""
    arm: str = "treated"
    contact: date | None = None
    outcome: str = ""
    keen: bool = False
    came: date | None = None


@dataclass(frozen=True)
class ContactRow:
    name: str
    title: str
    phone: str
    remarks: str = ""


@dataclass
class Life:
    """A customer. `store` is a place among the stores, `rep` one among its reps (None: nobody looks after him).

    left: the day he decided not to come again; fate: how it ended ("", "drop", "told", "moved", "closed", "died"); due: the first visit
    that has not taken place yet. `fixed`: written by hand, never moved to make a number come out. `random`: his own chances.
    """

    random: Random
    store: int
    rep: int | None
    kind: str
    temper: Temper
    opened: date
    visits: list[Visit] = field(default_factory=list)
    due: Visit | None = None
    left: date | None = None
    fate: str = ""
    fixed: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    contacts: list[ContactRow] = field(default_factory=list)
    assets: list[AssetRow] = field(default_factory=list)
    deals: list[DealRow] = field(default_factory=list)
    contracts: list[ContractRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    talks: list[TalkRow] = field(default_factory=list)
    entered: list[EnteredRow] = field(default_factory=list)

    @property
    def gone(self) -> bool:
        """Whether he has decided not to come again."""
        return self.left is not None

    @property
    def last(self) -> date | None:
        return self.visits[-1].on if self.visits else None
