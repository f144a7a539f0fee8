"""Visits of a house that is being kept: areas of every store, a month of visits made, weeks planned, a customer meeting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from liuke.customers.models import Customer
from liuke.demo.company import Store
from liuke.demo.words import STREETS
from liuke.interactions.labels import Outcome, Way
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.kernel.workdays import works
from liuke.team.models import Unit, User
from liuke.team.queries import pack
from liuke.visits import areas, changing, meetings, planning
from liuke.visits.labels import PlanState, VisitState
from liuke.visits.models import Area, Placement, Visit, VisitPlan
from liuke.visits.queries import due_list
from liuke.visits.rules import week_of

MIDDLES = {
    "杭州滨江店": ((30.2050, 120.2105), (30.2128, 120.1990), (30.1965, 120.1850), (30.1870, 120.2010)),
    "苏州园区店": ((31.3075, 120.7160), (31.3190, 120.7010), (31.3005, 120.6480), (31.2960, 120.6870)),
    "南京江宁店": ((31.9460, 118.8270), (31.9560, 118.8480), (31.9700, 118.8200), (31.9250, 118.8530)),
    "武汉光谷店": ((30.5030, 114.4080), (30.4890, 114.4100), (30.4930, 114.3970), (30.5000, 114.3650)),
    "郑州东区店": ((34.7560, 113.7300), (34.7680, 113.7550), (34.7800, 113.7280), (34.7710, 113.7120)),
    "长沙星沙店": ((28.2480, 113.0790), (28.2360, 113.0750), (28.2550, 113.1000), (28.2600, 113.0640)),
    "成都高新店": ((30.5700, 104.0670), (30.5790, 104.0500), (30.5830, 104.0720), (30.5900, 104.0580)),
    "重庆渝北店": ((29.6000, 106.5750), (29.6120, 106.5250), (29.6030, 106.5060), (29.5870, 106.5300)),
    "昆明北市店": ((25.0850, 102.7320), (25.0960, 102.7430), (25.0930, 102.7170), (25.0780, 102.7280)),
}
"""The middle of the district around each street of demo.words.STREETS, in its order."""
WEEKS = 5
"""So many weeks of visits were made."""
SAID = (
    "去店里坐了一会儿，车况都好，冬天前想换雪地胎。", "当面把保养记录对了一遍，很满意。", "聊了续保，等报价单。",
    "把上次没讲清的费用讲清楚了。",
    "送了新年台历，介绍了邻居来。", "看了车，右前胎磨得厉害，约了下周到店。", "说最近忙，年底再保养。", "车队要加两台，先要价目。",
)  # fmt: skip


def settle_areas(stores: Sequence[Store]) -> None:
    """Four areas a store, one around each of its streets; one sets out from the first. Inside the caller's transaction."""
    for store in stores:
        _town, streets = STREETS[store.unit.name]
        for place, (street, (latitude, longitude)) in enumerate(zip(streets, MIDDLES[store.unit.name], strict=True)):
            Area.objects.create(unit=store.unit, name=f"{street}片", words=street, latitude=latitude, longitude=longitude, home=place == 0)
    areas.unread()


def write_past(stores: Sequence[Store], today: date, random: Random) -> int:
    """What the salespeople drove in the last weeks, before insight looks at it. How many visits. Inside the caller's transaction."""
    minutes = pack().visits.minutes
    made: list[Visit] = []
    for store in stores:
        placed = dict(Placement.objects.filter(customer__unit=store.unit, area__isnull=False).values_list("customer_id", "area_id"))
        for rep in store.reps:
            if not rep.is_active:
                continue
            mine = list(Customer.objects.filter(owner=rep, pk__in=placed, do_not_contact=False).order_by("pk"))
            # Some go where it is near rather than where it pays: the review is to find that.
            mine.sort(key=lambda card: (placed[card.pk] % 4 if rep.pk % 3 == 0 else 0, random.random()))
            made += _weeks(rep, mine, placed, today, minutes, random)
    talks = [
        Interaction(
            customer_id=visit.customer_id, at=visit.done_at or timezone.now(), on=visit.on, way=Way.VISIT, outcome=visit.outcome,
            two_way=visit.outcome != Outcome.NOT_REACHED, asked=random.random() < 0.5, by_id=visit.user_id,
            summary=random.choice(SAID) if visit.outcome != Outcome.NOT_REACHED else "去了，没人在。",
        )
        for visit in made
    ]  # fmt: skip
    Interaction.objects.bulk_create(talks, batch_size=900)
    Visit.objects.bulk_create(made, batch_size=300)
    return len(made)


