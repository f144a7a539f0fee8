"""The customer list: one page of rows, how many there are in all, and the money at risk. The number of queries never grows with rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When

from liuke.custody.queries import masked_phone
from liuke.customers.completeness import EXTRA
from liuke.customers.extra_fields import shown_extra
from liuke.customers.labels import Kind
from liuke.customers.models import Customer
from liuke.customers.queries import sees_all
from liuke.kernel import clock
from liuke.packs.schema import Pack
from liuke.segments.filtering import customer_conditions, standing_conditions
from liuke.segments.filters import CUSTOMER_SORTS, STANDING_SORTS, Filter
from liuke.segments.models import SavedView
from liuke.segments.wording import language
from liuke.standing.labels import Stage
from liuke.standing.models import Run, Signal, Standing
from liuke.standing.queries import open_signals, standings
from liuke.standing.reasons import recency, signal_reason
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.queries import in_scope

PAGE = 50
FEW = 1000
GONE = Q(stage=Stage.EXIT)
"""Those who left are a loss, no longer a risk: their money is in no sum (as in standing.flow), and they stand after the others."""


@dataclass(frozen=True)
class Row:
    """One customer of a list. Figures are None or "" where insight has not looked yet; `urgent`: the signal is about leaving.
    `extra`: the pack's own fields in words, by column (`extra.KEY`)."""

    id: int
    name: str
    number: str
    organisation: bool
    phone: str
    tier: str
    grade: str
    stage: str
    last_days: int | None
    cycles: float | None
    amount_cents: int | None
    risk_cents: int | None
    signal: str
    urgent: bool
    owner: str
    unit: str
    next_contact: date | None
    opened: date
    confirmed: date | None
    completeness: int | None
    source: str
    region: str
    industry: str
    extra: Mapping[str, str]


@dataclass(frozen=True)
class ListPage:
    """A page of the list. `total` and `risk_cents` are of all its pages; None where more than FEW were found: to add all of them up takes
    longer than to show fifty, so the page comes first and asks for `totals` afterwards."""

    rows: tuple[Row, ...]
    total: int | None
    risk_cents: int | None
    page: int
    more: bool


def page(user: User, wanted: Filter, run: Run | None, pack: Pack, today: date | None = None) -> ListPage:
    """The page a filter asks for, of the customers the user may see."""
    day = today or clock.today()
    start = (wanted.page - 1) * PAGE
    if run is None or (wanted.sort.removeprefix("-") in CUSTOMER_SORTS and not wanted.needs_standing):
        return _by_card(user, wanted, run, pack, day, start)
    name = wanted.sort.removeprefix("-")
    key = STANDING_SORTS.get(name) or "customer__" + CUSTOMER_SORTS[name]
    rows = standing_of(user, wanted, run, day, walk=not _narrow(user, wanted, run, day))
    head = list(rows.order_by().values_list(key, "pk", "stage", "value_at_risk_cents")[: FEW + 1])
    shown: list[tuple[Customer, Standing | None]]
    if len(head) > FEW:
        shown = [(row.customer, row) for row in _walked(standing_of(user, wanted, run, day, walk=True), wanted, start)]
        if len(shown) <= PAGE and (late := _late(user, wanted, run, day)):
            seen = max(start - (_sums(user, wanted, run, day).total - late), 0)
            shown += _newest(user, wanted, run, day, seen, PAGE + 1 - len(shown))
        return ListPage(rows_from(shown[:PAGE], run, pack), None, None, wanted.page, len(shown) > PAGE)
    late = _late(user, wanted, run, day)
    chosen = _sorted(head, wanted)[start : start + PAGE]
    found = {row.pk: row for row in Standing.objects.filter(pk__in=chosen).select_related("customer", "customer__unit", "customer__owner")}
    shown = [(found[pk].customer, found[pk]) for pk in chosen if pk in found]
    if late and len(chosen) < PAGE:
        shown += _newest(user, wanted, run, day, max(start - len(head), 0), PAGE - len(chosen))
    total = len(head) + late
    risk = sum(cents for _, _, stage, cents in head if stage != Stage.EXIT)
    return ListPage(rows_from(shown, run, pack), total, risk, wanted.page, total > start + PAGE)


def _narrow(user: User, wanted: Filter, run: Run, today: date) -> bool:
    """Whether the cards themselves are few, so that they are found first and then their standing: a rep's own, or by what is written
    on them. What hangs on a card, and words searched for, are quickly asked of each."""
    if user.role == Role.REP:
        return True
    written = wanted.having(q="", signal="", expires="", segment="")
    conditions = customer_conditions(written, user, today, run=run)
    if not conditions:
        return False
    cards = Customer.objects.all() if sees_all(user) else Customer.objects.visible_to(user)
    return cards.filter(*conditions).order_by()[: FEW + 1].count() <= FEW


