"""借出的卡: what I have out, with the time left; for who oversees, what is overdue and who has what."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.custody.actions import give_back
from liuke.custody.models import CheckOut
from liuke.custody.queries import masked_text, my_check_outs, out_now, overdue
from liuke.team.permissions import may
from liuke.web.doors import Request, door
from liuke.web.page import render, say_undo
from liuke.web.words import thousands

RECENT = 20
SHOWN = 200


@door("customer.read")
def check_outs(request: Request) -> HttpResponse:
    user, now = request.user, timezone.now()
    borrows, oversees = may(user, "card.check_out"), may(user, "check_out.oversee")
    mine = my_check_outs(user) if borrows else CheckOut.objects.none()
    here = list(mine.filter(returned_at__isnull=True))
    late = overdue(user, now) if oversees else CheckOut.objects.none()
    away = out_now(user, now) if oversees else CheckOut.objects.none()
    late_count, away_count = late.count(), away.count()
    context = {
        "now": now,
        "borrows": borrows,
        "oversees": oversees,
        "mine": here,
        "before": list(mine.filter(returned_at__isnull=False)[:RECENT]),
        "masked": masked_text,
        "late": list(late[:SHOWN]),
        "away": list(away[:SHOWN]),
        "late_count": late_count,
        "away_count": away_count,
        "shown": SHOWN,
        "title": _title(len(here), sum(out.until <= now for out in here), late_count, away_count, oversees),
    }
    return render(request, "check_outs/check_outs.html", context, nav="check_outs", crumb=_("借出的卡"))


def _title(mine: int, mine_late: int, late: int, away: int, oversees: bool) -> str:
    if oversees:
        if late:
            return _("%(n)s 张卡过了时间没还") % {"n": thousands(late)}
        return _("借出 %(n)s 张，都在时间内") % {"n": thousands(away)} if away else _("没有卡借在外面")
    if mine_late:
        return _("您有 %(n)s 张卡过了时间没还") % {"n": mine_late}
    return _("您借着 %(n)s 张卡") % {"n": mine} if mine else _("您没有借着的卡")


@door("card.check_out", ("POST",))
def return_card(request: Request, pk: int) -> HttpResponse:
    try:
        out = give_back(request.user, pk)
    except CheckOut.DoesNotExist:
        raise Http404 from None
    say_undo(request, _("还了%(name)s的卡") % {"name": out.customer.name})
    return redirect("check_outs")


urlpatterns = [
    path("check-outs/", check_outs, name="check_outs"),
    path("check-outs/<int:pk>/return/", return_card, name="check_out_return"),
]
