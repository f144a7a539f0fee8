"""Verbs: make two cards one, and take that back as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django.db import transaction

from liuke.audit.actions import hold_chain, record
from liuke.customers import completeness
from liuke.customers.edits import store_changes
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer, FactChange, FieldChange, Phone
from liuke.customers.queries import visible
from liuke.customers.rules import refuse_erased
from liuke.deals.actions import index_assets
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal
from liuke.duplicates.fields import AWAY, merged, no_circle
from liuke.duplicates.models import Merge
from liuke.duplicates.moving import Moving
from liuke.duplicates.policies import POLICIES
from liuke.duplicates.storing import NEXT_DAY, Store, dump, dump_all, plain
from liuke.kernel.refusal import Refused
from liuke.standing.models import Signal, StageChange, Standing
from liuke.standing.queries import current_run
from liuke.standing.turn import turn
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import require

PATIENCE = 10.0
"""Seconds to wait while insight is being computed: it must not meet a card that goes."""
JUDGED = (Standing, Signal, StageChange)
LINKS = ("unit_id", "owner_id", "parent_id")


def merge(actor: User, keep_id: int, away_id: int, choices: Mapping[str, str] | None = None) -> Merge:
    """Make `away` part of `keep`: its rows of every kind go over, its fields fill what is empty or was chosen, the card itself goes.

    All of it, or nothing. Refusals (Refused, Customer.DoesNotExist for a card out of sight) are on the log.
    """
    try:
        with turn(PATIENCE) as mine:
            if not mine:
                raise Refused("duplicates.busy", "正在算洞察，请过几分钟再合并。")
            with transaction.atomic():
                return _merge(actor, keep_id, away_id, dict(choices or {}))
    except (Refused, Customer.DoesNotExist) as refused:
        write_down(actor, refused, keep=keep_id, away=away_id)


def _merge(actor: User, keep_id: int, away_id: int, choices: dict[str, str]) -> Merge:
    require(actor, "duplicates.merge")
    if keep_id == away_id:
        raise Refused("duplicates.self", "这是同一张卡，请选另一张。")
    lock_cards([keep_id, away_id])
    keep, away = (_card(actor, pk) for pk in (keep_id, away_id))
    check(actor, keep, away)
    new, before = merged(keep, away, choices), [row.number for row in _numbers(keep)]
    months = list(Deal.objects.filter(customer=away).order_by().values_list("on", flat=True).distinct())
    moving = Moving(keep, away)
    store = moving.store
    store.card, store.months = dump(away), sorted({day.isoformat()[:7] for day in months})
    _keep_judged(store, keep)
    moving.everything(POLICIES)
    # From here on nobody else commits an act: what somebody wrote on the card while we moved its rows is there now, and goes over too.
    hold_chain()
    moving.everything(POLICIES)
    _take_away(away)
    if "parent_id" in new or keep.parent_id is not None:
        parent = no_circle(keep, away, new.get("parent_id", keep.parent_id))
        new.pop("parent_id", None)
        if parent != keep.parent_id:
            new["parent_id"] = parent
    _rewrite(actor, moving, new, before, _first_phone(moving, choices.get("phone", "")))
    touch_months(months)
    FactChange.objects.create(customer=keep)
    number = str(store.kept["number"][0]) if "number" in store.kept else away.number  # the one that is no card's any more
    done = Merge.objects.create(keep=keep, away=away_id, away_number=number, counts=moving.counts, by=actor)
    Merge.objects.filter(pk=done.pk).update(store=store.as_json())
    record(actor, "duplicates.merge", keep, merge=done.pk, away=away_id, fields=sorted(store.kept), counts=moving.counts)
    return done


def check(actor: User, keep: Customer, away: Customer) -> None:
    """The rules of a merge that two cards may break. Refuses."""
    refuse_erased(keep.erased or away.erased)
    if keep.kind != away.kind:
        raise Refused("duplicates.kind", "一张是个人，一张是单位，不能合成一张。")
    if (keep.key_account or away.key_account) and actor.role != Role.MANAGER:
        raise Refused("duplicates.key_account", "大客户的卡要总经理来合并。")


def _card(actor: User, pk: int) -> Customer:
    try:
        return visible(actor, pk)
    except Customer.DoesNotExist:
        before = Merge.objects.visible_to(actor).standing().filter(away=pk).select_related("keep", "by").first()
        if before is None:
            raise
        raise Refused("duplicates.gone", "这张卡已经并到了%(name)s，是%(who)s合的。", name=before.keep.name, who=before.by.name) from None


def write_down(actor: User, refused: Refused | Customer.DoesNotExist, **what: int) -> NoReturn:
    """Nothing was changed; that it was tried is on the log."""
    with transaction.atomic():
        record(actor, "duplicates.refused", None, rule=getattr(refused, "code", "out_of_sight"), **what)
    raise refused


def _keep_judged(store: Store, keep: Customer) -> None:
    run = current_run()
    store.run, store.run_on = (run.pk, run.as_of.isoformat()) if run else (None, None)
    store.judged = {model._meta.label_lower: dump_all(model._base_manager.filter(customer=keep).order_by("pk")) for model in JUDGED}


def _take_away(away: Customer) -> None:
    """Delete the card; whatever still hangs on it was forgotten by us and must not go with it."""
    _, gone = Customer.objects.filter(pk=away.pk).delete()
    if lost := sorted(label for label, count in gone.items() if count and label != Customer._meta.label):
        raise RuntimeError(f"rows would go with a merged card: {lost}")


def _numbers(card: Customer) -> list[Phone]:
    return list(Phone.objects.filter(customer=card).order_by("position", "pk"))


def _first_phone(moving: Moving, choice: str) -> list[str]:
    """The numbers in order: the survivor's first, unless the other card's first was chosen; without gaps."""
    rows = _numbers(moving.keep)
    wanted = str(moving.store.card["phone"]) if choice == AWAY else ""
    if wanted:
        rows.sort(key=lambda row: row.number != wanted)
    for place, row in enumerate(rows):
        if row.position != place:
            moving.change([row], position=place)
    return [row.number for row in rows]


def _rewrite(actor: User, moving: Moving, new: dict[str, Any], before: list[str], numbers: list[str]) -> None:
    """Give the survivor its columns, and keep what each was in the history of the card."""
    keep, store = moving.keep, moving.store
    store.next_day = {name: plain(getattr(keep, name)) for name in NEXT_DAY}
    last = FieldChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    told = {
        name.removesuffix("_id") if name in LINKS else name: value for name, value in new.items() if name not in ("name_known", "extra")
    }
    store_changes(actor, keep, {name: _words(name, value) for name, value in told.items()}, keep.version + 1)
    if numbers != before:
        store_changes(actor, keep, {"phone": "、".join(numbers)}, keep.version + 1, old="、".join(before))
    made = FieldChange.objects.filter(customer=keep, pk__gt=last, version=keep.version + 1)
    store.made["customers.fieldchange"] = list(made.values_list("pk", flat=True))
    for name, value in {**new, "phone": numbers[0] if numbers else keep.phone}.items():
        if getattr(keep, name) != value:
            store.kept[name] = [plain(getattr(keep, name)), plain(value)]
            setattr(keep, name, value)
    keep.version += 1
    keep.index()
    keep.save()
    index_assets(keep)
    completeness.refresh([keep.pk])


def _words(name: str, value: Any) -> Any:
    """Who and where are kept in the history by name."""
    if value is None or name not in ("unit", "owner", "parent"):
        return value
    model = Customer._meta.get_field(name).remote_field.model  # type: ignore[union-attr]
    return str(model._base_manager.get(pk=value))
