"""Verbs of cases: write one, change it, hand it in, publish it, take it back; every one with a way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.coaching.labels import CaseState, Sex
from liuke.coaching.models import Case
from liuke.coaching.rules import names_somebody
from liuke.conversations.labels import Scenario
from liuke.customers.models import Contact, Customer
from liuke.customers.queries import phones_of, visible
from liuke.deals.models import Asset
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.playbooks.queries import pack
from liuke.team.models import User
from liuke.team.permissions import may, require
from liuke.team.queries import colleagues

STEPS = 4
MOST_PLAYBOOKS = 6
TEXTS = {
    "title": 60, "age": 20, "character": 200, "education": 40, "buys": 200, "attitude": 200, "result": 500, "trust": 500, "hard": 500,
}  # fmt: skip
"""The texts of a case and how long each may be."""
STEP_LENGTH = 500
OWN_NAMES = 5000
"""So many of the writer's own customers are looked for in what he writes."""


def text_of(content: Mapping[str, Any]) -> str:
    """All the words of a case, for the search and for the look whether they name somebody."""
    return "\n".join(filter(None, [*(str(content.get(name, "")) for name in TEXTS), *content.get("steps", ())]))


@transaction.atomic
def write_case(actor: User, typed: Mapping[str, Any], customer: int | None = None) -> Case:
    """Begin a case from what was typed (TEXTS, `sex`, `scenario`, `playbooks`, `steps`); it is a draft.

    Refuses: no title, no steps, an unknown scenario or playbook, words that tell who the customer was (his name, a number, a plate, the
    name of one of the writer's own customers). Raises Customer.DoesNotExist for a customer out of sight.
    """
    require(actor, "case.write")
    content = _content(actor, typed, _card(actor, customer))
    made = Case(author=actor, state=CaseState.DRAFT)
    _fill(made, content)
    made.save()
    record(actor, "case.write", made)
    return made


@transaction.atomic
def edit_case(actor: User, case_id: int, typed: Mapping[str, Any], version: int, customer: int | None = None) -> Case:
    """Change a case: one's own, or one that one may publish. What it was is kept for `undo_case`; one that was published waits to
    be published again, unless it is changed by who may. Refuses a version somebody else changed
    meanwhile, one that was taken back, and as `write_case`. Raises Case.DoesNotExist."""
    case = _writable(actor, case_id)
    if case.version != version:
        raise Refused("case.changed", "这个案例刚才在别处改过，请打开新的一版再改。")
    if case.state == CaseState.WITHDRAWN:
        raise Refused("case.away", "这个案例收回了，先放回去再改。")
    linked = case.customer if customer == case.customer_id else _card(actor, customer)
    before = _stored(case) | {"state": case.state}
    _fill(case, _content(actor, typed, linked))
    if case.state == CaseState.PUBLISHED and not may(actor, "case.publish"):
        case.state = CaseState.SUBMITTED  # what everybody reads was read by who publishes
    case.before = before
    case.version += 1
    case.save()
    record(actor, "case.edit", case, version=case.version)
    return case


@transaction.atomic
def undo_case(actor: User, case_id: int, version: int) -> Case:
    """Put back what the last change replaced. Refuses where something newer stands, or nothing was changed."""
    case = _writable(actor, case_id)
    if case.before is None or case.version != version:
        raise Refused("case.no_undo", "后来又改过了，这一次撤不回来。")
    before = case.before
    linked = Customer.objects.filter(pk=before.get("customer")).first() if before.get("customer") else None
    _fill(case, before | {"customer": linked})
    case.state = before["state"]
    case.before = None
    case.version += 1
    case.save()
    record(actor, "case.undo", case, version=case.version)
    return case


@transaction.atomic
def submit_case(actor: User, case_id: int) -> Case:
    """Hand a draft in to be published."""
    case = _turn(_own(actor, case_id), (CaseState.DRAFT,), CaseState.SUBMITTED)
    record(actor, "case.submit", case)
    return case


@transaction.atomic
def publish_case(actor: User, case_id: int) -> Case:
    """Let everybody read it. The words are looked through once more: names may have changed since they were written."""
    require(actor, "case.publish")
    case = _writable(actor, case_id)
    _refuse_names(case.author, text_of(_stored(case)), case.customer)
    turned = _turn(case, (CaseState.DRAFT, CaseState.SUBMITTED), CaseState.PUBLISHED)
    record(actor, "case.publish", case)
    Case.objects.filter(pk=case.pk).update(published_by=actor, published_at=timezone.now())
    turned.refresh_from_db()
    return turned


@transaction.atomic
def withdraw_case(actor: User, case_id: int) -> Case:
    """Take a case back: nobody but its author and those who publish sees it any more."""
    case = _writable(actor, case_id)
    before = case.state
    turned = _turn(case, (CaseState.DRAFT, CaseState.SUBMITTED, CaseState.PUBLISHED), CaseState.WITHDRAWN)
    record(actor, "case.withdraw", case, state=before)
    Case.objects.filter(pk=case.pk).update(state_before=before)
    turned.state_before = before
    return turned


