"""How an import is told: groups of reasons, first values as they are read, what was read right, warnings, all in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.deals.models import Contract, Deal, Payment
from liuke.exchange.datasets import Dataset
from liuke.exchange.models import Load
from liuke.exchange.seen import Seen
from liuke.exchange.words import WARNINGS
from liuke.interactions.models import Interaction
from liuke.web.words import money, monthday, thousands

# Words of a chip, by the beginning of the codes that belong to it; the first that fits.
GROUPS: tuple[tuple[str, object, tuple[str, ...]], ...] = (
    ("phone", gettext_lazy("电话不对"), ("phone.",)),
    ("date", gettext_lazy("日期读不出"), ("date.", "birthday.", "contract.end_before_start")),
    ("missing", gettext_lazy("缺必填的"), ("required.", "customer.no_name", "deal.no_amount", "amount.empty")),
    ("amount", gettext_lazy("金额不对"), ("amount.", "number.", "deal.zero", "deal.negative", "deal.too_big", "contract.", "payment.zero")),
    ("names", gettext_lazy("门店或员工对不上"), ("unknown.", "staff.")),
    (
        "twice",
        gettext_lazy("行与行对不上"),
        ("customer.repeated", "row.repeated", "deal.other_line", "deal.two", "deal.number", "payment.number", "interaction.number"),
    ),
    (
        "who",
        gettext_lazy("认不出客户"),
        ("customer.", "deal.no_customer", "deal.unknown_customer", "row.no_customer", "payment.unknown_deal"),
    ),
    ("cell", gettext_lazy("格子坏了"), ("cell.", "row.", "text.nul", "text.undecodable")),
    ("other", gettext_lazy("写法认不出"), ("",)),
)
ROLES = {
    "customers": gettext_lazy("客户"),
    "deals": gettext_lazy("成交"),
    "contracts": gettext_lazy("合约"),
    "payments": gettext_lazy("付款"),
    "interactions": gettext_lazy("接触"),
}
NAMES = ("column", "kind")
"""Slots of a refusal that hold a word of ours and not one of the file."""
MODELS = {"customer": Customer, "deal": Deal, "contract": Contract, "payment": Payment, "interaction": Interaction}


def group_of(code: str) -> str:
    """The chip a refusal stands under."""
    if code.startswith("contract.number"):
        return "twice"
    return next(key for key, _words, starts in GROUPS if code.startswith(starts))


def chips(reasons: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(key, words, rows) of the groups that have rows, most first."""
    counts: dict[str, int] = {}
    for code, rows in reasons.items():
        counts[group_of(code)] = counts.get(group_of(code), 0) + rows
    found = [(key, str(words), counts[key]) for key, words, _starts in GROUPS if key in counts]
    return sorted(found, key=lambda chip: -chip[2])


def told(message: str, slots: Mapping[str, Any]) -> str:
    """A refusal that was kept as template and slots, in the reader's language."""
    text = gettext(message)
    named = {name: gettext(value) if name in NAMES and value else value for name, value in slots.items()}
    return text % named if named else text.replace("%%", "%")


def value(read: Sequence[Any], written: str) -> str:
    """The first value of a column, as it is read. A serial number is shown with the day it stands for."""
    kind, what = read[0], read[1]
    match kind:
        case "date":
            day = monthday(date.fromisoformat(what), date.min)
            return f"{written} → {day}" if written.replace(".", "").isdigit() and len(written.partition(".")[0]) == 5 else day
        case "moment":
            day = monthday(date.fromisoformat(what[0]), date.min)
            return f"{day} {what[1]}" if what[1] != "00:00" else day
        case "money":
            return money(int(what))
        case "text":
            return str(what)
        case "bad":
            return told(what[1], what[2])
        case "empty":
            return _("当作空的")
    return written


def right(seen: Seen) -> list[tuple[str, str]]:
    """(what was written in its own way and read right, how often)."""
    sentences = {
        "phone_number_cell": _("手机号成了小数或科学计数法，从原值找回"),
        "phone": _("电话里的全角数字、＋86、空格、横线"),
        "phones": _("一格写了几个号码，都留下，第一个在前"),
        "dates": _("日期写法 %(n)s 种，如 %(examples)s") % {"n": len(seen.dates), "examples": _("、").join(seen.dates[:3])},
        "amount": _("金额里的 ￥、逗号、元、万"),
        "plate": _("车牌里的空格、点和小写字母"),
        "lunar": _("农历生日"),
    }
    return [(sentences[key], times(seen.right[key])) for key in sentences if seen.right.get(key)]


def times(n: int) -> str:
    return ngettext("%(n)s 格", "%(n)s 格", n) % {"n": thousands(n)}


def warnings(load: Load) -> list[str]:
    """Everything the reader of the file had to decide."""
    return [gettext(WARNINGS[code]) % slots for code, slots in load.warnings if code in WARNINGS and not code.startswith("unknown_st")]


def refusal(seen: Seen) -> str:
    """Why the whole file cannot be used as it is; "" where it can."""
    if seen.problem is None:
        return ""
    code, message, slots = seen.problem
    # The command line is told of its switches; here there is a list to choose from.
    if code in ("file.missing_columns", "file.two_columns_one_field"):
        return ""
    if code == "file.no_heading" and seen.columns:
        return _("列名一个也认不出，请在下面对上；不是这种表，就换一个文件。")
    return told(message, slots)


def need(dataset: Dataset, group: Sequence[str]) -> str:
    """姓名或客户编号: one of these fields must have a column."""
    return _("或").join(gettext(dataset.field(code).label) for code in group)


def kept_kind(kind: str) -> str:
    """The word for a row that stayed after an undo."""
    model = MODELS.get(kind)
    return str(model._meta.verbose_name) if model else kind
