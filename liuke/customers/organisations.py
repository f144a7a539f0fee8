"""Organisations: the people to talk to, and which organisation belongs to which. Every act can be taken back by a reverse one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from liuke.audit.actions import record
from liuke.customers.fields import BadFields
from liuke.customers.labels import Kind
from liuke.customers.locks import hold_numbers, lock_cards
from liuke.customers.models import Contact, Customer, FieldChange
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.kernel.phone import parse_phones
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.team.models import User
from liuke.team.permissions import require

CONTACT = "contact"
"""The field of the history that keeps contacts, as JSON (rules.contact_words says what a page shows of it)."""
TEXTS = {"name": 200, "title": 80, "wechat": 64, "remarks": 300}
MOST = 200
DEEPEST = 20
_TREE = "organisation.parent"


@transaction.atomic
def add_contact(actor: User, customer_id: int, typed: Mapping[str, object]) -> FieldChange:
    """Add a person to an organisation: name, title, phone, wechat, remarks, and `person`, the customer number of his own card.

    The change that `undo_contact` takes back. Refuses what BadFields says, contact.kind (not an organisation), contact.many,
    customer.erased.
    """
    card = _held(actor, customer_id)
    if card.kind != Kind.ORGANISATION:
        raise Refused("contact.kind", "联系人加在企业的卡上。")
    if Contact.objects.filter(customer=card).count() >= MOST:
        raise Refused("contact.many", "一家企业最多 %(n)s 位联系人。", n=MOST)
    contact = Contact(customer=card, **_read(actor, card, typed))
    contact.save()
    change = _keep(actor, card, "", kept_text(contact))
    record(actor, "contact.add", card, contact=contact.pk)
    return change


@transaction.atomic
def edit_contact(actor: User, contact_id: int, typed: Mapping[str, object]) -> FieldChange | None:
    """Change a contact; a telephone or WeChat that is not there or empty stays, 无 takes it away. None where nothing changes.

    Raises Contact.DoesNotExist for one whose organisation is out of sight.
    """
    contact, card = _contact(actor, contact_id)
    before = kept_text(contact)
    for name, value in _read(actor, card, typed, contact).items():
        setattr(contact, name, value)
    after = kept_text(contact)
    if after == before:
        return None
    contact.save()
    change = _keep(actor, card, before, after)
    record(actor, "contact.edit", card, contact=contact.pk)
    return change


@transaction.atomic
def remove_contact(actor: User, contact_id: int) -> FieldChange:
    """Take a contact off an organisation. Raises Contact.DoesNotExist."""
    contact, card = _contact(actor, contact_id)
    change = _keep(actor, card, kept_text(contact), "")
    record(actor, "contact.remove", card, contact=contact.pk)
    contact.delete()
    return change


@transaction.atomic
def undo_contact(actor: User, change_id: int) -> Customer:
    """Take an addition, a change or a removal of a contact back, by a reverse one.

    Refuses contact.moved where somebody touched the contact since; raises FieldChange.DoesNotExist or Customer.DoesNotExist.
    """
    require(actor, "customer.edit")
    change = FieldChange.objects.get(pk=change_id, field=CONTACT)
    card = _held(actor, change.customer_id)
    if not FieldChange.objects.filter(pk=change_id).exists():  # taken out while we waited
        raise FieldChange.DoesNotExist
    kept = json.loads(change.old or change.new)
    now = Contact.objects.filter(pk=kept["id"], customer=card).first()
    if (kept_text(now) if now else "") != change.new:
        raise Refused("contact.moved", "这位联系人后来又改过，没有撤销。")
    if now and not change.old:
        now.delete()
    else:
        person = Customer.objects.filter(pk=kept.pop("person") or 0).first()
        Contact(customer=card, person=person, **kept).save()
    _keep(actor, card, change.new, change.old)
    record(actor, "contact.undo", card, contact=kept["id"])
    return card


@transaction.atomic
def set_parent(actor: User, customer_id: int, number: str) -> str:
    """Say to which organisation this one belongs (by customer number, "": to none). The number that stood before, to be put back.

    Refuses parent.unknown (none in sight has the number), parent.kind, parent.self, parent.cycle, parent.deep, customer.erased.
    """
    require(actor, "customer.edit")
    wanted = clean(number, 64)
    above = Customer.objects.visible_to(actor).filter(number=wanted).first() if wanted else None
    if wanted and above is None:
        raise Refused("parent.unknown", "没有找到编号是“%(number)s”的客户。", number=wanted)
    card = _held(actor, customer_id, *([above.pk] if above else []))
    hold_numbers(_TREE)  # rings grow from two changes at once, each of which alone is right
    if above is not None:
        above.refresh_from_db()
        if above.pk == card.pk:
            raise Refused("parent.self", "上级单位不能是它自己。")
        if Kind.PERSON in (card.kind, above.kind):
            raise Refused("parent.kind", "上下级都要是企业。")
        _check_place(card.pk, above.pk)
    before = Customer.objects.filter(pk=card.parent_id or 0).values_list("number", flat=True).first() or ""
    if card.parent_id != (above.pk if above else None):
        FieldChange.objects.create(
            customer=card, field="parent", old=before, new=above.number if above else "", version=card.version + 1, by=actor
        )
        Customer.objects.filter(pk=card.pk).update(parent=above, version=F("version") + 1)
        record(actor, "customer.parent", card, old=card.parent_id, new=above.pk if above else None)
    return before


def descendants(customer_ids: Iterable[int]) -> list[int]:
    """The ids of all that belongs to these organisations, at any depth, without themselves. One query a level."""
    found: dict[int, None] = {}
    level = list(customer_ids)
    for _depth in range(DEEPEST):
        level = [pk for pk in Customer.objects.filter(parent__in=level).order_by("pk").values_list("pk", flat=True) if pk not in found]
        if not level:
            break
        found.update(dict.fromkeys(level))
    return list(found)


def _check_place(card: int, above: int) -> None:
    """Refuse a place under itself, and a tree grown too deep (what hangs below the card counts)."""
    height, level = 0, [card]
    while level and height <= DEEPEST:
        level = list(Customer.objects.filter(parent__in=level).values_list("pk", flat=True))
        height += 1
    up: int | None = above
    depth = 0
    while up is not None:
        if up == card:
            raise Refused("parent.cycle", "它已经在这家下面，不能反过来当它的上级。")
        depth += 1
        if depth + height > DEEPEST:
            raise Refused("parent.deep", "上下级最多 %(n)s 层。", n=DEEPEST)
        up = Customer.objects.filter(pk=up).values_list("parent_id", flat=True).first()


def _held(actor: User, customer_id: int, *others: int) -> Customer:
    require(actor, "customer.edit")
    lock_cards([customer_id, *others])
    card = visible(actor, customer_id)
    refuse_erased(card.erased)
    return card


def _contact(actor: User, contact_id: int) -> tuple[Contact, Customer]:
    require(actor, "customer.edit")
    whose = Contact.objects.filter(pk=contact_id).values_list("customer_id", flat=True).first()
    if whose is None:
        raise Contact.DoesNotExist
    try:
        card = _held(actor, whose)
    except Customer.DoesNotExist:
        raise Contact.DoesNotExist from None
    return Contact.objects.select_related("person").get(pk=contact_id), card


def _read(actor: User, card: Customer, typed: Mapping[str, object], now: Contact | None = None) -> dict[str, Any]:
    """What was typed, as columns of a contact; what is not there is left alone. Raises BadFields."""
    values: dict[str, Any] = {}
    bad: dict[str, Refused] = {}
    for name, entry in typed.items():
        text = str(entry or "").strip()
        try:
            if name in TEXTS:
                values[name] = clean(text, TEXTS[name])
            elif name == "phone":
                values[name] = _one_number(text)
            elif name == "person":
                values["person"] = _own_card(actor, card, text, now)
        except Refused as refused:
            bad[name] = refused
        if now is not None and name in ("phone", "wechat"):  # shown masked: nothing typed is nothing changed
            if not text:
                values.pop(name, None)
            elif name == "wechat" and text in ("无", "-"):
                values[name] = ""
    if not values.get("name") and (now is None or "name" in values):
        bad.setdefault("name", Refused("contact.nameless", "请填联系人的姓名。"))
    if bad:
        raise BadFields(bad)
    return values


def _one_number(text: str) -> str:
    numbers = parse_phones(text)
    if len(numbers) > 1:
        raise Refused("contact.phones", "一位联系人填一个电话。")
    return numbers[0].e164 if numbers else ""


def _own_card(actor: User, card: Customer, number: str, now: Contact | None) -> Customer | None:
    """The card of the contact himself. A link to a card the actor does not see stays as it is when he types nothing."""
    if not number:
        hidden = now is not None and now.person_id and not Customer.objects.visible_to(actor).filter(pk=now.person_id).exists()
        return now.person if now is not None and hidden else None
    found = Customer.objects.visible_to(actor).filter(number=number).first()
    if found is None:
        raise Refused("contact.person_unknown", "没有找到编号是“%(number)s”的客户。", number=number[:64])
    if found.kind != Kind.PERSON or found.pk == card.pk or found.erased:
        raise Refused("contact.person_kind", "本人的卡要是个人的卡。")
    return found


def _keep(actor: User, card: Customer, old: str, new: str) -> FieldChange:
    Customer.objects.filter(pk=card.pk).update(version=F("version") + 1)
    return FieldChange.objects.create(customer=card, field=CONTACT, old=old, new=new, version=card.version + 1, by=actor)


def kept_text(contact: Contact) -> str:
    """A contact as the history keeps it."""
    kept = {
        "id": contact.pk, "name": contact.name, "title": contact.title, "phone": contact.phone, "wechat": contact.wechat,
        "remarks": contact.remarks, "person": contact.person_id,
    }  # fmt: skip
    return json.dumps(kept, ensure_ascii=False)
