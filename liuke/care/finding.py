"""Who has an occasion on which day: asked of the database by its indexes, the day turned into what stands on cards, never card by card."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from liuke.care.rules import anniversaries, could_come_round, days_of, festival_days
from liuke.customers.labels import Kind
from liuke.customers.models import Customer
from liuke.deals.labels import DealKind
from liuke.deals.models import Asset, Contract, Deal
from liuke.kernel import lunar
from liuke.kernel.birthday import Celebrated, celebrated_on
from liuke.packs.care import CareOccasion
from liuke.standing.models import Run
from liuke.standing.queries import standings
from liuke.team.models import User
from liuke.team.queries import in_scope

Slots = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """One occasion of one customer: `turn` says which time it is, `slots` are the figures of its sentence."""

    customer: int
    key: str
    turn: str
    on: date
    slots: Slots


@dataclass(frozen=True)
class Source:
    """Rows that say when. `path` leads from a row to the customer; `when`: columns that decide the day, `more`: what its sentence needs.

    `days(when)`: (day, number) of the occasion within the range asked for; `made(when, more, number)`: turn and slots. `once`: several
    rows of a customer on one day are one occasion.
    """

    rows: QuerySet[Any]
    path: str
    when: tuple[str, ...]
    days: Callable[[tuple[Any, ...]], list[tuple[date, int]]]
    made: Callable[[tuple[Any, ...], tuple[Any, ...], int], tuple[str, Slots]]
    more: tuple[str, ...] = ()
    once: bool = False


def find(occasion: CareOccasion, first: date, last: date, run: Run | None, seen: User | None = None) -> Iterator[Found]:
    """Everybody who has this occasion, the day itself from `first` to `last`, by customer; of `seen` only whom that user may see."""
    source = _source(occasion, first, last, run)
    rows = _wanted(source, occasion, run, seen)
    customer = f"{source.path}pk"
    known: set[tuple[int, str]] = set()
    columns = (customer, *source.when, *source.more)
    for row in rows.order_by(customer, "pk").values_list(*columns).iterator(chunk_size=5000):
        when, more = row[1 : 1 + len(source.when)], row[1 + len(source.when) :]
        for day, number in source.days(when):
            turn, slots = source.made(when, more, number)
            if not source.once or (row[0], turn) not in known:
                known.add((row[0], turn))
                yield Found(row[0], occasion.key, turn, day, {"on": day.isoformat(), **slots})


def count(occasion: CareOccasion, first: date, last: date, run: Run | None, seen: User | None = None) -> Counter[date]:
    """How many have this occasion on each day. One query."""
    source = _source(occasion, first, last, run)
    counted: Counter[date] = Counter()
    of = Count(f"{source.path}pk", distinct=True) if source.once else Count("pk")
    rows = _wanted(source, occasion, run, seen).order_by()
    if not source.when:  # the same day for everybody
        days = source.days(())
        number = rows.count() if days else 0
        return Counter({day: number for day, _ in days if number})
    for *when, number in rows.values_list(*source.when).annotate(n=of):
        for day, _ in source.days(tuple(when)):
            counted[day] += number
    return counted


def _wanted(source: Source, occasion: CareOccasion, run: Run | None, seen: User | None) -> QuerySet[Any]:
    """The rows of customers who are thought of: still customers, of a level that the occasion has, not asking to be left alone."""
    path = source.path
    of = OuterRef(f"{path}pk")
    here = standings(run).filter(customer=of)
    level = Q(**{f"{path}key_account": True}) if "key" in occasion.levels else Q(pk__in=[])
    if tiers := [name.removeprefix("tier_") for name in occasion.levels if name.startswith("tier_")]:
        level |= Q(**{f"{path}tier__in": tiers})
    if grades := [name for name in occasion.levels if name in ("A", "B", "C")]:
        level |= Q(Exists(here.filter(abc__in=grades)))
    if "C" in grades:
        level |= ~Q(Exists(here))
    gone = Q(Exists(here.filter(stage="E")))
    rows = source.rows.filter(level, ~gone, **{f"{path}do_not_contact": False})
    return rows if seen is None else rows.filter(in_scope(seen, path))


def _source(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    return _SOURCES[occasion.kind](occasion, first, last, run)


def _birthday(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    days: dict[Celebrated, list[tuple[date, int]]] = defaultdict(list)
    months: dict[tuple[bool, int, bool], set[int]] = defaultdict(set)
    for day in days_of(first, last):
        for each in celebrated_on(day):
            by_moon, month, of_month, leap = each
            days[each].append((day, lunar.of(day).year if by_moon else day.year))
            months[by_moon, month, leap].add(of_month)
    asked = Q(pk__in=[])
    for (by_moon, month, leap), of_months in months.items():
        # A card of the sun says nothing of leap months, whatever stands in the column.
        leaps = {"birth_leap": leap} if by_moon else {}
        asked |= Q(birth_month=month, birth_day__in=sorted(of_months), birth_lunar=by_moon, **leaps)

    def key(when: tuple[Any, ...]) -> Celebrated:
        by_moon, month, day, leap = when
        return bool(by_moon), month, day, bool(leap and by_moon)

    def made(when: tuple[Any, ...], _more: tuple[Any, ...], year: int) -> tuple[str, Slots]:
        by_moon, month, day, leap = key(when)
        return str(year), {"lunar": [month, day, leap]} if by_moon else {}

    return Source(
        Customer.objects.filter(asked, kind=Kind.PERSON),
        "",
        ("birth_lunar", "birth_month", "birth_day", "birth_leap"),
        lambda when: days.get(key(when), []),
        made,
    )


def _within(column: str, first: date, last: date) -> Q:
    asked = Q(pk__in=[])
    for low, high in could_come_round(first, last):
        asked |= Q(**{f"{column}__gte": low, f"{column}__lte": high})
    return asked


def _round(rows: QuerySet[Any], path: str, column: str, first: date, last: date) -> Source:
    """What comes round every year from the day in a column."""
    return Source(
        rows.filter(_within(column, first, last)),
        path,
        (column,),
        lambda when: anniversaries(when[0], first, last),
        lambda when, more, years: (str(when[0].year + years), {"years": years}),
    )


def _joined(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    return _round(Customer.objects.all(), "", "opened_on", first, last)


def _first_deal(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    return _round(standings(run), "customer__", "first_deal", first, last)


def _bought(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    # A fleet buys cars every month: nobody congratulates it on each.
    held = Asset.objects.filter(Q(gone_on__isnull=True) | Q(gone_on__gt=last), customer__kind=Kind.PERSON)
    held = held.filter(_within("acquired_on", first, last))
    return Source(
        held,
        "customer__",
        ("acquired_on",),
        lambda when: anniversaries(when[0], first, last),
        lambda when, more, years: (f"{when[0].year + years}.{more[0]}", {"years": years, "asset": more[1]}),
        ("pk", "name"),
    )


def _festival(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    assert occasion.festival is not None  # packs.care
    days = festival_days(occasion.festival, first, last)
    rows = Customer.objects.filter(gender=occasion.gender) if occasion.gender else Customer.objects.all()
    return Source(
        rows if days else rows.none(),
        "",
        (),
        lambda when: days,
        lambda when, more, year: (str(year), {}),
    )


def _contract(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    column = f"{occasion.contract_date}_on"
    rows = Contract.objects.filter(
        kind__in=occasion.contract_kinds, ended_on__isnull=True, **{f"{column}__gte": first, f"{column}__lte": last}
    )
    return Source(
        rows,
        "customer__",
        (column,),
        lambda when: [(when[0], 0)],
        lambda when, more, _number: (f"contract.{more[0]}", {"contract": more[1], "ends": more[2].isoformat()}),
        ("pk", "kind", "ends_on"),
    )


def _new_member(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    earlier = Deal.objects.filter(customer=OuterRef("customer"), came=True, on__lt=OuterRef("on"))
    return _after(Deal.objects.filter(~Exists(earlier), on__gte=first, on__lte=last, came=True))


def _after_service(occasion: CareOccasion, first: date, last: date, run: Run | None) -> Source:
    deals = Deal.objects.filter(on__gte=first, on__lte=last, came=True).exclude(kind=DealKind.REFUND)
    return _after(deals.filter(kind=DealKind.SERVICE) if occasion.after == "service" else deals)


def _after(deals: QuerySet[Deal]) -> Source:
    return Source(
        deals,
        "customer__",
        ("on",),
        lambda when: [(when[0], 0)],
        lambda when, more, _number: (when[0].isoformat(), {}),
        once=True,
    )


_SOURCES: dict[str, Callable[[CareOccasion, date, date, Run | None], Source]] = {
    "birthday": _birthday,
    "joined": _joined,
    "first_deal": _first_deal,
    "bought": _bought,
    "festival": _festival,
    "contract": _contract,
    "new_member": _new_member,
    "after_service": _after_service,
}


def kept_on(occasion: CareOccasion, on: date) -> date:
    """The day on which an occasion of the day `on` is kept."""
    return on + timedelta(occasion.days)
