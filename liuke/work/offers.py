"""What may be given to a customer: within one's own limit at once, above it when somebody who may give as much has said yes.

Nothing is promised before. A playbook says what each role may give by itself (packs.playbook.OfferLimit); a general manager has no limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import settle, tell
from liuke.packs import Pack, Playbook
from liuke.playbooks.queries import pack as current_pack
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS, require
from liuke.work.labels import OfferState
from liuke.work.models import OfferRequest, Task
from liuke.work.rows import book_of, playbook_of

MOST_CENTS = 100_000_000
ASKED, DECIDED = "offer.asked", "offer.decided"


def limit_of(playbook: Playbook | None, role: str) -> int | None:
    """What a role may give by itself in this playbook, in cents; None without limit, 0 where there is nothing to give."""
    if role == Role.MANAGER:
        return None
    if playbook is None or playbook.offer is None:
        return 0
    limits = playbook.offer.limits_cents
    return {Role.REP: limits.rep, Role.AGENT: limits.agent, Role.SUPERVISOR: limits.supervisor}.get(Role(role), 0)


def within(limit: int | None, cents: int) -> bool:
    return limit is None or cents <= limit


def given_cents(customers: Iterable[int], pack: Pack) -> Counter[int]:
    """What these customers were given by anybody, in any playbook, within the days that count together against a limit, in cents."""
    since = timezone.now() - timedelta(pack.promises.limit_days)
    rows = OfferRequest.objects.filter(customer__in=list(customers), state=OfferState.AGREED, at__gt=since).order_by()
    return Counter(dict(rows.values_list("customer_id").annotate(n=Sum("amount_cents"))))


def deciders(customer: Customer, playbook: Playbook, cents: int, asker: int) -> list[User]:
    """Who may say yes to so much for this customer (what he was given lately added): they see him and may give as much themselves; the
    nearest first."""
    found = User.objects.filter(is_active=True, role__in=PERMISSIONS["offer.decide"]).exclude(pk=asker).select_related("unit", "scope")
    path = customer.unit.path or ""
    seen = [one for one in found if one.scope_unit and path.startswith(one.scope_unit.path or "-")]
    able = [one for one in seen if within(limit_of(playbook, one.role), cents)]
    return sorted(able, key=lambda one: (-len(one.scope_unit.path or "") if one.scope_unit else 0, one.name))


@transaction.atomic
def ask(actor: User, task_id: int, cents: int, text: str) -> OfferRequest:
    """Give a customer something within one's limit, together with what he was given lately (it stands agreed), or ask for more (it waits).

    Raises Task.DoesNotExist out of sight; refuses offer.none (the playbook gives nothing), offer.amount, offer.text, offer.waiting (one is
    being decided), offer.nobody, permission.
    """
    require(actor, "offer.ask")
    task = Task.objects.visible_to(actor).select_related("customer__unit", "enrolment").get(pk=task_id)
    pack = current_pack()
    playbook = book_of(pack, task)
    if playbook is None or playbook.offer is None:
        raise Refused("offer.none", "这个打法不给优惠。")
    if not 0 < cents <= MOST_CENTS:
        raise Refused("offer.amount", "金额要大于 0，最多一百万元。")
    said = clean(text, 200)
    if len(said) < 2:
        raise Refused("offer.text", "请写给什么，比如工时八折。")
    lock_cards([task.customer_id])
    if OfferRequest.objects.waiting().filter(customer=task.customer_id, playbook=playbook.key).exists():
        raise Refused("offer.waiting", "这位客户已经有一份在等批，先等那一份。")
    limit, total = limit_of(playbook, actor.role), cents + given_cents([task.customer_id], pack)[task.customer_id]
    mine = within(limit, total)
    asked = deciders(task.customer, playbook, total, actor.pk) if not mine else []
    if not mine and not asked:
        raise Refused("offer.nobody", "这么多没有人能批，请少一些，或者找总经理。")
    made = OfferRequest.objects.create(
        customer=task.customer,
        enrolment=task.enrolment,
        task=task,
        playbook=playbook.key,
        amount_cents=cents,
        limit_cents=limit,
        text=said,
        by=actor,
        state=OfferState.AGREED if mine else OfferState.ASKED,
        decided_by=actor if mine else None,
        decided_at=timezone.now() if mine else None,
    )
    record(actor, "offer.give" if mine else "offer.ask", task.customer, request=made.pk, playbook=playbook.key, cents=cents)
    if not mine:
        slots = {"who": actor.name, "customer": task.customer.name, "cents": cents}
        tell(
            [asked[0].pk], ASKED, slots=slots, link=f"/offers/{made.pk}/", urgent=True, about=f"offer:{made.pk}", customer=task.customer_id
        )
    return made


def decide(actor: User, request_id: int, agree: bool, reason: str = "") -> OfferRequest:
    """Say yes or no to a colleague's request; of two at once the first counts.

    Raises OfferRequest.DoesNotExist out of sight; refuses offer.own, offer.limit (more than one may give), offer.decided, offer.reason
    (a no says why), permission.
    """
    require(actor, "offer.decide")
    with transaction.atomic():
        found = OfferRequest.objects.visible_to(actor).select_related("customer", "by", "decided_by").get(pk=request_id)
        if found.by_id == actor.pk:
            raise Refused("offer.own", "自己要的，要别人来批。")
        pack = current_pack()
        playbook = playbook_of(pack, found.playbook)
        lock_cards([found.customer_id])
        limit = limit_of(playbook, actor.role)
        before = given_cents([found.customer_id], pack)[found.customer_id]
        if agree and not within(limit, found.amount_cents + before):
            raise Refused("offer.limit", "超过您能批的，要总经理来批。")
        why = clean(reason, 200)
        if not agree and len(why) < 2:
            raise Refused("offer.reason", "请写为什么不批，他看得到。")
        waiting = OfferRequest.objects.waiting().filter(pk=found.pk)
        state = OfferState.AGREED if agree else OfferState.REFUSED
        if not waiting.update(state=state, decided_by=actor, decided_at=timezone.now(), reason=why):
            found.refresh_from_db()
            raise Refused("offer.decided", "这一份已经定了：%(state)s。", state=str(OfferState(found.state).label))
        record(
            actor,
            "offer.agree" if agree else "offer.refuse",
            found.customer,
            request=found.pk,
            playbook=found.playbook,
            cents=found.amount_cents,
        )
        settle(ASKED, f"offer:{found.pk}")
        slots = {"who": actor.name, "customer": found.customer.name, "agreed": agree}
        link = f"/today/{found.task_id}/" if found.task_id else f"/customers/{found.customer_id}/"
        tell([found.by_id], DECIDED, slots=slots, link=link, about=f"offer:{found.pk}", customer=found.customer_id)
        found.refresh_from_db()
    return found


@transaction.atomic
def withdraw(actor: User, request_id: int) -> OfferRequest:
    """The asker does not want it any more, while nobody has decided. Raises OfferRequest.DoesNotExist for another's, refuses
    offer.decided."""
    found = OfferRequest.objects.visible_to(actor).select_related("customer").get(pk=request_id, by=actor)
    waiting = OfferRequest.objects.waiting().filter(pk=found.pk)
    if not waiting.update(state=OfferState.WITHDRAWN, decided_by=actor, decided_at=timezone.now()):
        raise Refused("offer.decided", "这一份已经定了：%(state)s。", state=str(OfferState(found.state).label))
    settle(ASKED, f"offer:{found.pk}")
    record(actor, "offer.withdraw", found.customer, request=found.pk, playbook=found.playbook, cents=found.amount_cents)
    found.refresh_from_db()
    return found


def asked_words(slots: Mapping[str, Any]) -> str:
    amount = f"{int(slots.get('cents', 0)) / 100:,.2f}".removesuffix(".00")
    return gettext("%(who)s想给%(customer)s ¥%(amount)s，等您批。") % {**slots, "amount": amount}


def decided_words(slots: Mapping[str, Any]) -> str:
    said = gettext("%(who)s同意了给%(customer)s的优惠。") if slots.get("agreed") else gettext("%(who)s没有同意给%(customer)s的优惠。")
    return said % slots
