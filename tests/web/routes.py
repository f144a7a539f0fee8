"""Every address of the product with one example of it, for the walk of test_doors.

A new address without an object in it needs no line here; one with an object needs one line in EXAMPLES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from liuke.care.models import Gathering, Guest
from liuke.churn.models import BooksRun, LossReason, Stay, WinBack, WinBackOffer
from liuke.coaching.labels import CaseState
from liuke.coaching.models import Case, Practice, TrustCheck
from liuke.complaints.models import Complaint
from liuke.complaints.receipts import fresh_receipt
from liuke.conversations.models import Need
from liuke.custody.models import CheckOut, Export
from liuke.customers import organisations
from liuke.customers.models import BulkEdit, BulkEditRow, Contact, Customer, FieldChange, Transfer, TransferRow
from liuke.deals.models import Deal
from liuke.duplicates.models import DuplicatePair, Merge
from liuke.exchange import actions as exchange
from liuke.exchange import wizard
from liuke.exchange.models import Load
from liuke.exchange.report import Options
from liuke.improvement.models import AngleSheet, Cycle, CycleTask
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.mailing.models import Letter, Mailing
from liuke.notices.models import Notice
from liuke.notify.models import Channel, Delivery
from liuke.packs import load_pack
from liuke.playbooks.models import PlaybookVersion
from liuke.playbooks.rules import body_of
from liuke.privacy.models import Consent
from liuke.promises.models import Promise
from liuke.satisfaction import links
from liuke.satisfaction.models import Answer, Invitation, OpenLink, Survey, SurveyVersion, Wave
from liuke.segments.models import SavedView, Segment
from liuke.standing.models import Backtest, LeaveOverride
from liuke.supervision.models import CardReview, Debrief, ReviewedCard
from liuke.team.models import Company, Unit, User
from liuke.trials.models import Trial
from liuke.verification.models import SampleCard, SampleWeek
from liuke.verification.rules import week_of
from liuke.visits.models import Area, Meeting, Visit, VisitPlan
from liuke.work.labels import TaskState
from liuke.work.models import Enrolment, OfferRequest, Result, Task
from tests.cast import Cast, assemble, card
from tests.keepers.rows import Hands, hands
from tests.standing.backtests import result as backtested

NOBODY = 987_654_321  # the id of nothing
MERGED = 987_654_312  # the id of a card that went into another
TOLD = {"slots": {"who": "何静", "n": 3}, "link": "/today/", "at": timezone.now()}
GOLD = {"all": [{"ask": "tier", "op": "in", "is": ["gold"]}]}


@dataclass(frozen=True)
class Route:
    """One address: its name, the view behind it, and what its pattern wants filled in."""

    name: str
    view: Any
    wants: tuple[str, ...]

    @property
    def permission(self) -> str | None:
        return getattr(self.view, "permission", None)

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(getattr(self.view, "methods", ()))

    def url(self, **filled: object) -> str:
        return reverse(self.name, kwargs={name: filled[name] for name in self.wants})


def walk(resolver: URLResolver | None = None) -> Iterator[Route]:
    """Every address, third parties' included."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern)
        elif isinstance(pattern, URLPattern):
            yield Route(pattern.name or str(pattern.pattern), pattern.callback, tuple(pattern.pattern.regex.groupindex))


@dataclass(frozen=True)
class Entered:
    contact: Interaction
    deal: Deal
    view: SavedView
    segment: Segment
    put_away: Segment
    transfer: Transfer
    load: Load
    said: LeaveOverride
    unsaid: LeaveOverride  # taken back
    bulk: BulkEdit
    change: FieldChange
    sampled: SampleCard
    consent: Consent
    person: Contact
    person_added: FieldChange
    hands: Hands
    need: Need
    case: Case  # handed in
    practice: Practice  # goes on
    trust: TrustCheck
    promise: Promise
    reviewed: ReviewedCard
    debrief: Debrief


@dataclass(frozen=True)
class World:
    """A small company: 陈思远 keeps `mine` (nobody has it out) and has `lent` out; `far` is kept in another region."""

    cast: Cast
    mine: Customer
    lent: Customer
    far: Customer
    out: CheckOut
    task: Task  # on `mine`
    far_task: Task
    result: Result  # of 陈思远's
    far_result: Result
    done: Entered  # what 陈思远, or 何静 above him, has entered
    far_done: Entered  # the same in the other region
    backtest: Backtest
    export: Export  # asked for by 何静, waits for a yes
    mailing: Mailing  # hers too
    letter: Letter  # kept by 何静
    pair: DuplicatePair  # `mine` and `lent`
    merge: Merge  # into `mine`


