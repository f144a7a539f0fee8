"""After each service one is asked: the visits of the last days whose customer has not been asked yet, and on the card the links to send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max

from liuke.customers.models import Customer
from liuke.deals.labels import DealKind
from liuke.deals.models import Deal
from liuke.kernel.batches import batches
from liuke.satisfaction.labels import Drawn
from liuke.satisfaction.models import Answer, Invitation, Wave
from liuke.satisfaction.population import PURPOSE
from liuke.satisfaction.rules import Value, overall_of, recommend_of, restored
from liuke.team.models import User
from liuke.team.queries import in_scope, pack
from liuke.work.wishes import refusing


@dataclass(frozen=True)
class Served:
    """A customer who was here on a day; `invitation` once he was asked about it."""

    customer: Customer
    on: date
    invitation: Invitation | None


def service_wave(user: User, on: date) -> Wave | None:
    """The wave that asks after each service and reaches the user's customers; the newest one that runs."""
    unit = user.scope_unit
    if unit is None or not unit.path:
        return None
    above = [int(part) for part in unit.path.strip("/").split("/")]
    found = Wave.objects.running(on).filter(drawn=Drawn.SERVICE)
    near = found.filter(unit__in=above) | found.filter(unit__path__startswith=unit.path)
    return near.select_related("version__survey").order_by("-opens_on", "-pk").first()


def served(user: User, wave: Wave, on: date, most: int = 200) -> list[Served]:
    """Customers in sight who had a deal within the last ⚙ days, the newest first; nobody who wants no survey. Five queries and a few."""
    first = on - timedelta(pack().surveys.after_days)
    rows = Deal.objects.filter(in_scope(user, "customer__"), came=True, on__gte=first, on__lte=on, customer__do_not_contact=False)
    days = rows.exclude(kind=DealKind.REFUND).filter(customer__unit__path__startswith=wave.unit.path or "/")
    last = dict(days.order_by().values_list("customer_id").annotate(last=Max("on")))
    for some in batches(list(last)):
        for pk in refusing(PURPOSE, some):
            last.pop(pk, None)
    newest = sorted(last, key=lambda pk: (-last[pk].toordinal(), pk))[:most]
    cards = {card.pk: card for card in Customer.objects.filter(pk__in=newest).select_related("unit", "owner")}
    there = {(row.customer_id, row.turn): row for row in Invitation.objects.filter(wave=wave, customer__in=newest) if row.turn}
    return [Served(cards[pk], last[pk], there.get((pk, last[pk].isoformat()))) for pk in newest if pk in cards]


@dataclass(frozen=True)
class Said:
    """One answer of a customer as the card shows it."""

    pk: int
    on: date
    name: str
    overall: int | None
    recommend: int | None
    low: bool


def on_card(user: User, card: Customer, most: int = 5) -> list[Said]:
    """The last answers of a customer in sight. Two queries."""
    rows = Answer.objects.visible_to(user).filter(invitation__customer=card).select_related("wave__version").order_by("-at")[:most]
    found = []
    for row in rows:
        values: dict[str, Value] = restored(row.values)
        form = row.wave.version.form
        found.append(Said(row.pk, row.on, row.wave.name, overall_of(form, values), recommend_of(form, values), row.low))
    return found
