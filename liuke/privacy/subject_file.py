"""A customer's own data as one file: a workbook with a sheet for each kind of thing on file about him, and the same as JSON."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

import xlsxwriter
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from liuke.audit.actions import record
from liuke.audit.labels import VERBS
from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.kernel.phone import show_phone
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean, neutralise
from liuke.packs.schema import Pack
from liuke.privacy.catalogue import KINDS, Kind
from liuke.privacy.labels import RequestKind
from liuke.privacy.models import PersonalRequest
from liuke.privacy.subject_words import SAID_ELSEWHERE, Value, heading, moment, plain, said, value
from liuke.standing.queries import current_run, standings
from liuke.standing.reasons import reasons
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import company, names_of, pack
from liuke.work import words

SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
EXCEL_CELL = 32_767
SHEET_NAME = 31
NOT_SHOWN = frozenset(("id", "pinyin", "search", "load_id", "version", "extra"))
"""Columns of a card that repeat others or number rows; `extra` is written out field by field."""


@dataclass(frozen=True)
class Sheet:
    """One kind of thing: its name, the columns, and a row for each."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def subject_file(actor: User, customer_id: int, reason: str) -> bytes:
    """Everything on file about a customer as a zip of a workbook and JSON. `reason`: what it is made for; kept, and on the log.

    Refuses file.reason, customer.erased, permission; raises Customer.DoesNotExist for a card out of sight. Written down before it leaves.
    """
    require(actor, "privacy.manage")
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
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
    told = {"公司": house.name if house else "", "客户编号": card.number, "做好的时间": moment(timezone.now()), "谁做的": actor.name}
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
        told = show_phone(card.phone) if field.name == "phone" and card.phone else value(card, field, card)
        if told not in ("", None):
            rows.append((heading(field), told))
    names = {each.key: each.name.zh for each in with_pack.fields}
    rows += [(names.get(key, key), plain(told)) for key, told in card.extra.items() if key != "erased"]
    return Sheet(_("客户卡"), (_("项目"), _("内容")), tuple(rows))


def _judgement(card: Customer, with_pack: Pack) -> Sheet:
    """What insight says of him, each with its sentence: stage, grade, attitude, type, probability of leaving and money."""
    run = current_run()
    row = standings(run).filter(customer=card).first() if run else None
    if row is None or run is None:
        return Sheet(_("洞察的判断"), (), ())
    named = {
        "stage": _("阶段"), "abc": _("等级"), "attitude": _("忠诚度"), "type": _("客户类型"), "risk": _("流失概率和金额"),
        "rfm": _("RFM 分"),
    }  # fmt: skip
    judged = [(named.get(one.about, one.about), words.plain(one.text)) for one in reasons(row, run.as_of, with_pack)]
    return Sheet(_("洞察的判断"), (_("判断"), _("依据")), tuple(judged))


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
    rows = tuple(tuple(said(kind, row, field, card, with_pack) for field in fields) for row in found.order_by("pk"))
    return Sheet(str(kind.heading), tuple(heading(field) for field in fields), rows)


def _log(card: Customer) -> Sheet:
    """Who looked and who changed something, as the log has it."""
    entries = list(AuditEntry.objects.filter(kind=Customer._meta.label_lower, object=card.pk).order_by("seq"))
    people = names_of(entry.actor for entry in entries if entry.actor is not None)
    rows = []
    for entry in entries:
        who = people.get(entry.actor, "") if entry.actor is not None else _("系统")
        done = str(VERBS[entry.verb]) % {"who": who, "what": _("您")} if entry.verb in VERBS else entry.verb
        rows.append((moment(entry.at), done))
    return Sheet(_("谁看过，谁改过"), (_("时间"), _("做了什么")), tuple(rows))


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
            for at, cell in enumerate(row):
                if isinstance(cell, int | float):
                    page.write_number(line, at, cell)
                elif cell:
                    page.write_string(line, at, neutralise(cell)[:EXCEL_CELL], wrapped)
    book.close()
    return out.getvalue()
