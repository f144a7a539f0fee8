"""The columns of the customer list: which there are, which a reader sees, in which order. The name always stands first and is none of them.

A column only shows; what may be sorted and filtered by is said in segments.filters. Of sealed fields there is the telephone, always masked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from liuke.customers.completeness import EXTRA, ON
from liuke.packs.schema import Pack
from liuke.segments.filters import SORTS, Filter
from liuke.segments.wording import language
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.queries import preference

PREFERENCE = "customer_columns"
LABELS = {
    "grade": _("等级"),
    "stage": _("阶段"),
    "tier": _("会员"),
    "last": _("上次到店"),
    "cycles": _("周期数"),
    "amount": _("12 月消费"),
    "risk": _("风险金额"),
    "signal": _("最近信号"),
    "owner": _("业务员"),
    "unit": _("门店"),
    "next": _("下次联系"),
    "phone": _("电话"),
    "source": _("来源"),
    "opened": _("建档日期"),
    "confirmed": _("核实日期"),
    "completeness": _("完整度"),
    "region": _("地区"),
    "industry": _("行业"),
}
USUAL = ("grade", "tier", "last", "cycles", "amount", "risk", "signal", "owner", "next")


@dataclass(frozen=True)
class Column:
    """One column: its key, its words, and the name it is sorted by ("" for one that cannot be)."""

    key: str
    label: str
    sort: str = ""


def every(pack: Pack) -> tuple[Column, ...]:
    """All columns there are, the pack's own fields last (`extra.KEY`)."""
    fixed = [Column(key, str(label), key if key in SORTS else "") for key, label in LABELS.items()]
    extra = [field for field in pack.fields if field.on in ON.values() and field.type not in ("plate", "vin")]
    return (*fixed, *(Column(f"{EXTRA}{field.key}", field.name(language())) for field in extra))


def usual(user: User) -> tuple[str, ...]:
    """What a role sees that has chosen nothing: a rep's own list does not say whose it is."""
    return tuple(key for key in USUAL if key != "owner" or user.role != Role.REP)


def chosen(wanted: Filter, user: User, pack: Pack) -> tuple[Column, ...]:
    """The columns to show: those of the address, else the reader's own, else the usual ones. Keys that there are not are left out."""
    return known(wanted.columns, pack) or own(user, pack)


def own(user: User, pack: Pack) -> tuple[Column, ...]:
    """The reader's own columns, whatever the address says."""
    return known(preference(user, PREFERENCE, ()), pack) or known(usual(user), pack)


def known(keys: Iterable[str], pack: Pack) -> tuple[Column, ...]:
    """The columns behind these keys, in their order, each once."""
    there = {column.key: column for column in every(pack)}
    return tuple(there[key] for key in dict.fromkeys(keys) if key in there)