def build() -> World:
    cast = assemble()
    Company.objects.create(name="启程汽车服务集团")
    Trial.objects.create(
        playbook="overdue_visit", version=1, share="0.1", planned=1000, window_days=45, seed="5eed", opened_on=date(2026, 1, 5)
    )
    mine = card(cast.chen, "张书远", "13800001234")
    lent = card(cast.chen, "王淑芬", "13800005678")
    far = card(cast.ding, "葛建华", "13800009012")
    now = timezone.now()
    out = CheckOut.objects.create(customer=lent, user=cast.chen, purpose="回访", at=now, until=now + timedelta(hours=24))
    entered = enter(mine, cast.chen, cast.he), enter(far, cast.ding, cast.xu)
    kept = Backtest.objects.create(
        as_of=date(2025, 1, 31), horizon_days=365, state=Backtest.State.DONE, result=backtested(), finished_at=now
    )
    asked = exported(cast.he), mailed(cast.he), letter(cast.he)
    pair = doubled(mine, lent, cast.fang)
    visited(mine, cast.chen), visited(far, cast.ding)
    world = World(cast, mine, lent, far, out, task(mine), task(far), result(mine), result(far), *entered, kept, *asked, *pair)
    for asked in (guest("binjiang", "mine"), guest("beijing", "far")):  # 联谊, each with a guest
        asked(world)
    offers(world)
    lost(mine), lost(far)
    complained(mine), complained(far)
    late = {**body_of(load_pack("auto_dealer").playbook("late_visit")), "must": True}
    PlaybookVersion.objects.create(pack="auto_dealer", key="late_visit", version=2, body=late, by=cast.xu)
    told(world)
    given_up(world)
    surveyed(world)
    improved(cast.binjiang, cast.he), improved(cast.beijing, cast.ding)
    return world


LOST = date(2026, 3, 1)
WIN_BACKS = (
    "start", "drop", "refused", "unreachable", "reopen", "tier", "harm", "sorry", "unsorry", "offer",
)  # fmt: skip


def complained(customer: Customer) -> Complaint:
    """One that the agent of the store has, just in."""
    now, (receipt, digest) = timezone.now(), fresh_receipt()
    desk = User.objects.filter(unit=customer.unit, role="agent").first()
    return Complaint.objects.create(
        number=f"TS-261120-0{customer.pk}", customer=customer, unit=customer.unit, owner=desk, title="刹车响", text="刹车响，上周刚修过",
        channel="telephone", received_at=now, answer_due=now, resolve_due=now, receipt=receipt, receipt_digest=digest,
    )  # fmt: skip


def complaint(whose: str, **more: object) -> Fill:
    return lambda world: {"pk": Complaint.objects.get(customer=getattr(world, whose)).pk, **more}


def lost(customer: Customer) -> WinBack:
    """One who left, and was asked why; a case with an offer that waits for a yes."""
    rep = customer.owner
    assert rep is not None
    BooksRun.objects.get_or_create(until=clock.today(), defaults={"state": "x"})
    Stay.objects.create(
        customer=customer, began_on=date(2025, 1, 1), ended_on=LOST, last_on=date(2025, 9, 1), cause="E.told", value_cents=80_000
    )
    LossReason.objects.create(customer=customer, lost_on=LOST, reason="rival", asked_on=LOST, by=rep)
    made = WinBack.objects.create(
        customer=customer, lost_on=LOST, value_cents=80_000, tier="ordinary", tier_why="ordinary", state="open", owner=rep, opened_on=LOST
    )
    WinBackOffer.objects.create(case=made, kind="price", text="工时八折", cost_cents=80_000, limit_cents=30_000, by=rep)
    return made


def of_lost(what: Any, name: str) -> tuple[Fill, Fill]:
    def at(card: str) -> Fill:
        return lambda world: {"pk": what.objects.get(**{name: getattr(world, card)}).pk}

    return at("mine"), at("far")


def loss(card: str) -> Fill:
    return lambda world: {"pk": getattr(world, card).pk, "on": LOST.isoformat()}


def visited(customer: Customer, rep: User) -> Visit:
    """A visit of tomorrow in a confirmed week, with its task, in an area; a meeting that was held."""
    today = clock.today()
    tomorrow = today + timedelta(1)
    assert rep.unit is not None
    area = Area.objects.create(unit=rep.unit, name="滨盛路片")
    plan = VisitPlan.objects.create(user=rep, week=week_of(tomorrow), day_minutes=150, state="set")
    made = Visit.objects.create(
        plan=plan, customer=customer, user=rep, week=plan.week, on=tomorrow, minutes=40, state="planned", area=area, position=0
    )
    Task.objects.create(
        kind="visit", customer=customer, assignee=rep, about="visits.visit", about_id=made.pk, channel="visit", minutes=40,
        created_for=today, due_on=tomorrow,
    )  # fmt: skip
    Meeting.objects.create(unit=rep.unit, by=rep, on=today, topic="座谈会")
    return made


def doubled(one: Customer, other: Customer, by: User) -> tuple[DuplicatePair, Merge]:
    pair = DuplicatePair.objects.create(a=one, b=other, score=0.6, reasons=["phone"])
    return pair, Merge.objects.create(keep=one, away=MERGED, away_number="K-9", by=by)


