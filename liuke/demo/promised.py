"""What staff promised: the words given and kept over the last months, and those that are open today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from liuke.customers.models import Customer, Event
from liuke.demo.writing import insert
from liuke.promises.actions import BROKEN_EVENT
from liuke.promises.labels import State
from liuke.promises.models import Promise
from liuke.standing.queries import current_run, standings
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.work.promising import make_promise, renegotiate
from liuke.work.stages import GONE

SAID = (
    "把写明细的报价发给他", "问清楚保险能赔多少，告诉他", "配件到了当天告诉他", "周末给他留一个工位", "把旧轮胎的照片发给他看",
    "帮他问二手车能估多少", "把保养记录打印好", "车洗好了再叫他来取", "问厂家召回有没有他的车", "帮他改到下午取车", "把发票补寄给他",
    "请技师回电讲讲异响", "送一瓶玻璃水", "套餐剩几次查清楚告诉他", "帮他续上道路救援",
)  # fmt: skip
SIYUAN, SETTLED_BY_HIM = "chensiyuan", 34
KNOWN = ("张书远", "王淑芬", "刘建军", "孙浩", "葛建华", "何美玲", "徐敏")
"""Whose story is told elsewhere (demo.known)."""

CAREFUL = (0.93, 0.88, 0.84, 0.78)
"""How often a word is kept, by person."""


def keep_words(today: date, random: Random) -> None:
    """Promises that ended in the last three months, and the events of the broken ones; inside the caller's transaction."""
    cards: dict[int, list[tuple[int, date]]] = defaultdict(list)
    seen = Customer.objects.filter(do_not_contact=False, owner__is_active=True).exclude(name__in=KNOWN)
    for pk, owner, opened in seen.order_by("pk").values_list("pk", "owner_id", "opened_on"):
        cards[owner].append((pk, opened))
    zone = ZoneInfo(settings.TIME_ZONE)
    rows: list[dict[str, object]] = []
    events: list[tuple[int, date, int | None]] = []
    for at, person in enumerate(User.objects.filter(pk__in=cards, role=Role.REP).order_by("pk")):
        careful = CAREFUL[at % len(CAREFUL)] if person.username != SIYUAN else 0.88
        for _turn in range(SETTLED_BY_HIM if person.username == SIYUAN else random.randint(6, 38)):
            customer, opened = random.choice(cards[person.pk])
            made = today - timedelta(random.randint(6, 88))
            if made < opened:
                continue
            due = made + timedelta(random.choice((0, 1, 1, 2, 2, 3, 5)))
            state, ended = _came(random, careful, due)
            if ended > today:
                continue
            by_night = state == State.BROKEN and random.random() < 0.5
            rows.append(
                {
                    "customer_id": customer, "by_id": person.pk, "keeper_id": person.pk, "text": random.choice(SAID), "made_on": made,
                    "due_on": due, "sure": random.random() < 0.9, "state": state, "settled_on": ended,
                    "settled_by_id": None if by_night else person.pk, "created_at": datetime.combine(made, time(11, 5), zone),
                }
            )  # fmt: skip
            if state == State.BROKEN:
                events.append((customer, ended, None if by_night else person.pk))
    if (gold := Customer.objects.filter(owner__username=SIYUAN, tier="gold").exclude(name__in=KNOWN).order_by("pk").first()) is not None:
        due = today - timedelta(9)
        rows.append(
            {
                "customer_id": gold.pk, "by_id": gold.owner_id, "keeper_id": gold.owner_id, "text": "把发票补寄给他",
                "made_on": due - timedelta(2), "due_on": due, "state": State.BROKEN, "settled_on": today - timedelta(1),
                "created_at": datetime.combine(due - timedelta(2), time(15, 40), zone),
            }
        )  # fmt: skip
        events.append((gold.pk, today - timedelta(1), None))
    insert(Promise, rows)
    Event.objects.bulk_create([Event(customer_id=who, kind=BROKEN_EVENT, on=on, by_id=by) for who, on, by in events], batch_size=500)


def _came(random: Random, careful: float, due: date) -> tuple[str, date]:
    """How it ended, and when."""
    lot = random.random()
    if lot < careful:
        return State.KEPT, due - timedelta(0 if random.random() < 0.8 else 1) if random.random() < 0.5 else due
    if lot < careful + (1 - careful) * 0.6:
        return State.LATE, due + timedelta(random.randint(1, 5))
    return State.BROKEN, due + timedelta(8)


def give_words(today: date, say: Callable[[str], object]) -> None:
    """What is open today: due, past its day, moved, not sure yet, waiting for a word on its cost. Nothing where there are some already."""
    if Promise.objects.open().exists():
        return
    siyuan = User.objects.filter(username=SIYUAN).first()
    wang = Customer.objects.filter(name="王淑芬", owner=siyuan).first()
    if siyuan is None or wang is None:
        return
    random = Random(f"{today.isoformat()} words")  # noqa: S311 - made-up promises
    gone = standings(current_run()).filter(stage_code__in=GONE)
    here = Customer.objects.filter(~Exists(gone.filter(customer=OuterRef("pk"))), do_not_contact=False)
    open_to = here.filter(owner=siyuan, kind="person").exclude(name__in=KNOWN)
    mine = list(open_to.order_by("pk")[:40])
    with transaction.atomic():
        make_promise(siyuan, wang.pk, "告诉她右前大灯几号到货", today, today=today - timedelta(4))
        make_promise(siyuan, mine[3].pk, "把写明细的报价发给他", today - timedelta(1), today=today - timedelta(3))
        make_promise(siyuan, mine[7].pk, "问厂家召回有没有他的车", today + timedelta(2), sure=False, today=today - timedelta(1))
        moved = make_promise(siyuan, mine[11].pk, "配件到了当天告诉他", today + timedelta(1), today=today - timedelta(2))
        renegotiate(siyuan, moved.pk, today + timedelta(4), note="厂家晚发两天，他说没关系")
        make_promise(siyuan, mine[15].pk, "免这次的工时费", today + timedelta(3), amount_cents=68_000)
        given = 6
        for person in User.objects.filter(role=Role.REP, is_active=True).exclude(pk=siyuan.pk).order_by("pk"):
            theirs = list(here.filter(owner=person).order_by("pk")[:30])
            for card in random.sample(theirs, min(len(theirs), random.randint(0, 3))):
                due = today + timedelta(random.choice((-2, 0, 0, 1, 3)))
                make_promise(person, card.pk, random.choice(SAID), due, today=min(due, today) - timedelta(random.randint(0, 3)))
                given += 1
    say(f"写好答应客户的事：{Promise.objects.exclude(state=State.OPEN).count():,} 件有了结果，{given} 件还没办。")
