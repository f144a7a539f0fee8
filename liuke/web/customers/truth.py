"""How true a card is, on the card itself: what is missing, which field was confirmed when; its history, and taking a change back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core.exceptions import FieldDoesNotExist
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liuke.custody.queries import Details, as_told, details
from liuke.customers import completeness, freshness, history
from liuke.customers.fields import CHOICES, EXTRA, TEXTS, birthday_of
from liuke.customers.models import Customer, FieldChange
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import pack as pack_in_use
from liuke.verification.models import FieldCheck
from liuke.verification.queries import marks
from liuke.web.customers.one import card_or_404
from liuke.web.customers.words import birthday_words
from liuke.web.doors import Request, door, words
from liuke.web.going import moved
from liuke.web.page import render, say_undo

MISSING_SHOWN = 6


@dataclass(frozen=True)
class Truth:
    """What the card page says of itself. `marks`: the last confirmation by field; `changed`: fields that have a history."""

    percent: int
    missing: tuple[tuple[str, str, int, str], ...]
    more: int
    marks: dict[str, FieldCheck]
    changed: frozenset[str]
    stale: bool
    stale_days: int


def truth(user: User, card: Customer, pack: Pack) -> Truth:
    """For a card the reader may see; `missing`: (field, words, points, address of the form at that field). Five queries."""
    filling = completeness.of(card, pack)
    edits = may(user, "customer.edit")
    missing = tuple(
        (lack.field, field_label(lack.field, pack), lack.points, edit_address(card, lack.field) if edits else "")
        for lack in filling.missing
    )
    return Truth(
        percent=filling.percent,
        missing=missing[:MISSING_SHOWN],
        more=len(missing[MISSING_SHOWN:]),
        marks=marks(card),
        changed=history.fields_changed(card),
        stale=freshness.is_stale(card.confirmed_on, card.opened_on, clock.today()),
        stale_days=freshness.stale_days(),
    )


def edit_address(card: Customer, field: str) -> str:
    """The form, open at this field; "" for a trade's own field, which the form does not have."""
    if field.startswith(completeness.EXTRA):
        return ""
    return f"{reverse('customer_edit', args=[card.pk])}?field={field}#f-{field}"


def field_label(name: str, pack: Pack) -> str:
    """A field in the reader's words."""
    return completeness.label(name, pack, "zh" if (get_language() or "zh").startswith("zh") else "en")


def value_of(card: Customer, name: str, shown: Details) -> str:
    """A field's value as this reader may see it."""
    if name == "phone":
        return _("，").join(shown.phones)
    if name == "wechat":
        return shown.wechat
    if name == "address":
        return shown.address
    if name == "birthday":
        birthday = birthday_of(card)
        return birthday_words(birthday) if birthday else ""
    value = getattr(card, name)
    if _free(name):
        return as_told(shown.clear)(str(value))
    return str(dict(CHOICES[name].choices).get(value, value)) if name in CHOICES else str(value)


@door("customer.read")
def card_history(request: Request, pk: int) -> HttpResponse:
    """Every change of the card's fields, of one when asked (?field=), each with its undo while it still stands."""
    card, pack = card_or_404(request, pk), pack_in_use()
    field = request.GET.get("field", "")
    known = history.fields_changed(card)
    field = field if field in known else ""
    clear = details(request.user, card).clear
    told = as_told(clear)
    rows = [replace(row, old=told(row.old), new=told(row.new)) if _free(row.field) else row for row in history.entries(card, field, clear)]
    context = {
        "card": card,
        "rows": rows,
        "most": history.MOST,
        "field": field,
        "chips": [("", _("全部"), not field), *[(name, field_label_any(name, pack), name == field) for name in sorted(known)]],
        "label": lambda name: field_label_any(name, pack),
        "marks": marks(card),
        "edits": may(request.user, "customer.edit"),
    }
    first = (_("客户"), reverse("customers"))
    crumb = [first, (card.name, reverse("customer", args=[pk])), (_("改动"), "")]
    return render(request, "customers/history.html", context, nav="customers", crumb=crumb)


def _free(field: str) -> bool:
    """Whether a field of the history is text in which anything may stand."""
    return field in TEXTS or field == "contact" or field.startswith(EXTRA)


def field_label_any(name: str, pack: Pack) -> str:
    """The words for any column that may stand in the history; its name for one that is no longer there."""
    try:
        return field_label(name, pack)
    except FieldDoesNotExist:
        return name


@door("customer.edit", ("POST",))
def take_back(request: Request, pk: int) -> HttpResponse:
    """Undo one change by a reverse one; a refusal says what stands now."""
    change = FieldChange.objects.filter(pk=pk).first()
    if change is None:
        raise Http404
    card = card_or_404(request, change.customer_id)
    try:
        history.undo(request.user, pk)
    except Refused as refused:
        say_undo(request, as_told(details(request.user, card).clear)(words(refused)))
    else:
        newest = FieldChange.objects.filter(customer=card).order_by("-pk").values_list("pk", flat=True)[0]
        label = field_label_any("birthday" if change.field.startswith("birth_") else change.field, pack_in_use())
        say_undo(request, _("%(name)s：%(field)s改回去了") % {"name": card.name, "field": label}, reverse("change_undo", args=[newest]))
    return moved(request, reverse("card_history", args=[card.pk]))


urlpatterns = [
    path("customers/<int:pk>/history/", card_history, name="card_history"),
    path("customers/history/<int:pk>/undo/", take_back, name="change_undo"),
]
