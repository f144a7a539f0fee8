"""The loop of asking and mending as a check list, for one wave, each step with the way there.

Source: ISO 10004, its steps in our own words.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from liuke.satisfaction.drawing import sample_size
from liuke.satisfaction.models import Wave
from liuke.satisfaction.results import Results
from liuke.web.words import thousands


@dataclass(frozen=True)
class Step:
    """`evidence` that it is done, or what is missing; `act` leads to `where` ("" where this page is it)."""

    done: bool
    words: str
    evidence: str = ""
    act: str = ""
    where: str = ""


@dataclass(frozen=True)
class Loop:
    """What a wave's answers led to: follow-ups `open`, `done` and `stopped`, low answers that get theirs `soon` or got `none`, and the
    addresses of the `cycles` of improvement begun from it; `begin`: where one begins ("" for who may not).
    """

    open: int
    done: int
    stopped: int
    soon: int
    none: int
    cycles: tuple[str, ...]
    begin: str


def steps(row: Wave, found: Results, loop: Loop, least: int, running: bool) -> list[Step]:
    """In order."""
    form = row.version.form
    rated = [each for each in form.questions if each.indicator]
    survey, people = reverse("survey", args=[row.version.survey_id]), reverse("wave_people", args=[row.pk])
    answers = reverse("wave_answers", args=[row.pk])
    coded = row.drawn == "open"
    wished = wished_of(row, found.asked)
    return [
        Step(
            bool(rated), _("知道客户期望什么"),
            _("%(n)s 题各有指标") % {"n": len(rated)} if rated else _("没有一题写明指标"), _("问卷"), survey,
        ),
        Step(bool(form.weighted) or any(each.kind == "nps" for each in form.questions), _("定下量什么、怎么算"), "", _("权重"), survey),
        Step(
            bool(found.asked) or coded, _("问对人，抽得到"),
            _("请了 %(n)s 位") % {"n": thousands(found.asked)} if found.asked else "",
            _("店里的码") if coded else _("名单"), reverse("wave_codes", args=[row.pk]) if coded else people,
        ),
        Step(
            found.n > 0 and (not running or 0 < wished <= found.n), _("收回来"), _came(found.n, wished if running else 0),
            *((_("去提醒"), f"{people}?show=remind") if running and not coded else ()),
        ),
        Step(
            found.n >= least, _("看明白"), "" if found.n >= least else _("满 %(n)s 份才算比例") % {"n": least},
            *((_("答卷"), answers) if found.n else ()),
        ),
        Step(
            found.n > 0 and not loop.open and (loop.done > 0 or not found.low), _("告诉该知道的人，低分有人跟"),
            _("还有 %(n)s 件要跟") % {"n": loop.open} if loop.open else "",
            *((_("低分"), f"{answers}?low=1") if found.low else ()),
        ),
        Step(
            bool(loop.cycles), _("改，改完用同样的办法再量"),
            _("%(n)s 项改进从这里开始") % {"n": len(loop.cycles)} if loop.cycles else "",
            *_to_cycles(loop),
        ),
    ]  # fmt: skip


def wished_of(row: Wave, asked: int) -> int:
    """How many answers are wanted: what its margin needs, else everybody who was asked. A store's code, open to everybody, wants none."""
    return sample_size(row.population, float(row.margin)) if row.margin and row.population else asked


def _came(n: int, wished: int) -> str:
    if wished:
        return _("%(n)s 份，要 %(wished)s 份") % {"n": thousands(n), "wished": thousands(wished)}
    return _("%(n)s 份") % {"n": thousands(n)}


def _to_cycles(loop: Loop) -> tuple[str, str]:
    if loop.cycles:
        return _("看改进"), loop.cycles[0]
    return (_("开始改进"), loop.begin) if loop.begin else ("", "")