def surveyed(world: World) -> None:
    """A survey and a wave in each region: 陈思远's `mine` is asked, his `lent` has answered; far away one has."""
    form = load_pack("auto_dealer").survey_form("after_service").form
    for where, unit, people in (("近", world.cast.east, (world.mine, world.lent)), ("远", world.cast.north, (world.far,))):
        survey = Survey.objects.create(name=f"回访{where}", unit=unit, by=world.cast.zhao)
        version = SurveyVersion.objects.create(survey=survey, number=1, body=form.model_dump(mode="json"), by=world.cast.zhao)
        wave = Wave.objects.create(
            version=version, name=f"十一月{where}", unit=unit, drawn="service", opens_on=clock.today(), by=world.cast.zhao
        )
        salt, digest = links.fresh()
        OpenLink.objects.create(wave=wave, unit=people[0].unit, salt=salt, digest=digest)
        for customer in people:
            salt, digest = links.fresh()
            asked = Invitation.objects.create(
                wave=wave, customer=customer, unit=customer.unit, grade="A", salt=salt, digest=digest, at=timezone.now()
            )
            if customer != world.mine:
                now = timezone.now()
                Invitation.objects.filter(pk=asked.pk).update(answered_at=now)
                Answer.objects.create(
                    wave=wave, invitation=asked, unit=customer.unit, grade="A", via="link", at=now, on=clock.today(), values={"overall": 2},
                    low=True, settled_at=now,
                )  # fmt: skip


def of_wave(where: str) -> Fill:
    return lambda world: {"pk": Wave.objects.get(name=f"十一月{where}").pk}


def of_survey(where: str) -> Fill:
    return lambda world: {"pk": Survey.objects.get(name=f"回访{where}").pk}


def invited(whose: str) -> Fill:
    return lambda world: {"pk": Invitation.objects.get(customer=getattr(world, whose)).pk}


def answered(whose: str) -> Fill:
    return lambda world: {"pk": Answer.objects.get(invitation__customer=getattr(world, whose)).pk}


def linked(world: World) -> dict[str, object]:
    return {"token": links.token_of(Invitation.objects.get(customer=world.mine))}


def exported(actor: User) -> Export:
    """Three rows with whole numbers: somebody must agree."""
    return Export.objects.create(
        actor=actor, unit=actor.scope_unit, listing="customers", columns=["number", "name"], format="csv", clear=True, purpose="核对",
        rows=3, state="waiting", asked_at=timezone.now(), stored="0" * 48,
    )  # fmt: skip


def mailed(actor: User) -> Mailing:
    export = exported(actor)
    Export.objects.filter(pk=export.pk).update(listing="mailing")
    return Mailing.objects.create(export=export, name="多谢惠顾", body="祝您平安。", letters=3)


def letter(actor: User) -> Letter:
    return Letter.objects.create(user=actor, name="多谢惠顾", body="祝您平安。")


def load(actor: User, store: str) -> Load:
    """A file after its dry run: one row can be brought in, one cannot."""
    text = f"客户编号,姓名,手机,门店\nN-{actor.pk},何美玲,13800007777,{store}\nN-{actor.pk}x,郑海涛,1380000,{store}\n"
    kept = exchange.receive(actor, "customers", "客户.csv", BytesIO(text.encode()))
    wizard.check(kept, {}, Options())
    kept.refresh_from_db()
    return kept


def enter(customer: Customer, rep: User, above: User) -> Entered:
    now, today = timezone.now(), clock.today()
    moved = Transfer.objects.create(by=above, to=rep, at=now)
    TransferRow.objects.create(transfer=moved, customer=customer, new_owner=rep, old_unit=customer.unit, new_unit=customer.unit)
    person_at = Contact.objects.create(customer=customer, name="王经理", title="采购")
    return Entered(
        contact=Interaction.objects.create(customer=customer, by=rep, at=now, on=today, way="phone", summary="问了保养"),
        deal=Deal.objects.create(customer=customer, staff=rep, unit=customer.unit, on=today, amount_cents=128_000),
        view=SavedView.objects.create(user=rep, name="该来没来", query="outcome=overdue"),
        segment=Segment.objects.create(owner=rep, name="金卡", conditions=GOLD),
        put_away=Segment.objects.create(owner=rep, name="金卡", conditions=GOLD, archived_at=now),
        transfer=moved,
        load=load(above, customer.unit.name),
        said=leaves(customer, rep),
        unsaid=leaves(customer, rep, withdrawn_at=now),
        bulk=bulk(customer, above),
        change=FieldChange.objects.create(customer=customer, field="hobbies", old="钓鱼", new=customer.hobbies, by=rep),
        sampled=sampled(customer, rep),
        consent=Consent.objects.create(customer=customer, purpose="mail", given=True, source="spoken", on=today, by=rep),
        hands=hands(rep, above),
        need=Need.objects.create(customer=customer, words="想要一个周末的工位", by=rep, on=today),
        case=Case.objects.create(
            title="嫌贵的老客户", scenario="retention", steps=["先听", "", "", ""], author=rep, state=CaseState.SUBMITTED
        ),
        practice=practised(rep, above),
        trust=TrustCheck.objects.create(user=rep, on=today, answers={}),
        reviewed=reviewed(customer, rep, above),
        debrief=Debrief.objects.create(person=rep, day=today - timedelta(1), by=above, remark="先打 A 级的"),
        promise=Promise.objects.create(customer=customer, by=rep, keeper=rep, text="大灯几号到货", made_on=today, due_on=today),
        person=person_at,
        person_added=FieldChange.objects.create(
            customer=customer, field="contact", old="", new=organisations.kept_text(person_at), version=2, by=rep
        ),
    )


def practised(rep: User, above: User) -> Practice:
    """With the agent of the same store, where there is one."""
    other = User.objects.filter(unit=rep.unit, role="agent").first() or above
    return Practice.objects.create(card="a_card", scenario="care", trainee=rep, checker=other, unit=rep.unit, on=clock.today())


