"""What stands in a customer's own file, in words: headings, codes, sentences; nobody else is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from liuke.customers.fields import label as field_label
from liuke.customers.history import shown as changed_value
from liuke.customers.labels import Kind as CardKind
from liuke.customers.models import Customer
from liuke.kernel.phone import show_phone
from liuke.packs.schema import Pack
from liuke.privacy.catalogue import Kind
from liuke.standing.reasons import contract_words, signal_reason
from liuke.work import words

OF_OTHERS = {
    "at": gettext_lazy("时间"),
    "created_at": gettext_lazy("录入时间"),
    "updated_at": gettext_lazy("改动时间"),
    "deal": gettext_lazy("成交"),
    "task": gettext_lazy("任务"),
    "position": gettext_lazy("顺序"),
    "r": gettext_lazy("最近"),
    "f": gettext_lazy("次数"),
    "m": gettext_lazy("金额"),
    "kind": gettext_lazy("类别"),
    "before": gettext_lazy("原来"),
    "old_owner": gettext_lazy("原业务员"),
    "new_owner": gettext_lazy("新业务员"),
    "old_unit": gettext_lazy("原门店"),
    "new_unit": gettext_lazy("新门店"),
    "undone_at": gettext_lazy("撤销时间"),
    "customer": gettext_lazy("客户"),
    "person": gettext_lazy("本人的卡"),
    "old": gettext_lazy("原来"),
}
"""What columns are called that have no words of their own."""
_HAN = re.compile("[\u4e00-\u9fff]")

Value = str | int | float | None


Say = Callable[[Any, Pack], Value]


def _named(of: Callable[[Pack, str], Any], column: str) -> Say:
    def say(row: Any, with_pack: Pack) -> Value:
        key = getattr(row, column)
        try:
            return str(of(with_pack, key).name.zh)
        except KeyError:  # of another pack
            return str(key)

    return say


_PLAYBOOK, _SIGNAL = _named(Pack.playbook, "playbook"), _named(Pack.signal, "signal")
_LOADED = {"customer": "客户", "deal": "成交", "contract": "合约", "payment": "付款", "interaction": "接触", "asset": "持有物"}


def _known_label(row: Any, with_pack: Pack) -> Value:
    try:
        return field_label(row.field)
    except (LookupError, AssertionError, FieldDoesNotExist):
        return str(row.field)


SAY: dict[tuple[str, str], Say] = {
    ("customers.phone", "number"): lambda row, _pack: show_phone(row.number),
    ("customers.contact", "phone"): lambda row, _pack: show_phone(row.phone) if row.phone else "",
    ("customers.fieldchange", "field"): _known_label,
    ("customers.fieldchange", "old"): lambda row, _pack: changed_value(row.field, row.old, clear=True),
    ("customers.fieldchange", "new"): lambda row, _pack: changed_value(row.field, row.new, clear=True),
    ("verification.fieldcheck", "field"): _known_label,
    ("deals.contract", "kind"): lambda row, with_pack: contract_words(row.kind, with_pack),
    ("privacy.consent", "purpose"): _named(lambda with_pack, key: with_pack.privacy.purpose(key), "purpose"),
    ("work.task", "playbook"): _PLAYBOOK,
    ("work.task", "signal"): _SIGNAL,
    ("work.task", "reasons"): lambda row, with_pack: words.plain(words.reason(with_pack, row.reasons, row.created_for)),
    ("work.offerrequest", "playbook"): _PLAYBOOK,
    ("work.enrolment", "playbook"): _PLAYBOOK,
    ("work.enrolment", "signal"): _SIGNAL,
    ("standing.signal", "key"): _named(Pack.signal, "key"),
    ("standing.signal", "slots"): lambda row, with_pack: words.plain(signal_reason(row, with_pack)),
    ("exchange.loadrow", "kind"): lambda row, _pack: _LOADED.get(row.kind, row.kind),
}
"""Columns that hold a code or need a sentence, by model and name."""

SAID_ELSEWHERE = frozenset(
    (
        ("standing.signal", "first_slots"), ("privacy.personalrequest", "counts"), ("duplicates.duplicatepair", "reasons"),
        ("duplicates.duplicatepair", "decided_reasons"), ("duplicates.merge", "counts"), ("work.task", "follow_up"),
        ("work.result", "follow_up"),
        ("standing.standing", "stage_code"), ("standing.standing", "evidence_kind"), ("standing.standing", "tags"),
        ("standing.stagechange", "cause"),
    )
)  # fmt: skip
"""Codes and figures of the house whose meaning stands in another column or sheet."""


def said(kind: Kind, row: Any, field: models.Field[Any, Any], card: Customer, with_pack: Pack) -> Value:
    say = SAY.get((kind.label, field.name))
    return say(row, with_pack) if say else value(row, field, card)


def value(row: Any, field: models.Field[Any, Any], card: Customer) -> Value:
    """A column as a person reads it. Another person's card is not named: this file is about one."""
    if isinstance(field, models.ForeignKey):
        other = getattr(row, field.name)
        if isinstance(other, Customer) and other.pk != card.pk and other.kind == CardKind.PERSON:
            return _("另一位客户")
        return str(other) if other is not None else None
    value = getattr(row, field.attname)
    if value is None:
        return None
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    if field.name.endswith("_cents"):
        return str(Decimal(int(value)) / 100)
    return plain(value)


def plain(value: Any) -> Value:
    if isinstance(value, bool):
        return pgettext("回答", "是") if value else _("否")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str) if value else ""


def moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def heading(field: models.Field[Any, Any]) -> str:
    name = str(field.verbose_name)
    if not _HAN.search(name):
        name = str(OF_OTHERS.get(field.name, name))
    return f"{name}（元）" if field.name.endswith("_cents") else name
