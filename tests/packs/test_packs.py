"""The packs that come with the product: whole, in two languages, warm and short, and never selling where they care."""

import json
import re
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from liuke.analytics.evidence import Context
from liuke.analytics.figures import figure
from liuke.analytics.grade import grade
from liuke.analytics.signals import evaluate
from liuke.analytics.tables import CONTRACTS, CUSTOMERS, DEALS, EVENTS, Tables
from liuke.analytics.thresholds import Thresholds
from liuke.packs import Pack, available, load_pack
from liuke.packs.expressions import COLUMNS
from liuke.packs.words import all_words, fill, zh_length

TODAY = (date(2026, 11, 20) - date(1970, 1, 1)).days

# 2-insight, Signals: each moment that columns, events and contracts can tell, with the signals that stand for it.
MOMENTS = {
    "contract 60/30/7 days before": "membership_60 membership_30 membership_7 service_package_60 service_package_30 service_package_7",
    "contract expired unrenewed": "membership_expired service_package_expired",
    "spend per visit drops sharply": "spend_drops spend_per_visit_drops",
    "rival marketing seen": "rival_seen bought_elsewhere",
    "not back for long": "overdue_visit late_visit told_absent key_unseen second_visit",
    "points used up": "points_used_up points_drained",
    "complaint unanswered or reopened": "complaint_open complaint_again",
    "satisfaction fell": "satisfaction_fell satisfaction_low",
    "owner left": "owner_left",
    "price asked for repeatedly": "price_asked_often",
    "says goodbye": "told_leaving membership_cancelled",
    "package about to be used up": "package_low package_used_up",
    "interest in another product": "unmet_need",
    "a prospect who never bought": "prospect_idle new_prospect",
    "first deal": "first_deal",
    "tier raised": "tier_raised",
    "asked staff for advice": "advice_asked",
    "a referral": "referral_came referral_bought",
    "an event, a package": "event_attended package_bought",
}


@pytest.fixture(params=available())
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(request.param)


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_moment_of_the_insight_page_has_a_playbook(pack: Pack, moment: str):
    for key in MOMENTS[moment].split():
        assert pack.playbooks_for(key)[0].key == pack.signal(key).playbook


def test_insurance_belongs_to_cars():
    auto = load_pack("auto_dealer")
    assert [auto.signal(f"insurance_{when}").playbook for when in ("60", "30", "7", "expired")] == ["insurance_before"] * 3 + [
        "insurance_expired"
    ]
    with pytest.raises(KeyError):
        load_pack("retail").signal("insurance_60")


@pytest.mark.parametrize("stage", "ABCDE")
def test_every_stage_has_a_playbook(pack: Pack, stage: str):
    assert pack.playbooks_for_stage(stage)  # type: ignore[arg-type]


def test_thresholds_are_the_defaults_but_for_the_usual_cycle():
    assert load_pack("auto_dealer").thresholds == Thresholds(default_cycle_days=180)
    assert load_pack("retail").thresholds == Thresholds(default_cycle_days=60)


def test_budget_hours_and_hold_out_are_those_of_the_action_page(pack: Pack):
    budget = pack.contact_budget
    assert (budget.unasked, budget.in_days, budget.quiet_from, budget.quiet_to) == (2, 30, "21:00", "09:00")
    assert [pack.visit_days.days(grade) for grade in ("A", "B", "C")] == [30, 60, 180]
    assert str(pack.hold_out_share) == "0.10"


def test_care_carries_no_offer(pack: Pack):
    care = [p for p in pack.playbooks if pack.scenario_of(p) == "care"]
    assert len(care) >= 8
    for playbook in [*care, *(pack.playbook(s.playbook) for s in pack.signals if s.family == "service")]:
        assert playbook.offer is None
        text = json.dumps([words.zh for _, words in all_words(playbook)], ensure_ascii=False)
        assert not re.search("优惠|折|特价|免费|赠|券", text), playbook.key


