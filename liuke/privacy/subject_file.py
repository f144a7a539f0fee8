"""A customer's own data as one file: a workbook with a sheet for each kind of thing on file about him, and the same as JSON."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.audit.actions import record
from liuke.audit.labels import VERBS
from liuke.audit.models import AuditEntry
from liuke.customers.fields import label as field_label
from liuke.customers.history import shown as changed_value
from liuke.customers.labels import Kind as CardKind
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.kernel.phone import show_phone
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean, neutralise
from liuke.packs.schema import Pack
from liuke.privacy.catalogue import KINDS, Kind
from liuke.privacy.labels import RequestKind
from liuke.privacy.models import PersonalRequest
from liuke.standing.queries import current_run, standings
from liuke.standing.reasons import contract_words, reasons, signal_reason
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import company, names_of, pack
from liuke.work import words

SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
EXCEL_CELL = 32_767
SHEET_NAME = 31
NOT_SHOWN = frozenset(("id", "pinyin", "search", "load_id", "version", "extra"))
"""Columns of a card that repeat others or number rows; `extra` is written out field by field."""
OF_OTHERS = {
    "at": gettext_lazy("时间"), "created_at": gettext_lazy("录入时间"), "updated_at": gettext_lazy("改动时间"), "deal": gettext_lazy("成交"), "task": gettext_lazy("任务"), "position": gettext_lazy("顺序"),
    "r": gettext_lazy("最近"), "f": gettext_lazy("次数"), "m": gettext_lazy("金额"), "kind": gettext_lazy("类别"), "before": gettext_lazy("原来"), "old_owner": gettext_lazy("原业务员"),
    "new_owner": gettext_lazy("新业务员"), "old_unit": gettext_lazy("原门店"), "new_unit": gettext_lazy("新门店"), "undone_at": gettext_lazy("撤销时间"), "customer": gettext_lazy("客户"),
    "person": gettext_lazy("本人的卡"), "old": gettext_lazy("原来"),
}  # fmt: skip
"""What columns are called that have no words of their own."""
_HAN = re.compile("[\u4e00-\u9fff]")

Value = str | int | float | None


@dataclass(frozen=True)
class Sheet:
    """One kind of thing: its name, the columns, and a row for each."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def subject_file(actor: User, customer_id: int, reason: str) -> bytes:
    """Everything on file about a customer as a zip of a workbook and JSON. `reason`: what it is made for; kept, and on the log.

    Refuses file.reason, permission; raises Customer.DoesNotExist for a card out of sight. Written down before it leaves.
    """
    require(actor, "privacy.manage")
    card = visible(actor, customer_id)
    why = clean(reason, 200)
    if len(why) < 2:
        raise Refused("file.reason", "请写给谁、做什么用，比如“本人到店要的”。")
    with transaction.atomic():
        asked = PersonalRequest.objects.create(kind=RequestKind.FILE, customer=card, reason=why, by=actor)
        with translation.override("zh-hans"):
            sheets = dossier(card)
        asked.counts = {sheet.name: len(sheet.rows) for sheet in sheets}
        asked.save(update_fields=["counts"])
        record(actor, "privacy.file", card, request=asked.pk, rows=sum(asked.counts.values()))
    house = company()
    told = {"公司": house.name if house else "", "客户编号": card.number, "做好的时间": _moment(timezone.now()), "谁做的": actor.name}
    return _packed(told, sheets)


def dossier(card: Customer) -> list[Sheet]:
    """All that is on file about a customer, whole, kind by kind; kinds with nothing in them are left out."""
    with_pack = pack()
    sheets = [_card(card, with_pack), _judgement(card, with_pack)]
    sheets += [_sheet(kind, card, with_pack) for kind in KINDS]
    sheets.append(_log(card))
    return [sheet for sheet in sheets if sheet.rows]


# ── what the sheets hold ──


def _card(card: Customer, with_pack: Pack) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for field in Customer._meta.concrete_fields:
        if field.name in NOT_SHOWN:
            continue
        value = show_phone(card.phone) if field.name == "phone" and card.phone else _value(card, field, card)
        if value not in ("", None):
            rows.append((_heading(field), value))
    names = {each.key: each.name.zh for each in with_pack.fields}
    rows += [(names.get(key, key), _plain(value)) for key, value in card.extra.items() if key != "erased"]
    return Sheet(_("客户卡"), (_("项目"), _("内容")), tuple(rows))


