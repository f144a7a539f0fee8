"""Whether what a playbook is for has happened: a deal, a renewal, a good score, a complaint closed, within its days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q

from liuke.customers.models import Event
from liuke.deals.models import Contract, Deal
from liuke.packs import Playbook
from liuke.work.models import Enrolment

GOOD_SCORE = 4
"""Of five: satisfied or very satisfied."""


def succeeded(running: Iterable[tuple[Enrolment, Playbook]], where: Q, as_of: date) -> set[int]:
    """The enrolments (by key) whose success has happened by this day; `where`: condition on customer_id that covers them. At most one
    query for each kind of success.

    A deal counts from the day after the start on; on the day itself once the customer was contacted (`contacted`), for it may have been
    there before. A renewal is a contract of the playbook's kind written down since then that ends later than the others. What a playbook
    wants is a contact, its own last step ends it: reaching the customer is the work, not what comes of it.
    """
    asked: dict[str, list[tuple[Enrolment, Playbook]]] = defaultdict(list)
    for enrolment, playbook in running:
        asked[playbook.success.kind].append((enrolment, playbook))
    found: set[int] = set()
    for kind, rows in asked.items():
        if kind == "contact":
            continue
        facts = _facts(kind, rows, where, as_of)
        for enrolment, playbook in rows:
            first = enrolment.started_on if getattr(enrolment, "contacted", False) else enrolment.started_on + timedelta(1)
            last = min(enrolment.started_on + timedelta(playbook.success.within_days), as_of)
            key = (enrolment.customer_id, playbook.contract_kind if kind == "renewal" else None)
            if any(first <= day <= last for day in facts.get(key, ())):
                found.add(enrolment.pk)
    return found


def _facts(kind: str, rows: list[tuple[Enrolment, Playbook]], of: Q, as_of: date) -> dict[tuple[int, str | None], list[date]]:
    """The days on which it happened, by customer (and kind of contract)."""
    since = min(enrolment.started_on for enrolment, _ in rows)
    found: dict[tuple[int, str | None], list[date]] = defaultdict(list)
    if kind == "deal":
        deals = Deal.objects.filter(of, on__gte=since, on__lte=as_of, came=True, amount_cents__gt=0)
        for customer, day in deals.values_list("customer_id", "on"):
            found[customer, None].append(day)
    elif kind == "renewal":
        kinds = {playbook.contract_kind for _, playbook in rows if playbook.contract_kind}
        held: dict[tuple[int, str | None], list[tuple[date, date]]] = defaultdict(list)
        contracts = Contract.objects.filter(of, kind__in=kinds, ended_on__isnull=True)
        for customer, which, ends, made in contracts.values_list("customer_id", "kind", "ends_on", "created_at__date"):
            held[customer, which].append((ends, made))
        for key, each in held.items():
            found[key] = [made for ends, made in each if all(ends >= other for other, _ in each)]
    else:
        events = Event.objects.filter(of, on__gte=since, on__lte=as_of)
        wanted = Q(kind="severe_complaint_closed") if kind == "closed" else Q(kind="satisfaction", value__gte=GOOD_SCORE)
        for customer, day in events.filter(wanted).values_list("customer_id", "on"):
            found[customer, None].append(day)
    return found
