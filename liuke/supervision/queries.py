"""Reads of supervision: who was looked after, what is overdue, the team's day. A fixed number of queries, whatever the people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum

from liuke.custody.queries import overdue
from liuke.customers.models import FieldChange
from liuke.interactions.labels import Direction
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.promises.models import Promise
from liuke.promises.queries import by_keeper, overdue_by_keeper
from liuke.promises.rules import Tally
from liuke.supervision.models import CardReview, Debrief, ReviewedCard
from liuke.supervision.rules import day_before, missing, nearest, week_of, working_days
from liuke.team.calendar import changes
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.queries import colleagues, in_scope
from liuke.team.queries import pack as current_pack
from liuke.visits.queries import Reading, reading_rate
from liuke.work.labels import TaskState
from liuke.work.models import Result, Task

OWNERS: frozenset[str] = frozenset({Role.REP})
"""Whose cards are reviewed."""

WORKERS: frozenset[str] = frozenset({Role.REP, Role.AGENT})
"""With whom a day is gone over."""

READING_DAYS = 30


@dataclass(frozen=True)
class Member:
    """One person of the team, as the page of the supervisor shows him. `day`: what is gone over this morning.

    must, rest, done, late: tasks that cannot wait, other tasks that are due, done today (`minutes`), must not wait and past their day.
    `reviewed_on`: Monday of the last week whose review was closed; `review`: this week's, `left` its cards not ticked yet.
    """

    person: User
    contacts: int
    debrief: Debrief | None
    reviewed_on: date | None
    review: CardReview | None
    left: int
    must: int
    rest: int
    done: int
    minutes: int
    late: int
    promises_late: int
    cards_late: int
    kept: Tally
    reading: Reading | None

    @property
    def owes(self) -> int:
        """What is past its day, of every kind."""
        return self.late + self.promises_late + self.cards_late


@dataclass(frozen=True)
class Team:
    """The people of one page, and the day that is gone over."""

    day: date
    week: date
    members: tuple[Member, ...]

    @property
    def owners(self) -> list[Member]:
        return [one for one in self.members if one.person.role in OWNERS]

    @property
    def not_gone_over(self) -> int:
        return sum(one.debrief is None for one in self.members)

    @property
    def not_reviewed(self) -> int:
        return sum(one.review is None or one.review.closed_at is None for one in self.owners)


def people(viewer: User) -> QuerySet[User]:
    """Those who are looked after: in sight, working with customers, not oneself."""
    found = colleagues(viewer).filter(role__in=WORKERS).exclude(pk=viewer.pk)
    return found.select_related("unit").order_by("unit__path", "name", "pk")


def team(viewer: User, members: Sequence[User], today: date) -> Team:
    """What the supervisor has to look after with these people today. Eleven queries."""
    ids = [person.pk for person in members]
    day, week, pack = day_before(today, changes()), week_of(today), current_pack()
    spoken = Interaction.objects.filter(by__in=ids, on=day, undone_at__isnull=True, direction=Direction.OUT).order_by()
    contacts = dict(spoken.values_list("by").annotate(n=Count("pk")))
    debriefs = {row.person_id: row for row in Debrief.objects.standing().filter(person__in=ids, day=day)}
    closed = CardReview.objects.filter(owner__in=ids, closed_at__isnull=False).order_by()
    last = dict(closed.values_list("owner").annotate(week=Max("week")))
    reviews = {row.owner_id: row for row in CardReview.objects.filter(owner__in=ids, week=week)}
    unseen = ReviewedCard.objects.filter(review__in=[row.pk for row in reviews.values()], seen_at__isnull=True).order_by()
    left = dict(unseen.values_list("review").annotate(n=Count("pk")))
    tasks = _tasks(viewer, ids, today)
    promises = overdue_by_keeper(ids, today)
    late_cards: dict[int, int] = {}
    for user_id in overdue(viewer).filter(user__in=ids).order_by().values_list("user_id", flat=True):
        late_cards[user_id] = late_cards.get(user_id, 0) + 1
    kept = {row.id: row.tally for row in by_keeper(Promise.objects.visible_to(viewer).filter(keeper__in=ids), today, pack)}
    reading = reading_rate(ids, today - timedelta(READING_DAYS), today)
    made = [
        Member(
            person=person,
            contacts=contacts.get(person.pk, 0),
            debrief=debriefs.get(person.pk),
            reviewed_on=last.get(person.pk),
            review=reviews.get(person.pk),
            left=left.get(reviews[person.pk].pk, 0) if person.pk in reviews else 0,
            promises_late=promises.get(person.pk, 0),
            cards_late=late_cards.get(person.pk, 0),
            kept=kept.get(person.pk, Tally()),
            reading=reading.get(person.pk),
            **tasks.get(person.pk, {"must": 0, "rest": 0, "done": 0, "minutes": 0, "late": 0}),
        )
        for person in members
    ]
    return Team(day, week, tuple(made))


def _tasks(viewer: User, ids: Sequence[int], today: date) -> dict[int, dict[str, int]]:
    """Tasks of these people by person: open ones that could be done today, and what was done today. One query."""
    opened = Q(state=TaskState.OPEN, due_on__lte=today) & (Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=today))
    done = Q(state=TaskState.DONE, done_on=today)
    rows = Task.objects.visible_to(viewer).filter(opened | done, assignee__in=ids).order_by().values("assignee")
    found = rows.annotate(
        n_must=Count("pk", filter=opened & Q(must=True)),
        n_rest=Count("pk", filter=opened & Q(must=False)),
        n_done=Count("pk", filter=done),
        spent=Sum("minutes", filter=done),
        n_late=Count("pk", filter=opened & Q(must=True, due_on__lt=today)),
    )
    return {
        row["assignee"]: {
            "must": row["n_must"],
            "rest": row["n_rest"],
            "done": row["n_done"],
            "minutes": row["spent"] or 0,
            "late": row["n_late"],
        }
        for row in found
    }


# ── one day of one person ────────────────────────────────────────────────────


@dataclass(frozen=True)
class DayGone:
    """One person's day to be gone over: contacts, what came of tasks, what was promised, what comes next."""

    person: User
    day: date
    contacts: list[Interaction]
    results: dict[int, Result]
    promised: list[Promise]
    settled: list[Promise]
    coming: list[Task]
    debrief: Debrief | None


