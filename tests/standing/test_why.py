"""Why this probability, of real rows: the parts add up to what the row says, the states, what a deal today would do, how many queries."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.analytics.churn.choice import Chosen
from liuke.analytics.churn.features import FLAGS
from liuke.analytics.churn.fit import Fit
from liuke.analytics.churn.typical import Lived
from liuke.analytics.churn.what_if import Judged
from liuke.analytics.days import day_number
from liuke.analytics.facts import facts
from liuke.kernel import clock
from liuke.packs.loader import load_pack
from liuke.standing.actions import catch_up, run
from liuke.standing.fitting import _fixed
from liuke.standing.models import ChurnFit, Run, Standing
from liuke.standing.overriding import override, withdraw_override
from liuke.standing.queries import standings
from liuke.standing.reading import tables
from liuke.standing.why import _long, future, happened, why
from tests.standing.conftest import AS_OF, deal, insured
from tests.standing.conftest import happened as happening

AUTO = load_pack("auto_dealer")
CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
TYPICAL = {"repeats": 3, "span_days": 270, "silence_days": 40}


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda tz="": AS_OF)


def fitted(on=AS_OF, key="bgnbd", typical=TYPICAL):
    """A model in force from a day on: CDNOW's, as if fitted on 4,800 customers."""
    fit = Fit("bgnbd", CDNOW, dict.fromkeys(CDNOW), -9582.4, 4800, 1200, 9, 1e-9)
    chosen = Chosen(
        key, "best_likelihood", day_number(on), 365, 4800, 1200, base="bgnbd", fits={"bgnbd": fit}, typical=typical,
    )  # fmt: skip
    return ChurnFit.objects.create(
        fitted_on=on, pack=AUTO.key, settings=_fixed(AUTO), key=key, why=chosen.why, customers=4800, repeaters=1200,
        chosen=json.loads(json.dumps(chosen.to_json())),
    )  # fmt: skip


@pytest.fixture
def model(store):
    return fitted(AS_OF - timedelta(days=10))


def told(customer):
    return why(customer, Run.objects.filter(finished_at__isnull=False).select_related("fit").order_by("-as_of").first(), AUTO)


def row_of(customer):
    return standings(Run.objects.order_by("-as_of").first()).get(customer=customer)


# ── by a model ───────────────────────────────────────────────────────────────


def test_the_parts_add_up_to_what_the_card_says(model, bought):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF, AUTO)
    it, row = told(zhang), row_of(zhang)
    assert (it.state, it.by, it.source) == ("model", "bgnbd", "BG/NBD 模型")
    assert it.share == f"{int(row.leave_share * 100 + 0.5)}%"
    assert int(it.typical[:-1]) + sum(part.points for part in it.moved) == int(it.share[:-1])
    assert {part.word: part.text for part in it.moved} == {
        "多久没来": "**212 天**没来，**2.8 个周期**；常见 40 天，0.5 个。",
        "来得多勤": "平均 **75 天**一次，常见的是 90 天。",
        "来了多久": "前后来了 **10 个月**，常见的是 9 个月。",
    }
    assert it.moved[0].word == "多久没来"
    assert it.moved[0].points > 10
    assert [one.word for one in it.lower] == ["今天来一次"]
    assert it.fitted[1:] == ("几种算法里，它和过去的来往最合。",)
    assert it.fitted[0].startswith("BG/NBD 模型，")
    assert it.fitted[0].endswith("11月10日算的，按 4,800 位客户。")
    assert f"未来一年预计来 {row.expected_deals:.1f} 次，每次约 ¥500。" in it.future
    assert it.band == ""


def test_what_a_deal_today_is_said_to_do_is_what_it_does(model, bought):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF, AUTO)
    promised = told(zhang).lower[0].share
    deal(zhang, 0)
    run(AS_OF, AUTO, full=True)
    assert told(zhang).share == promised


def test_who_came_after_the_run_is_told_of_the_day_he_came(model, bought, monkeypatch):
    """His row is judged again at once; the run of the day is yet to come."""
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF, AUTO)
    promised = told(zhang).lower[0].share
    monkeypatch.setattr(clock, "today", lambda tz="": AS_OF + timedelta(days=1))
    deal(zhang, -1)
    catch_up([zhang.pk])
    it = told(zhang)
    assert it.share == promised
    assert int(it.typical[:-1]) + sum(part.points for part in it.moved) == int(it.share[:-1])
    silence = next(part for part in it.moved if part.word == "多久没来")
    assert silence.text == "**刚来过**；常见 40 天没来，0.5 个周期。"
    assert silence.points < 0
    assert it.lower == ()