def test_complaints_cannot_wait_and_are_never_held_out(pack: Pack):
    complaint = pack.playbook("complaint_open")
    assert (complaint.must, complaint.hold_out, pack.scenario_of(complaint)) == (True, False, "complaint")
    assert pack.after(complaint, "refused").do == "next_step"


def test_one_who_objects_is_left_alone(pack: Pack):
    for playbook in pack.playbooks:
        if playbook.key != "complaint_open":
            assert pack.after(playbook, "refused").do == "leave_alone", playbook.key


def test_effects_are_marked_as_assumed(pack: Pack):
    assert not any(p.effect.measured for p in pack.playbooks)
    assert "假设" in pack.effect_note.zh


def test_every_playbook_has_an_opening_of_five_and_four_steps(pack: Pack):
    for playbook in pack.playbooks:
        opening = pack.opening_of(playbook)
        assert [label.zh for label, _ in opening] == ["问候", "方便吗", "为什么打", "对您", "问一句"]
        assert opening[-1][1].zh.endswith("？"), playbook.key
        assert len(pack.step_names(playbook)) == len(pack.script_of(playbook).blocks) == 4


def test_scripts_say_nothing_that_may_not_be_so(pack: Pack):
    """A package may be low or used up, nothing need be noted, the two insurances may end together, and a customer may be a woman."""
    low = pack.playbook("package_low")
    said = json.dumps([low.opening.model_dump(), [step.model_dump() for step in low.steps]], ensure_ascii=False)
    assert pack.signal("package_low").playbook == pack.signal("package_used_up").playbook == low.key
    assert "快用完" not in said and "nearly used up" not in said
    general = next(each for each in pack.scripts if each.key == "general").blocks[0].model_dump_json()
    assert "记着" not in general and "remember" not in general and "notes" not in general
    promises = [after.promise for book in pack.playbooks for after in book.follow_ups if after.promise]
    assert promises and not [each.zh for each in promises if "告诉他" in each.zh]
    for book in pack.playbooks:
        if book.contract_kind == "insurance":
            assert "您的车险" in book.opening.purpose.zh and "car insurance" in book.opening.purpose.en


def test_sentences_are_short_and_plain(pack: Pack):
    for signal in pack.signals:
        assert zh_length(signal.evidence.zh) <= 40
    for path, words in all_words(pack):
        assert "亲" not in words.zh.replace("亲自", "").replace("亲口", ""), path
        assert not re.search("触达|赋能|闭环|激活|用户画像|尊敬的|回音|这次\\{", words.zh), path
        assert not re.search(r"[一-鿿][,;:?!]|[,;:?!][一-鿿]", words.zh), path
    for playbook in pack.playbooks:
        for step in playbook.steps:
            assert zh_length(step.say.zh) <= 40


def test_texts_of_one_playbook_are_not_repeated_in_another(pack: Pack):
    said = [step.say.zh for playbook in pack.playbooks for step in playbook.steps]
    assert len(said) == len(set(said))


def tables(**more: pa.Table) -> Tables:
    """1 张书远 came every 74 days, then not for 212; 2 何美玲 came once, 10 days ago; 3 周可 has never bought."""
    visits = [TODAY - 212 - 74 * n for n in range(8)]
    deals = [(1, day, 120_000, True) for day in visits] + [(2, TODAY - 10, 58_000, True)]
    return Tables(
        pa.Table.from_pylist([dict(zip(DEALS.names, row, strict=True)) for row in deals], DEALS),
        pa.Table.from_pylist(
            [{"customer_id": n, "opened_day": TODAY - 40, "key_account": False, "owner_left": n == 3} for n in (1, 2, 3)], CUSTOMERS
        ),
        **more,
    )


