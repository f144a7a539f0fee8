"""Reads of cases, practice and self-checks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, QuerySet, Sum

from liuke.coaching.labels import CaseState, PracticeState
from liuke.coaching.models import Case, Practice, PracticeStep, TrustCheck
from liuke.coaching.rules import Score
from liuke.customers.models import Customer
from liuke.team.models import User
from liuke.team.queries import colleagues

WORDS = 6
"""So many words of a search are asked for."""


def cases(user: User, words: str = "", scenario: str = "", playbook: str = "", state: str = "") -> QuerySet[Case]:
    """The cases this user may read, in which all the words stand; the newest first. Slice it."""
    found = Case.objects.visible_to(user).select_related("author", "author__unit", "published_by")
    for word in words.lower().split()[:WORDS]:
        found = found.filter(search__contains=word)
    if scenario:
        found = found.filter(scenario=scenario)
    if playbook:
        found = found.filter(playbooks__contains=f" {playbook} ")
    if state:
        found = found.filter(state=state)
    else:
        found = found.exclude(state=CaseState.WITHDRAWN)
    return found.order_by("-published_at", "-changed_at", "-pk")


def case_counts(user: User) -> dict[str, int]:
    """How many cases stand in each state, of those this user may read."""
    rows = Case.objects.visible_to(user).values("state").annotate(n=Count("pk")).order_by()
    return {row["state"]: row["n"] for row in rows}


def linked(user: User, case: Case) -> Customer | None:
    """The customer a case is about, for who may see his card; for anybody else there is none."""
    if case.customer_id is None:
        return None
    return Customer.objects.visible_to(user).filter(pk=case.customer_id).first()


def for_playbook(user: User, playbook: str, most: int = 3) -> list[Case]:
    """The newest published cases of a playbook."""
    return list(cases(user, playbook=playbook, state=CaseState.PUBLISHED)[:most]) if playbook else []


# ── practice ─────────────────────────────────────────────────────────────────


def practices(user: User, person: User | None = None, state: str = "") -> QuerySet[Practice]:
    """Practices in sight, of one trainee when given; the newest first. Slice it."""
    found = Practice.objects.visible_to(user).select_related("trainee", "checker").prefetch_related("steps")
    if person is not None:
        found = found.filter(trainee=person)
    if state:
        found = found.filter(state=state)
    return found.exclude(state=PracticeState.DROPPED).order_by("-on", "-pk")


def waiting(user: User) -> list[Practice]:
    """What goes on with this user, as trainee or as who ticks."""
    mine = Q(trainee=user) | Q(checker=user)
    return list(Practice.objects.filter(mine, state=PracticeState.OPEN).select_related("trainee", "checker").order_by("-pk")[:20])


@dataclass(frozen=True)
class Person:
    """One trainee's results: `scores` by step over the period (None: not practised), how often, when last; when he last looked at
    himself (that he did, nothing of what he answered)."""

    user: User
    times: int
    last: date | None
    scores: tuple[Score, ...] | None
    trust_on: date | None


def people(user: User, since: date) -> list[Person]:
    """Everybody in sight who may practise, those who never did on top, then those with least ticked. Four queries."""
    staff = [one for one in colleagues(user).select_related("unit").order_by("name", "pk") if one.role in ("rep", "agent", "supervisor")]
    done = Practice.objects.visible_to(user).done().filter(on__gte=since)
    times = {row["trainee"]: row for row in done.values("trainee").annotate(n=Count("pk"), last=Max("on")).order_by()}
    sums: dict[int, dict[int, Score]] = defaultdict(dict)
    steps = PracticeStep.objects.filter(practice__in=done.order_by().values("pk"))
    for row in steps.values("practice__trainee", "step").annotate(ticked_sum=Sum("ticked"), of_sum=Sum("of")).order_by():
        sums[row["practice__trainee"]][row["step"]] = Score(row["ticked_sum"], row["of_sum"])
    looked = dict(
        TrustCheck.objects.filter(user__in=[one.pk for one in staff], undone_at=None).values_list("user").annotate(Max("on")).order_by()
    )
    found = [
        Person(
            one,
            times[one.pk]["n"] if one.pk in times else 0,
            times[one.pk]["last"] if one.pk in times else None,
            tuple(sums[one.pk][step] for step in sorted(sums[one.pk])) or None if one.pk in sums else None,
            looked.get(one.pk),
        )
        for one in staff
    ]
    return sorted(found, key=lambda person: (person.times > 0, _share(person.scores), person.user.name))


def _share(scores: tuple[Score, ...] | None) -> float:
    of = sum(score.of for score in scores or ())
    return sum(score.done for score in scores or ()) / of if of else 0.0


def totals(user: User, since: date) -> tuple[Score, ...]:
    """One's own sums by step since a day; empty where nothing was practised."""
    mine = PracticeStep.objects.filter(practice__trainee=user, practice__state=PracticeState.DONE, practice__on__gte=since)
    rows = mine.values("step").annotate(ticked_sum=Sum("ticked"), of_sum=Sum("of")).order_by("step")
    return tuple(Score(row["ticked_sum"], row["of_sum"]) for row in rows)


# ── trust ────────────────────────────────────────────────────────────────────


def trust_checks(user: User, most: int = 12) -> list[TrustCheck]:
    """One's own self-checks, the newest first. There is no way to read anybody else's."""
    return list(TrustCheck.objects.filter(user=user, undone_at=None).order_by("-on", "-pk")[:most])