def _by_card(user: User, wanted: Filter, run: Run | None, pack: Pack, day: date, start: int) -> ListPage:
    """A page in the order of something that stands on the card."""
    if run is None and wanted.needs_standing:
        return ListPage((), 0, 0, wanted.page, False)
    cards = cards_of(user, wanted, day)
    few = cards.order_by()[: FEW + 1].count() <= FEW
    found = with_standing(ordered(cards, wanted)[start : start + PAGE + 1], run)
    rows, more = rows_from(found[:PAGE], run, pack), len(found) > PAGE
    if not few:
        return ListPage(rows, None, None, wanted.page, more)
    sums = _sums(user, wanted, run, day)
    return ListPage(rows, sums.total, sums.risk_cents, wanted.page, more)


def _sorted(head: list[tuple[Any, int, str, int]], wanted: Filter) -> list[int]:
    """The keys of a few rows in the order asked for; what is not known comes last, and by money those who left after the others."""
    known = sorted((row for row in head if row[0] is not None), key=lambda row: row[1])
    known.sort(key=lambda row: row[0], reverse=wanted.sort.startswith("-"))
    if wanted.sort.removeprefix("-") == "risk":
        known.sort(key=lambda row: row[2] == Stage.EXIT)
    return [row[1] for row in known] + sorted(row[1] for row in head if row[0] is None)


def totals(user: User, wanted: Filter, run: Run | None, today: date | None = None) -> tuple[int, int]:
    """How many customers a filter finds, and their money at risk in cents."""
    sums = _sums(user, wanted, run, today or clock.today())
    return sums.total, sums.risk_cents


@dataclass(frozen=True)
class _Sums:
    """Customers found, and their money at risk."""

    total: int
    risk_cents: int = 0


def _sums(user: User, wanted: Filter, run: Run | None, today: date) -> _Sums:
    if run is None:
        return _Sums(0 if wanted.needs_standing else cards_of(user, wanted, today).count())
    sums = standing_of(user, wanted, run, today).aggregate(n=Count("pk"), money=Sum("value_at_risk_cents", filter=~GONE))
    return _Sums(sums["n"] + _late(user, wanted, run, today), sums["money"] or 0)


def _late(user: User, wanted: Filter, run: Run, today: date) -> int:
    """How many cards came after the run. The rare case is asked for first: most days none is younger."""
    if wanted.needs_standing or not Customer.objects.filter(created_at__gte=run.started_at).exists():
        return 0
    return newcomers(user, wanted, run, today).count()


def _newest(user: User, wanted: Filter, run: Run, today: date, seen: int, most: int) -> list[tuple[Customer, Standing | None]]:
    """Cards that came after the run: they stand at the end."""
    return [(card, None) for card in ordered(newcomers(user, wanted, run, today), wanted)[seen : seen + most]]


def saved_views(user: User) -> list[SavedView]:
    """The views this user keeps."""
    return list(SavedView.objects.filter(user=user))


def cards_of(user: User, wanted: Filter, today: date) -> QuerySet[Customer]:
    """All that a filter finds by what stands on the cards, in no order."""
    found = Customer.objects.visible_to(user)
    for condition in customer_conditions(wanted, user, today):
        found = found.filter(condition)
    return found


def newcomers(user: User, wanted: Filter, run: Run, today: date) -> QuerySet[Customer]:
    """Cards that the run has no row for: opened since it began."""
    known = standings(run).filter(customer=OuterRef("pk"))
    return cards_of(user, wanted, today).filter(created_at__gte=run.started_at).filter(~Exists(known))


def standing_of(user: User, wanted: Filter, run: Run, today: date, walk: bool = False) -> QuerySet[Standing]:
    """The standing rows a filter finds, always of the cards that Customer.visible_to gives, in the form that is quickest.

    To count them, or when they are few, the cards are found first, by their own indexes, and then their standing. `walk`: rows come in the
    order of an index until a page is full, and each is asked.
    """
    conditions, extra = standing_conditions(wanted, run, user, today)
    found = standings(run).annotate(**{name: extra.pop(name) for name in ("cycles",) if name in extra}).alias(**extra)
    for condition in conditions:
        found = found.filter(condition)
    everybody = sees_all(user)
    if walk:
        found = found if everybody else found.filter(in_scope(user, "customer__"))
        for condition in customer_conditions(wanted, user, today, "customer__", run=run, beside_standing=True):
            found = found.filter(condition)
        return found
    of_cards = customer_conditions(wanted, user, today, run=run, beside_standing=True)
    if everybody and not of_cards:
        return found
    cards = Customer.objects.all() if everybody else Customer.objects.visible_to(user)
    for condition in of_cards:
        cards = cards.filter(condition)
    return found.filter(customer__in=cards.values("pk"))