def _judgement(card: Customer, with_pack: Pack) -> Sheet:
    """What insight says of him, each with its sentence: stage, grade, attitude, type, probability of leaving and money."""
    run = current_run()
    row = standings(run).filter(customer=card).first() if run else None
    if row is None or run is None:
        return Sheet(_("洞察的判断"), (), ())
    named = {
        "stage": _("阶段"), "abc": _("等级"), "attitude": _("忠诚度"), "type": _("客户类型"), "risk": _("流失概率和金额"), "rfm": _("RFM 分"),
    }  # fmt: skip
    said = [(named.get(one.about, one.about), words.plain(one.text)) for one in reasons(row, run.as_of, with_pack)]
    return Sheet(_("洞察的判断"), (_("判断"), _("依据")), tuple(said))


def _sheet(kind: Kind, card: Customer, with_pack: Pack) -> Sheet:
    model = kind.model
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in kind.hidden and (field.name not in kind.via or len(kind.via) > 1)
        and (kind.label, field.name) not in SAID_ELSEWHERE
    ]  # fmt: skip
    keys = [field.name for field in fields if isinstance(field, models.ForeignKey)]
    found = kind.rows(card).select_related(*keys) if keys else kind.rows(card)
    rows = tuple(tuple(_said(kind, row, field, card, with_pack) for field in fields) for row in found.order_by("pk"))
    return Sheet(str(kind.heading), tuple(_heading(field) for field in fields), rows)


def _log(card: Customer) -> Sheet:
    """Who looked and who changed something, as the log has it."""
    entries = list(AuditEntry.objects.filter(kind=Customer._meta.label_lower, object=card.pk).order_by("seq"))
    people = names_of(entry.actor for entry in entries if entry.actor is not None)
    rows = []
    for entry in entries:
        who = people.get(entry.actor, "") if entry.actor is not None else _("系统")
        said = str(VERBS[entry.verb]) % {"who": who, "what": _("您")} if entry.verb in VERBS else entry.verb
        rows.append((_moment(entry.at), said))
    return Sheet(_("谁看过，谁改过"), (_("时间"), _("做了什么")), tuple(rows))


# ── values in words ──

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
        ("duplicates.duplicatepair", "decided_reasons"), ("duplicates.merge", "counts"), ("work.task", "follow_up"), ("work.result", "follow_up"),
        ("standing.standing", "stage_code"), ("standing.standing", "evidence_kind"), ("standing.standing", "tags"),
        ("standing.stagechange", "cause"),
    )
)  # fmt: skip
"""Codes and figures of the house whose meaning stands in another column or sheet."""


def _said(kind: Kind, row: Any, field: models.Field[Any, Any], card: Customer, with_pack: Pack) -> Value:
    say = SAY.get((kind.label, field.name))
    return say(row, with_pack) if say else _value(row, field, card)


def _value(row: Any, field: models.Field[Any, Any], card: Customer) -> Value:
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
    return _plain(value)


def _plain(value: Any) -> Value:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str) if value else ""


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _heading(field: models.Field[Any, Any]) -> str:
    name = str(field.verbose_name)
    if not _HAN.search(name):
        name = str(OF_OTHERS.get(field.name, name))
    return f"{name}（元）" if field.name.endswith("_cents") else name


# ── the file ──


def _packed(told: dict[str, str], sheets: Iterable[Sheet]) -> bytes:
    out = io.BytesIO()
    every = list(sheets)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("个人信息.xlsx", _workbook(told, every))
        body = {"说明": told} | {sheet.name: [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows] for sheet in every}
        packed.writestr("个人信息.json", json.dumps(body, ensure_ascii=False, indent=1))
    return out.getvalue()


def _workbook(told: dict[str, str], sheets: list[Sheet]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, SAFE)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    first = Sheet("说明", ("项目", "内容"), (*told.items(), ("提醒", "里面是一个人的全部资料，只交给本人。")))
    for sheet in (first, *sheets):
        page = book.add_worksheet(sheet.name[:SHEET_NAME])
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(sheet.columns) - 1, 0), 18)
        for at, name in enumerate(sheet.columns):
            page.write_string(0, at, name, bold)
        for line, row in enumerate(sheet.rows, start=1):
            for at, value in enumerate(row):
                if isinstance(value, int | float):
                    page.write_number(line, at, value)
                elif value:
                    page.write_string(line, at, neutralise(value)[:EXCEL_CELL], wrapped)
    book.close()
    return out.getvalue()
