"""The conditions of the customer list in words: chips that can be taken away, and the choices of the form that adds one."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.customers.labels import Kind
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.packs.schema import Pack
from liuke.segments.filters import KEYS, Filter
from liuke.segments.kept import said, tree, usable
from liuke.segments.wording import contract_kind, language, signal_name
from liuke.standing.flow import CAME, GONE, NEVER, NEW, NOT_YET, OVERDUE
from liuke.standing.labels import Attitude, CustomerType, Grade, Stage
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.queries import colleagues, units_in_scope
from liuke.web.visuals import TIERS
from liuke.web.words import money

OUTCOME = {
    CAME: gettext_lazy("本月来过"),
    NOT_YET: gettext_lazy("还没到该来"),
    OVERDUE: gettext_lazy("该来没来"),
    NEVER: gettext_lazy("没买过"),
    GONE: gettext_lazy("已离网"),
}
NEXT = {
    "none": gettext_lazy("没排"), "late": gettext_lazy("过了没联系"), "today": gettext_lazy("今天"), "week": gettext_lazy("7 天内"),
}  # fmt: skip
COMPLETE = {"0-59": gettext_lazy("不到 60%"), "60-79": gettext_lazy("60% 到 79%"), "80-100": gettext_lazy("80% 以上")}
MOVED = {"back": gettext_lazy("离网又回来"), "lost": gettext_lazy("这个月走的")}
LAST = {
    "-30": gettext_lazy("30 天内"), "30-90": gettext_lazy("30 到 90 天前"), "90-180": gettext_lazy("90 到 180 天前"),
    "180-365": gettext_lazy("180 到 365 天前"), "365-": gettext_lazy("一年以前"), "never": gettext_lazy("没来过"),
}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """One condition: what it is about, its value in words, and the filter without it."""

    key: str
    label: str
    value: str
    without: Filter


@dataclass(frozen=True)
class Choice:
    """One field of the form that adds conditions."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]


def chips(wanted: Filter, user: User, pack: Pack) -> list[Chip]:
    """The conditions that hold, in a fixed order."""
    return [
        Chip(key, str(_label(key)), _value(key, wanted.get(key), user, pack), wanted.having(**{key: ""}))
        for key in KEYS
        if wanted.get(key)
    ]  # fmt: skip


def choices(user: User, pack: Pack) -> list[Choice]:
    """What can be asked for, as selects; "" stands for any."""
    fields = [
        ("grade", [(code, str(word)) for code, word in Grade.choices]),
        ("stage", [(code, str(word)) for code, word in Stage.choices]),
        ("type", [(code, str(word)) for code, word in CustomerType.choices]),
        ("attitude", [(code, str(word)) for code, word in Attitude.choices]),
        ("tier", [(code, str(word)) for code, word in TIERS.items()]),
        ("outcome", [(code, str(word)) for code, word in OUTCOME.items()]),
        ("last", [(code, str(word)) for code, word in LAST.items()]),
        ("expires", [("30", _("30 天内")), ("60", _("60 天内")), *_expiring(pack)]),
        ("signal", [(signal.key, signal.name(language())) for signal in pack.signals]),
        ("next", [(code, str(word)) for code, word in NEXT.items()]),
        ("complete", [(code, str(word)) for code, word in COMPLETE.items()]),
        ("kind", [(code, str(word)) for code, word in Kind.choices]),
    ]  # fmt: skip
    if user.role != Role.REP:
        units = units_in_scope(user).order_by("path")
        fields.append(("unit", [(str(unit.pk), "　" * _depth(unit, user) + unit.name) for unit in units]))
        staff = colleagues(user).filter(role__in=(Role.REP, Role.AGENT)).order_by("unit__path", "name")
        fields.append(("owner", [("none", _("没有业务员")), *[(str(one.pk), one.name) for one in staff]]))
    return [Choice(key, str(_label(key)), (("", _("不限")), *options)) for key, options in fields]


def _expiring(pack: Pack) -> list[tuple[str, str]]:
    words = _("%(kind)s，60 天内")
    return [(f"{kind.key}:60", words % {"kind": kind.name(language())}) for kind in pack.contract_kinds if kind.renewable]