def signals_on(pack: Pack, given: Tables) -> dict[int, dict[str, str]]:
    """Customer → signal → its Chinese sentence, as the daily run makes them."""
    graded, _ = grade(given, TODAY, pack.thresholds)
    context = Context(graded, given, TODAY)
    names = context.names
    on = evaluate({s.key: s.compiled(names) for s in pack.signals}, context, {s.key: s.compiled_slots(names) for s in pack.signals})
    out: dict[int, dict[str, str]] = {1: {}, 2: {}, 3: {}}
    for row in on.to_pylist():
        figures = {name: figure(value, TODAY) for name, value in json.loads(row["evidence"]).items()}
        out[row["customer_id"]][row["signal"]] = fill(pack.signal(row["signal"]).evidence.zh, figures)
    return out


def test_the_columns_a_pack_may_ask_for_are_there(pack: Pack):
    graded, _ = grade(tables(), TODAY, pack.thresholds)
    assert Context(graded, tables(), TODAY).names >= COLUMNS


def test_signals_of_deals_alone(pack: Pack):
    found = signals_on(pack, tables())
    assert set(found[1]) == {"overdue_visit"}
    assert re.fullmatch(r"212天没来买?，通常74天一次。", found[1]["overdue_visit"])
    assert set(found[2]) == {"first_deal"}
    assert found[2]["first_deal"].endswith("是10天前。")
    assert set(found[3]) == {"prospect_idle", "owner_left"}
    assert found[3]["prospect_idle"].startswith("建档40天，还没")


def test_signals_of_contracts():
    def contract(kind: str, end: int, remaining: int | None = None) -> dict[str, object]:
        given = {"customer_id": 1, "kind": kind, "start_day": TODAY - 300, "end_day": TODAY + end, "ended_day": None, "asset_gone": False}
        return dict.fromkeys(CONTRACTS.names) | given | {"remaining": remaining}

    auto = load_pack("auto_dealer")
    for end, key in (
        (61, None),
        (60, "insurance_60"),
        (31, "insurance_60"),
        (30, "insurance_30"),
        (7, "insurance_7"),
        (0, "insurance_7"),
        (-1, "insurance_expired"),
    ):
        rows = pa.Table.from_pylist([contract("insurance", end), contract("service_package", 200, 1)], CONTRACTS)
        found = signals_on(auto, tables(contracts=rows))[1]
        assert set(found) == {"overdue_visit", "package_low"} | ({key} if key else set())
    assert found["insurance_expired"] == "商业险过期1天，还没续。"
    assert found["package_low"] == "套餐只剩1次，通常74天来一次。"
    renewed = pa.Table.from_pylist([contract("insurance", -1), contract("insurance", 364)], CONTRACTS)
    assert set(signals_on(auto, tables(contracts=renewed))[1]) == {"overdue_visit"}


def test_signals_of_events_close_with_the_next_deal(pack: Pack):
    def event(customer: int, kind: str, ago: int, value: int | None = None) -> dict[str, object]:
        return dict(zip(EVENTS.names, (customer, TODAY - ago, kind, value), strict=True))

    rows = [
        event(1, "satisfaction", 250, 5), event(1, "satisfaction", 100, 2), event(1, "price_asked", 5), event(1, "price_asked", 80),
        event(1, "rival_seen", 30), event(2, "rival_seen", 30), event(2, "advice_asked", 7),
        event(1, "severe_complaint_opened", 9), event(2, "severe_complaint_opened", 9), event(2, "severe_complaint_closed", 3),
    ]  # fmt: skip
    found = signals_on(pack, tables(events=pa.Table.from_pylist(rows, EVENTS)))
    assert set(found[1]) == {"overdue_visit", "satisfaction_fell", "satisfaction_low", "price_asked_often", "rival_seen", "complaint_open"}
    assert found[1]["satisfaction_fell"] == "满意度从5分降到2分。"
    assert found[1]["complaint_open"] == "9天前的严重投诉还没结。"
    # The deal of 10 days ago came after the rival's call, and the complaint is closed.
    assert set(found[2]) == {"first_deal", "advice_asked"}


