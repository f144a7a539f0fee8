"""One customer, put together from every domain for the card page and for the pane beside the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from liuke.custody import queries as custody
from liuke.customers.fields import birthday_of
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.deals import queries as deals
from liuke.deals.models import Asset, Contract
from liuke.kernel import clock
from liuke.packs.schema import Pack
from liuke.segments.timeline import Timeline, timeline
from liuke.segments.wording import contract_name
from liuke.standing.models import Run, Signal, StageChange, Standing
from liuke.standing.queries import open_signals, standings
from liuke.standing.reasons import Reason, reasons, signal_reason
from liuke.standing.renewal_words import renewal_lines
from liuke.team.models import User
from liuke.work.queries import contacts

SOON = 60
RECENT = 92
"""Days a change of stage stays beside the stage."""


@dataclass(frozen=True)
class Holding:
    """One line of contracts and assets: what, its end in words, and whether it wants attention; below it what is said of its renewal."""

    name: str
    ends_on: date | None = None
    times_left: int | None = None
    soon: bool = False
    over: bool = False
    asset: Asset | None = None
    plate: str = ""
    renewal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Peek:
    """What the pane shows."""

    card: Customer
    standing: Standing | None
    details: custody.Details
    reason: str
    signals: tuple[str, ...]
    history: Timeline
    holdings: tuple[Holding, ...]
    age: int | None


@dataclass(frozen=True)
class Card:
    """What the page shows. `was` is the stage before the last change, "" when that was long ago; `changed_on` the day of that change."""

    card: Customer
    standing: Standing | None
    as_of: date
    details: custody.Details
    why: tuple[Reason, ...]
    was: str
    changed_on: date | None
    signals: tuple[tuple[Signal, str], ...]
    days: list[deals.DealDay]
    totals: deals.Totals
    spread: tuple[int, int] | None
    holdings: tuple[Holding, ...]
    history: Timeline
    borrowers: list[custody.Borrower]
    age: int | None
    unasked: int
    budget: int
    budget_days: int


def peek(user: User, customer_id: int, run: Run | None, pack: Pack) -> Peek | None:
    """The card beside the list; None when the reader may not see it."""
    try:
        card = visible(user, customer_id)
    except Customer.DoesNotExist:
        return None
    row = standings(run).filter(customer=card).first()
    shown = custody.details(user, card)
    return Peek(
        card=card,
        standing=row,
        details=shown,
        reason=reasons(row, run.as_of, pack)[0].text if row and run else "",
        signals=tuple(signal_reason(signal, pack) for signal in open_signals().filter(customer=card).order_by("-severity", "pk")[:4]),
        history=timeline(card, pack, size=4, counted=False, clear=shown.clear),
        holdings=holdings(card, pack, clock.today(), shown.clear),
        age=_age(card),
    )


def whole(user: User, card: Customer, run: Run | None, pack: Pack, kind: str = "", page: int = 1) -> Card:
    """The page of a card the reader may see; `kind` and `page` of its timeline."""
    as_of = run.as_of if run else clock.today()
    row = standings(run).filter(customer=card).first()
    shown = custody.details(user, card)
    most = pack.contact_budget.unasked
    days = deals.deal_days(card, as_of)
    signals = open_signals().filter(customer=card).order_by("-severity", "-started_on", "pk")
    change = StageChange.objects.filter(customer=card, on__lte=as_of).exclude(old="").order_by("-on").first()
    return Card(
        card=card,
        standing=row,
        as_of=as_of,
        details=shown,
        why=tuple(reasons(row, as_of, pack)) if row else (),
        was=change.old if change and (as_of - change.on).days <= RECENT else "",
        changed_on=change.on if change and row and change.new == row.stage else None,
        signals=tuple((signal, signal_reason(signal, pack)) for signal in signals),
        days=days,
        totals=deals.totals(card, as_of),
        spread=_spread(days),
        holdings=holdings(card, pack, clock.today(), shown.clear, run),
        history=timeline(card, pack, kind, page, clear=shown.clear),
        borrowers=custody.borrowers(card),
        age=_age(card),
        unasked=contacts([card.pk], clock.today(), pack.contact_budget.in_days).get(card.pk, 0),
        budget=min(card.monthly_contacts if card.monthly_contacts is not None else most, most),
        budget_days=pack.contact_budget.in_days,
    )


def holdings(card: Customer, pack: Pack, today: date, clear: bool, run: Run | None = None) -> tuple[Holding, ...]:
    """Running contracts, the first to end on top; below them those that ended within a year; then what the customer holds. With `run`
    also what its model says of the renewals."""
    rows = list(deals.contracts_of(card).filter(ends_on__gte=today - timedelta(days=365)))
    lines = renewal_lines(rows, run.fit, today, pack) if run else {}
    found = [_contract(row, pack, today, lines.get(row.pk, ())) for row in rows]
    found.sort(key=lambda held: held.over)
    assets = [Holding(asset.name, asset=asset, plate=_plate(asset, clear)) for asset in deals.assets_of(card)]
    return (*found, *assets)


def _contract(row: Contract, pack: Pack, today: date, renewal: tuple[str, ...]) -> Holding:
    over = row.ends_on < today or row.ended_on is not None
    return Holding(
        contract_name(row, pack),
        ends_on=row.ended_on or row.ends_on,
        times_left=row.times_left,
        soon=not over and row.ends_on <= today + timedelta(days=SOON),
        over=over,
        renewal=renewal,
    )


def _plate(asset: Asset, clear: bool) -> str:
    return custody.shown_plate(asset.identifier, clear) if asset.kind == "vehicle" else asset.identifier


def _age(card: Customer) -> int | None:
    birthday = birthday_of(card)
    return birthday.age(clock.today()) if birthday else None


def _spread(days: list[deals.DealDay]) -> tuple[int, int] | None:
    """The middle half of the gaps between deal days, when there are enough of them to say so."""
    gaps = sorted((after.on - before.on).days for before, after in pairwise(days))
    if len(gaps) < 4:
        return None
    return gaps[len(gaps) // 4], gaps[(len(gaps) * 3) // 4]
