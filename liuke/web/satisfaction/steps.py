"""The loop of asking and mending as a check list, for one wave. Source: ISO 10004, its steps in our own words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from liuke.satisfaction.models import Wave
from liuke.satisfaction.results import Results

Step = tuple[bool, str, str, str]


def steps(row: Wave, found: Results, followed: bool, mending: int) -> list[Step]:
    """(done, what, its evidence, "") in order; `mending`: improvement cycles that began from this wave."""
    form = row.version.form
    rated = [each for each in form.questions if each.indicator]
    return [
        (True, _("知道客户期望什么"), _("%(n)s 题各有指标") % {"n": len(rated)} if rated else "", ""),
        (bool(form.weighted) or found.nps is not None, _("定下量什么、怎么算"), "", ""),
        (bool(found.asked or row.drawn in ("open", "service")), _("问对人，抽得到"), "", ""),
        (found.n > 0, _("收回来"), _("%(n)s 份") % {"n": found.n}, ""),
        (found.n >= 30, _("看明白"), "" if found.n >= 30 else _("满 30 份才算比例"), ""),
        (followed or not found.low, _("告诉该知道的人，低分有人跟"), "", ""),
        (mending > 0, _("改，改完用同样的办法再量"), _("%(n)s 项改进从这里开始") % {"n": mending} if mending else "", ""),
    ]