GONE_BY_WORD = ["told_leaving", "died", "moved_away", "closed_down"]


@pytest.mark.parametrize("how", GONE_BY_WORD)
def test_who_is_gone_is_offered_nothing(pack: Pack, how: str):
    """Not back for long, a contract about to end, two prices asked: and then gone."""

    def event(kind: str, ago: int, value: int | None = None) -> dict[str, object]:
        return {"customer_id": 1, "day": TODAY - ago, "kind": kind, "value": value}

    contract = dict.fromkeys(CONTRACTS.names) | {
        "customer_id": 1, "kind": "membership", "start_day": TODAY - 300, "end_day": TODAY + 5, "asset_gone": False,
    }  # fmt: skip
    rows = [event("price_asked", 5), event("price_asked", 9), event("rival_seen", 9), event("need_recorded", 9), event("tier_raised", 9)]
    rows += [event("severe_complaint_opened", 9), event("referral_came", 3)]
    contracts = pa.Table.from_pylist([contract], CONTRACTS)
    here = signals_on(pack, tables(events=pa.Table.from_pylist(rows, EVENTS), contracts=contracts))[1]
    assert {"overdue_visit", "membership_7", "price_asked_often", "unmet_need", "complaint_open", "referral_came"} <= set(here)
    gone = pa.Table.from_pylist([*rows, event(how, 2)], EVENTS)
    found = set(signals_on(pack, tables(events=gone, contracts=contracts))[1])
    answered = {"complaint_open", "referral_came"}
    assert found == {"told_leaving": answered | {"told_leaving"}, "died": set()}.get(how, answered)


def test_the_dead_are_left_alone_also_when_they_had_said_goodbye(pack: Pack):
    rows = [dict(zip(EVENTS.names, (1, TODAY - ago, kind, None), strict=True)) for kind, ago in (("told_leaving", 9), ("died", 2))]
    assert signals_on(pack, tables(events=pa.Table.from_pylist(rows, EVENTS)))[1] == {}


def test_nothing_that_sells_is_open_to_who_is_gone(pack: Pack):
    for signal in pack.signals:
        playbook = pack.playbook(signal.playbook)
        if signal.gone:
            assert playbook.offer is None and pack.scenario_of(playbook) in ("general", "care", "complaint"), signal.key


def test_the_agents_are_given_care_and_complaints_the_selling_stays_with_the_owner(pack: Pack):
    agents = {p.key for p in pack.playbooks if p.steps[0].who == "agent"}
    assert agents == {"complaint_open", "satisfaction_fell", "first_deal", "advice_asked", "package_bought"} | (
        {"event_thanks"} & {p.key for p in pack.playbooks}
    )
    for playbook in pack.playbooks:
        if pack.scenario_of(playbook) in ("offer", "retention"):
            assert all(step.who != "agent" for step in playbook.steps), playbook.key


def test_who_complains_is_sold_nothing(pack: Pack):
    for key in ("complaint_open", "satisfaction_fell"):
        playbook = pack.playbook(key)
        assert "deal" not in pack.outcomes_of(playbook)
        assert [each.key for each in pack.follow_ups_of(playbook)] == ["agreed", "awaits_word", "content"]
    assert "deal" in pack.outcomes_of(pack.playbook("overdue_visit"))


def test_spend_per_visit():
    given = tables()
    days = [TODAY - 300, TODAY - 250, TODAY - 200, TODAY - 150, TODAY - 100, TODAY - 50]
    cents = [142_000, 142_000, 142_000, 38_000, 38_000, 38_000]
    deals = pa.table([np.full(6, 1), days, cents, [True] * 6], schema=DEALS)
    found = signals_on(load_pack("auto_dealer"), Tables(deals, given.customers))[1]
    assert found["spend_per_visit_drops"] == "每次消费从¥1,420降到¥380。"
    assert found["spend_drops"] == "近半年消费¥1,140，再前半年¥4,260。"
