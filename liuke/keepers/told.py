"""Word to those whose customers came, went or are about to go. One line each, however many they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext

from liuke.customers.models import Customer
from liuke.keepers.labels import HandOverKind
from liuke.keepers.models import HandOver, PoolEntry
from liuke.kernel import clock
from liuke.notices.actions import tell, tell_each
from liuke.notices.words import register
from liuke.standing.reasons import spoken_day
from liuke.team.models import User


def register_words() -> None:
    register("handover.received", _received)
    register("pool.warned", lambda slots: gettext("您有 %(n)s 位客户快进公海了，先联系一下。") % slots)
    register("pool.fell", lambda slots: gettext("您有 %(n)s 位客户太久没联系，进了公海。") % slots)
    register("pool.claimed", lambda slots: gettext("%(who)s从公海认领了%(customer)s，以前是您的客户。") % slots)
    register("pool.assigned", lambda slots: gettext("%(who)s从公海分给您 %(n)s 位客户。") % slots)


def _received(slots: Mapping[str, Any]) -> str:
    if slots.get("until"):
        until = spoken_day(date.fromisoformat(slots["until"]), clock.today())
        return gettext("%(who)s请您代管 %(n)s 位客户，到 %(until)s。") % {**slots, "until": until}
    return gettext("%(who)s把 %(n)s 位客户交接给您了。") % slots


def tell_receiver(actor: User, made: HandOver, to: int, count: int) -> None:
    """Within the hand-over's transaction: who gets customers hears of it, unless he gave them to himself."""
    if to == actor.pk:
        return
    until = made.until.isoformat() if made.kind == HandOverKind.COVER and made.until else ""
    slots = {"who": actor.name, "n": count, "until": until}
    tell([to], "handover.received", slots=slots, link=f"/handovers/{made.pk}/briefs/?to={to}", about=f"handover:{made.pk}")


def tell_claimed(actor: User, entry: PoolEntry, card: Customer) -> None:
    """Who kept the customer before hears that somebody else has him now."""
    if entry.from_owner_id in (None, actor.pk):
        return
    slots = {"who": actor.name, "customer": card.name}
    tell([entry.from_owner_id], "pool.claimed", slots=slots, about=f"pool:{entry.pk}", customer=card.pk)


def tell_assigned(actor: User, to: User, count: int) -> None:
    if to.pk != actor.pk:
        tell([to.pk], "pool.assigned", slots={"who": actor.name, "n": count}, link="/customers/")


def tell_owners(on: date, *, warned: bool, fell: bool) -> None:
    """After a night: how many of whose customers were warned, and fell, that day."""
    for wanted, key, day in ((warned, "pool.warned", "warned_on"), (fell, "pool.fell", "fell_on")):
        if not wanted:
            continue
        rows = PoolEntry.objects.filter(**{day: on}, left_on__isnull=True, from_owner__is_active=True)
        if key == "pool.warned":
            rows = rows.filter(fell_on__isnull=True)
        counts = rows.order_by().values_list("from_owner").annotate(Count("pk"))
        tell_each({owner: {"n": n} for owner, n in counts}, key, link="/pool/", about=f"{key}:{on}")
