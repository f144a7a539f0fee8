"""Reads of care: how many have what on which day, who they are, what comes next for one customer. Queries do not grow with rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.db.models import Count

from liuke.care.finding import Found, count, find
from liuke.care.keeping import Kept, kept
from liuke.care.labels import OccasionState
from liuke.care.models import Occasion
from liuke.care.rules import anniversaries
from liuke.customers.fields import birthday_of
from liuke.customers.models import Customer
from liuke.deals.models import Asset, Contract
from liuke.kernel.birthday import Birthday
from liuke.packs import Pack
from liuke.packs.care import CareLevel, CareOccasion
from liuke.standing.models import Run, Standing
from liuke.standing.queries import standings
from liuke.team.models import User
from liuke.work.words import pick

SHOWN = 50
"""Customers on one page of a day."""
AHEAD = 14
"""Days of the list of what comes."""


@dataclass(frozen=True)
class Entry:
    """How many have an occasion on a day."""

    occasion: CareOccasion
    count: int


Days = dict[date, tuple[Entry, ...]]


def days(user: User, first: date, last: date, today: date, pack: Pack, run: Run | None) -> Days:
    """What is kept on each day from `first` to `last`, for the customers the user may see, in the pack's order.

    Of days past it is what came; from today on it is what stands on the cards. One query for each occasion, and one.
    """
    all_kept = kept(pack)
    counted: dict[date, Counter[str]] = defaultdict(Counter)
    if first < today:
        rows = Occasion.objects.visible_to(user).filter(due_on__gte=first, due_on__lt=min(today, last + timedelta(1))).order_by()
        for day, key, number in rows.values_list("due_on", "key").annotate(n=Count("pk")):
            counted[day][key] += number
    begin = max(first, today)
    if begin <= last:
        for each in _on(all_kept):
            shift = timedelta(each.days)
            for day, number in count(each, begin - shift, last - shift, run, user).items():
                counted[day + shift][each.key] += number
    return {day: tuple(Entry(each.occasion, keys[each.occasion.key]) for each in all_kept if keys[each.occasion.key])
            for day, keys in sorted(counted.items())}  # fmt: skip


def _on(all_kept: Iterable[Kept]) -> list[CareOccasion]:
    return [each.occasion for each in all_kept if each.occasion.on]


@dataclass(frozen=True)
class Line:
    """One customer on his day. `row`: what became of it; None before the morning of its day. `standing`: of today."""

    card: Customer
    occasion: CareOccasion
    due_on: date
    on: date
    level: str
    plan: CareLevel
    found: Found | None
    row: Occasion | None
    standing: Standing | None


def of_day(user: User, day: date, today: date, pack: Pack, run: Run | None, key: str = "", page: int = 1) -> list[Line]:
    """One page of those whose day it is, as many as SHOWN, in the pack's order of occasions; of one occasion where `key` says so."""
    start = (page - 1) * SHOWN
    all_kept = [each for each in kept(pack) if key in ("", each.occasion.key)]
    if day < today:
        order = {each.occasion.key: place for place, each in enumerate(all_kept)}
        rows = Occasion.objects.visible_to(user).filter(due_on=day, key__in=order).order_by("key", "customer__pinyin", "pk")
        return _past(list(rows[start : start + SHOWN]), {each.occasion.key: each.occasion for each in all_kept}, run)
    found = ((each, one) for each in _on(all_kept) for one in find(each, day - timedelta(each.days), day - timedelta(each.days), run, user))
    return _lines(list(islice(found, start, start + SHOWN)), run)


def ahead(user: User, today: date, pack: Pack, run: Run | None, coming: Days, most: int = SHOWN) -> tuple[list[Line], date]:
    """The first customers whose days come, festivals left out (they are everybody's), and the last day that is listed whole."""
    personal = [each for each in _on(kept(pack)) if each.kind != "festival"]
    names = {each.key for each in personal}
    last, seen = today, 0
    for day in (today + timedelta(each) for each in range(AHEAD)):
        seen += sum(entry.count for entry in coming.get(day, ()) if entry.occasion.key in names)
        if seen > most and day > today:
            break
        last = day
    found = [(each, one) for each in personal
             for one in islice(find(each, today - timedelta(each.days), last - timedelta(each.days), run, user), most)]  # fmt: skip
    found.sort(key=lambda pair: pair[1].on + timedelta(pair[0].days))
    return _lines(found[:most], run), last