def ordered(cards: QuerySet[Customer], wanted: Filter) -> QuerySet[Customer]:
    column = CUSTOMER_SORTS.get(wanted.sort.removeprefix("-"), "pinyin")
    order = F(column).desc(nulls_last=True) if wanted.sort.startswith("-") and column != "pinyin" else F(column).asc(nulls_last=True)
    if column == "pinyin":  # never null: a plain order uses the index
        return cards.order_by("-pinyin" if wanted.sort == "-name" else "pinyin", "pk").select_related("unit", "owner")
    return cards.order_by(order, "pk").select_related("unit", "owner")


def _walked(rows: QuerySet[Standing], wanted: Filter, start: int) -> list[Standing]:
    """One row more than a page, of more than FEW. By money, walking its index: those who left stand after all others."""
    end = start + PAGE + 1
    if wanted.sort.removeprefix("-") != "risk":
        return list(ordered_standing(rows, wanted, few=False)[start:end])
    stages = set(wanted.get("stage").split(",")) - {""}
    found = [] if stages == {Stage.EXIT} else list(ordered_standing(rows.filter(~GONE), wanted, few=False)[start:end])
    if len(found) <= PAGE and (not stages or Stage.EXIT in stages):
        here = start + len(found) if found or stages == {Stage.EXIT} else rows.filter(~GONE).count()
        found += ordered_standing(rows.filter(GONE), wanted, few=False)[max(start - here, 0) : end - here]
    return found


def ordered_standing(rows: QuerySet[Standing], wanted: Filter, few: bool) -> QuerySet[Standing]:
    """In the order asked for. `few`: sort what was found; else walk the index of the money, where fifty are soon together."""
    name, down = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    column = STANDING_SORTS.get(name) or "customer__" + CUSTOMER_SORTS[name]
    # Money is never null, and a plain order uses its index; the other columns may be.
    if column == "value_at_risk_cents" and not few:
        order = ["-value_at_risk_cents" if down else "value_at_risk_cents"]
    elif column == "value_at_risk_cents":
        figure = F(column) + 0  # an expression: the planner cannot be led to the index
        order = [Case(When(GONE, then=1), default=0), figure.desc() if down else figure.asc()]  # type: ignore[list-item]
    else:
        order = [F(column).desc(nulls_last=True) if down else F(column).asc(nulls_last=True)]  # type: ignore[list-item]
    return rows.order_by(*order, "pk").select_related("customer", "customer__unit", "customer__owner")


def with_standing(cards: QuerySet[Customer], run: Run | None) -> list[tuple[Customer, Standing | None]]:
    found = list(cards)
    rows = {row.customer_id: row for row in standings(run).filter(customer__in=[card.pk for card in found])}
    return [(card, rows.get(card.pk)) for card in found]


def rows_from(pairs: Sequence[tuple[Customer, Standing | None]], run: Run | None, pack: Pack) -> tuple[Row, ...]:
    newest: dict[int, Signal] = {}
    # The gravest stands in the list; of equal ones the newest.
    for signal in open_signals().filter(customer__in=[card.pk for card, _ in pairs]).order_by("severity", "started_on", "pk"):
        newest[signal.customer_id] = signal
    return tuple(_row(card, row, run, newest.get(card.pk), pack) for card, row in pairs)


def _row(card: Customer, row: Standing | None, run: Run | None, signal: Signal | None, pack: Pack) -> Row:
    return Row(
        id=card.pk,
        name=card.name,
        number=card.number,
        organisation=card.kind == Kind.ORGANISATION,
        phone=masked_phone(card.phone),
        tier=card.tier,
        grade=row.abc if row else "",
        stage=row.stage if row else "",
        last_days=recency(row, run.as_of) if row and run else None,
        cycles=row.elapsed_cycles(run.as_of) if row and run else None,
        amount_cents=row.amount_12m_cents if row else None,
        risk_cents=row.value_at_risk_cents if row and row.stage != Stage.EXIT else None,
        signal=signal_reason(signal, pack).removesuffix("。") if signal else "",
        urgent=signal is not None and signal.family == "churn",
        owner=(card.owner.name or card.owner.username) if card.owner and card.owner.is_active else "",
        unit=card.unit.name,
        next_contact=card.next_contact_on,
        opened=card.opened_on,
        confirmed=card.confirmed_on,
        completeness=card.completeness,
        source=card.source,
        region=card.region,
        industry=card.industry,
        extra={f"{EXTRA}{field.key}": shown_extra(field, card.extra.get(field.key), language()) for field in pack.fields}
        if card.extra
        else {},
    )
