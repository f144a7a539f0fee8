"""Seeded random bases that hit the edges: ties, refunds, two deals a day, gaps and ages exactly on thresholds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from liuke.analytics.tables import Tables

KINDS = (
    "told_leaving", "membership_cancelled", "points_used_up", "points_drained", "died", "moved_away", "closed_down", "referral_came",
    "referral_bought", "tier_raised", "package_bought", "event_attended", "bought_elsewhere", "need_recorded", "need_met", "satisfaction",
    "recommend", "severe_complaint_opened", "severe_complaint_closed", "price_asked", "long_absent", "regular_visits",
)  # fmt: skip


def base(seed: int, customers: int, as_of: int) -> Tables:
    rng = np.random.default_rng(seed)
    ids = np.sort(rng.choice(customers * 3, customers, replace=False)) + 1
    who, day = [], []
    for number in ids:
        n = int(rng.choice([0, 1, 1, 2, 3, 4, 5, 6, 8, 12, 20]))
        gap = int(rng.choice([7, 20, 30, 40, 60, 80, 120]))
        # a regular pattern with gaps of exactly 1, 1.5 or 2 times the usual one, ended at a round number of gaps before the day
        steps = gap * rng.choice([2, 2, 2, 2, 3, 3, 4], n) // 2
        end = as_of - int(rng.choice([0, 1, gap, gap * 7 // 4, gap * 2, gap * 4, 59, 60, 61, 181, 364, 365, 366, 367, 731, -5]))
        who += [number] * n
        day += list(end - np.concatenate([[0], np.cumsum(steps)])[:n]) if n else []
    w, d = np.array(who, np.int64), np.array(day, np.int64)
    twice = rng.random(len(w)) < 0.1  # a second deal on the same day
    w, d = np.concatenate([w, w[twice]]), np.concatenate([d, d[twice]])
    cents = rng.choice([0, 100, 5000, 5000, 9999, 12345, 50000, 250000], len(w))
    kept = rng.random(len(w)) >= 0.03
    refund = rng.random(len(w)) < 0.12
    w, d = np.concatenate([w[kept], w[refund]]), np.concatenate([d[kept], d[refund] + rng.integers(0, 3, int(refund.sum()))])
    c = np.concatenate([cents[kept], -cents[refund]])
    came = np.concatenate([(cents[kept] > 0) | (rng.random(int(kept.sum())) < 0.8), np.zeros(int(refund.sum()), bool)])
    order = rng.permutation(len(w))
    deals = pa.table({"customer_id": w[order], "day": pa.array(d[order], pa.int32()), "cents": c[order], "came": came[order]})
    carded = ids[rng.random(len(ids)) < 0.9]
    ago = rng.choice([-3, 0, 1, 89, 90, 91, 364, 365, 366, 367, 800], len(carded))
    cards = pa.table(
        {
            "customer_id": carded,
            "opened_day": pa.array(as_of - ago, pa.int32()),
            "key_account": rng.random(len(carded)) < 0.03,
            "owner_left": rng.random(len(carded)) < 0.1,
        }
    )
    edges = [-2, 0, 1, 29, 30, 31, 32, 60, 90, 179, 180, 181, 182, 300, 364, 365, 366, 367, 700, 730, 731, 732]
    n = customers // 2
    kind = rng.choice(KINDS, n)
    value = rng.integers(1, 11, n)
    value = np.where(kind == "satisfaction", (value + 1) // 2, value)
    bare = np.char.startswith(kind, "need") | (rng.random(n) < 0.1)
    events = pa.table(
        {
            "customer_id": rng.choice(ids, n),
            "day": pa.array(as_of - rng.choice(edges, n), pa.int32()),
            "kind": kind.astype(object),
            "value": pa.array(value, mask=bare & (rng.random(n) < 0.7)),
        }
    )
    contacts = pa.table(
        {"customer_id": rng.choice(ids, n), "day": pa.array(as_of - rng.choice(edges, n), pa.int32()), "two_way": rng.random(n) < 0.5}
    )
    until = as_of - rng.choice([*edges, -200, -30], n)
    ended = as_of - rng.choice(edges, n)
    contracts = pa.table(
        {
            "customer_id": rng.choice(ids, n),
            "kind": rng.choice(["insurance", "package", "membership"], n).astype(object),
            "start_day": pa.array(until - rng.choice([1, 365, 400], n), pa.int32()),
            "end_day": pa.array(until, pa.int32()),
            "ended_day": pa.array(ended, pa.int32(), mask=rng.random(n) < 0.8),
            "asset_gone": rng.random(n) < 0.1,
            "remaining": pa.array(rng.integers(0, 6, n), pa.int32(), mask=rng.random(n) < 0.6),
            "asset_id": pa.array(rng.integers(1, 9, n), pa.int64(), mask=rng.random(n) < 0.3),
        }
    )
    return Tables(deals, cards, events, contacts, contracts)
