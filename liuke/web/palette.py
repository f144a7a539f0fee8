"""The palette: go to a customer, a list or a page by what is at hand, or do something; Tab on a customer asks what can be done with him.

What is found is what the reader may see and do: customers through his sight, acts and pages by his permissions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.custody.queries import masked_phone
from liuke.customers.models import Customer
from liuke.customers.queries import namesakes
from liuke.kernel import pinyin
from liuke.segments.filters import Filter
from liuke.segments.finding import AT_MOST, found
from liuke.segments.kept import listed
from liuke.segments.queries import saved_views
from liuke.standing.models import Standing
from liuke.standing.queries import current_run, standings
from liuke.team.permissions import may
from liuke.web.doors import Request, door
from liuke.web.page import NAV, render

SHOWN = 5
LISTS = 5
_ACT = re.compile(r"@([0-9]{1,15})")
_HERE = re.compile(r"/customers/([0-9]{1,15})/|[?&]open=([0-9]{1,15})(?:&|$)")
# icon, words, route, permission
ACTS = (
    ("user-plus", gettext_lazy("新建客户"), "customer_new", "customer.create"),
    ("message-report", gettext_lazy("记一件投诉"), "complaint_new", "complaint.enter"),
    ("file-import", gettext_lazy("导入文件"), "import_new", "import.load"),
    ("columns-3", gettext_lazy("换名单的列"), "customer_columns", "customer.read"),
    ("list", gettext_lazy("存成视图"), "view_save", "view.save"),
)
MORE_PAGES = (
    ("edit", gettext_lazy("一起改过的资料"), "bulk_edits", "bulk.edit"),
    ("user", gettext_lazy("我的，字号和快捷键"), "me", "anyone"),
)
HELP = (
    ("keyboard", gettext_lazy("键盘快捷键"), "me", "lk-keys"),
    ("key", gettext_lazy("改密码"), "account_change_password", ""),
    ("world", gettext_lazy("换语言"), "me", ""),
    ("shield-lock", gettext_lazy("两步验证"), "mfa_index", ""),
    ("palette", gettext_lazy("部件与状态"), "components", ""),
)


@dataclass(frozen=True)
class Line:
    """One line that is no customer: `parts` are its words, or how they sound, with what was typed set apart as (matched, rest) pairs;
    `shows`: a dialog of the page that it opens instead of going to its address."""

    icon: str
    words: str
    address: str
    parts: tuple[tuple[str, str], ...] = ()
    shows: str = ""


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
    context = {
        "hits": hits,
        "total": total,
        "most": AT_MOST,
        "here": _here(request) if not asked else None,
        "acts": _fitting(asked, [(icon, str(words), reverse(route)) for icon, words, route, key in ACTS if may(request.user, key)]),
        "lists": _fitting(asked, _lists(request), LISTS) if asked else [],
        "pages": _pages(request, asked),
        "help": _fitting(asked, [(icon, str(words), reverse(route), shows) for icon, words, route, shows in HELP]) if asked else [],
        "namesakes": namesakes(request.user, asked, 0)[1] if asked and may(request.user, "customer.create") else 0,
        "q": asked,
    }
    return render(request, "customers/palette.html", context, block="results")


def _here(request: Request) -> tuple[Customer, list[tuple[str, str, str]]] | None:
    """The customer on the page the reader comes from, with what can be done with him."""
    match = _HERE.search(request.GET.get("here", "")[:2000])
    card = Customer.objects.visible_to(request.user).filter(pk=match[1] or match[2]).first() if match else None
    return (card, _acts(request, card)) if card else None


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


def _pages(request: Request, asked: str) -> list[Line]:
    """The pages of the navigation, whatever they are, and some below them."""
    every = [(icon, word, route, key) for icon, word, route, key in (*NAV.values(), *MORE_PAGES) if may(request.user, key)]
    found = _fitting(asked, [(icon, str(word), reverse(route)) for icon, word, route, _key in every])
    return found if asked else found[:6]


def _lists(request: Request) -> list[tuple[str, str, str]]:
    """The reader's views and the segments he may use."""
    views = [("list", view.name, f"{reverse('customers')}?{view.query}") for view in saved_views(request.user)]
    segments = [("users-group", one.name, f"{reverse('customers')}?segment={one.pk}") for one in listed(request.user)]
    return [*views, *segments]


def _fitting(asked: str, lines: Iterable[tuple[str, ...]], most: int = 8) -> list[Line]:
    """The lines whose words, or how they sound, have what was typed; all of them where nothing was."""
    found = [Line(line[0], line[1], line[2], parts, *line[3:]) for line in lines if (parts := fit(line[1], asked)) is not None]
    return found[:most]


def fit(words: str, asked: str) -> tuple[tuple[str, str], ...] | None:
    """(matched, rest) pairs of how the words sound when letters of that were typed; () where the words themselves have it, or nothing was
    typed; None where neither."""
    typed = "".join(asked.split()).lower()
    if typed in words.lower():
        return ()
    parts = sound(words, asked)
    return parts if any(before for before, _rest in parts) else None


def _acts(request: Request, card: Customer | None) -> list[tuple[str, str, str]]:
    """(icon, words, address) of what this reader can do with a customer."""
    if card is None:
        return []
    user, pk = request.user, card.pk
    acts = [("id", _("打开客户卡"), "customer", "customer.read"), ("phone", _("借卡看全号"), "check_out", "card.check_out"),
            ("pencil", _("记一笔"), "contact_new", "interaction.create"), ("receipt", _("记一单"), "deal_new", "deal.create"),
            ("edit", _("改资料"), "customer_edit", "customer.edit")]  # fmt: skip
    made = [(icon, word, reverse(route, args=[pk])) for icon, word, route, permission in acts if may(user, permission)]
    if may(user, "complaint.enter"):
        made.append(("message-report", _("记投诉"), f"{reverse('complaint_new')}?{urlencode({'customer': pk})}"))
    if may(user, "customer.transfer"):
        made.append(("transfer", _("转交"), f"{reverse('transfer_new')}?{urlencode({'pick': pk})}"))
    return made


urlpatterns = [path("palette/", palette, name="palette")]