def test_the_week_of_who_came_after_the_run(model, bought, monkeypatch):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    for days in (7, 0):
        run(AS_OF - timedelta(days=days), AUTO)
    monkeypatch.setattr(clock, "today", lambda tz="": AS_OF + timedelta(days=1))
    deal(zhang, -1)
    catch_up([zhang.pk])
    assert told(zhang).changed[0].endswith("：11月21日来过。")


def test_parts_of_another_probability_than_the_shown_one_are_not_said(model, bought):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF, AUTO)
    row = row_of(zhang)
    assert told(zhang).moved
    for apart, shown in ((0.004, True), (0.02, False), (-0.02, False)):
        standings(Run.objects.get()).filter(pk=row.pk).update(model_share=row.model_share + apart, leave_share=row.model_share + apart)
        it = told(zhang)
        assert (bool(it.typical), bool(it.moved), bool(it.lower)) == (shown,) * 3
        assert it.share == f"{int((row.model_share + apart) * 100 + 0.5)}%"


# ── the sentences ────────────────────────────────────────────────────────────


def test_beside_a_learned_probability_stands_no_other_models(db):
    row = Standing(expected_deals=1.3, expected_cents=189_930, alive_share=0.92)
    assert future(row, "additive") == "未来一年约来 1.3 次，每次约 ¥1,461。"
    assert future(row, "bgnbd") == "还是我们客户的可能 92%，未来一年预计来 1.3 次，每次约 ¥1,461。"
    row.expected_deals = 0.04
    assert future(row, "additive") == "未来一年预计不会来。"
    assert future(row, "bgnbd") == "还是我们客户的可能 92%，未来一年预计不会来。"
    assert future(Standing(), "additive") == ""


def said_of(customer, points, **flags):
    mine = tables([customer.pk])
    known = facts(mine, day_number(AS_OF), AUTO.thresholds)
    features = {name: np.array([float(flags.get(name, False))]) for name in FLAGS}
    judged = Judged(known, 0.5, Lived(0, 0, 0), features, (), 0, ())
    return happened(judged, mine, points, AUTO)


def test_what_did_not_happen_is_named_and_only_what_could_have(bought):
    bare, more = bought("吴启明", 100), bought("张书远", 100)
    insured(more, 90)
    happening(more, "severe_complaint_opened", 80)
    happening(more, "severe_complaint_closed", 70)
    assert said_of(bare, -8) == "没有投诉。"
    assert said_of(more, -8) == "投诉都结了、没有到期没续。"
    assert said_of(bare, 3) == "没介绍过朋友。"


def test_what_happened_is_named(bought):
    zhang = bought("张书远", 100)
    insured(zhang, -60)
    assert said_of(zhang, 9, told_leaving=True) == "商业险到期没续，明说了要走。"
    assert said_of(bought("吴启明", 100), -9, event_attended=True, package_bought=True) == "买过套餐，参加过活动。"


# ── more of the parts ────────────────────────────────────────────────────────


def test_who_came_once_has_two_parts(model, bought):
    once = bought("吴启明", 100)
    run(AS_OF, AUTO)
    it = told(once)
    assert {part.word: part.text for part in it.moved} == {
        "多久没来": "**100 天**没来，**0.6 个周期**；常见 40 天，0.3 个。", "来得多勤": "来过 **1 次**，常见的是 4 次。",
    }  # fmt: skip
    assert int(it.typical[:-1]) + sum(part.points for part in it.moved) == int(it.share[:-1])


def test_a_choice_without_a_typical_customer_has_no_parts_and_all_else(store, bought):
    fitted(typical=None)
    zhang = bought("张书远", 284, 212)
    run(AS_OF, AUTO)
    it = told(zhang)
    assert it.moved == ()
    assert it.future
    assert it.lower


def test_what_changed_since_last_week(model, bought):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF - timedelta(days=7), AUTO)
    run(AS_OF, AUTO)
    now, then = (standings(Run.objects.get(as_of=day)).get(customer=zhang) for day in (AS_OF, AS_OF - timedelta(days=7)))
    said = told(zhang).changed
    assert len(said) == 1
    assert f"上周 {int(then.leave_share * 100 + 0.5)}%" in said[0]
    assert f"{int(now.leave_share * 100 + 0.5)}%：又 7 天没来" in said[0]


