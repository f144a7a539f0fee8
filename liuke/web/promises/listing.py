"""承诺: what we owe customers, by the day we said; what became of what was promised; giving one, and each way it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.complaints.promised import made_in
from liuke.complaints.rules import spoken_number
from liuke.custody.queries import as_told, details
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.packs import Pack
from liuke.promises.labels import Approval, State
from liuke.promises.models import Promise
from liuke.promises.queries import VIEWS, by_keeper, by_unit, chain, counts, for_card, given_cents, limit_of, listed, tally_of
from liuke.promises.rules import needs_approval
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import colleagues, units_in_scope
from liuke.team.queries import pack as current_pack
from liuke.web.customers.one import card_or_404
from liuke.web.doors import Request, door
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.promises.day import due_day
from liuke.web.promises.words import due_words, kept_words, made_words, title
from liuke.web.words import day as day_words
from liuke.work import promising

SHOWN = 50
MOST_PAGES = 10_000
PLACES = {
    "promise.empty": "text", "text.too_long": "text", "promise.past": "due", "promise.far": "due", "promise.amount": "amount",
    "promise.twice": "text",
}  # fmt: skip


@door("promise.read")
def index(request: Request) -> HttpResponse:
    """What is owed: one's own, or of who oversees a person (?user=) or a unit (?unit=), in one view (?view=, ?state=)."""
    name, state, today, pack = request.GET.get("view", "open"), request.GET.get("state", ""), clock.today(), current_pack()
    if name not in VIEWS or (state and (state not in State.values or state == State.OPEN or name != "settled")):
        raise Http404
    oversees = may(request.user, "today.oversee")
    person, unit = _whose(request, oversees)
    seen = Promise.objects.visible_to(request.user)
    rows = seen.filter(keeper=person) if person else seen.filter(customer__unit__path__startswith=unit.path or "") if unit else seen
    counted = counts(rows, today, pack)
    found = listed(rows, name, today, pack)
    if state:
        found = found.filter(state=state)
    total = found.count() if state else counted[name]
    page = _page_of(request)
    kept = dict(request.GET.items())
    context = {
        "title": title(counted, person is not None and person.pk == request.user.pk),
        "second": _second(pack, tally_of(rows, today, pack)),
        "tabs": [
            (_tab(each, pack), counted[each], _link(kept, view=each), each == name)
            for each in VIEWS
            if counted[each] or each in ("open", name)
        ],
        "rows": list(found[(page - 1) * SHOWN : page * SHOWN]),
        "name": name,
        "state": state,
        "states": [
            (str(one.label), _link(kept, view="settled", state=one.value), one.value == state) for one in State if one != State.OPEN
        ],
        "total": total,
        "first": (page - 1) * SHOWN + 1,
        "last": min(page * SHOWN, total),
        "before": _link(kept, page=page - 1) if page > 1 else "",
        "after": _link(kept, page=page + 1) if page * SHOWN < total else "",
        "oversees": oversees,
        "person": person,
        "people": list(colleagues(request.user).order_by("unit__path", "name").select_related("unit")) if oversees else [],
        "by_keeper": by_keeper(rows, today, pack) if oversees else [],
        "by_unit": by_unit(rows, today, pack) if oversees and unit is None and person is None else [],
        "today": today,
        "due_words": due_words,
        "made_words": made_words,
        "kept_words": kept_words,
        "told": as_told(False),
        "may_act": _may_act(request.user),
        "here": request.get_full_path(),
        "of": lambda **asked: _link({}, **asked),
        "days": pack.promises.rate_days,
    }
    return render(request, "promises/list.html", context, nav="promises", crumb=[(_("承诺"), "")])


@door("promise.read")
def show(request: Request, pk: int) -> HttpResponse:
    """One promise: what was said, how it came about, what can be done with it."""
    return show_one(request, found_or_404(request, pk))


