"""What the card shows of a customer's answers, and the way to ask him."""

from __future__ import annotations

from dataclasses import dataclass

from liuke.customers.models import Customer
from liuke.satisfaction.after import Said
from liuke.satisfaction.after import on_card as last_answers
from liuke.team.models import User
from liuke.team.permissions import may


@dataclass(frozen=True)
class OnCard:
    """`opens`: the reader may open a whole answer; `asks`: he may ask this customer now."""

    answers: list[Said]
    opens: bool
    asks: bool

    @property
    def shown(self) -> bool:
        return bool(self.answers) or self.asks


def on_card(user: User, card: Customer) -> OnCard:
    """One query, and those of the forms asked with."""
    return OnCard(last_answers(user, card), may(user, "survey.read"), may(user, "survey.ask") and not (card.do_not_contact or card.erased))
