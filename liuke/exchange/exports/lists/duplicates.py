"""Pairs of cards that may be one customer (reason=a code)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

from django.utils.translation import gettext_lazy as _

from liuke.duplicates.labels import REASONS
from liuke.duplicates.queries import reasons_of, waiting
from liuke.duplicates.rules import FOR
from liuke.exchange.exports.registry import BATCH, Asked, Column, Listing, Values, register
from liuke.team.models import User

COLUMNS = (
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("unit", _("门店"), width=16),
    Column("owner", _("业务员"), width=10),
    Column("other_number", _("另一张卡的编号")),
    Column("other_name", _("另一张卡的姓名")),
    Column("other_unit", _("另一张卡的门店"), width=16),
    Column("other_owner", _("另一张卡的业务员"), width=12),
    Column("score", _("像的程度（%）"), "number", width=10),
    Column("reasons", _("依据"), width=40),
)


def _reason(query: str) -> str:
    asked = parse_qs(query).get("reason", [""])[0]
    return asked if asked in FOR else ""


def rows(asked: Asked) -> Iterator[Values]:
    for pair in waiting(asked.user, _reason(asked.query)).iterator(BATCH):
        sides = [(card.number, card.name, card.unit.name, card.owner.name if card.owner else "") for card in (pair.a, pair.b)]
        told = "，".join(str(REASONS[code]) for code in pair.reasons if code in REASONS)
        yield *sides[0], *sides[1], round(100 * pair.score), told


def said(user: User, query: str) -> list[str]:
    reason = _reason(query)
    return [str(REASONS[reason])] if reason else []


register(
    Listing(
        "duplicates", _("疑似重复"), "duplicates.merge", COLUMNS, lambda user, query: reasons_of(user)[_reason(query)], rows, said
    )
)  # fmt: skip
