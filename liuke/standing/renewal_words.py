"""Renewals in the words of somebody who sells: a line for a running contract, a sentence for a kind of contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from liuke.analytics.churn.relations import State, relations
from liuke.analytics.churn.renewal import ENDS, Kind, Renewals
from liuke.analytics.days import day_number
from liuke.analytics.wilson import wilson
from liuke.deals.models import Contract
from liuke.kernel.money import format_cents
from liuke.packs.schema import Pack
from liuke.standing.backtest_words import FEW
from liuke.standing.models import ChurnFit
from liuke.standing.reading import contracts_table
from liuke.standing.reasons import number, percent_of, whole_percent

YEARLY_RATE = 0.1
"""What money of a year later is worth less today."""
NO_MODEL = {
    "no_customers": gettext_lazy("还没有一份到过期，先不预计"),
    "few_customers": gettext_lazy("到过期的不到 200 位，先不预计"),
    "nobody_left": gettext_lazy("还没有人不续，先不预计"),
    "nobody_repeats": gettext_lazy("还没有人续过，先不预计"),
    "one_term": gettext_lazy("都只到过一次期，先不预计"),
    "no_convergence": gettext_lazy("模型算不稳，先不预计"),
}
"""Why a kind has no model (analytics.churn.sbg.fit_terms)."""


def kinds_of(fit: ChurnFit | None, pack: Pack) -> list[Kind]:
    """The renewals of each kind that the pack knows and whose expiry is a reason to call, in the pack's order. One query where
    `fit.renewals` was deferred."""
    if fit is None or not fit.renewals:
        return []
    known = Renewals.of(fit.renewals).kinds
    return [known[kind.key] for kind in pack.contract_kinds if kind.renewable and kind.key in known]


def renewal_lines(contracts: Sequence[Contract], fit: ChurnFit | None, today: date, pack: Pack) -> dict[int, tuple[str, ...]]:
    """What to say of a customer's contracts, by their id: of those that run, or ended within the grace, and renew one another.

    At most two queries, however many contracts there are.
    """
    kinds = {kind.kind: kind for kind in kinds_of(fit, pack)} if contracts else {}
    if not kinds:
        return {}
    day = day_number(today)
    found = relations(contracts_table([contracts[0].customer_id]), day, pack.thresholds.contract_grace_days)
    lines: dict[int, tuple[str, ...]] = {}
    for i in range(len(found)):
        kind = kinds.get(found.kinds[found.kind[i]])
        if kind is None or found.state[i] not in (State.RUNNING, State.DUE):
            continue
        span, asset = (int(found.last_start[i]), int(found.end[i])), int(found.asset_id[i])
        for row in contracts:
            here = row.kind == kind.kind and (day_number(row.starts_on), day_number(row.ends_on)) == span
            if here and row.ended_on is None and row.asset_id in (None, asset) and row.pk not in lines:
                term, left = int(found.term[i]), span[1] - day
                lines[row.pk] = _lines(kind, term, left, bool(found.renewed_ahead[i]), row.amount_cents)
                break
    return lines


def _lines(kind: Kind, term: int, days_left: int, ahead: bool, cents: int) -> tuple[str, ...]:
    slots = {"term": term, "n": abs(days_left)}
    if ahead:
        return (_("第 %(term)s 次续约已经签好。") % slots,)
    if days_left > 0:
        head = ngettext("第 %(term)s 次续约还有 %(n)s 天", "第 %(term)s 次续约还有 %(n)s 天", days_left) % slots
    elif days_left == 0:
        head = _("第 %(term)s 次续约，今天到期") % slots
    else:
        head = ngettext("第 %(term)s 次续约过了 %(n)s 天，还没续", "第 %(term)s 次续约过了 %(n)s 天，还没续", -days_left) % slots
    told = [_observed(kind, term)]
    if kind.fit is None:
        told.append(str(NO_MODEL.get(kind.why or "", "")))
    else:
        gone = float(kind.leaves_within(term, days_left, max(days_left, 0)))
        told.append(_("预计不续的可能 %(share)s") % {"share": percent_of(gone)})
    first = _("%(head)s：%(told)s。") % {"head": head, "told": _("，").join(part for part in told if part)}
    return (first, _worth(kind, term, days_left, cents)) if kind.fit is not None and days_left >= 0 else (first,)


def _observed(kind: Kind, term: int) -> str:
    """How many of those who came to this end renewed."""
    n = kind.at_risk[term - 1] if term <= len(kind.at_risk) else 0
    if not n:
        return _("还没有人到过这一次")
    slots = {"n": f"{n:,}", "renewed": n - kind.lost[term - 1], "share": percent_of(1 - kind.lost[term - 1] / n)}
    if n < FEW:
        return _("到过这一次的 %(n)s 位里续了 %(renewed)s 位") % slots
    return _("到过这一次的 %(n)s 位里 %(share)s 续了") % slots


def _worth(kind: Kind, term: int, days_left: int, cents: int) -> str:
    """The renewals to come, and what they are worth today where the price is known."""
    slots = {"ends": ENDS, "more": number(float(kind.renewals(term)))}
    if cents <= 0:
        return _("往后 %(ends)s 次里预计续 %(more)s 次。") % slots
    value = float(kind.value(term, cents, YEARLY_RATE, days_left))
    slots |= {"price": format_cents(cents), "value": format_cents(round(value / 100) * 100)}
    return _("往后 %(ends)s 次里预计续 %(more)s 次；每次按 %(price)s，往后的续约折到今天约值 %(value)s。") % slots


# ── of a kind ────────────────────────────────────────────────────────────────


def kind_sentence(kind: Kind) -> str:
    """At which renewal most leave, and how it is later, as numbers of a hundred; only where the difference is more than chance."""
    enough = [place for place, n in enumerate(kind.at_risk) if n >= FEW]
    if not enough:
        n, lost = (kind.at_risk[0], kind.lost[0]) if kind.at_risk else (0, 0)
        return _("到过期的只有 %(n)s 位，走了 %(lost)s 位，还说不准。") % {"n": n, "lost": lost}
    share = [kind.lost[place] / kind.at_risk[place] for place in enough]
    low, high = wilson([kind.at_risk[place] for place in enough], [kind.lost[place] for place in enough])
    worst = max(range(len(enough)), key=share.__getitem__)
    later = min(range(worst, len(enough)), key=high.__getitem__)
    slots = {
        "worst": enough[worst] + 1, "lost": whole_percent(share[worst]), "last": enough[later] + 1, "later": whole_percent(share[later]),
        "first": whole_percent(share[0]),
    }  # fmt: skip
    if len(enough) == 1:
        return _("第 1 次续约，100 位里走 %(first)s 位。") % slots
    if low[worst] > high[later]:
        return _("第 %(worst)s 次续约最险，100 位里走 %(lost)s 位；到第 %(last)s 次，只走 %(later)s 位。") % slots
    if low[worst] > high[0]:
        return _("第 %(worst)s 次续约最险，100 位里走 %(lost)s 位；第 1 次只走 %(first)s 位。") % slots
    gone = sum(kind.lost[place] for place in enough) / sum(kind.at_risk[place] for place in enough)
    return _("每次续约都差不多，100 位里走 %(n)s 位上下。") % {"n": whole_percent(gone)}


def model_words(kind: Kind) -> str:
    """On how many the renewal model of a kind rests, or why there is none."""
    if kind.fit is None:
        return str(NO_MODEL.get(kind.why or "", "")) + _("。")
    slots = {"n": f"{kind.fit.customers:,}", "rate": round(100 * YEARLY_RATE)}
    return _("续约模型（sBG），按到过期的 %(n)s 位算；卡片上往后的钱，一年按 %(rate)s%% 折到今天。") % slots
