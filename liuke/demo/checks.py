"""Eight weeks of checked cards, and the week that runs: what the operations centre heard on the telephone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from liuke.customers.completeness import EXTRA, weights
from liuke.customers.labels import Kind
from liuke.customers.models import Customer
from liuke.packs.schema import Pack
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.queries import pack
from liuke.verification import actions, counting
from liuke.verification.labels import CHECKED, Answer, State
from liuke.verification.models import FieldCheck, SampleCard
from liuke.verification.rules import week_of

WEEKS = 8
REACHED, ASKED, THIS_WEEK = 0.9, 0.85, 0.3
HARD = {"phone": 0.05, "address": 0.12, "family": 0.1, "occupation": 0.1, "best_time": 0.1}
"""How often a field is out of date with a careful keeper; the others half as often as the last."""


def check_cards(today: date, random: Random) -> None:
    """Draw the samples of the last weeks and of this one, and write down what was heard; inside the caller's transaction."""
    analyst = User.objects.filter(role=Role.ANALYST).order_by("pk").first()
    if analyst is None:
        return
    care: dict[int, float] = {}
    in_use = pack()
    for back in range(WEEKS, -1, -1):
        monday = week_of(today) - timedelta(weeks=back)
        sample = actions.draw(monday)
        cards = list(sample.cards.select_related("customer").order_by("pk"))
        if not back:
            random.shuffle(cards)
            cards = cards[: int(len(cards) * THIS_WEEK)] if today > monday else []
        found: list[FieldCheck] = []
        for card in cards:
            on = min(monday + timedelta(days=random.randint(0, 4)), today)
            care.setdefault(card.owner_id, random.uniform(0.6, 2.4))
            found += _call(card, on, analyst, care[card.owner_id], random, in_use)
        FieldCheck.objects.bulk_create(found, batch_size=500)
        doubtful = {check.customer_id for check in found if check.result == Answer.WRONG}
        sure = [card.customer for card in cards if card.state == State.DONE and card.customer_id not in doubtful]
        for customer in sure:
            customer.confirmed_on = max(customer.confirmed_on or monday, monday)
        Customer.objects.bulk_update(sure, ["confirmed_on"], batch_size=200)
        SampleCard.objects.bulk_update(cards, ["state", "tries", "checked", "right", "done_by", "done_at"], batch_size=200)
    counting.count()


def _call(card: SampleCard, on: date, analyst: User, care: float, random: Random, in_use: Pack) -> list[FieldCheck]:
    """One card's call; `care`: how many times more often than with a careful keeper a field is wrong."""
    at = datetime.combine(on, time(10 + random.randint(0, 6), random.randint(0, 59)), ZoneInfo(settings.TIME_ZONE))
    card.done_by, card.done_at = analyst, at
    if random.random() > REACHED:
        card.state, card.tries = State.UNREACHED, in_use.cards.sample_tries
        return []
    card.state, card.tries = State.DONE, random.choice((0, 0, 0, 1))
    found = []
    for name in _filled(card.customer, in_use):
        said = Answer.UNREACHED
        if random.random() < ASKED or name == "name":
            said = Answer.WRONG if random.random() < HARD.get(name, 0.05) * care and name != "name" else Answer.RIGHT
        found.append(FieldCheck(customer_id=card.customer_id, field=name, on=on, result=said, by=analyst, card=card))
    card.checked = sum(check.result in CHECKED for check in found)
    card.right = sum(check.result == Answer.RIGHT for check in found)
    return found


def _filled(card: Customer, in_use: Pack) -> list[str]:
    names = [name for name in weights(in_use, Kind(card.kind)) if not name.startswith(EXTRA)]
    return [name for name in names if (card.birth_month is not None if name == "birthday" else getattr(card, name))]
