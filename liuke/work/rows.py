"""A task as a row: who, why, what to say next. Read for many tasks at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from liuke.customers.labels import Kind
from liuke.customers.models import Contact, Customer
from liuke.deals.models import Asset, Contract
from liuke.packs import Pack, Playbook
from liuke.packs.stages import WISH
from liuke.playbooks.queries import playbooks_at
from liuke.promises.models import Promise
from liuke.standing.models import Standing
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.work import owed, words
from liuke.work.kinds import manner_of
from liuke.work.labels import TaskKind, TaskState
from liuke.work.models import Enrolment, Result, Task, TaskQuerySet

Reasons = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Item:
    """One task as a row: `reason` has `**…**` around its facts, `say` is the one next thing to say (may be "")."""

    task: Task
    standing: Standing | None
    playbook: Playbook | None
    reason: str
    say: str
    result: Result | None = None

    @property
    def customer(self) -> Customer:
        return self.task.customer


def items(tasks: Sequence[Task], user: User, on: date, pack: Pack, reader: User | None = None) -> list[Item]:
    """Rows for these tasks (each with its assignee), with standing, next words and the reason as told to `reader`, by default the user.
    Six queries, one more where a playbook was changed meanwhile, one where a promise was broken, one where somebody is visited."""
    ids = {task.customer_id for task in tasks}
    standing = {row.customer_id: row for row in standings(current_run()).filter(customer__in=ids)}
    assets, contracts, contacts = assets_of(ids, on), contracts_of(ids), contacts_of(ids)
    books, broken, beside = books_of(pack, tasks), owed.owed(tasks), beside_visits(tasks, on, pack)
    made = []
    for task in tasks:
        playbook = books[task.pk]
        row = standing.get(task.customer_id)
        filling = filling_of(
            task,
            user,
            on,
            pack,
            playbook,
            row,
            assets.get(task.customer_id),
            contracts.get(task.customer_id, ()),
            contacts.get(task.customer_id, ""),
            broken.get(task.customer_id),
        )
        why = reason_of(task, pack, on, (reader or user).pk, broken.get(task.customer_id), beside.get(task.pk, ()))
        made.append(Item(task, row, playbook, why, say_of(task, playbook, filling)))
    return made


def playbook_of(pack: Pack, key: str) -> Playbook | None:
    """The playbook, or None when the pack no longer has it."""
    try:
        return pack.playbook(key)
    except KeyError:
        return None


def books_of(pack: Pack, tasks: Sequence[Task]) -> dict[int, Playbook | None]:
    """The playbook of each task (by key of the task) as it was when the customer began it; None when there is none any more."""
    begun = {task.enrolment_id for task in tasks if task.enrolment_id is not None}
    numbers = dict(Enrolment.objects.filter(pk__in=begun).values_list("pk", "version")) if begun else {}
    asked = {task.pk: (task.playbook, numbers.get(task.enrolment_id or 0, 0)) for task in tasks}
    found = playbooks_at(pack, {each for each in asked.values() if each[1]})
    return {pk: found.get(each) if each[1] else playbook_of(pack, each[0]) for pk, each in asked.items()}


def book_of(pack: Pack, task: Task) -> Playbook | None:
    """The playbook of one task as it was when the customer began it; None when there is none any more."""
    if task.enrolment is None:
        return playbook_of(pack, task.playbook)
    version = (task.playbook, task.enrolment.version)
    return playbooks_at(pack, [version]).get(version)


def waiting(customers: Iterable[int], on: date, pack: Pack) -> TaskQuerySet:
    """The playbooks' contacts that wait for a visit to these customers (work.along): what sells and is due about then."""
    until = on + timedelta(pack.visits.wait_days)
    return Task.objects.open().filter(customer__in=list(customers), kind=TaskKind.PLAYBOOK, must=False, asked=False, due_on__lte=until)


