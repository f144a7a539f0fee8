"""Retention periods 保存期限: what has outlived its days is dropped, every night, in small pieces; running it twice drops nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from liuke.audit.actions import record
from liuke.custody.models import CheckOut, NumberSearch
from liuke.customers import index
from liuke.customers.labels import EventKind
from liuke.customers.models import Customer, Event
from liuke.deals.models import Contract, Deal, Payment
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.privacy.erasing import erase, tidy
from liuke.privacy.labels import RequestKind, RuleKey
from liuke.privacy.models import PersonalRequest, RetentionRule, RetentionRun
from liuke.privacy.queries import Rule, rule, rules
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import in_scope
from liuke.work.labels import TaskState
from liuke.work.models import Task

BATCH = 500
LONGEST = 36_600
MOST = 200
"""Customers of one bulk erasure: every one is an act of its own, and somebody has looked at the list."""


def prospects(user: User | None, now: datetime, days: int) -> QuerySet[Customer]:
    """Cards of people who never bought, have no contract and were not contacted for so many days; the oldest first. `user` None: all."""
    since = timezone.localtime(now).date() - timedelta(days=days)
    of = {"customer": OuterRef("pk")}
    found = Customer.objects.all() if user is None else Customer.objects.visible_to(user)
    return (
        found.filter(opened_on__lt=since, created_at__lt=now - timedelta(days=days), extra__erased__isnull=True)
        .filter(~Exists(Deal.objects.filter(**of)), ~Exists(Contract.objects.filter(**of)), ~Exists(Payment.objects.filter(**of)))
        .filter(~Exists(Interaction.objects.filter(**of, on__gte=since, undone_at__isnull=True)))
        .order_by("opened_on", "pk")
    )


def _interaction_texts(before: datetime) -> QuerySet[Any]:
    return Interaction.objects.filter(at__lt=before).exclude(summary="")


def _result_texts(before: datetime) -> QuerySet[Any]:
    return apps.get_model("work.result")._default_manager.filter(at__lt=before).exclude(note="")


def _said(before: datetime) -> QuerySet[Any]:
    return apps.get_model("conversations.stepnote")._default_manager.filter(at__lt=before).exclude(said="")


def _needs(before: datetime) -> QuerySet[Any]:
    """What a customer wanted and has, or wants no more. A need that is open keeps its words: somebody is at it."""
    return apps.get_model("conversations.need")._default_manager.filter(~Q(state="open") | Q(undone_at__isnull=False), at__lt=before)


def _need_words(before: datetime) -> QuerySet[Any]:
    return _needs(before).exclude(words="")


def _need_ends(before: datetime) -> QuerySet[Any]:
    return _needs(before).exclude(how="")


def _need_facts(before: datetime) -> QuerySet[Any]:
    """The same words on the card's facts."""
    open_ones = apps.get_model("conversations.need")._default_manager.filter(state="open", undone_at__isnull=True, event=OuterRef("pk"))
    told = Event.objects.filter(kind__in=(EventKind.NEED_RECORDED, EventKind.NEED_MET), at__lt=before)
    return told.filter(~Exists(open_ones)).exclude(note="")


def _promises(before: datetime) -> QuerySet[Any]:
    """What was promised and has come out; an open promise keeps its words."""
    return apps.get_model("promises.promise")._default_manager.exclude(state="open", undone_at__isnull=True).filter(created_at__lt=before)


def _promise_texts(before: datetime) -> QuerySet[Any]:
    return _promises(before).exclude(text="")


def _promise_notes(before: datetime) -> QuerySet[Any]:
    return _promises(before).exclude(note="")


def _promise_tasks(before: datetime) -> QuerySet[Any]:
    """The tasks that say what was promised."""
    over = _promises(before).filter(pk=OuterRef("about_id"))
    closed = Task.objects.filter(Exists(over), about="promises.promise").exclude(state=TaskState.OPEN)
    return closed.filter(reasons__0__1__has_key="text")


