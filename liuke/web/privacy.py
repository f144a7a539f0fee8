"""个人信息: what was asked for, how long what is kept, and who is proposed for erasure. The custodian's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.jobs.models import Schedule
from liuke.jobs.timetable import TIMETABLE
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.privacy import retention
from liuke.privacy.labels import WHAT_HAPPENS, RuleKey
from liuke.privacy.models import PersonalRequest, RetentionRun
from liuke.privacy.queries import Rule, requests, rules, withdrawals
from liuke.privacy.queries import rule as rule_of
from liuke.segments.wording import language
from liuke.team.models import User
from liuke.team.queries import pack as pack_in_use
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.page import render, say_undo
from liuke.web.words import thousands

SHOWN = 50
RUNS = 14
COUNTED = 1000
"""Rows are counted so far and no further: beyond it "1,000 以上" says enough."""


@dataclass(frozen=True)
class RuleLine:
    """One rule as the page shows it: how many rows it finds now (COUNTED + 1: more than COUNTED; None: not counted here)."""

    rule: Rule
    name: str
    happens: str
    found: int | None

    @property
    def many(self) -> bool:
        return self.found is not None and self.found > COUNTED


def rule_lines() -> list[RuleLine]:
    now = timezone.now()
    return [
        RuleLine(
            each,
            str(each.key.label),
            str(WHAT_HAPPENS[each.key]),
            None if each.key == RuleKey.UPLOADS else retention.due(each.key, now, COUNTED + 1),
        )
        for each in rules()
    ]


def next_run(name: str = "retention") -> datetime | None:
    """When the scheduler next goes through the rules; what the timetable says where it has not run yet."""
    row = Schedule.objects.filter(name=name).values_list("due_at", flat=True).first()
    entry = next(entry for entry in TIMETABLE if entry.name == name)
    return row or entry.after(timezone.localtime(timezone.now()))


@door("privacy.manage")
def privacy(request: Request) -> HttpResponse:
    lines = rule_lines()
    asked = list(requests(request.user)[:SHOWN])
    taken = list(withdrawals(request.user)[:SHOWN])
    context = {
        "title": _title(lines, asked),
        "lines": lines,
        "counted": COUNTED,
        "asked": asked,
        "withdrawn": taken,
        "purposes": {purpose.key: purpose.name(language()) for purpose in pack_in_use().privacy.purposes},
        "runs": [(run, _dropped(run)) for run in RetentionRun.objects.order_by("-at")[:RUNS]],
        "next_run": next_run(),
        "shown": SHOWN,
    }
    return render(request, "privacy/privacy.html", context, nav="privacy", crumb=_("个人信息"))


def _title(lines: list[RuleLine], asked: list[PersonalRequest]) -> str:
    waiting = next(line for line in lines if line.rule.key == RuleKey.PROSPECTS)
    if waiting.rule.on and waiting.found:
        count = _("%(n)s 以上") % {"n": thousands(COUNTED)} if waiting.many else thousands(waiting.found)
        return _("%(n)s 位客户过了保存期限，等您看") % {"n": count}
    return _("没有过了期限的客户") if not asked else _("个人信息都在期限内")


def _dropped(run: RetentionRun) -> list[tuple[str, int]]:
    """What a run did, in words; rules that dropped nothing are left out."""
    names = dict(RuleKey.choices)
    return [(str(names[key]), count) for key, count in run.counts.items() if count and key in names and key != RuleKey.PROSPECTS]


def _rule_or_404(key: str) -> Rule:
    try:
        return rule_of(key)
    except KeyError:
        raise Http404 from None


@door("privacy.manage", ("GET", "POST"))
def retention_rule(request: Request, key: str) -> HttpResponse:
    """One rule: its days, and the list of what it is about to drop; for prospects, erasing those that are ticked."""
    held = _rule_or_404(key)
    form = typed(request.POST) if request.method == "POST" else Form({"days": str(held.days), "on": "1" if held.on else ""})
    if request.method == "POST":
        days = form.whole("days", _("天数请填数字。"))
        if days is None and not form.bad:
            form.errors["days"] = _("请填天数。")
        if not form.bad:
            try:
                retention.set_rule(request.user, key, days, form.get("on") == "1")
            except Refused as refused:
                form.refuse(refused, {"retention.days": "days"})
            else:
                say_undo(request, _("%(name)s的期限存好了") % {"name": held.key.label}, _put_back(held))
                return redirect("retention_rule", key=key)
    return _rule_page(request, held, form)


def _put_back(held: Rule) -> str:
    return reverse("retention_back", args=[held.key.value, held.days, int(held.on)])


@door("privacy.manage", ("POST",))
def retention_back(request: Request, key: str, days: int, on: int) -> HttpResponse:
    """The way back of a change of days: what held before, as a change of its own."""
    held = _rule_or_404(key)
    try:
        retention.set_rule(request.user, key, days, bool(on))
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        say_undo(request, _("%(name)s的期限改回去了") % {"name": held.key.label})
    return redirect("retention_rule", key=key)


def _rule_page(request: Request, held: Rule, form: Form) -> HttpResponse:
    user: User = request.user
    rows = retention.listed(user, held.key)
    context = {
        "rule": held,
        "name": str(held.key.label),
        "happens": str(WHAT_HAPPENS[held.key]),
        "form": form,
        "rows": rows,
        "found": None if held.key == RuleKey.UPLOADS else retention.due(held.key, None, COUNTED + 1),
        "counted": COUNTED,
        "most": retention.MOST,
        "next_run": next_run("forget-uploads" if held.key == RuleKey.UPLOADS else "retention"),
    }
    crumb = [(_("个人信息"), reverse("privacy")), (str(held.key.label), "")]
    return render(request, "privacy/rule.html", context, nav="privacy", crumb=crumb, status=422 if form.bad else 200)


@door("privacy.manage", ("POST",))
def erase_prospects(request: Request) -> HttpResponse:
    """Erase those ticked on the list of prospects; the number was repeated on the button, and typed."""
    form = typed(request.POST)
    picks = [pk for value in request.POST.getlist("pick") if (pk := as_id(value))]
    held = rule_of(RuleKey.PROSPECTS)
    form.values |= {"days": str(held.days), "on": "1" if held.on else ""}
    if form.get("sure") != str(len(picks)):
        form.errors["sure"] = _("请照着写人数：%(n)s") % {"n": len(picks)}
        return _rule_page(request, held, form)
    try:
        done = retention.erase_prospects(request.user, picks, form.get("reason"))
    except Refused as refused:
        form.refuse(refused, {"erase.reason": "reason", "erase.reason_tells": "reason", "erase.none": "sure", "erase.many": "sure"})
        return _rule_page(request, held, form)
    said = _("删除了 %(n)s 位的个人信息") % {"n": done.gone}
    if left := len(picks) - done.gone:
        said = _("%(said)s，%(n)s 位没动") % {"said": said, "n": left}
    say_undo(request, said)
    return redirect("retention_rule", key=RuleKey.PROSPECTS.value)


urlpatterns = [
    path("privacy/", privacy, name="privacy"),
    path("privacy/rules/<slug:key>/", retention_rule, name="retention_rule"),
    path("privacy/rules/<slug:key>/back/<int:days>/<int:on>/", retention_back, name="retention_back"),
    path("privacy/prospects/erasure/", erase_prospects, name="erase_prospects"),
]
