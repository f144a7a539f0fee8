"""Verbs of a win-back case: open, start, leave it, take it up again, how much effort, by whom, end it, let somebody go.

Each is one transaction; of two at once the first counts: every change asks that the case still stands as it was read.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from liuke.audit.actions import record
from liuke.churn import contacts
from liuke.churn.labels import RUNNING, Apology, State, Tier
from liuke.churn.models import LossReason, Stay, WinBack
from liuke.churn.rules import apology_for, effort, tier_of
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import tell
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.models import FOREVER
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues
from liuke.work.staff import Staff


def today() -> date:
    return clock.today(settings.TIME_ZONE)


def tier_for(card: Customer, value_cents: int) -> tuple[str, str]:
    """(tier, why) that the rule gives a customer who was worth so much."""
    run = current_run()
    grade_a = run.cuts.get("abc_a") if run else None
    numbers = current_pack().churn.win_back
    return tier_of(value_cents, key_account=card.key_account, grade_a_cents=grade_a, numbers=numbers)


def hold(actor: User, case_id: int) -> WinBack:
    """The case, its card held to the end of the transaction. Raises WinBack.DoesNotExist where the actor may not act on it."""
    seen = WinBack.objects.in_hand_of(actor)
    lock_cards(seen.filter(pk=case_id).values_list("customer_id", flat=True))
    found: WinBack = seen.select_related("customer", "customer__unit", "owner").get(pk=case_id)
    return found


def change(case: WinBack, **values: object) -> None:
    """Write, if nobody was faster. Refuses winback.taken."""
    done = WinBack.objects.filter(pk=case.pk, version=case.version, state=case.state).update(version=F("version") + 1, **values)
    if not done:
        now = WinBack.objects.get(pk=case.pk)
        raise Refused("winback.taken", "刚才有人改过这一件，现在是“%(state)s”。", state=str(State(now.state).label))
    case.refresh_from_db()


def running(case: WinBack) -> None:
    if case.state not in RUNNING:
        raise Refused("winback.over", "这一件已经结束：%(state)s。", state=str(State(case.state).label))


@transaction.atomic
def open_case(actor: User, customer_id: int, lost_on: date) -> WinBack:
    """Begin to win a lost customer back, with the effort his worth asks for, and plan the first contact.

    Raises Customer.DoesNotExist out of sight; refuses loss.unknown, winback.back (he is here again), winback.twice (one is under way, or
    there was one for this loss), winback.quiet (he does not want to be contacted).
    """
    require(actor, "winback.work")
    lock_cards([customer_id])
    card = visible(actor, customer_id)
    stay = Stay.objects.filter(customer=card, ended_on=lost_on).exclude(ended_on=FOREVER).first()
    if stay is None:
        raise Refused("loss.unknown", "账上没有这位客户在 %(day)s 走了这一笔。", day=lost_on.isoformat())
    if Stay.objects.filter(customer=card, began_on__gt=lost_on).exists():
        raise Refused("winback.back", "这位客户已经回来了。")
    if card.do_not_contact:
        raise Refused("winback.quiet", "这位客户说过不要再联系。")
    if WinBack.objects.filter(customer=card, lost_on=lost_on).exists():
        raise Refused("winback.twice", "这一次走已经立过挽回了。")
    tier, why = tier_for(card, stay.value_cents)
    doer = _doer(tier, card) or actor.pk
    case = WinBack(
        customer=card, lost_on=lost_on, value_cents=stay.value_cents, tier=tier, tier_why=why, state=State.OPEN, owner_id=doer,
        opened_on=today(), opened_by=actor, apology=_apology(card.pk, lost_on),
    )  # fmt: skip
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError:
        raise Refused("winback.twice", "这一位已经在挽回了。") from None
    record(actor, "winback.open", card, case=case.pk, tier=tier, lost_on=lost_on.isoformat())
    contacts.next_one(case, actor.pk, today())
    return case


def _doer(tier: str, card: Customer) -> int | None:
    return Staff(today()).pick(effort(tier, current_pack().churn.win_back).who, card.owner_id, card.unit.path or "", card.pk)


def _apology(customer: int, lost_on: date) -> str:
    known = LossReason.objects.filter(customer=customer, lost_on=lost_on, withdrawn_at=None).first()
    return apology_for(known.reason, Apology.NONE) if known else Apology.NONE


@transaction.atomic
def start(actor: User, case_id: int) -> WinBack:
    """Take up a case that was proposed. Refuses winback.over, winback.taken."""
    require(actor, "winback.work")
    case = hold(actor, case_id)
    if case.state != State.PROPOSED:
        raise Refused("winback.started", "这一件已经不等着开始：%(state)s。", state=str(State(case.state).label))
    change(case, state=State.OPEN)
    record(actor, "winback.start", case.customer, case=case.pk)
    contacts.next_one(case, actor.pk, today())
    return case


@transaction.atomic
def drop(actor: User, case_id: int, note: str) -> WinBack:
    """Do not try, or not any more; says why. Refuses winback.over, winback.why."""
    require(actor, "winback.work")
    case = hold(actor, case_id)
    running(case)
    change(case, state=State.DROPPED, ended_on=today(), ended_by=actor, end_note=_why(note))
    contacts.stop_all(case)
    record(actor, "winback.drop", case.customer, case=case.pk)
    return case


@transaction.atomic
def end(actor: User, case_id: int, state: str, note: str) -> WinBack:
    """Say how it came out where no task said so: he does not come back, or cannot be reached. Coming back is seen by his deal.

    Refuses winback.state, winback.over, winback.why.
    """
    require(actor, "winback.work")
    case = hold(actor, case_id)
    if state not in (State.REFUSED, State.UNREACHABLE):
        raise Refused("winback.state", "请选不回来，还是联系不上；回来了看成交。")
    if case.state != State.OPEN:
        raise Refused("winback.over", "这一件不在做：%(state)s。", state=str(State(case.state).label))
    change(case, state=state, ended_on=today(), ended_by=actor, end_note=_why(note))
    contacts.stop_all(case)
    record(actor, "winback.end", case.customer, case=case.pk, state=state)
    return case


@transaction.atomic
def reopen(actor: User, case_id: int) -> WinBack:
    """Go on with a case that was ended by hand or by a contact; the contacts it had count. One that was let go only by who may let go.

    Refuses winback.running, winback.attempts (none is left), winback.back, winback.twice (another is under way), winback.quiet.
    """
    require(actor, "winback.work")
    case = hold(actor, case_id)
    if case.state in (*RUNNING, State.RETURNED):
        raise Refused("winback.running", "这一件没有停：%(state)s。", state=str(State(case.state).label))
    if case.state == State.LET_GO:
        require(actor, "winback.let_go")
    if case.customer.do_not_contact:
        raise Refused("winback.quiet", "这位客户说过不要再联系。")
    most = current_pack().churn.win_back.attempts
    if contacts.counted(case) >= most:
        raise Refused("winback.attempts", "已经联系过 %(n)s 次，不再打扰。", n=most)
    if Stay.objects.filter(customer=case.customer_id, began_on__gt=case.lost_on).exists():
        raise Refused("winback.back", "这位客户已经回来了。")
    if WinBack.objects.filter(customer=case.customer_id, state__in=RUNNING).exists():
        raise Refused("winback.twice", "这一位已经在挽回了。")
    tier = case.tier if case.tier != Tier.HARMFUL else Tier.ORDINARY
    change(case, state=State.OPEN, tier=tier, ended_on=None, ended_by=None, end_note="")
    record(actor, "winback.reopen", case.customer, case=case.pk)
    contacts.next_one(case, actor.pk, today())
    return case


@transaction.atomic
def set_tier(actor: User, case_id: int, tier: str, note: str = "") -> WinBack:
    """How much effort he is worth, in one's own judgement. Harmful needs a reason, stops all contacts, and waits for a manager's word.

    Refuses winback.tier, winback.over, winback.why.
    """
    require(actor, "winback.work")
    case = hold(actor, case_id)
    running(case)
    if tier not in Tier.values or tier == case.tier:
        raise Refused("winback.tier", "请选另一种力度。")
    harmful = tier == Tier.HARMFUL
    values: dict[str, object] = {"tier": tier, "tier_why": "person", "end_note": _why(note) if harmful else ""}
    if harmful or case.tier == Tier.HARMFUL or case.state == State.OPEN:
        contacts.stop_all(case)
    if not harmful and (doer := _doer(tier, case.customer)):
        values["owner_id"] = doer
    change(case, **values)
    record(actor, "winback.tier", case.customer, case=case.pk, tier=tier)
    if harmful:
        managers = [person.pk for person in _above(case) if may(person, "winback.let_go") and person.pk != actor.pk]
        slots = {"who": actor.name, "customer": case.customer.name}
        tell(managers, "winback.harm", slots=slots, link=link(case), about=f"winback:{case.pk}", customer=case.customer_id)
    elif case.state == State.OPEN:
        contacts.next_one(case, actor.pk, today())
    return case


def _above(case: WinBack) -> list[User]:
    """Who sees the customer from above."""
    path = case.customer.unit.path or ""
    people = User.objects.filter(is_active=True).select_related("unit", "scope")
    return [person for person in people if person.scope_unit and path.startswith(person.scope_unit.path or "-")]


@transaction.atomic
def let_go(actor: User, case_id: int, note: str) -> WinBack:
    """Give a customer up who harms the company: a manager's word, with its reason. Refuses winback.over, winback.why."""
    require(actor, "winback.let_go")
    case = hold(actor, case_id)
    running(case)
    change(case, state=State.LET_GO, tier=Tier.HARMFUL, ended_on=today(), ended_by=actor, end_note=_why(note))
    contacts.stop_all(case)
    record(actor, "winback.let_go", case.customer, case=case.pk)
    return case