def day_gone(viewer: User, person: User, day: date, today: date) -> DayGone:
    """What this person did on a day, as the viewer may see it. Six queries."""
    seen = in_scope(viewer, "customer__")
    contacts = Interaction.objects.filter(seen, by=person, on=day, undone_at__isnull=True).select_related("customer").order_by("at", "pk")
    found = list(contacts)
    results = Result.objects.filter(interaction__in=[row.pk for row in found], undone_at__isnull=True)
    promises = Promise.objects.visible_to(viewer).select_related("customer", "by", "keeper")
    coming = Task.objects.visible_to(viewer).open().filter(assignee=person, customer__in={row.customer_id for row in found})
    return DayGone(
        person=person,
        day=day,
        contacts=found,
        results={
            row.interaction_id: row
            for row in results.select_related("next_task", "promise_task", "task", "task__enrolment")
            if row.interaction_id
        },
        promised=list(promises.filter(by=person, made_on=day).order_by("due_on", "pk")),
        settled=list(promises.filter(keeper=person, settled_on=day).order_by("pk")),
        coming=list(coming.select_related("customer").order_by("due_on", "pk")[:50]),
        debrief=Debrief.objects.standing().select_related("by").filter(person=person, day=day).first(),
    )


# ── did the supervisor do it ─────────────────────────────────────────────────