def _depth(unit: Unit, user: User) -> int:
    root = user.scope_unit
    return max((unit.path or "").count("/") - ((root.path or "") if root else "").count("/"), 0)


def _label(key: str) -> object:
    return {
        "q": _("搜"), "segment": _("分组"), "grade": _("等级"), "stage": _("阶段"), "type": _("类型"), "attitude": _("忠诚度"),
        "kind": _("类别"), "then": _("上月末"), "outcome": _("到店"), "moved": _("变动"), "next": _("下次联系"),
        "tier": _("会员"), "unit": _("门店"), "owner": _("业务员"),
        "last": _("上次到店"), "risk": _("风险金额"), "signal": _("信号"), "expires": _("合约到期"),
        "stale": _("资料"), "complete": _("完整度"), "load": _("导入"),
        "pick": _("选中的"), "parent": _("单位"),
    }[key]  # fmt: skip


def _value(key: str, value: str, user: User, pack: Pack) -> str:
    words: dict[str, dict[str, object]] = {
        "grade": {code: code for code in Grade.values},
        "stage": dict(Stage.choices),
        "type": dict(CustomerType.choices),
        "attitude": dict(Attitude.choices),
        "kind": dict(Kind.choices),
        "then": {**dict(Stage.choices), NEW: _("新建档")},
        "outcome": dict(OUTCOME),
        "moved": dict(MOVED),
        "next": dict(NEXT),
        "tier": dict(TIERS),
        "last": dict(LAST),
    }
    if key == "owner":
        return _owner(value, user)
    if key == "segment":
        return segment_name(value, user)
    if key == "unit":
        names = units_in_scope(user).filter(pk__in=_ids(value)).order_by("path").values_list("name", flat=True)
        return _("、").join(names) or _("没有这家")
    if key == "signal":
        return _("、").join(signal_name(one, pack) for one in value.split(","))
    if key == "expires":
        kind, _colon, days = value.rpartition(":")
        said = _("%(n)s 天内") % {"n": days}
        return f"{contract_kind(kind, pack)}{said}" if kind else said
    if key == "risk":
        return _("%(amount)s 以上") % {"amount": money(int(value) * 100)}
    if key == "pick":
        return _("%(n)s 位") % {"n": len(_ids(value))}
    if key == "parent":
        above = Customer.objects.visible_to(user).filter(pk=int(value)).first()
        return _("%(name)s和下级") % {"name": above.name} if above else _("没有这家")
    if key == "load":
        return _("第 %(n)s 次建的") % {"n": value}
    if key == "stale":
        return _("%(n)s 天没核实") % {"n": pack.cards.stale_days}
    if key == "complete":
        low, _dash, high = value.partition("-")
        return _("%(low)s%% 到 %(high)s%%") % {"low": low or 0, "high": high or 100}
    if key == "last" and value not in LAST:
        low, _dash, high = value.partition("-")
        return _("%(low)s 到 %(high)s 天前") % {"low": low or 0, "high": high} if high else _("%(low)s 天以前") % {"low": low}
    if key == "q":
        return value
    return _("、").join(str(words[key].get(one, one)) for one in value.split(","))


def segment_name(value: str, user: User) -> str:
    """What a segment is called for this reader; what a draft asks is said."""
    row = usable(user).filter(pk=int(value)).first()
    if row is None:
        return _("没有这个分组")
    if not row.draft:
        return row.name
    try:
        said_of = said(tree(row), user)
    except Refused:
        return _("还没存的条件")
    return said_of if len(said_of) <= 40 else said_of[:39] + "…"


def _owner(value: str, user: User) -> str:
    if value == "none":
        return _("没有业务员")
    if value == "me":
        return _("我")
    return _("、").join(colleagues(user).filter(pk__in=_ids(value)).values_list("name", flat=True)) or _("不在您这里")


def _ids(value: str) -> list[int]:
    return [pk for part in value.split(",") if (pk := as_id(part))]
