"""Words of the satisfaction pages: figures with how sure they are, bands with their edges."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.packs.survey import END, Bands, Question, Questionnaire
from liuke.satisfaction.figures import Gap, Mean, Nps, Share
from liuke.satisfaction.labels import BAND_WORDS, INDICATOR_WORDS, LEVEL_WORDS
from liuke.satisfaction.models import Wave
from liuke.satisfaction.results import Group
from liuke.satisfaction.rules import Scored, band_of
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.web.words import percent, signed, thousands
from liuke.work.words import pick

TABS = (
    ("waves", "satisfaction", "survey.read", "调查"),
    ("surveys", "surveys", "survey.read", "问卷"),
    ("indicators", "indicators", "survey.read", "七项指标"),
    ("after", "survey_after", "survey.ask", "服务后"),
)


def tabs(user: User, on: str) -> list[tuple[str, str, bool]]:
    """The pages of satisfaction that the user may open."""
    words = {"waves": _("调查"), "surveys": _("问卷"), "indicators": _("七项指标"), "after": _("服务后")}
    return [(words[key], reverse(route), key == on) for key, route, permission, _zh in TABS if may(user, permission)]


def two(number: Fraction | float | Decimal) -> str:
    """4.15, 3.9, 4: at most two decimals, half up, no zeros at the end."""
    exact = Decimal(number.numerator) / Decimal(number.denominator) if isinstance(number, Fraction) else Decimal(str(number))
    if not exact.is_finite() or exact.adjusted() > 20:  # nothing one would write, but kept once: told as it is
        return f"{exact:.2E}"
    rounded = hundredths(exact)
    return f"{rounded.normalize():f}" if rounded != rounded.to_integral_value() else f"{rounded:.0f}"


def hundredths(exact: Decimal) -> Decimal:
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _shown(exact: Fraction) -> Decimal:
    return hundredths(Decimal(exact.numerator) / Decimal(exact.denominator))


def within(margin: float | None, places: int = 2) -> str:
    """The margin behind a figure, never ± 0.00; where everybody said the same (，全都一样) nothing tells it; "" of one answer."""
    if margin is None:
        return ""
    return f" ± {max(margin, 10**-places):.{places}f}" if margin else _("，全都一样")


def mean_words(mean: Mean | None, least: int) -> str:
    """4.15 ± 0.12, 5.00，全都一样; with few answers no mean, but how many: 17 份."""
    if mean is None:
        return "—"
    if mean.n < least or mean.margin is None:
        return _("%(n)s 份，太少") % {"n": mean.n}
    return f"{_shown(mean.exact):.2f}{within(mean.margin)}"


def share_words(share: Share | None, least: int) -> str:
    """82.4%, or 17 ÷ 21 where there are few."""
    if share is None:
        return "—"
    return f"{share.count} ÷ {share.n}" if share.n < least else percent(share.value)


def share_range(share: Share | None, least: int) -> str:
    if share is None or share.n < least:
        return ""
    return _("95%% 的把握在 %(low)s 到 %(high)s") % {"low": percent(share.low), "high": percent(share.high)}


def nps_words(nps: Nps | None, least: int) -> str:
    """＋23 ± 9, ＋100，全都一样; with few answers 9 推荐，4 贬损."""
    if nps is None:
        return "—"
    if nps.n < least or nps.margin is None:
        return _("%(up)s 位推荐，%(down)s 位贬损") % {"up": nps.promoters, "down": nps.detractors}
    return f"{signed(round(nps.value))}{within(nps.margin, 0)}"


def scored_words(scored: Scored) -> str:
    """4.15 分，3 题答了 2 题."""
    if scored.score is None:
        return _("算分的题都没答")
    if scored.answered < scored.of:
        return _("%(score)s 分，%(of)s 题答了 %(n)s 题") % {"score": two(scored.score), "of": scored.of, "n": scored.answered}
    return _("%(score)s 分") % {"score": two(scored.score)}


def band(score: Fraction | Decimal, bands: Bands) -> str:
    exact = Decimal(score.numerator) / Decimal(score.denominator) if isinstance(score, Fraction) else score
    return str(BAND_WORDS[band_of(exact, bands)])


def likely_band(mean: Mean, bands: Bands) -> str:
    """满意, where the whole 95 % interval lies in one band; else 在一般和满意之间."""
    reach = Decimal(str(mean.margin or 0))
    middle = Decimal(mean.exact.numerator) / Decimal(mean.exact.denominator)
    low, high = band(middle - reach, bands), band(middle + reach, bands)
    return low if low == high else _("在%(low)s和%(high)s之间") % {"low": low, "high": high}


def edges(bands: Bands) -> str:
    """满分 5 分，越高越好：4.5 起很满意，4 起满意，3 起一般，2 起不满意，再低很不满意。"""
    slots = {name: two(getattr(bands, name)) for name in ("excellent", "good", "fair", "poor")}
    return _("满分 5 分，越高越好：%(excellent)s 起很满意，%(good)s 起满意，%(fair)s 起一般，%(poor)s 起不满意，再低是很不满意。") % slots


def indicator_words(key: str | None) -> str:
    """产品，质量."""
    if not key:
        return "—"
    level, dot, _item = key.partition(".")
    return _("%(level)s，%(item)s") % {"level": LEVEL_WORDS[level], "item": INDICATOR_WORDS[key]} if dot else str(INDICATOR_WORDS[key])


def weight_words(form: Questionnaire, question: Question) -> str:
    """The weight as it counts: its share of all weights."""
    whole = form.weights
    return percent(float(question.weight / whole), 0) if question.weight and whole else "—"


def rescaled(form: Questionnaire) -> str:
    """The line that says how weights that do not add up to 1 count; "" where they do."""
    if not form.weighted or form.weights == 1:
        return ""
    return _("权重加起来是 %(sum)s，按比例折成 1。") % {"sum": two(form.weights)}


def gap_words(gap: Gap) -> str:
    """−1.25: the difference of the two numbers as they are shown."""
    return signed(_shown(gap.perceived) - _shown(gap.expected), 2)


def value_words(question: Question, value: object) -> str:
    """An answer in words: 4 分，期望 5 感受 3，会换."""
    if isinstance(value, list):
        return _("期望 %(es)s 分，感受 %(ps)s 分") % {"es": value[0], "ps": value[1]}
    if value is None:
        return _("没答")
    if question.kind == "choice" and isinstance(value, int) and value < len(question.options):
        return pick(question.options[value].name)
    return _("%(value)s 分") % {"value": value}


def jump_lines(form: Questionnaire, question: Question) -> list[str]:
    """Where an answer leads, for who reads the questions out: 「0–6：接着问“…”」."""
    found = []
    for jump in question.jumps:
        values = sorted(set(jump.when))
        if question.kind == "choice":
            said = _("、").join(pick(question.options[value].name) for value in values)
        else:
            whole = values == list(range(values[0], values[-1] + 1)) and len(values) > 1
            said = f"{values[0]}–{values[-1]}" if whole else _("、").join(str(value) for value in values)
        if jump.to == END:
            found.append(_("%(said)s：到这里就问完了") % {"said": said})
        else:
            found.append(_("%(said)s：接着问“%(question)s”") % {"said": said, "question": pick(form.question(jump.to).words)})
    return found


def jump_map(question: Question) -> str:
    """The same for the script that hides what is jumped over: {"9": "end"} as JSON."""
    found: dict[str, str] = {}
    for jump in question.jumps:
        for value in jump.when:
            found.setdefault(str(value), jump.to)
    return json.dumps(found) if found else ""


def unit_names(groups: Sequence[Group]) -> dict[str, str]:
    """Names of the units that groups are by. One query."""
    found = Unit.objects.filter(pk__in=[int(each.key) for each in groups if each.key.isdigit()])
    return {str(pk): name for pk, name in found.values_list("pk", "name")}


FEWEST, MOST = 7, 90
"""Days of a wave over which a cycle takes its figure."""


def improve(source: str, unit: int | None, before: str, title: str, wave: Wave, today: date) -> str:
    """The address at which an improvement cycle begins from a weak point (`satisfaction.<measure>`) of a wave; "" where there is none.

    Of a wave that is over the figure before is that of its own days, of at most 90 of them: else it would hold none of these
    answers."""
    try:
        where = reverse("improvement_new")
    except NoReverseMatch:
        return ""
    asked = {"source": source, "unit": unit or "", "before": before, "title": title, "id": wave.pk}
    if not wave.open_on(today) and wave.opens_on < today:
        closed = timezone.localdate(wave.closed_at) if wave.closed_at else None
        last = min(each for each in (today - timedelta(1), wave.ends_on, closed) if each)
        asked |= {"days": min(max((last - wave.opens_on).days + 1, FEWEST), MOST), "since": wave.opens_on.isoformat()}
    return f"{where}?{urlencode({key: value for key, value in asked.items() if value})}"


def people(n: int) -> str:
    return _("%(n)s 位") % {"n": thousands(n)}
