"""Reads of what customers bought and hold. The caller has fetched the card through the reader's sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from liuke.customers.models import Customer
from liuke.customers.queries import KnownAs
from liuke.deals.models import Asset, Contract, Deal


@dataclass(frozen=True)
class DealDay:
    """One day on which the customer came, and the net amount of its deals in cents."""

    on: date
    cents: int


@dataclass(frozen=True)
class Totals:
    """All deals of a customer: number of deals, of deal days, net amount in cents, first and last deal day."""

    deals: int
    days: int
    cents: int
    first: date | None
    last: date | None


def deal_days(card: Customer, upto: date, most: int = 40) -> list[DealDay]:
    """The last `most` deal days up to a date, oldest first. Source: domain page 2, Metrics."""
    found = (
        Deal.objects.filter(customer=card, on__lte=upto, came=True).values("on").annotate(cents=Sum("amount_cents")).order_by("-on")[:most]
    )
    return [DealDay(row["on"], row["cents"]) for row in reversed(found)]


def totals(card: Customer, upto: date) -> Totals:
    """The sums of a card's head, up to a date."""
    row = Deal.objects.filter(customer=card, on__lte=upto).aggregate(
        deals=Count("pk"),
        days=Count("on", distinct=True, filter=Q(came=True)),
        cents=Sum("amount_cents"),
        first=Min("on", filter=Q(came=True)),
        last=Max("on", filter=Q(came=True)),
    )
    return Totals(row["deals"], row["days"], row["cents"] or 0, row["first"], row["last"])


def contracts_of(card: Customer) -> QuerySet[Contract]:
    """Contracts of a card, the one that ends first on top."""
    return Contract.objects.filter(customer=card).select_related("asset").order_by("ends_on", "pk")


def plate_known(asset: Asset) -> KnownAs | None:
    """Whether another card, visible or not, has something with this identifier now: that it has, and whose it is."""
    if not asset.identifier:
        return None
    others = Asset.objects.filter(identifier=asset.identifier, gone_on__isnull=True).exclude(customer=asset.customer_id)
    found = others.select_related("customer__owner", "customer__unit").order_by("pk").first()
    return KnownAs(str(found.customer.owner or ""), found.customer.unit.name) if found is not None else None


def assets_of(card: Customer) -> QuerySet[Asset]:
    """What the customer holds now."""
    return Asset.objects.filter(customer=card, gone_on__isnull=True).order_by("pk")
