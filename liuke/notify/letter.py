"""The letter of the week: the cockpit's figures in words, to who leads, by mail or to his group. Sums only, no customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from liuke.kernel.money import format_cents
from liuke.notify.labels import DeliveryKind
from liuke.notify.models import Channel, Delivery
from liuke.notify.wishes import LETTERS, wishes
from liuke.standing.flow import OVERDUE, Flow, flow
from liuke.standing.models import Run
from liuke.standing.queries import current_run
from liuke.standing.reasons import spoken_day
from liuke.team.models import Unit, User

Said = tuple[str, list[str]]


def letters(week: date, mail: Channel | None, groups: Sequence[Channel]) -> list[Delivery]:
    """The letters of the week that begins on this Monday and are not written yet. Figures are read once for each place."""
    start = f"letter:{week}:"
    there = set(Delivery.objects.filter(key__startswith=start).values_list("key", flat=True))
    leaders = list(User.objects.filter(is_active=True, role__in=LETTERS).select_related("unit", "scope").order_by("pk"))
    wanted = wishes(leaders) if mail is not None else {}
    to = [user for user in leaders if user.pk in wanted and wanted[user.pk].letter and f"{start}u{user.pk}" not in there]
    waiting = [group for group in groups if f"{start}c{group.pk}" not in there]
    run = current_run() if to or waiting else None
    if run is None:
        return []
    said: dict[str, Said | None] = {}
    root = Unit.objects.filter(parent=None).order_by("pk").first() if waiting else None
    found: list[tuple[Channel | None, User | None, str, Said | None]]
    found = [(mail, user, f"{start}u{user.pk}", _said(said, user.scope_unit, leaders, run)) for user in to]
    found += [(group, None, f"{start}c{group.pk}", _said(said, group.unit or root, leaders, run)) for group in waiting]
    return [
        Delivery(channel=way, user=user, kind=DeliveryKind.LETTER, key=key, title=words[0], lines=words[1], link="/cockpit/")
        for way, user, key, words in found
        if words
    ]


def _said(kept: dict[str, Said | None], place: Unit | None, leaders: Sequence[User], run: Run) -> Said | None:
    """Title and lines about a place, as somebody sees it who leads there; None where nobody does."""
    path = (place.path or "") if place else ""
    if place is None or not path:
        return None
    if path not in kept:
        eyes = next((user for user in leaders if user.scope_unit and path.startswith(user.scope_unit.path or "-")), None)
        kept[path] = (_("留客：%(place)s这一周") % {"place": place.name}, in_words(flow(eyes, run, path))) if eyes else None
    return kept[path]


def in_words(books: Flow) -> list[str]:
    """The month so far, a sentence a line."""
    day = spoken_day(books.as_of, books.as_of)
    lines = [
        _("截至 %(day)s，名下 %(n)s 位客户，这个月来过 %(m)s 位。") % {"day": day, "n": f"{books.kept_now:,}", "m": f"{books.active:,}"},
        _("该来没来的 %(n)s 位，涉及 %(money)s。")
        % {"n": f"{books.count(outcome=OVERDUE):,}", "money": format_cents(books.at_risk(outcome=OVERDUE), "short")},
        _("这个月流失 %(lost)s 位，回来 %(back)s 位，新客户 %(new)s 位。")
        % {"lost": f"{books.lost:,}", "back": f"{books.returned:,}", "new": f"{books.new:,}"},
    ]
    risk = books.at_risk()
    if books.at_risk_before_cents is None:
        return [*lines, _("风险金额 %(money)s。") % {"money": format_cents(risk, "short")}]
    change = risk - books.at_risk_before_cents
    words = _("风险金额 %(money)s，比上月底多 %(change)s。") if change >= 0 else _("风险金额 %(money)s，比上月底少 %(change)s。")
    return [*lines, words % {"money": format_cents(risk, "short"), "change": format_cents(abs(change), "short")}]
