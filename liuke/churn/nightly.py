"""What the night does with win-back: who has come back, what he brought, whom to try again, whom to give up, whom to begin with.

Twice is as good as once: everything is asked of the rows as they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from liuke.audit.actions import record
from liuke.churn.contacts import ABOUT, make_many
from liuke.churn.keeping import keep
from liuke.churn.labels import RUNNING, Apology, State, Tier
from liuke.churn.models import Attempt, LossReason, Stay, WinBack
from liuke.churn.reasons import FACTS
from liuke.churn.rules import apology_for, effort, tier_of
from liuke.customers.locks import lock_cards
from liuke.deals.models import Deal
from liuke.interactions.labels import Outcome
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.notices.actions import tell
from liuke.packs.churn import WinBack as Numbers
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.models import FOREVER
from liuke.standing.queries import current_run
from liuke.work.labels import Ended
from liuke.work.making import stop
from liuke.work.models import Task
from liuke.work.staff import Staff

KEPT_OPEN = 2
"""Years after a return in which its money is counted again, should a deal be entered late."""


@dataclass
class Night:
    """What was done: cases that ended by a return, whose loss or return was none, given up; contacts planned; cases proposed."""

    returned: int = 0
    void: int = 0
    not_returned: int = 0
    given_up: int = 0
    contacts: int = 0
    proposed: int = 0


def run(on: date | None = None) -> Night:
    """Books first, then the cases. Every step is a transaction of its own."""
    day = on or clock.today(settings.TIME_ZONE)
    keep(day)
    numbers, night = current_pack().churn.win_back, Night()
    night.returned = detect(day)
    night.void = void(day)
    night.not_returned = not_returned()
    moved()
    count_money(day, numbers)
    night.given_up = give_up(day, numbers)
    night.contacts = plan_contacts(day, numbers)
    night.proposed = propose(day, numbers)
    return night


def _came_back() -> QuerySet[Stay]:
    return Stay.objects.filter(customer=OuterRef("customer"), began_on__gt=OuterRef("lost_on")).order_by("began_on")


@transaction.atomic
def detect(on: date) -> int:
    """Whoever is in the books again has come back: the case ends on that deal day, whatever else was planned."""
    back = _came_back().values("began_on")[:1]
    found = WinBack.objects.running().annotate(came=Subquery(back)).filter(came__isnull=False).select_related("customer")
    ended = list(found)
    for case in ended:
        WinBack.objects.filter(pk=case.pk).update(
            state=State.RETURNED, returned_on=case.came, ended_on=case.came, ended_by=None, end_note="", version=F("version") + 1
        )
        record(None, "winback.returned", case.customer, case=case.pk, on=case.came.isoformat())
    for some in batches([case.pk for case in ended]):
        stop(ABOUT, some, Ended.DEAL)
    return len(ended)


@transaction.atomic
def void(on: date) -> int:
    """The loss that a running case is about is not in the books any more: there is nothing to win back."""
    loss = Stay.objects.filter(customer=OuterRef("customer"), ended_on=OuterRef("lost_on"))
    gone = list(WinBack.objects.running().filter(~Exists(loss)).select_related("customer"))
    for case in gone:
        WinBack.objects.filter(pk=case.pk).update(state=State.DROPPED, ended_on=on, ended_by=None, version=F("version") + 1)
        record(None, "winback.void", case.customer, case=case.pk)
    for some in batches([case.pk for case in gone]):
        stop(ABOUT, some, Ended.SIGNAL)
    return len(gone)


@transaction.atomic
def not_returned() -> int:
    """The deal that brought him back was taken back: the case goes on, unless another is under way."""
    other = WinBack.objects.filter(customer=OuterRef("customer"), state__in=RUNNING)
    found = WinBack.objects.filter(~Exists(_came_back()), ~Exists(other), state=State.RETURNED).select_related("customer")
    again = list(found)
    for case in again:
        WinBack.objects.filter(pk=case.pk).update(
            state=State.OPEN, returned_on=None, ended_on=None, first_cents=None, second_cents=None, version=F("version") + 1
        )
        record(None, "winback.not_returned", case.customer, case=case.pk)
    return len(again)


@transaction.atomic
def moved() -> int:
    """A deal entered late says that he came back on another day than we thought: his money is counted from then."""
    back = _came_back().values("began_on")[:1]
    rows = WinBack.objects.filter(state=State.RETURNED).annotate(came=Subquery(back))
    late = list(rows.filter(came__isnull=False).exclude(came=F("returned_on")).select_related("customer"))
    for case in late:
        WinBack.objects.filter(pk=case.pk).update(returned_on=case.came, ended_on=case.came, version=F("version") + 1)
        record(None, "winback.moved", case.customer, case=case.pk, on=case.came.isoformat())
    return len(late)


@transaction.atomic
def count_money(on: date, numbers: Numbers) -> int:
    """What those who came back brought in the first 90 and 365 days from the day they came, refunds taken off, once the days are over."""
    rows = list(WinBack.objects.filter(state=State.RETURNED, returned_on__gt=on - timedelta(365 * KEPT_OPEN + numbers.second_days)))
    changed = []
    for some in batches(rows):
        money = money_since(some, (numbers.first_days, numbers.second_days), on)
        for case in some:
            first, second = money[case.pk]
            if (first, second) != (case.first_cents, case.second_cents):
                case.first_cents, case.second_cents = first, second
                changed.append(case)
    WinBack.objects.bulk_update(changed, ["first_cents", "second_cents"], batch_size=300)
    return len(changed)


def money_since(cases: Sequence[WinBack], spans: Sequence[int], on: date) -> dict[int, list[int | None]]:
    """By case, what came in within each number of days from the return (that day is the first); None where they are not over yet."""
    back: dict[int, list[WinBack]] = defaultdict(list)
    for case in cases:
        if case.returned_on:
            back[case.customer_id].append(case)
    sums = {case.pk: [0] * len(spans) for case in cases}
    first = min((case.returned_on for case in cases if case.returned_on), default=on)
    deals = Deal.objects.filter(customer__in=list(back), on__gte=first, on__lte=on).values_list("customer_id", "on", "amount_cents")
    for customer, day, cents in deals:
        for case in back[customer]:
            for place, days in enumerate(spans):
                if case.returned_on and 0 <= (day - case.returned_on).days < days:
                    sums[case.pk][place] += cents
    return {
        case.pk: [
            cents if case.returned_on and (on - case.returned_on).days >= days else None
            for days, cents in zip(spans, sums[case.pk], strict=True)
        ]
        for case in cases
    }


@transaction.atomic
def give_up(on: date, numbers: Numbers) -> int:
    """Tried as often as one may, and long ago: who ever answered does not come back, who never did cannot be reached."""
    last = Attempt.objects.filter(case=OuterRef("pk"), undone_at=None).order_by().values("case").annotate(last=Max("on")).values("last")
    waiting = Task.objects.open().filter(about=ABOUT, about_id=OuterRef("pk"))
    found = WinBack.objects.filter(~Exists(waiting), state=State.OPEN).annotate(last=Subquery(last))
    over = list(found.filter(last__lte=on - timedelta(numbers.give_up_days)).select_related("customer").prefetch_related("attempts"))
    n = 0
    for case in over:
        tried = [each for each in case.attempts.all() if each.undone_at is None]
        if sum(each.number > 0 for each in tried) < numbers.attempts:
            continue
        answered = any(each.outcome != Outcome.NOT_REACHED for each in tried)
        state = State.REFUSED if answered else State.UNREACHABLE
        WinBack.objects.filter(pk=case.pk, state=State.OPEN).update(state=state, ended_on=on, version=F("version") + 1)
        record(None, "winback.end", case.customer, case=case.pk, state=state)
        n += 1
    return n


@transaction.atomic
def plan_contacts(on: date, numbers: Numbers) -> int:
    """Open cases without a contact planned get one when the last was long enough ago, as far as the customers' budgets go."""
    waiting = Task.objects.open().filter(about=ABOUT, about_id=OuterRef("pk"))
    recent = Attempt.objects.filter(case=OuterRef("pk"), undone_at=None, on__gt=on - timedelta(numbers.between_days))
    found = WinBack.objects.filter(~Exists(waiting), ~Exists(recent), state=State.OPEN).exclude(tier=Tier.HARMFUL)
    cases = [
        case
        for case in found.prefetch_related("attempts").order_by("-value_cents", "pk")
        if sum(each.undone_at is None and each.number > 0 for each in case.attempts.all()) < numbers.attempts
    ]
    known = _known(cases)
    return make_many([(case, known.get((case.customer_id, case.lost_on))) for case in cases], on)


