"""The customer list: one page of rows, how many there are in all, and the money at risk. The number of queries never grows with rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When

from liuke.custody.queries import masked_phone
from liuke.customers.completeness import EXTRA
from liuke.customers.extra_fields import shown_extra
from liuke.customers.labels import Kind
from liuke.customers.models import Customer
from liuke.customers.queries import sees_all
from liuke.kernel import clock
from liuke.packs.schema import Pack
from liuke.segments.filters import CUSTOMER_SORTS, STANDING_SORTS, Filter, customer_conditions, standing_conditions
from liuke.segments.models import SavedView
from liuke.segments.wording import language
from liuke.standing.labels import Stage
from liuke.standing.models import Run, Signal, Standing
from liuke.standing.queries import open_signals, standings
from liuke.standing.reasons import recency, signal_reason
from liuke.team.models import User
from liuke.team.queries import in_scope

PAGE = 50
BATCH = 2000
NOT_LISTED = ("hobbies", "personality", "family", "occupation", "income_band", "education", "avoid", "search", "aliases")
"""Long columns of a card that no list shows."""
FEW = 5000
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
    """A page of the list; `total` and `risk_cents` are of all its pages."""

    rows: tuple[Row, ...]
    total: int
    risk_cents: int
    page: int
    more: bool


def page(user: User, wanted: Filter, run: Run | None, pack: Pack, today: date | None = None) -> ListPage:
    """The page a filter asks for, of the customers the user may see."""
    day = today or clock.today()
    start = (wanted.page - 1) * PAGE
    sums = _sums(user, wanted, run, day)
    total, risk, late = sums.total, sums.risk_cents, sums.late
    if total <= start:
        return ListPage((), total, risk, wanted.page, False)
    pairs: Sequence[tuple[Customer, Standing | None]]
    if run is None or (wanted.sort.removeprefix("-") in CUSTOMER_SORTS and not wanted.needs_standing):
        cards = _ordered(_cards(user, wanted, day), wanted)[start : start + PAGE]
        pairs = _with_standing(cards, run)
    else:
        few = total <= FEW
        rows = _standing(user, wanted, run, day, walk=not few)
        if few or wanted.sort.removeprefix("-") != "risk":
            pairs = [(row.customer, row) for row in _ordered_standing(rows, wanted, few)[start : start + PAGE]]
        else:
            pairs = [(row.customer, row) for row in _walked(rows, wanted, start, total - late - sums.gone)]
        if late and len(pairs) < PAGE:
            # Cards that came after the run stand at the end.
            seen = max(start - (total - late), 0)
            rest = _ordered(_newcomers(user, wanted, run, day), wanted)[seen : seen + PAGE - len(pairs)]
            pairs = [*pairs, *((card, None) for card in rest)]
    return ListPage(_rows(pairs, run, pack), total, risk, wanted.page, total > start + PAGE)


def totals(user: User, wanted: Filter, run: Run | None, today: date | None = None) -> tuple[int, int]:
    """How many customers a filter finds, and their money at risk in cents."""
    sums = _sums(user, wanted, run, today or clock.today())
    return sums.total, sums.risk_cents


@dataclass(frozen=True)
class _Sums:
    """Customers found, their money at risk, how many of them are gone, and how many came after the run."""

    total: int
    risk_cents: int = 0
    gone: int = 0
    late: int = 0


def _sums(user: User, wanted: Filter, run: Run | None, today: date) -> _Sums:
    if run is None:
        return _Sums(0 if wanted.needs_standing else _cards(user, wanted, today).count())
    sums = _standing(user, wanted, run, today).aggregate(
        n=Count("pk"), money=Sum("value_at_risk_cents", filter=~GONE), gone=Count("pk", filter=GONE)
    )
    # The rare case is asked for first: most days no card is younger than the run.
    any_late = not wanted.needs_standing and Customer.objects.filter(created_at__gte=run.started_at).exists()
    late = _newcomers(user, wanted, run, today).count() if any_late else 0
    return _Sums(sums["n"] + late, sums["money"] or 0, sums["gone"], late)


def saved_views(user: User) -> list[SavedView]:
    """The views this user keeps."""
    return list(SavedView.objects.filter(user=user))


def _cards(user: User, wanted: Filter, today: date) -> QuerySet[Customer]:
    found = Customer.objects.visible_to(user)
    for condition in customer_conditions(wanted, user, today):
        found = found.filter(condition)
    return found


def _newcomers(user: User, wanted: Filter, run: Run, today: date) -> QuerySet[Customer]:
    """Cards that the run has no row for: opened since it began."""
    known = standings(run).filter(customer=OuterRef("pk"))
    return _cards(user, wanted, today).filter(created_at__gte=run.started_at).filter(~Exists(known))


def _standing(user: User, wanted: Filter, run: Run, today: date, walk: bool = False) -> QuerySet[Standing]:
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


def _ordered(cards: QuerySet[Customer], wanted: Filter) -> QuerySet[Customer]:
    column = CUSTOMER_SORTS.get(wanted.sort.removeprefix("-"), "pinyin")
    order = F(column).desc(nulls_last=True) if wanted.sort.startswith("-") and column != "pinyin" else F(column).asc(nulls_last=True)
    if column == "pinyin":  # never null: a plain order uses the index
        return cards.order_by("-pinyin" if wanted.sort == "-name" else "pinyin", "pk").select_related("unit", "owner")
    return cards.order_by(order, "pk").select_related("unit", "owner")


def _walked(rows: QuerySet[Standing], wanted: Filter, start: int, here: int) -> list[Standing]:
    """A page in the order of the money, walking its index: first the `here` customers who are not gone, then those who are."""
    found: list[Standing] = []
    if start < here:
        found = list(_ordered_standing(rows.filter(~GONE), wanted, few=False)[start : start + PAGE])
    if len(found) < PAGE:
        seen = max(start - here, 0)
        found += _ordered_standing(rows.filter(GONE), wanted, few=False)[seen : seen + PAGE - len(found)]
    return found


def _ordered_standing(rows: QuerySet[Standing], wanted: Filter, few: bool) -> QuerySet[Standing]:
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


def _with_standing(cards: QuerySet[Customer], run: Run | None) -> list[tuple[Customer, Standing | None]]:
    found = list(cards)
    rows = {row.customer_id: row for row in standings(run).filter(customer__in=[card.pk for card in found])}
    return [(card, rows.get(card.pk)) for card in found]


def _rows(pairs: Sequence[tuple[Customer, Standing | None]], run: Run | None, pack: Pack) -> tuple[Row, ...]:
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


def found(user: User, wanted: Filter, most: int) -> tuple[list[Customer], int]:
    """The first cards of a search by sort key, and how many there are; for the palette."""
    cards = _cards(user, wanted, clock.today())
    return list(cards.order_by("pinyin", "pk").select_related("unit")[:most]), cards.count()


def everybody(user: User, wanted: Filter, run: Run | None, today: date | None = None) -> Iterator[int]:
    """The ids of all that a filter finds, in its order, read little by little: the list without its pages."""
    day = today or clock.today()
    if run is None or (wanted.sort.removeprefix("-") in CUSTOMER_SORTS and not wanted.needs_standing):
        if run is not None or not wanted.needs_standing:
            yield from _ordered(_cards(user, wanted, day), wanted).values_list("pk", flat=True).iterator(BATCH)
        return
    rows = _ordered_standing(_standing(user, wanted, run, day), wanted, few=True)
    yield from rows.values_list("customer_id", flat=True).iterator(BATCH)
    if not wanted.needs_standing:
        yield from _ordered(_newcomers(user, wanted, run, day), wanted).values_list("pk", flat=True).iterator(BATCH)


def rows_of(user: User, ids: Sequence[int], run: Run | None, pack: Pack) -> list[tuple[Customer, Row]]:
    """These customers as rows of the list, in the given order; those the user may not see are left out. Three queries."""
    cards = Customer.objects.visible_to(user).filter(pk__in=ids).select_related("unit", "owner").defer(*NOT_LISTED)
    found = {card.pk: (card, row) for card, row in _with_standing(cards, run)}
    pairs = [found[pk] for pk in ids if pk in found]
    return [(card, row) for (card, _), row in zip(pairs, _rows(pairs, run, pack), strict=True)]
