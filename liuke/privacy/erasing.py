"""Erasure 删除个人信息: the person goes, what was bought, paid and agreed stays. It cannot be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liuke.audit.actions import record
from liuke.complaints.queries import open_of
from liuke.custody.models import CheckOut
from liuke.customers import index
from liuke.customers.labels import EventKind
from liuke.customers.locks import lock_cards
from liuke.customers.models import Contact, Customer, Event, FactChange, FieldChange
from liuke.customers.queries import phones_of, visible
from liuke.deals.models import Asset, Contract
from liuke.kernel import clock
from liuke.kernel.batches import batches
from liuke.kernel.plate import show_plate
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.playbooks.models import Version, new_mark
from liuke.privacy import elsewhere, uploads
from liuke.privacy.catalogue import KINDS, SWEPT, Kind
from liuke.privacy.labels import RequestKind
from liuke.privacy.models import PersonalRequest
from liuke.privacy.rules import ERASED, Traces, check_hold
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.vault.fields import SealedJSONField
from liuke.work.labels import Ended, TaskState
from liuke.work.models import Enrolment, Task

EMPTIED: dict[str, Any] = {
    "name_known": False, "gender": "", "birth_year": None, "birth_month": None, "birth_day": None, "birth_lunar": False,
    "birth_leap": False, "phone": "", "wechat": "", "address": "", "hobbies": "", "personality": "", "family": "", "occupation": "",
    "income_band": "", "education": "", "channel": "", "best_time": "", "avoid": "", "monthly_contacts": None, "service_need": "",
    "credit_code": "",
    "industry": "", "size": "", "region": "", "early_adopter": False, "source": "", "remarks": "", "aliases": "", "completeness": None,
    "next_contact_on": None, "next_contact_by_id": None, "confirmed_on": None, "do_not_contact": True, "parent_id": None,
}  # fmt: skip
"""What an erased card has in these columns. `name` tells that it is erased, `extra` keeps the day; `pinyin` and `search` follow it."""

STAYS = frozenset(
    ("id", "number", "kind", "key_account", "tier", "unit", "owner", "opened_on", "load_id", "version", "created_at", "updated_at")
)
"""Columns of a card that say nothing of the person: where and by whom the money was earned."""


@dataclass(frozen=True)
class Effect:
    """What an erasure does to one kind of row: `gone` rows are deleted, else their texts are emptied or covered."""

    heading: str | Promise
    count: int
    gone: bool


@dataclass(frozen=True)
class Preview:
    """What an erasure of this card would do, and what stands in its way."""

    effects: tuple[Effect, ...]
    stays: tuple[Effect, ...]
    open_tasks: int
    contracts: int
    complaint: bool


def preview(actor: User, customer_id: int) -> Preview:
    """What `erase` would do. Refuses one that is done; raises Customer.DoesNotExist for a card out of sight."""
    require(actor, "privacy.manage")
    card = visible(actor, customer_id)
    _refuse_twice(card)
    found: list[Effect] = []
    kept: list[Effect] = []
    for kind in KINDS:
        if count := kind.rows(card).count():
            changes = kind.deletes or kind.blank
            (found if changes else kept).append(Effect(kind.heading, count, kind.deletes))
    found += _elsewhere(card)
    return Preview(tuple(found), tuple(kept), Task.objects.open().filter(customer=card).count(), _contracts(card), _complaint(card))


def _elsewhere(card: Customer) -> list[Effect]:
    """What would go, or be covered, of what is on file about others."""
    traces = traces_of(card)
    at = len(elsewhere.contacts(card, traces))
    named = sum(len(rows) for _model, _column, rows in elsewhere.texts(card, traces))
    files = len(uploads.holding(traces))
    told = (
        Effect(_("上传的文件里有他，没导入的要重新上传"), files, True),
        Effect(_("电话或微信和他一样的企业联系人"), at, True),
        Effect(_("别人的记录里写着他的电话"), named, False),
    )
    return [effect for effect in told if effect.count]


@transaction.atomic
def erase(actor: User, customer_id: int, reason: str, number: str, *, allowed: bool = False, tidy_up: bool = True) -> PersonalRequest:
    """Take the person out of a card and out of all that hangs on it; money, days and figures stay. `number`: the customer's, typed by hand.
    `allowed`: the customer knows that contracts run on. `tidy_up` False: the caller calls `tidy` after the last of several.

    Refuses erase.twice, erase.number, erase.reason, erase.reason_tells (the reason stays: it may not tell who it was), erase.complaint,
    erase.contract, permission; raises Customer.DoesNotExist for a card out of sight.
    """
    require(actor, "privacy.manage")
    lock_cards([customer_id])  # of two at once the second finds it done
    card = visible(actor, customer_id)
    _refuse_twice(card)
    if number.strip() != card.number:
        raise Refused("erase.number", "客户编号不对。请照着写：%(number)s", number=card.number)
    why = clean(reason, 200)
    if len(why) < 2:
        raise Refused("erase.reason", "请写为什么删除，比如“客户来信要求”。")
    check_hold(complaint=_complaint(card), contracts=_contracts(card), allowed=allowed)
    traces = traces_of(card)
    if traces.found_in(why):
        raise Refused("erase.reason_tells", "原因会一直留着，请不要写客户的姓名、电话、车牌。")
    counts = _take_out(card, traces)
    try:
        with transaction.atomic():
            done = PersonalRequest.objects.create(kind=RequestKind.ERASURE, customer=card, reason=why, by=actor, counts=counts)
    except IntegrityError:
        raise Refused("erase.twice", "这位客户的个人信息已经删除过了。") from None
    FactChange.objects.create(customer=card)
    if tidy_up:
        tidy()
    record(actor, "privacy.erase", card, request=done.pk, rows=sum(counts.values()))
    return done


def tidy() -> None:
    """Rid the search index of the words of the erased, and after the transaction SQLite's log of them. It reads the whole index."""
    with transaction.atomic(), connection.cursor() as cursor:
        index.compact(cursor)
        transaction.on_commit(_empty_log, robust=True)


