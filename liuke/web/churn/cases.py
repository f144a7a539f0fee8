"""挽回: who is to be won back, and one case with its steps: why, sorry, offer, contacts, how it came out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.churn.labels import RUNNING, Apology, Cause, Kind, Reason, State, Tier
from liuke.churn.models import LossReason, Stay, WinBack
from liuke.churn.nightly import money_since
from liuke.churn.offering import limit_of, may_decide
from liuke.churn.queries import VIEWS, Rate, cost_of, costs, counts, of_view, rates, with_waiting
from liuke.custody.queries import as_told, details
from liuke.interactions.labels import outcome_word
from liuke.kernel import clock
from liuke.packs.churn import WinBack as Numbers
from liuke.playbooks.queries import pack as current_pack
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import colleagues
from liuke.web.churn.loss import reason_form
from liuke.web.churn.words import finding, lost_words, money_after, rate_words, state_tag, tier_meaning, tier_words
from liuke.web.doors import Request, door
from liuke.web.entry import Form
from liuke.web.page import render
from liuke.web.words import money
from liuke.work.labels import OfferState
from liuke.work.models import BudgetLeft, Task

SHOWN = 50


@door("winback.read")
def index(request: Request) -> HttpResponse:
    """Cases in one view (?view=): the own ones, or all in sight for who oversees or analyses."""
    name = request.GET.get("view", "")
    if name not in ("", *VIEWS):
        raise Http404
    seen = _seen(request.user)
    figures = rates(seen)
    counted = counts(seen)
    name = name or next((view for view in ("decide", "proposed", "open", "returned") if counted[view]), "open")
    only = _tried(request, figures)
    found = of_view(seen, name) if only is None else seen.filter(pk__in=only[1]).order_by("-ended_on", "-pk")
    found = with_waiting(found).select_related("customer", "customer__unit", "owner")
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 5 and int(asked) else 1
    total = counted[name] if only is None else len(only[1])
    rows = list(found[(page - 1) * SHOWN : page * SHOWN])
    known = _reasons(rows)
    today, numbers = clock.today(), current_pack().churn.win_back
    context = {
        "title": finding(counted, figures["all"]),
        "tabs": [(_view_words(view), counted[view], _link(view=view), only is None and view == name) for view in VIEWS],
        "only": only[0] if only else "",
        "name": name,
        "rows": [
            (case, state_tag(case, case.offer_waits), lost_words(case, today), known.get((case.customer_id, case.lost_on), ""))
            for case in rows
        ],
        "total": total,
        "first": (page - 1) * SHOWN + 1,
        "last": min(page * SHOWN, total),
        "before": _page(request, page - 1) if page > 1 else "",
        "after": _page(request, page + 1) if page * SHOWN < total else "",
        "tried": lambda by, key, part="": _link(by=by, key=key or "-", **({"part": part} if part else {})),
        "brought": _brought(rows, numbers) if only is not None else {},
        "tables": _tables(figures),
        "rate_words": rate_words,
        "days": numbers,
        "works": may(request.user, "winback.work"),
    }
    return render(request, "churn/cases.html", context, nav="churn", crumb=[(_("流失"), _up(request.user)), (_("挽回"), "")])


@door("winback.read")
def show(request: Request, pk: int) -> HttpResponse:
    """One case."""
    return show_one(request, found_or_404(request, pk))


def found_or_404(request: Request, pk: int) -> WinBack:
    rows = _seen(request.user).select_related("customer", "customer__unit", "owner", "opened_by", "ended_by")
    found: WinBack | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _seen(user: User) -> Any:
    if may(user, "winback.oversee") or may(user, "churn.read"):
        return WinBack.objects.visible_to(user)
    return WinBack.objects.in_hand_of(user)


def _up(user: User) -> str:
    return reverse("churn") if may(user, "churn.read") else ""


def show_one(request: Request, case: WinBack, form: Form | None = None, status: int = 200) -> HttpResponse:
    user, today, numbers = request.user, clock.today(), current_pack().churn.win_back
    stay = Stay.objects.filter(customer=case.customer_id, ended_on=case.lost_on).first()
    known = LossReason.objects.filter(customer=case.customer_id, lost_on=case.lost_on, withdrawn_at=None).select_related("by").first()
    told = as_told(details(user, case.customer).clear)
    offers = list(case.offers.select_related("by", "decided_by"))
    task = Task.objects.open().filter(about="churn.winback", about_id=case.pk).select_related("assignee").first()
    left = BudgetLeft.objects.filter(customer=case.customer_id, key=f"churn.winback:{case.pk}").first() if task is None else None
    attempts = list(case.attempts.filter(undone_at=None).select_related("by"))
    counted = sum(one.number > 0 for one in attempts)
    acts = may(user, "winback.work") and WinBack.objects.in_hand_of(user).filter(pk=case.pk).exists()
    limit = limit_of(user.role, case.tier, numbers)
    # Over at the end of today, which is counted too.
    so_far = money_since([case], ((today - case.returned_on).days + 1,), today + timedelta(1))[case.pk] if case.returned_on else [None]
    open_ = case.state == State.OPEN and case.tier != Tier.HARMFUL
    context = {
        "it": case,
        "tag": state_tag(case),
        "second": lost_words(case, today),
        "cause": str(Cause(stay.cause).label) if stay and stay.cause else "",
        "tier": (str(Tier(case.tier).label), tier_words(case), tier_meaning(case.tier)),
        "tiers": [(code, str(label)) for code, label in Tier.choices if code not in (case.tier, Tier.HARMFUL)],
        "known": known,
        "steps": _steps(case, known, offers, counted, numbers.attempts),
        "offers": [(one, may_decide(user, case, one.cost_cents) and one.by_id != user.pk) for one in offers],
        "agreed_cents": cost_of(case),
        "kinds": [(code, str(label)) for code, label in Kind.choices if case.tier == Tier.KEY or code != Kind.MADE],
        "limit": limit,
        "may_offer": acts and open_ and known is not None and case.apology != Apology.OWED,
        "attempts": [(one, outcome_word(one.outcome, one.way)) for one in attempts],
        "counted": counted,
        "most": numbers.attempts,
        "task": task,
        "may_task": task is not None and Task.objects.visible_to(user).filter(pk=task.pk).exists(),
        "left": left,
        "told": told,
        "acts": acts,
        "running": case.state in RUNNING,
        "open": open_,
        "oversees": acts and may(user, "winback.oversee"),
        "lets_go": acts and may(user, "winback.let_go"),
        "people": _people(user, case) if acts and may(user, "winback.oversee") and case.state in RUNNING else [],
        "money": money_after(case, so_far[0], numbers.first_days, numbers.second_days) if case.returned_on else [],
        "form": form or Form({}),
        "today": today,
        "here": reverse("winback", args=[case.pk]),
        **reason_form(),
    }
    crumb = [(_("挽回"), reverse("winbacks")), (case.customer.name, "")]
    return render(request, "churn/case.html", context, nav="churn", crumb=crumb, status=status)


def _people(user: User, case: WinBack) -> list[tuple[str, str]]:
    """Who could do it in his place."""
    return [(str(one.pk), one.name) for one in colleagues(user).order_by("name") if may(one, "winback.work") and one.pk != case.owner_id]


def _steps(case: WinBack, known: LossReason | None, offers: list[Any], tried: int, most: int) -> list[tuple[str, str, str]]:
    """The stage bar: (words, what became of it, "" or on or no)."""
    sorry = {
        Apology.NONE: _("不欠道歉") if known else _("问到原因才知道"),
        Apology.OWED: _("还没道歉"),
        Apology.MADE: _("道过了"),
    }[Apology(case.apology)]
    agreed = sum(one.state == OfferState.AGREED for one in offers)
    given = _("定了 %(n)s 份") % {"n": agreed} if agreed else _("还没定")
    reason = str(Reason(known.reason).label) if known else _("还没问到")
    rows = [
        (_("问清原因"), reason, known is not None),
        (_("该道歉就道歉"), sorry, known is not None and case.apology != Apology.OWED),
        (_("给什么"), given, bool(agreed)),
        (_("去联系"), _("联系了 %(n)s 次，最多 %(most)s 次") % {"n": tried, "most": most}, case.state not in RUNNING),
    ]
    at = next((place for place, row in enumerate(rows) if not row[2]), len(rows))
    running = case.state in RUNNING
    return [(words, said, "ok" if done else "on" if place == at and running else "no") for place, (words, said, done) in enumerate(rows)]


def _reasons(rows: list[WinBack]) -> dict[Any, str]:
    found = LossReason.objects.filter(withdrawn_at=None, customer__in=[case.customer_id for case in rows])
    return {(row.customer_id, row.lost_on): str(row.get_reason_display()) for row in found}


def _names() -> dict[str, dict[str, str]]:
    return {
        "reason": {"": _("没问到"), **{code: str(label) for code, label in Reason.choices}},
        "offer": {"": _("没给什么"), **{code: str(label) for code, label in Kind.choices}},
        "tier": {code: str(label) for code, label in Tier.choices},
    }


def _tables(figures: dict[str, list[Rate]]) -> list[tuple[str, str, list[tuple[str, Rate]]]]:
    names, heads = _names(), {"reason": _("为什么走"), "offer": _("给了什么"), "tier": _("力度")}
    return [(by, heads[by], [(names[by][rate.key], rate) for rate in figures[by]]) for by in heads if figures[by]]


def _tried(request: Request, figures: dict[str, list[Rate]]) -> tuple[str, list[int]] | None:
    """(words, cases) behind a number of the tables (?by=&key=&part=); None where none was opened."""
    by, key, names = request.GET.get("by", ""), request.GET.get("key", "").replace("-", ""), _names()
    if not by:
        return None
    rate = next((rate for rate in figures.get(by, []) if rate.key == key), None)
    if by not in names or rate is None:
        raise Http404
    numbers, slots = current_pack().churn.win_back, {"group": names[by][key]}
    parts = {
        "": (_("%(group)s：试过的"), rate.cases),
        "back": (_("%(group)s：试过又回来的"), rate.back),
        "first": (_("%(group)s：回来满 %(days)s 天的"), rate.first),
        "second": (_("%(group)s：回来满 %(days)s 天的"), rate.second),
    }
    part = request.GET.get("part", "")
    if part not in parts:
        raise Http404
    said, cases = parts[part]
    return said % {**slots, "days": numbers.first_days if part == "first" else numbers.second_days}, cases


def _brought(rows: list[WinBack], numbers: Numbers) -> dict[int, str]:
    """By case that came back, what it adds to the sums of the tables. One query."""
    cost, found = costs(case.pk for case in rows), {}
    for case in rows:
        if case.state == State.RETURNED:
            known = [(numbers.first_days, case.first_cents), (numbers.second_days, case.second_cents)]
            told = [_("%(days)s 天买 %(money)s") % {"days": days, "money": money(cents)} for days, cents in known if cents is not None]
            found[case.pk] = _("，").join([*told, _("花了 %(money)s") % {"money": money(cost.get(case.pk, 0))}])
    return found


def _page(request: Request, page: int) -> str:
    kept = {name: request.GET[name] for name in ("view", "by", "key", "part") if request.GET.get(name)}
    return _link(**kept, page=page)


def _view_words(view: str) -> str:
    return {
        "proposed": _("等着开始"), "open": _("在挽回"), "decide": _("等上面定"), "returned": _("回来了"), "ended": _("结束了"),
    }[view]  # fmt: skip


def _link(**asked: Any) -> str:
    return f"{reverse('winbacks')}?{urlencode(asked)}"


urlpatterns = [path("winbacks/", index, name="winbacks"), path("winbacks/<int:pk>/", show, name="winback")]