def _weeks(rep: User, cards: list[Customer], placed: dict[int, int], today: date, minutes: int, random: Random) -> list[Visit]:
    made: list[Visit] = []
    waiting = iter(cards)
    reads = random.uniform(0.5, 0.95)
    for back in range(WEEKS, -1, -1):
        week = week_of(today) - timedelta(weeks=back)
        plan = VisitPlan.objects.create(user=rep, week=week, day_minutes=150, state=PlanState.SET, set_at=_moment(week, 8, 30), made_by=rep)
        for day in (week + timedelta(days=n) for n in range(7)):
            if day >= today or not works(day) or random.random() < 0.45:
                continue
            hour = 9.5
            for place in range(random.choice((1, 1, 2, 3))):
                card = next(waiting, None)
                if card is None:
                    return made
                began = _moment(day, int(hour), int(hour % 1 * 60))
                read = random.random() < reads
                outcome = random.choices((Outcome.REACHED, Outcome.NOT_REACHED, Outcome.DEAL, Outcome.REFUSED), (78, 12, 6, 4))[0]
                made.append(
                    Visit(
                        plan=plan, customer=card, user=rep, week=week, on=day, position=place, begins=began.time(), minutes=minutes,
                        area_id=placed[card.pk], reasons=[["visit", {}]], by_hand=True, state=VisitState.DONE, outcome=outcome,
                        read_at=began - timedelta(minutes=random.randint(3, 40)) if read else None, started_at=began,
                        arrived_at=began + timedelta(minutes=random.randint(8, 35)),
                        done_at=began + timedelta(minutes=random.randint(50, 110)),
                    )
                )  # fmt: skip
                hour += 1.25
    return made


def _moment(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=timezone.get_default_timezone())


def plan_ahead(today: date, say: Callable[[str], object]) -> None:
    """The people of 杭州滨江店 have drafts of next week; 陈思远 has confirmed his and goes somewhere today. Twice is no harm."""
    store = Unit.objects.filter(name="杭州滨江店").first()
    chen = User.objects.filter(name="陈思远", unit=store).first()
    week = week_of(today) + timedelta(days=7)
    if store is None or chen is None or VisitPlan.objects.filter(user__unit=store, week=week).exists():
        return
    held = [card.pk for card in Customer.objects.filter(owner=chen, kind="organisation", do_not_contact=False).order_by("pk")[:3]]
    if held:
        meetings.hold(
            chen, today - timedelta(days=9), "年底车队座谈会", [meetings.Guest(pk, "", "") for pk in held],
            place="滨江店二楼", said="几家都关心年底保险一起续能不能便宜，想要对账单每月一次。",
        )  # fmt: skip
    due = due_list(chen, today, today, pack()).due
    near = [one for one in due if one.known.area is not None][:3]
    for place, one in enumerate(near):
        hour = time(15) if place == 1 else None
        visit = changing.add(chen, chen.pk, one.known.id, today, at=hour, asked=hour is not None, today=today)
        if visit.plan.state == PlanState.DRAFT:
            planning.confirm(chen, visit.plan_id)
    drafted = 0
    for rep in User.objects.filter(unit=store, role="rep", is_active=True).order_by("pk"):
        try:
            made = planning.draft(None, rep.pk, week, today=today)
        except Refused:
            continue
        drafted += made.placed
        if rep.pk == chen.pk and made.placed:
            planning.confirm(chen, made.plan.pk)
    say(f"排了滨江店下一周的拜访：{drafted} 家。")
