"""Why some customers left, and how they were won back: reasons asked, cases of the last two and a half years in every state, those of
whom the money of a year after is known too; the night's part last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from liuke.churn import nightly
from liuke.churn.contacts import make_many
from liuke.churn.keeping import keep
from liuke.churn.labels import Apology, Kind, Reason, State, Tier, Why
from liuke.churn.models import Attempt, LossReason, Stay, WinBack, WinBackOffer
from liuke.churn.reasons import FACTS
from liuke.churn.rules import apology_for, effort, tier_of
from liuke.demo.lives import SEED
from liuke.interactions.labels import Outcome
from liuke.interactions.models import Interaction
from liuke.playbooks.queries import pack
from liuke.standing.models import FOREVER
from liuke.standing.queries import current_run
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.work.labels import OfferState
from liuke.work.staff import Staff

LONG, TRIED = 900, 280
ASKED, SHARE = 0.45, 0.5
"""Of how many losses somebody asked why; how many of those were tried."""
HARM = ("两次在店里打骂技师，还要求免单", "拿假发票来退保养套餐，报过案", "在业主群里造谣，律师函发过两回")
SAID = {
    Outcome.REACHED: ("说知道了，考虑考虑再说。", "聊了几句，答应有空来看看。", "说最近忙，过阵子再联系。"),
    Outcome.REFUSED: ("说不会再来了，请我别再打。", "说已经在别家办了卡，不换了。"),
}
REASONS = (
    (Reason.RIVAL, Why.BETTER_FIT, 24, "楼下新开的店便宜一半，就近做了"),
    (Reason.RIVAL, Why.TASTE, 6, "换了电动车，在厂家那边做"),
    (Reason.DETAILS, Why.INDIFFERENCE, 22, "上次洗完车没擦干，说了也没人理"),
    (Reason.STAFF, Why.INDIFFERENCE, 16, "老跟小李打交道，他走了就没人找我了"),
    (Reason.INTEGRITY, Why.PRODUCT, 8, "说好的价，结账多出两百"),
    (Reason.UNFAIR, Why.INDIFFERENCE, 6, "跟保险公司扯皮，你们也不帮着说话"),
    (Reason.MARKET, Why.TASTE, 8, "车开得少了，一年保养一次就够"),
    (Reason.NATURAL, Why.MOVED, 10, "调去外地上班了"),
)
OFFERS = (
    (Kind.PRICE, "工时八折，一年有效", 18_000),
    (Kind.GIFT, "送一次空调清洗", 9_800),
    (Kind.SERVICE, "免费全车检测一次", 6_000),
    (Kind.MEND, "上次没做好的免费重做", 38_000),
    (Kind.MADE, "按他的用车排一年保养，专人接送", 88_000),
)

Returns = dict[tuple[int, date], date]
"""By customer and day of a loss, the day he came again."""


@dataclass(frozen=True)
class Told:
    """What one who left said, and when."""

    reason: str
    why: str
    words: str
    on: date


def win_back(today: date, say: Callable[[str], object]) -> None:
    """The books, reasons, cases; then what the night makes of them. Everything hangs on the day alone. Nothing where there are some."""
    keep(today)
    if LossReason.objects.exists():
        return
    random, numbers = Random(f"{SEED} win-back"), pack().churn.win_back  # noqa: S311 - made-up people, not secrets
    with transaction.atomic():
        lost = Stay.objects.filter(ended_on__gt=today - timedelta(LONG), ended_on__lte=today).exclude(ended_on=FOREVER)
        losses = list(lost.select_related("customer", "customer__unit").order_by("ended_on", "customer__number"))
        staff = Staff(today)
        back = _back()
        told = _ask(losses, back, staff, random, today)
        tried = _try(losses, told, back, staff, random, today)
    night = nightly.run(today)
    say(f"问到 {len(told)} 位为什么走，试着挽回 {tried} 位，夜里又挑出 {night.proposed} 位（一人一次最多 {numbers.a_day} 位）。")


def _back() -> Returns:
    found: Returns = {}
    gone: dict[int, date] = {}
    for stay in Stay.objects.order_by("customer", "began_on"):
        if stay.customer_id in gone:
            found[stay.customer_id, gone[stay.customer_id]] = stay.began_on
        gone[stay.customer_id] = stay.ended_on
    return found


def _ask(losses: Sequence[Stay], back: Returns, staff: Staff, random: Random, today: date) -> dict[tuple[int, date], Told]:
    rows, found = [], {}
    weights = [weight for *_rest, weight, _words in REASONS]
    for loss in losses:
        card = loss.customer
        asker = staff.pick("owner", card.owner_id, card.unit.path or "", card.pk)
        if loss.cause in FACTS or asker is None or random.random() > ASKED:
            continue
        reason, why, _weight, words = random.choices(REASONS, weights)[0]
        came = back.get((card.pk, loss.ended_on), today + timedelta(1))
        on = min(loss.ended_on + timedelta(random.randint(1, 20)), came - timedelta(1), today)
        found[card.pk, loss.ended_on] = Told(reason, why, words, on)
        spoken = words if random.random() < 0.6 else ""
        rows.append(LossReason(customer=card, lost_on=loss.ended_on, reason=reason, why=why, words=spoken, asked_on=on, by_id=asker))
    LossReason.objects.bulk_create(rows, batch_size=500)
    return found


def _try(losses: Sequence[Stay], told: dict[tuple[int, date], Told], back: Returns, staff: Staff, random: Random, today: date) -> int:
    """Cases of those who were asked, and of who came back; the newest still under way."""
    run, numbers = current_run(), pack().churn.win_back
    grade_a = run.cuts.get("abc_a") if run else None
    seen: set[int] = set()
    cases: list[WinBack] = []
    for loss in reversed(losses):
        card, known = loss.customer, told.get((loss.customer_id, loss.ended_on))
        came = back.get((card.pk, loss.ended_on))
        wanted = known is not None and (came is not None or random.random() < SHARE)
        if came and came <= loss.ended_on + timedelta(3):
            continue
        if card.pk in seen or card.do_not_contact or loss.cause in FACTS or not wanted or len(cases) >= TRIED or loss.ended_on >= today:
            continue
        tier, why = tier_of(loss.value_cents, key_account=card.key_account, grade_a_cents=grade_a, numbers=numbers)
        doer = staff.pick(effort(tier, numbers).who, card.owner_id, card.unit.path or "", card.pk)
        if doer is None or known is None:
            continue
        seen.add(card.pk)
        apology = apology_for(known.reason, Apology.NONE)
        cases.append(
            WinBack(
                customer=card, lost_on=loss.ended_on, value_cents=loss.value_cents, tier=tier, tier_why=why, owner_id=doer,
                opened_on=min(known.on, today), opened_by_id=doer, apology=apology, returned_on=came, state=State.OPEN,
            )
        )  # fmt: skip
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    for place, case in enumerate(cases):
        _end(case, place, manager, random, today)
    WinBack.objects.bulk_create(cases, batch_size=500)
    _contacts(cases, random, today)
    still = [(case, None) for case in cases if case.state == State.OPEN and case.tier != Tier.HARMFUL]
    known_rows = {
        (row.customer_id, row.lost_on): row for row in LossReason.objects.filter(customer__in=[case.customer_id for case, _ in still])
    }
    make_many([(case, known_rows.get((case.customer_id, case.lost_on))) for case, _ in still], today)
    return len(cases)


def _end(case: WinBack, place: int, manager: User | None, random: Random, today: date) -> None:
    """How it came out: the newest are open, one harms us, the rest is over; a manager let some go."""
    if case.apology == Apology.OWED and (case.returned_on or random.random() < 0.8):
        case.apology, case.apology_on = Apology.MADE, case.opened_on
    if case.returned_on:
        case.state, case.ended_on = State.RETURNED, case.returned_on
    elif (today - case.opened_on).days > 45:
        case.state = State.REFUSED if random.random() < 0.55 else State.UNREACHABLE
        case.ended_on, case.ended_by_id = min(case.opened_on + timedelta(30), today), case.owner_id
    elif place == 1:
        case.tier, case.tier_why, case.end_note = Tier.HARMFUL, "person", HARM[0]
    if place % 60 == 50 and case.state == State.REFUSED and manager is not None:
        case.state, case.tier, case.tier_why, case.ended_by = State.LET_GO, Tier.HARMFUL, "person", manager
        case.end_note = HARM[1 + place // 60 % 2]
    elif place % 41 == 40 and case.state == State.REFUSED:
        case.state, case.end_note = State.DROPPED, "车已经卖了"


def _contacts(cases: Sequence[WinBack], random: Random, today: date) -> None:
    """Attempts and offers of the cases that were tried."""
    attempts, offers, contacts = [], [], []
    numbers = pack().churn.win_back
    for case in cases:
        if case.state == State.OPEN and (case.tier == Tier.HARMFUL or random.random() < 0.5):
            continue
        last = case.ended_on or today - timedelta(1)
        many = 3 if case.state == State.UNREACHABLE else random.randint(1, 2)
        for n in range(1, many + 1):
            # Who says no ends it that day.
            on = last - timedelta(15 * (many - n)) if case.state == State.REFUSED else case.opened_on + timedelta(15 * (n - 1))
            if on > last or (case.returned_on and on == last):
                break
            final = n == many and case.state == State.REFUSED
            silent = case.state == State.UNREACHABLE or (n < many and random.random() < 0.5)
            outcome = Outcome.REFUSED if final else Outcome.NOT_REACHED if silent else Outcome.REACHED
            way = effort(case.tier, numbers).way
            at = timezone.make_aware(datetime.combine(on, time(random.randint(9, 17), random.randint(0, 59))))
            words = random.choice(SAID[outcome]) if outcome in SAID and random.random() < 0.7 else ""
            contacts.append(
                Interaction(
                    customer_id=case.customer_id, at=at, on=on, way=way, outcome=outcome, two_way=not silent, summary=words,
                    by_id=case.owner_id,
                )
            )  # fmt: skip
            attempts.append(Attempt(case=case, number=n, on=on, way=way, outcome=outcome, by_id=case.owner_id, before=State.OPEN))
        owed = case.apology == Apology.OWED
        if case.state in (State.UNREACHABLE, State.LET_GO) or owed or random.random() < 0.25:
            continue
        kind, text, cents = OFFERS[4] if case.tier == Tier.KEY and random.random() < 0.5 else random.choice(OFFERS[:4])
        at = timezone.make_aware(datetime.combine(min(case.opened_on, today - timedelta(1)), time(14, 20)))
        limit = numbers.limits_cents.supervisor if case.tier == Tier.KEY else numbers.limits_cents.rep
        waits = case.state == State.OPEN and cents > limit
        cents = cents if waits else min(cents, limit)
        offers.append(
            WinBackOffer(
                case=case, kind=kind, text=text, cost_cents=cents, limit_cents=limit, by_id=case.owner_id,
                state=OfferState.ASKED if waits else OfferState.AGREED, decided_by_id=None if waits else case.owner_id,
                decided_at=None if waits else at,
            )
        )  # fmt: skip
    Attempt.objects.bulk_create(attempts, batch_size=500)
    Interaction.objects.bulk_create(contacts, batch_size=500)
    WinBackOffer.objects.bulk_create(offers, batch_size=500)
    for offer in offers:
        offer.at = timezone.make_aware(datetime.combine(min(offer.case.opened_on, today - timedelta(1)), time(14, 10)))
    WinBackOffer.objects.bulk_update(offers, ["at"], batch_size=500)
