"""Where a person stands with others: as a contact of an organisation, and in what was written about other customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import F, Func, Q, Value

from liuke.customers.models import Contact, Customer, FieldChange
from liuke.customers.organisations import CONTACT, kept_text
from liuke.privacy.catalogue import KINDS, NAMED_ELSEWHERE
from liuke.privacy.rules import Traces

_CHUNK = 2000


class _Like(Func):
    """column LIKE pattern: no index helps, but most rows are passed over by the database."""

    arg_joiner = " LIKE "
    template = "%(expressions)s"
    output_field = models.BooleanField()


def contacts(card: Customer, traces: Traces) -> dict[int, int]:
    """Contacts that are this person, by `tells`, without those that hang on the card: their ids, and the organisation of each.

    The columns are sealed, so all that have a number or WeChat are read.
    """
    rows = Contact.objects.exclude(phone="", wechat="").exclude(customer=card).exclude(person=card)
    return {one.pk: one.customer_id for one in rows.iterator(chunk_size=_CHUNK) if tells(kept_text(one), card, traces)}


def told_changes(card: Customer, traces: Traces) -> list[int]:
    """Changes in the history of organisations that tell of him as a contact. Sealed, so all such changes are read."""
    rows = FieldChange.objects.filter(field=CONTACT).exclude(customer=card).values_list("pk", "old", "new").iterator(chunk_size=_CHUNK)
    return [pk for pk, old, new in rows if any(tells(text, card, traces) for text in (old, new))]


def tells(text: str, card: Customer, traces: Traces) -> bool:
    """Whether a contact as the history keeps it is this person: linked to his card, or with his number or WeChat. A name alone is
    another's too."""
    if not text:
        return False
    kept = json.loads(text)
    return kept.get("person") == card.pk or any(traces.found_in(kept.get(name) or "") for name in ("phone", "wechat"))


def texts(card: Customer, traces: Traces) -> Iterator[tuple[type[models.Model], str, dict[int, str]]]:
    """What was written about other customers with his telephone in it: model, column, the ids and what stands there."""
    own = {kind.label: kind for kind in KINDS}
    for label, column in ((label, column) for label, columns in NAMED_ELSEWHERE.items() for column in columns):
        model = apps.get_model(label)
        found: dict[int, str] = {}
        if traces.numbers:
            wanted = Q()
            for number in traces.numbers:
                wanted |= Q(_Like(F(column), Value("%" + "%".join(number) + "%")))
            rows = model._default_manager.filter(wanted).exclude(pk__in=own[label].rows(card).values("pk"))
            found = {pk: text for pk, text in rows.values_list("pk", column).iterator(chunk_size=_CHUNK) if traces.number_in(text)}
        yield model, column, found


def cover(card: Customer, traces: Traces) -> dict[str, int]:
    """Cover him in those texts: how many of each kind, by label."""
    counts: dict[str, int] = {}
    for model, column, found in texts(card, traces):
        for pk, text in found.items():
            row, covered = model._default_manager.filter(pk=pk), traces.out_of(text)
            try:
                with transaction.atomic():
                    row.update(**{column: covered})
            except IntegrityError:  # two needs that were told apart by his number only
                row.update(**{column: f"{covered[:280]} {pk}"})
        if found:
            label = model._meta.label_lower
            counts[label] = counts.get(label, 0) + len(found)
    return counts


def only_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Conditions of a segment with what somebody typed changed; keys of the catalogue and of lists stay, or it could not be read."""
    if isinstance(value, list):
        return [only_texts(part, change) for part in value]
    if isinstance(value, dict):
        return {
            key: change(part) if key in ("text", "name") and isinstance(part, str) else only_texts(part, change)
            for key, part in value.items()
        }
    return value


def only_words(value: Any, change: Callable[[str], str]) -> Any:
    """A playbook, a script, a care occasion as the company wrote it, with what is said in it changed (Words: zh and en); keys, days and
    amounts stay, or it could not be read."""
    if isinstance(value, list):
        return [only_words(part, change) for part in value]
    if isinstance(value, dict):
        return {
            key: change(part) if key in ("zh", "en") and isinstance(part, str) else only_words(part, change) for key, part in value.items()
        }
    return value
