"""One of each row of the pool and of hand-overs around a rep, for walks over every address."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from liuke.customers.models import Customer, Transfer, TransferRow
from liuke.keepers.models import HandOver, HandOverPart, PoolEntry, PoolExclusion
from liuke.kernel import clock
from liuke.team.models import User
from tests.cast import card


@dataclass(frozen=True)
class Hands:
    pooled: PoolEntry  # can be claimed in the rep's store
    claimed: PoolEntry  # by the rep, a moment ago
    given_back: PoolEntry  # by the rep, today
    assigned: Transfer  # out of the pool to the rep
    excluded: PoolExclusion
    hand_over: HandOver  # one customer of somebody above to the rep


def hands(rep: User, above: User) -> Hands:
    now, today = timezone.now(), clock.today()

    def in_pool(name: str, owner: User | None = None, **fields: object) -> PoolEntry:
        kept = card(owner, name, unit=rep.unit)
        return PoolEntry.objects.create(customer=kept, unit=kept.unit, why="no_owner", fell_on=today, **fields)  # type: ignore[misc]

    def moved(customer: Customer) -> Transfer:
        done = Transfer.objects.create(to=rep, by=above)
        TransferRow.objects.create(transfer=done, customer=customer, new_owner=rep, old_unit=customer.unit, new_unit=customer.unit)
        return done

    taken = {"left_on": today, "taken_by": rep, "taken_at": now}
    given = in_pool("何美玲", rep, left_why="assigned", **taken)
    given.transfer = moved(given.customer)
    given.save()
    kept = card(rep, "郑海涛")
    over = HandOver.objects.create(
        kind="cover", until=today.replace(year=today.year + 1, day=1), by=above, on=today, count=1, everything=False
    )
    HandOverPart.objects.create(hand_over=over, to=rep, transfer=moved(kept), count=1)
    return Hands(
        pooled=in_pool("田伟"),
        claimed=in_pool("罗志强", rep, left_why="claimed", **taken),
        given_back=PoolEntry.objects.create(
            customer=card(None, "葛建华", unit=rep.unit), unit=rep.unit, why="given_back", note="顾不过来", from_owner=rep, fell_on=today
        ),
        assigned=given.transfer,
        excluded=PoolExclusion.objects.create(customer=card(rep, "孙莉"), reason="老客户", by=above),
        hand_over=over,
    )
