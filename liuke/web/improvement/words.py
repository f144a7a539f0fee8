"""Words of the pages of improvement: a figure with what it counts, and what the check says in one sentence."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.improvement.labels import Kind, Moment, Source
from liuke.improvement.measures import find, name
from liuke.improvement.models import Cycle, CycleFigure
from liuke.improvement.queries import Shown
from liuke.improvement.rules import reached
from liuke.kernel.refusal import Refused
from liuke.satisfaction.models import Wave
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.web.words import thousands

FEW = 30
"""Of fewer a share is not told without its counts."""


def measure_words(key: str) -> str:
    """What a cycle is judged by; a measure that is gone is called by its name."""
    try:
        return name(find(key))
    except Refused:
        return key


def number(value: float, kind: str) -> str:
    """12 件, 4.2 分, 83.1%: with as many decimals as the kind carries."""
    if kind == Kind.COUNT:
        return _("%(n)s 件") % {"n": thousands(round(value))}
    if kind == Kind.PERCENT:
        return f"{_short(value, 1)}%"
    return _("%(n)s 分") % {"n": _short(value, 2)}


def _short(value: float, places: int) -> str:
    """90, 83.1, −0.35: no zeros at the end, a minus that is one."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".").replace("-", "−")


def figure(found: CycleFigure | None, kind: str) -> str:
    """The figure as it may be told: a share of few with both its counts, nothing counted as a dash."""
    if found is None or found.value is None:
        return "—"
    told = number(found.value, kind)
    if kind == Kind.PERCENT and found.of is not None and found.of < FEW:
        return _("%(share)s（%(counts)s）") % {"share": told, "counts": f"{found.n} ÷ {found.of}"}
    return told


def counted(found: CycleFigure) -> str:
    """From how many the figure comes, and its error."""
    told = f"{thousands(found.n)} ÷ {thousands(found.of)}" if found.of is not None and found.of >= FEW else ""
    if found.margin is not None and found.value is not None:
        margin = _("误差 ±%(n)s") % {"n": f"{found.margin:.1f}" if found.margin >= 1 else f"{found.margin:.2f}"}
        return _("，").join(each for each in (told, margin) if each)
    return told


def target(row: Cycle) -> str:
    """To at most 3 件, or at least 90%."""
    said = number(float(row.target), row.kind)
    return _("降到%(n)s") % {"n": said} if row.better == "lower" else _("升到%(n)s") % {"n": said}


def missed(row: Cycle, now: CycleFigure | None) -> bool:
    """Whether the check of this turn showed that the target was not reached."""
    return now is not None and now.value is not None and not reached(now.value, float(row.target), row.better)


def behind(row: Cycle, found: CycleFigure, user: User) -> str:
    """The address of the list that a figure is the length of; "" where there is none."""
    family, _dot, part = row.measure.rpartition(".")
    if row.measure.startswith("churn.") and found.value is not None and may(user, "churn.read"):
        asked = {"what": "lost", "from": f"{found.first}", "to": f"{found.last}", "unit": f"{row.unit_id}"}
        return f"{reverse('churn_names')}?{urlencode(asked | ({'reason': part} if family == 'churn.reason' else {}))}"
    of_wave = row.source == Source.SATISFACTION and row.source_id and found.moment == Moment.BEFORE and not row.turn
    if of_wave and may(user, "survey.read") and Wave.objects.visible_to(user).filter(pk=row.source_id or 0).exists():
        return reverse("wave", args=[row.source_id])
    return ""


def verdict(shown: Shown) -> str:
    """What the check found, in one sentence; "" before it."""
    row, was, now = shown.row, shown.before, shown.after
    if now is None:
        return ""
    slots = {"what": measure_words(row.measure), "was": figure(was, row.kind), "now": figure(now, row.kind), "target": target(row)}
    if now.value is None:
        return _("%(what)s这些天没有可数的，看不出来。") % slots
    return {
        "reached": _("到了：%(what)s从 %(was)s 到 %(now)s，目标%(target)s。"),
        "better": _("没到目标，好了些：%(what)s从 %(was)s 到 %(now)s，目标%(target)s。"),
        "same": _("没到目标，看不出变化：%(what)s从 %(was)s 到 %(now)s，目标%(target)s，差别在误差内。"),
        "worse": _("没到目标，更差了：%(what)s从 %(was)s 到 %(now)s，目标%(target)s。"),
        "": _("%(what)s现在 %(now)s，改之前没有可比的数。"),
    }[shown.verdict] % slots


def title(counts: dict[str, int]) -> str:
    if not counts["open"]:
        return _("没有在做的改进")
    slots = {"n": counts["open"], "late": counts["late"], "check": counts["check"]}
    if counts["late"]:
        return _("%(n)s 项在改进，%(late)s 项过了日子") % slots
    if counts["check"]:
        return _("%(n)s 项在改进，%(check)s 项在看效果") % slots
    return _("%(n)s 项在改进") % slots


def late(row: Cycle, today: date) -> bool:
    return row.is_open and row.due_on < today
