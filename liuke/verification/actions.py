"""Verbs of checking cards: draw the week's sample, open a number for the call, write down what was said, or that nobody answered."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody import actions as custody
from liuke.custody.models import CheckOut
from liuke.customers import actions as customers
from liuke.customers.fields import label
from liuke.customers.labels import EventKind
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, Event, FieldChange
from liuke.customers.queries import visible
from liuke.interactions.actions import record as record_contact
from liuke.interactions.labels import Outcome, Way
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack as pack_in_use
from liuke.verification.labels import CHECKED, Answer, State
from liuke.verification.models import FieldCheck, SampleCard, SampleWeek
from liuke.verification.queries import questions, seen
from liuke.verification.rules import chosen, week_of

PERMISSION = "verification.check"
PURPOSE = "核查"
_BATCH = 900


@dataclass(frozen=True)
class Said:
    """What the customer said of one field: the answer, and the right value as typed where it is not right and known."""

    answer: str
    value: str = ""


# ── the draw ─────────────────────────────────────────────────────────────────


def draw(week: date | None = None, actor: User | None = None) -> SampleWeek:
    """The sample of a week (any day of it; this one when left out): the pack's number of cards for each owner, at random.

    Drawn once, whoever asks how often. Only cards with a telephone that may be called; nobody who died. Refuses a week to come.
    """
    if actor is not None:
        require(actor, PERMISSION)
    monday = week_of(week or clock.today())
    if monday > clock.today():
        raise Refused("verification.future", "那一周还没到，到星期一再抽。")
    if (made := SampleWeek.objects.filter(week=monday).first()) is not None:
        return made
    pack = pack_in_use()
    drawn = _drawn(monday, pack)
    units = _units([pk for _, pk in drawn])
    try:
        with transaction.atomic():
            made = SampleWeek.objects.create(week=monday, per_owner=pack.cards.sample_per_owner, by=actor)
            SampleCard.objects.bulk_create(
                [SampleCard(sample=made, customer_id=pk, owner_id=owner, unit_id=units[pk]) for owner, pk in drawn if pk in units],
                batch_size=_BATCH,
            )
            record(actor, "verification.sample", made, week=monday, customers=len(drawn), owners=len({owner for owner, _ in drawn}))
    except IntegrityError:  # somebody else drew it at this moment
        return SampleWeek.objects.get(week=monday)
    return made


def _drawn(monday: date, pack: Pack) -> list[tuple[int, int]]:
    """(owner, customer) of the draw, owners by id."""
    rest = monday - timedelta(weeks=pack.cards.sample_rest_weeks)
    rested = set(SampleCard.objects.filter(sample__week__gte=rest, sample__week__lt=monday).values_list("customer_id", flat=True))
    here = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    dead = set(Event.objects.filter(kind=EventKind.DIED).values_list("customer_id", flat=True))
    found = Customer.objects.filter(owner__isnull=False, do_not_contact=False).exclude(phone="").order_by()
    cards: dict[int, array[int]] = {}
    for owner, pk in found.values_list("owner_id", "pk").iterator(chunk_size=20_000):
        if owner in here and pk not in dead:
            cards.setdefault(owner, array("q")).append(pk)
    n = pack.cards.sample_per_owner
    return [(owner, pk) for owner in sorted(cards) for pk in chosen(monday, owner, cards[owner], rested, n)]


def _units(ids: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in batches(ids):
        found.update(Customer.objects.filter(pk__in=some).values_list("pk", "unit"))
    return found


# ── one card ─────────────────────────────────────────────────────────────────


def open_number(actor: User, card_id: int) -> CheckOut:
    """Take a card of the sample out, to call the customer; on the log as any check-out. Refuses one that is done."""
    require(actor, PERMISSION)
    card = _waiting(actor, card_id)
    return custody.check_out(actor, card.customer_id, PURPOSE, permission=PERMISSION)


@transaction.atomic
def missed(actor: User, card_id: int) -> SampleCard:
    """Nobody answered: another try on another day, and after the pack's number of tries the card counts as not reached.

    Gives the card back. Refuses one that is done.
    """
    require(actor, PERMISSION)
    card = _held(actor, card_id)
    card.tries += 1
    over = card.tries >= pack_in_use().cards.sample_tries
    card.state = State.UNREACHED if over else State.WAITING
    card.next_on = None if over else clock.today() + timedelta(days=1)
    if over:
        card.done_by, card.done_at = actor, timezone.now()
    card.save()
    record_contact(actor, card.customer_id, Way.PHONE, Outcome.NOT_REACHED, "核查资料", permission=PERMISSION)
    record(actor, "verification.missed", card.customer, card=card.pk, tries=card.tries)
    return card


@transaction.atomic
def save(actor: User, card_id: int, said: Mapping[str, Said], version: int) -> SampleCard:
    """Write down what the customer said, field by field; a right value that was typed becomes an edit of the card, by the customer's word.

    `version` is that of the card the form was made from: who confirms a field that was changed meanwhile confirms what he did not see, and
    is refused. Gives the card back. When nothing is left in doubt the card counts as confirmed today. Refuses a card that is done, no field
    gone through, unknown fields, and what customers.actions.edit refuses.
    """
    require(actor, PERMISSION)
    card = _held(actor, card_id)
    customer = visible(actor, card.customer_id)
    asked = questions(customer, pack_in_use())
    answers = {name: one for name, one in said.items() if name in asked and one.answer in (Answer.RIGHT, Answer.WRONG)}
    if not answers:
        raise Refused("verification.nothing", "至少问到一项再存；电话没人接，请点“没接”。")
    _refuse_unseen(customer, answers, version)
    corrected = _correct(actor, customer, {name: one.value.strip() for name, one in answers.items() if one.answer == Answer.WRONG}, version)
    results = {name: _result(answers.get(name), name in corrected) for name in asked}
    today = clock.today()
    FieldCheck.objects.bulk_create(
        FieldCheck(customer=customer, field=name, on=today, result=result, by=actor, card=card, change_id=corrected.get(name))
        for name, result in results.items()
    )
    card.checked = sum(result in CHECKED for result in results.values())
    card.right = sum(result == Answer.RIGHT for result in results.values())
    card.state, card.done_by, card.done_at, card.next_on = State.DONE, actor, timezone.now(), None
    card.save()
    if Answer.WRONG not in results.values():
        Customer.objects.filter(pk=customer.pk).update(confirmed_on=today)
    summary = f"核查资料：问了 {card.checked} 项，{card.right} 项对"
    record_contact(actor, customer.pk, Way.PHONE, Outcome.REACHED, summary, permission=PERMISSION)
    record(actor, "verification.check", customer, card=card.pk, checked=card.checked, right=card.right, fields=sorted(corrected))
    return card


def _result(said: Said | None, corrected: bool) -> str:
    if said is None:
        return Answer.UNREACHED
    return Answer.RIGHT if said.answer == Answer.RIGHT else Answer.CHANGED if corrected else Answer.WRONG


def _refuse_unseen(customer: Customer, answers: Mapping[str, Said], version: int) -> None:
    names = [name for name, one in answers.items() if one.answer == Answer.RIGHT]
    columns = [column for name in names for column in _columns(name)]
    newer = (
        FieldChange.objects.filter(customer=customer, version__gt=version, field__in=columns).select_related("by").order_by("-pk").first()
    )
    if newer is not None:
        raise Refused("verification.moved", "%(who)s刚改过%(field)s，请再问一遍。", who=str(newer.by or ""), field=label(newer.field))


def _correct(actor: User, customer: Customer, typed: Mapping[str, str], version: int) -> dict[str, int]:
    """Write the right values on the card; the change that came of each field, by field."""
    given = {name: value for name, value in typed.items() if value}
    if not given:
        return {}
    after = customers.edit(actor, customer.pk, given, version, permission=PERMISSION)
    rows = FieldChange.objects.filter(customer=customer, version=after.version, by=actor).order_by("pk").values_list("field", "pk")
    made = dict(rows) if after.version > customer.version else {}
    changed = {name: made[column] for name in given for column in _columns(name) if column in made}
    for name in given:
        if name not in changed:
            raise Refused("verification.same", "%(field)s和卡上的一样，请选“对”。", field=label(_columns(name)[0]))
    return changed


def _columns(name: str) -> tuple[str, ...]:
    return ("birth_year", "birth_month", "birth_day", "birth_lunar", "birth_leap") if name == "birthday" else (name,)


def _waiting(actor: User, card_id: int) -> SampleCard:
    card = seen(actor).select_related("customer", "owner", "done_by").get(pk=card_id)
    if card.state != State.WAITING:
        raise Refused("verification.done", "这张卡%(who)s已经核过了。", who=str(card.done_by or ""))
    return card


def _held(actor: User, card_id: int) -> SampleCard:
    """A waiting card, held until the end of the transaction: of two people the second finds it done."""
    customer = seen(actor).values_list("customer_id", flat=True).get(pk=card_id)
    lock_cards([customer])
    return _waiting(actor, card_id)
