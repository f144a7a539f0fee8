"""Reads of consent and of personal data: who does not want what, what stands on a card, what was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from liuke.customers.models import Customer
from liuke.kernel.batches import batches
from liuke.packs.privacy import Purpose
from liuke.privacy.labels import RequestKind, RuleKey
from liuke.privacy.models import Consent, PersonalRequest, RetentionRule
from liuke.team.models import User
from liuke.team.queries import in_scope, pack

SERVICE = "service"
"""The purpose nobody can forbid by a wish to be left alone: what was agreed is done."""


@dataclass(frozen=True)
class Standing:
    """How a customer stands to one purpose: `word` is the row that counts, None while nobody has asked. `allowed`: what follows from it
    and from the purposes it is part of. `past`: the earlier rows, the newest first."""

    purpose: Purpose
    word: Consent | None
    allowed: bool
    past: tuple[Consent, ...] = ()


def opted_out(purpose: str, customer_ids: Iterable[int]) -> set[int]:
    """Those of the customers who must not be approached for a purpose: their last word on it, or on what it is part of, withdraws it; or
    they want to be left alone; or the pack asks for consent and there is none. Raises KeyError for a purpose that is not in the pack
    ("service" always is: nobody is opted out of it). Two queries for every 500 customers."""
    if purpose == SERVICE:
        return set()
    asked = pack().privacy.purpose(purpose)
    keys = [asked.key, *([asked.part_of] if asked.part_of else [])]
    out: set[int] = set()
    ids = list(dict.fromkeys(customer_ids))
    for some in batches(ids):
        out |= set(Customer.objects.filter(pk__in=some, do_not_contact=True).values_list("pk", flat=True))
        last = _last_words(Consent.objects.filter(customer__in=some, purpose__in=keys))
        out |= {customer for (customer, _key), word in last.items() if not word.given}
        if asked.needs_consent:
            out |= {pk for pk in some if (said := last.get((pk, asked.key))) is None or not said.given}
    return out


def consents(card: Customer) -> list[Standing]:
    """How the customer stands to every purpose of the pack, in its order. One query."""
    rows = list(Consent.objects.filter(customer=card, undone_at__isnull=True).select_related("by").order_by("-on", "-pk"))
    by_key: dict[str, list[Consent]] = {}
    for row in rows:
        by_key.setdefault(row.purpose, []).append(row)
    found = []
    for purpose in pack().privacy.purposes:
        own = by_key.get(purpose.key, [])
        above = by_key.get(purpose.part_of, [])[:1] if purpose.part_of else []
        allowed = (own[0].given if own else not purpose.needs_consent) and all(row.given for row in above) and not card.do_not_contact
        found.append(Standing(purpose, own[0] if own else None, allowed, tuple(own[1:])))
    return found


def _last_words(rows: QuerySet[Consent]) -> dict[tuple[int, str], Consent]:
    kept = rows.filter(undone_at__isnull=True).only("customer_id", "purpose", "given", "on").order_by("on", "pk")
    return {(row.customer_id, row.purpose): row for row in kept}


def erased_on(card: Customer) -> date | None:
    """The day a customer's personal data was erased; None while it is there."""
    if not card.erased:
        return None
    return date.fromisoformat(str(card.extra["erased"]))


def erased_ids() -> frozenset[int]:
    """The customers who were taken out of their cards; few."""
    return frozenset(PersonalRequest.objects.filter(kind=RequestKind.ERASURE).values_list("customer_id", flat=True))


def requests(user: User, kind: str = "") -> QuerySet[PersonalRequest]:
    """The files made and the erasures of customers in sight, newest first (slice it)."""
    found = PersonalRequest.objects.filter(in_scope(user, "customer__")).select_related("customer", "customer__unit", "by")
    return (found.filter(kind=kind) if kind in RequestKind.values else found).order_by("-at", "-pk")


def withdrawals(user: User) -> QuerySet[Consent]:
    """Consents withdrawn by customers in sight, the one said last first (slice it)."""
    found = Consent.objects.filter(in_scope(user, "customer__"), given=False, undone_at__isnull=True)
    return found.select_related("customer", "by").order_by("-on", "-pk")


@dataclass(frozen=True)
class Rule:
    """A retention rule as it holds now; `own`: the company's row, None where the pack's days hold."""

    key: RuleKey
    days: int
    on: bool
    pack_days: int
    own: RetentionRule | None


def rules() -> list[Rule]:
    """Every rule in its order. One query."""
    own = {row.key: row for row in RetentionRule.objects.select_related("by")}
    numbers = pack().privacy.retention.model_dump()
    found = []
    for key in RuleKey:
        row = own.get(key)
        found.append(Rule(key, row.days if row else numbers[key], row.on if row else True, numbers[key], row))
    return found


def rule(key: str) -> Rule:
    """One rule. Raises KeyError."""
    return {rule.key.value: rule for rule in rules()}[key]