@transaction.atomic
def put_back_case(actor: User, case_id: int, state: str = "") -> Case:
    """The reverse of the last turn: a withdrawn case is what it was before; one that was handed in or published (`state` as it is seen) is
    a draft, or handed in, again. Only who may publish brings a published one back."""
    case = _writable(actor, case_id)
    if case.state == CaseState.WITHDRAWN:
        to = case.state_before or CaseState.DRAFT
        if to == CaseState.PUBLISHED:
            require(actor, "case.publish")
            _refuse_names(case.author, text_of(_stored(case)), case.customer)
    elif case.state == CaseState.PUBLISHED:
        require(actor, "case.publish")
        to = CaseState.SUBMITTED
    else:
        to = CaseState.DRAFT
    if state and case.state != state:
        raise Refused("case.state", "这个案例刚才已经变了，请再看一眼。")
    case = _turn(case, (CaseState(case.state),), CaseState(to))
    record(actor, "case.back", case, state=case.state)
    return case


# ── one way to check ─────────────────────────────────────────────────────────


def _turn(case: Case, before: tuple[CaseState, ...], to: CaseState) -> Case:
    if not Case.objects.filter(pk=case.pk, state__in=before).update(state=to):
        raise Refused("case.state", "这个案例刚才已经变了，请再看一眼。")
    case.refresh_from_db()
    return case


def _own(actor: User, case_id: int) -> Case:
    require(actor, "case.write")
    return Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case_id, author=actor)


def _writable(actor: User, case_id: int) -> Case:
    """A case this person may change: the own one, or, for who publishes, one that he sees."""
    require(actor, "case.write")
    case = Case.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).select_related("author", "customer").get(pk=case_id)
    if case.author_id != actor.pk and not writes(actor, case):
        raise Case.DoesNotExist
    return case


def writes(actor: User, case: Case) -> bool:
    """Whether this person may change a case that he sees: its author, or who publishes and has the author in sight."""
    if case.author_id == actor.pk:
        return may(actor, "case.write")
    return may(actor, "case.publish") and colleagues(actor).filter(pk=case.author_id).exists()


def _card(actor: User, customer: int | None) -> Customer | None:
    return visible(actor, customer) if customer else None


def _content(actor: User, typed: Mapping[str, Any], customer: Customer | None) -> dict[str, Any]:
    content: dict[str, Any] = {name: clean(str(typed.get(name, "")), most) for name, most in TEXTS.items()}
    if not content["title"]:
        raise Refused("case.title", "请写标题，一句话说是什么事。")
    steps = [clean(str(step), STEP_LENGTH, lines=True) for step in list(typed.get("steps", ()))[:STEPS]]
    content["steps"] = steps + [""] * (STEPS - len(steps))
    if not any(steps):
        raise Refused("case.steps", "请至少写一步是怎么谈的。")
    content["scenario"] = str(typed.get("scenario", ""))
    if content["scenario"] not in Scenario.values:
        raise Refused("case.scenario", "请选是哪一种情景。")
    content["sex"] = str(typed.get("sex", ""))
    if content["sex"] not in ("", *Sex.values):
        raise Refused("case.sex", "性别请选男或女，也可以不填。")
    content["playbooks"] = list(dict.fromkeys(typed.get("playbooks", ())))
    known = {playbook.key for playbook in pack().playbooks}
    if len(content["playbooks"]) > MOST_PLAYBOOKS or not set(content["playbooks"]) <= known:
        raise Refused("case.playbooks", "请从现有的打法里选，最多 %(n)s 个。", n=MOST_PLAYBOOKS)
    content["customer"] = customer
    _refuse_names(actor, text_of(content), customer)
    return content


def _refuse_names(author: User, text: str, customer: Customer | None) -> None:
    names: list[str] = []
    if customer is not None:
        plates = Asset.objects.filter(customer=customer).exclude(identifier="").values_list("identifier", flat=True)
        names += [customer.name if customer.name_known else "", customer.number, customer.wechat, *customer.aliases.splitlines(), *plates]
        names += phones_of([customer.pk]).get(customer.pk, [])
        names += Contact.objects.filter(customer=customer).values_list("name", flat=True)
    names += Customer.objects.filter(owner=author, name_known=True).order_by("pk").values_list("name", flat=True)[:OWN_NAMES]
    if found := names_somebody(text, names):
        raise Refused("case.names", "案例里不写客户是谁，请改掉“%(what)s”。", what=found)


def _stored(case: Case) -> dict[str, Any]:
    kept = {name: getattr(case, name) for name in (*TEXTS, "sex", "scenario", "steps")}
    return kept | {"playbooks": list(case.playbook_keys), "customer": case.customer_id}


def _fill(case: Case, content: Mapping[str, Any]) -> None:
    for name in (*TEXTS, "sex", "scenario", "steps"):
        setattr(case, name, content[name])
    case.playbooks = f" {' '.join(content['playbooks'])} " if content["playbooks"] else ""
    case.customer = content["customer"]
    case.search = text_of(content).lower()
