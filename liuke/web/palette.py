"""The palette: go to a customer or a page by what is at hand; Tab on a customer asks what can be done with him."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.custody.queries import masked_phone
from liuke.customers.models import Customer
from liuke.kernel import pinyin
from liuke.segments.filters import Filter
from liuke.segments.queries import found
from liuke.standing.models import Standing
from liuke.standing.queries import current_run, standings
from liuke.team.permissions import may
from liuke.web.doors import Request, door
from liuke.web.page import NAV, render

SHOWN = 5
_ACT = re.compile(r"@([0-9]{1,15})")


@dataclass(frozen=True)
class Hit:
    """A customer found: its syllables with what was typed set apart, as (before, matched) pairs."""

    card: Customer
    standing: Standing | None
    sound: tuple[tuple[str, str], ...]
    phone: str


@door("customer.read")
def palette(request: Request) -> HttpResponse:
    """A fragment for the search box; without script, the list of what was asked for."""
    asked = request.GET.get("q", "")[:64].strip()
    if not request.htmx:
        return redirect(reverse("customers") + (f"?{urlencode({'q': asked})}" if asked else ""))
    if match := _ACT.fullmatch(asked):
        card = Customer.objects.visible_to(request.user).filter(pk=match[1]).first()
        return render(request, "customers/palette.html", {"card": card, "acts": _acts(request, card), "q": ""}, block="acts")
    hits, total = _customers(request, asked)
    context = {"hits": hits, "total": total, "pages": _pages(request, asked), "q": asked}
    return render(request, "customers/palette.html", context, block="results")


def _customers(request: Request, asked: str) -> tuple[list[Hit], int]:
    if not asked:
        return [], 0
    cards, total = found(request.user, Filter({"q": asked}), SHOWN)
    run = current_run()
    rows = {row.customer_id: row for row in standings(run).filter(customer__in=[card.pk for card in cards])}
    return [Hit(card, rows.get(card.pk), sound(card.name, asked), masked_phone(card.phone)) for card in cards], total


def sound(name: str, asked: str) -> tuple[tuple[str, str], ...]:
    """(matched, rest) of each syllable of a name for what was typed in letters; empty when it was not letters."""
    typed = asked.replace(" ", "").lower()
    if not typed.isascii() or not typed.isalpha():
        return ()
    syllables = [part for part in pinyin.sort_key(name).split(" ") if part.isascii()]
    heads = [syllable[0] for syllable in syllables]
    for start in range(len(syllables)):
        if "".join(heads[start:]).startswith(typed):
            return tuple((one[:1], one[1:]) if start <= at < start + len(typed) else ("", one) for at, one in enumerate(syllables))
        if "".join(syllables[start:]).startswith(typed):
            parts, left = [], typed
            for at, one in enumerate(syllables):
                taken = one[: len(left)] if at >= start else ""
                parts.append((taken, one[len(taken) :]))
                left = left[len(taken) :]
            return tuple(parts)
    return tuple(("", one) for one in syllables)


def _pages(request: Request, asked: str) -> list[tuple[str, str, str]]:
    """(icon, words, address) of the pages that fit what was typed: their words or how those sound."""
    typed = asked.replace(" ", "").lower()
    open_to = [(icon, str(word), reverse(route)) for icon, word, route, permission in NAV.values() if may(request.user, permission)]
    if not typed:
        return open_to[:6]
    return [
        one
        for one in open_to
        if typed in one[1].lower() or pinyin.full(one[1]).startswith(typed) or pinyin.initials(one[1]).startswith(typed)
    ]


def _acts(request: Request, card: Customer | None) -> list[tuple[str, str, str]]:
    """(icon, words, address) of what this reader can do with a customer."""
    if card is None:
        return []
    user, pk = request.user, card.pk
    acts = [("id", _("打开客户卡"), "customer", "customer.read"), ("phone", _("借卡看全号"), "check_out", "card.check_out"),
            ("pencil", _("记一笔"), "contact_new", "interaction.create"), ("receipt", _("记一单"), "deal_new", "deal.create"),
            ("edit", _("改资料"), "customer_edit", "customer.edit")]  # fmt: skip
    made = [(icon, word, reverse(route, args=[pk])) for icon, word, route, permission in acts if may(user, permission)]
    if may(user, "customer.transfer"):
        made.append(("transfer", _("转交"), f"{reverse('transfer_new')}?{urlencode({'pick': pk})}"))
    return made


urlpatterns = [path("palette/", palette, name="palette")]