def _empty_log() -> None:
    """SQLite's write-ahead log keeps what was on a page before, until it is written back and cut. Readers may hold it up: then whoever
    closes the database last does it, or the next erasure."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout=1000")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={int(connection.settings_dict['OPTIONS'].get('timeout', 30) * 1000)}")


def traces_of(card: Customer) -> Traces:
    """The words and numbers this person is known by."""
    plates = [plate for plate in Asset.objects.filter(customer=card).values_list("identifier", flat=True) if plate]
    own = Contact.objects.filter(person=card)
    words = [
        card.name if card.name_known else "", card.wechat, card.address, *plates, *map(show_plate, plates), *card.aliases.splitlines(),
        *(contact.name for contact in own), *(contact.wechat for contact in own),
    ]  # fmt: skip
    words += [quote_plus(word) for word in words]  # as an address keeps it: saved views
    numbers = [*phones_of([card.pk]).get(card.pk, []), card.phone, *(contact.phone for contact in own)]
    return Traces(words, numbers)


# ── taking out ──


def _take_out(card: Customer, traces: Traces) -> dict[str, int]:
    """Inside the caller's transaction, the card held. How many rows of each kind changed or went, by label."""
    now = timezone.now()
    organisations = set(Contact.objects.filter(person=card).values_list("customer_id", flat=True))
    CheckOut.objects.filter(customer=card, returned_at__isnull=True).update(returned_at=now)
    Task.objects.open().filter(customer=card).update(state=TaskState.STOPPED, stopped_why=Ended.DO_NOT_CONTACT)
    Enrolment.objects.filter(customer=card, ended_on__isnull=True).update(ended_on=clock.today(), why=Ended.DO_NOT_CONTACT)
    counts: Counter[str] = Counter()
    for kind in KINDS:
        counts[kind.label] += _clear(kind, card, traces)
    counts.update(_as_contact(card, traces, organisations))
    counts.update(elsewhere.cover(card, traces))
    counts["exchange.load"] += uploads.drop(uploads.holding(traces))
    for label, columns in SWEPT.items():
        counts[label] += len(_cover(apps.get_model(label), None, columns, traces))
    _clear_card(card, traces)
    FactChange.objects.bulk_create(FactChange(customer_id=pk) for pk in sorted(organisations))
    return {label: count for label, count in counts.items() if count}


