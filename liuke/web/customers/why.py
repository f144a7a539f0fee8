"""Why this probability of leaving, as a fragment of the card; and a person's own word on it, with a way back."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, details
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.standing import overriding
from liuke.standing.labels import LeaveBy
from liuke.standing.models import LeaveOverride
from liuke.standing.queries import current_run, standings
from liuke.standing.reasons import percent_of
from liuke.standing.why import why
from liuke.team.queries import pack as pack_in_use
from liuke.web.customers.one import card_or_404, parents
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.visuals import signed_bar
from liuke.web.words import monthday

USUAL_DAYS = 30
"""How long a word holds unless said otherwise."""


@door("customer.read")
def show(request: Request, pk: int) -> HttpResponse:
    found = card_or_404(request, pk)
    it = why(found, current_run(), pack_in_use())
    most = max((abs(part.points) for part in it.moved), default=1)
    told = as_told(details(request.user, found).clear)
    context = {"card": found, "it": it, "told": told, "bar": lambda points: signed_bar(points, most)}
    if request.htmx:
        return render(request, "customers/why.html", context, block="why")
    return render(request, "customers/why.html", context, nav="customers", crumb=parents(request.user, found, _("为什么")))


@door("customer.edit", ("GET", "POST"))
def say(request: Request, pk: int) -> HttpResponse:
    found = card_or_404(request, pk)
    where = back_to(request, _card(pk))
    start = {"expires": (clock.today() + timedelta(days=USUAL_DAYS)).isoformat()}
    form = typed(request.POST) if request.method == "POST" else Form(start)
    if request.method == "POST":
        percent = form.whole("percent", _("概率请填 1 到 99 的整数。"))
        expires = form.day("expires", _("请填日期。"))
        if percent is None and not form.error("percent"):
            form.errors["percent"] = _("概率请填 1 到 99 的整数。")
        if not form.bad and percent is not None and expires:
            try:
                said = overriding.override(request.user, pk, percent, form.get("reason"), expires)
            except Refused as refused:
                form.refuse(
                    refused,
                    {
                        "override.share": "percent", "override.reason": "reason", "override.expires": "expires", "text.too_long": "reason",
                        "text.nul": "reason", "text.undecodable": "reason",
                    },
                )  # fmt: skip
            else:
                line = _("%(name)s：流失概率改成 %(share)s，到 %(day)s") % {
                    "name": found.name, "share": percent_of(said.share), "day": monthday(said.expires_on),
                }  # fmt: skip
                say_undo(request, line, reverse("leave_withdraw", args=[said.pk]))
                return moved(request, where)
    row = standings(current_run()).filter(customer=found).first()
    context = {
        "card": found,
        "form": form,
        "back": where,
        "row": row if row and row.leave_share is not None else None,
        "now": percent_of(row.model_share) if row else "",
        "source": row.get_leave_by_display() if row and row.leave_by != LeaveBy.PERSON else "",
        "longest": overriding.LONGEST,
    }
    crumb = parents(request.user, found, _("改流失概率"))
    return render(request, "customers/override.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


@door("customer.edit", ("POST",))
def withdraw(request: Request, pk: int) -> HttpResponse:
    return _turn(request, pk, back=False)


@door("customer.edit", ("POST",))
def restore(request: Request, pk: int) -> HttpResponse:
    return _turn(request, pk, back=True)


def _turn(request: Request, pk: int, *, back: bool) -> HttpResponse:
    """Take a word back, or (`back`) let it count again; each is the other's undo."""
    try:
        said = (overriding.restore_override if back else overriding.withdraw_override)(request.user, pk)
    except (LeaveOverride.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, back_to(request, reverse("customers")))
    name = {"name": said.customer.name}
    line = _("%(name)s：流失概率又按您改的算") % name if back else _("%(name)s：撤回了改过的流失概率") % name
    say_undo(request, line, reverse("leave_withdraw" if back else "leave_restore", args=[said.pk]))
    # A fragment request may come from the card itself, which a change of the place in it alone would not load again.
    return moved(request, reverse("customer", args=[said.customer_id]) if request.htmx else _card(said.customer_id))


def _card(pk: int) -> str:
    """The card, where it tells the risk."""
    return reverse("customer", args=[pk]) + "#why"


urlpatterns = [
    path("customers/<int:pk>/why/", show, name="customer_why"),
    path("customers/<int:pk>/leave-override/new/", say, name="leave_override"),
    path("leave-overrides/<int:pk>/withdraw/", withdraw, name="leave_withdraw"),
    path("leave-overrides/<int:pk>/restore/", restore, name="leave_restore"),
]
