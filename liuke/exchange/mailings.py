"""The files of a mailing: its letters as a PDF and the addresses as CSV, in one archive, made when somebody said yes."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.custody.export_making import opens
from liuke.custody.labels import Encoding
from liuke.custody.models import Export
from liuke.exchange.documents.letters import Letter, letters
from liuke.exchange.exports.registry import Bundle, bundled
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import neutralise
from liuke.mailing.actions import LISTING, settle
from liuke.mailing.labels import Reason
from liuke.mailing.models import Mailing
from liuke.mailing.recipients import Recipient, recipients, sorted_out
from liuke.mailing.rules import merged
from liuke.standing.queries import current_run
from liuke.standing.reasons import spoken_day
from liuke.team.queries import company

LETTERS, ADDRESSES = "letters.pdf", "addresses.csv"
AT_ONCE = 200


def write(export: Export, path: Path) -> tuple[int, list[int]]:
    """Makes the archive; (letters, ids of the customers). Who has asked for no letters, died or went out of sight since is left out.

    Refuses mailing.nobody; export.clear where nobody said yes.
    """
    if not opens(export):
        raise Refused("export.clear", "还没有人同意带地址导出。")
    mailing = Mailing.objects.get(export=export)
    ids = list(mailing.rows.filter(reason=Reason.SENT).order_by("position").values_list("customer", flat=True))
    now = sorted_out(export.actor, ids)
    mailing = settle(export, now.left)
    today = clock.today()
    people = list(recipients(export.actor, now.send, current_run(), today, mailing.phone))
    if not people:
        raise Refused("mailing.nobody", "名单里没有可以寄的人。")
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(LETTERS, letters_pdf(mailing, people, today))
            archive.writestr(ADDRESSES, addresses_csv(people, export.encoding))
        file.flush()
        os.fsync(file.fileno())
    return len(people), [person.id for person in people]


def letters_pdf(mailing: Mailing, people: Sequence[Recipient], today: date) -> bytes:
    """One page for each person."""
    house = company()
    day = spoken_day(today, date(1, 1, 1))
    name = house.name if house else ""
    return letters(mailing.name, str(mailing.pk), [letter(person, mailing.title, mailing.body, name, day) for person in people])


def letter(person: Recipient, title: str, body: str, house: str, day: str) -> Letter:
    """A letter as it stands on its page. Its sender is the store, with the one who looks after the customer."""
    head = merged(title, person.values)
    return Letter(
        postcode=person.postcode,
        address=person.address,
        addressee=person.addressee,
        subject=head[0] if head else "",
        body=merged(body, person.values),
        house=house or person.store,
        sender=person.store,
        signed=person.staff,
        day=day,
    )


def addresses_csv(people: Iterable[Recipient], encoding: str) -> bytes:
    """姓名, 称呼, 邮编, 地址, 门店: for labels. No cell is ever run as a formula."""
    file = io.StringIO(newline="")
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow([_("姓名"), _("称呼"), _("邮编"), _("地址"), _("门店")])
    for each in people:
        out.writerow([neutralise(text) for text in (each.name, each.salutation, each.postcode, each.address, each.store)])
    return file.getvalue().encode("gb18030" if encoding == Encoding.GB18030 else "utf-8-sig", errors="replace")


def member(archive: Path, name: str) -> bytes:
    """One of the two files out of the archive."""
    with zipfile.ZipFile(archive) as file:
        return file.read(name)


bundled(
    Bundle(LISTING, gettext_lazy("邮寄"), gettext_lazy("信（PDF），地址表（姓名、称呼、邮编、地址、门店）"), "mailing.make", AT_ONCE, write)
)
