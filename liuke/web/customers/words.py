"""Words of the customer pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils import dateformat
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told
from liuke.customers.fields import birthday_of
from liuke.customers.labels import Channel
from liuke.customers.models import Customer
from liuke.kernel import lunar
from liuke.kernel.birthday import Birthday
from liuke.kernel.money import format_cents
from liuke.segments.card import Card
from liuke.standing.reasons import percent_of
from liuke.web.words import NOTHING

LEAP_YEAR = 2000
"""Stands for a year not known, so that 29 February can be written."""


def yuan(cents: int | None) -> str:
    """An amount of a table, in whole yuan (half up): ¥1,286,400; — when there is none."""
    if cents is None:
        return NOTHING
    sign = -1 if cents < 0 else 1
    return format_cents(sign * ((abs(int(cents)) + 50) // 100) * 100)


def called(card: Customer, age: int | None) -> str:
    """先生，41 岁; 企业; "" when neither is known."""
    if card.kind == "organisation":
        return _("企业")
    title = {"male": _("先生"), "female": _("女士")}.get(card.gender, "")
    years = _("%(n)s 岁") % {"n": age} if age is not None else ""
    return _("，").join(word for word in (title, years) if word)


def person(it: Card) -> list[tuple[tuple[str, ...], str, str]]:
    """(fields, label, value) of what is known of the person or the organisation, as the reader may see it; nothing empty."""
    card, told = it.card, as_told(it.details.clear)
    birthday = birthday_of(card)
    rows: list[tuple[tuple[str, ...], str, str]] = [
        (("birthday",), _("生日"), birthday_words(birthday) if birthday else ""),
        (("family",), _("家人"), told(card.family)),
        (("hobbies",), _("爱好"), told(card.hobbies)),
        (("personality",), _("性格"), told(card.personality)),
        (("channel", "best_time"), _("联系"), _contact(card, told)),
        (("avoid",), _("忌讳"), told(card.avoid)),
        (("occupation",), _("工作"), told(card.occupation)),
        (("income_band",), _("收入"), told(card.income_band)),
        (("education",), _("教育"), told(card.education)),
        (("address",), _("住址"), it.details.address),
        (("industry",), _("行业"), told(card.industry)),
        (("size",), _("规模"), told(card.size)),
        (("region",), _("地区"), told(card.region)),
        (("credit_code",), _("信用代码"), card.credit_code),
        (("remarks",), _("备注"), told(card.remarks)),
    ]
    return [row for row in rows if row[2]]


def _contact(card: Customer, told: Callable[[str], str]) -> str:
    channel = str(dict(Channel.choices).get(card.channel, ""))
    most = _("每月不超过 %(n)s 次") % {"n": card.monthly_contacts} if card.monthly_contacts is not None else ""
    return _("，").join(word for word in (channel, told(card.best_time), most) if word)


def birthday_words(birthday: Birthday) -> str:
    """8月15日, 1985年8月15日, 农历九月廿三; what is not known is left out."""
    if not birthday.lunar:
        year, month, day = birthday.year, birthday.month, birthday.day
        if day:
            written = _("Y年n月j日") if year else _("n月j日")
        elif month:
            written = _("Y年n月") if year else _("n月")
        elif year:
            written = _("Y年")
        else:
            return ""
        return dateformat.format(date(year or LEAP_YEAR, month or 1, day or 1), written)
    if (get_language() or "zh").startswith("zh"):
        return _lunar(birthday)
    leap = _("闰%(month)s月") if birthday.leap else _("%(month)s月")
    slots = {
        "year": _("%(year)s年") % {"year": birthday.year} if birthday.year else "",
        "month": leap % {"month": birthday.month} if birthday.month else "",
        "day": _("%(day)s日") % {"day": birthday.day} if birthday.day else "",
    }
    return (_("农历%(year)s%(month)s%(day)s") % slots).strip()


def _lunar(birthday: Birthday) -> str:
    """农历九月廿三, 农历1985年闰六月初八."""
    year = f"{birthday.year}年" if birthday.year else ""
    month = f"{'闰' if birthday.leap else ''}{lunar.MONTH_WORDS[birthday.month - 1]}月" if birthday.month else ""
    return f"农历{year}{month}{lunar.DAY_WORDS[birthday.day - 1] if birthday.day else ''}"


SHARED = {"as_told": as_told, "yuan": yuan, "called": called, "percent_of": percent_of}
