# ruff: noqa: E501  (SQL is read by the clause, not by the line)
"""The definitions of the insight page once more, in plain portable SQL: the other way that must give the same answer.

The same text runs on SQLite and DuckDB; only the sign of whole division differs. With `native_median` (DuckDB) the medians use
the engine's own function, which is the fastest way it has: that is what the benchmark compares with.
Tables: deals, customers, events, contacts, contracts as in `liuke.analytics.tables`, and cal(day, back12): every day of a deal
with the same date a year before.
"""

from __future__ import annotations

from liuke.analytics.days import months_before
from liuke.analytics.thresholds import Thresholds


def query(as_of: int, th: Thresholds, *, div: str, native_median: bool = False) -> str:
    """SQL for one row a customer, columns named as in `liuke.analytics.assign.assign`, ordered by customer_id."""
    year, half = months_before(as_of, 12), months_before(as_of, 6)
    fan, silent = months_before(as_of, th.fan_months), months_before(as_of, th.zombie_months)

    def reached(days: str, name: str, sign: str = ">=") -> str:
        return _ratio(days, "num", "den", th.ratio(name).numerator, th.ratio(name).denominator, sign)

    def last(kind: str, extra: str = "") -> str:
        return f"MAX(CASE WHEN kind = '{kind}' {extra} THEN day END)"

    def count(kind: str, extra: str = "") -> str:
        return f"SUM(CASE WHEN kind = '{kind}' {extra} THEN 1 ELSE 0 END)"

    band_then = " + ".join(
        f"(CASE WHEN {_ratio(f'({year} - then_last)', 'num', 'den', e.numerator, e.denominator, '>=')} THEN 1 ELSE 0 END)"
        for e in th.band_edges
    )
    band_now = " + ".join(
        f"(CASE WHEN {_ratio('rec', 'num', 'den', e.numerator, e.denominator, '>=')} THEN 1 ELSE 0 END)" for e in th.band_edges
    )
    prior = " ".join(f"WHEN {i} THEN {s.numerator}" for i, s in enumerate(th.prior_shares))
    prior_den = " ".join(f"WHEN {i} THEN {s.denominator}" for i, s in enumerate(th.prior_shares))
    score = "1 " + " ".join(f"+ (CASE WHEN 5 * worse_{{x}} >= {s} * cnt THEN 1 ELSE 0 END)" for s in range(1, 5))
    share, spend_ratio = th.ratio("potential_share"), th.ratio("decline_spend_ratio")
    a, b = th.ratio("abc_a"), th.ratio("abc_b")
    if native_median:
        own = (
            "own AS (SELECT customer_id, CAST(2 * MEDIAN(gap) AS BIGINT) AS own2, "
            f"CAST(2 * MEDIAN(CASE WHEN day <= {year} THEN gap END) AS BIGINT) AS then_own2 FROM gp GROUP BY customer_id)"
        )
        pop2 = (
            f"mp AS (SELECT COALESCE(CAST(2 * MEDIAN(gap) AS BIGINT), {2 * th.default_cycle_days}) AS p2, "
            f"COALESCE(CAST(2 * MEDIAN(CASE WHEN day <= {year} THEN gap END) AS BIGINT), {2 * th.default_cycle_days}) AS p2_then FROM gp)"
        )
        sale = (
            "sale AS (SELECT customer_id, COUNT(*) AS sales, CAST(SUM(cents) AS BIGINT) AS total, CAST(2 * MEDIAN(cents) AS BIGINT) AS med2 "
            "FROM dl WHERE cents > 0 GROUP BY customer_id)"
        )
    else:
        mid = "SUM(CASE WHEN 2 * rn = m + 1 THEN 2 * {v} WHEN 2 * rn = m OR 2 * rn = m + 2 THEN {v} ELSE 0 END)"
        own = f"""g1 AS (SELECT customer_id, gap, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY gap) AS rn,
                  COUNT(*) OVER (PARTITION BY customer_id) AS m FROM gp WHERE gap IS NOT NULL),
           g2 AS (SELECT customer_id, gap, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY gap) AS rn,
                  COUNT(*) OVER (PARTITION BY customer_id) AS m FROM gp WHERE gap IS NOT NULL AND day <= {year}),
           o1 AS (SELECT customer_id, {mid.format(v="gap")} AS own2 FROM g1 GROUP BY customer_id),
           o2 AS (SELECT customer_id, {mid.format(v="gap")} AS own2 FROM g2 GROUP BY customer_id),
           own AS (SELECT o1.customer_id, o1.own2, o2.own2 AS then_own2 FROM o1 LEFT JOIN o2 ON o2.customer_id = o1.customer_id)"""
        pop2 = f"""p1 AS (SELECT gap, ROW_NUMBER() OVER (ORDER BY gap) AS rn, COUNT(*) OVER () AS m FROM gp WHERE gap IS NOT NULL),
           p2 AS (SELECT gap, ROW_NUMBER() OVER (ORDER BY gap) AS rn, COUNT(*) OVER () AS m FROM gp WHERE gap IS NOT NULL AND day <= {year}),
           mp AS (SELECT COALESCE((SELECT {mid.format(v="gap")} FROM p1), {2 * th.default_cycle_days}) AS p2,
                  COALESCE((SELECT {mid.format(v="gap")} FROM p2), {2 * th.default_cycle_days}) AS p2_then)"""
        sale = f"""s1 AS (SELECT customer_id, cents, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY cents) AS rn,
                  COUNT(*) OVER (PARTITION BY customer_id) AS m FROM dl WHERE cents > 0),
           sale AS (SELECT customer_id, COUNT(*) AS sales, SUM(cents) AS total, {mid.format(v="cents")} AS med2 FROM s1 GROUP BY customer_id)"""
    return f"""
WITH dl AS (SELECT customer_id, day, cents, came FROM deals WHERE day <= {as_of}),
fr AS (SELECT customer_id, MIN(day) AS first_row, MAX(day) AS last_row, CAST(SUM(cents) AS BIGINT) AS amount_all,
       CAST(SUM(CASE WHEN day > {year} THEN cents ELSE 0 END) AS BIGINT) AS amount_12m,
       CAST(SUM(CASE WHEN day > {half} THEN cents ELSE 0 END) AS BIGINT) AS last6,
       CAST(SUM(CASE WHEN day > {year} AND day <= {half} THEN cents ELSE 0 END) AS BIGINT) AS prev6 FROM dl GROUP BY customer_id),
pop AS (SELECT customer_id, MIN(day) AS opened_day, MAX(ka) AS ka, MAX(ol) AS ol FROM (
       SELECT customer_id, opened_day AS day, CASE WHEN key_account THEN 1 ELSE 0 END AS ka, CASE WHEN owner_left THEN 1 ELSE 0 END AS ol FROM customers
       UNION ALL SELECT customer_id, first_row, 0, 0 FROM fr) x GROUP BY customer_id HAVING MIN(day) <= {as_of}),
dd AS (SELECT DISTINCT customer_id, day FROM dl WHERE came),
gp AS (SELECT customer_id, day, day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap,
       ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day DESC) AS back FROM dd),
per AS (SELECT customer_id, MIN(day) AS first_day, MAX(day) AS last_day, COUNT(*) AS n,
       CAST(SUM(CASE WHEN day > {year} THEN 1 ELSE 0 END) AS BIGINT) AS n12,
       CAST(SUM(CASE WHEN day > {year} AND day <= {half} THEN 1 ELSE 0 END) AS BIGINT) AS prev6_days,
       CAST(SUM(CASE WHEN day <= {year} THEN 1 ELSE 0 END) AS BIGINT) AS then_days, MAX(CASE WHEN day <= {year} THEN day END) AS then_last,
       MAX(CASE WHEN back <= {th.loyal_intervals} THEN gap END) AS loyal_gap, MAX(CASE WHEN back <= {th.mature_intervals} THEN gap END) AS mature_gap
       FROM gp GROUP BY customer_id),
{own}, {pop2}, {sale},
ev AS (SELECT dl.customer_id, CAST(SUM(dl.cents) AS BIGINT) AS expected FROM dl JOIN per ON per.customer_id = dl.customer_id
       JOIN cal ON cal.day = per.last_day WHERE dl.day > cal.back12 AND dl.day <= per.last_day GROUP BY dl.customer_id),
base AS (SELECT per.*, fr.amount_all, fr.amount_12m, ev.expected, {as_of} - last_day AS rec,
       {th.k} * mp.p2 + (n - 1) * COALESCE(own.own2, 0) AS num, 2 * ({th.k} + n - 1) AS den,
       {th.k} * mp.p2_then + (then_days - 1) * COALESCE(own.then_own2, 0) AS num_then, 2 * ({th.k} + then_days - 1) AS den_then
       FROM per JOIN fr ON fr.customer_id = per.customer_id JOIN ev ON ev.customer_id = per.customer_id
       LEFT JOIN own ON own.customer_id = per.customer_id CROSS JOIN mp),
lv AS (SELECT band, COUNT(*) AS sampled, CAST(SUM(CASE WHEN n12 = 0 THEN 1 ELSE 0 END) AS BIGINT) AS gone FROM (
       SELECT n12, {band_then} AS band FROM (SELECT n12, then_last, num_then AS num, den_then AS den FROM base WHERE then_days > 0) y) z GROUP BY band),
rk AS (SELECT base.*, COUNT(*) OVER () AS cnt, RANK() OVER (ORDER BY last_day) - 1 AS worse_r, RANK() OVER (ORDER BY n) - 1 AS worse_f,
       RANK() OVER (ORDER BY amount_all) - 1 AS worse_m, RANK() OVER (ORDER BY expected DESC) - 1 AS better_e, RANK() OVER (ORDER BY amount_12m DESC) - 1 AS better_s,
       SUM(CASE WHEN amount_12m > 0 THEN amount_12m ELSE 0 END) OVER (ORDER BY amount_12m DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
       - SUM(CASE WHEN amount_12m > 0 THEN amount_12m ELSE 0 END) OVER (PARTITION BY amount_12m) AS before,
       SUM(CASE WHEN amount_12m > 0 THEN amount_12m ELSE 0 END) OVER () AS total, {band_now} AS band FROM base),
gr AS (SELECT rk.*, {score.format(x="r")} AS r, {score.format(x="f")} AS f, {score.format(x="m")} AS m,
       CASE WHEN amount_12m <= 0 THEN 'C' WHEN before * {a.denominator} < total * {a.numerator} THEN 'A'
            WHEN before * {b.denominator} < total * {b.numerator} THEN 'B' ELSE 'C' END AS abc,
       CASE WHEN better_e * {share.denominator} < cnt * {share.numerator} AND NOT better_s * {share.denominator} < cnt * {share.numerator}
            THEN 1 ELSE 0 END AS rich FROM rk),
e AS (SELECT customer_id, {last("told_leaving")} AS told, {last("died")} AS died, {last("moved_away")} AS moved, {last("closed_down")} AS closed,
       {last("long_absent")} AS absent, {last("points_drained")} AS points, {last("membership_cancelled")} AS cancelled, {last("points_used_up")} AS used_up,
       {last("tier_raised", f"AND day > {year}")} AS tier, {last("package_bought", f"AND day > {year}")} AS package, {last("event_attended", f"AND day > {year}")} AS attended,
       {last("referral_bought", f"AND day > {year}")} AS referral, {last("regular_visits", f"AND day > {year}")} AS visits,
       {count("bought_elsewhere")} AS elsewhere, {count("severe_complaint_opened")} - {count("severe_complaint_closed")} AS complaints,
       {count("referral_came", f"AND day > {fan}")} AS came, {count("recommend", f"AND day > {fan} AND value >= {th.fan_recommend}")} AS recommends
       FROM events WHERE day <= {as_of} GROUP BY customer_id),
sat AS (SELECT customer_id, day, value FROM (SELECT customer_id, day, value, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day DESC, value) AS rn
       FROM events WHERE kind = 'satisfaction' AND value IS NOT NULL AND day <= {as_of}) x WHERE rn = 1),
need AS (SELECT DISTINCT customer_id FROM (SELECT customer_id, {last("need_recorded")} AS latest, {count("need_recorded")} AS recorded, {count("need_met")} AS met
       FROM events WHERE day <= {as_of} GROUP BY customer_id, COALESCE(value, -1)) x WHERE latest > {year} AND recorded > met),
talk AS (SELECT DISTINCT customer_id FROM contacts WHERE two_way AND day <= {as_of} AND day > {silent}),
con AS (SELECT customer_id, kind, CASE WHEN ended_day IS NOT NULL AND ended_day < end_day THEN ended_day ELSE end_day END AS stop,
       CASE WHEN end_day >= {as_of} AND (ended_day IS NULL OR ended_day > {as_of}) THEN 1 ELSE 0 END AS running FROM contracts
       WHERE start_day <= {as_of} AND NOT (asset_gone AND (ended_day IS NULL OR ended_day <= {as_of}))),
lap AS (SELECT customer_id, kind, stop, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY stop DESC, kind) AS rn FROM con
       WHERE {as_of} - stop > {th.contract_grace_days}
       AND NOT EXISTS (SELECT 1 FROM con o WHERE o.customer_id = con.customer_id AND o.kind = con.kind AND o.running = 1)),
al AS (SELECT pop.customer_id, pop.opened_day, pop.ka, pop.ol, fr.last_row, COALESCE(fr.amount_all, 0) AS amount_all, COALESCE(fr.amount_12m, 0) AS amount_12m,
       COALESCE(fr.last6, 0) AS last6, COALESCE(fr.prev6, 0) AS prev6, gr.first_day, gr.last_day, gr.rec, COALESCE(gr.n, 0) AS n, COALESCE(gr.n12, 0) AS n12,
       COALESCE(gr.prev6_days, 0) AS prev6_days, gr.loyal_gap, gr.mature_gap, gr.num, gr.den, gr.band, gr.r, gr.f, gr.m, COALESCE(gr.abc, 'C') AS abc,
       COALESCE(gr.rich, 0) AS rich, COALESCE(gr.expected, 0) AS expected, sale.sales, sale.total, sale.med2, e.told, e.died, e.moved, e.closed, e.absent, e.points,
       CASE WHEN e.cancelled > e.used_up THEN e.cancelled WHEN e.cancelled IS NOT NULL THEN e.used_up END AS membership,
       e.tier, e.package, e.attended, e.referral, e.visits, COALESCE(e.elsewhere, 0) AS elsewhere,
       CASE WHEN e.complaints > 0 OR (sat.value <= {th.satisfaction_low} AND {as_of} - sat.day <= {th.satisfaction_days}) THEN 1 ELSE 0 END AS marginal,
       CASE WHEN gr.abc = 'A' OR pop.ka = 1 THEN 1 ELSE 0 END AS iskey,
       CASE WHEN e.came >= {th.fan_referrals} OR e.recommends > 0 THEN 1 ELSE 0 END AS fan,
       CASE WHEN need.customer_id IS NOT NULL OR gr.rich = 1 THEN 1 ELSE 0 END AS potential,
       CASE WHEN ((fr.last_row IS NULL OR fr.last_row <= {silent}) AND talk.customer_id IS NULL AND pop.opened_day <= {silent})
              OR (gr.n IS NULL AND {as_of} - pop.opened_day >= {th.zombie_prospect_days}) THEN 1 ELSE 0 END AS zombie,
       lap.kind AS lap_kind, lap.stop AS lap_end, lv.sampled, lv.gone
       FROM pop LEFT JOIN fr ON fr.customer_id = pop.customer_id LEFT JOIN gr ON gr.customer_id = pop.customer_id
       LEFT JOIN sale ON sale.customer_id = pop.customer_id LEFT JOIN e ON e.customer_id = pop.customer_id
       LEFT JOIN sat ON sat.customer_id = pop.customer_id LEFT JOIN need ON need.customer_id = pop.customer_id
       LEFT JOIN talk ON talk.customer_id = pop.customer_id LEFT JOIN lap ON lap.customer_id = pop.customer_id AND lap.rn = 1
       LEFT JOIN lv ON lv.band = gr.band),
ru AS (SELECT al.*, CASE
       WHEN told IS NOT NULL AND (last_day IS NULL OR last_day <= told) THEN 'E.told'
       WHEN membership IS NOT NULL AND (last_day IS NULL OR last_day <= membership) THEN 'E.membership'
       WHEN died IS NOT NULL THEN 'E.died'
       WHEN moved IS NOT NULL AND (last_day IS NULL OR last_day <= moved) THEN 'E.moved'
       WHEN closed IS NOT NULL AND (last_day IS NULL OR last_day <= closed) THEN 'E.closed'
       WHEN {reached("rec", "exit_elapsed")} AND rec >= {th.exit_days} THEN 'E.elapsed'
       WHEN {reached("rec", "decline_elapsed")} AND rec >= {th.decline_days} THEN 'D.elapsed'
       WHEN prev6_days >= {th.decline_prev_days} AND prev6 > 0 AND last6 * {spend_ratio.denominator} <= prev6 * {spend_ratio.numerator} THEN 'D.spend'
       WHEN lap_end IS NOT NULL THEN 'D.contract'
       WHEN points IS NOT NULL AND (last_day IS NULL OR last_day <= points) THEN 'D.points'
       WHEN absent IS NOT NULL AND (last_day IS NULL OR last_day <= absent) THEN 'D.absent'
       WHEN n >= {th.mature_days} AND {reached("mature_gap", "on_cycle", "<")} THEN 'C.regular'
       WHEN referral IS NOT NULL THEN 'C.referral' WHEN visits IS NOT NULL THEN 'C.visits'
       WHEN n >= {th.growth_days} THEN 'B.deals' WHEN tier IS NOT NULL THEN 'B.tier' WHEN package IS NOT NULL THEN 'B.package'
       WHEN attended IS NOT NULL THEN 'B.event' WHEN n > 0 THEN 'A.first' ELSE 'A.prospect' END AS code,
       CASE WHEN band IS NULL THEN NULL WHEN sampled IS NULL THEN CASE band {prior} END ELSE gone END AS sn,
       CASE WHEN band IS NULL THEN NULL WHEN sampled IS NULL THEN CASE band {prior_den} END ELSE sampled END AS sd FROM al)
SELECT customer_id, opened_day, first_day, last_day, rec AS recency_days, n AS deal_days, n12 AS deal_days_12m, amount_all AS amount_all_cents,
 amount_12m AS amount_12m_cents, last6 AS last6_cents, prev6 AS prev6_cents, prev6_days, (2 * total + sales) {div} (2 * sales) AS mean_deal_cents,
 (med2 + 1) {div} 2 AS median_deal_cents, r, f, m, num * 1.0e0 / den AS cycle_days, rec * den * 1.0e0 / num AS elapsed_cycles, abc,
 CASE WHEN last_row IS NULL THEN ''
  WHEN n >= {th.loyal_days} AND {reached("loyal_gap", "on_cycle", "<")} AND {reached("rec", "loyal_elapsed", "<=")} AND elsewhere = 0 THEN 'loyal'
  WHEN n >= {th.switcher_days} AND (elsewhere > 0 OR {reached("rec", "switcher_elapsed", ">")}) THEN 'switcher' ELSE 'none' END AS attitude,
 CASE WHEN marginal = 1 THEN 'marginal' WHEN iskey = 1 THEN 'key' WHEN fan = 1 THEN 'fan' WHEN potential = 1 THEN 'potential'
  WHEN zombie = 1 THEN 'zombie' ELSE 'general' END AS type,
 CASE WHEN marginal + iskey + fan + potential + zombie = 0 THEN 'general' ELSE SUBSTR((CASE WHEN marginal = 1 THEN ',marginal' ELSE '' END)
  || (CASE WHEN iskey = 1 THEN ',key' ELSE '' END) || (CASE WHEN fan = 1 THEN ',fan' ELSE '' END)
  || (CASE WHEN potential = 1 THEN ',potential' ELSE '' END) || (CASE WHEN zombie = 1 THEN ',zombie' ELSE '' END), 2) END AS tags,
 SUBSTR(code, 1, 1) AS stage_by_rule, code AS stage_rule_code,
 CASE code WHEN 'E.told' THEN told WHEN 'E.membership' THEN membership WHEN 'E.died' THEN died WHEN 'E.moved' THEN moved WHEN 'E.closed' THEN closed
  WHEN 'D.contract' THEN lap_end WHEN 'D.points' THEN points WHEN 'D.absent' THEN absent WHEN 'C.referral' THEN referral WHEN 'C.visits' THEN visits
  WHEN 'B.tier' THEN tier WHEN 'B.package' THEN package WHEN 'B.event' THEN attended END AS evidence_day,
 CASE WHEN code = 'D.contract' THEN lap_kind END AS evidence_kind, expected AS expected_12m_cents, band, sn * 1.0e0 / sd AS leave_share,
 CASE WHEN band IS NULL THEN '' WHEN sampled IS NULL THEN 'prior' ELSE 'band' END AS leave_by, sn * 1.0e0 / sd AS model_share,
 {as_of} - rec + (num + den - 1) {div} den AS due_day,
 CASE WHEN band IS NULL OR expected <= 0 THEN 0 ELSE (2 * sn * expected + sd) {div} (2 * sd) END AS value_at_risk_cents, ka AS key_account, ol AS owner_left
FROM ru ORDER BY customer_id"""


def _ratio(days: str, num: str, den: str, p: int, q: int, sign: str) -> str:
    return f"({days} * {den} * {q} {sign} {p} * {num})"
