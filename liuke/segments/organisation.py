"""An organisation on its card: its people, what it belongs to and what belongs to it, with the money of what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Sum

from liuke.custody.queries import Details, as_told, contact_numbers
from liuke.customers.labels import Kind
from liuke.customers.models import Contact, Customer
from liuke.customers.organisations import descendants
from liuke.standing.models import Run
from liuke.standing.queries import standings
from liuke.team.models import User

SHOWN = 50


@dataclass(frozen=True)
class Person:
    """A contact as the reader may see him: numbers whole for the borrower only; `card` his own card, where the reader sees it."""

    id: int
    name: str
    title: str
    phone: str
    wechat: str
    remarks: str
    card: Customer | None


@dataclass(frozen=True)
class Branch:
    """An organisation that belongs to another, with its net amount of 12 months (None: not computed yet)."""

    card: Customer
    amount_cents: int | None


@dataclass(frozen=True)
class Organisation:
    """`parent` where the reader sees it; `children` the direct ones he sees, `below` how many at any depth; `sum_cents`: the net amount of
    12 months of this one and of all below that he sees. `works_for`: organisations in sight at which this person is a contact."""

    people: tuple[Person, ...]
    parent: Customer | None
    children: tuple[Branch, ...]
    below: int
    sum_cents: int | None
    works_for: tuple[tuple[Customer, str], ...]

    @property
    def empty(self) -> bool:
        return not (self.people or self.parent or self.children or self.works_for)


def organisation(user: User, card: Customer, run: Run | None, shown: Details) -> Organisation:
    """What the card's panel shows. `shown`: what the reader may see of the card's own numbers. A query for each part and level."""
    seen = Customer.objects.visible_to(user)
    if card.kind == Kind.PERSON:
        at = Contact.objects.filter(person=card, customer__in=seen.values("pk")).select_related("customer").order_by("customer__pinyin")
        works_for = tuple((contact.customer, contact.title) for contact in at[:SHOWN])
    else:
        works_for = ()
    rows = list(Contact.objects.filter(customer=card).select_related("person").order_by("pk"))
    own = set(seen.filter(pk__in=[row.person_id for row in rows if row.person_id]).values_list("pk", flat=True))
    told = as_told(shown.clear)
    people = tuple(
        Person(
            row.pk, row.name, row.title, *contact_numbers(row, shown.clear), told(row.remarks),
            row.person if row.person_id in own else None,
        )
        for row in rows
    )  # fmt: skip
    parent = seen.filter(pk=card.parent_id).first() if card.parent_id else None
    children, below, total = _below(user, card, run) if card.kind == Kind.ORGANISATION else ((), 0, None)
    return Organisation(people, parent, children, below, total, works_for)


def _below(user: User, card: Customer, run: Run | None) -> tuple[tuple[Branch, ...], int, int | None]:
    every = descendants([card.pk])
    if not every:
        return (), 0, None
    seen = Customer.objects.visible_to(user).filter(pk__in=every)
    direct = list(seen.filter(parent=card).order_by("pinyin", "pk").select_related("unit")[:SHOWN])
    rows = standings(run)
    amounts = dict(rows.filter(customer__in=direct).values_list("customer_id", "amount_12m_cents"))
    ids = list(seen.values_list("pk", flat=True))
    total = rows.filter(customer__in=[card.pk, *ids]).aggregate(sum=Sum("amount_12m_cents"))["sum"]
    return tuple(Branch(child, amounts.get(child.pk)) for child in direct), len(ids), total


def under(user: User, customer_id: int, name: str) -> Q:
    """Condition on rows whose column `name` is a customer: what belongs to this organisation, itself included. Nothing where the reader
    does not see it: what belongs to a card out of sight is not told."""
    if not Customer.objects.visible_to(user).filter(pk=customer_id).exists():
        return Q(pk__in=[])
    return Q(**{f"{name}__in": [customer_id, *descendants([customer_id])]})
