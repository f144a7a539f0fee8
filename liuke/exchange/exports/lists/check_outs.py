"""Cards that are out: my own, those overdue, those that somebody has (which=mine, late, out)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

from django.db.models import QuerySet
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.custody.models import CheckOut
from liuke.custody.queries import masked_text, my_check_outs, out_now, overdue
from liuke.exchange.exports.registry import BATCH, Asked, Column, Listing, Values, register
from liuke.team.models import User
from liuke.team.permissions import may

COLUMNS = (
    Column("number", _("客户编号")),
    Column("name", _("姓名")),
    Column("unit", _("门店"), width=16),
    Column("user", _("借阅人"), width=10),
    Column("purpose", _("用途"), width=30),
    Column("at", _("借出时间"), "time", width=17),
    Column("until", _("应还时间"), "time", width=17),
    Column("returned_at", _("归还时间"), "time", width=17),
)
WHICH = {"mine": _("我借过的"), "late": _("过了时间没还"), "out": _("借在外面的")}


def which(query: str) -> str:
    asked = parse_qs(query).get("which", ["late"])[0]
    return asked if asked in WHICH else "late"


def found(user: User, query: str) -> QuerySet[CheckOut]:
    """The check-outs meant, in the order of the page; nothing where the reader may not look."""
    asked = which(query)
    if asked == "mine":
        return my_check_outs(user).select_related("user") if may(user, "card.check_out") else CheckOut.objects.none()
    if not may(user, "check_out.oversee"):
        return CheckOut.objects.none()
    return overdue(user) if asked == "late" else out_now(user)


def rows(asked: Asked) -> Iterator[Values]:
    for out in found(asked.user, asked.query).iterator(BATCH):
        card = out.customer
        yield card.number, card.name, card.unit.name, out.user.name, masked_text(out.purpose), out.at, out.until, out.returned_at


register(
    Listing(
        "check_outs", _("借出的卡"), "customer.read", COLUMNS, lambda user, query: found(user, query).count(), rows,
        lambda user, query: [_text(str(WHICH[which(query)]))],
    )
)  # fmt: skip