def _lines(found: list[tuple[CareOccasion, Found]], run: Run | None) -> list[Line]:
    ids = {one.customer for _, one in found}
    cards = Customer.objects.select_related("unit", "owner").in_bulk(ids)
    standing = {row.customer_id: row for row in standings(run).filter(customer__in=ids)}
    rows = {(row.customer_id, row.key, row.turn): row for row in Occasion.objects.filter(customer__in=ids)}
    lines = []
    for occasion, one in found:
        card, row = cards[one.customer], rows.get((one.customer, occasion.key, one.turn))
        grade = standing[card.pk].abc if card.pk in standing else ""
        level = occasion.level_of(card.key_account, card.tier, grade)
        if level is not None:
            due = one.on + timedelta(occasion.days)
            lines.append(Line(card, occasion, due, one.on, level, occasion.levels[level], one, row, standing.get(card.pk)))
    return lines


def _past(rows: list[Occasion], known: dict[str, CareOccasion], run: Run | None) -> list[Line]:
    ids = {row.customer_id for row in rows}
    cards = Customer.objects.select_related("unit", "owner").in_bulk(ids)
    standing = {row.customer_id: row for row in standings(run).filter(customer__in=ids)}
    return [
        Line(cards[row.customer_id], occasion, row.due_on, row.on, row.level, occasion.levels.get(row.level, CareLevel()), None, row,
             standing.get(row.customer_id))
        for row in rows for occasion in [known[row.key]]
    ]  # fmt: skip


# ── one customer ─────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Coming:
    """The next day of one customer. `birthday`, `years`, `what` as its kind has them; `declined`: he has said that he does not want it."""

    occasion: CareOccasion
    on: date
    birthday: Birthday | None = None
    years: int = 0
    what: str = ""
    declined: bool = False


def next_of(card: Customer, today: date, pack: Pack, most: int = 2) -> list[Coming]:
    """The next days of one customer himself within a year, the soonest first; festivals are everybody's. Four queries."""
    last = today.replace(year=today.year + 1) if (today.month, today.day) != (2, 29) else today + timedelta(366)
    rows = Occasion.objects.filter(customer=card, state=OccasionState.DECLINED)
    no_more = set(rows.values_list("key", flat=True))
    assets = list(Asset.objects.filter(customer=card, gone_on__isnull=True, acquired_on__isnull=False))
    contracts = list(Contract.objects.filter(customer=card, ended_on__isnull=True))
    found = [
        coming
        for occasion in _on(kept(pack))
        for coming in _coming(card, occasion, today, last, assets, contracts, pack, occasion.key in no_more)
    ]
    return sorted(found, key=lambda each: each.on)[:most]


def _coming(
    card: Customer, occasion: CareOccasion, today: date, last: date, assets: list[Asset], contracts: list[Contract], pack: Pack, no: bool
) -> Iterator[Coming]:
    if occasion.kind == "birthday":
        birthday = birthday_of(card)
        if birthday is not None and card.kind == "person" and (on := birthday.next_on(today)) is not None:
            yield Coming(occasion, on, birthday, declined=no)
    elif occasion.kind == "joined":
        for on, years in anniversaries(card.opened_on, today, last)[:1]:
            yield Coming(occasion, on, years=years, declined=no)
    elif occasion.kind == "bought" and card.kind == "person":
        for asset in assets:
            if asset.acquired_on is not None:
                for on, years in anniversaries(asset.acquired_on, today, last)[:1]:
                    yield Coming(occasion, on, years=years, what=asset.name, declined=no)
    elif occasion.kind == "contract":
        for contract in contracts:
            on = contract.starts_on if occasion.contract_date == "starts" else contract.ends_on
            if contract.kind in occasion.contract_kinds and on >= today:
                name = pack.contract_kind(contract.kind).name
                yield Coming(occasion, on, what=pick(name), declined=no)