def _known(cases: list[WinBack]) -> dict[tuple[int, date], LossReason]:
    found: dict[tuple[int, date], LossReason] = {}
    for some in batches([case.customer_id for case in cases]):
        for row in LossReason.objects.filter(withdrawn_at=None, customer__in=some):
            found[row.customer_id, row.lost_on] = row
    return found


@transaction.atomic
def propose(on: date, numbers: Numbers) -> int:
    """The dearest of the newest losses, a few for each person: key customers first. Who died, moved, closed, or wants no contact is left
    in peace, and so is who brought nothing in his last year."""
    fresh = Stay.objects.filter(ended_on__gt=on - timedelta(numbers.propose_days), ended_on__lte=on, value_cents__gt=0)
    fresh = fresh.exclude(cause__in=list(FACTS)).exclude(ended_on=FOREVER).filter(customer__do_not_contact=False)
    case = WinBack.objects.filter(customer=OuterRef("customer")).filter(Q(lost_on=OuterRef("ended_on")) | Q(state__in=RUNNING))
    back = Stay.objects.filter(customer=OuterRef("customer"), began_on__gte=OuterRef("ended_on"))
    losses = list(fresh.filter(~Exists(case), ~Exists(back)).select_related("customer", "customer__unit"))
    run, staff = current_run(), Staff(on)
    grade_a = run.cuts.get("abc_a") if run else None
    under_way = Counter(WinBack.objects.running().filter(opened_by=None).values_list("owner_id", flat=True))
    known = _reasons(losses)
    ranked = []
    for loss in losses:
        tier, why = tier_of(loss.value_cents, key_account=loss.customer.key_account, grade_a_cents=grade_a, numbers=numbers)
        ranked.append((tier != Tier.KEY, -loss.value_cents, loss.pk, loss, tier, why))
    tonight = Counter(WinBack.objects.filter(opened_by=None, opened_on=on).values_list("owner_id", flat=True))
    told: Counter[int] = Counter()
    made = []
    for _key, _value, _pk, loss, tier, why in sorted(ranked, key=lambda row: row[:3]):
        card = loss.customer
        doer = staff.pick(effort(tier, numbers).who, card.owner_id, card.unit.path or "", card.pk)
        if doer is None or tonight[doer] >= numbers.a_day or under_way[doer] >= numbers.waiting:
            continue
        tonight[doer] += 1
        under_way[doer] += 1
        told[doer] += 1
        reason = known.get((card.pk, loss.ended_on), "")
        made.append(
            WinBack(
                customer=card,
                lost_on=loss.ended_on,
                value_cents=loss.value_cents,
                tier=tier,
                tier_why=why,
                owner_id=doer,
                opened_on=on,
                apology=apology_for(reason, Apology.NONE) if reason else Apology.NONE,
            )
        )
    lock_cards(row.customer_id for row in made)
    WinBack.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)
    if made:
        record(None, "winback.propose", None, as_of=on.isoformat(), made=len(made))
    for doer, n in told.items():
        tell([doer], "winback.proposed", slots={"n": n}, link="/winbacks/?view=proposed", about="winback.proposed")
    return len(made)


def _reasons(losses: list[Stay]) -> dict[tuple[int, date], str]:
    found: dict[tuple[int, date], str] = {}
    for some in batches([loss.customer_id for loss in losses]):
        rows = LossReason.objects.filter(withdrawn_at=None, customer__in=some)
        found |= {(row.customer_id, row.lost_on): row.reason for row in rows}
    return found