@dataclass(frozen=True)
class Week:
    """What one supervisor owed his people in one week, and did. `unreviewed`: whose cards nobody looked through; `unspoken`: with whom how
    many days were not gone over."""

    monday: date
    reviews: int
    reviews_due: int
    debriefs: int
    debriefs_due: int
    unreviewed: list[User] = field(default_factory=list)
    unspoken: list[tuple[User, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Supervisor:
    person: User
    under: int
    weeks: tuple[Week, ...]


def supervisors(viewer: User, today: date) -> list[Supervisor]:
    """What supervisors did of what was due, the newest week first: oneself, or (a manager) all of one's sight. Five queries.

    Everybody belongs to the nearest supervisor above his unit; where two share a place, what either did counts for both.
    """
    above = colleagues(viewer).filter(role=Role.SUPERVISOR) if viewer.role != Role.SUPERVISOR else User.objects.filter(pk=viewer.pk)
    heads = list(above.filter(is_active=True).select_related("unit", "scope").order_by("unit__path", "name"))
    every = User.objects.filter(is_active=True, role=Role.SUPERVISOR).select_related("unit", "scope")
    places = [(one.pk, one.scope_unit.path or "") for one in every if one.scope_unit is not None]
    working = list(User.objects.filter(is_active=True, role__in=WORKERS).select_related("unit").order_by("unit__path", "name"))
    under: dict[int, list[User]] = {}
    for person in working:
        for head in nearest((person.unit.path or "") if person.unit else "", places):
            under.setdefault(head, []).append(person)
    free, shown = changes(), current_pack().supervision.weeks_shown
    mondays = [week_of(today) - timedelta(7 * n) for n in range(shown)]
    ids = [person.pk for person in working]
    reviews = set(CardReview.objects.filter(owner__in=ids, week__gte=mondays[-1], closed_at__isnull=False).values_list("owner", "week"))
    debriefs: dict[int, set[date]] = {}
    for person_id, day in Debrief.objects.standing().filter(person__in=ids, day__gte=mondays[-1]).values_list("person", "day"):
        debriefs.setdefault(person_id, set()).add(day)
    return [
        Supervisor(
            head,
            len(under.get(head.pk, ())),
            tuple(_week(under.get(head.pk, []), monday, today, free, reviews, debriefs) for monday in mondays),
        )
        for head in heads
    ]


def _week(under: list[User], monday: date, today: date, free: Any, reviews: set[tuple[int, date]], debriefs: dict[int, set[date]]) -> Week:
    owners = [one for one in under if one.role in OWNERS]
    unread = missing([one.pk for one in owners], [one.pk for one in owners if (one.pk, monday) in reviews])
    # A day is gone over on the next one: today's is not due yet.
    days = working_days(monday, min(monday + timedelta(6), today - timedelta(1)), free)
    gaps = [(one, len([day for day in days if day not in debriefs.get(one.pk, set())])) for one in under]
    owed = len(days) * len(under)
    return Week(
        monday=monday,
        reviews=len(owners) - len(unread),
        reviews_due=len(owners),
        debriefs=owed - sum(n for _, n in gaps),
        debriefs_due=owed,
        unreviewed=[one for one in owners if one.pk in set(unread)],
        unspoken=[(one, n) for one, n in gaps if n],
    )


# ── the review ───────────────────────────────────────────────────────────────


def review_of(owner: User, week: date) -> CardReview | None:
    return CardReview.objects.select_related("by", "owner").filter(owner=owner, week=week).first()


def cards_of(viewer: User, review: CardReview) -> list[ReviewedCard]:
    """Its cards that the viewer may see, those to do first."""
    rows = ReviewedCard.objects.visible_to(viewer).filter(review=review).select_related("customer", "seen_by")
    return sorted(rows, key=lambda row: (row.seen_at is not None, -row.changes, row.pk))


def changes_of(review: CardReview, customers: Sequence[int]) -> dict[int, list[FieldChange]]:
    """The changes that each of these cards had since the review's day, the newest first, a few each. One query."""
    rows = FieldChange.objects.filter(customer__in=list(customers), at__gte=clock.start_of(review.since, settings.TIME_ZONE))
    found: dict[int, list[FieldChange]] = {}
    for row in rows.select_related("by").order_by("-pk")[:500]:
        if len(found.setdefault(row.customer_id, [])) < 6:
            found[row.customer_id].append(row)
    return found


def remarks_on(viewer: User, customer: int, since: datetime) -> list[ReviewedCard]:
    """What was said of a card: not heard yet, or lately. One query."""
    rows = ReviewedCard.objects.visible_to(viewer).filter(customer=customer, seen_at__gte=since).exclude(remark="")
    return list(rows.select_related("seen_by").order_by("-seen_at")[:3])
