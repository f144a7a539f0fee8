"""同意与偏好 in words: how a customer stands to each purpose, for the card's panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.privacy.labels import ASKED, Source
from liuke.privacy.queries import Standing, consents, erased_on
from liuke.segments.wording import language
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.words import monthday


@dataclass(frozen=True)
class Line:
    """One purpose on the card: its name, how the customer stands to it in a word (tone ""/bad/good) and in a sentence."""

    key: str
    name: str
    word: str
    tone: str
    said: str


@dataclass(frozen=True)
class Panel:
    """同意与偏好 on a card. `erased`: the day the person was taken out; then nothing can be recorded."""

    lines: tuple[Line, ...]
    sources: tuple[tuple[str, str], ...]
    today: date
    erased: date | None
    records: bool
    manages: bool


def panel(user: User, card: Customer) -> Panel:
    """What the card's panel shows. One query."""
    lines = tuple(_line(card, standing) for standing in consents(card))
    erased = erased_on(card)
    return Panel(lines, sources(), clock.today(), erased, may(user, "consent.record") and not erased, may(user, "privacy.manage"))


def sources() -> tuple[tuple[str, str], ...]:
    return tuple((source.value, str(source.label)) for source in ASKED)


def _line(card: Customer, standing: Standing) -> Line:
    purpose, word = standing.purpose, standing.word
    name = purpose.name(language())
    if card.do_not_contact:
        return Line(purpose.key, name, _("不要打扰"), "bad", _("客户请您不要打扰，都不找他"))
    if word is not None:
        said = _("%(day)s%(how)s说的") % {"day": monthday(word.on), "how": Source(word.source).label}
        if word.given and not standing.allowed:
            return Line(purpose.key, name, _("不同意"), "bad", _("他不要优惠和活动，这一项也算在内"))
        return Line(purpose.key, name, _("同意") if word.given else _("不同意"), "good" if word.given else "bad", said)
    if not standing.allowed and purpose.part_of:
        return Line(purpose.key, name, _("不同意"), "bad", _("他不要优惠和活动，这一项也算在内"))
    return Line(purpose.key, name, _("没问过"), "" if standing.allowed else "warn", purpose.basis(language()))
