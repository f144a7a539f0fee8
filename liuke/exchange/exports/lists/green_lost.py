"""Customers whom a backtest called safe and who left (id=…)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.exchange.exports.registry import Asked, Column, Listing, Values, register
from liuke.kernel.batches import batches
from liuke.kernel.text import as_id
from liuke.standing.backtest_words import green_words
from liuke.standing.models import Backtest
from liuke.team.models import User

COLUMNS = (
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("unit", _("门店"), width=16),
    Column("owner", _("业务员"), width=10),
    Column("leave", _("当时说的流失概率"), width=16),
    Column("amount", _("消费（元）"), "money"),
)


def _backtest(query: str) -> Backtest | None:
    pk = as_id(parse_qs(query).get("id", [""])[0])
    return Backtest.objects.filter(pk=pk, state=Backtest.State.DONE).first() if pk else None


def _lost(query: str) -> list[dict[str, Any]]:
    tested = _backtest(query)
    return list(tested.result["green_lost"]) if tested else []


def count(user: User, query: str) -> int:
    ids = [row["customer"] for row in _lost(query)]
    return sum(Customer.objects.visible_to(user).filter(pk__in=some).count() for some in batches(ids))


def rows(asked: Asked) -> Iterator[Values]:
    lost = _lost(asked.query)
    for part in batches(lost):
        seen = Customer.objects.visible_to(asked.user).filter(pk__in=[row["customer"] for row in part]).select_related("unit", "owner")
        cards = {card.pk: card for card in seen}
        for row in part:
            if card := cards.get(row["customer"]):
                owner = card.owner.name if card.owner else ""
                yield card.number, card.name, card.unit.name, owner, green_words(row["leave"]), row["amount_cents"]


def said(user: User, query: str) -> list[str]:
    tested = _backtest(query)
    return [_text("看的是 %(day)s的回测") % {"day": tested.as_of.isoformat()}] if tested else []


register(Listing("green_lost", _("说没事却走了的"), "cockpit.read", COLUMNS, count, rows, said))
