"""借出的卡: what I have out, with the time left; for who oversees, what is overdue and who has what."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from liuke.custody.actions import give_back
from liuke.custody.models import CheckOut
from liuke.custody.queries import masked_text, my_check_outs, out_now, overdue
from liuke.exchange.visit_packs import print_pack
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.permissions import may
from liuke.web.doors import Request, door, words
from liuke.web.page import render, say_undo
from liuke.web.visuals import tier_word
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
        "printable": [out.pk for out in here if out.until > now],
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


@door("customer.read", ("POST",))
def return_card(request: Request, pk: int) -> HttpResponse:
    try:
        out = give_back(request.user, pk)
    except CheckOut.DoesNotExist:
        raise Http404 from None
    say_undo(request, _("还了%(name)s的卡") % {"name": out.customer.name})
    return redirect("check_outs")


@door("card.check_out", ("POST",))
def visit_pack(request: Request) -> HttpResponse:
    """The ticked cards as a PDF to take along; the cards are whole in it, so it is kept nowhere on the way."""
    picked = [pk for text in request.POST.getlist("pick") if (pk := as_id(text))]
    if not picked:
        say_undo(request, _("先选要印哪几张卡。"))
        return redirect("check_outs")
    try:
        printed = print_pack(request.user, picked, tier_word)
    except CheckOut.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect("check_outs")
    name = _("拜访资料包") + f" {timezone.localtime():%Y-%m-%d %H%M}.pdf"
    return HttpResponse(
        printed.pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment", "Cache-Control": "no-store"},
    )


urlpatterns = [
    path("check-outs/", check_outs, name="check_outs"),
    path("check-outs/pack/", visit_pack, name="visit_pack"),
    path("check-outs/<int:pk>/return/", return_card, name="check_out_return"),
]
