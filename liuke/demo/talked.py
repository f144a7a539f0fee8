"""Conversations of the last weeks with what was noted of their steps, and what customers said they want."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from liuke.conversations.labels import Chance, NeedKind, NeedState
from liuke.conversations.models import Conversation, Need, StepNote
from liuke.conversations.rules import furthest
from liuke.customers.labels import EventKind
from liuke.customers.models import Event
from liuke.demo.company import Store
from liuke.demo.rows import Life
from liuke.demo.talk_words import DECLINED, SAID, WANTED
from liuke.interactions.models import Interaction
from liuke.packs import Pack
from liuke.packs.playbook import Playbook
from liuke.work.labels import Ended, Level, TaskState
from liuke.work.models import Enrolment, Result, Task

TALKS, DAYS, UNASKED = 62, 21, 2
QUOTA = {
    "satisfaction_fell": 6, "insurance_before": 12, "price_asked": 4, "second_visit": 8, "overdue_visit": 20, "late_visit": 12,
}  # fmt: skip
LEVELS = {"satisfaction_fell": Level.FIRST_SIGN, "late_visit": Level.FIRST_SIGN, "overdue_visit": Level.LOSS_BEGAN}
DEPTH = (0.99, 0.92, 0.84, 0.76)
"""How many of those who were reached got through each of the four steps, with a hand of average skill."""
UNSTATED = 9
NEEDS_BACK = 365


@dataclass(frozen=True)
class _Call:
    life: Life
    customer: int
    playbook: Playbook
    on: date
    agent: bool


def write_talks(lives: Sequence[Life], stores: Sequence[Store], pack: Pack, today: date, random: Random) -> None:
    """Calls of the last three weeks, each with its way through a playbook, the four steps and what came of it; inside the caller's
    transaction, before insight looks at them."""
    skill: dict[int, float] = {}
    made = list(_calls(lives, stores, pack, today, random))
    unstated = 0
    for call in made:
        store, life = stores[call.life.store], call.life
        by = store.agent if call.agent else store.reps[life.rep or 0]
        skill.setdefault(by.pk, random.uniform(0.75, 1.12))
        refused = random.random() < 0.1
        outcome = "refused" if refused else "reached"
        done = [step for step in range(1, 5) if random.random() < DEPTH[step - 1] * skill[by.pk] * (0.5 if refused else 1.0)]
        done = [step for at, step in enumerate(done, 1) if at == step] or [1]  # one step after the other
        at = _at(call.on, random)
        contact = Interaction.objects.create(
            customer_id=call.customer, at=at, on=call.on, way="phone", two_way=True, outcome=outcome, by=by,
            summary="说暂时不用，谢谢。" if refused else "",
        )  # fmt: skip
        task = _task(call, by.pk, outcome, at, contact)
        talk = Conversation.objects.create(
            customer_id=call.customer, task=task, playbook=call.playbook.key, scenario=pack.scenario_of(call.playbook), by=by,
            unit=store.unit, furthest=furthest(done), outcome=outcome, on=call.on, interaction=contact,
            chance=Chance.YES if len(done) > 2 and random.random() < 0.6 else Chance.NO if random.random() < 0.8 else "",
        )  # fmt: skip
        words = _note(talk, done, pack, call.playbook, random)
        Conversation.objects.filter(pk=talk.pk).update(started_at=at - timedelta(minutes=9))
        StepNote.objects.filter(conversation=talk).update(at=at)
        if not refused:
            Interaction.objects.filter(pk=contact.pk).update(summary=words)
        if len(done) > 1 and unstated < UNSTATED and not refused and random.random() < 0.5:
            _found_out(talk, by.pk, call.on, at, unstated)
            unstated += 1


def _calls(lives: Sequence[Life], stores: Sequence[Store], pack: Pack, today: date, random: Random) -> Iterator[_Call]:
    """Whom each of these playbooks would have concerned on a working day of the last weeks, so many of each."""
    left, seen = dict(QUOTA), list(enumerate(lives, 1))
    random.shuffle(seen)
    for customer, life in seen:
        if not any(left.values()):
            return
        if life.fixed or life.rep is None or life.fate or not stores[life.store].reps[life.rep].is_active:
            continue
        on = today - timedelta(random.randint(1, DAYS))
        if on.weekday() > 4 or sum(talk.outgoing and not talk.asked and on - talk.on < timedelta(32) for talk in life.talks) >= UNASKED:
            continue
        key = next((key for key in _concerns(life, on) if left.get(key)), "")
        if key:
            left[key] -= 1
            yield _Call(life, customer, pack.playbook(key), on, key == "satisfaction_fell")


def _concerns(life: Life, on: date) -> Iterator[str]:
    days = [visit.on for visit in life.visits if visit.on < on]
    if not days or days[-1] != life.visits[-1].on:  # he came since: a call before it would be told otherwise
        return
    if any(event.kind == "satisfaction" and (event.value or 5) <= 2 and 0 < (on - event.on).days <= 25 for event in life.events):
        yield "satisfaction_fell"
    if any(
        contract.kind == "insurance" and 5 < (contract.ends_on - on).days <= 40 and not contract.ended_on for contract in life.contracts
    ):
        yield "insurance_before"
    if any(event.kind == "price_asked" and 0 < (on - event.on).days <= 20 for event in life.events):
        yield "price_asked"
    away = (on - days[-1]).days / life.temper.cycle
    if len(days) == 1 and 0.8 < away < 1.6:
        yield "second_visit"
    if len(days) > 2 and 1.8 < away < 3.9:
        yield "overdue_visit"
    if len(days) > 2 and 1.25 < away < 1.7:
        yield "late_visit"


def _task(call: _Call, by: int, outcome: str, at: datetime, contact: Interaction) -> int:
    """The task of the day's work with its result; his way through the playbook is over."""
    key = call.playbook.key
    ended = Ended.REFUSED if outcome == "refused" else Ended.DONE
    enrolment = Enrolment.objects.create(
        customer_id=call.customer, playbook=key, version=call.playbook.version, signal=key, started_on=call.on, ended_on=call.on,
        why=ended, level=LEVELS.get(key, Level.BEFORE),
    )  # fmt: skip
    task = Task.objects.create(
        customer_id=call.customer, assignee_id=by, enrolment=enrolment, playbook=key, signal=key, reasons=[[key, {}]], channel="phone",
        minutes=call.playbook.steps[0].minutes, created_for=call.on, due_on=call.on, state=TaskState.DONE, outcome=outcome,
        done_on=call.on, done_at=at, done_by_id=by,
    )  # fmt: skip
    Result.objects.create(task=task, outcome=outcome, by_id=by, at=at, ended_enrolment=True, interaction=contact)
    return task.pk


