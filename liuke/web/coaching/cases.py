"""案例: how a customer was won, kept or lost, step by step; searchable, naming nobody; written by anyone, published by who oversees."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.coaching import cases, queries
from liuke.coaching.cases import STEPS, writes
from liuke.coaching.labels import CaseState, Sex
from liuke.coaching.models import Case
from liuke.conversations.labels import Scenario
from liuke.custody.queries import masked_text
from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.playbooks.queries import pack
from liuke.team.permissions import may
from liuke.web.coaching.words import step_names, tabs
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.work.words import pick

SHOWN = 60
PLACES = {"case.title": "title", "case.steps": "step1", "case.scenario": "scenario", "case.playbooks": "playbooks"}


@door("case.read")
def index(request: Request) -> HttpResponse:
    """The cases one may read: by words (`q`), scenario, playbook, state."""
    user = request.user
    asked = request.GET.get("q", "")[:80].replace("\x00", "")
    scenario = request.GET.get("scenario", "")
    scenario = scenario if scenario in Scenario.values else ""
    playbook = request.GET.get("playbook", "")[:40].replace("\x00", "")
    state = request.GET.get("state", "")
    state = state if state in CaseState.values else ""
    rows = list(queries.cases(user, asked, scenario, playbook, state)[: SHOWN + 1])
    counts = queries.case_counts(user)
    names = _playbooks()

    def address(**changed: str) -> str:
        values = {"q": asked, "scenario": scenario, "playbook": playbook, "state": state, **changed}
        filled = urlencode({name: value for name, value in values.items() if value})
        return f"{reverse('cases')}?{filled}" if filled else reverse("cases")

    waiting = counts.get(CaseState.SUBMITTED, 0)
    context = {
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "q": asked,
        "title": _title(counts.get(CaseState.PUBLISHED, 0), waiting if may(user, "case.publish") else 0),
        "scenarios": [(_("全部"), address(scenario=""), not scenario)]
        + [(str(label), address(scenario=code), code == scenario) for code, label in Scenario.choices],
        "states": [
            (str(CaseState(code).label), counts[code], address(state="" if code == state else code), code == state)
            for code in (CaseState.SUBMITTED, CaseState.DRAFT, CaseState.WITHDRAWN)
            if counts.get(code)
        ],
        "kept": {"scenario": scenario, "state": state},
        "playbooks": [("", _("所有打法")), *sorted(names.items(), key=lambda one: one[1])],
        "playbook": playbook,
        "names": names,
        "told": masked_text,
        "narrowed": bool(asked or scenario or playbook or state),
        "tabs": tabs(user, "cases"),
    }
    return render(request, "cases/list.html", context, nav="coaching", crumb=_("案例"))


@door("case.read")
def show(request: Request, pk: int) -> HttpResponse:
    return _show(request, pk)


def _show(request: Request, pk: int, problem: str = "") -> HttpResponse:
    case = _case(request, pk)
    writing = writes(request.user, case)
    context = {
        "case": case,
        "customer": queries.linked(request.user, case),
        "names": _playbooks(),
        "step_names": step_names(case.scenario),
        "told": masked_text,
        "background": _background(case),
        "writes": writing,
        "publishes": writing and may(request.user, "case.publish"),
        "own": case.author_id == request.user.pk,
        "problem": problem,
    }
    crumb = [(_("案例"), reverse("cases")), (case.title, "")]
    return render(request, "cases/case.html", context, nav="coaching", crumb=crumb, status=409 if problem else 200)


@door("case.write", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Write a case; `customer`: what his card knows stands there already, but for his name."""
    asked = as_id(request.POST.get("customer") or request.GET.get("customer", "")) or None
    customer = _customer(request, asked) if asked else None
    form = typed(request.POST) if request.method == "POST" else Form(_start(customer))
    if request.method == "POST":
        try:
            made = cases.write_case(request.user, _typed(request), customer.pk if customer else None)
            if request.POST.get("go") == "submit":
                cases.submit_case(request.user, made.pk)
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            say_undo(request, _("写好了“%(title)s”") % {"title": made.title}, reverse("case_withdraw", args=[made.pk]))
            return moved(request, reverse("case", args=[made.pk]))
    return _form(request, form, None, customer)


@door("case.write", ("GET", "POST"))
def edit(request: Request, pk: int) -> HttpResponse:
    case = _case(request, pk)
    if not writes(request.user, case):
        raise Http404
    seen = queries.linked(request.user, case)
    form = typed(request.POST) if request.method == "POST" else Form(_kept(case))
    if request.method == "POST":
        version = as_id(form.get("version")) or 0
        # A link that this reader may not see stays as it is.
        linked = case.customer_id if seen is None or form.get("keep_customer") == "1" else None
        try:
            done = cases.edit_case(request.user, pk, _typed(request), version, linked)
        except Case.DoesNotExist as missing:
            raise Http404 from missing
        except Refused as refused:
            form.refuse(refused, PLACES)
        else:
            undo = f"{reverse('case_undo', args=[pk])}?version={done.version}"
            say_undo(request, _("改好了“%(title)s”") % {"title": done.title}, undo)
            return moved(request, reverse("case", args=[pk]))
    return _form(request, form, case, seen)