def beside_visits(tasks: Sequence[Task], on: date, pack: Pack) -> dict[int, Reasons]:
    """What else there is to speak of at these visits that are to be made: the reasons of the contact that waits, by the visit's task."""
    visits = {task.customer_id: task.pk for task in tasks if task.kind == TaskKind.VISIT and task.state == TaskState.OPEN}
    if not visits:
        return {}
    rows = waiting(visits, on, pack).values_list("customer_id", "reasons")
    return {visits[customer]: [each for each in reasons if each[0] != WISH] for customer, reasons in rows}


def reason_of(task: Task, pack: Pack, on: date, reader: int, broken: Promise | None = None, beside: Reasons = ()) -> str:
    """Why this task: what its kind says, or the sentence of the signals, of the day it was done where it is done. `broken`: the promise
    that has to be made good; `beside`: reasons of another contact that is made with it."""
    if manner := manner_of(task.kind):
        said = manner.reason(task, pack, on, reader)
        return words.join([said, words.reason(pack, beside, on, most=1)]) if beside else said
    day = task.done_on or on
    return words.reason(pack, task.reasons, day, told={owed.SIGNAL: owed.sentence(broken, day)} if broken else None)


def say_of(task: Task, playbook: Playbook | None, filling: words.Filling) -> str:
    """The one next thing to say: what its kind says, the step's words, else the opening's question."""
    if manner := manner_of(task.kind):
        return manner.say(task, filling)
    if playbook is None:
        return ""
    step = playbook.steps[min(task.step, len(playbook.steps) - 1)]
    return words.say([step.say, playbook.opening.question], filling)


def assets_of(customers: Iterable[int], on: date) -> dict[int, Asset]:
    """What each of these customers holds, the newest that has not gone."""
    held = Asset.objects.filter(customer__in=list(customers)).filter(Q(gone_on__isnull=True) | Q(gone_on__gt=on)).order_by("pk")
    return {asset.customer_id: asset for asset in held}


def contacts_of(customers: Iterable[int]) -> dict[int, str]:
    """Whom one asks for at each of these organisations: the first contact written down."""
    rows = Contact.objects.filter(customer__in=list(customers)).order_by("-pk").values_list("customer_id", "name")
    return dict(rows)


def contracts_of(customers: Iterable[int]) -> dict[int, tuple[Contract, ...]]:
    """The contracts of each of these customers that were not ended early, the last to end first."""
    found: dict[int, list[Contract]] = {}
    for contract in Contract.objects.filter(customer__in=list(customers), ended_on__isnull=True).order_by("-ends_on", "pk"):
        found.setdefault(contract.customer_id, []).append(contract)
    return {customer: tuple(rows) for customer, rows in found.items()}


def filling_of(
    task: Task,
    user: User,
    on: date,
    pack: Pack,
    playbook: Playbook | None,
    standing: Standing | None,
    asset: Asset | None,
    contracts: Sequence[Contract],
    contact: str = "",
    broken: Promise | None = None,
) -> words.Filling:
    """What the slots of this task's script are filled with."""
    kind = playbook.contract_kind if playbook else None
    contract = next((each for each in contracts if each.kind == kind), None) if kind else None
    return words.Filling(
        name_title=words.name_title(task.customer, contact),
        known=task.customer.owner_id == user.pk and task.customer.kind != Kind.ORGANISATION,
        staff=user.name,
        store=task.customer.unit.name,
        asset=asset.name if asset else words.pick(pack.asset_kind.spoken),
        contract=words.pick(pack.contract_kind(kind).name) if kind else None,
        contract_end=words.spoken_day(contract.ends_on, on) if contract else None,
        recency_days=(on - standing.last_deal).days if standing and standing.last_deal else None,
        benefit=words.pick(playbook.offer.benefit) if playbook and playbook.offer else None,
        promise=owed.to_customer(broken.text) if broken else None,
    )


def results_of(tasks: Sequence[Task]) -> dict[int, Result]:
    """The standing result of each of these tasks."""
    found = Result.objects.filter(task__in=[task.pk for task in tasks], undone_at__isnull=True)
    return {result.task_id: result for result in found.select_related("next_task", "promise_task", "task__enrolment")}
