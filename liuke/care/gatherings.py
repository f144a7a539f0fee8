"""联谊: make a social event, ask customers to it, write down who came. Nothing is sold at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.care.models import Gathering, Guest
from liuke.customers.actions import record_event
from liuke.customers.labels import EventKind
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Event, FactChange
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import units_in_scope

MOST = 500
"""Guests of one gathering."""


@transaction.atomic
def create(actor: User, name: str, on: date, unit: int, place: str = "", note: str = "") -> Gathering:
    """Refuses gathering.name, gathering.past, gathering.unit, permission."""
    require(actor, "care.gather")
    made = Gathering(by=actor)
    _fill(actor, made, name, on, unit, place, note)
    made.save()
    record(actor, "gathering.create", made, on=on.isoformat(), unit=unit)
    return made


@transaction.atomic
def edit(actor: User, pk: int, name: str, on: date, unit: int, place: str = "", note: str = "") -> Gathering:
    """Refuses as `create`, and gathering.cancelled; raises Gathering.DoesNotExist."""
    require(actor, "care.gather")
    made = _running(actor, pk)
    _fill(actor, made, name, on, unit, place, note)
    made.save()
    record(actor, "gathering.edit", made, on=on.isoformat(), unit=unit)
    return made


def _fill(actor: User, made: Gathering, name: str, on: date, unit: int, place: str, note: str) -> None:
    made.name, made.place, made.note = clean(name, 60), clean(place, 120), clean(note, 300)
    if not made.name:
        raise Refused("gathering.name", "请写联谊的名称。")
    if on < clock.today() and on != made.on:
        raise Refused("gathering.past", "请写今天或以后的日子。")
    home = units_in_scope(actor).filter(pk=unit).first()
    if home is None:
        raise Refused("gathering.unit", "请选一个单位。")
    made.on, made.unit = on, home


def _running(actor: User, pk: int) -> Gathering:
    found = Gathering.objects.visible_to(actor).select_related("unit").get(pk=pk)
    if found.cancelled_at is not None:
        raise Refused("gathering.cancelled", "这场联谊已经取消了。")
    return found


@transaction.atomic
def cancel(actor: User, pk: int) -> Gathering:
    """It does not take place; who was asked stays written. Refuses twice, and where somebody has come already."""
    require(actor, "care.gather")
    found = _running(actor, pk)
    if found.guests.filter(came_at__isnull=False).exists():
        raise Refused("gathering.came", "已经有客人来过，不能取消。")
    if not Gathering.objects.filter(pk=pk, cancelled_at__isnull=True).update(cancelled_at=timezone.now()):
        raise Refused("gathering.cancelled", "这场联谊已经取消了。")
    record(actor, "gathering.cancel", found)
    return found


@transaction.atomic
def restore(actor: User, pk: int) -> Gathering:
    """Undo `cancel`."""
    require(actor, "care.gather")
    found = Gathering.objects.visible_to(actor).get(pk=pk)
    if not Gathering.objects.filter(pk=pk, cancelled_at__isnull=False).update(cancelled_at=None):
        raise Refused("gathering.running", "这场联谊没有取消。")
    record(actor, "gathering.restore", found)
    return found


@dataclass(frozen=True)
class Invited:
    """What an invitation did: guests that are new, those asked already, those who want to be left alone or whose person was taken out."""

    guests: tuple[int, ...]
    known: int
    alone: int


@transaction.atomic
def invite(actor: User, pk: int, customers: Sequence[int]) -> Invited:
    """Ask customers in sight to a gathering. Refuses gathering.nobody, gathering.many, gathering.over, gathering.cancelled, permission."""
    require(actor, "care.invite")
    found = _running(actor, pk)
    if found.on < clock.today():
        raise Refused("gathering.over", "这场联谊已经过了。")
    wanted = list(dict.fromkeys(customers))
    lock_cards(wanted)
    asked = set(Guest.objects.filter(gathering=found).values_list("customer_id", flat=True))
    fresh: list[Guest] = []
    seen = alone = 0
    for some in batches(wanted):
        cards = Customer.objects.visible_to(actor).filter(pk__in=some).order_by("pk").values_list("pk", "do_not_contact")
        for card, left in cards:
            seen += 1
            if left:
                alone += 1
            elif card not in asked:
                fresh.append(Guest(gathering=found, customer_id=card, by=actor))
    if not seen:
        raise Refused("gathering.nobody", "请选要请的客户。")
    if len(asked) + len(fresh) > MOST:
        raise Refused("gathering.many", "一场联谊最多请 %(most)s 位。", most=MOST)
    # Two who ask the same one at once: the second finds him there.
    Guest.objects.bulk_create(fresh, ignore_conflicts=True)
    there = Guest.objects.filter(gathering=found, customer__in=[guest.customer_id for guest in fresh])
    made = tuple(there.order_by("pk").values_list("pk", flat=True))
    if fresh:
        record(actor, "gathering.invite", found, customers=len(fresh))
    return Invited(made, seen - alone - len(fresh), alone)


def guest_in_sight(actor: User, pk: int) -> Guest:
    """A guest whose gathering and card the user may see. Raises Guest.DoesNotExist."""
    seen = Gathering.objects.visible_to(actor)
    cards = Customer.objects.visible_to(actor)
    return Guest.objects.select_related("gathering", "customer").get(pk=pk, gathering__in=seen, customer__in=cards)


@transaction.atomic
def uninvite(actor: User, pk: int) -> Guest:
    """Take one off the list. Refuses gathering.came for one who was there; raises Guest.DoesNotExist."""
    require(actor, "care.invite")
    guest = guest_in_sight(actor, pk)
    gone, _ = Guest.objects.filter(pk=pk, came_at__isnull=True).delete()
    if not gone:
        raise Refused("gathering.came", "他已经来过，不能去掉。")
    record(actor, "gathering.uninvite", guest.customer, gathering=guest.gathering_id)
    return guest


@transaction.atomic
def came(actor: User, pk: int) -> Guest:
    """He was there: a fact on his card, of the day it took place. Refuses twice and before the day; raises Guest.DoesNotExist."""
    require(actor, "care.invite")
    guest = guest_in_sight(actor, pk)
    if guest.gathering.cancelled_at is not None:
        raise Refused("gathering.cancelled", "这场联谊已经取消了。")
    if guest.gathering.on > clock.today():
        raise Refused("gathering.not_yet", "联谊还没到日子。")
    if not Guest.objects.filter(pk=pk, came_at__isnull=True).update(came_at=timezone.now(), came_by=actor):
        raise Refused("gathering.twice", "已经记过他来了。")
    event = record_event(actor, guest.customer_id, EventKind.EVENT_ATTENDED, guest.gathering.on, note=guest.gathering.name)
    Guest.objects.filter(pk=pk).update(event=event.pk)
    record(actor, "gathering.came", guest.customer, gathering=guest.gathering_id, event=event.pk)
    return guest


@transaction.atomic
def undo_came(actor: User, pk: int) -> Guest:
    """He was not there after all: the fact goes from his card. Refuses twice; raises Guest.DoesNotExist."""
    require(actor, "care.invite")
    guest = guest_in_sight(actor, pk)
    if not Guest.objects.filter(pk=pk, came_at__isnull=False).update(came_at=None, came_by=None, event=None):
        raise Refused("gathering.not_came", "没有记过他来。")
    if guest.event and Event.objects.filter(pk=guest.event, kind=EventKind.EVENT_ATTENDED).delete()[0]:
        FactChange.objects.create(customer_id=guest.customer_id)
    record(actor, "gathering.came_undo", guest.customer, gathering=guest.gathering_id, event=guest.event)
    return guest