def _note(talk: Conversation, done: Sequence[int], pack: Pack, playbook: Playbook, random: Random) -> str:
    """The notes of the steps; what he said last is how the contact is told."""
    rows, last = [], ""
    blocks = pack.script_of(playbook).blocks
    for step in range(1, min(len(done), 3) + 2):
        took, said = random.choice(SAID[talk.scenario][step - 1])
        offered = {branch.when.zh for branch in blocks[step - 1].branches}
        if step in done:
            last = said or last
            kept = [took] if took in offered else []
            rows.append(StepNote(conversation=talk, step=step, done=True, took=kept, said=said, by_id=talk.by_id))
    StepNote.objects.bulk_create(rows)
    return last


def _found_out(talk: Conversation, by: int, on: date, at: datetime, number: int) -> None:
    """A need that the talk brought into the open, with the fact on the card that insight reads."""
    words, confirmed = WANTED[number % len(WANTED)]
    event = Event.objects.create(customer_id=talk.customer_id, kind=EventKind.NEED_RECORDED, on=on, note=words, by_id=by)
    need = Need.objects.create(
        customer_id=talk.customer_id, kind=NeedKind.UNSTATED, words=words, confirmed=confirmed, conversation=talk,
        interaction=talk.interaction, event=event, by_id=by, on=on,
    )  # fmt: skip
    Event.objects.filter(pk=event.pk).update(at=at)
    Need.objects.filter(pk=need.pk).update(at=at)


def write_needs(today: date, random: Random) -> None:
    """The needs behind the facts of the last year: what was met since, how; and a few that came to nothing, whose fact is gone."""
    since = today - timedelta(NEEDS_BACK)
    known = set(Need.objects.values_list("event", flat=True))
    facts = Event.objects.filter(kind=EventKind.NEED_RECORDED, on__gte=since).exclude(pk__in=known).exclude(by=None).order_by("on", "pk")
    met: dict[int, list[Event]] = {}
    for event in Event.objects.filter(kind=EventKind.NEED_MET, on__gte=since).order_by("on", "pk"):
        met.setdefault(event.customer_id, []).append(event)
    taken: set[tuple[int, str]] = set()
    rows, gone = [], []
    for number, fact in enumerate(facts):
        end = next((one for one in met.get(fact.customer_id, ()) if one.on >= fact.on), None)
        need = Need(
            customer_id=fact.customer_id, kind=NeedKind.UNSTATED if random.random() < 0.25 else NeedKind.STATED, words=fact.note,
            confirmed=random.random() < 0.7, event=fact, by_id=fact.by_id or 0, on=fact.on,
        )  # fmt: skip
        if end is not None:
            met[fact.customer_id].remove(end)
            need.state, need.how, need.met_event = NeedState.MET, end.note.removeprefix("办了："), end
            need.closed_by_id, need.closed_on = end.by_id, end.on
        elif number % 13 == 5:
            need.state, need.how, need.event = NeedState.DECLINED, DECLINED[number % len(DECLINED)], None
            need.closed_by_id, need.closed_on = fact.by_id, min(fact.on + timedelta(random.randint(5, 40)), today)
            gone.append(fact.pk)
        if (fact.customer_id, fact.note) in taken:
            continue
        taken.add((fact.customer_id, fact.note))
        rows.append((need, fact.at))
    Need.objects.bulk_create([need for need, _ in rows], batch_size=300)
    for need, at in rows:
        need.at = at
    Need.objects.bulk_update([need for need, _ in rows], ["at"], batch_size=300)
    Event.objects.filter(pk__in=gone).delete()


def _at(on: date, random: Random) -> datetime:
    return datetime.combine(on, time(random.choice((10, 11, 14, 15, 16)), random.randint(0, 59)), ZoneInfo(settings.TIME_ZONE))