def sampled(customer: Customer, rep: User) -> SampleCard:
    week, _new = SampleWeek.objects.get_or_create(week=week_of(clock.today()), defaults={"per_owner": 5})
    return SampleCard.objects.create(sample=week, customer=customer, owner=rep, unit=customer.unit)


def reviewed(customer: Customer, rep: User, by: User) -> ReviewedCard:
    made = CardReview.objects.create(owner=rep, week=week_of(clock.today()), by=by, since=clock.today())
    return ReviewedCard.objects.create(review=made, customer=customer, remark="家里的情况补一句", seen_at=timezone.now(), seen_by=by)


def bulk(customer: Customer, by: User) -> BulkEdit:
    made = BulkEdit.objects.create(by=by, field="source", value="展会", state=BulkEdit.State.DONE, changed=1, done_at=timezone.now())
    BulkEditRow.objects.create(bulk=made, customer=customer, old="", version=1, state=BulkEditRow.State.DONE)
    return made


def leaves(customer: Customer, by: User, **fields: Any) -> LeaveOverride:
    today = clock.today()
    return LeaveOverride.objects.create(
        customer=customer,
        share=0.2,
        model_share=0.56,
        reason="已说定年底来换胎",
        by=by,
        on=today,
        expires_on=today + timedelta(days=30),
        **fields,
    )


def task(customer: Customer, state: str = TaskState.OPEN) -> Task:
    today = clock.today()
    over = today if state == TaskState.DONE else None
    enrolment = Enrolment.objects.create(
        customer=customer, playbook="service_due", version=1, signal="no_visit", started_on=today, ended_on=over
    )
    return Task.objects.create(
        customer=customer, assignee=customer.owner, enrolment=enrolment, playbook="service_due", signal="no_visit", channel="phone",
        minutes=8, created_for=today, due_on=today, state=state,
    )  # fmt: skip


def result(customer: Customer) -> Result:
    done = task(customer, TaskState.DONE)
    return Result.objects.create(task=done, outcome="not_reached", by=customer.owner, at=timezone.now())


Fill = Callable[[World], dict[str, object]]


@dataclass(frozen=True)
class Example:
    """How an address with an object is asked for: `seen` fills it with something of 陈思远's, `unseen` with something of another region
    (or nothing). `sees`: the log-ins for whom `seen` is there, where that is fewer than the permission says."""

    seen: Fill
    unseen: Fill = lambda world: {"pk": NOBODY}
    sees: tuple[str, ...] | None = None
    post: dict[str, str] = field(default_factory=dict)


def told(world: World) -> dict[str, object]:
    return {"pk": Notice.objects.get_or_create(user=world.cast.chen, key="today.given", defaults=TOLD)[0].pk}


def way(world: World) -> dict[str, object]:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"
    return {"pk": Channel.objects.get_or_create(kind="wecom", name="主管群", defaults={"url": url})[0].pk}


def given_up(world: World) -> dict[str, object]:
    times = {"made_at": timezone.now(), "next_at": timezone.now()}
    values = {"channel_id": way(world)["pk"], "kind": "digest", "title": "留客", "state": "given_up", **times}
    return {"pk": Delivery.objects.get_or_create(key="digest:1", defaults=values)[0].pk}


def person(world: World) -> dict[str, object]:
    return {"pk": world.cast.zhou.pk}


def measured(world: World) -> dict[str, object]:
    return {"key": "overdue_visit"}


def no_playbook(world: World) -> dict[str, object]:
    return {"key": "nothing"}


def offer(which: str) -> Fill:
    """Something that 陈思远 (or the rep of the other region) wants to give and that waits for a yes."""
    return lambda world: {"pk": OfferRequest.objects.get(customer=getattr(world, which)).pk}


def offers(world: World) -> None:
    for customer in (world.mine, world.far):
        OfferRequest.objects.create(
            customer=customer, playbook="overdue_visit", amount_cents=30_000, limit_cents=20_000, text="工时八折", by_id=customer.owner_id
        )


def a_version(world: World) -> dict[str, object]:
    """A playbook of the company's own, as it was saved last."""
    return {"what": "playbook", "pk": PlaybookVersion.objects.get().pk}


def gathering(where: str) -> Fill:
    def fill(world: World) -> dict[str, object]:
        unit, by = getattr(world.cast, where), world.cast.he if where == "binjiang" else world.cast.zhao
        made, _new = Gathering.objects.get_or_create(name="茶会", unit=unit, defaults={"on": clock.today(), "by": by})
        return {"pk": made.pk}

    return fill


def guest(where: str, whose: str) -> Fill:
    def fill(world: World) -> dict[str, object]:
        card = getattr(world, whose)
        made, _new = Guest.objects.get_or_create(
            gathering_id=gathering(where)(world)["pk"], customer=card, defaults={"by": world.cast.zhao}
        )
        return {"pk": made.pk}

    return fill


def own_card(world: World) -> dict[str, object]:
    return {"pk": world.mine.pk}


def far_card(world: World) -> dict[str, object]:
    return {"pk": world.far.pk}