@door("promise.make", ("GET", "POST"))
def new(request: Request, pk: int) -> HttpResponse:
    """Promise something to this customer. Sent from the card, from a task (`back`) or from its own page."""
    card = card_or_404(request, pk)
    back, pack = back_to(request, reverse("customer", args=[pk])), current_pack()
    form = typed(request.POST) if request.method == "POST" else Form({"sure": "yes"})
    if request.method == "POST":
        due, cents = due_day(form, _("请写答应哪天。")), form.cents("amount")
        if not form.bad and due is not None:
            try:
                made = promising.make_promise(
                    request.user, pk, form.get("text"), due, sure=form.get("sure") != "no", amount_cents=cents or 0
                )  # fmt: skip
            except Refused as refused:
                form.refuse(refused, PLACES)
            else:
                say_undo(request, _made(made), reverse("promise_take_back", args=[made.pk]))
                return moved(request, back)
    limit = limit_of(request.user, pack)
    if limit is not None:
        limit = max(limit - given_cents(card.pk, clock.today(), pack), 0)
    context = {"card": card, "form": form, "back": back, "limit": limit}
    crumb = [(_("客户"), reverse("customers")), (card.name, reverse("customer", args=[pk])), (_("答应一件事"), "")]
    return render(request, "promises/new.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


# ── parts ────────────────────────────────────────────────────────────────────


def on_card(user: User, card: Customer, pack: Pack) -> dict[str, Any]:
    """What promises/on_card.html shows of one customer: what we owe him, and how we kept our word to him."""
    today = clock.today()
    opened, counted = for_card(user, card.pk, today, pack)
    return {
        "rows": opened, "tally": counted, "kept": kept_words(counted), "today": today, "due_words": due_words, "made_words": made_words,
        "told": as_told(details(user, card).clear), "days": pack.promises.rate_days, "acts": _may_act(user),
    }  # fmt: skip


def _may_act(user: User) -> Callable[[Promise], bool]:
    makes, approves = may(user, "promise.make"), may(user, "promise.approve")
    return lambda promise: makes and (approves or promise.keeper_id == user.pk)


def show_one(request: Request, found: Promise, form: Form | None = None, status: int = 200) -> HttpResponse:
    today, pack, user = clock.today(), current_pack(), request.user
    limit = limit_of(user, pack)
    waiting = found.state == State.OPEN and found.approval == Approval.WAITING
    context = {
        "it": found,
        "chain": chain(found),
        "after": Promise.objects.standing().filter(previous=found).first(),
        "form": form or Form({}),
        "today": today,
        "due_words": due_words,
        "made_words": made_words,
        "told": as_told(details(user, found.customer).clear),
        "acts": _may_act(user)(found),
        "waiting": waiting,
        "decides": waiting
        and may(user, "promise.approve")
        and user.pk not in (found.by_id, found.keeper_id)
        and not needs_approval(found.amount_cents, limit, given_cents(found.customer_id, today, pack, found.pk)),
        "backdates": may(user, "promise.approve"),
        "passed": today > found.due_on,
        "late_days": pack.promises.late_days,
        "complaint": made_in(user, found),
        "number": lambda one: spoken_number(one.number, today),
    }
    crumb = [(_("承诺"), reverse("promises")), (found.customer.name, "")]
    return render(request, "promises/show.html", context, nav="promises", crumb=crumb, status=status)


def found_or_404(request: Request, pk: int) -> Promise:
    rows = Promise.objects.visible_to(request.user).select_related("customer", "customer__unit", "by", "keeper", "settled_by", "decided_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _whose(request: Request, oversees: bool) -> tuple[User | None, Unit | None]:
    """Whose promises are asked for: a colleague in sight, a unit in scope, all in sight (who oversees), else one's own."""
    if not oversees:
        return request.user, None
    asked, unit = request.GET.get("user", ""), request.GET.get("unit", "")
    if asked:
        person = colleagues(request.user).filter(pk=as_id(asked) or 0).first()
        if person is None:
            raise Http404
        return person, None
    if unit:
        found = units_in_scope(request.user).filter(pk=as_id(unit) or 0).first()
        if found is None:
            raise Http404
        return None, found
    return None, None


def _made(made: Promise) -> str:
    slots = {"name": made.customer.name, "day": day_words(made.due_on)}
    if made.approval == Approval.WAITING:
        return _("%(name)s：超过您能答应的金额，送去批了") % slots
    return (_("%(name)s：答应了，%(day)s前") if made.sure else _("%(name)s：记下了，%(day)s给准话")) % slots


def _second(pack: Pack, counted: Any) -> str:
    said = kept_words(counted)
    if not said:
        return _("近 %(days)s 天还没有了结的。") % {"days": pack.promises.rate_days}
    return _("近 %(days)s 天按时兑现 %(kept)s，办晚 %(late)s 件，没兑现 %(broken)s 件，改期 %(moved)s 次。") % {
        "days": pack.promises.rate_days, "kept": said, "late": counted.late, "broken": counted.broken,
        "moved": counted.moved,
    }  # fmt: skip


def _tab(name: str, pack: Pack) -> str:
    return {
        "open": _("没办的"),
        "today": _("今天要办"),
        "overdue": _("过了日子"),
        "waiting": _("等批"),
        "settled": _("近 %(days)s 天了结的") % {"days": pack.promises.rate_days},
    }[name]


def _link(kept: Mapping[str, Any], **asked: Any) -> str:
    names = {"user", "unit", "view", "state"} if "page" in asked else {"user", "unit"}
    values: dict[str, Any] = {key: value for key, value in kept.items() if key in names} | asked
    query = urlencode({key: value for key, value in values.items() if value not in ("", None)})
    return f"{reverse('promises')}?{query}" if query else reverse("promises")


def _page_of(request: Request) -> int:
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 and 1 <= int(asked) <= MOST_PAGES else 1


urlpatterns = [
    path("promises/", index, name="promises"),
    path("promises/<int:pk>/", show, name="promise"),
    path("customers/<int:pk>/promises/new/", new, name="promise_new"),
]
