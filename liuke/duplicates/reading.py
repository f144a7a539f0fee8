"""What of cards is compared, read from the database: of a few as Facts, of everybody as keys of blocks in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from liuke.customers.labels import Kind
from liuke.customers.models import Customer, Phone, erased
from liuke.deals.models import Asset
from liuke.duplicates.blocks import Ints, key
from liuke.duplicates.rules import Facts
from liuke.duplicates.spelling import address_key, company_core, plain, sound_of
from liuke.kernel.batches import batches

BATCH = 5000
COLUMNS = (
    "pk", "kind", "name", "name_known", "pinyin", "gender", "birth_year", "birth_month", "birth_day", "birth_lunar", "address",
    "credit_code",
)  # fmt: skip


def facts_of(ids: Sequence[int]) -> dict[int, Facts]:
    """Facts of these cards; those that are gone are missing. Three queries for every BATCH."""
    found: dict[int, Facts] = {}
    for some in batches(ids, BATCH):
        phones: dict[int, list[tuple[str, str]]] = {}
        for customer, digest, last4 in Phone.objects.filter(customer__in=some).order_by().values_list("customer", "digest", "last4_digest"):
            phones.setdefault(customer, []).append((digest, last4))
        plates: dict[int, list[str]] = {}
        held = Asset.objects.filter(customer__in=some, gone_on__isnull=True).exclude(identifier="")
        for customer, plate in held.values_list("customer", "identifier"):
            plates.setdefault(customer, []).append(plate)
        for row in Customer.objects.filter(~erased(), pk__in=some).order_by().values_list(*COLUMNS):
            found[row[0]] = _facts(row, phones.get(row[0], []), plates.get(row[0], []))
    return found


def _facts(row: Any, phones: list[tuple[str, str]], plates: list[str]) -> Facts:
    _, kind, name, known, sort_key, gender, year, month, day, lunar, address, credit_code = row
    person = kind == Kind.PERSON
    core, places = ("", frozenset[str]()) if person or not known else company_core(name)
    return Facts(
        person=person,
        name=plain(name) if known else "",
        sound=sound_of(sort_key, name) if known else "",
        core=core,
        places=places,
        birthday=(year, month, day, lunar) if month and day else None,
        gender=gender,
        phones=frozenset(digest for digest, _ in phones),
        last4=frozenset(last4 for _, last4 in phones),
        address=address_key(address) if address else "",
        credit_code=credit_code,
        plates=frozenset(plates),
    )


@dataclass
class Keys:
    """Of everybody, in order of id: the keys of each kind of block (blocks.key), and the sounds or cores that names are compared by."""

    ids: Ints
    blocks: dict[str, Ints]
    sounds: pa.Array
    first: Ints
    last: Ints


EXACT = ("name_birthday", "name_address", "company")
"""Blocks of which every pair is looked at."""
NEAR = ("birthday_first", "birthday_last", "address_any", "company_first")
"""Blocks within which names are compared first."""


@dataclass
class _Made:
    ids: list[int] = field(default_factory=list)
    columns: list[list[int]] = field(default_factory=lambda: [[] for _ in (*EXACT, *NEAR, "first", "last")])
    sounds: list[str] = field(default_factory=list)


def keys_of_all(batch: int = 20_000) -> Keys:
    """One pass over the cards, by primary key. Memory: some 100 bytes a card. Addresses are opened, made a key and forgotten."""
    ids: list[Ints] = []
    columns: list[list[Ints]] = []
    sounds: list[pa.Array] = []
    for rows in _pieces(batch):
        made = _Made()
        for row in rows:
            _add(made, _facts(row, [], []), row[0])
        ids.append(np.array(made.ids, np.int64))
        columns.append([np.array(column, np.int64) for column in made.columns])
        sounds.append(pa.array(made.sounds, pa.string()))
    names = (*EXACT, *NEAR, "first", "last")
    joined = {name: np.concatenate([piece[at] for piece in columns]) if columns else np.empty(0, np.int64) for at, name in enumerate(names)}
    return Keys(
        np.concatenate(ids) if ids else np.empty(0, np.int64),
        {name: joined[name] for name in (*EXACT, *NEAR)},
        pa.concat_arrays(sounds) if sounds else pa.array([], pa.string()),
        joined["first"],
        joined["last"],
    )


def _add(made: _Made, facts: Facts, pk: int) -> None:
    syllables = facts.sound.split(" ") if facts.sound else [""]
    first, last = (syllables[0], syllables[-1]) if facts.person else (facts.core[:2], facts.core[-2:])
    whole = facts.birthday if facts.person and facts.birthday and facts.birthday[0] else None
    sound = facts.sound.replace(" ", "") if facts.person else facts.core
    keys = (
        key(facts.sound, whole),
        key(sound, facts.address),
        key("" if facts.person else facts.core),
        key(whole, first),
        key(whole, last),
        key(facts.person, facts.address),
        key("" if facts.person else first, "first"),
        key(facts.person, first),
        key(facts.person, last),
    )
    made.ids.append(pk)
    made.sounds.append(sound)
    for column, value in zip(made.columns, keys, strict=True):
        column.append(value)


def _pieces(batch: int) -> Iterator[list[Any]]:
    last = 0
    while True:
        rows = list(Customer.objects.filter(~erased(), pk__gt=last).order_by("pk").values_list(*COLUMNS)[:batch])
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def last_figures(batch: int = 50_000) -> Iterator[tuple[Ints, Ints]]:
    """(customer ids, keys of the last four figures) of all telephone numbers, piece by piece."""
    last = 0
    while True:
        rows = list(Phone.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "customer_id", "last4_digest")[:batch])
        if not rows:
            return
        yield np.array([row[1] for row in rows], np.int64), np.array([key(row[2]) for row in rows], np.int64)
        last = rows[-1][0]
