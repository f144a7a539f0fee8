"""Looking for customers by telephone number, counted per hour: last four figures are only ten thousand, and a list answers each of them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.models import NumberSearch
from liuke.customers.search import asks_for_number
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.queries import pack

MANY_NUMBERS = "search.many_numbers"


def count_number_search(user: User, text: str) -> None:
    """Count a search, if it is one for a number. Refuses once the hour's share is used up, which is written down once."""
    if not asks_for_number(text):
        return
    most = pack().cards.number_searches
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    mine = NumberSearch.objects.filter(user=user, hour=hour)
    with transaction.atomic():
        if not mine.update(times=F("times") + 1):
            NumberSearch.objects.get_or_create(user=user, hour=hour)
            mine.update(times=F("times") + 1)
        times = mine.values_list("times", flat=True).get()
        if times == most + 1:
            record(user, "search.many_numbers", user, times=most)
    if times > most:
        raise Refused(MANY_NUMBERS, "这一小时里您按号码找了 %(n)s 次，先停一停。下个整点再按号码找，按姓名随时可以找。", n=most)
