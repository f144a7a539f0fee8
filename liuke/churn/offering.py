"""What is offered to come back: not before we know why he went and have said sorry where we owe it; within one's limit, or agreed to."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from liuke.audit.actions import record
from liuke.churn.cases import hold, link
from liuke.churn.labels import Apology, Kind, State, Tier
from liuke.churn.models import LossReason, WinBack, WinBackOffer
from liuke.churn.rules import offer_limit
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import tell
from liuke.packs.churn import WinBack as Numbers
from liuke.playbooks.queries import pack as current_pack
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, require
from liuke.work.labels import OfferState
from liuke.work.offers import MOST_CENTS, within


def limit_of(role: str, tier: str, numbers: Numbers) -> int | None:
    """What a role may offer by itself in a case of this tier, in cents; None without limit."""
    own: dict[str, int | None] = {
        Role.MANAGER: None, Role.SUPERVISOR: numbers.limits_cents.supervisor, Role.AGENT: numbers.limits_cents.agent,
        Role.REP: numbers.limits_cents.rep,
    }  # fmt: skip
    limit = own.get(role, 0)
    return limit if role in PERMISSIONS["winback.oversee"] else offer_limit(limit, tier, numbers)


def may_decide(user: User, case: WinBack, cents: int) -> bool:
    """Whether he may say yes to so much himself."""
    return user.role in PERMISSIONS["winback.oversee"] and within(limit_of(user.role, case.tier, current_pack().churn.win_back), cents)


def deciders(case: WinBack, cents: int, asker: int) -> list[User]:
    """Who may say yes: they see the customer and may give as much; the nearest first."""
    people = User.objects.filter(is_active=True, role__in=PERMISSIONS["winback.oversee"]).exclude(pk=asker).select_related("unit", "scope")
    path = case.customer.unit.path or ""
    seen = [one for one in people if one.scope_unit and path.startswith(one.scope_unit.path or "-")]
    able = [one for one in seen if may_decide(one, case, cents)]
    return sorted(able, key=lambda one: (-len(one.scope_unit.path or "") if one.scope_unit else 0, one.pk))


@transaction.atomic
def offer(actor: User, case_id: int, kind: str, text: str, cost_cents: int) -> WinBackOffer:
    """Offer something within one's limit (it stands agreed), or ask for more (it waits).

    Refuses winback.over, winback.reason (nobody has asked why he went), winback.sorry (an apology is owed first), offer.kind, offer.amount,
    offer.text, offer.waiting, offer.nobody.
    """
    require(actor, "winback.work")
    case = hold(actor, case_id)
    if case.state != State.OPEN or case.tier == Tier.HARMFUL:
        raise Refused("winback.over", "这一件不在做：%(state)s。", state=str(State(case.state).label))
    if not LossReason.objects.filter(customer=case.customer_id, lost_on=case.lost_on, withdrawn_at=None).exists():
        raise Refused("winback.reason", "先问清楚为什么走，再谈优惠。")
    if case.apology == Apology.OWED:
        raise Refused("winback.sorry", "先道歉，再谈优惠。")
    if kind not in Kind.values:
        raise Refused("offer.kind", "请选给哪一种。")
    if not 0 <= cost_cents <= MOST_CENTS:
        raise Refused("offer.amount", "金额要从 0 起，最多一百万元。")
    said = clean(text, 200)
    if len(said) < 2:
        raise Refused("offer.text", "请写给什么，比如免费检测一次。")
    if case.offers.filter(state=OfferState.ASKED).exists():
        raise Refused("offer.waiting", "这位客户已经有一份在等批，先等那一份。")
    limit = limit_of(actor.role, case.tier, current_pack().churn.win_back)
    mine = within(limit, cost_cents)
    asked = [] if mine else deciders(case, cost_cents, actor.pk)
    if not mine and not asked:
        raise Refused("offer.nobody", "这么多没有人能批，请少一些，或者找总经理。")
    made = WinBackOffer.objects.create(
        case=case, kind=kind, text=said, cost_cents=cost_cents, limit_cents=limit, by=actor,
        state=OfferState.AGREED if mine else OfferState.ASKED, decided_by=actor if mine else None,
        decided_at=timezone.now() if mine else None,
    )  # fmt: skip
    _touched(case)
    record(actor, "winback.offer" if mine else "winback.offer_ask", case.customer, case=case.pk, offer=made.pk, cents=cost_cents)
    if not mine:
        slots = {"who": actor.name, "customer": case.customer.name}
        tell(
            [asked[0].pk], "winback.offer", slots=slots, link=link(case), urgent=True, about=f"winback.offer:{made.pk}",
            customer=case.customer_id,
        )  # fmt: skip
    return made


@transaction.atomic
def decide(actor: User, offer_id: int, agree: bool, reason: str = "") -> WinBackOffer:
    """Say yes or no to a colleague's offer; of two at once the first counts.

    Raises WinBackOffer.DoesNotExist out of sight; refuses offer.own, offer.limit, offer.reason, offer.decided,
    winback.over.
    """
    require(actor, "winback.oversee")
    found = _in_sight(actor, offer_id)
    case = hold(actor, found.case_id)
    if found.by_id == actor.pk:
        raise Refused("offer.own", "自己要的，要别人来批。")
    if agree and not may_decide(actor, case, found.cost_cents):
        raise Refused("offer.limit", "超过您能批的，要总经理来批。")
    if agree and case.state != State.OPEN:
        raise Refused("winback.over", "这一件不在做：%(state)s。", state=str(State(case.state).label))
    why = clean(reason, 200)
    if not agree and len(why) < 2:
        raise Refused("offer.reason", "请写为什么不批，他看得到。")
    state = OfferState.AGREED if agree else OfferState.REFUSED
    _settle(found, state=state, decided_by=actor, decided_at=timezone.now(), reason=why)
    _touched(case)
    told = {"case": case.pk, "offer": found.pk, "cents": found.cost_cents}
    record(actor, "winback.offer_agree" if agree else "winback.offer_refuse", case.customer, **told)
    slots = {"who": actor.name, "customer": case.customer.name, "agreed": agree}
    tell([found.by_id], "winback.offer_decided", slots=slots, link=link(case), about=f"winback.offer:{found.pk}", customer=case.customer_id)
    return found


@transaction.atomic
def withdraw(actor: User, offer_id: int) -> WinBackOffer:
    """Take an offer back: one's own, or of who oversees any; one that waits, or one agreed while the case is open.

    Raises WinBackOffer.DoesNotExist; refuses offer.decided.
    """
    require(actor, "winback.work")
    found = _in_sight(actor, offer_id)
    case = hold(actor, found.case_id)
    if case.state != State.OPEN:
        raise Refused("winback.over", "这一件不在做：%(state)s。", state=str(State(case.state).label))
    _settle(found, OfferState.ASKED, OfferState.AGREED, state=OfferState.WITHDRAWN, decided_by=actor, decided_at=timezone.now())
    _touched(case)
    record(actor, "winback.offer_withdraw", case.customer, case=case.pk, offer=found.pk, cents=found.cost_cents)
    return found


def _in_sight(actor: User, offer_id: int) -> WinBackOffer:
    seen = WinBack.objects.in_hand_of(actor).values("pk")
    return WinBackOffer.objects.select_related("case", "by").get(pk=offer_id, case__in=seen)


def _settle(found: WinBackOffer, *before: str, **values: object) -> None:
    states = before or (OfferState.ASKED,)
    done = WinBackOffer.objects.filter(pk=found.pk, state__in=states).update(**values)
    found.refresh_from_db()
    if not done:
        raise Refused("offer.decided", "这一份已经定了：%(state)s。", state=str(OfferState(found.state).label))


def _touched(case: WinBack) -> None:
    WinBack.objects.filter(pk=case.pk).update(version=F("version") + 1)
