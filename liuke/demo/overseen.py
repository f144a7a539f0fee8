"""What supervisors did: cards looked through week by week, days gone over, and what is left for this morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from liuke.customers.models import Customer
from liuke.demo.writing import insert
from liuke.supervision.actions import start_review, tick_card
from liuke.supervision.models import CardReview, Debrief, ReviewedCard
from liuke.supervision.queries import WORKERS, people
from liuke.supervision.rules import FIRST_LOOK, day_before, week_of, working_days
from liuke.team.labels import Role
from liuke.team.models import User

WEEKS = 4
DILIGENT = {"何静": 0.92, "罗建平": 0.7, "唐晓岚": 0.45}
"""How often a supervisor does what is due."""

REMARKS = ("家里的情况补一句，下次好聊", "电话核实一下，半年没动了", "", "写得清楚，就这样记", "", "约的时间写上")
AGREED = ("先打 A 级的，下午跟进两个没接的", "", "答应的报价今天发出去", "", "这位客户我下周陪你去一趟", "")


def oversee(today: date, say: Callable[[str], object]) -> None:
    """Reviews and debriefs of the last weeks, and of this one a part; one remark waits for 陈思远. Nothing where there are some."""
    if CardReview.objects.exists():
        return
    random = Random(f"{today.isoformat()} overseen")  # noqa: S311 - made-up routines
    zone = ZoneInfo(settings.TIME_ZONE)
    yesterday, monday = day_before(today), week_of(today)
    with transaction.atomic():
        for head in User.objects.filter(role=Role.SUPERVISOR, is_active=True).order_by("pk"):
            share = DILIGENT.get(head.name, 0.6)
            under = list(people(head))
            _weeks_before(head, under, monday, share, random, zone)
            debriefs: list[dict[str, Any]] = []
            for day in working_days(monday - timedelta(7 * WEEKS), yesterday):
                for person in under:
                    if person.role in WORKERS and random.random() < (share if day < yesterday else share * 0.55):
                        at = min(datetime.combine(day + timedelta(1), time(8, 50), zone), timezone.now())
                        debriefs.append({"person_id": person.pk, "day": day, "by_id": head.pk, "remark": random.choice(AGREED), "at": at})
            insert(Debrief, debriefs)
            for person in [one for one in under if one.role == Role.REP]:
                if person.username == "chensiyuan" or random.random() < share * 0.4:
                    review = start_review(head, person.pk, today=today)
                    ids = list(ReviewedCard.objects.filter(review=review).order_by("pk").values_list("pk", flat=True))
                    for turn, pk in enumerate(ids if random.random() < 0.6 else ids[:2]):
                        tick_card(
                            head,
                            pk,
                            "家里的情况补一句，下次好聊" if person.username == "chensiyuan" and not turn else random.choice(REMARKS),
                        )
    say(
        f"写好督导：看过 {ReviewedCard.objects.filter(seen_at__isnull=False).count():,} 张卡，过了 {Debrief.objects.count():,} 次一天的事。"
    )


def _weeks_before(head: User, under: list[User], monday: date, share: float, random: Random, zone: ZoneInfo) -> None:
    for back in range(WEEKS, 0, -1):
        week = monday - timedelta(7 * back)
        for person in under:
            if person.role != Role.REP or random.random() > share:
                continue
            at = datetime.combine(week + timedelta(random.randint(1, 4)), time(16, 20), zone)
            made = CardReview.objects.create(owner=person, week=week, by=head, since=week - timedelta(FIRST_LOOK))
            CardReview.objects.filter(pk=made.pk).update(started_at=at, closed_at=at + timedelta(minutes=25))
            ids = list(Customer.objects.filter(owner=person).order_by("pk").values_list("pk", flat=True)[:200])
            rows = [ReviewedCard(review=made, customer_id=pk, seen_at=at, seen_by=head) for pk in random.sample(ids, min(5, len(ids)))]
            ReviewedCard.objects.bulk_create(rows)