def test_a_persons_word_is_shown_with_what_was_reckoned(model, bought, chen_siyuan):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF, AUTO)
    before = told(zhang)
    word = override(chen_siyuan, zhang.pk, 12, "已说定年底来换胎", AS_OF + timedelta(days=30))
    run(AS_OF, AUTO, full=True)
    it = told(zhang)
    assert (it.by, it.share, it.model_share, it.said) == ("person", "12%", before.share, word)
    assert it.moved == before.moved
    assert it.lower == before.lower


# ── by the rule, and before anything ─────────────────────────────────────────


def test_the_rule_says_which_band_and_why_there_is_no_model(bought):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    for place in range(3):  # a year ago they too were 2.5 to 4 cycles away (of 70 days, or near it); one came back
        bought(f"老客{place}", *([100] if place == 0 else []), 365 + 212, 365 + 282, 365 + 352)
    run(AS_OF, AUTO)
    it = told(zhang)
    assert it.state == "rule"
    assert it.source == "同样周期数的老客户"
    assert it.band == "停在2.5 到 4 个周期没来。一年前停在这里的 3 位里，2 位一年内没再来；人少，说不准。"
    assert (it.moved, it.future) == ((), "")
    assert len(it.fitted) == 1
    assert it.fitted[0].startswith("回头客不到 200 位，模型学不准：按同样周期数的老客户算，")
    assert [one.word for one in it.lower] == ["今天来一次"]


def test_states_before_there_is_a_probability(bought):
    never = bought("没买过")
    assert told(never).state == "no_run"
    run(AS_OF, AUTO)
    assert told(never).state == "never"
    late = bought("刚建的", 3)
    assert told(late).state == "new"


# ── cost ─────────────────────────────────────────────────────────────────────


def test_the_number_of_queries_does_not_grow_with_the_customers_rows(model, bought):
    few, many = bought("少", 100), bought("多", *range(30, 900, 20))
    for days in range(10, 400, 40):
        happening(many, "satisfaction", days, 4)
        insured(many, -days)
    run(AS_OF - timedelta(days=7), AUTO)
    run(AS_OF, AUTO)
    counts = []
    for customer in (few, many):
        with CaptureQueriesContext(connection) as asked:
            told(customer)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13


# ── a person's word and insight ──────────────────────────────────────────────


def test_after_a_withdrawal_every_row_is_as_before(model, bought, chen_siyuan):
    zhang, other = bought("张书远", 512, 440, 362, 284, 212), bought("吴启明", 100)
    run(AS_OF, AUTO)

    def rows():
        found = standings(Run.objects.get()).order_by("customer")
        return [{name: value for name, value in row.items() if name != "id"} for row in found.values()]

    before = rows()
    word = override(chen_siyuan, zhang.pk, 12, "已说定年底来换胎", AS_OF + timedelta(days=30))
    catch_up([zhang.pk])
    said = rows()
    at = next(place for place, row in enumerate(said) if row["customer_id"] == zhang.pk)
    assert (said[at]["leave_share"], said[at]["leave_by"]) == (0.12, "person")
    assert said[at]["model_share"] == before[at]["leave_share"]
    assert said[at]["value_at_risk_cents"] == (before[at]["expected_cents"] * 120 + 500) // 1000
    assert [row for row in said if row["customer_id"] == other.pk] == [row for row in before if row["customer_id"] == other.pk]
    withdraw_override(chen_siyuan, word.pk)
    catch_up([zhang.pk])
    assert rows() == before
    run(AS_OF, AUTO, full=True)
    assert [row | {"book_id": before[0]["book_id"]} for row in rows()] == before


def test_a_word_is_over_after_its_last_day(model, bought, chen_siyuan, monkeypatch):
    zhang = bought("张书远", 512, 440, 362, 284, 212)
    run(AS_OF, AUTO)
    override(chen_siyuan, zhang.pk, 12, "已说定年底来换胎", AS_OF + timedelta(days=2))
    by = []
    for days in (1, 2, 3):
        day = AS_OF + timedelta(days=days)
        monkeypatch.setattr(clock, "today", lambda tz="", day=day: day)
        run(day, AUTO)
        by.append(standings(Run.objects.get(as_of=day)).get(customer=zhang).leave_by)
    assert by == ["person", "person", "bgnbd"]


@pytest.mark.parametrize(("days", "expected"), [(20, "20 days"), (40, "40 days"), (61, "2 months"), (1000, "2.7 years")])
def test_how_long_in_english(days, expected):
    with translation.override("en"):
        assert _long(days) == expected
