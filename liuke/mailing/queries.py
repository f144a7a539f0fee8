"""Reads of letters and runs."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from liuke.customers.models import Customer
from liuke.mailing.labels import Reason
from liuke.mailing.models import Letter, Mailing
from liuke.mailing.rules import worded
from liuke.segments.wording import language
from liuke.team.models import User
from liuke.team.queries import pack


@dataclass(frozen=True)
class Ready:
    """A letter to begin with: `key` is "pack:KEY", or the id of a kept one; `own` may be taken away."""

    key: str
    name: str
    title: str
    body: str
    own: bool = False


def ready_letters(user: User) -> list[Ready]:
    """The pack's letters, then the reader's own."""
    lang = language()
    chinese = lang == "zh"
    brought = [
        Ready(
            f"pack:{each.key}", each.name(lang), worded(each.title(lang), chinese),
            worded("\n".join(paragraph(lang) for paragraph in each.paragraphs), chinese),
        )
        for each in pack().letters
    ]  # fmt: skip
    kept = Letter.objects.filter(user=user)
    return brought + [Ready(str(each.pk), each.name, each.title, each.body, True) for each in kept]


def mailings(user: User) -> QuerySet[Mailing]:
    """The runs a reader may know of, newest first."""
    return Mailing.objects.visible_to(user).select_related("export__actor", "export__decided_by").order_by("-pk")


def customers_of(mailing: Mailing, user: User, reason: str, most: int) -> list[Customer]:
    """The customers of a run by reason ("" got a letter), in its order; only those the reader may see."""
    rows = mailing.rows.filter(reason=reason).order_by("position").values_list("customer", flat=True)
    return _seen(user, list(rows[:most]))


def customers_by_id(user: User, ids: tuple[int, ...], most: int) -> list[Customer]:
    return _seen(user, list(ids[:most]))


def _seen(user: User, ids: list[int]) -> list[Customer]:
    found = {card.pk: card for card in Customer.objects.visible_to(user).filter(pk__in=ids).select_related("unit", "owner")}
    return [found[pk] for pk in ids if pk in found]


def reason_words(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """(code, word, how many) of the reasons that left somebody out, in their order."""
    return [(reason.value, str(reason.label), counts[reason.value]) for reason in Reason if reason.value and counts.get(reason.value)]
