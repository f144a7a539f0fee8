"""Who can be asked: who bought lately, is in sight, and has not said no; who is left out and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.packs.survey import Surveys
from liuke.satisfaction.drawing import invited, sample_size, shared_out
from liuke.satisfaction.labels import Drawn, LeftOut
from liuke.satisfaction.models import Invitation
from liuke.standing.queries import current_run, standings
from liuke.team.models import Unit, User
from liuke.work.wishes import refusing

PURPOSE = "survey"


@dataclass(frozen=True)
class Population:
    """`strata`: ids by the name of their stratum ("" for all in one); `left_out` by reason; `of`: (unit, grade) of each."""

    strata: dict[str, list[int]]
    left_out: dict[str, int]
    of: dict[int, tuple[int, str]]

    @property
    def size(self) -> int:
        return len(self.of)


@dataclass(frozen=True)
class Size:
    """`needed` answers for the margin; `to_ask` so that as many answer; by stratum in `shares`."""

    needed: int
    to_ask: int
    shares: dict[str, int]


def population(user: User, unit: Unit, drawn: str, numbers: Surveys, on: date, grades: Sequence[str] = ()) -> Population:
    """Of the customers in sight under a unit those who had a deal within ⚙ days (of `grades`, where given)."""
    lately = Deal.objects.filter(customer=OuterRef("pk"), came=True, on__gt=on - timedelta(numbers.bought_days), on__lte=on)
    rows = Customer.objects.visible_to(user).filter(Exists(lately), unit__path__startswith=unit.path or "/")
    cards = list(rows.order_by("pk").values_list("pk", "unit_id", "do_not_contact"))
    grade = dict(standings(current_run()).values_list("customer_id", "abc"))
    if grades:
        cards = [card for card in cards if (grade.get(card[0]) or "C") in grades]
    ids = [pk for pk, _, _ in cards]
    left = _left(ids, {pk for pk, _, alone in cards if alone}, numbers, on)
    out: dict[str, int] = dict.fromkeys(LeftOut.values, 0)
    for why in left.values():
        out[why] += 1
    of = {pk: (home, grade.get(pk) or "C") for pk, home, _ in cards if pk not in left}
    strata: dict[str, list[int]] = defaultdict(list)
    for pk, (home, letter) in of.items():
        strata[letter if drawn == Drawn.GRADE else str(home) if drawn == Drawn.UNIT else ""].append(pk)
    return Population(dict(strata), {why: count for why, count in out.items() if count}, of)


def _left(ids: Sequence[int], alone: set[int], numbers: Surveys, on: date) -> dict[int, str]:
    """Who of them is not asked, and why; the first reason counts."""
    here = set(ids)
    rested = clock.start_of(on - timedelta(numbers.rest_days - 1), settings.TIME_ZONE)
    recent = set(Invitation.objects.filter(at__gte=rested).values_list("customer_id", flat=True)) & here
    later = Deal.objects.filter(customer=OuterRef("customer"), came=True, on__gt=OuterRef("on"))
    left = Q(kind__in=(EventKind.MOVED_AWAY, EventKind.CLOSED_DOWN)) & ~Exists(later)
    gone = set(Event.objects.filter(Q(kind=EventKind.DIED) | left).values_list("customer_id", flat=True)) & here
    refused = {pk for some in batches(ids) for pk in refusing(PURPOSE, some)}
    found: dict[int, str] = {}
    ways = ((LeftOut.GONE, gone), (LeftOut.ALONE, alone), (LeftOut.CONSENT, refused), (LeftOut.RECENT, recent))
    for why, who in ways:
        for pk in who:
            found.setdefault(pk, why)
    return found


def size(people: Population, margin: float | None, count: int | None, answering: float) -> Size:
    """How many to ask: for a margin and the share that is expected to answer, or a count that was given."""
    needed = sample_size(people.size, margin) if margin else min(count or 0, people.size)
    to_ask = invited(needed, answering, people.size) if margin else needed
    return Size(needed, to_ask, shared_out({name: len(ids) for name, ids in people.strata.items()}, to_ask))