@door("case.write", ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    version = as_id(request.GET.get("version", "")) or 0
    return _act(request, pk, lambda: cases.undo_case(request.user, pk, version), _("撤销了，“%(title)s”还是原来的"))


@door("case.write", ("POST",))
def submit(request: Request, pk: int) -> HttpResponse:
    back = f"{reverse('case_back', args=[pk])}?state={CaseState.SUBMITTED}"
    return _act(request, pk, lambda: cases.submit_case(request.user, pk), _("“%(title)s”交上去了，等发布"), back)


@door("case.publish", ("POST",))
def publish(request: Request, pk: int) -> HttpResponse:
    back = f"{reverse('case_back', args=[pk])}?state={CaseState.PUBLISHED}"
    return _act(request, pk, lambda: cases.publish_case(request.user, pk), _("“%(title)s”发布了，大家都看得到"), back)


@door("case.write", ("POST",))
def withdraw(request: Request, pk: int) -> HttpResponse:
    back = f"{reverse('case_back', args=[pk])}?state={CaseState.WITHDRAWN}"
    return _act(request, pk, lambda: cases.withdraw_case(request.user, pk), _("收回了“%(title)s”"), back)


@door("case.write", ("POST",))
def back(request: Request, pk: int) -> HttpResponse:
    """The reverse of the last turn."""
    state = request.GET.get("state", "")
    return _act(request, pk, lambda: cases.put_back_case(request.user, pk, state), _("“%(title)s”放回去了"))


# ── what they share ──────────────────────────────────────────────────────────


def _act(request: Request, pk: int, do: Callable[[], Case], said: str, undo: str = "") -> HttpResponse:
    if not writes(request.user, _case(request, pk)):
        raise Http404
    try:
        done = do()
    except Case.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refused:
        if request.htmx:
            say_undo(request, words(refused))
            return moved(request, reverse("case", args=[pk]))
        return _show(request, pk, words(refused))
    say_undo(request, said % {"title": done.title}, undo)
    return moved(request, reverse("case", args=[pk]))


def _case(request: Request, pk: int) -> Case:
    found = Case.objects.visible_to(request.user).select_related("author", "author__unit", "published_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _customer(request: Request, pk: int) -> Customer:
    try:
        return visible(request.user, pk)
    except Customer.DoesNotExist as missing:
        raise Http404 from missing


def _typed(request: Request) -> dict[str, object]:
    found: dict[str, object] = {name: request.POST.get(name, "") for name in (*cases.TEXTS, "sex", "scenario")}
    found["steps"] = [request.POST.get(f"step{n}", "") for n in range(1, STEPS + 1)]
    found["playbooks"] = [key for key in request.POST.getlist("playbooks") if key]
    return found


def _start(customer: Customer | None) -> dict[str, str]:
    """What the card knows and what names nobody."""
    if customer is None:
        return {}
    age = clock.today().year - customer.birth_year if customer.birth_year else 0
    return {
        "customer": str(customer.pk),
        "sex": customer.gender,
        "age": _("%(n)s 多岁") % {"n": age // 10 * 10} if age >= 10 else "",
        "character": masked_text(customer.personality),
        "education": customer.education,
    }


def _kept(case: Case) -> dict[str, str]:
    kept = {name: str(getattr(case, name)) for name in (*cases.TEXTS, "sex", "scenario")}
    kept |= {f"step{n}": step for n, step in enumerate(case.steps, 1)}
    return kept | {"version": str(case.version), "keep_customer": "1"}


def _form(request: Request, form: Form, case: Case | None, customer: Customer | None) -> HttpResponse:
    chosen = request.POST.getlist("playbooks") if request.method == "POST" else case.playbook_keys if case else ()
    context = {
        "form": form,
        "case": case,
        "customer": customer,
        "chosen": set(chosen),
        "scenarios": [("", _("请选")), *Scenario.choices],
        "sexes": [("", _("不写")), *Sex.choices],
        "playbooks": sorted(_playbooks().items(), key=lambda one: one[1]),
        "step_names": step_names(form.get("scenario")),
    }
    title = _("改案例") if case else _("写一个案例")
    crumb = [(_("案例"), reverse("cases")), *([(case.title, reverse("case", args=[case.pk]))] if case else []), (title, "")]
    return render(request, "cases/form.html", context, nav="coaching", crumb=crumb, status=422 if form.bad else 200)


def _playbooks() -> dict[str, str]:
    return {playbook.key: pick(playbook.name) for playbook in pack().playbooks}


def _background(case: Case) -> list[tuple[str, str]]:
    sex = str(Sex(case.sex).label) if case.sex else ""
    told = [
        (_("性别"), sex), (_("年纪"), case.age), (_("性格"), case.character), (_("教育程度"), case.education), (_("买什么"), case.buys),
        (_("一开始"), case.attitude),
    ]  # fmt: skip
    return [(label, masked_text(text)) for label, text in told if text]


def _title(published: int, waiting: int) -> str:
    if waiting:
        return _("%(n)s 个案例等您发布") % {"n": waiting}
    return _("%(n)s 个案例，看看同事怎么谈的") % {"n": published} if published else _("还没有案例")


urlpatterns = [
    path("cases/", index, name="cases"),
    path("cases/new/", new, name="case_new"),
    path("cases/<int:pk>/", show, name="case"),
    path("cases/<int:pk>/edit/", edit, name="case_edit"),
    path("cases/<int:pk>/undo/", undo, name="case_undo"),
    path("cases/<int:pk>/handing-in/", submit, name="case_submit"),
    path("cases/<int:pk>/publication/", publish, name="case_publish"),
    path("cases/<int:pk>/withdrawal/", withdraw, name="case_withdraw"),
    path("cases/<int:pk>/back/", back, name="case_back"),
]
