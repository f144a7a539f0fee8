"""The first few that a search finds, as somebody types."""

from __future__ import annotations

from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.pinyin import sort_key
from liuke.segments.filters import Filter
from liuke.segments.queries import cards_of
from liuke.team.models import User

AT_MOST = 1000
"""How far the palette counts."""


def found(user: User, wanted: Filter, most: int) -> tuple[list[Customer], int]:
    """The first cards of a search by sort key, and how many there are, counted up to one more than AT_MOST; for the palette.

    Of more than that, first those whose name begins with what was typed, from the index of names; any others are as good.
    """
    cards = cards_of(user, wanted, clock.today()).select_related("unit")
    few = sorted(cards.order_by().values_list("pinyin", "pk")[: AT_MOST + 1])
    chosen: list[int] = []
    if len(few) > AT_MOST:
        asked = wanted.get("q").strip()
        sound = sort_key(asked).removesuffix(asked)
        begin = Customer.objects.visible_to(user).filter(pinyin__gte=sound, pinyin__lt=sound + "\uffff")
        if not asked.isascii():
            begin = begin.filter(name__startswith=asked)
        chosen = list(begin.order_by("pinyin", "pk").values_list("pk", flat=True)[:most])
    chosen += [pk for _, pk in few if pk not in chosen][: most - len(chosen)]
    by_key = {card.pk: card for card in Customer.objects.filter(pk__in=chosen).select_related("unit")}
    return [by_key[pk] for pk in chosen if pk in by_key], len(few)
