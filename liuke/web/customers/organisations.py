"""On an organisation's card: its people, and what it belongs to."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, contact_numbers, details, restored
from liuke.customers import organisations
from liuke.customers.models import Contact, Customer, FieldChange
from liuke.kernel.refusal import Refused
from liuke.web.customers.one import card_or_404, parents
from liuke.web.doors import Request, door, words
from liuke.web.entry import Form, typed
from liuke.web.going import moved
from liuke.web.page import render, say_undo

FIELDS = ("name", "title", "phone", "wechat", "remarks", "person")


def _place(card: Customer) -> str:
    return reverse("customer", args=[card.pk]) + "#lk-organisation"


@door("customer.edit", ("GET", "POST"))
def contact_add(request: Request, pk: int) -> HttpResponse:
    card = card_or_404(request, pk)
    form = typed(request.POST) if request.method == "POST" else Form({})
    if request.method == "POST":
        try:
            change = organisations.add_contact(request.user, pk, {name: form.get(name) for name in FIELDS})
        except Refused as refused:
            form.refuse(refused)
        else:
            say_undo(request, _("%(name)s：加了联系人") % {"name": card.name}, reverse("person_undo", args=[change.pk]))
            return moved(request, _place(card))
    return _page(request, card, form, None)


@door("customer.edit", ("GET", "POST"))
def contact_edit(request: Request, pk: int) -> HttpResponse:
    contact, card = _contact(request, pk)
    known = Customer.objects.visible_to(request.user).filter(pk=contact.person_id).first() if contact.person_id else None
    remarks = as_told(details(request.user, card).clear)(contact.remarks)
    start = {"name": contact.name, "title": contact.title, "remarks": remarks, "person": known.number if known else ""}
    form = typed(request.POST) if request.method == "POST" else Form(start)
    if request.method == "POST":
        sent = {name: form.get(name) for name in FIELDS} | {"remarks": restored(form.get("remarks"), [contact.remarks])}
        try:
            change = organisations.edit_contact(request.user, pk, sent)
        except Contact.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused)
        else:
            undo = reverse("person_undo", args=[change.pk]) if change else ""
            say_undo(request, _("改好了联系人%(name)s") % {"name": form.get("name")}, undo)
            return moved(request, _place(card))
    return _page(request, card, form, contact)


def _page(request: Request, card: Customer, form: Form, contact: Contact | None) -> HttpResponse:
    title = _("改联系人：%(name)s") % {"name": contact.name} if contact else _("给%(name)s加联系人") % {"name": card.name}
    masked = contact_numbers(contact, details(request.user, card).clear) if contact else ("", "")
    context = {"card": card, "form": form, "contact": contact, "masked": masked, "title": title}
    crumb = parents(request.user, card, _("联系人"))
    return render(request, "customers/person.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


@door("customer.edit", ("POST",))
def contact_remove(request: Request, pk: int) -> HttpResponse:
    contact, card = _contact(request, pk)
    try:
        change = organisations.remove_contact(request.user, pk)
    except Contact.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, _place(card))
    say_undo(request, _("去掉了联系人%(name)s") % {"name": contact.name}, reverse("person_undo", args=[change.pk]))
    return moved(request, _place(card))


@door("customer.edit", ("POST",))
def person_undo(request: Request, pk: int) -> HttpResponse:
    try:
        card = organisations.undo_contact(request.user, pk)
    except (FieldChange.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, reverse("customers"))
    say_undo(request, _("撤销了%(name)s联系人的改动") % {"name": card.name})
    return moved(request, reverse("customer", args=[card.pk]))  # no place on the page: the browser would not fetch it again


def _contact(request: Request, pk: int) -> tuple[Contact, Customer]:
    seen = Customer.objects.visible_to(request.user)
    contact = Contact.objects.filter(pk=pk, customer__in=seen.values("pk")).select_related("person").first()
    if contact is None:
        raise Http404
    return contact, card_or_404(request, contact.customer_id)


@door("customer.edit", ("GET", "POST"))
def parent(request: Request, pk: int) -> HttpResponse:
    """To which organisation this one belongs; a POST with ?undo=1 puts back what stood before."""
    card = card_or_404(request, pk)
    above = Customer.objects.visible_to(request.user).filter(pk=card.parent_id).first() if card.parent_id else None
    form = typed(request.POST) if request.method == "POST" else Form({"number": above.number if above else ""})
    if request.method == "POST":
        undoing = "undo" in request.GET
        number = request.GET.get("number", "") if undoing else form.get("number")
        try:
            before = organisations.set_parent(request.user, pk, number)
        except Customer.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused, dict.fromkeys(("parent.unknown", "parent.kind", "parent.self", "parent.cycle", "parent.deep"), "number"))
            if undoing:
                say_undo(request, words(refused))
                return moved(request, reverse("customer", args=[pk]))
        else:
            back = "" if undoing else f"{reverse('parent', args=[pk])}?{urlencode({'undo': '1', 'number': before})}"
            said = _("撤销了，上级单位还是原来的") if undoing else _("%(name)s的上级单位改好了") % {"name": card.name}
            say_undo(request, said, back)
            return moved(request, reverse("customer", args=[pk]) if undoing else _place(card))
    context = {"card": card, "form": form}
    crumb = parents(request.user, card, _("上级单位"))
    return render(request, "customers/parent.html", context, nav="customers", crumb=crumb, status=422 if form.bad else 200)


urlpatterns = [
    path("customers/<int:pk>/contacts/new/", contact_add, name="person_add"),
    path("contacts/<int:pk>/edit/", contact_edit, name="person_edit"),
    path("contacts/<int:pk>/removal/", contact_remove, name="person_remove"),
    path("contact-changes/<int:pk>/undo/", person_undo, name="person_undo"),
    path("customers/<int:pk>/parent/", parent, name="parent"),
]
