"""Whether a customer is thought of on his day, and by which way: his own wish first, then what has been said to him lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Min

from liuke.care.finding import Found
from liuke.care.labels import LeftWhy, OccasionState
from liuke.care.models import Occasion
from liuke.care.rules import way
from liuke.complaints.queries import open_of
from liuke.customers.labels import EventKind, Level
from liuke.customers.models import Customer, Event
from liuke.interactions.labels import Outcome
from liuke.interactions.models import Interaction
from liuke.packs.care import CareOccasion
from liuke.standing.models import Run
from liuke.standing.queries import standings
from liuke.work.budget import contacts
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from liuke.work.staff import Staff
from liuke.work.wishes import refusing

MONTH = 30
"""Days over which a customer's own limit of contacts a month is counted."""
AFTER = ("new_member", "after_service")
"""Kinds that only ask how it went: needless once somebody has talked with him."""


@dataclass
class Facts:
    """What is known of one customer on a day. `another`: he has a care task of this day, or gets one."""

    owner: int | None
    path: str
    key_account: bool
    tier: str
    grade: str
    prefers: str
    phone: bool
    wechat: bool
    most: int | None
    little: bool
    refused: frozenset[str] = frozenset()
    lately: int = 0
    complains: bool = False
    declined: bool = False
    talked_on: date | None = None
    busy: bool = False
    another: bool = False


@dataclass(frozen=True)
class Verdict:
    """`level` and `way` of the task; with `why` (LeftWhy) there is none this time. The contact budget is work.making's to say."""

    level: str
    way: str = ""
    why: str = ""


def facts_of(ids: Sequence[int], occasion: CareOccasion, on: date, run: Run | None) -> dict[int, Facts]:
    """Of at most 900 customers, those that can be thought of at all: alive, not asking to be left alone. A fixed number of queries."""
    here = Customer.objects.filter(pk__in=ids)
    reachable = {column: set(here.exclude(**{column: ""}).values_list("pk", flat=True)) for column in ("phone", "wechat")}
    grades = dict(standings(run).filter(customer__in=ids).values_list("customer_id", "abc"))
    cards = here.filter(do_not_contact=False).values_list(
        "pk", "owner_id", "unit__path", "key_account", "tier", "channel", "monthly_contacts", "service_need"
    )
    found = {
        pk: Facts(
            owner=owner, path=path or "", key_account=key_account, tier=tier, grade=grades.get(pk, ""), prefers=prefers,
            phone=pk in reachable["phone"], wechat=pk in reachable["wechat"], most=most, little=need == Level.LOW,
        )
        for pk, owner, path, key_account, tier, prefers, most, need in cards
    }  # fmt: skip
    _events(found)
    _words(found)
    month = contacts(list(found), on, MONTH)
    declined = Occasion.objects.filter(customer__in=found, key=occasion.key, state=OccasionState.DECLINED)
    no_more = set(declined.values_list("customer_id", flat=True))
    tasks = Task.objects.open().filter(customer__in=found).values_list("customer_id", "kind", "due_on")
    for pk, kind, due in tasks:
        found[pk].another |= kind == TaskKind.CARE and due == on
        found[pk].busy |= kind == TaskKind.PLAYBOOK
    for pk, each in found.items():
        each.lately, each.declined = month.get(pk, 0), pk in no_more
    if occasion.kind in AFTER:
        _talks(found, on - timedelta(occasion.days + occasion.late_days))
    return found


def _events(found: dict[int, Facts]) -> None:
    kinds = (EventKind.DIED, EventKind.SEVERE_COMPLAINT_OPENED, EventKind.SEVERE_COMPLAINT_CLOSED)
    counted = Counter(Event.objects.filter(customer__in=found, kind__in=kinds).values_list("customer_id", "kind"))
    for (pk, kind), number in counted.items():
        if kind == EventKind.DIED:
            found.pop(pk, None)
        elif kind == EventKind.SEVERE_COMPLAINT_OPENED and pk in found:
            found[pk].complains = number > counted[pk, EventKind.SEVERE_COMPLAINT_CLOSED]
    for pk in open_of(found).order_by().values_list("customer_id", flat=True):
        if pk in found:
            found[pk].complains = True


def _words(found: dict[int, Facts]) -> None:
    """What they have forbidden."""
    out = {purpose: refusing(purpose, found) for purpose in ("phone", "wechat", "sms")}
    for pk, each in found.items():
        each.refused = frozenset(purpose for purpose, who in out.items() if pk in who)


def _talks(found: dict[int, Facts], since: date) -> None:
    """The first day from `since` on when somebody talked with them."""
    made = Interaction.objects.filter(customer__in=found, on__gt=since, undone_at__isnull=True).exclude(outcome=Outcome.NOT_REACHED)
    for pk, day in made.order_by().values_list("customer_id").annotate(first=Min("on")):
        found[pk].talked_on = day


def verdict(facts: Facts, occasion: CareOccasion, found: Found, staff: Staff) -> Verdict | None:
    """What becomes of one occasion; None where it is not written down at all: no level of his own, or he wants it no more."""
    level = occasion.level_of(facts.key_account, facts.tier, facts.grade)
    if level is None or facts.declined:
        return None
    kept = occasion.levels[level]
    chosen = way(kept.channel, facts.prefers, facts.phone, facts.wechat, facts.refused)
    talked = facts.talked_on is not None and facts.talked_on > found.on
    why = (
        LeftWhy.COMPLAINT if facts.complains
        else LeftWhy.NO_WAY if chosen is None
        else LeftWhy.WISH if (facts.most is not None and facts.lately >= facts.most) or (facts.little and occasion.kind == "festival")
        else LeftWhy.TALKED if talked
        else LeftWhy.BUSY if facts.busy and occasion.kind in AFTER
        else LeftWhy.ANOTHER if facts.another
        else LeftWhy.NOBODY if staff.pick(kept.who, facts.owner, facts.path, 0) is None
        else ""
    )  # fmt: skip
    return Verdict(level, chosen or "", why)
