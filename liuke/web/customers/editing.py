"""Opening a card with what is at hand, and editing one; two people at one card see both values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, details, masked_phone, masked_text, restored
from liuke.custody.searching import count_number_search
from liuke.customers import actions
from liuke.customers.edits import Clash, Conflict
from liuke.customers.fields import CHOICES, FLAGS, SEALED, TEXTS, birthday_of, label
from liuke.customers.models import Customer, FieldChange
from liuke.customers.queries import namesakes
from liuke.kernel.birthday import Birthday
from liuke.kernel.masks import mask_address, mask_wechat
from liuke.kernel.phone import parse_phones
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.team.labels import Role
from liuke.team.queries import colleagues, units_in_scope
from liuke.web.customers.one import card_or_404, parents
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo

FIRST = ("name", "phone", "gender", "birthday", "source", "wechat")
PERSON = ("occupation", "family", "hobbies", "personality", "income_band", "education", "address")
CONTACT = ("channel", "best_time", "monthly_contacts", "avoid", "service_need", "do_not_contact")
COMPANY = ("kind", "credit_code", "industry", "size", "region")
REST = ("number", "tier", "key_account", "early_adopter", "remarks")
ENTERED = (
    "name",
    "phone",
    "birthday",
    "number",
    "credit_code",
    "monthly_contacts",
    *[name for name in TEXTS if name != "name"],
    *CHOICES,
    *FLAGS,
)

FREE = tuple(name for name in TEXTS if name not in ("name", "tier", *SEALED))
"""Texts in which anything may stand, numbers too: shown as custody.queries.as_told."""
CHANGES = 50
MANY = "search.many_numbers"


def groups(form: Form, field: str = "") -> list[tuple[str, tuple[str, ...], bool]]:
    """(heading, fields, open) of the form; what is wrong is open, and where the reader wants to write."""
    rest = [(_("这个人"), PERSON), (_("怎么联系"), CONTACT), (_("企业"), COMPANY), (_("其他"), REST)]
    return [("", FIRST, True), *((head, names, field in names or any(form.error(name) for name in names)) for head, names in rest)]


def entered(form: Form) -> dict[str, object]:
    """What the form says of the card's fields; boxes that were shown and not ticked are said too."""
    boxes = form.get("boxes").split(",")
    return {name: form.get(name) for name in ENTERED if name in form.values or name in boxes}


@door("customer.create", ("GET", "POST"))
def new(request: Request) -> HttpResponse:
    user = request.user
    form = typed(request.POST) if request.method == "POST" else Form({"name": request.GET.get("name", "")[:200], "kind": "person"})
    known, many = "", False
    if request.method == "POST":
        unit, owner = (as_id(form.get(name)) for name in ("unit", "owner"))
        try:
            if form.get("even_if_known") != "1":
                _count_numbers(request, form)
            card = actions.create(user, entered(form), unit=unit, owner=owner, even_if_known=form.get("even_if_known") == "1")
        except Refused as refused:
            if refused.code == "customer.known":
                known = words(refused)
            else:
                form.refuse(refused)
                many = refused.code == MANY
        else:
            say_undo(request, _("建了%(name)s的卡") % {"name": card.name})
            mine = Customer.objects.visible_to(user).filter(pk=card.pk).exists()
            return moved(request, reverse("customer", args=[card.pk]) if mine else reverse("customers"))
    context = _context(request, form) | {"known": known, "title": _("新建客户"), "card": None, "clashes": []}
    if request.method != "POST":
        found, more = namesakes(user, form.get("name"))
        context["namesakes"] = [(one, masked_phone(one.phone)) for one in found]
        context["namesakes_many"] = more
    crumb = [(_("客户"), reverse("customers")), (_("新建客户"), "")]
    status = 429 if many else 422 if form.bad else 409 if known else 200
    return render(request, "customers/edit.html", context, nav="customers", crumb=crumb, status=status)