@transaction.atomic
def give(actor: User, case_id: int, to: int) -> WinBack:
    """Let a colleague do it, who must see the customer. Refuses winback.colleague, winback.over."""
    require(actor, "winback.oversee")
    case = hold(actor, case_id)
    running(case)
    person = colleagues(actor).filter(pk=to).first()
    if person is None or not may(person, "winback.work") or not Customer.objects.visible_to(person).filter(pk=case.customer_id).exists():
        raise Refused("winback.colleague", "请选一位看得到这位客户的同事。")
    change(case, owner=person)
    contacts.to(case, person.pk, actor.pk)
    record(actor, "winback.give", case.customer, case=case.pk, to=person.pk)
    if person.pk != actor.pk:
        slots = {"who": actor.name, "customer": case.customer.name}
        tell([person.pk], "winback.given", slots=slots, link=link(case), about=f"winback:{case.pk}", customer=case.customer_id)
    return case


@transaction.atomic
def apologise(actor: User, case_id: int, made: bool) -> WinBack:
    """Write down that we said sorry, or take it back. Refuses winback.over, winback.apology."""
    require(actor, "winback.work")
    case = hold(actor, case_id)
    running(case)
    if made and case.apology == Apology.MADE:
        raise Refused("winback.apology", "道歉已经记过了。")
    if not made and case.apology != Apology.MADE:
        raise Refused("winback.apology", "还没有记过道歉。")
    known = LossReason.objects.filter(customer=case.customer_id, lost_on=case.lost_on, withdrawn_at=None).first()
    again = apology_for(known.reason, Apology.NONE) if known else Apology.NONE
    change(case, apology=Apology.MADE if made else again, apology_on=today() if made else None)
    record(actor, "winback.apologise" if made else "winback.apologise_undo", case.customer, case=case.pk)
    return case


def reason_known(customer: int, lost_on: date) -> None:
    """A reason was written down or taken back: whether a running case owes an apology. Inside the caller's transaction."""
    for case in WinBack.objects.running().filter(customer=customer, lost_on=lost_on).exclude(apology=Apology.MADE):
        WinBack.objects.filter(pk=case.pk).update(apology=_apology(customer, lost_on), version=F("version") + 1)


def _why(note: str) -> str:
    said = clean(note, 300)
    if len(said) < 2:
        raise Refused("winback.why", "请写为什么，一句就好。")
    return said


def link(case: WinBack) -> str:
    return f"/winbacks/{case.pk}/"