def _without_text(reasons: list[Any]) -> list[Any]:
    return [[key, {name: value for name, value in slots.items() if name != "text"}] for key, slots in reasons]


def _purposes(before: datetime) -> QuerySet[Any]:
    return CheckOut.objects.filter(at__lt=before, returned_at__isnull=False).exclude(purpose="")


def _snapshots(before: datetime) -> QuerySet[Any]:
    return apps.get_model("exchange.loadrow")._default_manager.filter(load__loaded_at__lt=before)


def _searches(before: datetime) -> QuerySet[Any]:
    return NumberSearch.objects.filter(hour__lt=before)


@dataclass(frozen=True)
class _Drop:
    """What is found, and what becomes of it: a column is emptied (or made what `left` makes of it), or (column "") the row goes.
    `whose`: the path to the customer of a row that is shown in the rule's list, "" where it is no row of its own there."""

    find: Callable[[datetime], QuerySet[Any]]
    column: str = ""
    whose: str = ""
    left: Callable[[Any], Any] | None = None


DROPS: dict[str, tuple[_Drop, ...]] = {
    RuleKey.INTERACTION_TEXTS: (
        _Drop(_interaction_texts, "summary", "customer"),
        _Drop(_result_texts, "note", "task__customer"),
        _Drop(_said, "said", "conversation__customer"),
        _Drop(_need_words, "words", "customer"),
        _Drop(_need_ends, "how"),
        _Drop(_need_facts, "note"),
        _Drop(_promise_texts, "text", "customer"),
        _Drop(_promise_notes, "note"),
        _Drop(_promise_tasks, "reasons", left=_without_text),
    ),
    RuleKey.CHECK_OUT_PURPOSES: (_Drop(_purposes, "purpose", "customer"),),
    RuleKey.IMPORT_SNAPSHOTS: (_Drop(_snapshots),),
    RuleKey.NUMBER_SEARCHES: (_Drop(_searches),),
}
"""Uploaded files lie in a room above and go by their own job (jobs.tasks.forget_uploads), which asks `rule` for the days; prospects wait
for a person's word."""


def due(key: str, now: datetime | None = None, most: int | None = None) -> int:
    """How many rows a rule would drop now (prospects: propose); counted up to `most`. Uploads are counted by whoever keeps them: 0."""
    moment = now or timezone.now()
    held = rule(key)
    before = moment - timedelta(days=held.days)
    if key == RuleKey.PROSPECTS:
        found = [prospects(None, moment, held.days)]
    else:
        found = [drop.find(before) for drop in DROPS.get(key, ())]
    return sum((rows if most is None else rows[:most]).count() for rows in found)


def apply(now: datetime | None = None, *, dry_run: bool = False) -> dict[str, int]:
    """Drop what has outlived its days by every rule that is on, in pieces of BATCH, each a transaction; how many rows by rule, and the
    prospects proposed. On the log with the counts when anything was dropped. `dry_run` counts only."""
    moment = now or timezone.now()
    counts: dict[str, int] = {}
    for held in rules():
        if not held.on or (held.key not in DROPS and held.key != RuleKey.PROSPECTS):
            continue
        if dry_run or held.key == RuleKey.PROSPECTS:
            counts[held.key.value] = due(held.key, moment)
        else:
            before = moment - timedelta(days=held.days)
            counts[held.key.value] = sum(_drop(drop, before) for drop in DROPS[held.key])
    if not dry_run:
        _tidy_index()
        with transaction.atomic():
            RetentionRun.objects.create(counts=counts)
            if any(count for key, count in counts.items() if key != RuleKey.PROSPECTS):
                record(None, "privacy.retention", None, **counts)
    return counts