def _clear(kind: Kind, card: Customer, traces: Traces) -> int:
    rows = kind.rows(card)
    if kind.deletes:
        return int(rows.delete()[0])
    changed: set[int] = set()
    for column in kind.blank:
        field = kind.model._meta.get_field(column)
        empty = None if field.null else field.get_default() if isinstance(field, models.JSONField | SealedJSONField) else ""
        filled = rows.exclude(**{column: ""}) if empty == "" else rows.exclude(**{f"{column}__isnull": True}) if empty is None else rows
        ids = list(filled.values_list("pk", flat=True))
        for some in batches(ids):
            kind.model._default_manager.filter(pk__in=some).update(**{column: empty})
        changed.update(ids)
    return len(changed | _cover(kind.model, rows, kind.scrub, traces))


def _as_contact(card: Customer, traces: Traces, organisations: set[int]) -> dict[str, int]:
    """Where he is a contact at an organisation without a link to his card: the contact goes, and what the history tells of it.
    `organisations` learns at which."""
    living = elsewhere.contacts(card, traces)
    organisations.update(living.values())
    told = elsewhere.told_changes(card, traces)
    for model, ids in ((Contact, list(living)), (FieldChange, told)):
        for some in batches(ids):
            model._default_manager.filter(pk__in=some).delete()
    return {"customers.contact": len(living), "customers.fieldchange": len(told)}


def _cover(model: type[models.Model], rows: Any, columns: Iterable[str], traces: Traces) -> set[int]:
    """Cover the traces in these columns of the rows (None: of all). The ids of the rows in which there were any."""
    names = tuple(columns)
    if not names:
        return set()
    changed: dict[int, dict[str, Any]] = {}
    for pk, *values in (model._default_manager.all() if rows is None else rows).values_list("pk", *names).iterator(chunk_size=2000):
        said = {name: _said(model, name, value, traces) for name, value in zip(names, values, strict=True)}
        fresh = {name: said[name] for name, value in zip(names, values, strict=True) if said[name] != value}
        if fresh:
            changed[pk] = fresh
    marked = issubclass(model, Version)
    for pk, fresh in changed.items():
        row = model._default_manager.filter(pk=pk)
        if marked:  # a process that has read it before reads it again
            fresh["mark"] = new_mark()
        try:
            with transaction.atomic():
                row.update(**fresh)
        except IntegrityError:  # two names that were told apart by him only
            row.update(**fresh | {"name": f"{fresh['name'][:30]} {pk}"})
    return set(changed)


def _said(model: type[models.Model], column: str, value: Any, traces: Traces) -> Any:
    if model._meta.label_lower == "segments.segment" and column != "name":
        return elsewhere.only_texts(value, traces.out_of)
    if column == "body" and isinstance(value, dict):
        return elsewhere.only_words(value, traces.out_of)
    return covered_value(value, traces)


def covered_value(value: Any, traces: Traces) -> Any:
    """A text, or any JSON, with the traces in its texts covered."""
    if isinstance(value, str):
        return traces.out_of(value)
    if isinstance(value, list):
        return [covered_value(part, traces) for part in value]
    if isinstance(value, dict):
        return {key: covered_value(part, traces) for key, part in value.items()}
    return value


def _clear_card(card: Customer, traces: Traces) -> None:
    number = f"D{card.pk:06d}" if traces.found_in(card.number) else card.number
    for name, value in EMPTIED.items():
        setattr(card, name, value)
    card.number = number
    card.name = ERASED % {"number": number}
    card.extra = {"erased": clock.today().isoformat()}
    card.version += 1
    card.index()
    card.save()


# ── what stands in the way ──


def _complaint(card: Customer) -> bool:
    """Whether a complaint is open, or the last that is known of a severe one is that it was opened."""
    if open_of([card.pk]).exists():
        return True
    kinds = (EventKind.SEVERE_COMPLAINT_OPENED, EventKind.SEVERE_COMPLAINT_CLOSED)
    last = Event.objects.filter(customer=card, kind__in=kinds).order_by("-on", "-pk").first()
    return last is not None and last.kind == EventKind.SEVERE_COMPLAINT_OPENED


def _contracts(card: Customer) -> int:
    return Contract.objects.filter(customer=card, ends_on__gte=clock.today(), ended_on__isnull=True).count()


def _refuse_twice(card: Customer) -> None:
    if card.erased:
        raise Refused("erase.twice", "这位客户的个人信息已经删除过了。")
