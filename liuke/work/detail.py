"""One task beside the card: the person, the rhythm, the script, what may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from liuke.customers.models import Customer
from liuke.deals.models import Asset, Contract, Deal
from liuke.packs import Pack, Playbook
from liuke.playbooks.queries import pack as current_pack
from liuke.standing.models import StageChange
from liuke.standing.queries import current_run, standings
from liuke.team.models import User
from liuke.work import owed, words
from liuke.work.following import Choice, choices
from liuke.work.kinds import promised
from liuke.work.labels import TaskKind, TaskState
from liuke.work.models import Task
from liuke.work.rows import (
    Item,
    assets_of,
    beside_visits,
    book_of,
    contacts_of,
    contracts_of,
    filling_of,
    reason_of,
    results_of,
    say_of,
)
from liuke.work.written import message

STAGE_IS_NEWS = 90
"""Days for which a change of stage is shown with the old one before it."""

VISITS_SHOWN = 13


@dataclass(frozen=True)
class Detail:
    """One task beside the card: what to know, what to say, what may follow. `deals`: (day, cents) of the visits that the rhythm shows;
    `message`: the text where the contact is a message, else ""."""

    item: Item
    user: User
    on: date
    was_stage: str
    contract: Contract | None
    contract_name: str
    asset: Asset | None
    deals: tuple[tuple[date, int], ...]
    script: tuple[words.Block, ...]
    message: str
    choices: dict[str, tuple[Choice, ...]]
    promise: str

    @property
    def task(self) -> Task:
        return self.item.task

    @property
    def customer(self) -> Customer:
        return self.item.task.customer


def detail(user: User, task_id: int, on: date) -> Detail:
    """One task that the user may see, in any state. Raises Task.DoesNotExist for any other. Nine queries, one more for a
    visit, and where a promise was broken."""
    pack = current_pack()
    task = Task.objects.visible_to(user).select_related("customer", "customer__unit", "assignee", "enrolment").get(pk=task_id)
    customer = task.customer_id
    row = standings(current_run()).filter(customer=customer).first()
    asset = assets_of([customer], on).get(customer)
    contracts = contracts_of([customer]).get(customer, ())
    playbook = book_of(pack, task)
    contact = contacts_of([customer]).get(customer, "")
    broken = owed.owed([task]).get(customer)
    filling = filling_of(task, task.assignee, on, pack, playbook, row, asset, contracts, contact, broken)
    why = reason_of(task, pack, _told_on(task, on), user.pk, broken, beside_visits([task], on, pack).get(task.pk, ()))
    item = Item(task, row, playbook, why, say_of(task, playbook, filling), results_of([task]).get(task.pk))
    changed = StageChange.objects.filter(customer=customer, on__lte=on).order_by("-on").first()
    contract = _contract_shown(contracts, playbook, on)
    return Detail(
        item=item,
        user=user,
        on=on,
        was_stage=changed.old if changed and row and changed.new == row.stage and (on - changed.on).days <= STAGE_IS_NEWS else "",
        contract=contract,
        contract_name=_contract_name(pack, contract),
        asset=asset,
        deals=visits_of(customer, on),
        script=words.script(pack, playbook, filling) if playbook else (),
        message=message(pack, playbook, task.step, filling, task.channel) if playbook and task.kind == TaskKind.PLAYBOOK else "",
        choices=choices(pack, playbook, task, on),
        promise=promised(task, pack) if task.kind == TaskKind.PROMISE else "",
    )


def _told_on(task: Task, on: date) -> date:
    """The day a task's reason is of: one that was stopped says what it said then."""
    ended = task.enrolment.ended_on if task.enrolment and task.state == TaskState.STOPPED else None
    return min(ended, on) if ended else on


def visits_of(customer: int, on: date) -> tuple[tuple[date, int], ...]:
    """The last deal days with their net amount in cents, oldest first: what the cycle strip draws."""
    rows = Deal.objects.filter(customer=customer, came=True, on__lte=on).order_by()
    days = rows.values_list("on").annotate(cents=Sum("amount_cents")).order_by("-on")[:VISITS_SHOWN]
    return tuple(sorted((day, cents) for day, cents in days))


def _contract_shown(contracts: Sequence[Contract], playbook: Playbook | None, on: date) -> Contract | None:
    """The contract the talk is about; else the running one that ends next."""
    if playbook and playbook.contract_kind:
        return next((each for each in contracts if each.kind == playbook.contract_kind), None)
    running = [each for each in contracts if each.ends_on >= on]
    return min(running, key=lambda each: each.ends_on) if running else None


def _contract_name(pack: Pack, contract: Contract | None) -> str:
    if contract is None:
        return ""
    try:
        return words.pick(pack.contract_kind(contract.kind).name)
    except KeyError:
        return contract.name or contract.kind