def _drop(drop: _Drop, before: datetime) -> int:
    done = 0
    while True:
        with transaction.atomic():
            ids = list(drop.find(before).order_by("pk").values_list("pk", flat=True)[:BATCH])
            model: type[models.Model] = drop.find(before).model
            rows = model._default_manager.filter(pk__in=ids)
            if drop.left is not None:
                changed = [model(pk=pk, **{drop.column: drop.left(value)}) for pk, value in rows.values_list("pk", drop.column)]
                model._default_manager.bulk_update(changed, [drop.column])
            elif drop.column:
                rows.update(**{drop.column: ""})
            else:
                rows.delete()
        done += len(ids)
        if len(ids) < BATCH:
            return done


def _tidy_index() -> None:
    """After an erasure the search index is rid of the words of the erased; once, in the night, for it reads the index through."""
    last = RetentionRun.objects.order_by("-at").values_list("at", flat=True).first()
    erased = PersonalRequest.objects.filter(kind=RequestKind.ERASURE)
    if (erased.filter(at__gte=last) if last else erased).exists():
        with transaction.atomic(), connection.cursor() as cursor:
            index.compact(cursor)


@transaction.atomic
def set_rule(actor: User, key: str, days: int | None, on: bool) -> Rule:
    """Set the company's own days of a rule, or stop it; `days` None goes back to the pack's. Refuses retention.rule, retention.days."""
    require(actor, "privacy.manage")
    if key not in RuleKey.values:
        raise Refused("retention.rule", "没有这一条保存期限。")
    if days is not None and not 1 <= days <= LONGEST:
        raise Refused("retention.days", "天数请填 1 到 36600。")
    before = rule(key)
    wanted = before.pack_days if days is None else days
    if (before.days, before.on) == (wanted, on):
        return before
    RetentionRule.objects.update_or_create(key=key, defaults={"days": wanted, "on": on, "by": actor})
    record(actor, "privacy.rule", None, rule=key, old=before.days if before.on else None, new=wanted if on else None)
    return rule(key)


@dataclass(frozen=True)
class ErasedMany:
    """What a bulk erasure did: how many went; who stayed, with the rule that held each up."""

    gone: int
    stayed: tuple[tuple[Customer, Refused], ...]


def erase_prospects(actor: User, customer_ids: Sequence[int], reason: str, now: datetime | None = None) -> ErasedMany:
    """Erase those of the customers that the rule still proposes; every one a transaction and an entry of its own.

    Refuses nobody ticked, too many, permission. One out of sight, or who bought or was contacted meanwhile, is left as he is.
    """
    require(actor, "privacy.manage")
    ids = list(dict.fromkeys(customer_ids))
    if not ids:
        raise Refused("erase.none", "请先选中客户。")
    if len(ids) > MOST:
        raise Refused("erase.many", "一次最多删除 %(n)s 位，请分几次。", n=MOST)
    moment = now or timezone.now()
    proposed = prospects(actor, moment, rule(RuleKey.PROSPECTS).days)
    gone, stayed = 0, []
    for pk in ids:
        card = proposed.filter(pk=pk).first()
        if card is None:
            continue
        try:
            erase(actor, pk, reason, card.number, tidy_up=False)
        except Refused as refused:
            if refused.code.startswith("erase.reason"):
                raise
            stayed.append((card, refused))
        else:
            gone += 1
    if gone:
        tidy()
    return ErasedMany(gone, tuple(stayed))


def upload_days() -> int | None:
    """Days an uploaded file lies here; None while that rule is off."""
    held = rule(RuleKey.UPLOADS)
    return held.days if held.on else None


def listed(user: User, key: str, now: datetime | None = None) -> list[Any]:
    """The first rows a rule is about to drop, of customers in sight, for its list."""
    moment = now or timezone.now()
    held = rule(key)
    if key == RuleKey.PROSPECTS:
        return list(prospects(user, moment, held.days).select_related("unit", "owner")[:MOST])
    found: list[Any] = []
    for drop in DROPS.get(key, ()):
        rows = drop.find(moment - timedelta(days=held.days))
        if drop.column and not drop.whose:
            continue
        if drop.whose:
            rows = rows.filter(in_scope(user, f"{drop.whose}__")).select_related(drop.whose)
        found += rows.order_by("pk")[:MOST]
    return found[:MOST]
