"""What two cards have in common, and their fields side by side, as words of a page. Personal values are masked here, whoever reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from liuke.custody.queries import masked_phone, masked_text
from liuke.customers.fields import CHOICES
from liuke.customers.models import Customer
from liuke.duplicates.fields import AWAY, BOTH, KEEP, Line
from liuke.duplicates.labels import REASONS
from liuke.duplicates.rules import AGAINST, FOR
from liuke.kernel.masks import mask_address, mask_wechat
from liuke.web.customers.words import birthday_words
from liuke.web.visuals import tier_word
from liuke.web.words import NOTHING

_ORDER = {code: place for place, code in enumerate([*FOR, *AGAINST])}


def reason_words(codes: Iterable[str]) -> str:
    """同一个手机号，名字读音一样；但生日不同. The strongest first, what speaks against it behind."""
    known = sorted((code for code in codes if code in _ORDER), key=_ORDER.__getitem__)
    good = _("，").join(str(REASONS[code]) for code in known if code in FOR)
    bad = _("，").join(str(REASONS[code]) for code in known if code in AGAINST)
    return _("%(good)s，但%(bad)s") % {"good": good, "bad": bad} if bad else good


@dataclass(frozen=True)
class Row:
    """One field on the page of a merge. `options`: (choice, words) where somebody has to choose."""

    field: str
    label: str
    keep: str
    away: str
    state: str
    options: tuple[tuple[str, str], ...]
    chosen: str


def rows(lines: Iterable[Line], keep: Customer, away: Customer, chosen: dict[str, str]) -> list[Row]:
    """The fields of two cards, those that contradict first."""
    made = [_row(line, keep, away, chosen) for line in lines]
    return sorted(made, key=lambda row: ("differ", "away", "keep", "same").index(row.state))


def _row(line: Line, keep: Customer, away: Customer, chosen: dict[str, str]) -> Row:
    ours, theirs = shown(line.field, line.keep, keep), shown(line.field, line.away, away)
    options: tuple[tuple[str, str], ...] = ()
    if line.state == "differ":
        if ours == theirs:  # covered they look the same; that they are not has to be seen
            theirs = _("%(value)s，和左边不一样，借卡看全") % {"value": theirs}
        options = ((KEEP, ours), (AWAY, theirs), *(((BOTH, _("两边都留")),) if line.may_be_both else ()))
    return Row(line.field, line.label, ours, theirs, line.state, options, chosen.get(line.field, line.chosen))


def shown(field: str, value: Any, card: Customer) -> str:
    """A value of a field as it may be shown."""
    if value in (None, "", False):
        return NOTHING
    if value is True:
        return pgettext("回答", "是")
    if field == "birthday":
        return birthday_words(value)
    if field == "tier":
        return str(tier_word(value))
    if field == "phone":
        return masked_phone(value)
    if field == "wechat":
        return mask_wechat(value)
    if field == "address":
        return mask_address(value)
    if field in CHOICES:
        return str(dict(CHOICES[field].choices).get(value, value))
    if field in ("unit", "owner", "parent"):
        return str(getattr(card, field))
    return masked_text(str(value))
