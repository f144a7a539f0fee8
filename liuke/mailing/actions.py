"""Keeping letters, and asking for a run of one. A run carries whole addresses: it waits for somebody's yes, as an export does."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from liuke.audit.actions import record
from liuke.custody import exporting
from liuke.custody.models import Export
from liuke.kernel.batches import batches
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.mailing.labels import Reason
from liuke.mailing.models import Letter, Mailing, MailingRow
from liuke.mailing.recipients import chosen
from liuke.mailing.rules import NAME, checked
from liuke.segments.filters import Filter
from liuke.standing.queries import current_run
from liuke.team.models import User
from liuke.team.permissions import require

KEPT = 50
LISTING = "mailing"
COLUMNS = ("name", "salutation", "postcode", "address", "store")


@dataclass(frozen=True)
class Draft:
    """A letter as it was typed. `name`: what it is called here; `phone`: what fills the slot of the salesperson's number."""

    name: str
    title: str
    body: str
    phone: str = ""


@transaction.atomic
def keep_letter(actor: User, draft: Draft) -> Letter:
    """Keep a letter under a name; the same name again replaces it. Refuses letter.name, letter.many and what rules.checked refuses."""
    require(actor, "mailing.make")
    name = clean(draft.name, NAME)
    if not name:
        raise Refused("letter.name", "请给这封信起个名字。")
    title, body = checked(draft.title, draft.body)
    kept = Letter.objects.filter(user=actor, name=name).first()
    if kept is None:
        if Letter.objects.filter(user=actor).count() >= KEPT:
            raise Refused("letter.many", "最多存 %(n)s 封信，先去掉一封。", n=KEPT)
        try:
            with transaction.atomic():
                kept = Letter.objects.create(user=actor, name=name, title=title, body=body)
        except IntegrityError:  # kept twice at once
            kept = Letter.objects.get(user=actor, name=name)
    kept.title, kept.body = title, body
    kept.save()
    record(actor, "letter.keep", kept, name=name)
    return kept


@transaction.atomic
def drop_letter(actor: User, letter_id: int) -> Letter:
    """Take a letter of one's own away. Raises Letter.DoesNotExist for another's."""
    require(actor, "mailing.make")
    kept = Letter.objects.get(pk=letter_id, user=actor)
    record(actor, "letter.drop", kept, name=kept.name)
    pk = kept.pk
    kept.delete()
    kept.pk = pk
    return kept


def ask(actor: User, wanted: Filter, conditions: tuple[str, ...], draft: Draft, *, seen: int, encoding: str = "utf-8") -> Mailing:
    """Ask for a run of a letter over a list; it waits for the yes of somebody else. `seen`: the number of letters the asker was shown.

    Refuses mailing.nobody, mailing.changed, mailing.many, what rules.checked refuses, and what an export is refused for.
    """
    require(actor, "mailing.make")
    name = clean(draft.name, NAME) or clean(draft.title, NAME)
    title, body = checked(draft.title, draft.body)
    phone = clean(draft.phone, 40)
    with transaction.atomic():
        found = chosen(actor, wanted, current_run())
        if not found.send:
            raise Refused("mailing.nobody", "名单里没有可以寄的人。")
        if len(found.send) != seen:
            raise Refused("mailing.changed", "名单刚刚变了，现在是 %(n)s 封，请再看一遍。", n=f"{len(found.send):,}")
        export = exporting.ask(
            actor,
            exporting.Wanted(
                listing=LISTING, query=wanted.query(whole=False), conditions=conditions, columns=COLUMNS, format="csv", encoding=encoding,
                clear=True, purpose=_purpose(name), rows=len(found.send),
            ),
        )  # fmt: skip
        mailing = Mailing.objects.create(
            export=export, name=name, title=title, body=body, phone=phone, letters=len(found.send), left_out=found.counts
        )
        why = {pk: reason for reason, ids in ((Reason.SENT, found.send), *found.left.items()) for pk in ids}
        MailingRow.objects.bulk_create(
            (MailingRow(mailing=mailing, customer_id=pk, position=place, reason=reason) for place, (pk, reason) in enumerate(why.items())),
            batch_size=1000,
        )
        record(actor, "mailing.ask", mailing, name=name, rows=mailing.letters, left_out=sum(found.counts.values()))
    return mailing


def _purpose(name: str) -> str:
    return f"寄信：{name}" if name else "寄信"


def of_export(user: User, export_id: int) -> Mailing:
    """The run behind an export the user may know of. Raises Mailing.DoesNotExist."""
    return Mailing.objects.visible_to(user).get(export=export_id)


@transaction.atomic
def settle(export: Export, left: dict[Reason, tuple[int, ...]]) -> Mailing:
    """Before the letters are written: who must be left out by now (by reason) is moved, and the counts say so."""
    mailing = Mailing.objects.select_for_update().get(export=export)
    for reason, ids in left.items():
        for some in batches(ids):
            MailingRow.objects.filter(mailing=mailing, reason=Reason.SENT, customer__in=some).update(reason=reason)
    counts = dict.fromkeys((reason.value for reason in left), 0)
    rows = MailingRow.objects.filter(mailing=mailing).order_by().values_list("reason", flat=True)
    for reason_code in rows:
        counts[reason_code] = counts.get(reason_code, 0) + 1
    mailing.letters = counts.pop(Reason.SENT.value, 0)
    mailing.left_out = {code: n for code, n in counts.items() if n}
    mailing.save(update_fields=["letters", "left_out"])
    return mailing
