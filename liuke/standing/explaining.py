"""One customer: the facts, every judgement and the sentence that carries it, as of any day."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc

from liuke.analytics.summary import Cuts
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.packs.schema import Pack
from liuke.standing.computing import look
from liuke.standing.fitting import at
from liuke.standing.models import Signal, Standing
from liuke.standing.queries import run_before, run_on, standings
from liuke.standing.reasons import reasons, signal_reason
from liuke.standing.rows import standing_rows


def explain(customer: Customer, as_of: date, pack: Pack) -> dict[str, Any]:
    """`facts` (figures by name, money in yuan as text), `reasons` (about, text), `signals` (key, text) of one customer.

    The grades are those against everybody as of that day: from the day's stored run, else computed. Refused when the card was
    not yet open on the day.
    """
    row, cuts = _row(customer, as_of, pack)
    if row is None:
        raise Refused("insight.not_yet", "%(day)s 时还没有这位客户的档案。", day=as_of.isoformat())
    facts: dict[str, Any] = {"customer_no": customer.number, "as_of": as_of.isoformat()}
    for name in ("first_deal", "last_deal"):
        day = getattr(row, name)
        facts[name] = day.isoformat() if day else None
    facts["recency_days"] = (as_of - row.last_deal).days if row.last_deal else None
    facts["elapsed_cycles"] = row.elapsed_cycles(as_of)
    for name in ("deal_days", "r", "f", "m", "cycle_days", "abc", "attitude", "type"):
        facts[name] = getattr(row, name)
    facts["tags"] = row.tags.split(",")
    for name in ("stage", "stage_by_rule", "stage_code", "leave_share", "leave_by", "leave_assumed", "alive_share", "expected_deals"):
        facts[name] = getattr(row, name)
    for name in ("amount_all_cents", "amount_12m_cents", "last6_cents", "prev6_cents", "expected_cents", "value_at_risk_cents"):
        facts[name.removesuffix("_cents")] = str(Decimal(getattr(row, name)).scaleb(-2))
    facts["median_interval_of_all"] = cuts.m_pop2 / 2
    facts["pack"] = pack.key
    signals = Signal.objects.filter(customer=customer, started_on__lte=as_of).exclude(ended_on__lte=as_of)
    return {
        "facts": facts,
        "reasons": [{"about": reason.about, "text": reason.text} for reason in reasons(row, as_of, pack)],
        "signals": [
            {"key": signal.key, "since": signal.started_on, "text": signal_reason(signal, pack, as_of=as_of)} for signal in signals
        ],
    }


def _row(customer: Customer, as_of: date, pack: Pack) -> tuple[Standing | None, Cuts]:
    """The customer's row: of the day's stored run, else computed as an export of that day computes it."""
    if stored := run_on(as_of):
        return standings(stored).filter(customer=customer).first(), Cuts.from_json(json.dumps(stored.cuts))
    computed = look(as_of, pack.thresholds, at(as_of, pack), run_before(as_of))
    mine = computed.rows.filter(pc.equal(computed.rows["customer_id"], customer.pk))
    rows = standing_rows(0, as_of, mine).to_pylist()
    return (Standing(**rows[0]) if rows else None), computed.cuts
