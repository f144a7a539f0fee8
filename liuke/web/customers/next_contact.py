"""下次联系: the days that one click sets, and the act; on the card, beside the list and on today's rail."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.clock import months_before
from liuke.kernel.refusal import Refused
from liuke.kernel.spoken_date import parse_spoken
from liuke.packs import Pack
from liuke.standing.models import Standing
from liuke.web.customers.one import card_or_404
from liuke.web.doors import Request, door, words
from liuke.web.going import back_to, moved
from liuke.web.page import say_undo
from liuke.web.words import day as day_words
from liuke.work.next_contact import set_next


def next_days(card: Customer, standing: Standing | None, pack: Pack) -> list[tuple[str, date, bool]]:
    """(words, day, on) of the days one click sets."""
    today = clock.today()
    days = [
        (_("今天"), today),
        (_("明天"), today + timedelta(days=1)),
        (_("3 天后"), today + timedelta(days=3)),
        (_("下周一"), today + timedelta(days=7 - today.weekday())),
        (_("下月"), months_before(today, -1)),
    ]
    if standing:
        usual = pack.contact_days.model_dump()[standing.abc]
        days.append((_("按 %(grade)s 级，%(n)s 天") % {"grade": standing.abc, "n": usual}, today + timedelta(days=usual)))
    chosen, told = card.next_contact_on, dict[date, str]()
    for text, on in days:
        told.setdefault(on, text)  # on a Sunday next Monday is tomorrow
    marked = [(text, on, on == chosen) for on, text in told.items()]
    if chosen and not any(on for _text, _day, on in marked):
        marked.insert(0, (day_words(chosen, today), chosen, True))
    return marked


@door("interaction.create", ("POST",))
def next_contact(request: Request, pk: int) -> HttpResponse:
    """Set the day of the next contact: `on` of a button (ISO; empty: none), or `typed` in words. The undo line puts the day before back."""
    found = card_or_404(request, pk)
    text = str(request.POST.get("on", request.GET.get("on", "")))
    where = back_to(request, reverse("customer", args=[pk]))
    by_grade = found.next_contact_by_id is None
    try:
        said = request.POST.get("typed", "").strip()
        on = parse_spoken(said, clock.today()) if said else date.fromisoformat(text) if text else None
        before = set_next(request.user, pk, on, by_grade="undo" in request.GET and "grade" in request.GET)
    except ValueError:
        return HttpResponse(status=400)
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, where)
    if "undo" in request.GET:
        say_undo(request, _("撤销了，下次联系还是原来的"))
        return moved(request, where)
    undo = ""
    if before is None or before >= clock.today():  # a day that is gone cannot be put back as it was; then only the line stands
        asked = {"undo": "1", "on": before.isoformat() if before else ""} | ({"grade": "1"} if by_grade else {})
        undo = f"{reverse('next_contact', args=[pk])}?{urlencode(asked)}"
    said = (
        _("%(name)s：下次联系 %(day)s") % {"name": found.name, "day": day_words(on)}
        if on
        else _("%(name)s：不排下次联系") % {"name": found.name}
    )
    say_undo(request, said, undo)
    return moved(request, where)


urlpatterns = [path("customers/<int:pk>/next-contact/", next_contact, name="next_contact")]
