"""完整度: the weighted share of a card's filled fields. One definition, an expression of the database, for one card and for a million.

The weights are the pack's: `cards.weights` by kind of card, and the `weight` of the pack's own fields (`extra.KEY`). Sealed columns are
asked only whether they are empty.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.db.models import Case, Expression, F, IntegerField, Max, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from liuke.customers.fields import label as field_label
from liuke.customers.labels import Kind
from liuke.customers.models import Customer, erased
from liuke.packs.schema import CardField, Pack
from liuke.team.queries import pack as pack_in_use

EXTRA = "extra."
ON = {Kind.PERSON: "customer", Kind.ORGANISATION: "organisation"}
_BATCH = 2_000
_STRETCH = 20_000


@dataclass(frozen=True)
class Lack:
    """A field that is not filled, and what it would add, in points of a hundred."""

    field: str
    points: int


@dataclass(frozen=True)
class Filling:
    """How complete one card is, 0–100; what is missing, the heaviest first."""

    percent: int
    missing: tuple[Lack, ...]


def weights(pack: Pack, kind: str) -> dict[str, int]:
    """What each field of a card of this kind counts; those that count nothing are left out."""
    own = pack.cards.weights.organisation if kind == Kind.ORGANISATION else pack.cards.weights.person
    extra = {f"{EXTRA}{field.key}": field.weight for field in pack.fields if field.on == ON[Kind(kind)]}
    return {name: weight for name, weight in {**own, **extra}.items() if weight}


def fingerprint(pack: Pack) -> str:
    """Changes when a card's completeness would, the card being the same."""
    told = json.dumps({kind: weights(pack, kind) for kind in Kind.values}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def extra_field(pack: Pack, name: str) -> CardField | None:
    """The pack's own field behind `extra.KEY`."""
    key = name.removeprefix(EXTRA)
    return next((field for field in pack.fields if field.key == key and field.on in ON.values()), None) if name.startswith(EXTRA) else None


def filled(name: str) -> Q:
    """Condition on cards: this field says something."""
    if name.startswith(EXTRA):
        key = name.removeprefix(EXTRA)
        return Q(extra__has_key=key) & ~Q(**{f"extra__{key}": None}) & ~Q(**{f"extra__{key}": ""})
    if name == "name":
        return Q(name_known=True) & ~Q(name="")
    if name == "birthday":
        return Q(birth_month__isnull=False)
    return ~Q(**{name: ""})


def expression(pack: Pack) -> Expression:
    """A card's completeness, 0–100, half up."""
    return Case(When(kind=Kind.ORGANISATION, then=_share(pack, Kind.ORGANISATION)), default=_share(pack, Kind.PERSON))


def _share(pack: Pack, kind: str) -> Expression:
    counted = weights(pack, kind)
    total = sum(counted.values())
    points: Expression = Value(total)
    for name, weight in counted.items():
        points = points + Case(When(filled(name), then=Value(200 * weight)), default=Value(0), output_field=IntegerField())
    # Whole numbers: (200 × filled + total) ÷ (2 × total), rounded down, is the share rounded half up.
    return points / Value(2 * total)


def of(card: Customer, pack: Pack | None = None) -> Filling:
    """How complete a card is as it is stored, and what is missing. One query."""
    pack = pack or pack_in_use()
    counted = weights(pack, card.kind)
    flags = {f"f{at}": Case(When(filled(name), then=1), default=0, output_field=IntegerField()) for at, name in enumerate(counted)}
    row: dict[str, int] = dict(Customer.objects.filter(pk=card.pk).values(share=expression(pack), **flags).get())  # type: ignore[arg-type]
    total = sum(counted.values())
    lacks = [Lack(name, max(round(100 * weight / total), 1)) for at, (name, weight) in enumerate(counted.items()) if not row[f"f{at}"]]
    return Filling(row["share"], tuple(sorted(lacks, key=lambda lack: -lack.points)))


def refresh(ids: Iterable[int]) -> None:
    """Write the completeness of these cards anew. Whoever writes a card calls it afterwards, in the same transaction."""
    share = expression(pack_in_use())
    left = iter(sorted(set(ids)))
    while some := list(islice(left, _BATCH)):
        Customer.objects.filter(~erased(), pk__in=some).update(completeness=share)


def mend() -> int:
    """Write the completeness of every card that says another one than it has, a stretch of cards at a time. How many."""
    share = expression(pack_in_use())
    last = Customer.objects.aggregate(last=Coalesce(Max("pk"), 0))["last"]
    mended = Customer.objects.filter(erased(), completeness__isnull=False).update(completeness=None)
    for start in range(0, last, _STRETCH):
        stretch = Customer.objects.filter(~erased(), pk__gt=start, pk__lte=start + _STRETCH).annotate(now=share)
        wrong = stretch.filter(~Q(completeness=F("now")) | Q(completeness=None))
        mended += wrong.update(completeness=share)
    return mended


def label(name: str, pack: Pack, lang: str = "zh") -> str:
    """The words for a field that counts."""
    if (extra := extra_field(pack, name)) is not None:
        return extra.name("en" if lang == "en" else "zh")
    return _("生日") if name == "birthday" else field_label(name)