@door("customer.edit", ("GET", "POST"))
def edit(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    shown = details(request.user, card)
    told = as_told(shown.clear)
    form = typed(request.POST) if request.method == "POST" else Form(_stored(card, told))
    clashes: list[Any] = []
    many = False
    if request.method == "POST":
        sent = entered(form)
        for name in (*SEALED, "phone"):  # shown masked: nothing typed is nothing changed
            if not str(sent.get(name, "")).strip():
                sent.pop(name, None)
        for name in list(sent):
            if form.get(f"keep_{name}") == "theirs":
                sent.pop(name)
        sent |= _uncovered(card, sent)
        version = int(form.get("version")) if form.get("version").isdecimal() else 0
        try:
            if "phone" in sent:
                _count_numbers(request, form)
            actions.edit(request.user, pk, sent, version)
        except Conflict as conflict:
            clashes = [(_masked(clash, shown.clear), label(clash.field)) for clash in conflict.clashes]
            form.values["version"] = str(conflict.version)
        except Refused as refused:
            form.refuse(refused)
            many = refused.code == MANY
        else:
            say_undo(request, _("改好了%(name)s的卡") % {"name": card.name})
            return moved(request, reverse("customer", args=[pk]))
    context = _context(request, form) | {
        "known": "",
        "title": _("改资料：%(name)s") % {"name": card.name},
        "card": card,
        "masked": shown,
        "clashes": clashes,
    }
    status = 429 if many else 422 if form.bad else 409 if clashes else 200
    return render(request, "customers/edit.html", context, nav="customers", crumb=parents(request.user, card, _("改资料")), status=status)


def _context(request: Request, form: Form) -> dict[str, object]:
    user = request.user
    context: dict[str, object] = {
        "form": form,
        "groups": groups(form, request.GET.get("field", "")),
        "label": label,
        "options": {name: [("", _("不知道")), *[(code, str(word)) for code, word in kinds.choices]] for name, kinds in CHOICES.items()},
        "flags": FLAGS,
        "units": [],
        "owners": [],
    }
    if user.role != Role.REP:
        context["units"] = [(str(unit.pk), unit.name) for unit in units_in_scope(user).filter(children__isnull=True).order_by("path")]
        staff = colleagues(user).filter(role__in=(Role.REP, Role.AGENT)).order_by("unit__path", "name")
        context["owners"] = [("", _("先不分配")), *[(str(one.pk), one.name) for one in staff]]
    return context


def _count_numbers(request: Request, form: Form) -> None:
    """Whoever types a number learns whether somebody has it, so each one counts as a search by number. Refuses search.many_numbers."""
    try:
        numbers = parse_phones(form.get("phone"))
    except Refused:
        return  # nothing is looked up: the form says what is wrong with it
    for number in numbers:
        count_number_search(request.user, number.e164)


def _uncovered(card: Customer, sent: Mapping[str, object]) -> dict[str, object]:
    """Free texts that come back with numbers covered as the form showed them, with the numbers that are kept. One query, where needed."""
    covered = {name: str(sent[name]) for name in FREE if "****" in str(sent.get(name, ""))}
    if not covered:
        return {}
    before: dict[str, list[str]] = {name: [getattr(card, name)] for name in covered}
    for change in FieldChange.objects.filter(customer=card, field__in=list(covered)).order_by("-pk")[:CHANGES]:
        before[change.field].append(change.old)
    return {name: restored(text, before[name]) for name, text in covered.items()}


def _masked(clash: Clash, clear: bool) -> Clash:
    """Both values as masked as the card itself."""
    if clear:
        return clash
    hide = {"wechat": mask_wechat, "address": mask_address}.get(clash.field, masked_text if clash.field in FREE else str)
    return replace(clash, theirs=hide(clash.theirs), mine=hide(clash.mine))


def _stored(card: Customer, told: Callable[[str], str]) -> dict[str, str]:
    """The card as the form shows it; sealed fields stay out, free text as `told`."""
    names = [name for name in ENTERED if name not in (*SEALED, "phone", "birthday", *FLAGS)]
    values = {name: str(value) if (value := getattr(card, name)) is not None else "" for name in names}
    values |= {name: told(values[name]) for name in FREE}
    values |= {name: "1" if getattr(card, name) else "" for name in FLAGS}
    return values | {"birthday": _birthday(birthday_of(card)), "version": str(card.version)}


def _birthday(birthday: Birthday | None) -> str:
    """As it is typed: 1985-08-15, 8月15日, 农历九月廿三 as 农历9月23日."""
    if birthday is None:
        return ""
    year = f"{birthday.year}年" if birthday.year else ""
    if birthday.month is None:
        return year
    day = f"{birthday.day}日" if birthday.day else ""
    text = f"{year}{'闰' if birthday.leap else ''}{birthday.month}月{day}"
    return f"农历{text}" if birthday.lunar else text


urlpatterns = [
    path("customers/new/", new, name="customer_new"),
    path("customers/<int:pk>/edit/", edit, name="customer_edit"),
]