CYCLE_ACTS = ("plan", "task_new", "start", "finish", "not_done", "check", "keep", "again", "drop", "reopen")
OFFICE = ("linqian", "hejing", "xuwentao", "zhaoguoping")


def improved(unit: Unit, owner: User) -> None:
    """A plan with one thing to do, and a look at the service."""
    today = clock.today()
    row = Cycle.objects.create(
        title=f"{unit.name}等得太久", unit=unit, measure="complaints.count", kind="count", better="lower", days=30, target=1,
        due_on=today + timedelta(60), owner=owner, opened_by=owner, opened_on=today,
    )  # fmt: skip
    CycleTask.objects.create(cycle=row, turn=0, text="早上多一个工位", assignee=owner, due_on=today + timedelta(7))
    AngleSheet.objects.create(unit=unit, angle="mystery", on=today, by=owner, marks={"greeted": 3, "friendly": 3})


def cycles(model: Any) -> tuple[Fill, Fill]:
    """What hangs on the cycle of 杭州滨江店, and on that of 北京朝阳店."""
    place = "cycle__unit__name" if model is CycleTask else "unit__name"
    return tuple(lambda world, at=at: {"pk": model.objects.get(**{place: at}).pk} for at in ("杭州滨江店", "北京朝阳店"))  # type: ignore[return-value]


def both(what: str) -> tuple[Fill, Fill]:
    return lambda world: {"pk": getattr(world.done, what).pk}, lambda world: {"pk": getattr(world.far_done, what).pk}


def held(what: str) -> tuple[Fill, Fill]:
    return lambda world: {"pk": getattr(world.done.hands, what).pk}, lambda world: {"pk": getattr(world.far_done.hands, what).pk}


def own_rep(world: World) -> dict[str, object]:
    return {"user": world.cast.chen.pk}


def far_rep(world: World) -> dict[str, object]:
    return {"user": world.cast.ding.pk}


def own_task(world: World) -> dict[str, object]:
    return {"task": world.task.pk}


def far_task(world: World) -> dict[str, object]:
    return {"task": world.far_task.pk}


def own_export(world: World) -> dict[str, object]:
    return {"pk": world.export.pk}


def own_mailing(world: World) -> dict[str, object]:
    return {"pk": world.mailing.pk}


TASK_SEEN = ("chensiyuan", "hejing", "zhaoguoping")
CASE_SEEN = ("chensiyuan", "hejing", "xuwentao", "zhaoguoping")
OVER_EXPORT = ("hejing", "fangmin", "zhaoguoping")
READ_EXPORTS = ("hejing", "xuwentao", "fangmin", "zhaoguoping")
EXPORT = {"format": "csv", "encoding": "utf-8", "purpose": "核对", "column": "name"}

KEEPERS = ("chensiyuan", "hejing", "zhaoguoping")  # who may act on a promise that 陈思远 keeps
ENDINGS = ("kept", "broken", "drop", "move", "reopen", "yes", "no", "undecide")


def own_stop(world: World) -> dict[str, object]:
    return {"pk": Visit.objects.get(user=world.cast.chen).pk}


def far_stop(world: World) -> dict[str, object]:
    return {"pk": Visit.objects.get(user=world.cast.ding).pk}


def own_week(world: World) -> dict[str, object]:
    return {"pk": VisitPlan.objects.get(user=world.cast.chen).pk}


def far_week(world: World) -> dict[str, object]:
    return {"pk": VisitPlan.objects.get(user=world.cast.ding).pk}


def own_area(world: World) -> dict[str, object]:
    return {"pk": Area.objects.get(unit=world.cast.binjiang).pk}


def far_area(world: World) -> dict[str, object]:
    return {"pk": Area.objects.get(unit=world.cast.beijing).pk}


def own_meeting(world: World) -> dict[str, object]:
    return {"pk": Meeting.objects.get(by=world.cast.chen).pk}


