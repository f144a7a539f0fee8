"""Everything that happened to a customer, in one line of time. A constant number of queries, whatever the card has behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, masked_many
from liuke.customers.fields import CHOICES, EXTRA, FLAGS, SEALED, TEXTS, label
from liuke.customers.labels import VALUED_EVENTS, EventKind
from liuke.customers.models import Customer, Event, FieldChange
from liuke.customers.rules import contact_words
from liuke.deals.labels import DealKind
from liuke.deals.models import Contract, Deal
from liuke.interactions.labels import Direction, Outcome, Way, outcome_word
from liuke.interactions.models import Interaction
from liuke.kernel.masks import mask_address, mask_wechat
from liuke.kernel.money import format_cents
from liuke.packs.schema import Pack
from liuke.segments.wording import contract_name
from liuke.standing.labels import Stage
from liuke.standing.models import Signal, StageChange
from liuke.standing.reasons import signal_reason

PAGE = 20
MAX_PAGE = 50
KINDS = ("deals", "contacts", "events", "stages", "contracts", "changes")
BAD_EVENTS = frozenset((EventKind.SEVERE_COMPLAINT_OPENED, EventKind.TOLD_LEAVING, EventKind.MEMBERSHIP_CANCELLED))
LOW, FINE, DETRACTOR = 2, 4, 6


@dataclass(frozen=True)
class Item:
    """One thing that happened. `text` is a template (facts heavier by **two stars**), `slots` fill it, escaped by the page.

    tone: "", key, money or sore. `order` breaks ties within a day. `by`: "" is the system.
    """

    on: date
    order: float
    icon: str
    tone: str
    text: str
    slots: dict[str, str]
    sub: str
    by: str


@dataclass(frozen=True)
class Timeline:
    """One page of it, newest first; `counts` of every kind, whatever is shown."""

    items: tuple[Item, ...]
    counts: dict[str, int]
    kind: str
    page: int
    more: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def timeline(
    card: Customer, pack: Pack, kind: str = "", page: int = 1, size: int = PAGE, counted: bool = True, clear: bool = False
) -> Timeline:
    """Page `page` (from 1) of what happened to a card the reader may see; of one kind when given, else of all.

    `clear`: the reader has the card out; else the numbers in free text are covered.
    kind: "" or one of KINDS. Each kind is read in its own order up to the page's end, then the kinds are merged by day.
    """
    sources, told = _sources(card), as_told(clear)
    chosen = KINDS if kind not in KINDS else (kind,)
    end = min(page, MAX_PAGE) * size
    items: list[Item] = []
    for name in chosen:
        for rows, item in sources[name]:
            items.extend(item(row, pack, told) for row in rows[: end + 1])
    items.sort(key=lambda one: (one.on, one.order), reverse=True)
    counts = {name: sum(rows.count() for rows, _item in sources[name]) for name in KINDS} if counted else {}
    return Timeline(tuple(items[end - size : end]), counts, kind if kind in KINDS else "", page, len(items) > end and page < MAX_PAGE)


_Told = Callable[[str], str]
"""How free text of this card is shown to this reader."""
_Source = tuple[QuerySet[Any], Callable[[Any, Pack, _Told], Item]]


def _sources(card: Customer) -> dict[str, tuple[_Source, ...]]:
    return {
        "deals": ((Deal.objects.filter(customer=card).select_related("staff", "unit").order_by("-on", "-pk"), _deal),),
        "contacts": (
            (Interaction.objects.filter(customer=card, undone_at__isnull=True).select_related("by").order_by("-at", "-pk"), _contact),
        ),
        "events": ((Event.objects.filter(customer=card).select_related("by").order_by("-on", "-pk"), _event),),
        "stages": (
            (StageChange.objects.filter(customer=card).exclude(old="").order_by("-on", "-pk"), _stage),
            (Signal.objects.filter(customer=card).order_by("-started_on", "-pk"), _signal),
        ),
        "contracts": ((Contract.objects.filter(customer=card).select_related("staff", "asset").order_by("-starts_on", "-pk"), _contract),),
        "changes": ((FieldChange.objects.filter(customer=card).select_related("by").order_by("-at", "-pk"), _change),),
    }


def _deal(row: Deal, pack: Pack, told: _Told) -> Item:
    refund = row.kind == DealKind.REFUND
    slots = {"amount": format_cents(abs(row.amount_cents)), "content": told(row.content)}
    if refund:
        text = _("退款 **%(amount)s**：%(content)s") if row.content else _("退款 **%(amount)s**")
    elif row.amount_cents == 0:
        text = _("来过，没收费：%(content)s") if row.content else _("来过，没收费")
    else:
        text = _("成交 **%(amount)s**：%(content)s") if row.content else _("成交 **%(amount)s**")
    sub = _("单号 %(number)s") % {"number": row.number} if row.number else ""
    icon, tone = ("receipt-refund", "") if refund else ("receipt", "money")
    return Item(row.on, _second(row.created_at), icon, tone, text, slots, sub, _who(row.staff))


CONTACT_ICONS = {
    Way.PHONE: "phone", Way.WECHAT: "brand-wechat", Way.SMS: "device-mobile", Way.EMAIL: "mail", Way.LETTER: "mail",
    Way.VISIT: "map-pin", Way.IN_STORE: "building-store", Way.EVENT: "confetti",
    Way.MEETING: "users", Way.HOTLINE: "phone-incoming",
}  # fmt: skip


def _contact(row: Interaction, pack: Pack, told: _Told) -> Item:
    way = str(Way(row.way).label) if row.way in Way.values else row.way
    icon = CONTACT_ICONS.get(Way(row.way), "message") if row.way in Way.values else "message"
    if row.way == Way.PHONE:
        icon = "phone-x" if row.outcome == Outcome.NOT_REACHED else "phone-incoming" if row.direction == Direction.IN else "phone"
    slots = {"way": way, "outcome": outcome_word(row.outcome, row.way)}
    if row.direction == Direction.IN:
        text = _("客户找来，%(way)s")
    else:
        text = _("%(way)s，%(outcome)s") if row.outcome else "%(way)s"
    return Item(timezone.localtime(row.at).date(), _second(row.at), icon, "", text, slots, told(row.summary), _who(row.by))


def _event(row: Event, pack: Pack, told: _Told) -> Item:
    kind = EventKind(row.kind) if row.kind in EventKind.values else None
    tone, icon = "", "flag"
    text, slots = "%(what)s", {"what": str(kind.label) if kind else row.kind}
    if kind in VALUED_EVENTS and row.value is not None:
        low = row.value <= (LOW if kind == EventKind.SATISFACTION else DETRACTOR)
        tone, icon = ("sore", "mood-sad") if low else ("", "mood-happy" if row.value >= FINE else "mood-neutral")
        what = _("满意度") if kind == EventKind.SATISFACTION else _("愿意推荐")
        text, slots = _("%(what)s **%(n)s 分**"), {"what": what, "n": str(row.value)}
    elif kind in BAD_EVENTS:
        tone, icon = "sore", "alert-triangle"
    said = _("“%(words)s”") % {"words": told(row.note)} if row.note else ""
    return Item(row.on, _second(row.at), icon, tone, text, slots, said, _who(row.by))


def _stage(row: StageChange, pack: Pack, told: _Told) -> Item:
    slots = {"old": _stage_word(row.old), "new": _stage_word(row.new)}
    return Item(row.on, 0, "moon", "key" if row.new in "DE" else "", _("阶段 **%(old)s → %(new)s**"), slots, "", "")


def _stage_word(code: str) -> str:
    return str(Stage(code).label) if code in Stage.values else code


def _signal(row: Signal, pack: Pack, told: _Told) -> Item:
    ended = _("%(day)s起不再成立") % {"day": dateformat.format(row.ended_on, _("n月j日"))} if row.ended_on else ""
    tone = "key" if row.family == "churn" and row.ended_on is None else ""
    return Item(row.started_on, 1, "bolt", tone, _("信号：%(reason)s"), {"reason": signal_reason(row, pack, at_start=True)}, ended, "")


def _contract(row: Contract, pack: Pack, told: _Told) -> Item:
    slots = {"name": contract_name(row, pack), "until": dateformat.format(row.ends_on, _("Y年n月j日"))}
    parts = [format_cents(row.amount_cents)] if row.amount_cents else []
    if row.times_total:
        parts.append(_("共 %(n)s 次") % {"n": row.times_total})
    return Item(row.starts_on, 0, "file-text", "", _("%(name)s，到 %(until)s"), slots, _("，").join(parts), _who(row.staff))


def _change(row: FieldChange, pack: Pack, told: _Told) -> Item:
    old, new = (_shown(row.field, value, told) for value in (row.old, row.new))
    slots = {"field": label(row.field), "old": old, "new": new}
    if row.field in FLAGS:
        text = _("改了%(field)s：标上") if row.new else _("改了%(field)s：去掉")
    elif old and new:
        text = _("改了%(field)s：%(old)s → %(new)s") if old != new else _("改了%(field)s：%(new)s")
    else:
        text = _("补了%(field)s：%(new)s") if new else _("去掉了%(field)s：%(old)s")
    return Item(timezone.localtime(row.at).date(), _second(row.at), "edit", "", text, slots, "", _who(row.by))


def _shown(field: str, value: str, told: _Told) -> str:
    """What the history may show of an old value: as masked as the card itself."""
    if not value:
        return ""
    if field == "contact":
        return told(contact_words(value))
    if field == "phone":
        return "、".join(masked_many(value.split("、")))
    if field in SEALED:
        return mask_wechat(value) if field == "wechat" else mask_address(value)
    if field in CHOICES:
        choices: dict[str, object] = dict(CHOICES[field].choices)
        return str(choices.get(value, value))
    if field in TEXTS or field.startswith(EXTRA):
        value = told(value)
    return value if len(value) <= 60 else value[:59] + "…"


def _who(user: Any) -> str:
    return str(user) if user is not None else ""


def _second(at: datetime) -> float:
    return at.timestamp()
