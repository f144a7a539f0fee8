"""Looking for duplicates: among everybody (a job of the night), and around a few cards at once. Writes pairs; decisions stay.

Of everybody only those are compared who share a block: a telephone number, a credit code, a plate; the sound of the name with the whole
birthday, the address or the last four figures of a number; the core of a company's name. Names that are nearly alike are compared within
the birthday, the address or the last four figures, among those who share the first or the last syllable. Memory is bounded by the keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, Model, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.index import TABLE
from liuke.customers.models import Customer, Phone
from liuke.deals.models import Asset
from liuke.duplicates.blocks import Ints, alike, distinct, joined, key, pair_up
from liuke.duplicates.labels import PairState
from liuke.duplicates.models import DuplicatePair, DuplicateScan
from liuke.duplicates.reading import EXACT, NEAR, Keys, facts_of, keys_of_all, last_figures
from liuke.duplicates.rules import SIMILAR_FROM, Facts, evidence, new_kind, proposed, score
from liuke.kernel.batches import batches
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack

AT_ONCE = 300
"""Cards around which is looked one by one; for more it is quicker to look at everybody."""
PIECE = 10_000
"""Pairs that are judged and written in one transaction."""
TOLD = 50
"""Blocks too large to be paired that a scan names, the largest first."""
CODES = {
    "name_birthday": "sound", "name_address": "address", "company": "company", "birthday_first": "birthday", "birthday_last": "birthday",
    "address_any": "address", "company_first": "company_similar", "last4": "last4",
}  # fmt: skip
Pairs = tuple[Ints, Ints]


def scan(by: User | None = None) -> DuplicateScan:
    """Look through everybody. `by` None is the timetable, or whoever works at the machine.

    New pairs are written down, the causes of known ones brought up to date; a pair whose cause is gone is closed, one that somebody
    said are two customers stays closed unless another kind of evidence has come.
    """
    if by is not None:
        require(by, "duplicates.merge")
    look = DuplicateScan.objects.create(by=by)
    most = pack().cards.duplicate_block
    crowded: list[tuple[str, int, list[int]]] = []
    found = [_known_pairs(DuplicatePair.objects.exclude(state=PairState.GONE))]
    for code, rows in _shared():
        found.append(_paired(code, rows, most, crowded))
    keys = keys_of_all()
    look.customers = len(keys.ids)
    found += _same_block(keys, most, crowded)
    found += _same_figures(keys, most, crowded)
    del keys
    left, right = distinct(np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found]))
    judge(left, right)
    with transaction.atomic():
        look.pairs = DuplicatePair.objects.open().count()
        look.crowded = [list(each) for each in sorted(crowded, key=lambda each: -each[1])[:TOLD]]
        look.finished_at = timezone.now()
        look.save()
        record(by, "duplicates.scan", look, customers=look.customers, pairs=look.pairs)
    return look


def look_at(customer_ids: Iterable[int]) -> int:
    """Look for duplicates of these cards at once: what is hard, and names that sound alike. How many pairs with them wait now.

    The names that are only nearly alike are found at night. More than AT_ONCE cards are looked for among everybody.
    """
    ids = sorted(set(customer_ids))
    if len(ids) > AT_ONCE:
        scan()
    elif ids:
        own = facts_of(ids)
        theirs = facts_of(sorted(_around(own) | own.keys()))
        sharing: dict[object, list[int]] = {}
        for other, facts in theirs.items():
            for what in _hooks(facts):
                sharing.setdefault(what, []).append(other)
        met = {(pk, other) for pk, facts in own.items() for what in _hooks(facts) for other in sharing[what] if other != pk}
        pairs = [pair for pair in met if proposed(evidence(own[pair[0]], theirs[pair[1]]))]
        touching = DuplicatePair.objects.filter(Q(a__in=ids) | Q(b__in=ids))
        known = _known_pairs(touching)
        new = np.array(pairs, np.int64).reshape(-1, 2)
        judge(*distinct(np.concatenate([known[0], new[:, 0]]), np.concatenate([known[1], new[:, 1]])))
    count = 0
    for some in batches(ids, 450):  # each is asked for twice
        count += DuplicatePair.objects.open().filter(Q(a__in=some) | Q(b__in=some)).count()
    return count


def _hooks(facts: Facts) -> Iterator[object]:
    """What brings two cards together when they are looked at one by one."""
    yield from facts.phones
    yield from (("plate", plate) for plate in facts.plates)
    yield from ((name, text) for name, text in (("credit_code", facts.credit_code), ("sound", facts.sound), ("core", facts.core)) if text)


def _around(own: dict[int, Facts]) -> set[int]:
    """Ids of the cards that share something with these: numbers, codes, plates, the sound of the name."""
    digests = {each for facts in own.values() for each in facts.phones}
    plates = {each for facts in own.values() for each in facts.plates}
    codes = {facts.credit_code for facts in own.values() if facts.credit_code}
    found = set(Phone.objects.filter(digest__in=digests).values_list("customer", flat=True))
    found.update(Asset.objects.filter(identifier__in=plates, gone_on__isnull=True).values_list("customer", flat=True))
    found.update(Customer.objects.filter(credit_code__in=codes).values_list("pk", flat=True))
    words = {facts.sound.replace(" ", "")[:60] for facts in own.values()}
    if asked := sorted(word for word in words if word.isascii() and word.isalnum()):
        found.update(Customer.objects.filter(pk__in=RawSQL(*_sounds(asked))).values_list("pk", flat=True))  # noqa: S611 -- our own text
    return found


def _sounds(words: list[str]) -> tuple[str, list[str]]:
    """The subquery for cards whose search words hold one of these, and its parameter."""
    if connection.vendor == "postgresql":
        table = Customer._meta.db_table
        return f"SELECT id FROM {table} WHERE to_tsvector('simple', search) @@ to_tsquery('simple', %s)", [  # noqa: S608
            " | ".join(f"'{word}'" for word in words)
        ]
    return f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s", [" OR ".join(f'"{word}"' for word in words)]  # noqa: S608


# ── candidates ───────────────────────────────────────────────────────────────


def _known_pairs(pairs: QuerySet[DuplicatePair]) -> Pairs:
    rows = np.array(list(pairs.values_list("a", "b")), np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _shared() -> Iterator[tuple[str, Iterable[tuple[int, str]]]]:
    """(code, rows of (customer, what is shared)) of what more than one row has; found by the database."""
    yield "phone", _doubled(Phone.objects.exclude(digest=""), "digest", "customer")
    yield "credit_code", _doubled(Customer.objects.exclude(credit_code=""), "credit_code", "pk")
    yield "plate", _doubled(Asset.objects.filter(gone_on__isnull=True).exclude(identifier=""), "identifier", "customer")


def _doubled(rows: QuerySet[Model], column: str, customer: str) -> Iterable[tuple[int, str]]:
    twice = rows.order_by().values(column).annotate(times=Count("pk")).filter(times__gt=1).values(column)
    return rows.filter(**{f"{column}__in": twice}).order_by().values_list(customer, column).iterator(chunk_size=20_000)


def _paired(code: str, rows: Iterable[tuple[int, str]], most: int, crowded: list[tuple[str, int, list[int]]]) -> Pairs:
    made = np.fromiter(chain.from_iterable((pk, key(code, what)) for pk, what in rows), np.int64).reshape(-1, 2)
    made = np.unique(made, axis=0)  # one customer with the same plate twice is one
    blocks = pair_up(made[:, 1], most)
    _tell(code, made[:, 0], blocks.crowded, crowded)
    return made[blocks.left, 0], made[blocks.right, 0]


def _same_block(keys: Keys, most: int, crowded: list[tuple[str, int, list[int]]]) -> Iterator[Pairs]:
    for name in (*EXACT, *NEAR):
        blocks = pair_up(keys.blocks[name], most)
        _tell(CODES[name], keys.ids, blocks.crowded, crowded)
        left, right = alike(blocks, keys.sounds, SIMILAR_FROM) if name in NEAR else (blocks.left, blocks.right)
        yield keys.ids[left], keys.ids[right]


def _same_figures(keys: Keys, most: int, crowded: list[tuple[str, int, list[int]]]) -> Iterator[Pairs]:
    """Names alike among those with the same last four figures and the same first or last syllable."""
    pieces = list(last_figures())
    if not pieces or not len(keys.ids):
        return
    owners, figures = np.concatenate([ids for ids, _ in pieces]), np.concatenate([found for _, found in pieces])
    at = np.minimum(np.searchsorted(keys.ids, owners), len(keys.ids) - 1)
    here = keys.ids[at] == owners  # a card opened while we read has its number, but no keys
    at, figures = at[here], figures[here]
    for syllable in (keys.first, keys.last):
        blocks = pair_up(joined(figures, syllable[at]), most)
        _tell(CODES["last4"], keys.ids[at], blocks.crowded, crowded)
        left, right = alike(blocks, keys.sounds.take(at), SIMILAR_FROM)
        yield keys.ids[at[left]], keys.ids[at[right]]


def _tell(code: str, ids: Ints, blocks: tuple[Ints, ...], crowded: list[tuple[str, int, list[int]]]) -> None:
    crowded.extend((code, len(rows), ids[rows[:5]].tolist()) for rows in blocks)


# ── judging and writing ──────────────────────────────────────────────────────


def judge(left: Ints, right: Ints) -> None:
    """Compare these pairs (in order, the smaller id first) and write down what came of it, PIECE by PIECE."""
    for start in range(0, len(left), PIECE):
        one, other = left[start : start + PIECE], right[start : start + PIECE]
        facts = facts_of(np.unique(np.concatenate([one, other])).tolist())
        _write(list(zip(one.tolist(), other.tolist(), strict=True)), facts)


@transaction.atomic
def _write(pairs: Sequence[tuple[int, int]], facts: dict[int, Facts]) -> None:
    known = {(pair.a_id, pair.b_id): pair for pair in _among(pairs)}
    new, changed = [], []
    for a, b in pairs:
        if a not in facts or b not in facts:  # merged or taken away meanwhile
            continue
        told = evidence(facts[a], facts[b])
        codes, points = [one.code for one in told], round(score(told), 4)
        pair, good = known.get((a, b)), proposed(told)
        if pair is None:
            if good:
                new.append(DuplicatePair(a_id=a, b_id=b, score=points, reasons=codes))
            continue
        state = _state(pair, codes, good)
        if (pair.state, pair.reasons, pair.score) != (state, codes, points):
            pair.state, pair.reasons, pair.score = state, codes, points
            changed.append(pair)
    DuplicatePair.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    DuplicatePair.objects.bulk_update(changed, ["state", "reasons", "score"], batch_size=500)


def _state(pair: DuplicatePair, codes: list[str], good: bool) -> str:
    if pair.state == PairState.APART:
        return PairState.OPEN if good and new_kind(codes, pair.decided_reasons) else PairState.APART
    return PairState.OPEN if good else PairState.GONE


def _among(pairs: Sequence[tuple[int, int]]) -> QuerySet[DuplicatePair]:
    """The known ones among these pairs, which are in order: they lie between the first and the last."""
    if not pairs:
        return DuplicatePair.objects.none()
    return DuplicatePair.objects.filter(a__gte=pairs[0][0], a__lte=pairs[-1][0])