VISITS = ("chensiyuan", "hejing", "zhaoguoping")
EXAMPLES: dict[str, Example] = {
    "care_day": Example(lambda world: {"day": clock.today().isoformat()}, lambda world: {"day": "someday"}),
    **{
        name: Example(lambda world: {"key": "birthday"}, lambda world: {"key": "nothing"})
        for name in ("care_rule", "care_rule_switch", "care_rule_drop")
    },
    "care_rule_undo": Example(lambda world: {"key": "birthday", "version": 1}, lambda world: {"key": "nothing", "version": 1}),
    **{
        name: Example(gathering("binjiang"), gathering("beijing"))
        for name in ("gathering", "gathering_edit", "gathering_cancel", "gathering_restore", "gathering_invite")
    },
    **{name: Example(guest("binjiang", "mine"), guest("beijing", "far")) for name in ("guest_remove", "guest_came", "guest_came_undo")},
    **{f"visit_{what}": Example(own_stop, far_stop, sees=VISITS) for what in ("take", "start", "arrive", "step_back", "drop", "put_back")},
    "visit": Example(own_stop, far_stop, sees=VISITS),
    "visit_finish": Example(own_stop, far_stop, sees=VISITS, post={"outcome": "reached", "note": "谈了保养"}),
    "visit_move": Example(own_stop, far_stop, sees=VISITS, post={"on": "+1"}),
    **{f"visit_{what}": Example(own_week, far_week, sees=VISITS) for what in ("confirm", "reopen", "discard")},
    "visit_result_undo": Example(lambda world: {"pk": world.result.pk}, lambda world: {"pk": world.far_result.pk}, sees=("chensiyuan",)),
    **{f"area_{what}": Example(own_area, far_area) for what in ("edit", "close", "reopen")},
    "area_place_undo": Example(lambda world: {"pk": NOBODY}, sees=()),  # nobody has placed anybody yet; tests/visits has who did
    "meeting_undo": Example(own_meeting, sees=("chensiyuan",)),
    **{f"playbook_{what}": Example(measured, no_playbook) for what in ("effect", "effect_list", "round_could", "round_open")},
    **{
        name: Example(measured, no_playbook)
        for name in ("playbook", "playbook_script", "playbook_versions", "playbook_people", "playbook_edit", "playbook_preview")
    },
    "playbook_off": Example(lambda world: {"key": "overdue_visit", "off": 1}, lambda world: {"key": "nothing", "off": 1}),
    "playbook_version_back": Example(
        lambda world: {"what": "playbook", "key": "overdue_visit", "version": 0},
        lambda world: {"what": "playbook", "key": "nothing", "version": 0},
    ),
    "playbook_version_undo": Example(a_version, lambda world: {"what": "playbook", "pk": NOBODY}),
    **{
        name: Example(lambda world: {"key": "retention"}, lambda world: {"key": "nothing"})
        for name in ("script_versions", "script_edit", "script_preview")
    },
    "offer": Example(offer("mine"), offer("far"), sees=("hejing", "zhaoguoping")),
    "offer_withdraw": Example(offer("mine"), offer("far"), sees=("chensiyuan",)),
    "offer_ask": Example(
        lambda world: {"task": world.task.pk},
        lambda world: {"task": world.far_task.pk},
        sees=KEEPERS,
        post={"amount": "100", "text": "检查"},
    ),
    "playbook_round_stop": Example(
        lambda world: {**measured(world), "pk": Trial.objects.get().pk}, lambda world: {**no_playbook(world), "pk": NOBODY}
    ),
    "mailing": Example(own_mailing, sees=OVER_EXPORT),
    "mailing_customers": Example(own_mailing, sees=OVER_EXPORT),
    "mailing_of": Example(lambda world: {"pk": world.mailing.export_id}, sees=OVER_EXPORT),
    "mailing_letters": Example(own_mailing, sees=("hejing",)),
    "mailing_addresses": Example(own_mailing, sees=("hejing",)),
    "letter_drop": Example(lambda world: {"pk": world.letter.pk}, sees=("hejing",)),
    "check_out_return": Example(lambda world: {"pk": world.out.pk}, sees=("chensiyuan",)),
    "team_person": Example(person),
    "team_password": Example(person),
    "team_leave": Example(person),
    "team_come_back": Example(person),
    "team_no_two_factor": Example(person),
    "today_of": Example(lambda world: {"user": world.cast.chen.pk}, lambda world: {"user": world.cast.ding.pk}),
    "today_of_left": Example(lambda world: {"user": world.cast.chen.pk}, lambda world: {"user": world.cast.ding.pk}),
    "today_of_task": Example(
        lambda world: {"user": world.cast.chen.pk, **own_task(world)}, lambda world: {"user": world.cast.ding.pk, **far_task(world)}
    ),
    "today_undo": Example(lambda world: {"result": world.result.pk}, lambda world: {"result": world.far_result.pk}, sees=("chensiyuan",)),
    "today_task": Example(own_task, far_task, sees=("chensiyuan", "hejing", "zhaoguoping")),
    "today_outcome": Example(own_task, far_task, sees=("chensiyuan", "hejing", "zhaoguoping")),
    "today_assign": Example(own_task, far_task, post={"to": "0"}),
    "today_assign_to": Example(
        lambda world: {**own_task(world), "user": world.cast.lin.pk}, lambda world: {**far_task(world), "user": world.cast.lin.pk}
    ),
    "debrief": Example(own_rep, far_rep),
    "visits_unread": Example(own_rep, far_rep),
    "debrief_tick": Example(own_rep, far_rep),
    "debrief_undo": Example(*both("debrief"), sees=("hejing",)),
    "debrief_read": Example(*both("debrief"), sees=KEEPERS),
    "review": Example(own_rep, far_rep),
    "review_start": Example(own_rep, far_rep),
    "review_tick": Example(*both("reviewed")),
    "review_untick": Example(*both("reviewed")),
    "review_heard": Example(*both("reviewed"), sees=("chensiyuan",)),
    "loss": Example(loss("mine"), loss("far")),
    "loss_reason": Example(loss("mine"), loss("far")),
    "loss_reason_undo": Example(*of_lost(LossReason, "customer"), sees=KEEPERS),
    "winback_open": Example(loss("mine"), loss("far")),
    "winback": Example(*of_lost(WinBack, "customer"), sees=CASE_SEEN),
    **{f"winback_{what}": Example(*of_lost(WinBack, "customer"), sees=KEEPERS) for what in WIN_BACKS},
    "winback_give": Example(*of_lost(WinBack, "customer")),
    "winback_let_go": Example(*of_lost(WinBack, "customer")),
    "winback_offer_withdraw": Example(*of_lost(WinBackOffer, "case__customer"), sees=KEEPERS),
    "winback_offer_yes": Example(*of_lost(WinBackOffer, "case__customer")),
    "winback_offer_no": Example(*of_lost(WinBackOffer, "case__customer")),
    "folk_change": Example(lambda world: {"key": "died"}, lambda world: {"key": "nothing"}),
    "folk_back": Example(lambda world: {"key": "died"}, lambda world: {"key": "nothing"}),
    "complaint": Example(complaint("mine"), complaint("far")),
    "complaint_match": Example(complaint("mine"), complaint("far")),
    "complaint_by_number": Example(
        lambda world: {"number": f"TS-261120-0{world.mine.pk}"}, lambda world: {"number": f"TS-261120-0{world.far.pk}"}
    ),
    "complaint_act": Example(complaint("mine", what="note"), complaint("far", what="note"), post={"text": "客户又来电"}),
    "complaint_oversee": Example(complaint("mine", what="lower"), complaint("far", what="lower"), post={"why": "说清楚了"}),
    "complaint_approve": Example(complaint("mine", what="undecide"), complaint("far", what="undecide")),
    "complaint_put_back": Example(complaint("mine"), complaint("far"), sees=()),  # it was not taken back
    "complaint_tell": Example(lambda world: {"pk": world.cast.binjiang.pk}),
    "complaint_receipt": Example(lambda world: {"token": Complaint.objects.get(customer=world.mine).receipt}),
    "promise": Example(*both("promise")),
    "promise_take_back": Example(*both("promise"), sees=KEEPERS),
    **{f"promise_{what}": Example(*both("promise"), sees=KEEPERS) for what in ENDINGS},
    "promise_new": Example(own_card, far_card),
    "talk_note": Example(lambda world: {**own_task(world), "step": 1}, lambda world: {**far_task(world), "step": 1}, sees=TASK_SEEN),
    "talk_chance": Example(own_task, far_task, sees=TASK_SEEN, post={"chance": "yes"}),
    "need_new": Example(own_card, far_card),
    "need_confirm": Example(*both("need")),
    "need_close": Example(*both("need")),
    "need_reopen": Example(*both("need")),
    "need_withdraw": Example(*both("need"), sees=("chensiyuan",)),
    "case": Example(*both("case"), sees=CASE_SEEN),
    "case_edit": Example(*both("case"), sees=CASE_SEEN),
    "case_undo": Example(*both("case"), sees=CASE_SEEN),
    "case_submit": Example(*both("case"), sees=("chensiyuan",)),
    "case_publish": Example(*both("case"), sees=CASE_SEEN),
    "case_withdraw": Example(*both("case"), sees=CASE_SEEN),
    "case_back": Example(*both("case"), sees=CASE_SEEN),
    "practice_one": Example(*both("practice"), sees=(*CASE_SEEN, "linqian")),
    "practice_tick": Example(
        lambda world: {"pk": world.done.practice.pk, "step": 1},
        lambda world: {"pk": world.far_done.practice.pk, "step": 1},
        sees=("linqian",),
    ),
    "practice_finish": Example(*both("practice"), sees=("linqian",)),
    "practice_undo": Example(*both("practice"), sees=("linqian",)),
    "practice_drop": Example(*both("practice"), sees=("chensiyuan", "linqian")),
    "practice_person": Example(person),
    "trust_undo": Example(*both("trust"), sees=("chensiyuan",)),
    "customer": Example(own_card, far_card),
    "customer_edit": Example(own_card, far_card),
    "customer_preview": Example(own_card, far_card),
    "next_contact": Example(own_card, far_card),
    "check_out": Example(own_card, far_card),
    "card_check_outs": Example(own_card, far_card),
    "confirmation": Example(own_card, far_card),
    "contact_new": Example(own_card, far_card),
    "deal_new": Example(own_card, far_card),
    "event_new": Example(own_card, far_card),
    "contract_new": Example(own_card, far_card),
    "asset_new": Example(own_card, far_card),
    "customer_why": Example(own_card, far_card),
    "leave_override": Example(own_card, far_card),
    "leave_withdraw": Example(*both("said")),
    "leave_restore": Example(*both("unsaid")),
    "contact_undo": Example(*both("contact"), sees=("chensiyuan",)),
    "deal_undo": Example(*both("deal"), sees=("chensiyuan",)),
    "view_drop": Example(*both("view"), sees=("chensiyuan",)),
    "segment": Example(*both("segment"), sees=("chensiyuan",)),
    "segment_size": Example(*both("segment"), sees=("chensiyuan",)),
    "segment_archive": Example(*both("segment"), sees=("chensiyuan",)),
    "segment_restore": Example(*both("put_away"), sees=("chensiyuan",)),
    "segment_undo": Example(
        lambda world: {"pk": world.done.segment.pk, "version": 1},
        lambda world: {"pk": world.far_done.segment.pk, "version": 1},
        sees=("chensiyuan",),
    ),
    "segment_copy": Example(*both("segment"), sees=("chensiyuan",)),
    "pool_preview": Example(*held("pooled")),
    "pool_claim": Example(*held("pooled")),
    "pool_claim_undo": Example(*held("claimed"), sees=("chensiyuan",)),
    "pool_give_back_undo": Example(*held("given_back"), sees=("chensiyuan",)),
    "pool_assign_undo": Example(*held("assigned")),
    "pool_lift": Example(*held("excluded")),
    "pool_give_back": Example(own_card, far_card),
    "pool_exclude": Example(own_card, far_card),
    "handover": Example(*held("hand_over"), sees=("chensiyuan", "hejing", "zhaoguoping")),
    "handover_briefs": Example(*held("hand_over"), sees=("chensiyuan", "hejing", "zhaoguoping")),
    "handover_undo": Example(*held("hand_over")),
    "handover_end": Example(*held("hand_over")),
    "card_history": Example(own_card, far_card),
    "change_undo": Example(*both("change")),
    "verification_card": Example(*both("sampled"), sees=("xuwentao", "zhaoguoping")),
    "verification_number": Example(*both("sampled"), sees=("xuwentao", "zhaoguoping")),
    "verification_missed": Example(*both("sampled"), sees=("xuwentao", "zhaoguoping")),
    "bulk_edit": Example(*both("bulk")),
    "bulk_progress": Example(*both("bulk")),
    "bulk_undo": Example(*both("bulk")),
    "backtest": Example(lambda world: {"pk": world.backtest.pk}),
    "import_template": Example(lambda world: {"kind": "customers"}, lambda world: {"kind": "nothing"}),
    "import_load": Example(*both("load")),
    "import_progress": Example(*both("load")),
    "import_check": Example(*both("load"), sees=("hejing",)),
    "import_run": Example(*both("load"), sees=("hejing",)),
    "import_undo": Example(*both("load")),
    "import_errors": Example(*both("load")),
    "export_new": Example(lambda world: {"key": "customers"}, lambda world: {"key": "nothing"}, sees=READ_EXPORTS, post=EXPORT),
    "export": Example(own_export, sees=OVER_EXPORT),
    "export_progress": Example(own_export, sees=OVER_EXPORT),
    "export_approve": Example(own_export, post={"rows": "3"}),
    "export_refuse": Example(own_export, post={"reason": "先不导"}),
    "export_withdraw": Example(own_export, sees=("hejing",)),
    "export_file": Example(own_export, sees=("hejing",)),
    "person_add": Example(own_card, far_card),
    "person_edit": Example(*both("person")),
    "person_remove": Example(*both("person")),
    "person_undo": Example(*both("person_added")),
    "parent": Example(own_card, far_card),
    "card_consents": Example(own_card, far_card),
    "consent_new": Example(own_card, far_card),
    "consent_undo": Example(*both("consent"), sees=("chensiyuan",)),
    "personal_file": Example(own_card, far_card),
    "erasure": Example(own_card, far_card),
    "retention_rule": Example(lambda world: {"key": "prospects"}, lambda world: {"key": "nothing"}),
    "retention_back": Example(
        lambda world: {"key": "prospects", "days": 1095, "on": 1}, lambda world: {"key": "nothing", "days": 1095, "on": 1}
    ),
    "duplicate_preview": Example(lambda world: {"pk": world.pair.pk}),
    "duplicate_apart": Example(lambda world: {"pk": world.pair.pk}),
    "duplicate_together": Example(lambda world: {"pk": world.pair.pk}),
    "merge": Example(
        lambda world: {"keep": world.mine.pk, "away": world.lent.pk}, lambda world: {"keep": world.mine.pk, "away": NOBODY - 1}
    ),
    "merged": Example(lambda world: {"pk": world.merge.pk}),
    "merge_undo": Example(lambda world: {"pk": world.merge.pk}),
    "team_unit": Example(lambda world: {"pk": world.cast.binjiang.pk}),
    "survey_ask": Example(linked),
    **{f"wave{what}": Example(of_wave("近"), of_wave("远")) for what in ("", "_answers", "_people", "_codes", "_close", "_reopen")},
    **{f"survey{what}": Example(of_survey("近"), of_survey("远")) for what in ("", "_put_away", "_take_out")},
    **{f"survey_{what}": Example(invited("mine"), invited("far")) for what in ("invitation", "sent", "unsent", "reminded", "not_reminded")},
    "survey_answer": Example(answered("lent"), answered("far")),
    "survey_one": Example(own_card, far_card),
    **{f"cycle_{act}": Example(*cycles(Cycle)) for act in CYCLE_ACTS},
    **{f"cycle_task_{act}": Example(*cycles(CycleTask), sees=OFFICE) for act in ("done", "undone", "drop", "back")},
    "cycle": Example(*cycles(Cycle), sees=OFFICE),
    "playbook_effect_met": Example(lambda world: {"key": "overdue_visit"}, lambda world: {"key": "nothing"}),
    "angle_take_back": Example(*cycles(AngleSheet), sees=("hejing",)),
    "notice_open": Example(told, sees=("chensiyuan",)),
    "channel": Example(way),
    "channel_on": Example(way),
    "channel_off": Example(way),
    "channel_test": Example(way),
    "delivery_again": Example(given_up),
}

# What a POST needs so that its view can answer at all, for addresses without an object.
POSTS: dict[str, dict[str, str]] = {}

# django-allauth's and Django's own: they look after their doors themselves, and are listed so that none comes in unseen.
THIRD_PARTY = {
    "account_change_password",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "set_language",
}
