"""Words of the customer pages."""

from __future__ import annotations

from django.utils.translation import gettext as _

from liuke.customers.fields import birthday_of
from liuke.customers.labels import Channel
from liuke.customers.models import Customer
from liuke.kernel.birthday import Birthday
from liuke.kernel.money import format_cents
from liuke.segments.card import Card
from liuke.web.words import NOTHING


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


def person(it: Card) -> list[tuple[str, str]]:
    """Labels and values of what is known of the person or the organisation, as the reader may see it; nothing empty."""
    card = it.card
    birthday = birthday_of(card)
    pairs = [
        (_("生日"), birthday_words(birthday) if birthday else ""),
        (_("家人"), card.family),
        (_("爱好"), card.hobbies),
        (_("性格"), card.personality),
        (_("联系"), _contact(card)),
        (_("忌讳"), card.avoid),
        (_("工作"), card.occupation),
        (_("收入"), card.income_band),
        (_("教育"), card.education),
        (_("住址"), it.details.address),
        (_("行业"), card.industry),
        (_("规模"), card.size),
        (_("地区"), card.region),
        (_("信用代码"), card.credit_code),
        (_("备注"), card.remarks),
    ]
    return [(label, value) for label, value in pairs if value]


def _contact(card: Customer) -> str:
    channel = str(dict(Channel.choices).get(card.channel, ""))
    most = _("每月不超过 %(n)s 次") % {"n": card.monthly_contacts} if card.monthly_contacts is not None else ""
    return _("，").join(word for word in (channel, card.best_time, most) if word)


def birthday_words(birthday: Birthday) -> str:
    """8月15日, 1985年8月15日, 农历9月23日; what is not known is left out."""
    parts = []
    if birthday.year:
        parts.append(_("%(year)s年") % {"year": birthday.year})
    if birthday.month:
        leap = _("闰") if birthday.leap else ""
        parts.append(leap + _("%(month)s月") % {"month": birthday.month})
    if birthday.day:
        parts.append(_("%(day)s日") % {"day": birthday.day})
    text = "".join(parts)
    return _("农历%(day)s") % {"day": text} if birthday.lunar else text


SHARED = {"yuan": yuan, "called": called}
